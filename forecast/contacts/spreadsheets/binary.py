"""Workbooks (Excel, OpenDocument) and files of Stata and SPSS, read by the libraries that are made for them.

Workbooks go through calamine, statistics files through pyreadstat. Nothing is taken for missing that is not: a
text such as ``NA`` or ``none`` stays what it is. Of a coded variable the label of the value is read, as the programs show it.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from forecast.contacts.spreadsheets.sheet import Grid, cell_text, library
from forecast.contacts.spreadsheets.workbook import sheets_of
from forecast.errors import Fault, InputError
from forecast.files import check_ordinary

WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""First bytes of xlsx, xlsb and ods (zip archives) and of xls."""
LARGEST, LARGEST_UNPACKED = 64 << 20, 512 << 20
STATISTICS = {"stata": ("read_dta", "a Stata file", "observation"), "spss": ("read_sav", "an SPSS file", "case")}


@contextmanager
def _refusals(path: Path, what: str) -> Iterator[None]:
    """Whatever a library says of a file that it cannot read, as one fault."""
    try:
        yield
    except (InputError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a library in Rust is no Exception
        found = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError([Fault(source=str(path), where="whole file", expected=f"{what} that can be read", found=found,
                                remedy="Open it in the program it comes from and save it anew, without a password; or save "
                                       "the table as CSV (UTF-8).")]) from None


def is_workbook(raw: bytes) -> bool:
    """Whether bytes are those of a workbook, or of another zip archive."""
    return raw.startswith(WORKBOOK)


def statistics_form(raw: bytes) -> Literal["stata", "spss"] | None:
    """``stata`` or ``spss`` where the first bytes are theirs."""
    if raw.startswith((b"$FL2", b"$FL3")):
        return "spss"
    old_stata = raw[:1] in (b"\x6c", b"\x6e", b"\x6f", b"\x71", b"\x72", b"\x73") and raw[1:3] in (b"\x01\x01", b"\x02\x01")
    return "stata" if raw.startswith(b"<stata_dta>") or old_stata else None


def read_workbook(path: Path, raw: bytes) -> list[Grid]:
    """Every sheet of a workbook that has more than one row (raises InputError)."""
    library("python_calamine", path, "workbooks (xlsx, xlsb, xls, ods)")
    _check_size(path, raw)
    with _refusals(path, "a workbook"):
        sheets = sheets_of(path)
    grids = [Grid(path=path, name=name, rows=_numbered(rows)) for name, rows in sheets]
    filled = [grid for grid in grids if len(grid.rows) > 1]
    if not filled:
        raise InputError([Fault(source=str(path), where="whole file", expected="a sheet with headings and rows",
                                found=f"{len(grids)} without", remedy="Name the right file.")])
    return filled


def _check_size(path: Path, raw: bytes) -> None:
    """Refuse a workbook that would fill the memory when it is unpacked (raises InputError)."""
    if not raw.startswith(WORKBOOK[0]):
        return
    with _refusals(path, "a workbook"), zipfile.ZipFile(io.BytesIO(raw)) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > LARGEST_UNPACKED:
        raise InputError([Fault(source=str(path), where="whole file", expected=f"at most {LARGEST_UNPACKED:,} bytes unpacked",
                                found=f"{unpacked:,}", remedy="Name the right file, or save the sheet as CSV (UTF-8).")])


def _numbered(cells: Iterable[Iterable[Any]]) -> dict[int, list[str]]:
    """Rows that hold something, numbered from one."""
    rows = ((number, [cell_text(cell) for cell in row]) for number, row in enumerate(cells, start=1))
    return {number: row for number, row in rows if any(row)}


def read_statistics(path: Path, form: str, encoding: str | None = None) -> Grid:
    """Observations of a Stata or SPSS file, coded variables by their labels (raises InputError)."""
    check_ordinary([path], LARGEST)
    reader, what, unit = STATISTICS[form]
    pyreadstat = library("pyreadstat", path, "files of Stata and SPSS")
    options: dict[str, Any] = {"encoding": encoding} if encoding else {}
    with _refusals(path, what):
        frame, about = getattr(pyreadstat, reader)(str(path), apply_value_formats=True, formats_as_category=False, **options)
        headings = tuple(str(name) for name in frame.columns)
        labels = {name: label for name, label in about.column_names_to_labels.items() if label and label != name}
        rows = _numbered(frame.itertuples(index=False, name=None))
    return Grid(path=path, rows=rows, unit=unit, across="variable", headings=headings, labels=labels)
