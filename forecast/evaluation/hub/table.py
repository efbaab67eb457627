"""A CSV file of model output as text cells, with the row numbers that a spreadsheet shows."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from forecast.errors import Fault, InputError, nearest
from forecast.evaluation.hub.tasks import COLUMNS
from forecast.files import read_text

MOST_ROWS = 1_000_000
MOST = 50
"""Faults of one file that are told one by one; of the others, how many."""
REMEDY = "Correct the file."


def read_cells(path: Path) -> pd.DataFrame:
    """Cells as text, by the number of their row: the header is row 1, and blank lines count.

    Raises
    ------
    InputError
        Where this is no CSV file with the columns of model output, or has no row of them.
    """
    text = read_text(path)
    seen: dict[str, str] = {}  # cells repeat: each text is kept once
    rows, numbers, ragged = [], [], []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        _check_header(path, header)
        for number, cells in enumerate(reader, start=2):
            if number > MOST_ROWS:
                raise InputError([fault(path, "whole file", f"at most {MOST_ROWS:,} rows", "more")])
            if len(cells) == len(header):
                rows.append([seen.setdefault(cell, cell) for cell in cells])
                numbers.append(number)
            elif cells:
                ragged.append((number, len(cells)))
    except csv.Error as error:
        where = f"row {reader.line_num}" if reader.line_num > 1 else "header"
        raise InputError([fault(path, where, "a row of a CSV file", str(error))]) from None
    if ragged:
        raise InputError(cut(path, (fault(path, f"row {number}", f"{len(header)} cells", str(many)) for number, many in ragged),
                             len(ragged)))
    if not rows:
        raise InputError([fault(path, "whole file", "rows of model output below the header", "none")])
    return pd.DataFrame(rows, columns=header, index=pd.Index(numbers, name="row"), dtype=object)[list(COLUMNS)]


def cut(path: Path | str, faults: Iterator[Fault] | Sequence[Fault], many: int) -> list[Fault]:
    """The first faults, and how many more there are."""
    told = [one for one, _ in zip(faults, range(MOST), strict=False)]
    more = [fault(path, "whole file", "none of these faults", f"{many - MOST} more")] if many > MOST else []
    return told + more


def fault(path: Path | str, where: str, expected: str, found: str, remedy: str = REMEDY) -> Fault:
    """Fault of a file of model output."""
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)


def _check_header(path: Path, header: Sequence[str]) -> None:
    missing = [name for name in COLUMNS if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1}) if len(header) <= 100 else []
    strange = [name for name in header if name not in COLUMNS]
    expected = f"the columns {', '.join(COLUMNS)}"
    faults = [fault(path, "header", expected, f"no {', '.join(missing)}")] if missing else []
    faults += [fault(path, "header", "every column once", f"{name} twice") for name in twice if name in COLUMNS]
    faults += [fault(path, "header", expected, f"'{name[:80]}' besides", nearest(name[:80], COLUMNS)) for name in strange[:10]
               if not missing]
    if faults:
        raise InputError(faults)
