"""Cells on which codings differ: told, laid out in a sheet for a person to settle, and what was decided brought into a copy.

The sheet says what each contact was, so that whoever settles it needs no other file. What comes back is checked against the
codings as they are: a sheet that was made of others is refused, and every fault is told by its row and column of the sheet. The
record that was coded stays as it is; a new folder gets the settled one, with a log of who decided what.
"""

import csv
import io
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from forecast.contacts import codes
from forecast.contacts.load import LONGEST_GUESSED, MOST_GUESSED, read_folder
from forecast.contacts.record import CONTACT, LONGEST_CELL
from forecast.contacts.reliability import CODED, LOG, Coding
from forecast.contacts.spreadsheets.forms import look
from forecast.contacts.spreadsheets.sheet import Sheet, distinct, library
from forecast.contacts.table import shown, strict_rows
from forecast.errors import Fault, InputError, closest, nearest
from forecast.files import read_bytes, unguarded, write_csv

# The cells on which codings differ, empty ones too, in an order in which a third person can settle them.

def disagreements(*codings: Coding) -> pd.DataFrame:
    """Every cell on which codings of a contact differ.

    Parameters
    ----------
    *codings : Coding
        A, B and on.

    Returns
    -------
    DataFrame
        One row per cell, contact by contact in the order of time (ids begin with the date), within a contact in the
        order of the codebook: the pages of a contact are opened once. ``only_A`` and ``only_B`` are the codes that
        one coder alone gave, ``sources`` the pages that the cell rests on, where a contacts.csv names them;
        ``decision`` and ``reason`` are empty, for whoever settles it.
    """
    called = [one.letter for one in codings]
    columns = ["id", "variable", *called, *(f"only_{letter}" for letter in called), "sources", "decision", "reason"]
    rows = [row for of in sorted(set().union(*(one.rows for one in codings))) for row in _of_contact(of, codings)]
    return pd.DataFrame(rows, columns=columns, dtype=str).fillna("")


def write_disagreements(frame: pd.DataFrame, path: Path) -> None:
    """Write the rows as CSV, for a person with a spreadsheet; the program does not read them back."""
    write_csv(frame, path)


def _of_contact(of: str, codings: Sequence[Coding]) -> Iterator[Mapping[str, str]]:
    for column in CODED:
        cells = {one.letter: one.rows[of][column] for one in codings if column in one.rows.get(of, {})}
        if len({_codes(cell) for cell in cells.values()}) > 1:
            only = {f"only_{letter}": _without(cell, [other for one, other in cells.items() if one != letter])
                    for letter, cell in cells.items()}
            sources = next(filter(None, (pages_of(of, column, one) for one in codings)), "")
            yield {"id": of, "variable": column, "sources": sources, "decision": "", "reason": ""} | cells | only


def _codes(cell: str) -> frozenset[str]:
    return frozenset(cell.split(";"))


def _without(cell: str, others: Sequence[str]) -> str:
    return ";".join(code for code in cell.split(";") if not any(code in _codes(other) for other in others))


def pages_of(of: str, column: str, coding: Coding) -> str:
    """Addresses of the pages that a cell rests on, where the coding names them."""
    return coding.pages.get((of, column)) or coding.pages.get((of, ""), "")


# The sheet: a row for each contact and column on which coders gave different values.

SETTLED = tuple(column for column in CODED if column in CONTACT)
"""Columns that contacts.csv has; tones stand in media.csv, page by page, and the coders may have read different pages."""
CONTEXT = ("date", "us_principal", "partner_principal", "format", "place", "outcome_note", "sources")
ANSWERS = ("decision", "by", "reason")
NOTHING = "empty"
"""What is written to decide that no page states a topic: an empty cell is one not yet decided."""
SHEET, CODES = "to settle", "codes"
WIDTH = {"id": 30, "date": 11, "format": 9, "column": 13, "place": 16, "sources": 30, "allowed": 30, "reason": 40}
LONGEST_LIST = 255
"""Characters that a list of choices may have in a workbook."""


def to_settle(codings: Sequence[Coding]) -> pd.DataFrame:
    """Lay out every contact and column to which coders gave different values; a cell that is empty is no value.

    Parameters
    ----------
    codings : sequence of Coding
        The record first.

    Returns
    -------
    DataFrame
        Columns id, what the contact was (:data:`CONTEXT`), column, allowed (the codes that it takes), one for each coder, and the
        empty ones of :data:`ANSWERS`; contact by contact in the order of time. Columns of the record are called as it calls them.
    """
    table = codings[0].table
    contact = {row["id"]: row for row in table.rows.values()}
    own = {name: table.names.get(name, name) for name in (*CONTEXT, *SETTLED)}
    about = {of: {own[name]: row[name] for name in CONTEXT} for of, row in contact.items()}
    rows = [{"id": of, "column": own[column], "allowed": _allowed(column)} | about[of] | given
            for of, column, given in differing(codings, SETTLED)]
    heads = ("id", *(own[name] for name in CONTEXT), "column", "allowed", *(one.name for one in codings), *ANSWERS)
    return pd.DataFrame(rows, columns=list(heads), dtype=str).fillna("")


def differing(codings: Sequence[Coding], columns: Sequence[str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Contact, column and the cell of each coder wherever coders gave different values; an empty cell is none."""
    for of in sorted(codings[0].rows):
        for column in columns:
            given = {one.name: one.rows.get(of, {}).get(column, "") for one in codings}
            if len({_codes(cell) for cell in given.values() if cell}) > 1:
                yield of, column, given


def _allowed(column: str) -> str:
    listed = ", ".join(codes.LISTS[column])
    return f"joined by ';', or '{NOTHING}': {listed}" if column == "agenda" else listed


def check_sheet_name(path: Path) -> None:
    """Refuse names of workbooks of other forms than are written (raises InputError)."""
    if path.suffix.lower() in (".xls", ".xlsb", ".xlsm", ".ods"):
        raise InputError([Fault(source=str(path), where="option --out", expected="a name that ends in .xlsx or .csv",
                                found=repr(path.suffix), remedy="Choose one of the two.")])


def write_sheet(frame: pd.DataFrame, path: Path, names: Mapping[str, str]) -> None:
    """Write the sheet: a workbook where the name ends in .xlsx, else CSV.

    Parameters
    ----------
    frame : DataFrame
        As from :func:`to_settle`.
    path : Path
        A new file.
    names : mapping
        Columns as the program calls them -> as the record does.
    """
    if path.suffix.lower() == ".xlsx":
        path.write_bytes(_workbook(frame, path, names))
    else:
        write_csv(frame, path)


def _workbook(frame: pd.DataFrame, path: Path, names: Mapping[str, str]) -> bytes:
    """Bytes of a workbook: the sheet, with choices where a cell takes one code, and what each code means."""
    xlsxwriter = library("xlsxwriter", path, "workbooks (xlsx)")
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    book.set_properties({"created": datetime(2000, 1, 1)})  # the same sheet has the same bytes
    bold, text = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"text_wrap": True, "valign": "top"})
    answer = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FFF7D6", "border": 1, "border_color": "#C8B560"})
    meanings = pd.DataFrame([(names.get(column, column), one.code, one.meaning) for column in SETTLED
                             for one in codes.LISTS[column].codes], columns=["column", "code", "meaning"])
    for name, table in ((SHEET, frame), (CODES, meanings)):
        page = book.add_worksheet(name)
        page.freeze_panes(1, 1)
        for place, heading in enumerate(table):
            page.set_column(place, place, WIDTH.get(heading, 90 if heading == "meaning" else 22))
            page.write_string(0, place, heading, bold)
            for row, cell in enumerate(table[heading], start=1):  # a text, also where it looks like a formula
                page.write_string(row, place, cell, answer if heading in ANSWERS else text)
    _add_choices(book.get_worksheet_by_name(SHEET), frame, {names.get(column, column): column for column in SETTLED})
    book.close()
    return content.getvalue()


def _add_choices(page: object, frame: pd.DataFrame, inside: Mapping[str, str]) -> None:
    at = list(frame).index("decision")
    for row, column in enumerate(frame["column"], start=1):
        choices = list(codes.LISTS[inside[column]])
        if inside[column] != "agenda" and len(",".join(choices)) <= LONGEST_LIST:
            page.data_validation(row, at, row, at, {"validate": "list", "source": choices})  # type: ignore[attr-defined]


# What was decided, read back.

@dataclass(frozen=True, kw_only=True)
class Decision:
    """What one row of a sheet says: the cell of the record, its value before and after, who decided it and why, and where."""

    id: str
    column: str
    old: str
    new: str
    by: str
    reason: str
    sheet: str


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Decisions of a sheet, how many of its rows are undecided, and how many cells that differ it does not have."""

    made: tuple[Decision, ...]
    undecided: int
    absent: int

    @property
    def changed(self) -> int:
        """How many of them give the record another value."""
        return sum(one.old != one.new for one in self.made)


def read_decisions(path: Path, codings: Sequence[Coding]) -> Decisions:
    """Read a sheet that was made of these codings.

    Raises
    ------
    InputError
        Where it is no such sheet, or of other coders; else with every fault by row and column: contacts that the record does not
        have, columns that are not settled, cells on which the codings agree, values that the coders did not give, decisions that
        are no codes or have no name under `by`, and rows that stand twice.
    """
    sheet = _sheet(path)
    _check_headings(sheet, codings)
    reading = _Reading(sheet, codings)
    made = [one for number, row in sheet.rows.items() if any(row.values()) and (one := reading.row(number)) is not None]
    if reading.faults:
        raise InputError(reading.faults)
    return Decisions(made=tuple(made), undecided=len(reading.seen) - len(made), absent=len(reading.cells) - len(reading.seen))


def _sheet(path: Path) -> Sheet:
    """The table of a file that has the headings of a sheet (raises InputError)."""
    grids, _, doubts = look(path)
    if why := doubts.get("read.encoding"):
        raise InputError([Fault(source=str(path), where="whole file", expected="text in UTF-8", found="another encoding "
                                f"({why.partition(':')[0]})", remedy="Save it as CSV in UTF-8, or as a workbook (xlsx).")])
    for grid in grids:
        for number, cells in grid.rows.items():
            if {"id", "column", *ANSWERS} <= {*cells}:
                return grid.under(number)
    raise InputError([Fault(source=str(path), where="whole file", found="none", remedy="Make one with --out and fill it in.",
                            expected=f"a sheet with the headings id, column, {', '.join(ANSWERS)}")])


def _check_headings(sheet: Sheet, codings: Sequence[Coding]) -> None:
    """Refuse a sheet of other coders, or of the same in another order (raises InputError)."""
    after, before = sheet.headings.index("column"), sheet.headings.index("decision")
    found = [one for one in sheet.headings[after + 1:before] if one != "allowed"]
    named = [*distinct(one.name for one in codings)]
    if found != named:
        raise InputError([sheet.grid.fault("headings", f"a column for each coding, {', '.join(named)}",
                                           ", ".join(found) or "none",
                                           "Name the codings that the sheet was made of, in their order, or make a new sheet.")])


class _Reading:
    """Rows of a sheet against the cells on which the codings differ; faults and rows seen are collected."""

    def __init__(self, sheet: Sheet, codings: Sequence[Coding]) -> None:
        self.sheet, self.record = sheet, codings[0]
        self.coders = dict(zip(distinct(one.name for one in codings), codings, strict=True))
        self.cells = {(row["id"], row["column"]): row for row in to_settle(codings).to_dict("records")}
        self.inside = {self.record.table.names.get(column, column): column for column in SETTLED}
        self.seen: dict[tuple[str, str], int] = {}
        self.faults: list[Fault] = [*sheet.grid.faults]

    def row(self, number: int) -> Decision | None:
        """The decision of a row; None where there is none, or where something is wrong with the row."""
        row, before = {heading: unguarded(cell) for heading, cell in self.sheet.rows[number].items()}, len(self.faults)
        key = row["id"], row["column"]
        self.faults += self._of_cell(number, *key)
        if len(self.faults) > before:
            return None
        self.seen[key] = number
        self.faults += self._of_coders(number, row)
        if not row["decision"]:
            return None
        column = self.inside[key[1]]
        new = _decided(column, row["decision"])
        self.faults += self._of_decision(number, column, new, row)
        return Decision(id=key[0], column=key[1], old=self.record.rows[key[0]][column], new=new, by=row["by"],
                        reason=row["reason"], sheet=f"{self.sheet.grid.path.name}, {self.sheet.grid.row_name(number)}")

    def _of_cell(self, number: int, id: str, column: str) -> Iterator[Fault]:
        """Whether a row is about a cell on which the codings differ, and the only one about it."""
        name, known = self.record.table.path.name, self.record.rows
        if id not in known:
            near = closest(id[:LONGEST_GUESSED], known) if len(known) <= MOST_GUESSED else None
            yield self._fault(number, "id", f"an id of {name}", id, f"Did you mean '{near}'?" if near else "Correct it.")
        if column not in self.inside:
            yield self._fault(number, "column", "a column of the sheet", column, nearest(column[:LONGEST_GUESSED], self.inside))
        elif id in known and (id, column) not in self.cells:
            yield self._fault(number, "column", "a cell on which the codings differ", column,
                              "The sheet is of other codings: make a new one.")
        elif (id, column) in self.seen:
            yield self._fault(number, "column", "one row for a cell", column,
                              f"The cell stands in {self.sheet.grid.row_name(self.seen[id, column])} too: delete one of them.")

    def _of_coders(self, number: int, row: Mapping[str, str]) -> Iterator[Fault]:
        """Whether the values are still those that the coders gave."""
        cell = self.cells[row["id"], row["column"]]
        for heading, coding in self.coders.items():
            if row[heading] != (own := cell[coding.name].strip()):
                yield self._fault(number, heading, f"{shown(own)}, as {coding.table.path.name} has it", row[heading],
                                  "The sheet is of other codings, or was changed: make a new one.")

    def _of_decision(self, number: int, column: str, new: str, row: Mapping[str, str]) -> Iterator[Fault]:
        if complaint := CONTACT[column](new):
            yield self._fault(number, "decision", complaint.expected, row["decision"], complaint.remedy)
        if not row["by"]:
            yield self._fault(number, "by", "who decided it", "", "Write a name or initials.")
        for heading in ANSWERS:
            if len(row[heading]) > LONGEST_CELL:
                yield self._fault(number, heading, f"at most {LONGEST_CELL:,} characters", row[heading], "Shorten it.")

    def _fault(self, number: int, heading: str, expected: str, found: str, remedy: str) -> Fault:
        return self.sheet.fault(number, heading, expected, shown(found) if found else "an empty cell", remedy)


def _decided(column: str, cell: str) -> str:
    """A decision as the record writes it: spaces around codes do no harm, and a word stands for no topic."""
    if column != "agenda":
        return cell
    return "" if cell == NOTHING else ";".join(part.strip() for part in cell.split(";") if part.strip())


# The settled copy of a record.

def write_settled(folder: Path, decisions: Decisions, place: Path) -> None:
    """Write a copy of a dyad folder whose contacts.csv has what was decided, and add to its log.

    Parameters
    ----------
    folder : Path
        The folder, of which its tables, YAML files and notes are copied.
    decisions : Decisions
        As from :func:`read_decisions`.
    place : Path
        An empty folder.

    Raises
    ------
    InputError
        Where the copy would not pass the check of a dyad folder.
    """
    for path in sorted(folder.iterdir()):
        if path.suffix in (".csv", ".yaml", ".md") and path.is_file():
            shutil.copyfile(path, place / path.name)
    (place / "contacts.csv").write_bytes(_settled(read_bytes(folder / "contacts.csv"), decisions.made))
    earlier = strict_rows(folder / LOG, LOG_COLUMNS) if os.path.lexists(folder / LOG) else []
    rows = [*earlier, *({name: getattr(one, name) for name in LOG_COLUMNS} for one in decisions.made)]
    write_csv(pd.DataFrame(rows, columns=list(LOG_COLUMNS), dtype=str), place / LOG)
    if faults := read_folder(place).faults:
        raise InputError(faults)


LOG_COLUMNS = ("id", "column", "old", "new", "by", "reason", "sheet")


def _settled(raw: bytes, made: Sequence[Decision]) -> bytes:
    """The file with new cells; every row of which none is changed keeps its bytes."""
    new: dict[str, dict[str, str]] = {}
    for one in made:
        if one.old != one.new:
            new.setdefault(one.id, {})[one.column] = one.new
    lines = [*io.StringIO(raw.decode("utf-8"), newline="")]
    reader, begin, written = csv.reader(lines), 0, []
    header: list[str] = []
    for cells in reader:
        header, own = header or cells, "".join(lines[begin:reader.line_num])
        row, begin = dict(zip(header, cells, strict=False)), reader.line_num
        changed = new.get(row.get("id", ""))
        written.append(_line([*(row | changed).values()], own) if changed else own)
    return "".join(written).encode()


def _line(cells: Sequence[str], own: str) -> str:
    """A row of CSV with the line end that it had."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=own[len(own.rstrip("\r\n")):]).writerow(cells)
    return text.getvalue()
