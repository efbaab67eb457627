"""The one way to print: texts of users are shown as they are, never read as markup, and never move the cursor.

Titles, names and paths come from files of others: their brackets are brackets, their escape sequences and control characters are
shown as such, and a terminal that has no letter for a character gets an escape for it.
"""

import os
import select
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from rich.console import Console

UNHEARD = 141
"""Exit code where the reader of a pipe is gone, as shells count it (SIGPIPE)."""


def plain(text: object) -> str:
    r"""Text without control characters (each as its escape, ``\x1b``), but for line ends and tabs."""
    return "".join(character if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
                   else character.encode("unicode_escape").decode("ascii") for character in str(text))


def say(text: object = "", *, error: bool = False, end: str = "\n") -> None:
    """Print a text to standard output, or to standard error."""
    stream = sys.stderr if error else sys.stdout
    try:
        stream.write(encodable(plain(text), stream) + end)
        stream.flush()
    except BrokenPipeError:
        leave_quietly()


def leave_quietly() -> NoReturn:
    """End, as other tools do, where nobody reads on (``| head``): nothing is said, and nothing more is written there."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.dup2(nowhere, sys.stderr.fileno())
    raise SystemExit(UNHEARD)


def unheard() -> bool:
    """Whether the reader of this program's output is gone."""
    with suppress(AttributeError, OSError, ValueError):  # no such question on this system; a stream of a test
        asked = select.poll()
        asked.register(sys.stdout.fileno(), select.POLLOUT)
        return any(event & select.POLLERR for _, event in asked.poll(0))
    return False


def say_error(text: object) -> None:
    """Print ``error: ...`` to standard error."""
    say(f"error: {text}", error=True)


def encodable(text: str, stream: IO[str]) -> str:
    """The text with an escape for each character that the stream cannot write."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def console(*, error: bool = False, **options: Any) -> "Console":
    """A Rich console for tables: strings are shown as they are; styles come from ``Text`` and ``style=`` alone."""
    from rich.console import Console
    from rich.segment import Segment
    from rich.text import Text

    class Plain(Console):
        """Reads no markup and no emoji codes in strings, wherever they stand: cells, titles, captions."""

        def render_str(self, text: str, **given: Any) -> Text:
            given |= {"markup": False, "emoji": False}
            return super().render_str(encodable(plain(text), self.file), **given)

        def on_broken_pipe(self) -> None:
            leave_quietly()

        def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
            """Also what is given as ``Text`` shows its control characters and fits the stream."""
            for part in super().render(renderable, options):
                yield part if part.control else part._replace(text=encodable(plain(part.text), self.file))

    return Plain(stderr=error, markup=False, emoji=False, highlight=False, **options)
