"""Records of delimited files, with or without a header, as mappings of the columns that are needed."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forecast.contacts.importers.stream import Reading, files, lines
from forecast.errors import nearest


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Which columns a format has.

    Parameters
    ----------
    columns : tuple of str
        Those that are read.
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
    delimiter: str = "\t"
    positions: dict[str, int] | None = None
    widths: dict[int, str] | None = None
    surplus: str = ""
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One row: where it stands, and its cells by column."""

    source: str
    row: int
    cell: dict[str, str]

    def at(self, column: str) -> str:
        """Place of a cell for faults."""
        return f"row {self.row}, column {column}"


def records(reading: Reading, layout: Layout) -> Iterator[Record]:
    """Stream the records of all files; whatever is wrong with their form is noted in ``reading.faults``."""
    for name, file in files(reading):
        quoting = csv.QUOTE_NONE if layout.delimiter == "\t" else csv.QUOTE_MINIMAL
        rows = _numbered(name, csv.reader(lines(name, file, reading), delimiter=layout.delimiter, quoting=quoting), reading)
        first = next(rows, None)
        if first is None and not file.broken:
            reading.faults.add(name, "whole file", "at least one row", "an empty file", "Leave it out.")
        elif first is not None and layout.positions is None:
            yield from _under_header(name, first[1], rows, layout, reading)
        elif first is not None:
            yield from _bare(name, first, rows, layout, reading)


def _numbered(name: str, reader: Iterator[list[str]], reading: Reading) -> Iterator[tuple[int, list[str]]]:
    number = 0
    while True:
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


def _under_header(name: str, header: list[str], rows: Iterator[tuple[int, list[str]]], layout: Layout,
                  reading: Reading) -> Iterator[Record]:
    header = [_bare_cell(column) for column in header]
    if layout.surplus and layout.surplus in header:
        header = list(layout.known)
    missing = [column for column in layout.columns if column not in header]
    for column in missing:
        reading.faults.add(name, f"row 1, column {column}", "this column", _short(header),
                           nearest(column, header) if len(header) > 1 else "Name a file of this format.")
    if missing:
        return
    position = {column: header.index(column) for column in layout.columns}
    for number, row in rows:
        if len(row) != len(header) and not (len(row) > len(header) and not any(row[len(header):])):
            reading.faults.add(name, f"row {number}, whole row", f"{len(header)} cells", str(len(row)),
                               "Repair or delete it.")
            continue
        yield Record(name, number, {column: _bare_cell(row[i]) for column, i in position.items()})


def _bare(name: str, first: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]], layout: Layout,
          reading: Reading) -> Iterator[Record]:
    widths, positions = layout.widths or {}, layout.positions or {}
    expected = " or ".join(f"{width} cells ({version})" for width, version in widths.items())
    for number, row in _chain(first, rows):
        if len(row) not in widths:
            reading.faults.add(name, f"row {number}, whole row", expected, str(len(row)),
                               "Name an event file as published: tabs, no header.")
            continue
        yield Record(name, number, {column: row[i].strip() for column, i in positions.items()})


def _chain(first: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rows


def _bare_cell(cell: str) -> str:
    cell = cell.strip()
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _short(header: Sequence[str]) -> str:
    shown = ", ".join(header[:6])
    return f"{len(header)} columns: {shown[:80]}{'' if len(header) <= 6 else ', ...'}"
