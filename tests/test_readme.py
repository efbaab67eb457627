"""Every command of the README and of the pages it links to, as it is written there, in a fresh clone.

The fast lane types what needs no fit. The slow lane (``pytest -m slow tests/test_readme.py -s``, some hours with an empty cache)
types the rest; ``FORECAST_CACHE`` names a cache that it may use instead of a new one.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from cli import app
from tests.readme import brought
from tests.readme.commands import commands, mentions, pages
from tests.readme.reader import ROOT, Reader, new_reader

TEXT = "\n".join(page.read_text(encoding="utf-8") for page in pages())
COMMANDS = commands(TEXT)


@dataclass(frozen=True)
class Typed:
    """How a command is typed: after which others, with which files of the reader's, and in which folder of the clone."""

    after: tuple[str, ...] = ()
    brings: tuple[Callable[[Path], None], ...] = ()
    within: str = "."


NEW_SCENARIO = "forecast scenario new my_scenario --extends trump"
NEW_DYAD = "forecast data new us_uz --partner Uzbekistan --iso2 UZ"
ADD = "forecast data add us_uz rows.csv"
LAY_OUT = "forecast data adjudicate coded third.csv --out sheet.xlsx"
SETTLE = "forecast data adjudicate coded third.csv --decisions sheet.xlsx --out settled"
QUESTIONS = "forecast scenario questions my_questions.yaml --dyad us_uz"
OWN_QUESTIONS = "forecast scenario questions us_uz_scenarios/questions/us_uz_2025_2028.yaml --data us_uz"
MAP = "forecast data map visits.xlsx --partner Uzbekistan --out map.yaml"
CONVERT = "forecast data convert visits.xlsx --map map.yaml --out converted"
MAP_CODINGS = "forecast data map codings.json --out codings.yaml"
CONVERT_CODINGS = "forecast data convert codings.json --map codings.yaml --out codings"
BACKTEST = "forecast backtest --dyad us_kz"
FREEZE = "forecast freeze forecast_run --out frozen.json"
SCORE = "forecast score frozen.json later --outcome trump"
EXPORT = "forecast export frozen.json --out hub"
CONDITION = 'forecast condition forecast_run --given "contacts_total>=20"'
PAPER = "forecast paper forecast_run --out paper"
PAPER_BOTH = "forecast paper forecast_run --out paper_both --width both"
ARCHIVE = "forecast archive forecast_run --out archive.zip"
CITE = "forecast cite forecast_run"
ADD_TO_LEDGER = "forecast ledger add frozen.json --ledger ledger"
SCORE_LEDGER = "forecast ledger score --ledger ledger"
ASK = "forecast platform export frozen.json --out questions.json"
ASKED = "forecast platform import questions.json --out asked.yaml"
POOL_OTHERS = "forecast platform pool frozen.json expert.json"
ELICIT = ("forecast priors elicit frequency.type_scale --answers anna.json --answers ben.json --out elicited.yaml "
          "--record elicitation")
BINS = "forecast priors elicit agenda.base --low 0.02 --high 0.6 --bins 10 --out form.csv"
PAST = "past_term"

FAST = {
    "make docs": Typed(),
    "forecast --help": Typed(),
    "forecast schema": Typed(),
    "forecast priors show sceptical --changed": Typed(),
    "forecast priors elicit frequency.type_scale --out sheet.html": Typed(),
    ELICIT: Typed(brings=(brought.answers,)),
    "forecast priors show elicited.yaml --changed": Typed(after=(ELICIT,)),
    BINS: Typed(),
    "forecast priors elicit agenda.base --chips form.csv --weight Anna=2 --out agenda.yaml": Typed(
        after=(BINS,), brings=(brought.filled_form,)),
    "forecast compare-administrations Trump Biden": Typed(),
    "forecast compare-administrations Trump Biden --out trump_biden": Typed(),
    "forecast compare-administrations Trump Biden --out compared --width both --grey": Typed(),
    "forecast data check": Typed(),
    "forecast data check --region central_asia": Typed(),
    "forecast data show --dyad us_uz --as-of 2024-11-04": Typed(),
    "forecast data reliability": Typed(),
    "forecast data events": Typed(),
    "forecast data events --kind c5plus1": Typed(),
    "forecast questions --resolve us_kz_later": Typed(brings=(brought.us_kz_later,)),
    FREEZE: Typed(brings=(brought.past_run,), within=PAST),
    CONDITION: Typed(after=(FREEZE,), within=PAST),
    PAPER: Typed(after=(FREEZE,), within=PAST),
    "forecast paper forecast_run --out paper_ru --lang ru": Typed(after=(FREEZE,), within=PAST),
    CITE: Typed(after=(FREEZE,), within=PAST),
    f"{CITE} --bibtex": Typed(after=(FREEZE,), within=PAST),
    "forecast cite us_kz": Typed(),
    "forecast freeze forecast_run --out registered.json --registration registration.md": Typed(after=(FREEZE,), within=PAST),
    SCORE: Typed(after=(FREEZE,), brings=(brought.coded_later,), within=PAST),
    EXPORT: Typed(after=(FREEZE,), within=PAST),
    ADD_TO_LEDGER: Typed(after=(FREEZE,), within=PAST),
    SCORE_LEDGER: Typed(after=(ADD_TO_LEDGER,), within=PAST),
    ASK: Typed(after=(FREEZE,), within=PAST),
    ASKED: Typed(after=(ASK,), within=PAST),
    POOL_OTHERS: Typed(after=(ASK,), brings=(brought.expert,), within=PAST),
    NEW_SCENARIO: Typed(),
    "forecast scenario check my_scenario.yaml": Typed(after=(NEW_SCENARIO,)),
    "forecast data queue": Typed(),
    "forecast scenario explain my_scenario.yaml": Typed(after=(NEW_SCENARIO,)),
    "forecast scenario diff trump my_scenario.yaml": Typed(after=(NEW_SCENARIO,)),
    "forecast scenario plot my_scenario.yaml": Typed(after=(NEW_SCENARIO,)),
    "forecast scenario schema --out scenario.json": Typed(),
    NEW_DYAD: Typed(),
    ADD: Typed(after=(NEW_DYAD,), brings=(brought.rows,)),
    "forecast data check us_uz": Typed(after=(NEW_DYAD, ADD)),
    "forecast scenario new my_deal --dyad us_uz": Typed(),
    "forecast scenario new my_deal --data us_uz --out us_uz_scenarios": Typed(after=(NEW_DYAD,)),
    QUESTIONS: Typed(),
    OWN_QUESTIONS: Typed(after=(NEW_DYAD, ADD)),
    "forecast data show us_uz --out record": Typed(after=(NEW_DYAD, ADD)),
    MAP: Typed(brings=(brought.visits,)),
    CONVERT: Typed(after=(MAP,), brings=(brought.settled,)),
    "forecast data add us_uz converted/contacts.csv": Typed(after=(NEW_DYAD, CONVERT)),
    MAP_CODINGS: Typed(brings=(brought.codings,)),
    CONVERT_CODINGS: Typed(after=(MAP_CODINGS,), brings=(brought.settled_codings,)),
    "forecast data reliability codings/coding_3.csv codings/coding_7.csv": Typed(after=(CONVERT_CODINGS,)),
    "forecast data diff OLD NEW": Typed(brings=(brought.two_versions,)),
    "forecast data migrate us_uz_old": Typed(brings=(brought.old_version,)),
    "forecast data codebook": Typed(),
    "forecast data reliability A.csv B.csv": Typed(brings=(brought.two_codings,)),
    "forecast data reliability coded third.csv --tables agreement.csv": Typed(brings=(brought.coded,)),
    LAY_OUT: Typed(after=("forecast data reliability coded third.csv --tables agreement.csv",)),
    SETTLE: Typed(after=(LAY_OUT,), brings=(brought.settled_sheet,)),
    "forecast data check settled": Typed(after=(SETTLE,)),
    **{f"forecast data import {form} --help": Typed() for form in ("historian", "gdelt", "icews", "polecat", "colt")},
    "forecast data import gdelt export.zip --dyad us_uz --code UZB": Typed(after=(NEW_DYAD,), brings=(brought.gdelt_export,)),
    "forecast data sources trade_annual": Typed(),
    "forecast data sources poles_complete": Typed(),
}
SLOW = {
    "make forecast": Typed(),
    "forecast run": Typed(),
    "forecast run --alone": Typed(),
    "forecast run --priors neighbours --out with_neighbours": Typed(),
    "forecast calibrate effectiveness --region central_asia --priors neighbours": Typed(),
    "forecast run --lang ru --out forecast_ru": Typed(),
    "forecast run --no-figures --out numbers": Typed(),
    "forecast region central_asia --out region": Typed(),
    "forecast region central_asia --out region --width single": Typed(),
    "forecast run trump trump_ukraine_ceasefire": Typed(),
    "forecast run my_scenario.yaml --priors my_priors.yaml --out my_run": Typed(
        after=(NEW_SCENARIO,), brings=(brought.my_priors,)),
    "forecast fit": Typed(),
    "forecast pool": Typed(),
    "forecast compare --alone": Typed(),
    "forecast calibrate frequency_drift --out calibration": Typed(),
    "forecast calibrate frequency_drift --control coarse --out calibration": Typed(),
    "forecast calibrate frequency_drift --within --as-of 2022-06-30 --out calibration": Typed(),
    "forecast check": Typed(),
    "forecast priors check my_priors.yaml": Typed(brings=(brought.my_priors,)),
    "forecast priors check elicited.yaml": Typed(after=(ELICIT,)),
    "forecast priors from-registers --out mine.yaml": Typed(),
    "forecast priors from-registers --region southern_asia --out southern_asia.yaml --figures figures": Typed(),
    "forecast data completeness --out completeness": Typed(),
    "forecast data completeness": Typed(),
    "forecast questions harris trump mixture": Typed(),
    "forecast questions --questions my_questions.yaml --dyad us_uz": Typed(after=(QUESTIONS,)),
    "forecast run us_uz_scenarios/harris.yaml us_uz_scenarios/trump.yaml --data us_uz --out us_uz_run": Typed(
        after=(NEW_DYAD, ADD, OWN_QUESTIONS)),
    "forecast sweep scenarios/sweeps/ceasefire.yaml": Typed(),
    "forecast run --precision 0.005": Typed(),
    "forecast run --dyad us_uz --out uzbekistan": Typed(),
    BACKTEST: Typed(),
    "forecast update --as-of 2022-06-30": Typed(),
    "forecast update --as-of 2022-06-30 --dyad us_uz --out update_uz": Typed(),
    "forecast backtest --dyad us_kz --within": Typed(),
    "forecast backtest --dyad us_kz --width double": Typed(),
    "forecast run democrat_2028 trumpist_2028 republican_2028 --out after_next": Typed(),
    "forecast run --then democrat_2028 --then trumpist_2028 --then republican_2028 --out two_terms": Typed(),
    "forecast update --as-of 2022-06-30 --then harris --then trump --out update_two_terms": Typed(),
    "forecast backtest --registers": Typed(),
    "forecast country uzbekistan": Typed(),
    "forecast country --region central_asia --out leaders": Typed(),
    "forecast country --all --out world": Typed(),
    "forecast run --backtest backtest/us_kz": Typed(after=(BACKTEST,)),
    "forecast run --sweep sweep --out swept": Typed(after=("forecast sweep scenarios/sweeps/ceasefire.yaml",)),
    FREEZE: Typed(after=("forecast run",)),
    EXPORT: Typed(after=("forecast run", FREEZE)),
    CONDITION: Typed(after=("forecast run",)),
    PAPER: Typed(after=("forecast run",)),
    PAPER_BOTH: Typed(after=("forecast run",)),
    ARCHIVE: Typed(after=("forecast run",)),
    "forecast archive --verify archive.zip": Typed(after=("forecast run", ARCHIVE)),
    "forecast archive --verify archive.zip --here": Typed(after=("forecast run", ARCHIVE)),
    'forecast condition forecast_run --given "presidents_meet_2025=yes" --given "contacts_2025>=20" --out what_if': Typed(
        after=("forecast run",)),
    "make bench": Typed(),
    "make bench-growth": Typed(),
}
OF_CI = {"make test"}
"""What the continuous integration itself types."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory) -> Reader:
    return new_reader(tmp_path_factory.mktemp("fast"))


@pytest.fixture(scope="module")
def patient_reader(tmp_path_factory) -> Reader:
    cache = os.environ.get("FORECAST_CACHE")
    return new_reader(tmp_path_factory.mktemp("slow"), Path(cache) if cache else None)


def typed(reader: Reader, command: str, lane: dict[str, Typed], timeout: float) -> None:
    """Type a command once, and first what it comes after."""
    if command in reader.done:
        return
    how = lane.get(command) or FAST[command]
    for before in how.after:
        typed(reader, before, lane, timeout)
    place = reader.clone / how.within
    place.mkdir(exist_ok=True)
    for bring in how.brings:
        bring(place)
    reader.run(command, place, timeout)


QUICK = {"forecast --help", "forecast data check", NEW_SCENARIO, "forecast data check us_uz"}
"""What the continuous integration types of the fast lane; ``pytest -m slow tests/test_readme.py`` types the rest as well."""


@pytest.mark.parametrize("command", [command if command in QUICK else pytest.param(command, marks=pytest.mark.slow)
                                     for command in FAST])
def test_a_command_of_the_readme_works_as_written(reader, command):
    typed(reader, command, FAST, timeout=300)


@pytest.mark.slow
@pytest.mark.parametrize("command", SLOW)
def test_a_long_command_of_the_readme_works_as_written(patient_reader, command):
    typed(patient_reader, command, SLOW, timeout=8 * 3600)


@pytest.mark.slow
def test_a_forecast_of_a_past_term_is_run_frozen_and_scored_as_written(patient_reader):
    """The same three commands on posteriors of the shipped data, cut at an earlier day."""
    place = patient_reader.clone / PAST
    place.mkdir()
    brought.past_term(place)
    brought.coded_later(place)
    patient_reader.run("forecast run past_term.yaml", place, 3600)
    for command in (FREEZE, SCORE, EXPORT):
        patient_reader.run(command, place, 3600)


def test_the_readme_is_short_and_links_to_every_page():
    readme, *others = pages()
    assert len(readme.read_text(encoding="utf-8").splitlines()) <= 150
    assert set(others) == set((ROOT / "docs").glob("*.md"))


def test_every_link_of_the_readme_and_the_pages_leads_to_a_file():
    for page in pages():
        links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        missing = [link for link in links if "://" not in link and not (page.parent / link).is_file()]
        assert not missing, f"{page.name} links to {missing}"


def test_every_command_of_the_readme_is_typed_in_some_lane():
    known = {*FAST, *SLOW, *OF_CI}
    assert not set(COMMANDS) - known, "commands of the README that no test types"
    assert not known - set(COMMANDS), "commands that are no longer in the README"


def test_the_readme_shows_what_a_command_needs_before_the_command():
    place = {command: number for number, command in enumerate(COMMANDS)}
    wrong = [(command, before) for lane in (FAST, SLOW) for command, how in lane.items() for before in how.after
             if place[before] > place[command]]
    assert not wrong


def test_commands_of_the_readme_do_not_ask_for_one_place_with_different_contents():
    """Who types them one after the other would be refused: what another command wrote is not replaced."""
    writers, names = {}, list(_names(typer.main.get_command(app), "forecast"))
    for command in COMMANDS:
        for place in re.findall(r"--out (\S+)", command):
            writers.setdefault(place, set()).update(name for name in names if f"{command} ".startswith(f"{name} "))
    assert {place: found for place, found in writers.items() if len(found) > 1} == {}


def test_continuous_integration_types_the_command_of_the_readme():
    assert set(re.findall(r"^make .*", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)) == OF_CI


def test_every_command_of_the_program_stands_in_the_readme():
    names = set(_names(typer.main.get_command(app), "forecast"))
    assert {name for name in names if not any(command.split(" ")[:name.count(" ") + 1] == name.split(" ") for command in COMMANDS)
            } == set()
    assert mentions(TEXT) <= names


def _names(command, name):
    for word, part in command.commands.items():
        yield from (_names(part, f"{name} {word}") if hasattr(part, "commands") else [f"{name} {word}"])
