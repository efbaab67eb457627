"""Tables lose no word and no number: at any width of a terminal, in a pipe, and for every command that prints one."""

import ast
import io
import re
from pathlib import Path

import pytest
from rich.table import Table

import forecast
from forecast.console import console

CELLS = ("vice president", "1,002 (40 to 196)", "1.0012", "some text of several words", "[not markup]", "-0.4", "",
         "another text, longer than the first one by some words")  # fmt: skip
HEADINGS = ("rank", "median (5 % to 95 %)", "R-hat", "note")


def table(**options):
    found = Table(title="Contacts by rank, with a title that is long", **options)
    for heading in HEADINGS:
        found.add_column(heading, justify="right" if heading == "R-hat" else "left", no_wrap=heading == "R-hat")
    found.add_row(*CELLS[:4])
    found.add_row(*CELLS[4:])
    return found


def printed(width, made, *, terminal=True):
    out = io.StringIO()
    console(file=out, width=width, force_terminal=terminal, no_color=True).print(made)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


@pytest.mark.parametrize("box", [{}, {"box": None, "padding": (0, 1, 0, 0)}])
@pytest.mark.parametrize("width", [24, 40, 52, 60, 80, 200])
def test_every_word_and_number_is_whole_and_no_line_is_wider_than_the_terminal(width, box):
    found = printed(width, table(**box))
    words = re.findall(r"[^\s│┃]+", found)
    assert {word for cell in (*CELLS, *HEADINGS) for word in cell.split()} <= {word.rstrip(":") for word in words} | set(words)
    assert "…" not in found
    if "rank:" not in found:
        assert max(map(len, found.splitlines())) <= width


def test_rows_are_told_one_by_one_where_the_longest_words_do_not_fit():
    found = printed(24, table())
    assert "rank: vice president\n" in found
    assert "R-hat: 1.0012\n" in found
    assert "\n\nrank: [not markup]\n" in found
    assert "rank:" not in printed(80, table())  # negative control


def test_numbers_come_before_texts_where_something_is_wrapped():
    found = printed(70, table())
    assert "1,002 (40 to 196)" in found
    assert "another text, longer than the first one by some words" not in found


def test_headings_are_wrapped_before_cells_of_several_numbers():
    made = Table()
    for heading in ("rank", "log rate ratio of the first and the second", "P(first more, equal within 10 %, second more)"):
        made.add_column(heading, justify="right")
    made.add_row("vice president", "-0.01 (-0.63 to 0.63)", "0.36 0.25 0.39")
    for width in (60, 70, 100):
        row = next(line for line in printed(width, made).splitlines() if "president" in line)
        assert "vice president" in row
        assert "-0.01 (-0.63 to 0.63)" in row
        assert "0.36 0.25 0.39" in row
    narrow = printed(44, made)  # too narrow for that: every word is whole all the same
    assert "0.36 0.25 0.39" not in narrow
    assert {"-0.01", "(-0.63", "0.36", "0.25", "0.39"} <= set(re.findall(r"[^\s│┃]+", narrow))


@pytest.mark.parametrize("width", [20, 30, 200])
def test_a_table_without_rows_is_its_headings(width):
    made = Table(title="Nothing yet")
    for heading in ("rank", "median of all contacts"):
        made.add_column(heading)
    assert "Nothing yet" in printed(width, made)


def test_a_pipe_has_every_row_on_one_line_whatever_its_width():
    found = printed(40, table(), terminal=False).splitlines()
    assert any(all(cell in line for cell in CELLS[:4]) for line in found)
    assert any(all(cell in line for cell in CELLS[4:]) for line in found)


def test_addresses_may_be_broken_and_nothing_of_them_is_lost():
    made = Table()
    made.add_column("where", overflow="fold")
    made.add_column("n")
    address = "https://example.org/" + "a" * 60
    made.add_row(address, "12")
    found = printed(40, made)
    assert address in "".join(re.findall(r"│ (\S+) +│", found))
    assert max(map(len, found.splitlines())) <= 40


def test_no_command_chooses_the_width_of_the_terminal():
    chosen = []
    for path in Path(forecast.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "console":
                chosen += [f"{path}:{node.lineno}" for given in node.keywords if given.arg == "width"]
    assert chosen == []
