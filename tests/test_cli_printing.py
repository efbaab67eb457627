"""What commands print: `--quiet` and `--json` mean one thing everywhere, and long work is told in a log too."""

import ast
import csv
import io
import json
import shlex
import typing
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from rich.table import Table
from typer.testing import CliRunner

import forecast
from cli import app
from forecast.cli.console import progress_bars
from forecast.console import console, say, say_error, say_json, say_written
from forecast.console import wanted as asked_for
from tests.contacts.importing import FILES
from tests.test_help_examples import examples
from tests.walk.program import commands

ROOT = Path(forecast.__file__).parent
COMMANDS = dict(commands())


def having(option: str) -> list[str]:
    return [name for name, command in COMMANDS.items() if any(option in one.opts for one in command.params)]


def call(line: str):
    found = CliRunner().invoke(app, shlex.split(line))
    assert found.exit_code == 0, found.output
    return found


# The source: which functions a command leads to.

Place = tuple[str, str]
"""Module and name."""


@cache
def functions() -> dict[Place, set[Place]]:
    """Functions of the command line and of what it prints with: what each of them calls."""
    found = {}
    for path in (*ROOT.glob("cli/*.py"), *ROOT.glob("report/*.py"), ROOT / "console.py"):
        module = ".".join(("forecast", *path.relative_to(ROOT).with_suffix("").parts))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        every = imports(part for part in tree.body if isinstance(part, ast.ImportFrom))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                known = every | imports(part for part in ast.walk(node) if isinstance(part, ast.ImportFrom))
                calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
                found[module, node.name] = {known.get(one.id, (module, one.id)) for one in calls if isinstance(one, ast.Name)}
    return found


def imports(parts: Iterable[ast.ImportFrom]) -> dict[str, Place]:
    return {one.asname or one.name: (part.module, one.name) for part in parts for one in part.names}


def reached(name: str) -> set[Place]:
    """All functions that a command calls, itself or by others of the command line and the report."""
    callback = COMMANDS[name].callback
    of_import = ("forecast.cli.outside", "_import")  # its commands are made, one for every source
    start = of_import if callback.__name__ == "command" else (callback.__module__, callback.__name__)
    found, todo = set(), [start]
    while todo:
        new = functions().get(todo.pop(), set()) - found
        found |= new
        todo += new
    return found


TABLE, BARS = ("rich.table", "Table"), ("forecast.cli.console", "progress_bars")


def test_every_command_that_prints_a_table_prints_it_as_json_too():
    tables = {name for name in COMMANDS if TABLE in reached(name)}
    assert {"run", "data show", "scenario explain", "priors check", "fit", "data import gdelt"} <= tables  # they are found
    assert not {"freeze", "data check", "scenario new"} & tables
    assert sorted(tables - set(having("--json"))) == []
    assert {"priors show", "data sources", "cite", "schema"} <= set(having("--json"))  # lists


def test_nothing_prints_past_what_was_asked_for():
    """A text that is not printed by :mod:`forecast.console` would be heard in spite of --quiet, and beside JSON."""
    ways = ("print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write")
    assert [f"{path.name}:{node.lineno}" for path in (*ROOT.glob("cli/*.py"), *ROOT.glob("report/*.py"))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ways] == []


# What is left out.

def everything_said(name: str, option: str) -> None:
    """Say something of every kind as a command does, after its options were read."""
    words = shlex.split(examples(COMMANDS[name].epilog)[0].partition(" > ")[0])[1:]
    with COMMANDS[name].make_context("forecast", [*words[len(name.split()):], option]):
        table = Table(title="a title")
        table.add_column("a heading")
        console().print(table)
        console().print("a sentence")
        console(error=True).print("a remark")
        say("a text")
        say("a note", error=True)
        say_json("{}")
        say_written("Written: a file")
        say_error("an error")


@pytest.mark.parametrize("name", having("--quiet"))
def test_quiet_leaves_all_out_but_files_and_errors(name, capsys):
    everything_said(name, "--quiet")
    told = capsys.readouterr()
    assert told.out == "{}\nWritten: a file\n"
    assert told.err == "error: an error\n"
    say("a text")  # the next command is heard again
    assert capsys.readouterr().out == "a text\n"


@pytest.mark.parametrize("name", having("--json"))
def test_json_stands_alone_on_standard_output(name, capsys):
    everything_said(name, "--json")
    told = capsys.readouterr()
    assert told.out == "{}\n"
    assert told.err == "a remark\na note\nWritten: a file\nerror: an error\n"
    assert not asked_for.silent


def test_an_option_that_was_misread_silences_nothing_that_follows():
    assert CliRunner().invoke(app, ["fit", "--quiet", "--seed", "many"]).exit_code == 2
    assert "us_kz" in call("data check").stdout


LIGHT = {
    "data reliability": "data reliability --resamples 500", "priors show": "priors show sceptical --changed",
    "data import gdelt": f"data import gdelt {FILES / 'gdelt2.export.CSV'} --code SYN --as-of 2018-12-31",
}
"""Commands that fit nothing, with --quiet and --json both."""
MORE = (
    "scenario explain trump_c5plus1_summit", "scenario diff harris trump", "data sources", "data sources trade_annual",
    "data queue", "data show", "schema", "cite us_kz", "data events --kind c5plus1", "data diff {kz} {kz}",
    "compare-administrations Trump Biden",
)


@pytest.mark.parametrize("line", LIGHT.values(), ids=[*LIGHT])
def test_quiet_commands_say_nothing(line):
    assert call(line).stdout
    found = call(f"{line} -q")
    assert (found.stdout, found.stderr) == ("", "")


def test_a_quiet_command_says_what_it_wrote(tmp_path):
    found = call(f"data reliability --resamples 500 --quiet --tables {tmp_path}/agreement.csv")
    assert (found.stdout, found.stderr) == (f"Written: {tmp_path}/agreement.csv\n", "")


@pytest.mark.parametrize("line", [*LIGHT.values(), *MORE])
def test_what_is_printed_as_json_is_json_and_has_rows(line):
    from forecast.shipped import DYAD

    told = json.loads(call(f"{line.format(kz=DYAD)} --json").stdout)
    assert told
    assert "NaN" not in json.dumps(told)
    assert "NaT" not in json.dumps(told)


def test_json_has_the_rows_that_are_printed():
    told = json.loads(call("scenario diff harris trump --json").stdout)["differences"]
    printed = call("scenario diff harris trump").stdout
    assert [one["key"] for one in told] == [row[0] for row in rows_of(printed)[1:]]
    told = json.loads(call("priors show sceptical --changed --json").stdout)["priors"]
    assert len(told) == call("priors show sceptical --changed").stdout.count("    why: ") > 3


# Into a pipe.

def rows_of(text: str) -> list[list[str]]:
    """Rows of the first table of a text."""
    lines = [line for line in text.splitlines() if not line.startswith("#") and "\t" in line]
    return list(csv.reader(io.StringIO("\n".join(lines)), delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("line", ["scenario explain trump_c5plus1_summit --inherited", "scenario diff harris trump"])
def test_a_pipe_gets_whole_cells_and_nothing_drawn(line):
    told = call(line).stdout
    assert told.startswith("# ")
    assert not set(told) & set("│┃━─╭")
    assert {len(row) for row in rows_of(told)[:20]} == {3}
    assert "  " not in told


# Long work.

FAST = {"data show", "data sources", "schema", "cite", "scenario diff", "data diff", "data queue", "score", "ledger score",
        "platform pool"}
"""What prints tables and takes hardly longer than its imports."""


def test_every_long_command_tells_its_progress_and_can_be_quiet():
    telling = {name for name in COMMANDS if BARS in reached(name)}
    assert telling == set(having("--quiet"))
    tables = set(having("--json"))
    assert tables - telling == FAST
    assert {"paper", "archive", "condition", "freeze", "data events", "scenario explain", "scenario plot",
            "scenario questions"} <= telling


def test_stages_are_told_in_a_log_as_they_begin_and_end(capsys):
    with progress_bars(quiet=False) as progress:
        for done in range(3):
            progress("a stage", done, 2)
    assert capsys.readouterr().err == "a stage: begun\na stage: done in 0 s\n"


@pytest.mark.parametrize(("line", "stage"), [
    ("data events --kind c5plus1", "placebo dates"), ("scenario explain trump_c5plus1_summit", "placebo dates"),
    ("scenario plot trump_c5plus1_summit --out {}/a", "draw assumptions"), ("scenario questions {}/q.yaml", "base rates"),
    pytest.param("questions new {}/q.yaml", "base rates", marks=pytest.mark.slow),  # another name of the same command
])
def test_a_command_of_seconds_tells_a_log_what_it_does_and_can_be_quiet(line, stage, tmp_path):
    line = line.format(tmp_path)
    assert call(line).stderr.splitlines()[::2] == [f"{stage}: begun"]
    assert call(f"{line} --quiet").stderr == ""


def test_options_that_name_a_dyad_go_together():
    """Where one can name a folder one can name what ships, and the other way round; --partner of old is kept."""
    both = set(having("--dyad"))
    positional = {name for name in both if name.startswith("data ") and any(
        one.name in ("directory", "given") for one in COMMANDS[name].params)}
    assert both - positional == set(having("--data"))
    for name in both:
        (option,) = [one for one in COMMANDS[name].params if "--dyad" in one.opts]
        assert option.metavar == "NAME"
        assert typing.get_type_hints(COMMANDS[name].callback)["dyad"] == list[str] | None


def test_components_are_named_alike():
    words = ["agenda", "--component", "media", "--component", "frequency"]
    with COMMANDS["calibrate"].make_context("calibrate", words) as context:
        assert context.params["components"] == ["agenda"]
        assert context.params["component"] == ["media", "frequency"]
    assert set(having("--component")) == {"fit", "check", "calibrate"}


def test_shipped_dyads_are_imported_for_by_name():
    line = f"data import icews {FILES / 'icews.tab'} --dyad us_uz"
    assert "no row is between 'United States' and 'Uzbekistan'" in call(line).stdout
    found = CliRunner().invoke(app, shlex.split(line.replace("us_uz", "us_xx")))
    assert found.exit_code == 2
    assert "option --dyad: expected a shipped dyad, found 'us_xx'" in found.stderr


# Small doors.

def test_questions_new_is_scenario_questions(tmp_path):
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    told = call(f"questions new {one} --dyad us_uz").stdout
    assert call(f"scenario questions {other} --dyad us_uz").stdout == told.replace("one.yaml", "other.yaml")
    assert one.read_text(encoding="utf-8") == other.read_text(encoding="utf-8").replace("other.yaml", "one.yaml")
    found = CliRunner().invoke(app, ["questions", "new"])
    assert found.exit_code == 2
    assert "forecast scenario questions my_questions.yaml" in found.stderr


def test_a_shell_can_complete_commands_and_options():
    shown = call("--help").stdout
    assert shown.index("Shell completion") < shown.index("--install-completion")
    for words, expected in (("forecast scen", "scenario"), ("forecast data ", "reliability"), ("forecast paper --wi", "--width")):
        environment = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_FORECAST_COMPLETE": "complete_bash"}
        found = CliRunner().invoke(app, [], prog_name="forecast", env=environment)
        assert expected in found.stdout.split()
