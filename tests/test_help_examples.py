"""Every command's help ends with an example, and what the examples say can be typed."""

import re
import shlex

import pytest
import typer

from cli import app
from tests.readme.commands import commands as commands_of_readme
from tests.readme.commands import pages
from tests.walk.program import commands

COMMANDS = dict(commands())
README = commands_of_readme("\n".join(page.read_text(encoding="utf-8") for page in pages()))


def examples(epilog: str) -> list[str]:
    """Examples of an epilog, each as it would be typed."""
    told, _, rest = epilog.partition(": ")
    assert told in ("Example", "Examples"), epilog
    return [part.strip() for part in rest.split(" | ")]


def parsed(line: str) -> str:
    """The command that a line calls, after its arguments were parsed; raises where an option or a value is not known."""
    words = shlex.split(line.partition(" > ")[0])
    assert words.pop(0) == "forecast", line
    command, name = typer.main.get_command(app), []
    while hasattr(command, "commands") and words and words[0] in command.commands:
        name.append(words.pop(0))
        command = command.commands[name[-1]]
    assert not hasattr(command, "commands") or not words, f"no such command: {words}"
    with command.make_context("forecast", words):
        return " ".join(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_examples_of_it_that_can_be_typed(name):
    found = examples(COMMANDS[name].epilog or "")
    assert [parsed(line) for line in found] == [name] * len(found)


def test_the_help_of_the_program_begins_with_a_command_of_the_readme():
    (start,) = re.findall(r"\[bold\](forecast [^\[]*)\[/bold\]", typer.main.get_command(app).epilog)
    assert start in README


@pytest.mark.parametrize("line", ["forecast run --pahts 10", "forecast data new us_uz", "forecast data import gdlet a.zip",
                                  "forecast run --as-of today", "forecast scenario diff harris"])
def test_an_example_that_cannot_be_typed_is_found(line):
    with pytest.raises(Exception, match=r"(?i)no such option|no such command|missing|is not one of|does not match"):
        parsed(line)


@pytest.mark.parametrize("line", [line for line in README if line.startswith("forecast ") and "--help" not in line])
def test_commands_of_the_readme_are_understood(line):
    assert parsed(line)
