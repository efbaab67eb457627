"""One CSV file as text cells, or the faults of its form: nothing is guessed, converted or skipped."""

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from forecast.errors import Fault, InputError, closest, nearest
from forecast.files import MEGABYTE, form_of, read_bytes

type Row = dict[str, str]

LARGEST_TABLE = 32 * MEGABYTE
MOST_ROWS = 100_000
"""Ten times what the largest of these files holds: whatever is longer is another file."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Cells of one file.

    Parameters
    ----------
    path : Path
        The file.
    rows : dict
        Row number as a spreadsheet shows it (the header is row 1) -> column -> cell. Rows with too few or
        too many cells are left out.
    faults : tuple of Fault
        What is wrong with the form of the file.
    ragged : tuple of dict
        What can be told of the rows left out.
    complete : bool
        Whether the file was read to its end.
    names : dict
        Columns and codes as the program calls them -> as the file does, where these differ.
    """

    path: Path
    rows: dict[int, Row]
    faults: tuple[Fault, ...]
    ragged: tuple[Row, ...] = ()
    complete: bool = True
    names: Mapping[str, str] = field(default_factory=dict)

    def fault(self, row: int, column: str, expected: str, found: str, remedy: str) -> Fault:
        """Fault of one cell, in the words of the file."""
        return form_fault(self.path, f"row {row}, column {self._told(column)}", self._told(expected), found, self._told(remedy))

    def _told(self, text: str) -> str:
        return re.sub(r"\w+", lambda word: self.names.get(word[0], word[0]), text) if self.names else text

    def values(self, column: str) -> frozenset[str] | None:
        """All that stands in a column; None where part of it could not be read."""
        rows = [*self.rows.values(), *self.ragged]
        if not self.complete or not all(column in row for row in self.rows.values()):
            return None
        return frozenset(row[column] for row in rows if column in row)


def read_table(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """Read a CSV file that must have exactly these columns, in any order, and may have optional ones.

    Parameters
    ----------
    path : Path
        The file.
    columns, optional : sequence of str
        Its columns, and those that it may have besides.

    Returns
    -------
    Table
        With every fault of form; it never raises for the content of a file.
    """
    try:
        raw = read_bytes(path, LARGEST_TABLE)
    except InputError as error:
        remedy = {} if os.path.lexists(path) else {"remedy": "Add the file."}
        return Table(path=path, rows={}, faults=tuple(replace(fault, **remedy) for fault in error.faults), complete=False)
    if fault := _foreign(path, raw):
        return Table(path=path, rows={}, faults=(fault,), complete=False)
    text = raw.decode("utf-8-sig", errors="replace")
    mark, known = _delimiter(text, (*columns, *optional)), (*columns, *optional)
    records, broken = _parse(path, text, mark)
    header, faults = records[0] if records else [], [*encoding_faults(path, raw), *_delimiter_faults(path, mark)]
    if strange(header, known):  # of another delimiter, encoding or kind: row by row there is no more to say
        known_text = all(fault.expected != "UTF-8 text" for fault in faults)
        faults += header_faults(path, header, columns, optional) if known_text else ()
        return Table(path=path, rows={}, faults=tuple(faults), complete=False)
    if len(records) > MOST_ROWS:
        return Table(path=path, rows={}, faults=(*faults, *broken), complete=False)
    faults += header_faults(path, header, columns, optional)
    rows = {number: _row(header, record) for number, record in enumerate(records[1:], start=2)}
    whole = {number: row for number, row in rows.items() if len(records[number - 1]) == len(header)}
    ragged = tuple(row for number, row in rows.items() if number not in whole)
    return Table(path=path, rows=whole, faults=(*faults, *ragged_faults(path, records), *broken),
                 ragged=ragged, complete=not broken)


def read_named(path: Path, columns: Sequence[str], optional: Sequence[str] = (), *, names: Mapping[str, str],
               coded: Sequence[str] = ()) -> Table:
    """Read a CSV file that calls some columns, and some codes in the columns `coded`, by names of its own.

    Parameters
    ----------
    path, columns, optional
        As in :func:`read_table`, columns as the program calls them.
    names : mapping
        As the program calls a column or code -> as the file does.
    coded : sequence of str
        Columns whose codes have names of their own.
    """
    table = read_table(path, *([names.get(column, column) for column in group] for group in (columns, optional)))
    if not names:
        return table
    inside = {own: name for name, own in names.items()}

    def row(cells: Row) -> Row:
        named = {inside.get(column, column): cell for column, cell in cells.items()}
        return named | {column: inside.get(named[column], named[column]) for column in coded if column in named}

    return replace(table, rows={number: row(cells) for number, cells in table.rows.items()},
                   ragged=tuple(map(row, table.ragged)), names=names)


def header_of(path: Path) -> list[str]:
    """Cells of the first row, whatever stands between them, for telling one kind of file from another.

    None where the file is no table (raises InputError where it is certainly no text).
    """
    raw = read_bytes(path, LARGEST_TABLE)
    if fault := _foreign(path, raw):
        raise InputError([fault])
    text = raw.decode("utf-8-sig", errors="replace")
    try:
        rows = [next(csv.reader(io.StringIO(text, newline=""), delimiter=mark), []) for mark in (",", *_WRONG_DELIMITER)]
    except csv.Error:
        return []
    return rows[0] if len(rows[0]) != 1 else max(rows, key=len)


def strict_rows(path: Path, columns: Sequence[str]) -> list[Row]:
    """Rows of a file without any fault of form (raises InputError)."""
    table = read_table(path, columns)
    if table.faults:
        raise InputError(table.faults)
    return list(table.rows.values())


def _foreign(path: Path, raw: bytes) -> Fault | None:
    """Say what a file is that is certainly no table."""
    if not raw.strip():
        return form_fault(path, "whole file", "a header and rows", "an empty file", "Name the right file, or add the header.")
    known = form_of(raw)
    return form_fault(path, "whole file", "a CSV file", *known) if known else None


def _row(header: Sequence[str], record: Sequence[str]) -> Row:
    if len(set(header)) == len(header):
        return dict(zip(header, record, strict=False))
    row: Row = {}
    for column, cell in zip(header, record, strict=False):
        row.setdefault(column, cell)  # of a column that stands twice, the first is read
    return row


def _delimiter(text: str, columns: Sequence[str]) -> str:
    """The comma, unless the first line has known columns between other marks and none between commas."""
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    cells = {mark: {cell.strip('" ') for cell in first.split(mark)} for mark in (",", *_WRONG_DELIMITER)}
    if not cells[","].isdisjoint(columns):
        return ","
    return next((mark for mark in _WRONG_DELIMITER if not cells[mark].isdisjoint(columns)), ",")


def _delimiter_faults(path: Path, mark: str) -> Iterator[Fault]:
    """One fault for the whole file: what stands behind another delimiter is read and told all the same."""
    if mark != ",":
        yield form_fault(path, "row 1, header", "cells separated by commas", _WRONG_DELIMITER[mark], "Save the file with commas.")


def _parse(path: Path, text: str, delimiter: str) -> tuple[list[list[str]], list[Fault]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter):
            records.append(record)
            if len(records) > MOST_ROWS:
                return records, [form_fault(path, "whole file", f"at most {MOST_ROWS:,} rows", "more", "Name the right file.")]
    except csv.Error as error:
        where = f"row {len(records) + 1}, whole row"
        remedy = "Close the quotation mark, and double those inside a cell; later rows were not read."
        return records, [form_fault(path, where, "well-formed CSV", str(error), remedy)]
    return records, []


# Faults of the form of a CSV file: encoding, header, and the number of cells in a row.

SHOWN = 100
"""Characters of a cell that a message repeats."""
MOST_TOLD = 50
"""Faults of one kind in one file that are told in full; the rest is counted."""
MOST_COUNTED = 10_000
"""Faults of one kind after which no more is looked for: it is another kind of file."""
MOST_COLUMNS = 200
_BOM = b"\xef\xbb\xbf"
_WRONG_DELIMITER = {";": "semicolons", "\t": "tabs", "|": "bars"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def form_fault(path: Path, where: str, expected: str, found: str, remedy: str) -> Fault:
    """Fault of a file at a place within it."""
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)


def shown(cell: str) -> str:
    """A cell in quotation marks, cut where it is long."""
    return repr(cell) if len(cell) <= SHOWN else f"{cell[:SHOWN]!r}... ({len(cell):,} characters)"


def some[T](path: Path, items: Iterable[T], fault: Callable[[T], Fault]) -> Iterator[Fault]:
    """Faults of the first items; the last says how many more there are."""
    found = iter(items)
    yield from (fault(item) for item in islice(found, MOST_TOLD))
    more = sum(1 for _ in islice(found, MOST_COUNTED - MOST_TOLD))
    if more:
        rest = f"{more:,} more" + (" at least" if more == MOST_COUNTED - MOST_TOLD else "")
        yield form_fault(path, f"after the first {MOST_TOLD} faults of this kind", "no fault", rest,
                         "Repair those above and check again.")


def encoding_faults(path: Path, raw: bytes) -> Iterator[Fault]:
    """A byte order mark, the first byte that is not UTF-8, and the first control character."""
    remedy = "Save the file as plain UTF-8."
    if raw.startswith(_BOM):
        expected, found = "UTF-8 without a byte order mark", "a byte order mark"
        yield form_fault(path, "row 1, byte 0", expected, found, remedy)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"row {_row_at(raw[:error.start].decode('utf-8'))}, byte {error.start}"
        yield form_fault(path, where, "UTF-8 text", f"byte 0x{raw[error.start]:02x}", remedy)
        return
    if control := _CONTROL.search(text):
        yield form_fault(path, f"row {_row_at(text[:control.start()])}, whole row", "text without control characters",
                         f"the character 0x{ord(control[0]):02x}", "Delete it.")


def _row_at(before: str) -> int:
    """Row that follows on a text, as a spreadsheet counts."""
    try:
        return sum(1 for _ in csv.reader(io.StringIO(before + "x", newline="")))
    except csv.Error:  # no table: lines stand for rows
        return before.count("\n") + 1


def strange(header: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a header is that of another kind of file: none of its columns is known, or it has far too many."""
    return len(header) > MOST_COLUMNS or set(header).isdisjoint(columns)


def header_faults(path: Path, header: Sequence[str], columns: Sequence[str],
                  optional: Sequence[str] = ()) -> Iterator[Fault]:
    """A wrong delimiter; unknown, repeated and missing columns; one fault where no column is known."""
    for mark, name in _WRONG_DELIMITER.items():
        if len(header) == 1 and mark in header[0]:
            remedy = "Save the file with commas."
            yield form_fault(path, "row 1, header", "cells separated by commas", name, remedy)
            return
    if strange(header, known := (*columns, *optional)):
        yield form_fault(path, "row 1, header", f"the columns {', '.join(known)}",
                         f"{len(header):,} of other names, {shown(', '.join(header[:6]))}", "Name a file with this header.")
        return
    missing = [column for column in columns if column not in header]
    for column in dict.fromkeys(header):
        where = f"row 1, column {column[:SHOWN]}"
        if column not in known:
            near = closest(column[:SHOWN], (one for one in known if one not in header))
            remedy = f"Did you mean '{near}'?" if near else nearest(column[:SHOWN], missing) if missing else "Remove it."
            yield form_fault(path, where, "a column of the codebook", shown(column), remedy)
        elif header.count(column) > 1:
            yield form_fault(path, where, "this column once", f"it {header.count(column)} times",
                             "Remove the others; the first is read.")
    for column in missing:
        yield form_fault(path, f"row 1, column {column}", "this column", "no such column", f"Add '{column}'.")


def ragged_faults(path: Path, records: Sequence[Sequence[str]]) -> Iterator[Fault]:
    """Rows with more or fewer cells than the header."""
    width = len(records[0])

    def fault(place: tuple[int, int]) -> Fault:
        remedy = "Quote cells that hold commas; fill in those left out." if place[1] else "Delete it."
        return form_fault(path, f"row {place[0]}, whole row", f"{width} cells", str(place[1]), remedy)

    ragged = ((number, len(record)) for number, record in enumerate(records[1:], start=2) if len(record) != width)
    return some(path, ragged, fault)
