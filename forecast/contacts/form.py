"""Faults of the form of a CSV file: encoding, header, and the number of cells in a row."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from forecast.errors import Fault, nearest

_BOM = b"\xef\xbb\xbf"
_WRONG_DELIMITER = {";": "semicolons", "\t": "tabs", "|": "bars"}


def form_fault(path: Path, where: str, expected: str, found: str, remedy: str) -> Fault:
    """Fault of a file at a place within it."""
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)


def encoding_faults(path: Path, raw: bytes) -> Iterator[Fault]:
    """A byte order mark, and the first byte that is not UTF-8."""
    remedy = "Save the file as plain UTF-8."
    if raw.startswith(_BOM):
        expected, found = "UTF-8 without a byte order mark", "a byte order mark"
        yield form_fault(path, "row 1, byte 0", expected, found, remedy)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[:error.start].decode("utf-8") + "x"
        row = sum(1 for _ in csv.reader(io.StringIO(before, newline="")))
        where, found = f"row {row}, byte {error.start}", f"byte 0x{raw[error.start]:02x}"
        yield form_fault(path, where, "UTF-8 text", found, remedy)


def header_faults(path: Path, header: Sequence[str], columns: Sequence[str]) -> Iterator[Fault]:
    """A wrong delimiter; unknown, repeated and missing columns."""
    for mark, name in _WRONG_DELIMITER.items():
        if len(header) == 1 and mark in header[0]:
            remedy = "Save the file with commas."
            yield form_fault(path, "row 1, header", "cells separated by commas", name, remedy)
            return
    missing = [column for column in columns if column not in header]
    for column in dict.fromkeys(header):
        where = f"row 1, column {column}"
        if column not in columns:
            remedy = nearest(column, missing) if missing else "Remove it."
            yield form_fault(path, where, "a column of the codebook", repr(column), remedy)
        elif header.count(column) > 1:
            yield form_fault(path, where, "this column once", f"it {header.count(column)} times",
                             "Remove the others; the first is read.")
    for column in missing:
        yield form_fault(path, f"row 1, column {column}", "this column", "no such column", f"Add '{column}'.")


def ragged_faults(path: Path, records: Sequence[Sequence[str]]) -> Iterator[Fault]:
    """Rows with more or fewer cells than the header."""
    for number, record in enumerate(records[1:], start=2):
        if len(record) != len(records[0]):
            where, expected = f"row {number}, whole row", f"{len(records[0])} cells"
            remedy = "Quote cells that hold commas; fill in those left out."
            yield form_fault(path, where, expected, str(len(record)), remedy if record else "Delete it.")
