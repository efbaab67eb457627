"""How often the condition of a question held in past terms, at the same distance from inauguration."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from forecast.evaluation.questions.match import count_between, holds
from forecast.evaluation.questions.resolve import span
from forecast.panel import Panel
from forecast.simulation.language import Question

COLUMNS = ("id", "president", "type", "first", "last", "count", "holds")


def past_windows(questions: Sequence[Question], panel: Panel, begins: date) -> pd.DataFrame:
    """The window of every question, moved to every past term that was observed all through it.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``COLUMNS``: one row per question and term.
    """
    rows = []
    for question in questions:
        first, last = span(question, begins)
        for term in panel.administration:
            years = term.start.year - begins.year
            moved = _moved(first, years), _moved(last, years)
            if _observed(panel, term.start, *moved):
                count = count_between(panel.contact, question, *moved)
                rows.append((question.id, term.president, term.type, *moved, count, bool(holds(count, question))))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _moved(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _observed(panel: Panel, start: date, first: date, last: date) -> bool:
    """Whether the term began within the record, and the window lies before its end."""
    return panel.administration[0].start < start <= first and last <= panel.as_of
