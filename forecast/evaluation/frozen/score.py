"""Scores of a frozen forecast by contacts coded later; only scenarios in which the election went as it did."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.contacts.dyad import load_dyad
from forecast.errors import Fault, InputError, nearest
from forecast.evaluation.backtest.cells import scored
from forecast.evaluation.frozen.evidence import evidence
from forecast.evaluation.frozen.fit import ALL
from forecast.evaluation.frozen.record import Frozen, FrozenScenario
from forecast.evaluation.questions.resolve import OPEN, YES, resolve
from forecast.evaluation.scores.counts import CountForecast, mixture, of_shares
from forecast.evaluation.scores.score import brier

DAYS_PER_YEAR = 365.25
SERIES = 400
"""Series of every baseline from which the level of its evidence is found."""
QUESTION = ("scenario", "id", "text", "probability", "answer", "contacts", "brier", "log_score")


@dataclass(frozen=True, kw_only=True)
class Scored:
    """``months.csv`` (counts by month and rank), ``questions.csv``, ``sequence.csv``, ``power.csv``; and the months over.

    The last two are from :func:`forecast.evaluation.frozen.evidence.evidence`.
    """

    months: pd.DataFrame
    questions: pd.DataFrame
    sequence: pd.DataFrame
    power: pd.DataFrame
    over: int


def score_frozen(frozen: Frozen, contact: pd.DataFrame, coded_until: date, outcome: str) -> Scored:
    """Score what is known by a day.

    Parameters
    ----------
    contact : DataFrame
        Columns of the codebook.
    coded_until : date
        Last day up to which contacts were coded; later months and open questions are not scored.
    outcome : str
        Who won.

    Raises
    ------
    InputError
        Where no scenario has this outcome, or no month is over.
    """
    scenarios = _happened(frozen, outcome)
    over = [month for month in frozen.month if _last(month) <= coded_until]
    if not over:
        raise InputError([Fault(source="contacts coded later", where="their last day", found=str(coded_until),
                                expected=f"the end of {frozen.month[0]}, the first month, or later",
                                remedy="Score the forecast when a month is over and coded.")])
    happened = observed(frozen, contact)
    cells, count = _cells(frozen, len(over)), np.concatenate([happened[key][:len(over)] for key in (ALL, *frozen.rank)])
    forecasts = {name: of_months(one, frozen.rank, len(frozen.month)) for name, one in scenarios.items()}
    baselines = {f"{name} (baseline)" if name in scenarios else name: _baseline(frozen, rate, len(frozen.month))
                 for name, rate in frozen.baseline[outcome].items()}  # a scenario may have the name of one
    first = np.tile(np.arange(len(frozen.month)) < len(over), 1 + len(frozen.rank))
    months = scored(cells, {name: one.cells(first) for name, one in (forecasts | baselines).items()}, count)
    by_rank = np.stack([happened[rank][:len(over)] for rank in frozen.rank], axis=1)
    series = {name: baseline_series(frozen, rate) for name, rate in frozen.baseline[outcome].items()}
    sequence, power = evidence(frozen, forecasts, baselines, by_rank, series)
    return Scored(months=months, over=len(over), questions=_questions(frozen, scenarios, contact, coded_until),
                  sequence=sequence, power=power)


def check_dyad(frozen: Frozen, later: Path) -> None:
    """Refuse a dyad folder of another dyad than the forecast's; a contacts.csv alone does not say whose contacts it has."""
    found = load_dyad(later).id if later.is_dir() else frozen.dyad
    if found != frozen.dyad:
        raise InputError([Fault(source=str(later / "dyad.yaml"), where="key id", found=found,
                                expected=f"{frozen.dyad}, the dyad of the forecast",
                                remedy="Give the later contacts of the dyad that was forecast.")])


def observed(frozen: Frozen, contact: pd.DataFrame) -> dict[str, np.ndarray]:
    """Contacts by month of the horizon, from inauguration day on; by rank and ``all``."""
    after = contact[contact["date"] >= pd.Timestamp(frozen.term_start)]
    place = pd.Index(frozen.month).get_indexer(after["date"].dt.strftime("%Y-%m"))
    found = {rank: np.bincount(place[(after["us_rank"] == rank).to_numpy() & (place >= 0)], minlength=len(frozen.month))
             for rank in frozen.rank}
    return {ALL: sum(found.values())} | found


def of_months(one: FrozenScenario, ranks: tuple[str, ...], months: int) -> CountForecast:
    """Forecast of the first months: all ranks together, then rank by rank; months within them."""
    cells = [histogram for key in (ALL, *ranks) for histogram in one.month[key][:months]]
    paths = np.zeros((len(cells), max(map(len, cells))))
    for place, histogram in enumerate(cells):
        paths[place, :len(histogram)] = histogram
    return of_shares(paths / paths.sum(axis=1, keepdims=True))


def _happened(frozen: Frozen, outcome: str) -> dict[str, FrozenScenario]:
    known = {name for one in frozen.scenario.values() for name in one.outcome}
    chosen = {name: one for name, one in frozen.scenario.items() if set(one.outcome) == {outcome} or len(one.outcome) > 1}
    if outcome not in known or not chosen:
        raise InputError([Fault(source="score", where="option --outcome", expected=f"one of {', '.join(sorted(known))}",
                                found=f"'{outcome}'", remedy=nearest(outcome, known))])
    return chosen


def _cells(frozen: Frozen, months: int) -> pd.DataFrame:
    keys = (ALL, *frozen.rank)
    return pd.DataFrame({"rank": np.repeat(keys, months), "month": np.tile(frozen.month[:months], len(keys))})


def _baseline(frozen: Frozen, of_key: Mapping[str, tuple[float, float]], months: int) -> CountForecast:
    rate = np.array([of_key[key] for key in (ALL, *frozen.rank)])
    mean = (rate[:, :1] / rate[:, 1:]) * _years(frozen)[:months]
    return mixture(mean.ravel(), np.repeat(rate[:, 0], months))


def baseline_series(frozen: Frozen, of_key: Mapping[str, tuple[float, float]], many: int = SERIES) -> np.ndarray:
    """Counts from a baseline over the whole horizon, (series, month, rank): each rank has one rate in all months of a series."""
    rng = np.random.default_rng(1)
    shape, years = np.array([of_key[rank] for rank in frozen.rank]).T
    rate = rng.gamma(shape, 1 / years, (many, len(shape)))
    return rng.poisson(rate[:, None, :] * _years(frozen)[:, None])


def _years(frozen: Frozen) -> np.ndarray:
    """Length of every month in years, from inauguration day on, (month,)."""
    days = [(_last(month) - max(_first(month), frozen.term_start)).days + 1 for month in frozen.month]
    return np.array(days) / DAYS_PER_YEAR


def _questions(frozen: Frozen, scenarios: dict[str, FrozenScenario], contact: pd.DataFrame, coded_until: date) -> pd.DataFrame:
    rows = []
    for question in frozen.questions:
        answer, count = resolve(question, contact, coded_until, frozen.term_start)
        for name, one in scenarios.items():
            if question.id not in one.question:
                continue
            chance, event = one.question[question.id].probability, float(answer == YES)
            known = answer != OPEN
            loss = float(brier(np.array([chance]), np.array([event]))[0]) if known else np.nan
            log = -np.log(max(chance if event else 1 - chance, 1e-12)) if known else np.nan
            rows.append((name, question.id, question.text, chance, answer, count, loss, log))
    return pd.DataFrame(rows, columns=list(QUESTION))


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _last(month: str) -> date:
    first = _first(month)
    return first.replace(day=monthrange(first.year, first.month)[1])
