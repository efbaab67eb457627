"""Faults of the form of a CSV file: encoding, header, and the number of cells in a row."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from forecast.errors import Fault, nearest

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
    if strange(header, columns):
        yield form_fault(path, "row 1, header", f"the columns {', '.join(columns)}",
                         f"{len(header):,} of other names, {shown(', '.join(header[:6]))}", "Name a file with this header.")
        return
    missing = [column for column in columns if column not in header]
    for column in dict.fromkeys(header):
        where = f"row 1, column {column[:SHOWN]}"
        if column not in (*columns, *optional):
            remedy = nearest(column[:SHOWN], missing) if missing else "Remove it."
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
