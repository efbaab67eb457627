"""Checks of single cells: each one idea, each saying what it expected and what to do."""

import csv
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import NamedTuple

from forecast.contacts.table import SHOWN
from forecast.errors import nearest
from forecast.shipped import DATA


class Complaint(NamedTuple):
    """What a cell should have held, and what to do about it: a sentence, or how to find it where that takes time."""

    expected: str
    advice: str | Callable[[], str]

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return self.advice if isinstance(self.advice, str) else self.advice()


type Check = Callable[[str], Complaint | None]

FIRST_DAY, LAST_DAY = date(1700, 1, 1), date(2199, 12, 31)
"""Days that a record can hold; outside them a year is a slip, and tables of days cannot hold it."""
LONGEST_ADDRESS = 2048
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ADDRESS = re.compile(r"https?://([^\s/?#;,|<>\"]+)([/?#]\S*)?")
_SECOND = re.compile(r"[;,|](https?:|www\.)|[;,|]$")
_COUNTRY = re.compile(r"[A-Z]{2}")
_PLACE = re.compile(r"(?:\S.*, )?([A-Z]{2})")


def parse_day(cell: str) -> date | None:
    """Read an ISO day; None where the cell holds none."""
    try:
        found = date.fromisoformat(cell) if _ISO.fullmatch(cell) else None
    except ValueError:
        return None
    return found if found and FIRST_DAY <= found <= LAST_DAY else None


def latest_day() -> date:
    """The day that it is where it is latest on Earth: who codes there may code it, wherever the record is read."""
    return datetime.now(timezone(timedelta(hours=14))).date()


def country_of(cell: str) -> str | None:
    """Two-letter country of a place; None where the cell holds none."""
    found = _PLACE.fullmatch(cell)
    return found[1] if found else None


def text(cell: str) -> Complaint | None:
    """Something must stand here."""
    return None if cell.strip() else Complaint("some text", "Fill the cell in.")


def day(cell: str) -> Complaint | None:
    """A day of the calendar as YYYY-MM-DD."""
    if not _ISO.fullmatch(cell):
        return Complaint("a date as YYYY-MM-DD", "Write it as in 2018-01-16.")
    if parse_day(cell):
        return None
    return Complaint(f"a day of the calendar, {FIRST_DAY.year} to {LAST_DAY.year}", "Correct month or day.")


def place(cell: str) -> Complaint | None:
    """City and two-letter country; the country alone where the city is unknown."""
    country = country_of(cell)
    if country is None:
        return Complaint("City, ISO2", "Write it as in 'Berlin, DE'.")
    if country in countries() or country in PRIVATE:
        return None
    return Complaint("City, ISO2, with a country of ISO 3166-1", meant(country))


def country_or_other(cell: str) -> Complaint | None:
    """Country of an outlet where it is not known which dyad the page belongs to."""
    if _COUNTRY.fullmatch(cell) or cell == "other":
        return None
    return Complaint("a two-letter country code, or other", "Write it as in 'US'.")


def address(cell: str) -> Complaint | None:
    """One page address."""
    return None if _is_address(cell) else Complaint("a page address", "Give it in full, with https://.")


def addresses(cell: str) -> Complaint | None:
    """One page address or more, joined by single spaces."""
    if all(_is_address(part) for part in cell.split(" ")):
        return None
    return Complaint("page addresses joined by one space", "Give the address of each page that was read; no ';' between them."
                     if _SECOND.search(cell) else "Give the address of each page that was read.")


def _is_address(part: str) -> bool:
    found = _ADDRESS.fullmatch(part) if len(part) <= LONGEST_ADDRESS else None
    return found is not None and "." in found[1].strip(".") and not _SECOND.search(part)


def one_of(known: Iterable[str]) -> Check:
    """Build the check that a cell holds a known code."""
    allowed = tuple(known)
    expected = f"one of {', '.join(allowed)}"

    def code(cell: str) -> Complaint | None:
        return None if cell in allowed else Complaint(expected, lambda: nearest(cell[:SHOWN], allowed))

    return code


def set_of(known: Iterable[str]) -> Check:
    """Build the check that a cell holds different known codes joined by ``;``, or nothing."""
    allowed = tuple(known)

    def code_set(cell: str) -> Complaint | None:
        parts = cell.split(";") if cell else []
        unknown = next((part[:SHOWN] for part in parts if part not in allowed), None)
        if unknown is not None:
            return Complaint(f"known codes joined by ';', not '{unknown}'", lambda: nearest(unknown, allowed))
        repeated = [part for part in allowed if parts.count(part) > 1]
        if repeated:
            return Complaint("each code once", f"Remove the second '{repeated[0]}'.")
        return None

    return code_set


def optional(check: Check) -> Check:
    """Build the check that a cell is empty or passes another check."""
    return lambda cell: check(cell) if cell else None


def anything(cell: str) -> None:
    """No demand."""


# Two-letter codes of countries, as ISO 3166-1 assigns them.

FILE = DATA / "iso_3166.csv"
PRIVATE = frozenset(f"X{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""Codes that ISO 3166 leaves to users, as XK for Kosovo: a dyad may take one for a partner that has none."""
_MEANT = {"UK": "GB", "EL": "GR", "EN": "GB", "SU": "RU", "YU": "RS", "TP": "TL", "ZR": "CD", "BU": "MM", "DD": "DE"}
"""Codes in common use, or of former states, that ISO 3166-1 does not assign."""


@cache
def countries() -> dict[str, str]:
    """Code -> name of a country."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def meant(code: str) -> str:
    """Say which code was probably meant."""
    name = countries().get(_MEANT.get(code, ""))
    return f"Did you mean '{_MEANT[code]}' ({name})?" if name else "Use the code of ISO 3166-1, e.g. 'DE' for Germany."
