"""The COVID-19 window, as a share of each observed span."""

from datetime import date

from forecast.contacts.table import strict_rows
from forecast.panel.calendar import Span, days, overlap, through
from forecast.panel.shipped import DATA

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
