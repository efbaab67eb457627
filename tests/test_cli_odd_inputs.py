"""What is odd and legitimate: folders by odd names, things given twice, options that belong to something else, closed streams."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast import shipped
from forecast.cli.forecasts import _print_questions
from forecast.errors import InputError
from forecast.pipeline import archive
from tests.fixture.record import RECORD

ROOT = Path(__file__).parents[1]


def call(*words):
    return CliRunner().invoke(app, [*map(str, words)])


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Questions that not every scenario asks.

def answers(*asked):
    return pd.DataFrame([{"scenario": name, "id": id, "text": f"Will {id}?", "probability": chance, "mcse": 0.01,
                          "expected_contacts": 10 * chance, "past_yes": 1, "past_terms": 8} for name, id, chance in asked])


NONE = pd.DataFrame({"first": [], "second": [], "id": [], "difference": [], "mcse": []})


def test_an_answer_stands_below_the_scenario_that_asks(capsys):
    """One's own scenario asks more than the shipped one that it is compared with."""
    contrast = pd.DataFrame([{"first": "harris", "second": "own", "id": "both", "difference": -0.1, "mcse": 0.02}])
    _print_questions(answers(("harris", "both", 0.2), ("own", "both", 0.3), ("own", "mine", 0.4)), contrast, every=True)
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines() if "\t" in line]
    assert rows[0][1:4] == ["harris", "own", "difference"]
    assert rows[1][1:4] == ["20.0 ± 1.0", "30.0 ± 1.0", "-10.0 ± 2.0"]
    assert rows[2][1:4] == ["not asked", "40.0 ± 1.0", ""]


def test_so_it_does_beside_two_others(capsys):
    _print_questions(answers(("a", "one", 0.1), ("b", "one", 0.2), ("c", "one", 0.3), ("b", "two", 0.4)), NONE, every=True)
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines() if "\t" in line]
    assert rows[2][1:4] == ["not asked", "40.0 ± 1.0", "not asked"]


# Folders, by whatever name.

def test_the_folder_that_one_is_in_can_be_migrated(place, monkeypatch):
    monkeypatch.chdir(shutil.copytree(RECORD, place / "us_kz"))
    found = call("data", "migrate", ".")
    assert (found.exit_code, found.stdout) == (0, ".: nothing to migrate, it has the present form.\n"), found.output


def test_tables_of_several_dyads_are_where_they_are_said_to_be(place):
    found = call("data", "show", RECORD, shipped.dyad("us_uz"), "--out", "shown")
    assert found.exit_code == 0, found.output
    for name in ("us_kz", "us_uz"):
        assert f"Written: shown/{name}/year.csv" in found.stdout
        assert (place / "shown" / name / "year.csv").exists()


def test_two_records_of_one_dyad_are_not_written_over_one_another(place):
    other = shutil.copytree(RECORD, place / "newer")
    found = call("data", "show", RECORD, other, "--out", "shown")
    assert found.exit_code == 2
    assert "expected one folder of each dyad" in found.stderr
    assert not (place / "shown").exists()
    assert call("data", "show", RECORD, other).exit_code == 0  # side by side on a screen they are no trouble


def test_a_tilde_that_no_shell_saw_makes_no_folder_of_that_name(place):
    for words in (("scenario", "schema", "--out", "~/x.json"), ("data", "show", "--out", "~/shown")):
        found = call(*words)
        assert found.exit_code == 2
        assert "a ~ that the shell left as it is" in found.stderr
    assert not (place / "~").exists()
    (place / "~").mkdir()
    assert call("scenario", "schema", "--out", "~/x.json").exit_code == 0  # somebody has such a folder


def test_where_questions_cannot_be_written_is_told_before_any_is_made(place):
    (place / "q.yaml").write_text("mine\n")
    found = call("scenario", "questions", "q.yaml")
    assert found.exit_code == 2
    assert found.stderr.startswith("error: q.yaml: argument FILE: ")  # no stage before it
    assert (place / "q.yaml").read_text() == "mine\n"


def test_a_scenario_without_a_name_is_said_to_be_of_the_command_line():
    assert call("scenario", "check", "").stderr.startswith("error: command line: scenario: expected a file or a shipped scenario")


def test_two_inputs_do_not_share_a_place_in_an_archive(place):
    for folder, text in (("a", "one"), ("b", "two")):
        (place / folder).mkdir()
        (place / folder / "own.yaml").write_text(text)
    found = {f"scenario {folder}": {"scenarios/own.yaml": place / folder / "own.yaml"} for folder in ("a", "b")}
    with pytest.raises(InputError, match=r"expected one file of this name, found two: .*a/own.yaml and .*b/own"):
        archive._check_places(place, found)
    (place / "b" / "own.yaml").write_text("one")
    archive._check_places(place, found)


@pytest.mark.parametrize(("option", "words"), [
    ("--registration", ("freeze", "run", "--out", "frozen.json")), ("--tables", ("data", "reliability", "--resamples", 500)),
    ("--figures", ("priors", "from-registers", "--out", "mine.yaml")),
    ("--record", ("priors", "elicit", "agenda.base", "--answers", "a.json", "--out", "mine.yaml")),
])
def test_a_refusal_names_the_option_by_which_an_output_was_named(option, words, place):
    (place / "mine").mkdir()
    (place / "mine" / "note.txt").write_text("mine\n")
    (place / "a.json").write_text("{}")
    found = call(*words, option, "mine")
    assert found.exit_code == 2, found.output
    assert found.stderr.startswith(f"error: mine: option {option}: ")


# Options and numbers of things.

@pytest.mark.parametrize(("words", "told"), [
    (("compare", "harris"), "argument SCENARIOS: expected two scenarios, found 1: harris"),
    (("compare", "harris", "trump", "harris_pntr"), "argument SCENARIOS: expected two scenarios, found 3: harris, trump,"),
    (("archive", "run", "--here"), "option --here: expected an archive to verify beside it (--verify FILE)"),
    (("archive", "run", "--wheels", "wheels"), "option --wheels: expected an archive to verify beside it (--verify FILE)"),
    (("archive", "--verify", "a.zip", "--trajectories"), "option --verify: expected the archive alone"),
])
def test_what_has_no_effect_or_no_table_is_refused_before_any_work(words, told):
    found = call(*words)
    assert found.exit_code == 2
    assert told in found.stderr


# What is said, and when.

def test_nothing_is_said_to_be_written_before_it_is_in_its_place():
    """An output takes its place as its block ends, and may be refused even then."""
    early = []
    for path in sorted((ROOT / "forecast" / "cli").glob("*.py")):
        for block in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(block, ast.With) and any(name in ast.unparse(item.context_expr) for item in block.items
                                                   for name in ("writing(", "output_directory(", "output_file(")):
                early += [f"{path.name}:{one.lineno}" for one in ast.walk(block)
                          if isinstance(one, ast.Call) and ast.unparse(one.func) == "say_written"]
    assert early == []


def test_cells_that_differ_are_said_to_be_written_also_to_who_wants_quiet(place):
    found = call("data", "reliability", "--resamples", 500, "--quiet", "--out", "cells.csv", "--tables", "agreement.csv")
    assert (found.stdout, found.stderr) == ("Written: cells.csv\nWritten: agreement.csv\n", "")


@pytest.mark.parametrize(("closed", "words", "code"), [(1, ("schema",), 0), (2, ("scenario", "check", "nope"), 2)])
def test_a_closed_stream_is_no_fault(closed, words, code, place):
    done = subprocess.run(["sh", "-c", f'exec "$@" {closed}>&-', "sh", sys.executable, str(ROOT / "cli.py"), *words],
                          capture_output=True, check=False, timeout=300)
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False)
