"""Time as the panel counts it: half-open spans of days, years from inauguration to inauguration."""

from datetime import date, timedelta

import numpy as np

DAYS_PER_YEAR = 365.25
"""Mean length of a year in days; exposure in years is days divided by this."""

type Span = tuple[date, date]
"""First day, and the day after the last."""


def through(start: date, last: date) -> Span:
    """Span from its first to its last day, both inside."""
    return start, last + timedelta(days=1)


def overlap(first: Span, second: Span) -> Span:
    """Days that two spans share; a span of no days where they share none."""
    start = max(first[0], second[0])
    return start, max(start, min(first[1], second[1]))


def days(span: Span) -> int:
    """Number of days in a span."""
    return (span[1] - span[0]).days


def administration_years(term: Span) -> tuple[Span, ...]:
    """Cut a term at each 20 January, so that no year straddles two administrations.

    A term that begins or ends on another day (a president who dies or resigns) gets a shorter year there.
    """
    cut = [date(year, 1, 20) for year in range(term[0].year, term[1].year + 1)]
    edge = [term[0], *(day for day in cut if term[0] < day < term[1]), term[1]]
    return tuple(zip(edge[:-1], edge[1:], strict=True))


def year_of_term(start: date) -> int:
    """Position 0..3 of an administration year within the four years between two elections."""
    inaugural_year = start.year if start >= date(start.year, 1, 20) else start.year - 1
    return (inaugural_year - 1) % 4


def decimal_year(day: date) -> float:
    """Date as a year with a fraction: 2 July 2023, noon, is about 2023.5."""
    first, following = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (day - first).days / (following - first).days


def midpoint(span: Span) -> float:
    """Middle of a span as a decimal year."""
    return (decimal_year(span[0]) + decimal_year(span[1])) / 2


def month_days(span: Span) -> np.ndarray:
    """Days of a span that fall into each calendar month, shape (month=12,)."""
    day = np.arange(np.datetime64(span[0]), np.datetime64(span[1]), dtype="datetime64[D]")
    return np.bincount(day.astype("datetime64[M]").astype(int) % 12, minlength=12)
