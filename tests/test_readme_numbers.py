"""Numbers that the README and the pages give of the default run are those of the default run.

The slow lane makes the run (a quarter of an hour with an empty cache, and half as long again with ``--alone``; ``FORECAST_CACHE``
names another cache). On another kind of processor totals may differ by one or two, and sentences with them.
"""

import os
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from tests.readme.numbers import README, RESULTS, of_administrations, of_alone, of_condition, said, sentences
from tests.readme.reader import ROOT, new_reader

PAGES = (README, *(page.relative_to(ROOT).as_posix() for one in ("docs", "docs/tutorials") for page in (ROOT / one).glob("*.md")))
SHARE = re.compile(r"(\d+) % of the pool")
ROW = re.compile(r"\| (?:all|president|vice president|cabinet|deputy|assistant|congress) \|(?: \d+ \(\d+ to \d+\) \|){2}")


CONDITION_COMMAND = 'forecast condition forecast_run --given "presidents_meet_2025=yes" --given "contacts_2025>=20"'


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What the default run, and the same with ``--alone``, wrote."""
    cache, place = os.environ.get("FORECAST_CACHE"), tmp_path_factory.mktemp("reader")
    reader = new_reader(place, Path(cache) if cache else None)
    for name, options in (("forecast_run", ""), ("alone_run", " --alone")):
        reader.run(f"forecast run --no-figures --quiet --out {name}{options}", place, 3600)
    shown = reader.run(CONDITION_COMMAND, place, 600)
    (place / "condition.txt").write_text(shown, encoding="utf-8")
    return place


@pytest.mark.slow
def test_numbers_of_the_pages_are_those_of_the_run(made):
    every = [*sentences(made / "forecast_run"), *of_alone(made / "alone_run"),
             *of_condition((made / "condition.txt").read_text(encoding="utf-8"))]
    assert len(every) > 60
    assert [one for one in every if one[1] not in said(one[0])] == []


@pytest.mark.slow
@pytest.mark.parametrize(("table", "column"), [("summary", "q95"), ("rate_ratio", "q05"), ("drift", "q50"), ("drift", "drifting"),
                                               ("contrast", "p_greater"), ("agenda_contrast", "p_greater"),
                                               ("questions", "probability"), ("poles", "q95"), ("poles_together", "low")])
def test_a_number_that_is_no_longer_that_of_the_run_is_found(made, tmp_path, table, column):
    run = shutil.copytree(made / "forecast_run", tmp_path / "run", ignore=shutil.ignore_patterns("trajectories", "posterior"))
    rows = pd.read_csv(run / f"{table}.csv")
    rows.assign(**{column: 1.05 * rows[column] + 0.01}).to_csv(run / f"{table}.csv", index=False)
    assert [one for one in sentences(run) if one[1] not in said(one[0])]


def test_pages_that_say_the_same_say_the_same_numbers():
    found = {page: ROW.findall(said(page)) for page in (README, RESULTS)}
    assert len(found[README]) == 7
    assert found[README] == found[RESULTS]
    shares = {share for page in PAGES for share in SHARE.findall(said(page))}
    assert len(shares) == 1


def test_the_page_for_sceptics_has_the_skill_of_the_page_on_skill():
    rows = [re.split(r"\s*\|\s*", line) for line in (ROOT / "docs" / "skill.md").read_text(encoding="utf-8").splitlines()]
    skill = {row[1]: (row[5].split(" ")[0], row[7]) for row in rows if len(row) == 9 and row[2] == "CRPS"}
    (truth, lie), totals = skill["contacts by rank and year (168)"], skill["all contacts, term (7)"]
    assert (f"{truth} % with the truth and {lie} % with the lie for contacts by rank and year, {totals[0]} and {totals[1]} for "
            "totals") in said("docs/sceptic.md")


def test_the_page_about_administrations_has_the_numbers_of_its_command(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = CliRunner().invoke(app, ["compare-administrations", "Trump", "Biden"])
    assert shown.exit_code == 0
    every = [*of_administrations(shown.output)]
    assert len(every) == 30
    assert [one for one in every if one[1] not in said(one[0])] == []
    other = CliRunner().invoke(app, ["compare-administrations", "Trump", "Biden", "--as-of", "2024-06-30"]).output
    assert [one for one in of_administrations(other) if one[1] not in said(one[0])]
