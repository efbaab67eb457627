"""Context series: what each column means, typed values, and nothing later than the as-of date."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, StringConstraints

from forecast.config import Strict, load_yaml
from forecast.contacts.check import Check, Complaint, anything, day, optional
from forecast.contacts.record import cell_faults
from forecast.contacts.table import read_table
from forecast.errors import Fault, InputError, nearest
from forecast.panel.shipped import DATA

FOLDER = DATA / "series"
FORMAT = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}


class Column(Strict):
    """One column, or several that mean the same: kind of value, meaning, unit, caveat.

    A partial date is a day, or a month or year where no more is known; it stands for its last day.
    """

    kind: Literal["year", "month", "day", "partial", "number", "text"]
    meaning: str = Field(min_length=3)
    unit: str = Field(min_length=1)
    caveat: str = ""


class Series(Strict):
    """One file: what it is about, and the column by which it is cut in time."""

    title: str = Field(min_length=3)
    time: str
    year_ends: Annotated[str, StringConstraints(pattern=r"^\d\d-\d\d$")] = "12-31"
    caveat: str = Field(min_length=3)
    columns: Mapping[str, Column]

    @property
    def column(self) -> dict[str, Column]:
        """Each column by its own name."""
        return {name: one for names, one in self.columns.items() for name in names.split(", ")}


class _Sources(Strict):
    series: Mapping[str, Series]


@cache
def described(path: Path = FOLDER / "sources.yaml") -> Mapping[str, Series]:
    """What is known of every shipped series, by name (raises InputError where the file has faults)."""
    return load_yaml(path, _Sources).series


def load_series(name: str, as_of: date, folder: Path = FOLDER) -> pd.DataFrame:
    """Read one series up to a day.

    Parameters
    ----------
    name : str
        A key of :func:`described`.
    as_of : date
        Last day used, inclusive: a year or month enters once it has ended; days inside a row that are later are not told.
    folder : Path, optional
        Where the file stands; the shipped one where it is not given.

    Returns
    -------
    DataFrame
        Columns of the file: years, months, days and partial dates as datetime64 (their last day), numbers as float, the
        rest as text.

    Raises
    ------
    InputError
        Where the series is not known, or with every fault of its cells by row and column.
    """
    if name not in described():
        raise InputError([Fault(source="argument SERIES", where="name", expected="a shipped series", found=repr(name),
                                remedy=nearest(name, described()))])
    one = described()[name]
    table = read_table(folder / f"{name}.csv", tuple(one.column))
    faults = [*table.faults, *cell_faults(table, {key: _CHECK[column.kind] for key, column in one.column.items()})]
    if faults:
        raise InputError(faults)
    frame = _typed(pd.DataFrame(list(table.rows.values()), columns=list(one.column), dtype=str), one)
    return _cut(frame, one, pd.Timestamp(as_of)).reset_index(drop=True)


def _typed(frame: pd.DataFrame, one: Series) -> pd.DataFrame:
    for key, column in one.column.items():
        if column.kind == "number":
            frame[key] = pd.to_numeric(frame[key]).astype(float)
        elif column.kind == "year":
            frame[key] = pd.to_datetime(frame[key] + f"-{one.year_ends}", format="%Y-%m-%d")
        elif column.kind != "text":
            frame[key] = pd.to_datetime(frame[key].map(_last_day), format=FORMAT["day"])
    return frame


def _last_day(cell: str) -> str:
    """Last day of a year, month or day; an empty cell stays empty."""
    if len(cell) == len("2018"):
        return f"{cell}-12-31"
    return f"{pd.Period(cell, 'M').end_time:%Y-%m-%d}" if len(cell) == len("2018-01") else cell


def _cut(frame: pd.DataFrame, one: Series, last: pd.Timestamp) -> pd.DataFrame:
    frame = frame[frame[one.time] <= last].copy()
    for key in (key for key, column in one.column.items() if column.kind in ("day", "partial")):
        frame[key] = frame[key].where(frame[key] <= last)
    return frame


def _number(cell: str) -> Complaint | None:
    try:
        float(cell)
    except ValueError:
        return Complaint("a number", "Write it with a decimal point and without separators.")
    return None


def _period(kind: str, example: str) -> Check:
    def check(cell: str) -> Complaint | None:
        found = pd.to_datetime(cell, format=FORMAT[kind], errors="coerce")
        return None if len(cell) == len(example) and pd.notna(found) else Complaint(f"a {kind}", f"Write it as in {example}.")

    return check


def _partial(cell: str) -> Complaint | None:
    checks = {4: _CHECK["year"], 7: _CHECK["month"]}
    return checks.get(len(cell), day)(cell)


_CHECK: Mapping[str, Check] = {
    "year": _period("year", "2018"), "month": _period("month", "2018-01"), "day": optional(day), "number": optional(_number),
    "partial": optional(_partial), "text": anything,
}
