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
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.stats

from forecast.errors import ForecastError

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
    half = interval(saved - found * base) / base.mean()
    return Skill(skill=found, low=found - half, high=found + half, p=sign_flip(saved), cells=len(score), terms=len(base))


def interval(residual: np.ndarray) -> float:
    """Half the width of the t interval of a mean, from what its observations depart from it; NaN of a single one."""
    many = len(residual)
    if many < 2:
        return float("nan")
    error = np.sqrt((residual**2).sum() / (many * (many - 1)))
    return float(scipy.stats.t.ppf((1 + LEVEL) / 2, many - 1) * error)


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


def beyond(row: pd.DataFrame | pd.Series) -> pd.Series | bool:
    """Whether a skill is told from zero: by its interval and by its sign-flip p alike."""
    return ((row["low"] > 0) | (row["high"] < 0)) & (row["p"] <= SURE)


def holm(p: np.ndarray) -> np.ndarray:
    """The p of several comparisons, corrected for their number (Holm 1979)."""
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(raised, 1.0)[np.argsort(order, kind="stable")]
