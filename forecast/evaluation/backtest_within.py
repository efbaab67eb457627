"""Past terms forecast again from days within them: does what happened so far help to forecast the rest?

The rest of a term, contacts after the as-of date by rank and in all, is forecast twice: as of the eve of the election, and as of
the day with all that is estimated again. Both are scored on what happened. As-of dates are ends of months, so that both speak of
the same days. Terms are few: differences are paired by term, with the t interval and the sign-flip p of
:mod:`forecast.evaluation.skill`.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.evaluation.backtest_origin import Origin, coverage_table, scored, skill_table
from forecast.evaluation.scores import COUNT_LOSS, POISSON, CountForecast, mixture
from forecast.panel import Panel

UPDATE, EVE = "update", "eve"
MONTHS = (12, 24, 36)
"""Whole months after that of the inauguration whose ends are as-of dates."""
BY_RANK, IN_ALL = "rest of the term by rank", "rest of the term"


def day_within(origin: Origin, months: int) -> date:
    """Last day of the month that is so many months after that of the inauguration."""
    start = origin.election.term_start
    year, month = divmod(start.year * 12 + start.month - 1 + months + 1, 12)
    return date(year, month + 1, 1) - timedelta(days=1)


def rest_of(origin: Origin, whole: Panel, after: date) -> np.ndarray:
    """Contacts of the term after a day, by rank, (rank,)."""
    day = whole.contact["date"].dt.date
    rows = whole.contact[(day > after) & (day < origin.election.term_end)]
    return np.bincount([codes.RANK.index(one) for one in rows["us_rank"]], minlength=len(codes.RANK.labels))


def within_scores(origin: Origin, months: int, expected: Mapping[str, np.ndarray], happened: np.ndarray) -> pd.DataFrame:
    """Scores of one term as of one day.

    Parameters
    ----------
    expected : mapping of str to (path, rank) array
        Forecaster -> what contacts of the rest are Poisson around.
    happened : (rank,) array of int
    """
    label = {"term": origin.label, "months": months}
    parts = ((BY_RANK, list(codes.RANK.labels), dict(expected), happened),
             (IN_ALL, ["all"], {name: one.sum(axis=1, keepdims=True) for name, one in expected.items()}, happened.sum()[None]))
    return pd.concat([scored(pd.DataFrame({"unit": units}).assign(measure=measure, **label), _forecasts(of), count)
                      for measure, units, of, count in parts], ignore_index=True)


def _forecasts(expected: Mapping[str, np.ndarray]) -> dict[str, CountForecast]:
    return {name: mixture(one, np.array([[POISSON]])) for name, one in expected.items()}


def within_tables(scores: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Skill of the update against the eve, and coverage of both, by measure and months; and over all months together."""
    skill, coverage = [], []
    for measure, part in scores.groupby("measure", sort=False):
        for name, rows in [*((str(one), part[part["months"] == one]) for one in sorted(part["months"].unique())), ("all", part)]:
            key = ["term", "months", "unit"]
            skill += [skill_table(rows, loss, (EVE,), measure=str(measure), key=key).assign(months=name) for loss in COUNT_LOSS]
            coverage.append(coverage_table(rows, ("measure", "forecaster")).assign(months=name))
    return pd.concat(skill, ignore_index=True), pd.concat(coverage, ignore_index=True)
