"""What programs write: workbooks (Excel, OpenDocument) and files of Stata and SPSS, read by the libraries that are made for them.

Workbooks go through calamine, statistics files through pyreadstat. Nothing is taken for missing that is not: a
text such as ``NA`` or ``none`` stays what it is. Of a coded variable the label of the value is read, as the programs show it.

A workbook may claim a size that no memory holds (one stray cell in the last row and column is enough), and the library then ends
the process that called it. So another process calls it, with a limit of memory where the system has limits; whatever happens
there is told as one fault. Its program is the source of one function here, which imports nothing but the library and so starts
at once.
"""

import inspect
import io
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from forecast.contacts.spreadsheets.sheet import Grid, cell_text, library
from forecast.errors import Fault, InputError
from forecast.files import check_ordinary

WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""First bytes of xlsx, xlsb and ods (zip archives) and of xls."""
LARGEST, LARGEST_UNPACKED = 64 << 20, 512 << 20
LARGEST_MEMORY = 3 << 30
"""Bytes of address space of the process that reads a workbook."""
MOST_CELLS = 5_000_000
"""Of one sheet, empty ones among them."""
SECONDS = 60
APART = "cells so far apart that no memory holds what lies between them, or a damaged file"
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


class UnreadableError(Exception):
    """What the library, or the system, said of a workbook."""


def sheets_of(path: Path) -> list[tuple[str, list[list[Any]]]]:
    """Name and cells of every sheet, empty areas at the beginning included.

    Raises
    ------
    UnreadableError
        Where the workbook cannot be read, or needs more memory or time than is allowed.
    """
    program = f"{inspect.getsource(_print_sheets)}\nimport sys\n_print_sheets(*sys.argv[1:])"
    given = (str(path), str(LARGEST_MEMORY), str(MOST_CELLS), APART)
    try:
        done = subprocess.run([sys.executable, "-P", "-c", program, *given], capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UnreadableError(f"no end within {SECONDS} seconds") from None
    if done.returncode == 0:
        return list(pickle.loads(done.stdout))
    lines = done.stderr.decode("utf-8", errors="replace").splitlines()
    told = next((line.removeprefix("unreadable: ") for line in lines if line.startswith("unreadable: ")), "")
    raise UnreadableError(told or APART)


def _print_sheets(path: str, memory: str, most_cells: str, apart: str) -> None:
    """Write the sheets to the standard output; runs alone in a process of its own, which has nothing else of this file."""
    import pickle
    import sys

    from python_calamine import CalamineWorkbook

    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
        if any(sheet.total_height * sheet.total_width > int(most_cells) for _, sheet in sheets):
            sys.exit(f"unreadable: {apart}")
        found = [(name, sheet.to_python(skip_empty_area=False)) for name, sheet in sheets]
    except Exception as error:
        sys.exit(f"unreadable: {' '.join(str(error).split())}")
    sys.stdout.buffer.write(pickle.dumps(found))


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
