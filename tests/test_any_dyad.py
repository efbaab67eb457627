"""Every command on dyads that do not ship, of any size: an answer or one clear message, and no word of another country.

The dyads are generated (:mod:`tests.fixture.made_up`). The fast lane types what needs no posterior, and one run; the slow lane
(minutes) everything on every dyad, also on the dyads that ship and on one that ``data new`` laid out. Commands that fit by
themselves have noise for their posteriors there, and some of them few draws of the sampler (:mod:`tests.slow.few`).
"""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from forecast.cli.outside import SOURCES
from forecast.contacts import load_dyad
from forecast.pipeline import run
from forecast.shipped import DYAD, dyads
from tests.conftest import some, vector_only
from tests.contacts.importing import FILES
from tests.fixture.made_up import NAME, PARTNER, write_made_up
from tests.golden.example import posteriors
from tests.golden.run_directory import copy_posteriors
from tests.slow.few import few_draws, no_draws
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
    f"cite {NAME}", f"priors elicit agenda.base --data {NAME} --bins 10 --out form.csv", f"region {NAME} --out region",
    f"country {PARTNER.lower()} --out country", f"priors from-registers --partner {PARTNER.lower()} --out registers.yaml",
    f"data map {NAME}/contacts.csv --partner {PARTNER} --out map.yaml",
    f"data convert {NAME}/contacts.csv --map map.yaml --data {NAME} --out converted",
    f"data new laid_out --partner {PARTNER} --iso2 XQ", "data add laid_out converted/contacts.csv", "data check laid_out",
    f"data import gdelt day.export.CSV --data {NAME} --code SYN --out gdelt.csv",
)
"""What needs no posterior, and hardly any time."""
LONGER = (
    f"priors check --data {NAME} --draws 200 --out priors", f"priors elicit frequency.type_scale --data {NAME} --out sheet.html",
    f"data show {NAME} --out record", "scenario plot deal.yaml", f"compare-administrations Trump Biden --data {NAME} --out did",
)
AFTER = (
    f"run --data {NAME} --paths 100 --quiet", f"questions --questions asked.yaml --data {NAME} --paths 100 --quiet",
    f"freeze forecast_run --data {NAME}", "condition forecast_run --given contacts_total>=0 --out what_if",
    f"paper forecast_run --data {NAME} --out paper", f"score frozen.json {NAME} --outcome trump --out scores",
    "export frozen.json --out hub", "ledger add frozen.json --ledger ledger",
    f"ledger score --ledger ledger --data {NAME} --out ledger_page", "platform export frozen.json --out platform.json",
    "platform import platform.json --out imported.yaml", "platform pool frozen.json platform.json --out pooled",
    "cite forecast_run", f"archive forecast_run --data {NAME} --out archive.zip",
)
"""What needs posteriors, or a run, of which these are made."""
TRUSTED = (
    "check {dyad} --alone", "scenario questions asked.yaml {dyad}", "backtest {dyad} --alone --paths 400 --first 2020",
    "questions --questions asked.yaml {dyad} --alone --paths 100 --ignore-gates",
    "run {dyad} --alone --paths 100 --ignore-gates --no-figures --quiet", "freeze forecast_run {dyad}",
    "export frozen.json --out hub",
)
"""What the dyads that ship are asked too; each fits what it needs."""
SAMPLED = (
    f"fit --data {NAME}", *(line.format(dyad=f"--data {NAME}") for line in TRUSTED),
    f"pool --data {NAME} --ignore-gates --out pool",
    f"compare --data {NAME} --ignore-gates --priors default --paths 100 --out compare",
    f"data completeness {NAME} --ignore-gates --out completeness", f"sweep sweep.yaml --data {NAME} --workers 1",
    f"backtest --data {NAME} --within --paths 400 --first 2020 --out within",
    f"update --data {NAME} --as-of 2022-06-30 --paths 100 --ignore-gates",
    f"calibrate setting --data {NAME} --simulations 20",
)
"""What fits by itself."""
SWEEP = """\
name: small
title: Small
description: For a test.
scenarios: [trump, harris]
design: grid
paths: 100
vary:
  - {path: adjustments.rate.president, values: [0, 0.5], reason: A test.}
"""
ELSEWHERE = {
    "priors show", "schema", "data sources", "scenario schema",  # of no dyad
    *(f"data import {form}" for form in SOURCES if form != "gdelt"),  # tests/contacts/test_importer_*.py
}


def words(*folders: Path) -> re.Pattern[str]:
    """Names, codes and adjectives of the partner states of dyads."""
    shipped = [load_dyad(folder) for folder in folders]
    names = [part for one in shipped for part in (one.partner, one.partner.removesuffix("stan"), one.id)]
    codes = [one.partner_iso2 for one in shipped]
    return re.compile(rf"(?i:{'|'.join(map(re.escape, names))})|\b(?:{'|'.join(codes)})\b")


TOLD_APART = {"ledger score ": "", "calibrate ": "error: Ranks are not uniform for "}
"""Answers that scripts tell apart by exit code 1: nothing is scored yet; ranks of these posteriors (noise) are not uniform."""

FOREIGN, DEFAULT = words(*dyads().values()), words(DYAD)
KINDS = {".html", ".json", ".csv", ".tex", ".svg", ".yaml", ".md", ".bib", ".txt"}


def call(line: str):
    return CliRunner().invoke(app, shlex.split(line.replace(">=", "'>='")), env={"COLUMNS": "80", "NO_COLOR": "1"})


def wrong(line: str, foreign: re.Pattern[str] = FOREIGN, *, refusals: bool = True) -> list[str]:
    """What is wrong with what a command tells; without `refusals`, also that it refuses to answer."""
    found = call(line)
    told = found.output
    if found.exception and not isinstance(found.exception, SystemExit):
        return [f"{line}: raised {found.exception!r:.300}"]
    if found.exit_code == 1 and any(line.startswith(name) and end in told for name, end in TOLD_APART.items()):
        return []
    if found.exit_code not in ((0, 2) if refusals else (0,)):
        return [f"{line}: exit code {found.exit_code}: {told[-300:]}"]
    if found.exit_code == 2 and not found.stderr.strip().splitlines()[-1].startswith("error: "):
        return [f"{line}: told {found.stderr[-300:]}"]
    return [f"{line}: speaks of {word}" for word in sorted(set(foreign.findall(told)))]


def foreign_files(folder: Path) -> list[str]:
    """Files that speak of another country."""
    texts = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file() and path.suffix in KINDS}
    return [f"{path.relative_to(folder)} speaks of {found[0]}" for path, text in texts.items() if (found := FOREIGN.search(text))]


@pytest.fixture
def empty(tmp_path, monkeypatch) -> Path:
    """An empty folder as the working directory, beside a cache of its own."""
    folder = tmp_path / "place"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def place(empty, monkeypatch) -> Path:
    """An empty folder, files of others and posteriors without a sampler."""
    shutil.copy(FILES / "gdelt2.export.CSV", empty / "day.export.CSV")
    found = {}

    def without_sampler(inputs, *_):
        found.update(posteriors(inputs.panel, inputs.priors))
        return dict(found)

    monkeypatch.setattr(run, "fit", without_sampler)
    monkeypatch.setattr("forecast.pipeline.fit", without_sampler)
    monkeypatch.setattr("forecast.report.files.copy_posteriors", lambda _, place: copy_posteriors(found, place))
    with vector_only():
        yield empty


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


REFUSED = (
    f"run --data {NAME}", f"questions --questions asked.yaml --data {NAME}", f"compare --data {NAME}",
    f"sweep sweep.yaml --data {NAME}", f"update --data {NAME} --as-of 2022-06-30",
)


@pytest.mark.parametrize("line", REFUSED)
def test_a_record_without_a_base_of_the_index_is_refused_before_anything_is_fitted(empty, monkeypatch, line):
    """Two contacts long ago: fits take minutes, and the answer would be the same."""
    write_made_up(empty / NAME, **DYADS["two contacts"])
    (empty / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    assert call(f"scenario questions asked.yaml --data {NAME}").exit_code == 0
    for place in ("run.fit", "fits.fit_grid", "sweep_plan.fit", "update.fits"):
        monkeypatch.setattr(f"forecast.pipeline.{place}", lambda *_, **__: pytest.fail("nothing is to be fitted"))
    found = call(line)
    assert found.exit_code == 2, found.output
    assert found.stderr.count("error: ") == found.stderr.count("relation_index.yaml: key base: expected") == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", DYADS)
def test_every_command_that_fits_answers_or_tells(empty, tmp_path, name):
    write_made_up(empty / NAME, **DYADS[name])
    (empty / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    with no_draws(tmp_path / "cache"), vector_only():
        assert [told for line in SAMPLED for told in wrong(line)] == []
    assert foreign_files(empty) == []


@pytest.mark.slow
@pytest.mark.sampling
@pytest.mark.parametrize("name", DYADS)
def test_every_record_is_fitted_or_refused(empty, tmp_path, name):
    """By the sampler itself, and what comes of it: there may be nothing in the record that a model could be compiled for."""
    write_made_up(empty / NAME, **DYADS[name])
    with few_draws(tmp_path / "cache"), vector_only():
        assert [told for line in (SAMPLED[0], *AFTER[:1]) for told in wrong(f"{line} --ignore-gates")] == []
    assert foreign_files(empty) == []


@pytest.mark.slow
def test_a_dyad_that_was_laid_out_is_checked_and_backtested_to_the_end(empty, tmp_path):
    """Here nothing may be refused."""
    write_made_up(empty / "rows", contacts=40)
    lines = (f"data new {NAME} --partner {PARTNER} --iso2 XQ", f"data add {NAME} rows/contacts.csv",
             f"data add {NAME} rows/media.csv", f"data diff rows {NAME}", *TRUSTED)
    with no_draws(tmp_path / "cache"), vector_only():
        assert [told for line in lines for told in wrong(line.format(dyad=f"--data {NAME}"), refusals=False)] == []
    assert foreign_files(empty) == []


@pytest.mark.slow
@pytest.mark.sampling
@pytest.mark.parametrize("name", [name for name in dyads() if name != DYAD.name])
def test_a_dyad_that_ships_is_checked_and_backtested_to_the_end(empty, tmp_path, name):
    """From its own record; the default dyad, of which nothing may be told, is followed by the slow lane of the README."""
    with few_draws(tmp_path / "cache"), vector_only():
        lines = [line.format(dyad=f"--dyad {name}") for line in (*TRUSTED, f"data diff {dyads()[name]} {dyads()[name]}")]
        assert [told for line in lines for told in wrong(line, DEFAULT, refusals=False)] == []
    assert json.loads((empty / "check" / "manifest.json").read_text(encoding="utf-8"))["dyad"] == name
    assert {path.name for path in (empty / "backtest" / name).iterdir()} >= {"backtest.html", "counts.csv", "skill.csv"}
    assert [*empty.glob("hub/model-output/*/*")]


def test_a_run_and_its_questions_are_those_of_the_dyad(place):
    """Without the page, which the slow lane looks at."""
    write_made_up(place / NAME, contacts=40)
    lines = (f"scenario questions asked.yaml --data {NAME}", f"{AFTER[0]} --no-figures", AFTER[1])
    assert [told for line in lines for told in wrong(line)] == []
    assert json.loads((place / "forecast_run" / "manifest.json").read_text(encoding="utf-8"))["partner"] == PARTNER
    assert foreign_files(place) == []


def test_every_command_is_typed_here_or_somewhere_else():
    known = dict(commands())
    typed = {name for name in known for line in (*BEFORE, *LONGER, *AFTER, *SAMPLED) if line.startswith(f"{name} ")}
    assert set(known) - typed == ELSEWHERE
    assert not typed & ELSEWHERE


def test_a_word_of_another_country_is_found():
    for text in ("Kazakh pages", "Uzbekistan", "us_kz_2025", "Astana, KZ"):
        assert FOREIGN.search(text)
    assert not FOREIGN.search(f"{PARTNER}, XQ, {NAME}, bazaar")
