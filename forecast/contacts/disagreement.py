"""The cells on which two codings differ, in an order in which a third person can settle them."""

import csv
import io
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pandas as pd

from forecast.contacts.coding import CODED, Coding
from forecast.errors import Fault, InputError

COLUMNS = ("id", "variable", "A", "B", "only_A", "only_B", "sources", "decision", "reason")


def disagreements(first: Coding, second: Coding) -> pd.DataFrame:
    """Every cell on which two codings of a contact differ.

    Parameters
    ----------
    first, second : Coding
        A and B.

    Returns
    -------
    DataFrame
        One row per cell, contact by contact in the order of time (ids begin with the date), within a contact in the
        order of the codebook: the pages of a contact are opened once. ``only_A`` and ``only_B`` are the codes that
        one coder alone gave, ``sources`` the pages that the cell rests on, where a contacts.csv names them;
        ``decision`` and ``reason`` are empty, for whoever settles it.
    """
    rows = [row for of in sorted(first.rows.keys() & second.rows.keys()) for row in _of_contact(of, first, second)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=str)


def check_place(path: Path, inputs: Collection[Path]) -> None:
    """Refuse to write into a folder that is not there, or over a coding (raises InputError)."""
    if not path.absolute().parent.is_dir():
        raise InputError([Fault(source=str(path), where="option --out", expected="a file in an existing folder",
                                found="no such folder", remedy="Make the folder first.")])
    if path.is_dir() or path.resolve() in {coding.resolve() for coding in inputs}:
        raise InputError([Fault(source=str(path), where="option --out", expected="a new file", found="a folder, or a coding",
                                remedy="Name another file.")])


def write_disagreements(frame: pd.DataFrame, path: Path) -> None:
    """Write the rows as CSV, whole or not at all."""
    text = io.StringIO()
    frame.to_csv(text, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text.getvalue(), encoding="utf-8", newline="")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _of_contact(of: str, first: Coding, second: Coding) -> Iterator[Mapping[str, str]]:
    for column in CODED:
        if column not in first.rows[of] or column not in second.rows[of]:
            continue
        a, b = first.rows[of][column], second.rows[of][column]
        if _codes(a) != _codes(b):
            yield {"id": of, "variable": column, "A": a, "B": b, "only_A": _without(a, b), "only_B": _without(b, a),
                   "sources": _pages(of, column, first) or _pages(of, column, second), "decision": "", "reason": ""}


def _codes(cell: str) -> frozenset[str]:
    return frozenset(cell.split(";"))


def _without(cell: str, other: str) -> str:
    return ";".join(code for code in cell.split(";") if code not in _codes(other))


def _pages(of: str, column: str, coding: Coding) -> str:
    return coding.pages.get((of, column)) or coding.pages.get((of, ""), "")
