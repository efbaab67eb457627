r"""A coming term of every state of the registers, from the pool that the backtest judges: years, outcomes apart, and its record.

*Pool.* With members :math:`m` (hierarchical model, autoregression, smoothing), their weights :math:`w_m` from earlier terms and
the count :math:`N` of a state's entries in one register over the term, under an outcome :math:`a` of the election,

.. math:: P_a(N = k) = \sum_m w_m \frac{1}{S_m} \sum_s \mathrm{NegBin}(k;\ \mu^a_{ms}, \phi_{ms}).

Only the hierarchical model knows who governs; what the others forecast is the same under every outcome. The pool therefore says
less of the difference between outcomes than the model does, by as much as the past has told against the model.

*Years.* A state's rate is taken to be constant through a term, so that a year has the share :math:`s = 1/4` of it. Given the
count of the term that of a year is then binomial,

.. math:: n_y \mid N \sim \mathrm{Binomial}(N, s),

which turns a negative binomial into one of mean :math:`\mu s` and the same size. The alternative, a profile over the years of a
term of all states in the whole terms before (those that the COVID-19 window touches left out, half an entry in every year
besides), :math:`s_{ky} = (\sum_j n_{jky} + \tfrac12) / (\sum_{jy} n_{jky} + 2)`, is scored beside it and lost: on the terms on
which forecasters were chosen its CRPS of years is one per cent larger.

*Outcomes apart.* The log rate ratio :math:`\log \mu^a_{ms} - \log \mu^b_{ms}` has the model's parameters and the shocks of the
term in common, and is zero in the other members. Two futures, one under each outcome, have the same member and draw of it in
common. Of ``separate`` ones the counts are independent given that; of ``paired`` ones they are the same quantiles of their
distributions, so that only what the outcome changes differs, and with equal sizes the one with the larger mean is never below
the other:

.. math::

    P(N_a = N_b) = \sum_k \left[\min(F_a(k), F_b(k)) - \max(F_a(k - 1), F_b(k - 1))\right]_+

All of this is computed, not simulated.

*Record.* How the pool forecast past terms is told for comparable cells: of the same register, from the first term that is
reported on, where the pool expected between half and twice as many entries as it does now of this state; of fewer than
:data:`FEW` such cells, the nearest ones on the log scale are taken. The best baseline is the one with the lowest mean loss on
these cells, known only afterwards.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from forecast.evaluation.backtest_origin import Origin
from forecast.evaluation.backtest_registers import PLACEBO, POOL, Cohort, Means, PastRegisterTerm
from forecast.evaluation.baselines import BASELINE, TERM
from forecast.evaluation.scores import COUNT_LOSS, CountForecast, crps, each_draw, linear_pool, mixture, reach
from forecast.evaluation.skill import skill
from forecast.evaluation.uniformity import calibrated
from forecast.panel.calendar import covid_window, days, overlap
from forecast.panel.registers import CHANNEL, RegisterYears

WHOLE = "term"
"""Window of the whole term; those of its years are called after the calendar years in which they begin."""
QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
RATIO = {"q05": 0.05, "median": 0.5, "q95": 0.95}
FEW = 100
"""Cells that make a record."""
EVEN = np.full((len(CHANNEL), TERM), 1 / TERM)
"""Shares of the years of a term in its rate, (channel, year of term)."""
PAIRINGS = ("separate", "paired")
JUDGED = (POOL, *BASELINE)
JUDGEMENT = ("loss_name", "loss", "baseline", "baseline_loss", "skill", "low", "high", "p", "cells", "terms", "held_80",
             "held_95")


# Years of a term.

def office_profile(past: RegisterYears) -> np.ndarray:
    """Shares of the years of a term in the entries of every register, shape (channel, year of term); rows add up to one."""
    window, total = covid_window(), np.zeros((len(CHANNEL), TERM))
    for first in range(0, len(past.start) - TERM + 1, TERM):
        span = (past.start[first], past.start[first].replace(year=past.start[first].year + TERM))
        if span[1] <= past.as_of and not days(overlap(span, window)):
            total += past.count[:, :, first:first + TERM].sum(axis=0)
    total += 0.5
    found: np.ndarray = total / total.sum(axis=1, keepdims=True)
    return found


def thinned_forecast(forecast: CountForecast, share: np.ndarray) -> CountForecast:
    """Forecast of a part of what is counted, each entry in it with a probability, (cell,)."""
    from scipy.stats import binom  # most of a second

    count, found = np.arange(forecast.pmf.shape[1]), np.empty_like(forecast.pmf)
    for one in np.unique(share):
        found[share == one] = forecast.pmf[share == one] @ binom.pmf(count, count[:, None], one)
    return CountForecast(found / found.sum(axis=1, keepdims=True))


def window_shares(shares: np.ndarray, first: int, states: int) -> dict[str, np.ndarray]:
    """Share of the term by window, (cell,): of the whole term one; cells in the order (channel, state)."""
    ones = {WHOLE: np.ones(len(shares) * states)}
    return ones | {str(first + year): np.repeat(shares[:, year], states) for year in range(shares.shape[1])}


# What is forecast of the coming term.

def forecast_cells(cells: pd.DataFrame, found: Mapping[str, Mapping[str, Means]], weight: np.ndarray,
                   share: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The pool's forecasts.

    Parameters
    ----------
    cells : DataFrame
        Labels, one row per cell.
    found : mapping of str to mapping of str to Means
        Outcome -> member -> what its forecast is a mixture of.
    weight : (member,) array
    share : mapping of str to (cell,) array
        Window -> part of the term.

    Returns
    -------
    DataFrame
        Labels, outcome, window, mean, quantiles, any (probability of at least one).
    """
    tables = []
    for outcome, members in found.items():
        whole = linear_pool([mixture(*one) for one in members.values()], weight)
        for window, part in share.items():
            one = whole if window == WHOLE else thinned_forecast(whole, part)
            numbers = {name: one.quantile(level) for name, level in QUANTILES.items()}
            tables.append(cells.assign(outcome=outcome, window=window, mean=one.mean, **numbers, any=1 - one.pmf[:, 0]))
    return pd.concat(tables, ignore_index=True)


def outcome_contrasts(cells: pd.DataFrame, found: Mapping[str, Mapping[str, Means]], weight: np.ndarray,
                      share: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """What differs between all pairs of outcomes.

    Returns
    -------
    DataFrame
        Labels, first, second, window, ``ratio_*`` (log rate ratio of the pool: mean and quantiles), ``model_*`` (that of the
        hierarchical model alone), ratio_greater (probability of a ratio above zero, half of that of zero added), and by pairing
        ``more_*``, ``equal_*``, ``fewer_*``: shares of futures in which the first outcome brings more entries than the second.
    """
    tables = []
    for first, second in combinations(found, 2):
        ratios = _ratios(found[first], found[second], weight)
        for window, part in share.items():
            shares = _futures(found[first], found[second], weight, part)
            tables.append(cells.assign(first=first, second=second, window=window, **ratios, **shares))
    return pd.concat(tables, ignore_index=True)


def _ratios(first: Mapping[str, Means], second: Mapping[str, Means], weight: np.ndarray) -> dict[str, np.ndarray]:
    apart = [np.log(one[0]) - np.log(other[0]) for one, other in zip(first.values(), second.values(), strict=True)]
    each = np.concatenate([np.full(len(one), part / len(one)) for one, part in zip(apart, weight, strict=True)])
    pooled = np.concatenate(apart)
    above = (each[:, None] * ((pooled > 0) + 0.5 * (pooled == 0))).sum(axis=0)
    return {"ratio_mean": (each[:, None] * pooled).sum(axis=0),
            **{f"ratio_{name}": weighted_quantile(pooled, each, level) for name, level in RATIO.items()},
            **{f"model_{name}": np.quantile(apart[0], level, axis=0) for name, level in RATIO.items()}, "ratio_greater": above}


def weighted_quantile(values: np.ndarray, weight: np.ndarray, level: float) -> np.ndarray:
    """Smallest value with at least `level` of the weight up to it: values (draw, cell), weights (draw,)."""
    order = np.argsort(values, axis=0, kind="stable")
    upto = np.cumsum(weight[order], axis=0)
    place = (upto < level - 1e-9).sum(axis=0).clip(max=len(values) - 1)
    found: np.ndarray = np.take_along_axis(np.take_along_axis(values, order, axis=0), place[None], axis=0)[0]
    return found


def _futures(first: Mapping[str, Means], second: Mapping[str, Means], weight: np.ndarray,
             part: np.ndarray) -> dict[str, np.ndarray]:
    """Shares of futures by pairing, (cell,)."""
    found = {f"{name}_{pairing}": np.zeros(len(part)) for pairing in PAIRINGS for name in ("more", "equal", "fewer")}
    for one, other, much in zip(first.values(), second.values(), weight, strict=True):
        means = one[0] * part, other[0] * part
        top = max(reach(means[0], one[1]), reach(means[1], other[1]))
        many = zip(each_draw(means[0], one[1], top), each_draw(means[1], other[1], top), means[0] > means[1], strict=True)
        for mine, others, larger in many:
            for name, value in _pair(mine, others, larger).items():
                found[name] += much / len(means[0]) * value
    return found


def _pair(first: np.ndarray, second: np.ndarray, larger: np.ndarray) -> dict[str, np.ndarray]:
    """Of one draw: probabilities (cell, count) under two outcomes, and whether the first has the larger mean, (cell,)."""
    upto, other = np.cumsum(first, axis=1), np.cumsum(second, axis=1)
    below = np.pad(other[:, :-1], [(0, 0), (1, 0)])
    same, more = (first * second).sum(axis=1), (first * below).sum(axis=1)
    lowest = np.maximum(np.pad(upto[:, :-1], [(0, 0), (1, 0)]), below)
    alike = np.minimum(1.0, np.maximum(0.0, np.minimum(upto, other) - lowest).sum(axis=1))
    return {"more_separate": more, "equal_separate": same, "fewer_separate": np.maximum(0.0, 1 - more - same),
            "more_paired": np.where(larger, 1 - alike, 0.0), "equal_paired": alike,
            "fewer_paired": np.where(larger, 0.0, 1 - alike)}


# How past terms were forecast.

class Years:
    """Hears of past terms, and scores the pool's forecasts of their years: evenly, and by the profile of the terms before."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def __call__(self, origin: Origin, given: PastRegisterTerm, found: Mapping[str, CountForecast]) -> None:
        """Score the years of one term."""
        shares = office_profile(given.past)
        for year in range(TERM):
            count = given.by_year[:, :, year].ravel()
            cell = np.repeat(np.arange(len(shares)), given.by_year.shape[1])
            one, other = thinned_forecast(found[POOL], EVEN[cell, year]), thinned_forecast(found[POOL], shares[cell, year])
            numbers = {"crps": crps(one, count), "crps_profile": crps(other, count), "held_80": calibrated(one, count, 0.8),
                       "held_95": calibrated(one, count, 0.95)}
            for at, channel in enumerate(CHANNEL.labels):
                means = {name: float(values[cell == at].mean()) for name, values in numbers.items()}
                self._rows.append({"term": origin.label, "channel": channel, "year": year + 1, "cells": int((cell == at).sum()),
                                   **means})

    @property
    def table(self) -> pd.DataFrame:
        """One row per term, register and year of the term: mean losses and coverage."""
        columns = ["term", "channel", "year", "cells", "crps", "crps_profile", "held_80", "held_95"]
        return pd.DataFrame(self._rows, columns=columns)


def record_of(scores: pd.DataFrame, since: str) -> pd.DataFrame:
    """Scores of the pool and the baselines, one row per cell of the terms from a year on.

    Returns
    -------
    DataFrame
        term, country, region, channel, count, expected (by the pool), held_80, held_95 (calibrated coverage of the pool), and a
        column per loss and forecaster, such as ``crps pool``.
    """
    key = ["term", "country", "region", "channel", "count"]
    scores = scores[(scores["term"] >= since) & scores["forecaster"].isin((*JUDGED, PLACEBO))]
    own = scores[scores["forecaster"] == POOL]
    table = own[[*key, "mean", "calibrated_80", "calibrated_95"]].set_axis([*key, "expected", "held_80", "held_95"], axis=1)
    for name in (*JUDGED, PLACEBO):
        part = scores[scores["forecaster"] == name]
        table = table.merge(part[[*key, *COUNT_LOSS]].rename(columns={loss: f"{loss} {name}" for loss in COUNT_LOSS}), on=key)
    return table.reset_index(drop=True)


def comparable(record: pd.DataFrame, channel: str, expected: float) -> pd.DataFrame:
    """Cells of past terms as large as one is expected to be now; see the module."""
    cells = record[record["channel"] == channel]
    distance = np.abs(np.log(np.maximum(cells["expected"], 1e-9)) - np.log(max(expected, 1e-9)))
    within = cells[distance <= np.log(2)]
    return within if len(within) >= FEW else cells.loc[distance.nsmallest(FEW).index]


def judge_pool(cells: pd.DataFrame) -> pd.DataFrame:
    """How the pool forecast some cells of a record, one row per loss; none where there are no cells.

    Returns
    -------
    DataFrame
        loss_name, loss (mean), baseline (the one that lost least on these cells), baseline_loss, skill with low, high (t interval
        over terms) and p (sign flips of terms), cells, terms, held_80, held_95 (calibrated coverage).
    """
    rows = [_judged(cells, loss) for loss in COUNT_LOSS] if len(cells) else []
    return pd.DataFrame(rows, columns=list(JUDGEMENT))


def _judged(cells: pd.DataFrame, loss: str) -> dict[str, Any]:
    best = min(BASELINE, key=lambda name: float(cells[f"{loss} {name}"].mean()))
    own, other = cells[f"{loss} {POOL}"], cells[f"{loss} {best}"]
    return {"loss_name": loss, "loss": own.mean(), "baseline": best, "baseline_loss": other.mean(),
            **vars(skill(own, other, cells["term"])), "held_80": cells["held_80"].mean(), "held_95": cells["held_95"].mean()}


def state_history(past: RegisterYears) -> pd.DataFrame:
    """Entries of every state and register by year of office: country, channel, term, year, count, years (observed)."""
    first = past.start[0].year
    rows = list(_history(past, first))
    return pd.DataFrame(rows, columns=["country", "channel", "term", "year", "count", "years"])


def _history(past: RegisterYears, first: int) -> Iterator[tuple[Any, ...]]:
    for at, country in enumerate(past.country["country"]):
        for number, channel in enumerate(CHANNEL.labels):
            for place, day in enumerate(past.start):
                if past.exposure[at, place] > 0:
                    begun = first + place // TERM * TERM
                    yield (country, channel, f"{begun}-{begun + TERM}", day.year, int(past.count[at, number, place]),
                           float(past.exposure[at, place]))


def terms(years: pd.DataFrame, by: Sequence[str] = ("country", "channel", "term")) -> pd.DataFrame:
    """Sums of a history over the years of a term."""
    return years.groupby(list(by), sort=False)[["count", "years"]].sum().reset_index()


def cell_labels(given: Cohort) -> pd.DataFrame:
    """Country, region and channel of all cells."""
    country = given.past.country[given.chosen]
    return pd.concat([country[["country", "region"]].assign(channel=channel) for channel in CHANNEL.labels], ignore_index=True)
