"""Texts of users are printed as they are: no markup is read, no escape sequence reaches the terminal, ASCII will do."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cli import app
from tests.conftest import some
from tests.contacts.example import DYAD, contact, second, write, write_dyad

TITLE = "Deal [/x] [bold]and[/bold] :smile:"
SCENARIO = """\
name: mine
title: "Deal [/x] [bold]and[/bold] :smile:"
description: "Кто [/y]"
extends: trump.yaml
questions:
  - id: meets
    text: "[/q] do they meet?"
    background: "[/b]"
    contacts: {rank: [president]}
    window: [2025-01, 2026-12]
    at_least: 1
    resolution: "[/r]"
"""
PRIORS = """\
name: "[/p]"
title: "[/t]"
extends: default
component:
  agenda:
    breadth_scale: {distribution: half_normal, sigma: 10.0, reason: "[/w] as a test plants it"}
"""
PARTNER = "[/x] [bold]Ruritania[/bold]"


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "250")
    (tmp_path / "mine.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "priors.yaml").write_text(PRIORS, encoding="utf-8")
    folder = write_dyad(tmp_path / "us_xx", [contact()], dyad=DYAD.replace("partner: Synthetic Partner", f'partner: "{PARTNER}"'))
    write(folder / "second_coding.csv", [second(contact()["id"], outcome="2")])
    return tmp_path


def call(*arguments):
    found = CliRunner().invoke(app, [str(one) for one in arguments])
    assert found.exit_code == 0, found.output
    assert not {"\x1b", "\x9b"} & set(found.stdout)
    return found.stdout


def test_explain_shows_lists_and_brackets():
    shown = call("scenario", "explain", "mine.yaml")
    row = next(line for line in shown.splitlines() if "contacts.rank" in line)
    assert "[president]" in row
    assert TITLE in shown
    assert "Кто [/y]" in shown


def test_diff_shows_brackets_of_both_sides():
    shown = call("scenario", "diff", "trump", "mine.yaml")
    assert "[/q] do they meet? (mine.yaml:7)" in shown
    assert "not said" in shown
    assert "[dim]" not in shown


def test_a_path_is_no_markup(work):
    (work / "[").mkdir()
    (work / "[" / "x].yaml").write_text(SCENARIO, encoding="utf-8")
    assert "What [/x].yaml says, and where" in call("scenario", "explain", "[/x].yaml")
    assert "Written: [/y]/assumptions.pdf" in call("scenario", "plot", "trump_ukraine_escalation", "--out", "[/y]")


def test_check_prints_titles_as_they_are():
    assert f"mine: {TITLE}: no faults." in call("scenario", "check", "mine.yaml")


def test_what_would_move_the_cursor_is_refused_where_it_is_read(work):
    (work / "mine.yaml").write_text(SCENARIO.replace(":smile:", ":smile: \\e[2J"), encoding="utf-8")
    found = CliRunner().invoke(app, ["scenario", "check", "mine.yaml"])
    assert found.exit_code == 2
    assert "line 2: expected texts without control characters, found the character U+001B" in found.stderr
    assert "\x1b" not in found.output


def test_the_name_of_a_partner_is_shown_as_it_is():
    shown = call("data", "show", "us_xx")
    assert f"recorded contacts with {PARTNER} up to" in shown
    assert f"{PARTNER}\t" in next(line for line in shown.splitlines() if line.startswith("[/x]"))


def test_priors_are_shown_with_brackets_and_warned_of_by_name():
    shown = call("priors", "show", "priors.yaml", "--changed")
    assert "Prior set [/p]: [/t]" in shown
    assert "why: [/w] as a test plants it" in shown


def test_findings_are_printed_with_the_name_of_the_set(capsys):
    from forecast.report.prior_findings import print_check

    print_check("[/p]", (), ())
    assert "Prior set [/p]: what it says" in capsys.readouterr().out


COMMANDS = [
    ("scenario", "explain", "mine.yaml"), ("scenario", "diff", "trump", "mine.yaml"), ("scenario", "check", "mine.yaml"),
    ("data", "show", "us_xx"), ("data", "check", "us_xx"), ("data", "codebook", "us_xx"), ("data", "sources"),
    ("data", "sources", "trade_annual"), ("data", "reliability", "us_xx", "-q", "--resamples", "500"),
    ("priors", "show", "priors.yaml"), ("data", "diff", "us_xx", "us_xx"),
]


@pytest.mark.parametrize("command", some(COMMANDS, COMMANDS[::5]), ids=" ".join)
def test_a_terminal_of_ascii_letters_is_enough(work, command):
    (work / "us_xx" / "dyad.yaml").write_text(DYAD.replace("Synthetic Partner", "Кыргызстан"), encoding="utf-8")
    if command[:2] == ("data", "diff"):
        write_dyad(work / "später", [contact("2020-01-01")])
        command = ("data", "diff", "us_xx", "später", "--out", "ä.csv")
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run([sys.executable, "-c", "from cli import app; app()", *command], capture_output=True, cwd=work,
                           env=environment, check=False)
    assert found.returncode == 0, found.stderr.decode()
    assert found.stdout.isascii()
