"""Context series: every cell checked by its declared kind, and nothing later than the as-of date.

The cut is by the time that a row is about, not by the day on which its source came out.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from forecast.config import Strict, load_yaml
from forecast.contacts.cells import Check, Complaint, day, one_of, optional, parse_day, text
from forecast.contacts.record import cell_faults
from forecast.contacts.table import Row, Table, read_table
from forecast.errors import Fault, InputError, nearest
from forecast.panel.calendar import last_of_month
from forecast.shipped import DATA

# What ``data/series/sources.yaml`` says of each context series and of each of its columns.

SERIES = DATA / "series"
Kind = Literal["number", "day", "month", "year", "date", "code", "text"]


class Column(Strict):
    """One column of a series.

    Parameters
    ----------
    kind : str
        What each cell must be; ``date`` is a day, a month or a year.
    unit, meaning : str
        Of the cells.
    empty : str
        What an empty cell means; where it is not given no cell is empty.
    caveat, source : str
        Where they go beyond those of the series.
    codes : mapping
        Code -> what it means, for the kind ``code``.
    hide_with : str
        Column of dates: where that date is later than the as-of date, the cell is emptied.
    hindsight : bool
        Whether the column was written with later knowledge, so that the loader leaves it out.
    """

    kind: Kind
    unit: str = Field(min_length=1)
    meaning: str = Field(min_length=1)
    empty: str = ""
    caveat: str = ""
    source: str = ""
    codes: Mapping[str, str] = {}
    hide_with: str = ""
    hindsight: bool = False

    @model_validator(mode="after")
    def _codes_fit_kind(self) -> Self:
        if (self.kind == "code") != bool(self.codes):
            raise ValueError("codes for the kind code, and for no other")
        return self


class Time(Strict):
    """The column by which a series is cut, and the one (if any) that says how exact it is."""

    column: str
    precision: str = ""


class Series(Strict):
    """One context series: the file ``<name>.csv``."""

    title: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    countries: str = Field(min_length=1)
    caveat: str = Field(min_length=1)
    time: Time
    columns: Mapping[str, Column]

    @model_validator(mode="after")
    def _names_known(self) -> Self:
        named = {self.time.column, self.time.precision, *(item.hide_with for item in self.columns.values())} - {""}
        unknown = sorted(named - self.columns.keys())
        if unknown:
            raise ValueError(f"time and hide_with name columns of the series, not {', '.join(unknown)}")
        return self


class _Sources(Strict):
    series: Mapping[str, Series]


def load_sources(directory: Path = SERIES) -> Mapping[str, Series]:
    """Read what is documented of every series, and check that each has a file and each file its entry.

    Raises
    ------
    InputError
        With every fault of ``sources.yaml``, or every file without an entry.
    """
    documented = load_yaml(directory / "sources.yaml", _Sources).series
    if faults := [*_undocumented(directory, documented)]:
        raise InputError(faults)
    return documented


def find_series(name: str, directory: Path = SERIES) -> Series:
    """Look up one series (raises InputError with the nearest name where there is none)."""
    known = load_sources(directory)
    if name not in known:
        raise InputError([Fault(source=str(directory), where="argument SERIES", expected="a shipped series", found=repr(name),
                                remedy=nearest(name, known))])
    return known[name]


def _undocumented(directory: Path, documented: Mapping[str, Series]) -> Iterator[Fault]:
    files = {path.stem for path in directory.glob("*.csv")}
    for name in sorted(files ^ documented.keys()):
        found = "a file, no entry" if name in files else "an entry, no file"
        yield Fault(source=str(directory / "sources.yaml"), where=f"key series.{name}",
                    expected="an entry and a file of that name", found=found, remedy="Add what is missing, or remove the other.")


# Context series.

def load_series(name: str, as_of: date, directory: Path = SERIES) -> pd.DataFrame:
    """Read one context series up to a day.

    Parameters
    ----------
    name : str
        E.g. ``trade_annual``.
    as_of : date
        Last day used, inclusive. A row of a year or a month enters when that has ended; a later end of a period
        is emptied; columns written with hindsight are left out.
    directory : Path, optional
        Folder of the series and of ``sources.yaml``; the shipped one where none is given.

    Returns
    -------
    DataFrame
        Columns in the order of ``sources.yaml``, typed by their kind.

    Raises
    ------
    InputError
        With every fault by row and column, whether its row would be admitted or not.
    """
    series = find_series(name, directory)
    table = read_series(name, series, directory)
    rows = [_hidden(row, series, as_of) for row in table.rows.values() if row_day(row, series) <= as_of]
    kept = {column: item for column, item in series.columns.items() if not item.hindsight}
    frame = pd.DataFrame(rows, columns=list(kept), dtype=str)
    return frame.assign(**{column: typed(frame[column], item) for column, item in kept.items()})


def read_series(name: str, series: Series, directory: Path = SERIES) -> Table:
    """Read a whole file as checked text cells (raises InputError with every fault)."""
    table = read_table(directory / f"{name}.csv", tuple(series.columns))
    checks = {column: check_of(item) for column, item in series.columns.items()}
    if faults := [*table.faults, *cell_faults(table, checks)]:
        raise InputError(faults)
    return table


def row_day(row: Row, series: Series) -> date:
    """Day from which on a row may be known."""
    return last_day(row[series.time.column], row.get(series.time.precision, ""))


def span_of(column: str, table: Table, series: Series) -> tuple[str, str]:
    """First and last time for which a column has a value, as they stand in the file; empty where it has none."""
    found = sorted(row[series.time.column] for row in table.rows.values() if row[column])
    return (found[0], found[-1]) if found else ("", "")


def _hidden(row: Row, series: Series, as_of: date) -> Row:
    """The row without what lay in the future on the as-of date."""
    later = {column for column, item in series.columns.items()
             if item.hide_with and row[item.hide_with] and last_day(row[item.hide_with]) > as_of}
    return {column: "" if column in later else cell for column, cell in row.items()}


# Kinds of cells in context series: the check of each, and the typed column it becomes.

LONGEST_NUMBER = 60
"""Characters; what has more digits is no measurement."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_YEAR = re.compile(r"(19|20)[0-9][0-9]")
_MONTH = re.compile(r"(19|20)[0-9][0-9]-(0[1-9]|1[0-2])")


def check_of(column: Column) -> Check:
    """Build the check that every cell of a column must pass."""
    plain: dict[str, Check] = {"number": number, "day": day, "month": month, "year": year, "date": part_of_time, "text": text}
    check = one_of(column.codes) if column.kind == "code" else plain[column.kind]
    return optional(check) if column.empty else check


def number(cell: str) -> Complaint | None:
    """A finite number with a decimal point."""
    if len(cell) <= LONGEST_NUMBER and _NUMBER.fullmatch(cell) and math.isfinite(float(cell)):
        return None
    return Complaint("a number", "Write digits with a decimal point, without units or thousands separators.")


def year(cell: str) -> Complaint | None:
    """A year as YYYY."""
    return None if _YEAR.fullmatch(cell) else Complaint("a year as YYYY", "Write it as in 2018.")


def month(cell: str) -> Complaint | None:
    """A month as YYYY-MM."""
    return None if _MONTH.fullmatch(cell) else Complaint("a month as YYYY-MM", "Write it as in 2018-01.")


def part_of_time(cell: str) -> Complaint | None:
    """A day, a month or a year."""
    if _YEAR.fullmatch(cell) or _MONTH.fullmatch(cell) or parse_day(cell):
        return None
    return Complaint("a day, month or year", "Write it as in 2018-01-16, 2018-01 or 2018.")


def last_day(cell: str, precision: str = "") -> date:
    """Last day that a cell of time may mean: only then is all that it says known.

    Parameters
    ----------
    cell : str
        A checked day, month or year.
    precision : str
        ``year`` or ``month...`` where the day only stands for its year or month.
    """
    if len(cell) == len("2018") or precision == "year":
        return date(int(cell[:4]), 12, 31)
    if len(cell) == len("2018-01") or precision.startswith("month"):
        return last_of_month(date(int(cell[:4]), int(cell[5:7]), 1))
    return date.fromisoformat(cell)


def typed(cells: pd.Series, column: Column) -> pd.Series:
    """Numbers as float64 and years as Int64, days and months (their first day) as datetime64; the rest stays text."""
    if column.kind == "number":
        return pd.to_numeric(cells.replace("", None)).astype("float64")
    if column.kind == "year":
        return pd.to_numeric(cells.replace("", None)).astype("Int64")
    if column.kind in ("day", "month"):
        return pd.to_datetime(cells, format="%Y-%m-%d" if column.kind == "day" else "%Y-%m")
    return cells
