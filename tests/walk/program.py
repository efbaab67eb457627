"""Every argument and option of every command that could name a file, found by looking at the program itself."""

import typing
from collections.abc import Iterator
from pathlib import Path

import typer

from cli import app


def commands() -> Iterator[tuple[str, typing.Any]]:
    """Every command that does something: its words after ``forecast``, and what Typer made of it."""
    yield from _below(typer.main.get_command(app), "")


def textual() -> dict[tuple[str, str], list[str]]:
    """Arguments and options of text or path, by command and parameter, with the names under which they are given."""
    return {(name, parameter.name): parameter.opts for name, command in commands() for parameter in command.params
            if _is_textual(typing.get_type_hints(command.callback).get(parameter.name))}


def _is_textual(annotation: object) -> bool:
    return annotation in (str, Path) or any(map(_is_textual, typing.get_args(annotation)))


def _below(command: typing.Any, name: str) -> Iterator[tuple[str, typing.Any]]:
    for word, part in command.commands.items():
        if hasattr(part, "commands"):
            yield from _below(part, f"{name}{word} ")
        else:
            yield name + word, part
