"""`forecast data events`, and the record beside the sizes of `forecast scenario explain`, as they are typed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.evaluation.event_effects import COLUMNS
from forecast.simulation.engine import simulate
from forecast.simulation.scenario import load_scenario, shipped_scenarios
from tests.fixture.record import RECORD
from tests.simulation.conftest import TERM_START, constant, event, make_scenario, source
from tests.simulation.example import EVENT, HEAD

ROOT = Path(__file__).parents[1]


def call(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def piped(folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "FORECAST_CACHE": str(folder / "cache"), "COLUMNS": "80"}
    return subprocess.run([sys.executable, "-c", "from cli import app; app()", *arguments], cwd=folder, env=environment,
                          capture_output=True, text=True, timeout=300, check=False)


def test_piped_no_line_is_wider_than_80_columns_and_what_is_silent_says_why(tmp_path):
    done = piped(tmp_path, "data", "events")
    assert done.returncode == 0
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == ["placebo dates"] * 2  # begun, and done
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "(c5plus1): 29 events, 2015-09-26 to 2024-09-27" in done.stdout
    silent = "all, 3 months: record: silent (1 month with an event and the months after on record, 3 needed)"
    assert " ".join(done.stdout.split()).count(silent) == 2  # a war, a new president
    assert "Months after an event are no effect of it" in done.stdout
    assert "…" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_table_is_written_and_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one.csv", "two.csv"):
        result = call("data", "events", RECORD, "--kind", "presidential_meeting", "--out", tmp_path / name)
        assert result.exit_code == 0, result.output
    assert "on security" in result.stdout
    assert "…" not in result.stdout  # nothing is cut off
    assert max(map(len, result.stdout.splitlines()[:-1])) <= 80
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    table = pd.read_csv(tmp_path / "one.csv", dtype={"key": str, "silent": str})
    assert tuple(table) == COLUMNS
    assert set(table["months"]) == {3, 6, 12}
    assert (table["ratio"].notna() == table["silent"].isna()).all()
    assert table["ratio"].notna().any()


@pytest.mark.parametrize(("arguments", "words"), [
    (("--kind", "c5plus2"), "option --kind: expected a kind of events of us_kz: presidential_meeting, c5plus1, war_2022, "
                            "presidential_election, new_president, found c5plus2. Did you mean 'c5plus1'?"),
    (("--as-of", "1990-01-01"), "expected a day from 1991-12-16, the start of us_kz, on"),
    (("--dyad", "us_uz", "--dyad", "us_kg"), "expected one dyad"),
])
def test_what_cannot_be_asked_is_one_message(arguments, words):
    result = call("data", "events", *arguments)
    assert result.exit_code == 2, result.output
    assert words in result.stderr


def test_a_faulty_file_of_kinds_in_the_folder_of_a_dyad_is_told(tmp_path):
    folder = shutil.copytree(RECORD, tmp_path / "us_kz")
    (folder / "events.yaml").write_text("kinds:\n  mine: {title: Mine, source: made up for a test, occasions: none_such}\n")
    result = call("data", "events", folder)
    assert result.exit_code == 2, result.output
    assert "key kinds.mine.occasions: expected a kind of occasions of a region, found 'none_such'" in result.stderr


# Beside the sizes of a scenario.


def rows(text):
    """Text of the second table without its lines, on one line."""
    return " ".join(text.partition("Sizes assumed")[2].replace("│", " ").replace("┃", " ").split())


def test_explain_says_the_record_beside_every_size_of_every_event(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = rows(call("scenario", "explain", "trump_c5plus1_summit").stdout)
    assert "the 6 months after such events in the record of us_kz" in shown
    follow_up = shown.partition("c5plus1_follow_up: rate, assistant")[2].partition("c5plus1_follow_up:")[0]
    assert "×1.2 (×0.91 to ×1.5)" in follow_up  # exp of 0.15, give or take
    assert "record: ×" in follow_up
    assert "months with events" in follow_up
    assert shown.count("record: silent (the event names no kind that it is like)") == 3  # the summit itself
    assert "c5plus1_follow_up: state normal [0.1, 0.2] record: silent (state is not compared)" in shown


@pytest.mark.parametrize("name", [name for name, path in shipped_scenarios().items() if load_scenario(path).events])
def test_every_shipped_size_of_an_event_has_a_line(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    result = call("scenario", "explain", name, "--key", "events")
    assert result.exit_code == 0, result.output
    sizes = sum(len(one.effects.size()) + len(one.effects.pole) for one in load_scenario(shipped_scenarios()[name]).events)
    assert rows(result.stdout).count("record: ") == sizes


def test_explain_of_one_event_leaves_others_out_and_one_without_events_has_no_second_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = rows(call("scenario", "explain", "trump_c5plus1_summit", "--key", "events.c5plus1_summit").stdout)
    assert "c5plus1_follow_up" not in shown
    assert "Sizes assumed" not in call("scenario", "explain", "trump").stdout
    assert "Sizes assumed" not in call("scenario", "explain", "trump_c5plus1_summit", "--key", "horizon").stdout


def test_explain_takes_the_window_and_uses_nothing_after_the_eve_of_the_scenario(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    six, twelve = (rows(call("scenario", "explain", "trump_c5plus1_summit", "--months", months).stdout) for months in ("6", "12"))
    assert "24 months with events" in six  # of 25 months, September 2024 has no six months on record after it
    assert "21 months with events" in twelve


def test_a_dyad_of_ones_own_is_given_by_its_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    folder = shutil.copytree(RECORD, tmp_path / "us_yy")
    about = folder / "dyad.yaml"
    about.write_text(about.read_text().replace("id: us_kz", "id: us_yy", 1))
    text = (HEAD + EVENT).replace("dyad: us_kz", "dyad: us_yy")
    Path("mine.yaml").write_text(text.replace("    title: Summit\n", "    title: Summit\n    like: presidential_meeting\n"))
    without = call("scenario", "explain", "mine.yaml")
    assert without.exit_code == 0, without.output
    assert "record: silent (the record of us_yy is not at hand: give it with --data)" in rows(without.stdout)
    found = call("scenario", "explain", "mine.yaml", "--data", folder)
    assert "in the record of us_yy" in rows(found.stdout)
    other = call("scenario", "explain", "mine.yaml", "--data", RECORD)
    assert other.exit_code == 2
    assert "options --data, --dyad: expected the record of us_yy, the dyad of the scenario, found us_kz" in other.stderr
    Path("mine.yaml").write_text(text.replace("    title: Summit\n", "    title: Summit\n    like: presidential_metting\n"))
    for command in (("scenario", "explain", "mine.yaml"), ("run", "mine.yaml", "--out", "new")):
        wrong = call(*command, "--data", folder)
        assert wrong.exit_code == 2, wrong.output
        assert "expected a kind of events of us_yy: presidential_meeting, c5plus1, war_2022" in wrong.stderr
        assert "Did you mean 'presidential_meeting'?" in wrong.stderr


# The key `like`.


@pytest.mark.parametrize(("dyad", "like", "words"), [
    ("dyad: us_kz\n", "c5plus2", "line 14, key events.0.like: expected a kind of events of us_kz: presidential_meeting, c5plus1, "
                                 "war_2022, presidential_election, new_president, found 'c5plus2'. Did you mean 'c5plus1'?"),
    ("dyad: us_uz\n", "presidential_election", "expected a kind of events of us_uz: presidential_meeting, c5plus1, war_2022, "
                                               "found 'presidential_election'"),
    ("", "c5plus2", "expected a kind of events: presidential_meeting"),
    ("dyad: us_kz\n", "The war", "expected lower-case letters"),
])
def test_a_kind_that_is_none_is_told_with_its_line(dyad, like, words, tmp_path):
    path = tmp_path / "mine.yaml"
    text = HEAD.replace("dyad: us_kz\n", dyad) + EVENT
    path.write_text(text.replace("    title: Summit\n", f"    title: Summit\n    like: {like}\n"))
    result = call("scenario", "check", path)
    assert result.exit_code == 2, result.output
    assert words in result.stderr


def test_what_an_event_is_like_moves_no_path():
    futures = [simulate(source(constant(200)), make_scenario(events=[event(**more)]), paths=200, seed=3, term_start=TERM_START)
               for more in ({}, {"like": "war_2022"})]  # fmt: skip
    one, other = ({name: values.to_numpy().tobytes() for name, values in paths.data_vars.items()} for paths in futures)
    assert one == other
    assert len(one) > 5


def test_manifests_of_scenarios_that_say_nothing_of_it_stay_as_they_were():
    assert "like" not in make_scenario(events=[event()]).model_dump(mode="json")["events"][0]
    assert make_scenario(events=[event(like="war_2022")]).model_dump(mode="json")["events"][0]["like"] == "war_2022"
