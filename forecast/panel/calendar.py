"""Time as the panel counts it: half-open spans of days, years from inauguration to inauguration."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

from forecast.contacts.table import strict_rows
from forecast.errors import ForecastError
from forecast.shipped import DATA

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


def turn_of_terms(terms: Iterable[Span]) -> date:
    """The day on which the last terms turn: from it years of terms are counted, four by four.

    The last day on which terms begin or end that comes twice by day, month and place among four years, since successors begin on
    others; where none comes twice, the last of all.

    >>> turn_of_terms([(date(1961, 1, 20), date(1963, 11, 22)), (date(1963, 11, 22), date(1965, 1, 20))])
    datetime.date(1965, 1, 20)
    """
    edges = sorted({day for term in terms for day in term})
    count = Counter((day.month, day.day, day.year % YEARS_OF_TERM) for day in edges)
    return next((day for day in reversed(edges) if count[day.month, day.day, day.year % YEARS_OF_TERM] > 1), edges[-1])


def administration_years(term: Span, turn: date) -> tuple[Span, ...]:
    """Cut a term at the day of each year on which terms turn, so that no year straddles two administrations.

    A term that begins or ends on another day (a president who dies or resigns) gets a shorter year there.

    Parameters
    ----------
    term : Span
        First day, and the day after the last.
    turn : date
        As of :func:`turn_of_terms`; no 29 February.
    """
    cut = [turn.replace(year=year) for year in range(term[0].year, term[1].year + 1)]
    edge = [term[0], *(day for day in cut if term[0] < day < term[1]), term[1]]
    return tuple(zip(edge[:-1], edge[1:], strict=True))


def year_of_term(start: date, turn: date) -> int:
    """Position 0..3 of an administration year within the four years between two elections, counted from a turn of terms."""
    inaugural_year = start.year if start >= turn.replace(year=start.year) else start.year - 1
    return (inaugural_year - turn.year) % YEARS_OF_TERM


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


# The COVID-19 window, as a share of each observed span.

WINDOW = "covid19_united_states_stringency_50_or_more"
"""Row of ``series/periods.csv``: first and last day with a US stringency index of 50 or more."""

_COLUMNS = ("category", "name", "party", "president", "type", "start", "end", "start_precision",
            "end_precision", "note", "source")


def covid_window() -> Span:
    """Days on which the pandemic closed the United States, from the shipped periods."""
    periods = {row["name"]: row for row in strict_rows(DATA / "series" / "periods.csv", _COLUMNS)}
    window = periods[WINDOW]
    return through(date.fromisoformat(window["start"]), date.fromisoformat(window["end"]))


def covid_share(span: Span, window: Span) -> float:
    """Share of the days of a span (at least one) that lie in the window, 0..1."""
    return days(overlap(span, window)) / days(span)


# How much of each month lies in which year of the term.

YEARS_OF_TERM = 4
ONE_MONTH = np.timedelta64(1, "M")


def last_of_month(day: date) -> date:
    """Last day of the month of a day."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def months_within(first: date, last: date, term_start: date) -> tuple[date, date]:
    """First and last day of the months of two days, without days before the term that begins in the first or after it ends.

    >>> months_within(date(2025, 1, 1), date(2025, 1, 1), date(2025, 1, 20))
    (datetime.date(2025, 1, 20), datetime.date(2025, 1, 31))
    >>> months_within(date(2028, 3, 1), date(2029, 1, 1), date(2025, 1, 20))
    (datetime.date(2028, 3, 1), datetime.date(2029, 1, 19))
    """
    start, end = first.replace(day=1), last_of_month(last)
    term_end = term_start.replace(year=term_start.year + YEARS_OF_TERM) - timedelta(days=1)
    return (max(start, term_start) if start <= term_start <= last_of_month(start) else start,
            min(end, term_end) if end.replace(day=1) <= term_end <= end else end)


def month_starts(start: date, end: date) -> np.ndarray:
    """First days of the months from start to end, both included: datetime64[D], shape (month,)."""
    first, last = np.datetime64(start, "M"), np.datetime64(end, "M")
    return np.arange(first, last + ONE_MONTH).astype("datetime64[D]")


def month_exposure(start: date, end: date, term_start: date) -> np.ndarray:
    """Years of exposure of each month within each year of the term.

    Years of the term begin on inauguration day, so that a January lies in two of them; days before the
    term or after it count nothing.

    Parameters
    ----------
    start, end : date
        Any day of the first and of the last month.
    term_start : date
        Inauguration day.

    Returns
    -------
    numpy.ndarray
        Years (days / 365.25), shape (month, year_of_term).

    Raises
    ------
    ForecastError
        Where a whole month lies outside the term.
    """
    month = month_starts(start, end)
    after = (month.astype("datetime64[M]") + ONE_MONTH).astype("datetime64[D]")
    border = np.array([term_start.replace(year=term_start.year + k) for k in range(YEARS_OF_TERM + 1)],
                      dtype="datetime64[D]")
    first = np.maximum(month[:, None], border[None, :-1])
    last = np.minimum(after[:, None], border[None, 1:])
    exposure = np.maximum((last - first).astype(float), 0.0) / DAYS_PER_YEAR
    if not exposure.sum(axis=1).all():
        outside = month[exposure.sum(axis=1) == 0][0]
        raise ForecastError(f"The horizon holds {str(outside)[:7]}, outside the term that begins "
                            f"{term_start}. Choose months between {border[0]} and {border[-1]}.")
    found: np.ndarray = exposure
    return found
