r"""How much better one forecaster is than another, and how sure that is.

Skill is :math:`S = 1 - \sum s / \sum b` over the same cells, with scores :math:`s` and those of the baseline :math:`b`. Cells of
one term share its surprises, so a term is one observation: its losses :math:`S_t, B_t` are sums over its cells, and :math:`D_t =
B_t - S_t` is what the forecaster saved. Two statements rest on them.

*Interval.* Skill is the ratio :math:`\bar D / \bar B`; by the delta method its error is that of the mean of :math:`r_t = (D_t -
S B_t) / \bar B`,

.. math:: S \pm t_{n-1,\, 0.975} \sqrt{\tfrac{1}{n (n - 1)} \sum_t r_t^2},

with as many degrees of freedom as there are terms, less one. It is no exact interval: of seven terms it holds 94 % where losses
are normal, 92 % where they are as skew as a gamma of shape 1.5, 88 % where they are lognormal with a log sd of 1. A bootstrap of
seven terms draws from seven values, as if they had the spread of the population and a normal tail: its intervals hold 95 % in
name, and 87, 85 and 86 % in fact.

*Sign-flip p*, which is exact. Where neither forecaster is better and the two are exchangeable, term by term, :math:`D_t` and
:math:`-D_t` are equally probable: p is the share of all :math:`2^n` signs with :math:`|\sum_t \pm D_t| \ge |\sum_t D_t|`. It
needs no normal distribution, and is never below :math:`2 / 2^n`: 0.016 with seven terms.

Countries are no second kind of cluster: the registers hold all of them, so that nothing is drawn there.

Evidence that may be looked at again and again
----------------------------------------------
Which of two forecasters is better, asked whenever an outcome comes in.

Evidence is an e-process: a capital that begins at 1 and does not grow in expectation where the null hypothesis holds. Whoever
looks after every outcome and stops when it is 20 or more is wrong with probability 0.05 at most (Ville's inequality). There are
two kinds here, and each has its own null.

*By scores.* With losses of the first and the second forecaster, let :math:`d_t` be how much less the first loses at time
:math:`t`. Null: the first is nowhere better in expectation, :math:`E[d_t \mid past] \le 0`, wherever the outcomes come from.
Forecasts are known before the outcome, and so is the most that the first can lose against the second, :math:`a_t = -\min_y
d_t(y)`: the exact worst case over all outcomes. Every stake :math:`0 \le \lambda_t < 1 / a_t` that is chosen before the outcome
keeps

.. math:: M_t = \prod_{u \le t} \left(1 + \lambda_u d_u\right)

positive, and in expectation no larger than before (Waudby-Smith and Ramdas 2024, doi 10.1093/jrsssb/qkad009; Henzi and Ziegel
2022, doi 10.1093/biomet/asab047; Choe and Ramdas 2023, doi 10.1287/opre.2021.0792). A bound on both sides, say the distance
between the forecasts, costs nearly all power: what the first can *win* may be as large as it likes. The stakes maximise the
expected growth :math:`E_1 \log (1 + \lambda d_t)` where the first forecast is true, by simulation from that forecast, at most
:data:`MOST` of :math:`1 / a_t`: they decide how fast evidence grows, not whether it is valid.

*By likelihoods.* Null: given the past, every count comes from the second forecast, the cells of a month independently. Then

.. math:: e_t = \prod_{u \le t} \frac{p_1(y_u)}{p_2(y_u)}

has expectation 1 (at most 1 where :math:`p_1` gives probability to what :math:`p_2` holds impossible). This null is narrower,
and more is needed to hold it than that the second is as good: a second forecast that has the right mean and the wrong spread is
refuted as well.

Forecasters who do not know the level of a term do not mean that null: their months share the level, and whoever says "20 or so,
the same in all months" is not refuted by 48 months of 24. For them :math:`e_t` is a statistic, and the level that it reaches once
in twenty is not 20. It is found from series that the forecaster himself gives, paths of a forecast or counts from a gamma rate
drawn once per series: with the largest evidence of each of :math:`n` series in order, the one at place :math:`\lceil 0.95 (n + 1)
\rceil` is exceeded by one more series of the kind, at any time within the horizon, with probability 0.05 at most
(:func:`alarm`), whatever their distribution.

*Several baselines.* A mean of e-values for one null is an e-value for it. By scores the null that none of the baselines is worse
than the forecast is the same for all, and the mean over baselines is evidence against it: the forecast is better than at least
one, with their number accounted for. By likelihoods each baseline is a null of its own, so that the mean would be no evidence
against any; the least of the ratios holds for each, :math:`\min_b p_1 / p_b`: whichever baseline is true, it deceives once in
twenty at most (beyond the highest of their levels, where months share a rate).

Members of a pool
-----------------
How they forecast past terms, and what the administrations' effects add to that.

For member :math:`v` and held-out term :math:`j`, :math:`s_{vj}` is the log predictive probability of the term's counts given
the terms before it. The pool at term :math:`j` is weighted by the terms before it alone,

.. math:: s_{pool,j} = \log \sum_v w_v(s_{\cdot,<j})\, e^{s_{vj}},

so that no weight has seen what it is judged by.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logsumexp, stdtrit

from forecast.errors import ForecastError
from forecast.evaluation.scores import REST, CountForecast

LEVEL = 0.95
SURE = 0.05
EXACT = 20
"""Terms up to which all signs are tried; of more, signs are drawn, as many numbers in all as two to this power."""


@dataclass(frozen=True, kw_only=True)
class Skill:
    """Skill with its 95 % interval and sign-flip p, on so many cells and terms.

    One term has no interval: ``low`` and ``high`` are NaN.
    """

    skill: float
    low: float
    high: float
    p: float
    cells: int
    terms: int


def skill(score: pd.Series, baseline: pd.Series, term: pd.Series) -> Skill:
    """Skill of a forecaster over another on the same cells.

    Parameters
    ----------
    score, baseline : (cell,) Series
        Losses with one index.
    term : (cell,) Series
        The clusters.

    Raises
    ------
    ForecastError
        Where the two were not scored on the same cells, or on none, or the baseline lost nothing.
    """
    if not len(score) or not score.index.equals(baseline.index) or score.isna().any() or baseline.isna().any():
        raise ForecastError("Two forecasters must be scored on the same cells, and on some, each with a number: "
                            f"{len(score)} and {len(baseline)} cells found.")
    lost, base = (part.groupby(term.to_numpy(), sort=True).sum().to_numpy(float) for part in (score, baseline))
    if not base.sum() > 0:
        raise ForecastError(f"There is no skill over a baseline that lost {base.sum():g} in all.")
    saved = base - lost
    found = float(saved.sum() / base.sum())
    half = t_half_width(saved - found * base) / base.mean()
    return Skill(skill=found, low=found - half, high=found + half, p=sign_flip(saved), cells=len(score), terms=len(base))


def t_half_width(residual: np.ndarray) -> float:
    """Half the width of the t interval of a mean, from what its observations depart from it; NaN of a single one."""
    many = len(residual)
    if many < 2:
        return float("nan")
    error = np.sqrt((residual**2).sum() / (many * (many - 1)))
    return float(stdtrit(many - 1, (1 + LEVEL) / 2) * error)


def sign_flip(difference: np.ndarray) -> float:
    """Two-sided p of paired differences: the share of all signs with a sum as far from zero as the one found."""
    difference = np.asarray(difference, float)
    found = abs(difference.sum()) - 1e-9 * np.abs(difference).sum()  # of equal sums rounding must lose none
    return float((np.abs(_sums(difference)) >= found).mean())


def _sums(difference: np.ndarray) -> np.ndarray:
    """Sums under all signs; of many observations under as many that are drawn, the found ones among them."""
    if len(difference) > EXACT:
        sign = np.random.default_rng(len(difference)).choice((-1.0, 1.0), (2**EXACT // len(difference), len(difference)))
        return np.append(sign @ difference, difference.sum())
    sums = np.zeros(1)
    for one in difference:
        sums = np.concatenate([sums - one, sums + one])
    return sums


def told_from_zero(row: pd.DataFrame | pd.Series) -> pd.Series | bool:
    """Whether a skill is told from zero: by its interval and by its sign-flip p alike."""
    return ((row["low"] > 0) | (row["high"] < 0)) & (row["p"] <= SURE)


def holm(p: np.ndarray) -> np.ndarray:
    """The p of several comparisons, corrected for their number (Holm 1979, jstor 4615733)."""
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(raised, 1.0)[np.argsort(order, kind="stable")]


# Which of two forecasters is better, asked again whenever an outcome comes in.

MOST = 0.9
"""Of the stake that could lose everything."""
GRID = np.linspace(0, 1, 19)[1:]
"""Shares of the largest stake that are tried."""
ENOUGH = 20.0


def gains(first: CountForecast, second: CountForecast) -> np.ndarray:
    """How much less the first loses than the second by CRPS, for every count up to the end of the grids, (cell, count).

    From the end of the longer grid on it is what it is there: both distributions are 1.
    """
    length = max(first.pmf.shape[1], second.pmf.shape[1])
    one, other = (forecast.widened(length).cdf for forecast in (first, second))
    below = np.cumsum(other**2 - one**2, axis=1)  # of counts k < y, where nothing has happened yet
    above = np.cumsum(((1 - other) ** 2 - (1 - one) ** 2)[:, ::-1], axis=1)[:, ::-1]
    return np.pad(below, [(0, 0), (1, 0)]) + np.pad(above, [(0, 0), (0, 1)])


def at(table: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Entries of a table (cell, count) at counts (..., cell); beyond its end, its last."""
    within = np.minimum(count, table.shape[1] - 1).reshape(-1, len(table))
    return np.take_along_axis(table, within.T, axis=1).T.reshape(count.shape)


def largest_loss(gain: np.ndarray) -> np.ndarray:
    """The most that the first forecaster can lose against the second, (cell,); never negative."""
    found: np.ndarray = np.maximum(-gain.min(axis=1), 0.0)
    return found


def by_scores(advantage: np.ndarray, worst: np.ndarray, stake: np.ndarray) -> np.ndarray:
    """Evidence after every outcome that the first forecaster is better, (..., time).

    Parameters
    ----------
    advantage : (..., time) array
        Losses of the second less those of the first.
    worst : (time,) array
        The most that the first could lose against the second, known before the outcome.
    stake : (time,) array
        Shares of 1 / `worst`, from 0 to below 1, chosen before the outcome.

    Raises
    ------
    ForecastError
        Where the first lost more than its worst case, or a stake could lose everything.
    """
    advantage, worst, stake = (np.asarray(part, float) for part in (advantage, worst, stake))
    if advantage.shape[-1:] != worst.shape or (advantage < -worst * (1 + 1e-9) - 1e-12).any():
        raise ForecastError("No forecaster may lose more than its worst case, which is known before the outcome.")
    if stake.shape != worst.shape or not ((stake >= 0) & (stake < 1)).all():
        raise ForecastError("Stakes must be shares of 1 / worst case from 0 to below 1, chosen before the outcome.")
    share = np.divide(advantage, worst, out=np.zeros_like(advantage), where=worst > 1e-12)
    return np.cumprod(1 + stake * np.maximum(share, -1), axis=-1)


def stakes(advantage: np.ndarray, worst: np.ndarray) -> np.ndarray:
    """Shares of 1 / `worst` that make evidence grow fastest where the first forecast is true, (time,).

    Parameters
    ----------
    advantage : (draw, time) array
        Under outcomes drawn from the first forecast; what really happened plays no part.
    """
    share = np.divide(advantage, worst, out=np.zeros_like(advantage), where=worst > 1e-12)
    growth = np.array([np.log1p(MOST * one * np.maximum(share, -1)).mean(axis=0) for one in GRID])
    return np.where(growth.max(axis=0) > 0, MOST * GRID[growth.argmax(axis=0)], 0.0)


def log_ratios(first: CountForecast, second: CountForecast) -> np.ndarray:
    """Log of the ratio of probabilities for every count up to the end of the grids, and of one beyond, (cell, count + 1).

    No count has less probability than its part of the heavy tail that log scores have; the first makes room for that tail, so
    that its probabilities never add up to more than one.
    """
    length = max(first.pmf.shape[1], second.pmf.shape[1]) + 1
    count = np.arange(length)
    tail = REST / ((count + 1.0) * (count + 2.0))
    one, other = (forecast.widened(length).pmf for forecast in (first, second))
    found: np.ndarray = np.log(np.maximum((1 - REST) * one, tail)) - np.log(np.maximum(other, tail))
    return found


def alarm(evidence: np.ndarray) -> float:
    """Level that evidence exceeds in one series of the null in twenty at most, at any time; never below 20.

    Parameters
    ----------
    evidence : (series, time) array
        Of series from the null. Nineteen are the fewest that know such a level; of fewer it is infinite.
    """
    largest = np.sort(evidence.max(axis=1))
    place = int(np.ceil((1 - 1 / ENOUGH) * (len(largest) + 1)))
    return max(ENOUGH, float(largest[place - 1])) if place <= len(largest) else float("inf")


def evidence_power(evidence: np.ndarray, level: float = ENOUGH) -> tuple[float, float]:
    """Share of series (path, time) whose evidence is ever convincing, and its Monte Carlo error.

    Parameters
    ----------
    level : float
        20, which evidence must reach, or a higher one from :func:`alarm`, which it must exceed.
    """
    largest = evidence.max(axis=1)
    reached = (largest >= ENOUGH if level == ENOUGH else largest > level).astype(float)
    return float(reached.mean()), float(reached.std() / np.sqrt(len(reached)))


# How the members of a pool forecast past terms, and what the administrations' effects add to that.

Weigh = Callable[[np.ndarray], np.ndarray]
"""From scores (form, term) to weights (form,)."""


def pool_scores(score: np.ndarray, weigh: Weigh) -> np.ndarray:
    """Score of the pool at every term, shape (term,); NaN where a member did not forecast the term.

    Parameters
    ----------
    score : (form, term) array
        Log predictive probabilities of the members, in order of time.
    """
    found = np.full(score.shape[1], np.nan)
    for term in np.flatnonzero(np.isfinite(score).all(axis=0)):
        found[term] = logsumexp(np.log(weigh(score[:, :term])) + score[:, term])
    return found


def paired_difference(first: np.ndarray, second: np.ndarray) -> pd.Series:
    """Sum over terms of the difference of two forecasters' scores, with its standard error from the spread over terms.

    Positive where the first forecasts better. With few terms read the error as that of a t with ``terms - 1`` degrees.
    """
    known = np.isfinite(first) & np.isfinite(second)
    difference = (first - second)[known]
    error = difference.std(ddof=1) * np.sqrt(len(difference)) if len(difference) > 1 else np.nan
    return pd.Series({"difference": difference.sum(), "error": error, "better_in": int((difference > 0).sum()),
                      "terms": len(difference)})
