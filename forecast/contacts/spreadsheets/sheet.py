"""A table as its owner sees it: cells as text, with the row numbers, letters and headings that her own program shows.

Every form is read into the same :class:`Grid`, so that a fault found after conversion can be told at the place where it stands
in the file that a person has open: *sheet Visits, row 7, column C (Rank)* in a spreadsheet, *observation 6, variable rank* in a
statistics program, *document 12, coder anna, field tone* in an annotation tool.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from forecast.errors import Fault, InputError

EXTRA = "pip install bilateral-forecast[spreadsheets]"
MOST_ROWS = 100_000
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'",
                        "\u00a0": " ", "\u202f": " ", "\ufeff": " ", "–": "-", "—": "-"})
_ERROR = re.compile(r"#(?:[^\W\d_][\w/]*[!?]|N/A|N/D|NV|Н/Д|GETTING_DATA)|Err:\d{3}")
"""Names of errors end with a mark in every language, but for those of a value that lacks."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Cells of one sheet or file, before it is known where its headings stand.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Of the sheet; empty where the file has but one.
    rows : dict
        Row number as the user's program shows it -> cells as text, without empty rows.
    unit, across : str
        What a row and a column are called there.
    headings : tuple of str
        Where the form knows them; otherwise one of the rows has them.
    row_names : dict
        Row number -> how it is told, where that is not unit and number.
    labels : dict
        Heading -> a longer label that the form knows for it.
    faults : tuple of Fault
        What is wrong with the form of the file: rows that could not be read are not among `rows`.
    hides_months : bool
        Whether a month may stand as its first day, for all that is known of the form.
    """

    path: Path
    rows: Mapping[int, Sequence[str]]
    name: str = ""
    unit: str = "row"
    across: str = "column"
    headings: tuple[str, ...] = ()
    row_names: Mapping[int, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    hides_months: bool = False

    def under(self, header_row: int) -> "Sheet":
        """The table below a row of headings (0 where the form knows them); raises InputError where there is no such row."""
        heads = self.headings or self.rows.get(header_row)
        if heads is None:
            raise InputError([self.fault(f"row {header_row}", "a row of headings", "an empty row, or none",
                                         "Correct read.header_row in the mapping file.")])
        names = tuple(distinct(heads))
        rows = {number: dict(zip(names, chain(cells, [""] * len(names)), strict=False))
                for number, cells in self.rows.items() if self.headings or number > header_row}
        return Sheet(grid=self, headings=names, rows=rows)

    def fault(self, where: str, expected: str, found: str, remedy: str) -> Fault:
        """Fault at a place of this sheet."""
        place = f"sheet {self.name}, {where}" if self.name else where
        return Fault(source=str(self.path), where=place, expected=expected, found=found, remedy=remedy)

    def row_name(self, number: int) -> str:
        """How the user's program calls a row."""
        return self.row_names.get(number, f"{self.unit} {number}")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A grid below its headings: row number -> heading -> cell."""

    grid: Grid
    headings: tuple[str, ...]
    rows: Mapping[int, Mapping[str, str]]

    def place(self, number: int, heading: str = "") -> str:
        """How the user's program calls a cell."""
        row = self.grid.row_name(number)
        if not heading:
            return f"{row}, whole row"
        if self.grid.headings:
            return f"{row}, {self.grid.across} {heading}"
        return f"{row}, {self.grid.across} {letters(self.headings.index(heading))} ({heading})"

    def fault(self, number: int, heading: str, expected: str, found: str, remedy: str) -> Fault:
        """Fault of one cell."""
        return self.grid.fault(self.place(number, heading), expected, found, remedy)

    def cells(self, heading: str) -> list[str]:
        """Cells of a column that hold something, and no error."""
        return [row[heading] for row in self.rows.values() if row[heading] and not is_error(row[heading])]

    def limited(self, rows: int) -> "Sheet":
        """Its first rows."""
        return replace(self, rows=dict(list(self.rows.items())[:rows]))


def letters(place: int) -> str:
    """Letters of a column of a spreadsheet, counted from 0: A to Z, AA and on."""
    text = ""
    while place >= 0:
        place, rest = place // 26 - 1, place % 26
        text = chr(ord("A") + rest) + text
    return text


def distinct(heads: Iterable[str]) -> Iterable[str]:
    """Headings that tell columns apart: an empty one is called by its letter, a repeated one is numbered."""
    seen: dict[str, int] = {}
    for place, head in enumerate(heads):
        printable = "".join(one if one.isprintable() else " " for one in head)
        name = " ".join(printable.split()) or f"column {letters(place)}"
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"


def cell_text(value: Any) -> str:
    """A cell as text: days as YYYY-MM-DD, whole numbers without a point, nothing for what is missing."""
    if isinstance(value, str):
        return value.strip()
    if value is None or value != value:  # NaN and NaT are not equal to themselves
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def is_error(cell: str) -> bool:
    """Whether a cell holds what a spreadsheet program shows where a formula has no value: ``#N/A``, ``#DIV/0!``, ``Err:502``."""
    return bool(_ERROR.fullmatch(cell)) and (cell.startswith("Err") or cell == cell.upper())


def key_of(text: str) -> str:
    """What two words have in common that differ in capitals, accents, quotes, punctuation or spaces only.

    A sign before a number, and a plus within a name, mean something and stay.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_CURLY)).casefold()
    bare = "".join(one for one in plain if not unicodedata.combining(one))
    if re.fullmatch(r"\s*-\s*\d+(\.0+)?\s*", bare):
        return "-" + re.sub(r"\D.*", "", bare.replace("-", "").strip())
    return " ".join(re.findall(r"[\w+]+", bare.replace("_", " ").replace("+", " + "))) or bare.strip()


def straight(text: str) -> str:
    """A text with typographic quotes as straight ones and narrow spaces as spaces."""
    return text.translate(_CURLY)


def library(name: str, path: Path, does: str) -> ModuleType:
    """A library of the extra ``spreadsheets`` (raises InputError with the command that installs it)."""
    try:
        return import_module(name)
    except ImportError:
        raise InputError([Fault(source=str(path), where="whole file", expected=f"the library {name}, for {does}",
                                found="none installed", remedy=f"Install it: {EXTRA}")]) from None
