"""Forecasts of past terms as they could have been made on the eve of the election or within the term, and how they scored.

The rest of a term, contacts after the as-of date by rank and in all, is forecast twice: as of the eve of the election, and as of
the day with all that is estimated again. Both are scored on what happened. As-of dates are ends of months, so that both speak of
the same days. Terms are few: differences are paired by term, with the t interval and the sign-flip p of
:mod:`forecast.evaluation.skill`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.errors import ForecastError
from forecast.evaluation.scores import COUNT_LOSS, POISSON, CountForecast, mixture
from forecast.evaluation.skill import skill
from forecast.evaluation.uniformity import COVERAGE_LEVEL, calibrated, inside_interval, pit, spread
from forecast.panel import Panel
from forecast.panel.elections import Administration, Election
from forecast.panel.winners import governing, outcome_of

# The terms that are forecast again: the eve of the election, who won, and who did not.

LAST = 9999
"""A year after every election."""

@dataclass(frozen=True, kw_only=True)
class Origin:
    """One election as a forecaster of the term after it stood before it.

    Parameters
    ----------
    election : Election
        The record.
    happened, other : str
        The outcome that happened, and the one that did not: the placebo.
    """

    election: Election
    happened: str
    other: str

    @property
    def as_of(self) -> date:
        """Last day that a forecast may use."""
        return self.election.eve

    @property
    def label(self) -> str:
        """First and last year of the term, as in tables."""
        return f"{self.election.term_start.year}-{self.election.term_end.year}"


def origins(elections: Sequence[Election], administrations: Sequence[Administration], known_until: date, *,
            first: int = 0, last: int = LAST) -> tuple[Origin, ...]:
    """Elections whose term was over by a day, in order of time.

    Parameters
    ----------
    known_until : date
        Last day of the record.
    first, last : int
        Years of the first and last election.

    Raises
    ------
    ForecastError
        Where none of an election's outcomes is who governed then, or no election is left.
    """
    chosen = [one for one in sorted(elections, key=lambda one: one.date)
              if first <= one.date.year <= last and one.term_end <= _after(known_until)]
    if not chosen:
        span = " ".join([*([f"from {first} on"] if first > 0 else []), *([f"up to {last}"] if last < LAST else [])])
        raise ForecastError(f"No election {span}".rstrip() + f" is followed by a whole term before {known_until}.")
    return tuple(_origin(one, administrations) for one in chosen)


def _origin(election: Election, administrations: Sequence[Administration]) -> Origin:
    governs = governing(election, administrations)
    if governs is None:
        raise ForecastError(f"{election.file}, {election.id}: the table of terms has nobody who governed from "
                            f"{election.term_start}.")
    happened = outcome_of(election, governs)
    return Origin(election=election, happened=happened, other=next(name for name in election.outcomes if name != happened))


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


# Scores of count forecasts as rows of a table, one per cell and forecaster.

PIT = tuple(f"pit_{place}" for place in range(10))


def scored(cells: pd.DataFrame, forecasts: Mapping[str, CountForecast], count: np.ndarray) -> pd.DataFrame:
    """Score all forecasters on the same cells.

    Parameters
    ----------
    cells : (cell,) DataFrame
        Labels.
    forecasts : mapping of str to CountForecast
        By forecaster.
    count : (cell,) array of int
        What happened.

    Returns
    -------
    pandas.DataFrame
        Labels, forecaster, count, mean, quantiles, the losses of :data:`~forecast.evaluation.scores.COUNT_LOSS`, below and
        upto (F(y - 1) and F(y)), by level ``calibrated_*`` and ``inside_*``, and the even bins of the transform ``pit_*``.
    """
    return pd.concat([cells.assign(forecaster=name, **_columns(one, count)) for name, one in forecasts.items()],
                     ignore_index=True)


def _columns(forecast: CountForecast, count: np.ndarray) -> dict[str, np.ndarray]:
    below, upto = spread(forecast, count)
    found = {"count": count, "mean": forecast.mean, "q10": forecast.quantile(0.1), "q50": forecast.quantile(0.5),
             "q90": forecast.quantile(0.9), **{name: loss(forecast, count) for name, loss in COUNT_LOSS.items()},
             "below": below, "upto": upto}
    for level in COVERAGE_LEVEL:
        found[f"calibrated_{100 * level:.0f}"] = calibrated(forecast, count, level)
        found[f"inside_{100 * level:.0f}"] = inside_interval(forecast, count, level)
    return found | dict(zip(PIT, pit(forecast, count).T, strict=True))


# What a backtest says in one table: mean loss, skill against the best baseline with its interval and p, and coverage.

COVERAGE = tuple(f"calibrated_{100 * level:.0f}" for level in COVERAGE_LEVEL)
COLUMNS = ("measure", "loss_name", "forecaster", "loss", "baseline", "skill", "low", "high", "p", "cells", "terms")
"""``low`` and ``high``: t interval over terms, empty where there is one; ``p``: sign flips of terms."""


def skill_table(scores: pd.DataFrame, loss: str, baselines: Sequence[str], *, measure: str, key: Sequence[str]) -> pd.DataFrame:
    """Mean loss of every forecaster, and its skill against the baseline with the lowest mean loss on these cells.

    That baseline was not known beforehand to be the best one: it is the hardest choice, and the skill of other baselines
    against it is negative by construction. Intervals and p do not know of the choice: they are on the safe side for a forecaster
    who is better, and too narrow and too small for one who is worse.

    Parameters
    ----------
    scores : DataFrame
        One row per cell and forecaster.
    loss : str
        Column of the loss.
    key : sequence of str
        Columns that tell cells apart.

    Raises
    ------
    ForecastError
        Where forecasters were scored on different cells, or none on any.
    """
    if scores.empty:
        raise ForecastError(f"Nothing was scored for {measure}.")
    wide = scores.pivot(index=list(key), columns="forecaster", values=loss)
    if wide.isna().any(axis=None):
        missing = wide.columns[wide.isna().any()].tolist()
        raise ForecastError(f"{measure}: not every forecaster was scored on every cell ({', '.join(missing)}).")
    best = wide[list(baselines)].mean().idxmin()
    term = wide.index.to_frame(index=False).set_axis(wide.index)["term"]
    rows = []
    for name in wide.mean().sort_values().index:
        found = skill(wide[name], wide[best], term)
        rows.append((measure, loss, name, wide[name].mean(), best, found.skill, found.low, found.high, found.p, found.cells,
                     found.terms))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def coverage_table(scores: pd.DataFrame, by: Sequence[str] = ("forecaster",)) -> pd.DataFrame:
    """Mean calibrated coverage by forecaster, and that of whole-count intervals."""
    columns = [*COVERAGE, *(name.replace("calibrated", "inside") for name in COVERAGE)]
    return scores.groupby(list(by), sort=False)[columns].mean().reset_index()


# The rest of a term, forecast again from days within it: does what happened so far help?

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
