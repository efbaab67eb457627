"""Records of delimited files, with or without a header, as mappings of the columns that are needed."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import chain

from forecast.contacts.importers.stream import Reading, files, lines
from forecast.errors import nearest

MOST_EMPTY = 100_000
"""Empty rows of one file."""
MOST_WRONG = 100
"""Rows of a file without header, none of them of its format, after which it is another kind of file."""
REMEDY = "Name an event file as published: tabs, no header."
MOST_GUESSED = 200
"""Columns of a header among which the one that was meant is looked for."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Which columns a format has.

    Parameters
    ----------
    columns : tuple of str
        Those that are read.
    either : tuple of str
        Of these at least one must be there; those that are not are not in a record.
    delimiter : str
        Between cells; with tabs, quotation marks mean nothing.
    positions : dict
        Column -> position counted from 0, for a format without header.
    widths : dict
        Number of cells -> name of the version, for a format without header.
    surplus : str
        Name whose presence in a header tells that the header is wrong, and ``known`` holds.
    known : tuple of str
        The true header where the one in the file is wrong.
    """

    columns: tuple[str, ...]
    either: tuple[str, ...] = ()
    delimiter: str = "\t"
    positions: dict[str, int] | None = None
    widths: dict[int, str] | None = None
    surplus: str = ""
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One row: where it stands, its cells by column, and the reading that it is part of."""

    source: str
    row: int
    cell: dict[str, str]
    reading: Reading

    def at(self, column: str) -> str:
        """Place of a cell for faults."""
        return f"row {self.row}, column {column}"


def records(reading: Reading, layout: Layout) -> Iterator[Record]:
    """Stream the records of all files; whatever is wrong with their form is noted in ``reading.faults``."""
    for name, file in files(reading):
        form = {"quoting": csv.QUOTE_NONE} if layout.delimiter == "\t" else {"strict": True}
        rows = _numbered(name, csv.reader(lines(name, file, reading), delimiter=layout.delimiter, **form), reading)
        before = reading.faults.count
        first = next(rows, None)
        if first is None and reading.faults.count == before:
            reading.faults.add(name, "whole file", "at least one row", "an empty file", "Leave it out.")
        elif first is not None and layout.positions is None:
            yield from _under_header(name, first[1], rows, layout, reading)
        elif first is not None:
            yield from _bare(name, first, rows, layout, reading)


def _numbered(name: str, reader: Iterator[list[str]], reading: Reading) -> Iterator[tuple[int, list[str]]]:
    number = empty = 0
    while not reading.faults.full:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reading.faults.add(name, f"row {number}, whole row", "well-formed cells", str(error), "Repair or delete it.")
            continue
        if row:
            yield number, row
        elif (empty := empty + 1) > MOST_EMPTY:
            reading.faults.add(name, f"row {number}, whole row", f"at most {MOST_EMPTY:,} empty rows", "more",
                               "Name a file with records; later rows were not read.")
            return


def _under_header(name: str, header: list[str], rows: Iterator[tuple[int, list[str]]], layout: Layout,
                  reading: Reading) -> Iterator[Record]:
    header = [_bare_cell(column) for column in header]
    if layout.surplus and layout.surplus in header:
        header = list(layout.known)
    missing = [column for column in layout.columns if column not in header]
    either = [column for column in layout.either if column in header]
    if layout.either and not either:
        missing.append(layout.either[0])
    if len(missing) == len(layout.columns) + bool(layout.either):
        reading.faults.add(name, "row 1, header", f"the columns {', '.join(layout.columns)}", _short(header),
                           "Name a file of this format.")
        return
    for column in missing:
        reading.faults.add(name, f"row 1, column {column}", "this column", _short(header),
                           nearest(column, header) if len(header) < MOST_GUESSED else "Name a file of this format.")
    twice = [column for column in (*layout.columns, *either) if header.count(column) > 1]
    for column in twice:
        reading.faults.add(name, f"row 1, column {column}", "this column once", f"it {header.count(column)} times",
                           "Name the file as published.")
    if missing or twice:
        return
    position = {column: header.index(column) for column in (*layout.columns, *either)}
    for number, row in rows:
        if len(row) != len(header) and not (len(row) > len(header) and not any(row[len(header):])):
            reading.faults.add(name, f"row {number}, whole row", f"{len(header)} cells", str(len(row)),
                               "Repair or delete it.")
            continue
        yield Record(name, number, {column: _bare_cell(row[i]) for column, i in position.items()}, reading)


def _bare(name: str, first: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]], layout: Layout,
          reading: Reading) -> Iterator[Record]:
    widths, positions = layout.widths or {}, layout.positions or {}
    expected = " or ".join(f"{width} cells ({version})" for width, version in widths.items())
    wrong: list[tuple[int, int]] = []  # rows before the first right one
    right = 0  # cells of the first right row, and so of all rows of this file
    for number, row in chain([first], rows):
        if len(row) == right or (not right and len(row) in widths):
            if not right:
                right, expected = len(row), f"{len(row)} cells ({widths[len(row)]})"
                _tell(name, wrong, expected, reading)
            yield Record(name, number, {column: row[i].strip() for column, i in positions.items()}, reading)
        elif right:
            _tell(name, [(number, len(row))], expected, reading)
        else:
            wrong.append((number, len(row)))
            if len(wrong) > MOST_WRONG:
                reading.faults.add(name, "whole file", f"rows of {expected}", f"none among the first {MOST_WRONG}", REMEDY)
                return
    if not right:
        _tell(name, wrong, expected, reading)


def _tell(name: str, wrong: Sequence[tuple[int, int]], expected: str, reading: Reading) -> None:
    for number, width in wrong:
        reading.faults.add(name, f"row {number}, whole row", expected, str(width), REMEDY)


def _bare_cell(cell: str) -> str:
    cell = cell.strip()
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _short(header: Sequence[str]) -> str:
    shown = ", ".join(column[:80] for column in header[:6])
    return f"{len(header)} columns: {shown[:80]}{'' if len(header) <= 6 else ', ...'}"


# Days as the sources write them.

ISO, AMERICAN, PLAIN = "%Y-%m-%d", "%m/%d/%Y", "%Y%m%d"
SHOWN = {ISO: "YYYY-MM-DD", AMERICAN: "MM/DD/YYYY", PLAIN: "YYYYMMDD"}
_CENTURY = "[12][0-9]{3}"
_SHAPE: Mapping[str, str] = {  # strptime alone takes digits of other scripts, and 2018116 for two different days
    ISO: f"{_CENTURY}-[0-9]{{1,2}}-[0-9]{{1,2}}", AMERICAN: f"[0-9]{{1,2}}/[0-9]{{1,2}}/{_CENTURY}",
    PLAIN: f"{_CENTURY}[0-9]{{4}}",
}
UNREAD = "rows with a day that cannot be read left out"


@lru_cache(maxsize=4096)
def parse(text: str, *forms: str) -> date | None:
    """Day in one of some forms, or None."""
    for form in forms:
        if re.fullmatch(_SHAPE[form], text):
            try:
                return datetime.strptime(text, form).date()
            except ValueError:
                return None
    return None


def day(record: Record, column: str, *forms: str, text: str = "") -> date | None:
    """Day of a cell, or of the part of it that is given; noted as a fault, and None, where it is no day of these forms."""
    found = parse(text or record.cell[column], *forms)
    if found is None:
        expected = f"a day as {' or '.join(SHOWN[form] for form in forms)}"
        record.reading.faults.add(record.source, record.at(column), expected, repr(record.cell[column][:100]),
                                  "Correct or delete it.")
    return found


def day_or_left_out(record: Record, column: str, *forms: str) -> date | None:
    """Day of a cell of machine-coded events; where it is none the row is counted as left out."""
    found = parse(record.cell[column], *forms)
    if found is None:
        record.reading.left_out.add(UNREAD, record.source, record.at(column), repr(record.cell[column]))
    return found
