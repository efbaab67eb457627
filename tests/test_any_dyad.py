"""Every command on dyads that do not ship, of any size: an answer or one clear message, and no word of another country.

The dyads are generated (:mod:`tests.fixture.made_up`); their posteriors need no sampler. The fast lane types what needs none, and
one run; the slow lane (minutes) everything on every dyad.
"""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from forecast.cli.outside import SOURCES
from forecast.contacts import load_dyad
from forecast.pipeline import run
from forecast.shipped import dyads
from tests.conftest import some, vector_only
from tests.fixture.made_up import NAME, PARTNER, write_made_up
from tests.golden.example import posteriors
from tests.golden.run_directory import copy_posteriors
from tests.walk.program import commands

DYADS = {
    "no contact": {"contacts": 0}, "one contact": {"contacts": 1}, "two contacts": {"contacts": 2}, "twenty": {"contacts": 20},
    "two thousand": {"contacts": 2000}, "one rank": {"contacts": 40, "ranks": ("assistant",)},
    "no media": {"contacts": 40, "pages": False},
}
BEFORE = (
    f"data check {NAME}", f"data codebook {NAME}", f"data codebook {NAME} --format latex", f"data queue {NAME} --out queue.csv",
    f"data events {NAME} --out events.csv", f"data reliability {NAME}", f"data reliability {NAME} --topics",
    f"data adjudicate {NAME} --out sheet.csv",
    f"data diff {NAME} {NAME}", f"data migrate {NAME}", f"scenario new deal --dyad {NAME}",
    f"scenario check deal.yaml --dyad {NAME}",
    f"scenario explain deal.yaml --data {NAME}", f"scenario explain deal.yaml --data {NAME} --inherited",
    "scenario diff harris deal.yaml", f"scenario questions asked.yaml --data {NAME}",
    f"questions --questions asked.yaml --resolve {NAME} --data {NAME}",
)
"""What needs no posterior, and hardly any time."""
LONGER = (
    f"data show {NAME} --out record", "scenario plot deal.yaml", f"compare-administrations Trump Biden --data {NAME} --out did",
)
AFTER = (
    f"run --data {NAME} --paths 100 --quiet", f"questions --questions asked.yaml --data {NAME} --paths 100 --quiet",
    f"freeze forecast_run --data {NAME}", "condition forecast_run --given contacts_total>=0 --out what_if",
    f"paper forecast_run --data {NAME} --out paper", f"score frozen.json {NAME} --outcome trump --out scores",
    "export frozen.json --out hub", "ledger add frozen.json --ledger ledger",
    f"ledger score --ledger ledger --data {NAME} --out ledger_page", "platform export frozen.json --out platform.json",
    "platform import platform.json --out imported.yaml",
)
"""What needs posteriors, or a run, of which these are made."""
ELSEWHERE = {
    "fit", "pool", "compare", "calibrate", "check", "sweep", "backtest", "update", "data completeness",
    "priors check",  # each estimates by itself: tests/pipeline and the slow lane of tests/test_readme.py
    "region", "country", "priors from-registers", "priors show", "schema", "data sources", "scenario schema",  # of no such dyad
    "data new",  # below, and in tests/pipeline/test_templates.py
    "priors elicit", "archive", "cite",  # of no dyad, or of a run: tests/test_cli_elicit.py, tests/pipeline/test_archive.py
    "data map", "data convert", "data add", "platform pool",  # of files of others
    *(f"data import {form}" for form in SOURCES),
}


def words() -> re.Pattern[str]:
    """Names, codes and adjectives of the partner states that ship."""
    shipped = [load_dyad(folder) for folder in dyads().values()]
    names = [part for one in shipped for part in (one.partner, one.partner.removesuffix("stan"), one.id)]
    codes = [one.partner_iso2 for one in shipped]
    return re.compile(rf"(?i:{'|'.join(map(re.escape, names))})|\b(?:{'|'.join(codes)})\b")


FOREIGN = words()
KINDS = {".html", ".json", ".csv", ".tex", ".svg", ".yaml", ".md", ".bib", ".txt"}


def call(line: str):
    return CliRunner().invoke(app, shlex.split(line.replace(">=", "'>='")), env={"COLUMNS": "80", "NO_COLOR": "1"})


def wrong(line: str) -> list[str]:
    """What is wrong with what a command tells."""
    found = call(line)
    told = found.output
    if found.exception and not isinstance(found.exception, SystemExit):
        return [f"{line}: raised {found.exception!r:.300}"]
    if found.exit_code == 1 and line.startswith("ledger score "):  # nothing is scored yet, which scripts can see so
        return []
    if found.exit_code not in (0, 2):
        return [f"{line}: exit code {found.exit_code}: {told[-300:]}"]
    if found.exit_code == 2 and not found.stderr.strip().splitlines()[-1].startswith("error: "):
        return [f"{line}: told {found.stderr[-300:]}"]
    return [f"{line}: speaks of {word}" for word in sorted(set(FOREIGN.findall(told)))]


def foreign_files(folder: Path) -> list[str]:
    """Files that speak of another country."""
    texts = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file() and path.suffix in KINDS}
    return [f"{path.relative_to(folder)} speaks of {found[0]}" for path, text in texts.items() if (found := FOREIGN.search(text))]


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """An empty folder as the working directory, and posteriors without a sampler."""
    folder = tmp_path / "place"
    folder.mkdir()
    monkeypatch.chdir(folder)
    found = {}

    def without_sampler(inputs, *_):
        found.update(posteriors(inputs.panel, inputs.priors))
        return dict(found)

    monkeypatch.setattr(run, "fit", without_sampler)
    monkeypatch.setattr("forecast.pipeline.fit", without_sampler)
    monkeypatch.setattr("forecast.report.files.copy_posteriors", lambda _, place: copy_posteriors(found, place))
    with vector_only():
        yield folder


@pytest.mark.parametrize("name", some(DYADS, ("no contact", "two contacts", "one rank")))
def test_commands_that_need_no_posterior_answer_or_tell(place, name):
    write_made_up(place / NAME, **DYADS[name])
    assert [told for line in BEFORE for told in wrong(line)] == []
    assert foreign_files(place) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", DYADS)
def test_every_command_answers_or_tells(place, name):
    write_made_up(place / NAME, **DYADS[name])
    assert [told for line in (*BEFORE, *LONGER, *AFTER) for told in wrong(line)] == []
    assert foreign_files(place) == []


def test_a_run_and_its_questions_are_those_of_the_dyad(place):
    """Without the page, which the slow lane looks at."""
    write_made_up(place / NAME, contacts=40)
    lines = (f"scenario questions asked.yaml --data {NAME}", f"{AFTER[0]} --no-figures", AFTER[1])
    assert [told for line in lines for told in wrong(line)] == []
    assert json.loads((place / "forecast_run" / "manifest.json").read_text(encoding="utf-8"))["partner"] == PARTNER
    assert foreign_files(place) == []


def test_every_command_is_typed_here_or_somewhere_else():
    known = dict(commands())
    typed = {name for name in known for line in (*BEFORE, *LONGER, *AFTER) if line.startswith(f"{name} ")}
    assert set(known) - typed == ELSEWHERE
    assert not typed & ELSEWHERE


def test_a_word_of_another_country_is_found():
    for text in ("Kazakh pages", "Uzbekistan", "us_kz_2025", "Astana, KZ"):
        assert FOREIGN.search(text)
    assert not FOREIGN.search(f"{PARTNER}, XQ, {NAME}, bazaar")
