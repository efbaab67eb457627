"""Figures for print through the command line: the same options everywhere, written beside what is written without them."""

import ast
import hashlib
from pathlib import Path

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

import forecast
from cli import app
from forecast.cli.paper import for_print
from forecast.report.style import MM
from tests.conftest import in_every_form, some_rows
from tests.fixture.record import RECORD

ROOT = Path(forecast.__file__).parent
OPTIONS = ("--width", "--grey", "--titles")
FIGURES = {"backtest", "calibrate", "check", "compare", "compare-administrations", "country", "data completeness", "data show",
           "paper", "priors check", "priors elicit", "priors from-registers", "priors show", "region", "scenario plot", "sweep"}
"""Commands that write figures of their own; those of a run are printed by ``forecast paper``."""
SHOW = ("data", "show", str(RECORD), "--as-of", "2024-11-04", "--out")
INK = {"single": 88.9, "double": 177.8}


def commands(command=None, name=""):
    command = command or typer.main.get_command(app)
    for part, one in getattr(command, "commands", {}).items():
        yield from commands(one, f"{name} {part}".strip())
    if not hasattr(command, "commands"):
        yield name, {option: one for one in command.params for option in one.opts}


def call(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()
            if path.is_file() and path.name != "manifest.json"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain") / "out"
    with in_every_form():
        assert call(*SHOW, folder).exit_code == 0
    return folder


def test_every_command_with_figures_has_the_options_with_the_same_words():
    found = dict(commands())
    assert {name for name, options in found.items() if set(OPTIONS) & set(options)} == FIGURES
    for name in FIGURES:
        for option in OPTIONS:
            one, same = found[name][option], found["paper"][option]
            assert one.help.partition("(those")[0].partition("(in print")[0] == same.help.partition("(those")[0], (name, option)


def test_no_figure_of_a_command_is_written_past_the_options():
    """Only figures of a run, a second size of one and the writer itself are saved without a look at the options."""
    past = set()
    for path in ROOT.rglob("*.py"):
        names = {node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}
        past |= {str(path.relative_to(ROOT))} if "save_figure" in names else set()
    assert past == {"report/style.py", "report/run.py", "report/administrations_page.py"}


@pytest.mark.usefixtures("every_form")
@pytest.mark.parametrize(("width", "columns"), some_rows(
    [("single", ["single"]), ("double", ["double"]), ("both", ["double", "single"])], [("both", ["double", "single"])]))
def test_a_width_is_written_beside_what_is_written_without_it(plain, tmp_path, width, columns):
    result = call(*SHOW, tmp_path / "out", "--width", width)
    assert result.exit_code == 0
    assert "for print" in result.stdout
    assert hashes(tmp_path / "out") == hashes(plain)
    folders = [path for path in sorted((tmp_path / "out").iterdir()) if path.is_dir()]
    assert [path.name for path in folders] == ["print", "print_single"][:len(columns)]
    for folder, column in zip(folders, columns, strict=True):
        assert {path.name for path in folder.iterdir()} == {f"record.{kind}" for kind in ("pdf", "svg", "png", "txt", "tex")}
        with Image.open(folder / "record.png") as picture:
            assert picture.width == pytest.approx(INK[column] * MM * 300, abs=1)
            assert not _grey(picture)
        caption = (folder / "record.txt").read_text(encoding="utf-8")
        assert caption.startswith("The record of contacts with Kazakhstan. Recorded contacts, n = ")
        latex = (folder / "record.tex").read_text(encoding="utf-8")
        assert f"\\includegraphics{{{folder.name}/record.pdf}}" in latex
        assert f"begin{{figure{'*' if column == 'double' else ''}}}" in latex


@pytest.mark.usefixtures("every_form")
def test_grey_has_no_colour_and_titles_bring_the_words_back(plain, tmp_path):
    assert call(*SHOW, tmp_path / "grey", "--grey").exit_code == 0
    assert call(*SHOW, tmp_path / "titles", "--titles", "--grey").exit_code == 0
    assert hashes(tmp_path / "grey") == hashes(plain)
    size = {}
    for name in ("grey", "titles"):
        with Image.open(tmp_path / name / "print" / "record.png") as picture:
            assert _grey(picture)
            size[name] = picture.height
        assert (tmp_path / name / "print" / "record.txt").is_file()
    assert size["titles"] > size["grey"]


def _grey(picture):
    red, green, blue = picture.convert("RGB").split()
    return red.tobytes() == green.tobytes() == blue.tobytes()


def test_an_output_with_figures_for_print_is_replaced_by_one_without(tmp_path):
    assert call(*SHOW, tmp_path / "out", "--width", "both").exit_code == 0
    assert call(*SHOW, tmp_path / "out").exit_code == 0
    assert not list((tmp_path / "out").glob("print*"))


def test_a_command_that_had_nothing_to_draw_does_not_say_that_it_did(tmp_path):
    """Such as a sweep over a grid, which has no indices."""
    program = typer.Typer()

    @program.command()
    @for_print()
    def empty(out: Path):
        out.mkdir()

    result = CliRunner().invoke(program, ["--grey", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "print/" not in result.stdout
    assert "no figure" in result.stderr


@pytest.mark.parametrize(("arguments", "told"), [
    (("data", "show", RECORD, "--grey"), "expected --out with them"),
    (("compare-administrations", "Trump", "Biden", "--width", "single"), "expected --out with them"),
    (("priors", "from-registers", "--out", "set.yaml", "--titles"), "expected --figures with them"),
    (("check", "--width", "single"), "expected double with this command, found single"),
    (("priors", "check", "--width", "both", "--out", "new"), "expected double with this command, found both"),
    (("data", "show", RECORD, "--width", "triple"), "triple")])
def test_what_cannot_be_printed_is_refused_at_once(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []
