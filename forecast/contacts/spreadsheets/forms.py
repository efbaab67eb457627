"""Which form a file has, and its sheets: detected where nothing is known, read as the mapping file says afterwards."""

from pathlib import Path
from typing import cast

from forecast.contacts.spreadsheets.annotations import (
    form_of_json,
    is_project,
    read_doccano,
    read_inception,
    read_label_studio,
)
from forecast.contacts.spreadsheets.binary import is_workbook, read_statistics, read_workbook, statistics_form
from forecast.contacts.spreadsheets.delimited import Text, decoded, is_text, look_at, read_text_grid
from forecast.contacts.spreadsheets.mapping import Delimiter, Form, Read
from forecast.contacts.spreadsheets.sheet import Grid
from forecast.errors import Fault, InputError
from forecast.files import form_of, read_bytes

LARGEST = 64 << 20
HEAD = 200_000
"""Bytes that tell the tool."""


def form_of_file(path: Path, raw: bytes) -> Form:
    """Form of a file (raises InputError where it has none of those that are read)."""
    if not raw.strip():
        raise _none(path, "an empty file", "Name the right file.")
    if is_project(raw):
        return "inception"
    if is_workbook(raw):
        return "workbook"
    if statistics := statistics_form(raw):
        return statistics
    if not is_text(raw):
        raise _none(path, *(form_of(raw) or ("binary data", "Name the right file.")))
    return form_of_json(raw[:HEAD].decode("utf-8", errors="replace")) or "text"


def _none(path: Path, found: str, remedy: str) -> InputError:
    return InputError([Fault(source=str(path), where="whole file", found=found, remedy=remedy,
                             expected="a workbook, delimited text, a Stata or SPSS file, or an export of an annotation tool")])


def look(path: Path) -> tuple[list[Grid], Read, dict[str, str]]:
    """Sheets of a file of which nothing is known.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of Grid, Read and dict
        Its sheets, how they were read, and place in the mapping file -> why that is not certain.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    raw = read_bytes(path, LARGEST)
    form = form_of_file(path, raw)
    if form == "text":
        how = look_at(path, raw)
        read = Read(form=form, encoding=how.encoding, delimiter=cast("Delimiter", how.delimiter), curly_quotes=how.curly_quotes)
        return [read_text_grid(path, raw, how, 0)], read, {f"read.{name}": why for name, why in how.doubts.items()}
    return _read(path, raw, Read(form=form)), Read(form=form), {}


def read_grid(path: Path, read: Read) -> Grid:
    """The sheet that a mapping names, with what is wrong with its form.

    A text whose delimiter is another one than the mapping says is read with its own all the same, so that all its faults are
    told at once, and the wrong delimiter is the first of them.

    Raises
    ------
    InputError
        Where the file cannot be read, or has no such sheet.
    """
    raw = read_bytes(path, LARGEST)
    form = form_of_file(path, raw)
    if form != read.form:
        raise InputError([Fault(source=str(path), where="whole file", found=f"one of the form '{form}'",
                                expected=f"a file of the form '{read.form}', as the mapping file says",
                                remedy="Name the file that the mapping is for, or make a mapping for this one.")])
    if form == "text":
        return _text(path, raw, read)
    grids = _read(path, raw, read)
    chosen = [grid for grid in grids if grid.name == read.sheet] if read.sheet else grids
    if len(chosen) != 1:
        raise InputError([Fault(source=str(path), where="read.sheet", expected="one sheet of "
                                f"{', '.join(grid.name for grid in grids)}", found=repr(read.sheet),
                                remedy="Correct read.sheet in the mapping file.")])
    return chosen[0]


def _read(path: Path, raw: bytes, read: Read) -> list[Grid]:
    if read.form == "workbook":
        return read_workbook(path, raw)
    if read.form in ("stata", "spss"):
        return [read_statistics(path, read.form, read.encoding or None)]
    if read.form == "inception":
        return [read_inception(path, raw)]
    return [(read_label_studio if read.form == "label studio" else read_doccano)(path, decoded(path, raw, "utf-8"))]


def _text(path: Path, raw: bytes, read: Read) -> Grid:
    how = Text(encoding=read.encoding or "utf-8", delimiter=read.delimiter or "comma", curly_quotes=read.curly_quotes, doubts={})
    grid = read_text_grid(path, raw, how, read.header_row)
    if len(grid.rows.get(read.header_row, ())) > 1:
        return grid
    own = look_at(path, raw)
    if own.delimiter == how.delimiter:
        return grid
    behind = read_text_grid(path, raw, Text(encoding=how.encoding, delimiter=own.delimiter, curly_quotes=own.curly_quotes,
                                            doubts={}), read.header_row)
    wrong = Fault(source=str(path), where=f"row {read.header_row}", expected=f"cells separated by {how.delimiter}",
                  found=f"cells separated by {own.delimiter}",
                  remedy=f"Write 'delimiter: {own.delimiter}' under read in the mapping file.")
    return Grid(path=path, rows=behind.rows, faults=(wrong, *behind.faults))
