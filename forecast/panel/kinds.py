"""Kinds of cells in context series: the check of each, and the typed column it becomes."""

import calendar
import math
import re
from datetime import date

import pandas as pd

from forecast.contacts.check import Check, Complaint, day, one_of, optional, parse_day, text
from forecast.panel.sources import Column

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
        at = int(cell[:4]), int(cell[5:7])
        return date(*at, calendar.monthrange(*at)[1])
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
