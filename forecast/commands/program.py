"""The program as a whole: whatever its commands meet ends in a message, and every stream can take every text."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from typer.core import TyperGroup

from forecast.commands.console import faults
from forecast.console import plain


class Program(TyperGroup):
    """All commands; errors are told here once more, so that no command, and no reading of its options, ends in a traceback."""

    def main(self, *given: Any, **named: Any) -> Any:
        """Run what the command line asks for."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, ValueError, OSError):  # a stream of a test, a closed one
                stream.reconfigure(errors="backslashreplace")  # a letter that a terminal lacks is shown as its number
        return super().main(*given, **named)

    def make_context(self, *given: Any, **named: Any) -> Any:
        """Read the options of the program itself."""
        with _plain_usage(), faults():
            return super().make_context(*given, **named)

    def invoke(self, ctx: Any) -> Any:
        """Find the command, read its options, and run it."""
        with _plain_usage(), faults():
            return super().invoke(ctx)


@contextmanager
def _plain_usage() -> Iterator[None]:
    """Show control characters in what was typed, where a message about usage repeats it."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "format_message") and isinstance(getattr(error, "message", None), str):
            error.message = plain(error.message)
        raise
