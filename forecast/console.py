"""The one way to print: texts of users are shown as they are, never read as markup, and never move the cursor.

Titles, names and paths come from files of others: their brackets are brackets, their escape sequences and control characters are
shown as such, and a terminal that has no letter for a character gets an escape for it.
"""

import sys
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console


def plain(text: object) -> str:
    r"""Text without control characters (each as its escape, ``\x1b``), but for line ends and tabs."""
    return "".join(character if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
                   else character.encode("unicode_escape").decode("ascii") for character in str(text))


def say(text: object = "", *, error: bool = False, end: str = "\n") -> None:
    """Print a text to standard output, or to standard error."""
    stream = sys.stderr if error else sys.stdout
    stream.write(encodable(plain(text), stream) + end)
    stream.flush()


def say_error(text: object) -> None:
    """Print ``error: ...`` to standard error."""
    say(f"error: {text}", error=True)


def encodable(text: str, stream: TextIO) -> str:
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

        def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
            """Also what is given as ``Text`` shows its control characters and fits the stream."""
            for part in super().render(renderable, options):
                yield part if part.control else part._replace(text=encodable(plain(part.text), self.file))

    return Plain(stderr=error, markup=False, emoji=False, highlight=False, **options)
