"""The one way to print: texts of users are shown as they are, never read as markup, and never move the cursor.

Titles, names and paths come from files of others: their brackets are brackets, their escape sequences and control characters are
shown as such, and a terminal that has no letter for a character gets an escape for it.
"""

import json
import os
import select
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how much of it is done, and how much there is."""
UNHEARD = 141
"""Exit code where the reader of a pipe is gone, as shells count it (SIGPIPE)."""


@dataclass
class Verbosity:
    """What a command was asked to leave out of all that it could print; `wanted` is that of the command at work.

    Parameters
    ----------
    quiet : bool
        No progress, notes, texts or tables: only errors, and what was written.
    as_json : bool
        Standard output holds one JSON object and nothing else.
    """

    quiet: bool = False
    as_json: bool = False

    @property
    def silent(self) -> bool:
        """Whether texts and tables for people are left out."""
        return self.quiet or self.as_json


wanted = Verbosity()


def plain(text: object) -> str:
    r"""Text without control characters (each as its escape, ``\x1b``), but for line ends and tabs."""
    return "".join(character if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
                   else character.encode("unicode_escape").decode("ascii") for character in str(text))


def say(text: object = "", *, error: bool = False, end: str = "\n") -> None:
    """Print a text to standard output, or a note to standard error, unless the command was asked to leave it out."""
    if not (wanted.quiet if error else wanted.silent):
        _put(text, sys.stderr if error else sys.stdout, end)


def say_written(text: object) -> None:
    """Tell what was written, also where all else is left out; beside JSON, on standard error."""
    _put(text, sys.stderr if wanted.as_json else sys.stdout)


def say_error(text: object) -> None:
    """Print ``error: ...`` to standard error, always."""
    _put(f"error: {text}", sys.stderr)


def _put(text: object, stream: IO[str], end: str = "\n", *, as_is: bool = False) -> None:
    try:
        stream.write((str(text) if as_is else encodable(plain(text), stream)) + end)
        stream.flush()
    except BrokenPipeError:
        leave_quietly()


def say_json(text: str) -> None:
    r"""Print JSON for programs, always; characters that no terminal should be sent, or the stream cannot write, as escapes.

    They are escapes of JSON, so that the values stay what they are.
    A title with U+009B or U+202E in it commands or turns round a terminal as any other text does; ``\u009b`` says the same.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    _put("".join(one if one == "\n" or (unicodedata.category(one) not in _INVISIBLE and _written(one, encoding)) else
                 json.dumps(one)[1:-1] for one in text), sys.stdout, as_is=True)


_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of characters: controls, formats (also of direction), halves of surrogate pairs, separators of lines."""


def _written(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


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


def encodable(text: str, stream: IO[str]) -> str:
    """The text with an escape for each character that the stream cannot write."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def console(*, error: bool = False, **options: Any) -> "Console":
    """A Rich console for tables: strings are shown as they are; styles come from ``Text`` and ``style=`` alone."""
    from rich.console import Console
    from rich.segment import Segment
    from rich.table import Table
    from rich.text import Text

    class Plain(Console):
        """Reads no markup and no emoji codes in strings, wherever they stand: cells, titles, captions."""

        def render_str(self, text: str, **given: Any) -> Text:
            given |= {"markup": False, "emoji": False}
            return super().render_str(encodable(plain(text), self.file), **given)

        def on_broken_pipe(self) -> None:
            leave_quietly()

        def print(self, *objects: Any, **given: Any) -> None:
            """Print; tables lose no word and no number, however narrow the terminal."""
            if wanted.quiet if self.stderr else wanted.silent:
                return
            if len(objects) == 1 and isinstance(objects[0], Table) and objects[0].columns:
                print_table(objects[0], self, super().print)
            else:
                super().print(*objects, **given)

        def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
            """Also what is given as ``Text`` shows its control characters and fits the stream."""
            for part in super().render(renderable, options):
                yield part if part.control else part._replace(text=encodable(plain(part.text), self.file))

    return Plain(stderr=error, markup=False, emoji=False, highlight=False, **options)


# Tables: as wide as the terminal lets them be, and never with a word or a number cut.

def print_table(table: "Table", screen: "Console", write: Callable[..., None]) -> None:
    """Print a table so that every word and number of it can be read.

    Into a file or a pipe it goes as :func:`tab_separated`. On a terminal that is too narrow, texts are wrapped between words,
    those of headings alone where that is enough; where the longest words do not fit beside one another, each row is told on lines
    of its own, ``heading: value``.

    Parameters
    ----------
    table : Table
        What is printed; widths of its columns are set where it has to be narrower.
    screen : Console
        On which.
    write : callable
        Its own way to print.
    """
    if not screen.is_terminal:
        _put(tab_separated(table), screen.file)
        return
    from rich.measure import Measurement

    wide = screen.options.update(width=WIDEST)
    for column in table.columns:
        column.width = column.ratio = None
    natural = Measurement.get(screen, wide, table).maximum
    least, most, whole = [], [], []
    for column in table.columns:
        heading, *cells = (Measurement.get(screen, wide, cell) for cell in (column.header, *column.cells))
        most.append(max(one.maximum for one in (heading, *cells)))
        longest = most[-1] if column.no_wrap else max(one.minimum for one in (heading, *cells))
        least.append(min(longest, SHORTEST) if column.overflow == "fold" else longest)
        whole.append(max([least[-1], *(one.maximum for one in cells)]))
    around = natural - sum(most)
    if natural > screen.width:
        if around + sum(whole) <= screen.width:
            least = whole
        if around + sum(least) > screen.width:
            _print_rows(table, write)
            return
        for column, width in zip(table.columns, _shared_out(least, most, screen.width - around), strict=True):
            column.width = width
    write(table)


WIDEST = 10_000
"""Columns; no table is as wide."""
SHORTEST = 16
"""To which words that may be broken across lines, such as addresses, are broken at most."""


def tab_separated(table: "Table") -> str:
    """Tell a table to a file or a pipe: a line of headings and one for each row, tabs between whole cells.

    Title and caption stand above and below, each line of them behind ``#``.
    """
    rows = [[column.header for column in table.columns],
            *zip(*(column.cells for column in table.columns), strict=True)]
    lines = ["\t".join(" ".join(str(cell).split()) for cell in row) for row in rows]
    above, below = ([f"# {line}" for line in str(text or "").strip().split("\n") if line]
                    for text in (table.title, table.caption))
    return "\n".join([*above, *lines, *below])


def _shared_out(least: list[int], most: list[int], width: int) -> list[int]:
    """Widths of columns between the least and the most that they need: those that miss the least, such as numbers, come first."""
    found, left = list(least), width - sum(least)
    for place in sorted(range(len(found)), key=lambda at: most[at] - least[at]):
        more = min(left, most[place] - least[place])
        found[place], left = found[place] + more, left - more
    return found


def _print_rows(table: "Table", write: Callable[..., None]) -> None:
    """Print each row on lines of its own, below its heading."""
    if table.title:
        write(table.title, style="italic", soft_wrap=True)
    for row in zip(*(column.cells for column in table.columns), strict=True):
        write()
        for column, cell in zip(table.columns, row, strict=True):
            if str(cell):
                write(f"{column.header}:" if str(column.header) else "", cell, soft_wrap=True)
    if table.caption:
        write(f"\n{table.caption}", soft_wrap=True)
