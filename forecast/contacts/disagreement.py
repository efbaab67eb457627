"""The cells on which two codings differ, in an order in which a third person can settle them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from forecast.contacts.coding import CODED, Coding
from forecast.spreadsheet import write_csv

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


def write_disagreements(frame: pd.DataFrame, path: Path) -> None:
    """Write the rows as CSV, for a person with a spreadsheet; the program does not read them back."""
    write_csv(frame, path)


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
