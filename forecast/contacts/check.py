"""Checks of single cells: each one idea, each saying what it expected and what to do."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from forecast.errors import nearest


class Complaint(NamedTuple):
    """What a cell should have held, and what to do about it."""

    expected: str
    remedy: str


type Check = Callable[[str], Complaint | None]

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")
_COUNTRY = re.compile(r"[A-Z]{2}")
_PLACE = re.compile(r"(?:\S.*, )?([A-Z]{2})")


def parse_day(cell: str) -> date | None:
    """Read an ISO day; None where the cell holds none."""
    try:
        return date.fromisoformat(cell) if _ISO.fullmatch(cell) else None
    except ValueError:
        return None


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
    return None if parse_day(cell) else Complaint("a day of the calendar", "Correct month or day.")


def place(cell: str) -> Complaint | None:
    """City and two-letter country; the country alone where the city is unknown."""
    return None if _PLACE.fullmatch(cell) else Complaint("City, ISO2", "Write it as in 'Astana, KZ'.")


def country_or_other(cell: str) -> Complaint | None:
    """Country of an outlet where it is not known which dyad the page belongs to."""
    if _COUNTRY.fullmatch(cell) or cell == "other":
        return None
    return Complaint("a two-letter country code, or other", "Write it as in 'US'.")


def address(cell: str) -> Complaint | None:
    """One page address."""
    return None if _ADDRESS.fullmatch(cell) else Complaint("a page address", "Give it in full, with https://.")


def addresses(cell: str) -> Complaint | None:
    """One page address or more, joined by single spaces."""
    if all(_ADDRESS.fullmatch(part) for part in cell.split(" ")):
        return None
    return Complaint("page addresses joined by one space", "Give the address of each page that was read.")


def one_of(known: Iterable[str]) -> Check:
    """Build the check that a cell holds a known code."""
    allowed = tuple(known)

    def code(cell: str) -> Complaint | None:
        if cell in allowed:
            return None
        return Complaint(f"one of {', '.join(allowed)}", nearest(cell, allowed))

    return code


def set_of(known: Iterable[str]) -> Check:
    """Build the check that a cell holds different known codes joined by ``;``, or nothing."""
    allowed = tuple(known)

    def code_set(cell: str) -> Complaint | None:
        parts = cell.split(";") if cell else []
        for part in parts:
            if part not in allowed:
                return Complaint(f"known codes joined by ';', not '{part}'", nearest(part, allowed))
        repeated = [part for part in dict.fromkeys(parts) if parts.count(part) > 1]
        if repeated:
            return Complaint("each code once", f"Remove the second '{repeated[0]}'.")
        return None

    return code_set


def optional(check: Check) -> Check:
    """Build the check that a cell is empty or passes another check."""
    return lambda cell: check(cell) if cell else None


def anything(cell: str) -> None:
    """No demand."""
