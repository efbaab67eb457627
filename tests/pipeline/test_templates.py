"""Templates for any dyad: what is laid out works as it is written, names the partner, and overwrites nothing."""

import re
import shlex
from datetime import date

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from cli import app
from forecast.errors import Fault, InputError
from forecast.evaluation.questions import past_windows
from forecast.outputs import output_file
from forecast.panel import load_panel
from forecast.pipeline.question_templates import FEWEST
from forecast.shipped import dyads
from forecast.simulation.scenario import find_scenario, load_scenario, with_questions
from tests.fixture.foreign import write_foreign_dyad
from tests.fixture.made_up import NAME, PARTNER, write_made_up
from tests.pipeline.test_second_dyad import stub
from tests.test_any_dyad import foreign_files

NEW = ("data", "new", NAME, "--partner", PARTNER, "--iso2", "XQ")


def call(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def rates(path) -> dict[str, str]:
    """Base rate of every question of a file, as its comment has it."""
    return dict(reversed(pair) for pair in re.findall(r"# Base rate: (.*)\n  - id: (\w+)\n", path.read_text(encoding="utf-8")))


def test_a_new_dyad_has_a_scenario_for_each_outcome_and_all_of_it_is_right(place):
    found = call(*NEW)
    assert found.exit_code == 0, found.output
    scenarios = sorted((place / f"{NAME}_scenarios").glob("*.yaml"))
    assert [path.stem for path in scenarios] == ["harris", "trump"]
    for path in scenarios:
        ours, shipped = load_scenario(path), load_scenario(find_scenario(path.stem))
        assert (ours.as_of, ours.election, ours.outcome, ours.horizon) == (
            shipped.as_of, shipped.election, shipped.outcome, shipped.horizon)
        assert ours.dyad == NAME
        assert {question.dyad for question in ours.questions} == {NAME}
    assert PARTNER in scenarios[0].read_text()
    assert foreign_files(place) == []
    asked = place / f"{NAME}_scenarios" / "questions" / f"{NAME}_2025_2028.yaml"
    assert {rate.partition(":")[0] for rate in rates(asked).values()} == {"none, the record is too short"}


@pytest.mark.parametrize(("partner", "code"), [("Uzbekistan", "UZ"), ("uzbekistan", "UZ"), ("Узбекистан", "UZ"), ("UK", "GB")])
def test_the_code_of_a_partner_is_that_of_the_state_of_its_name(place, partner, code):
    found = call("data", "new", "mine", "--partner", partner)
    assert found.exit_code == 0, found.output
    about = YAML(typ="safe").load((place / "mine" / "dyad.yaml").read_text(encoding="utf-8"))
    assert (about["partner"], about["partner_iso2"]) == (partner, code)


@pytest.mark.parametrize(("partner", "told"), [("Zembla", "Give its code, or one of XA to XZ"),
                                               ("Uzbekistann", "Did you mean 'Uzbekistan' (--iso2 UZ)?")])
def test_the_code_of_a_partner_that_no_state_is_called_is_asked_for(place, partner, told):
    refused = call("data", "new", "mine", "--partner", partner)
    assert refused.exit_code == 2
    assert f"option --iso2: expected the two-letter code of {partner} (ISO 3166), found none given" in refused.stderr
    assert told in refused.stderr
    assert list(place.iterdir()) == []


def test_the_closing_lines_work_as_they_are_printed_once_contacts_are_there(place, monkeypatch):
    stub(monkeypatch)
    monkeypatch.setattr("forecast.pipeline.run.write_report", lambda *_: None)
    lines = [shlex.split(line.strip()) for line in call(*NEW).stdout.splitlines() if line.startswith("  forecast ")]
    made_up = write_made_up(place / "made_up", contacts=60)
    (place / "made_up" / "contacts.csv").rename(place / "rows.csv")
    (place / NAME / "dyad.yaml").write_bytes((made_up / "dyad.yaml").read_bytes())
    assert [words[1:3] for words in lines[:3]] == [["data", "add"], ["data", "check"], ["scenario", "questions"]]
    for words in lines:
        found = call(*words[1:], *(("--paths", 100, "--quiet") if words[1] == "run" else ()))
        assert found.exit_code == 0, found.output
    told = (place / f"{NAME}_run" / "questions.csv").read_text()
    assert f"with {PARTNER} be recorded in 2025?" in told


@pytest.mark.parametrize("number", range(3))
def test_a_new_dyad_is_laid_out_whole_or_not_at_all(place, monkeypatch, number):
    """A scenario for each outcome is written in turn, and then the questions."""
    left = iter([True] * number)

    def full(path, *given, **named):
        if not next(left, False):
            raise InputError([Fault(source=str(path), where="option --out", expected="room", found="none", remedy="Make some.")])
        return output_file(path, *given, **named)

    with monkeypatch.context() as patch:
        for module in ("templates", "question_templates"):
            patch.setattr(f"forecast.pipeline.{module}.output_file", full)
        assert call(*NEW).exit_code == 2
    assert not [*place.iterdir()]
    assert call(*NEW).exit_code == 0


@pytest.mark.parametrize("there", [NAME, f"{NAME}_scenarios"])
def test_a_new_dyad_overwrites_nothing(place, there):
    (place / there).mkdir()
    (place / there / "note.txt").write_text("mine")
    found = call(*NEW)
    assert found.exit_code == 2
    assert "one that exists" in found.stderr
    assert [path.relative_to(place).as_posix() for path in place.rglob("*")] == [there, f"{there}/note.txt"]


def test_base_rates_are_those_of_past_terms_of_the_record(place):
    assert call("scenario", "questions", "asked.yaml", "--dyad", "us_uz").exit_code == 0
    scenario = with_questions(load_scenario(find_scenario("harris")), place / "asked.yaml")
    panel = load_panel(dyads()["us_uz"], as_of=scenario.as_of)
    past = past_windows(scenario.questions, panel, date(2025, 1, 20))
    told = rates(place / "asked.yaml")
    assert set(told) == {question.id for question in scenario.questions}
    for name, rows in past.groupby("id"):
        assert told[name].startswith(f"{rows['holds'].sum()} of {len(rows)} past terms; ")
    for question in scenario.questions:
        count = past.loc[past["id"] == question.id, "count"]
        assert question.at_least == max(1, int(count.median()))
    assert "Uzbekistan" in scenario.questions[0].text


def test_a_record_that_is_too_short_says_so_and_gives_no_number(place):
    write_made_up(place / NAME, contacts=20)
    path = place / NAME / "dyad.yaml"
    path.write_text(path.read_text().replace("relations_start: 1993-03-01", "relations_start: 2014-01-01"))
    rows = (place / NAME / "contacts.csv").read_text().splitlines()
    (place / NAME / "contacts.csv").write_text("\n".join([rows[0], *(row for row in rows[1:] if row > "2014")]) + "\n")
    (place / NAME / "media.csv").write_text((place / NAME / "media.csv").read_text().splitlines()[0] + "\n")
    (place / NAME / "second_coding.csv").unlink()
    found = call("scenario", "questions", "asked.yaml", "--data", NAME)
    assert found.exit_code == 0, found.output
    told = set(rates(place / "asked.yaml").values())
    assert told == {f"none, the record is too short: {many}, and {FEWEST} are needed." for many in (
        "2 past terms have these months", "1 past term has these months")}


def test_only_ranks_and_topics_on_record_are_asked_about(place):
    write_made_up(place / NAME, contacts=40, ranks=("assistant",))
    assert call("scenario", "questions", "asked.yaml", "--dyad", NAME).exit_code == 0
    ranks = {rank for one in YAML(typ="safe").load(place / "asked.yaml")["questions"] for rank in one["contacts"].get("rank", ())}
    assert ranks == {"assistant"}


def test_a_file_of_questions_is_written_anew_unless_somebody_changed_it(place):
    write_made_up(place / NAME, contacts=20)
    line = ("scenario", "questions", "asked.yaml", "--data", NAME)
    assert [call(*line).exit_code for _ in range(2)] == [0, 0]
    with (place / "asked.yaml").open("a") as file:
        file.write("# mine\n")
    before = (place / "asked.yaml").read_bytes()
    found = call(*line)
    assert found.exit_code == 2
    assert "asked.yaml: argument FILE: expected a new file, or one that this program wrote" in found.stderr
    assert (place / "asked.yaml").read_bytes() == before
    inside = call("scenario", "questions", f"{NAME}/asked.yaml", "--data", NAME)
    assert (inside.exit_code, (place / NAME / "asked.yaml").exists()) == (2, False)


@pytest.mark.parametrize("name", ["us_uz", "us_tj"])
def test_a_scenario_for_a_shipped_dyad_names_its_partner_and_what_it_has(place, name):
    assert call("scenario", "new", "deal", "--dyad", name).exit_code == 0
    text = (place / "deal.yaml").read_text()
    partner = {"us_uz": "Uzbekistan", "us_tj": "Tajikistan"}[name]
    assert load_scenario(place / "deal.yaml").dyad == name
    assert text.count(partner) >= 4
    assert "Kazakh" not in text
    assert call("scenario", "check", "deal.yaml", "--dyad", name).exit_code == 0
    assert "us_kz" not in call("scenario", "explain", "deal.yaml", "--inherited").stdout


def test_examples_of_a_scenario_are_right_once_uncommented(place):
    write_made_up(place / NAME, contacts=40)
    call("scenario", "new", "deal", "--data", NAME)
    text = (place / "deal.yaml").read_text()
    head, rest = text.split("# adjustments:")
    examples, tail = rest.split("# Many at once")
    (place / "deal.yaml").write_text(head + re.sub("(?m)^# ", "", "# adjustments:" + examples) + "# Many at once" + tail)
    found = call("scenario", "check", "deal.yaml", "--data", NAME)
    assert found.exit_code == 0, found.output
    scenario = load_scenario(place / "deal.yaml")
    assert scenario.adjustments.size()
    assert PARTNER in scenario.cabinet[0].title + scenario.questions[-1].text + scenario.events[0].title


def test_a_dyad_with_elections_of_its_own_gets_its_own_outcomes(place):
    write_foreign_dyad(place / "xa_xb")
    for line in (("scenario", "new", "deal", "--data", "xa_xb"), ("scenario", "check", "deal.yaml", "--data", "xa_xb"),
                 ("scenario", "questions", "asked.yaml", "--data", "xa_xb")):
        found = call(*line)
        assert found.exit_code == 0, found.output
    scenario = load_scenario(place / "deal.yaml")
    assert (scenario.election, scenario.outcome, scenario.dyad) == ("xa_2024", "hale", "xa_xb")
    assert 'the rank "Head of state"' in " ".join((place / "asked.yaml").read_text().split())
    assert call("scenario", "check", "deal.yaml").exit_code == 2


@pytest.mark.parametrize(("arguments", "words"), [
    (("scenario", "new", "deal", "--dyad", "us_uz", "--extends", "trump_belt_and_road"), "a scenario for us_uz, or for any dyad"),
    (("scenario", "check", "trump_belt_and_road", "--dyad", "us_uz"), "key dyad: expected us_uz"),
    (("questions", "--questions", "list.yaml"), "a file with a list under the key questions"),
    (("questions", "--questions", "late.yaml"), "line 3, key questions.far.window: expected a month within the horizon"),
    (("scenario", "questions", "asked.yaml", "--dyad", "nowhere"), "a shipped dyad"),
])
def test_what_does_not_fit_is_one_message(place, arguments, words):
    (place / "list.yaml").write_text("name: mine\n")
    (place / "late.yaml").write_text("questions:\n  - {id: far, text: Will it?, background: Why., contacts: {}, at_least: 1,\n"
                                     "     window: [2035-01, 2036-01], resolution: A row.}\n")
    found = call(*arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert words in found.stderr.replace("\n", " ")
