"""Days as people write them: which way a column writes them is decided by the column as a whole, or said to be uncertain.

``05.12.2019`` is the fifth of December or the twelfth of May. One cell of the column with a first number above 12 decides for day
first, one with a second number above 12 for month first; where both stand, or neither does, the column is uncertain. A number of
a day counts from 1900 or, in spreadsheets of old Macintosh programs, from 1904: the two are 1,462 days apart, and nothing in the
number tells which it is. Of a month without a day the record takes the 15th.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from forecast.config import read_yaml
from forecast.contacts.cells import FIRST_DAY, LAST_DAY
from forecast.contacts.spreadsheets.mapping import Dates
from forecast.contacts.spreadsheets.sheet import key_of
from forecast.shipped import DATA

CUSTOM = DATA / "spreadsheet.yaml"
"""Headings, words for codes and names of months that are met in tables."""
EPOCH = {Dates.excel_1900: date(1899, 12, 30), Dates.excel_1904: date(1904, 1, 1)}
FIRST_NUMBER, LAST_NUMBER = 10_000, 80_000
"""Numbers of days that a spreadsheet's day of a record can have: of 1927 to 2119."""
PIVOT = 69
"""Years of two digits below it are of this century, as in the POSIX standard."""
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_ISO = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[./-]\s*(\d\d?)(?:\s*[./-]\s*(\d\d?))?|(\d{4})(\d\d)(\d\d)")
_THREE = re.compile(r"(\d\d?)\s*[./-]\s*(\d\d?)\s*[./-]\s*(\d{4}|\d\d)")
_MONTH = re.compile(r"(\d\d?)\s*[./-]\s*(\d{4})")
_CLOCK = re.compile(r"[T ]\d\d?:\d\d\S*(\s*[AP]M)?$", re.IGNORECASE)
_END = re.compile(r"\s*(г\.?|года?)$")


@dataclass(frozen=True)
class Found:
    """A day that was read, and whether only its month was written."""

    day: date
    month_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Ways:
    """In which ways a column writes days, why that is uncertain (empty where it is not), and the share of cells that are days."""

    dates: tuple[Dates, ...]
    doubt: str
    share: float


@cache
def custom() -> dict[str, Any]:
    """What ``spreadsheet.yaml`` says."""
    return dict(read_yaml(CUSTOM))


@cache
def _months() -> dict[str, int]:
    return {key_of(str(name)): int(number) for number, names in custom()["months"].items() for name in names}


def parse(cell: str, dates: Sequence[Dates]) -> Found | None:
    """Read a day in one of some ways; None where the cell has none, or one outside of what a record can hold."""
    bare = _END.sub("", _CLOCK.sub("", cell.strip()))
    for way in dates:
        try:
            found = _in(bare, way)
        except (ValueError, OverflowError):
            continue
        if found and FIRST_DAY <= found.day <= LAST_DAY:
            return found
    return None


def _in(cell: str, way: Dates) -> Found | None:
    if way in EPOCH:
        serial = _SERIAL.fullmatch(cell)
        number = int(serial[1]) if serial else 0
        return Found(EPOCH[way] + timedelta(number)) if FIRST_NUMBER <= number <= LAST_NUMBER else None
    iso = _ISO.fullmatch(cell)
    if way is Dates.iso:
        return _day(iso[1], iso[2], iso[3]) if iso else None
    if way is Dates.year_first:
        found = None if iso else _YEAR_FIRST.fullmatch(cell)
        return _day(*(found.group(4, 5, 6) if found[4] else found.group(1, 2, 3))) if found else None
    return _from_day(cell, way)


def _from_day(cell: str, way: Dates) -> Found | None:
    """Day, month and year in either order, month and year, or the name of a month in any place."""
    three, month = _THREE.fullmatch(cell), _MONTH.fullmatch(cell)
    if three:
        day, number = (three[1], three[2]) if way is Dates.day_first else (three[2], three[1])
        return _day(_whole_year(three[3]), number, day)
    return _day(month[2], month[1], None) if month else _named(cell)


def _named(cell: str) -> Found | None:
    words = re.findall(r"[^\W\d_]+|\d+", re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", cell))
    names = [_months()[key_of(word)] for word in words if key_of(word) in _months()]
    numbers = [word for word in words if word.isdigit()]
    if len(names) != 1 or len(words) != 1 + len(numbers) or not 1 <= len(numbers) <= 2:
        return None
    return _day(_whole_year(numbers[-1]), str(names[0]), numbers[0] if len(numbers) == 2 else None)


def _whole_year(year: str) -> str:
    return year if len(year) > 2 else str(int(year) + (2000 if int(year) < PIVOT else 1900))


def _day(year: str, month: str, day: str | None) -> Found:
    return Found(date(int(year), int(month), int(day or 15)), month_only=day is None)


def ways_of(cells: Sequence[str]) -> Ways:
    """Find in which ways the cells of a column write days.

    Parameters
    ----------
    cells : sequence of str
        Those that hold something.

    Returns
    -------
    Ways
        As few ways as read all cells that can be read; of two that read as many, day first stands before month first and
        counting from 1900 before counting from 1904, and the doubt says so.
    """
    read = {way: frozenset(place for place, cell in enumerate(cells) if parse(cell, [way])) for way in Dates}
    chosen, doubts = [], []
    for one, other in ((Dates.iso, None), (Dates.year_first, None), (Dates.day_first, Dates.month_first),
                       (Dates.excel_1900, Dates.excel_1904)):
        if other and len(read[other]) > len(read[one]):
            one, other = other, one
        if read[one]:
            chosen.append(one)
            doubts += [_doubt(cells, one, other, read)] if other else []
    found = frozenset().union(*(read[way] for way in chosen)) if chosen else frozenset()
    return Ways(dates=tuple(chosen), doubt="; ".join(filter(None, doubts)), share=len(found) / len(cells) if cells else 0.0)


def _doubt(cells: Sequence[str], one: Dates, other: Dates, read: dict[Dates, frozenset[int]]) -> str:
    """Why one way was taken and not the other, where no cell decides or some speak against it."""
    differ = [cells[place] for place in sorted(read[one] & read[other])
              if parse(cells[place], [one]) != parse(cells[place], [other])]
    against = [cells[place] for place in sorted(read[other] - read[one])]
    years = [cells[place] for place in sorted(read[one]) if (parts := _THREE.fullmatch(cells[place])) and len(parts[3]) == 2]
    told = []
    if against:
        told.append(f"'{against[0]}' can only be {other}, other cells only {one}")
    elif differ and not read[one] - read[other]:
        days = [str(found.day) for way in (one, other) if (found := parse(differ[0], [way]))]
        told.append(f"no cell decides between {one} and {other}: '{differ[0]}' is {' or '.join(days)}")
    if years:
        told.append(f"years have two digits: '{years[0]}' was read as {getattr(parse(years[0], [one]), 'day', '')}")
    return "; ".join(told)
