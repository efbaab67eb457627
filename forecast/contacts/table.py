"""One CSV file as text cells, or the faults of its form: nothing is guessed, converted or skipped."""

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forecast.contacts.form import encoding_faults, form_fault, header_faults, ragged_faults, strange
from forecast.errors import Fault, InputError
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
    """

    path: Path
    rows: dict[int, Row]
    faults: tuple[Fault, ...]
    ragged: tuple[Row, ...] = ()
    complete: bool = True

    def fault(self, row: int, column: str, expected: str, found: str, remedy: str) -> Fault:
        """Fault of one cell."""
        return form_fault(self.path, f"row {row}, column {column}", expected, found, remedy)

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
    records, broken = _parse(path, raw.decode("utf-8-sig", errors="replace"))
    header, faults = records[0] if records else [], [*encoding_faults(path, raw)]
    if strange(header, columns):  # of another delimiter, encoding or kind: row by row there is no more to say
        faults += () if any(fault.expected == "UTF-8 text" for fault in faults) else header_faults(path, header, columns)
        return Table(path=path, rows={}, faults=tuple(faults), complete=False)
    if len(records) > MOST_ROWS:
        return Table(path=path, rows={}, faults=(*faults, *broken), complete=False)
    faults += header_faults(path, header, columns, optional)
    rows = {number: _row(header, record) for number, record in enumerate(records[1:], start=2)}
    whole = {number: row for number, row in rows.items() if len(records[number - 1]) == len(header)}
    ragged = tuple(row for number, row in rows.items() if number not in whole)
    return Table(path=path, rows=whole, faults=(*faults, *ragged_faults(path, records), *broken),
                 ragged=ragged, complete=not broken)


def header_of(path: Path) -> list[str]:
    """Cells of the first row, for telling one kind of file from another; none where it is no table (raises InputError)."""
    raw = read_bytes(path, LARGEST_TABLE)
    if fault := _foreign(path, raw):
        raise InputError([fault])
    try:
        return next(csv.reader(io.StringIO(raw.decode("utf-8-sig", errors="replace"), newline="")), [])
    except csv.Error:
        return []


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


def _parse(path: Path, text: str) -> tuple[list[list[str]], list[Fault]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), strict=True):
            records.append(record)
            if len(records) > MOST_ROWS:
                return records, [form_fault(path, "whole file", f"at most {MOST_ROWS:,} rows", "more", "Name the right file.")]
    except csv.Error as error:
        where = f"row {len(records) + 1}, whole row"
        remedy = "Close the quotation mark, and double those inside a cell; later rows were not read."
        return records, [form_fault(path, where, "well-formed CSV", str(error), remedy)]
    return records, []
