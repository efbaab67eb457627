r"""A forecaster between smoothing and a hierarchical model: counts of a term regressed on what was known before it.

For series :math:`i` of group (channel) :math:`k` and a term of :math:`E` years,

.. math::

    n_{ik} &\sim \mathrm{NegBin}(E\, \lambda_{ik}, \phi_{ik}), \qquad \log \phi_{ik} = c_k + d_k \log (E \lambda_{ik}) \\
    \lambda_{ik} &= \beta_{1k} s_{ik} + \beta_{2k} f_{ik} + \beta_{3k} r_{ik}
        + \sum_{l \ne k} \beta_{lk} s_{il} \frac{\bar s_k}{\bar s_l} + \beta_{0k} \bar s_k, \qquad \beta \ge 0

with the slowly and quickly forgetting rates :math:`s, f` of the series, the rate :math:`r` of its region, its rates in the
other groups brought to this group's level, and the level :math:`\bar s` of all. An autoregression with the identity link (as in
the INGARCH models of Ferland, Latour and Oraichi 2006, doi 10.1111/j.1467-9892.2006.00496.x), fitted to all past terms of a panel
at once, with normal priors at :data:`PRIOR`, and past terms counting :data:`FORGET` of the one after them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from forecast.evaluation.baselines.history import TERM, History

DECAYS = (0.97, 0.85)
FORGET = 0.8
PRIOR = np.array([0.5, 0.3, 0.1, 0.03, 0.03, 0.04])
SPREAD = 0.1
"""Standard deviation of the normal priors of the coefficients."""
YEARS = 3.0
"""Years of the region's rate that are added to each series' own."""
ENOUGH = 20


@dataclass(frozen=True)
class Fit:
    """Coefficients of one group: ``beta`` (predictor,), ``size`` (2,): c and d."""

    beta: np.ndarray
    size: np.ndarray

    def predict(self, predictors: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and negative-binomial size of counts, each (series,)."""
        mean = np.maximum(predictors @ self.beta * years, 1e-9)
        return mean, np.exp(self.size[0] + self.size[1] * np.clip(np.log(mean), -6, 4))


def autoregression(past: History, region: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Means and sizes of the counts of the next `years`, each (group, series); None before a first term is over.

    Parameters
    ----------
    region : (series,) array
        Label of each series' region.
    """
    rows = [row for year in range(TERM, len(past.party), TERM) if (row := _row(past, region, year)) is not None]
    if not rows:
        return None
    predictors = np.concatenate([row[0] for row in rows], axis=1)
    count, seen, weight = (np.concatenate([row[part] for row in rows], axis=-1) for part in (1, 2, 3))
    now = _predictors(past, region)
    fits = [_fit(predictors[group], count[group], seen, weight) for group in range(len(count))]
    found = [fit.predict(now[group], years) for group, fit in enumerate(fits)]
    return tuple(np.stack([one[part] for one in found]) for part in (0, 1))


def _row(past: History, region: np.ndarray, year: int) -> tuple[np.ndarray, ...] | None:
    """Predictors (group, series, predictor), counts (group, series), years and weight (series,) of one past term."""
    seen = past.exposure[:, year:year + TERM].sum(axis=1)
    known = (past.exposure[:, :year].sum(axis=1) > 0.5) & (seen > 0.9 * seen.max())
    if known.sum() < ENOUGH:
        return None
    ago = (len(past.party) - year) / TERM
    before = _predictors(past.until(year), region)
    return (before[:, known], past.count[:, known, year:year + TERM].sum(axis=2), seen[known],
            np.full(known.sum(), FORGET**ago))


def _predictors(past: History, region: np.ndarray) -> np.ndarray:
    """What is known of every series, (group, series, predictor)."""
    (slow_count, slow_years), (fast_count, fast_years) = (_decayed(past, decay) for decay in DECAYS)
    level = slow_count.sum(axis=1) / slow_years.sum()
    of_region = np.zeros(slow_count.shape)
    for label in np.unique(region):
        there = region == label
        rate = (slow_count[:, there].sum(axis=1) + 10 * level) / (slow_years[there].sum() + 10)
        of_region[:, there] = rate[:, None]
    slow = (slow_count + YEARS * of_region) / (slow_years + YEARS)
    fast = (fast_count + YEARS * slow) / (fast_years + YEARS)
    relative = slow / np.maximum(level, 1e-9)[:, None]
    own = [np.stack([slow[k], fast[k], of_region[k], *(relative[other] * level[k] for other in range(len(level)) if other != k),
                     np.full(slow.shape[1], level[k])], axis=1) for k in range(len(level))]
    return np.stack(own)


def _decayed(past: History, decay: float) -> tuple[np.ndarray, np.ndarray]:
    weight = decay ** np.arange(len(past.party))[::-1]
    return (past.count * weight).sum(axis=2), (past.exposure * weight).sum(axis=1)


def _fit(predictors: np.ndarray, count: np.ndarray, years: np.ndarray, weight: np.ndarray) -> Fit:
    """Posterior mode of one group's coefficients; the positive ones are sought by their logarithms."""
    many = predictors.shape[1]
    start = np.concatenate([np.log(np.maximum(PRIOR, 0.02)), [0.0, 0.5]])
    found = minimize(_loss, start, args=(predictors, count, years, weight), jac=True, method="L-BFGS-B").x
    return Fit(np.exp(found[:many]), found[many:])


def _loss(at: np.ndarray, predictors: np.ndarray, count: np.ndarray, years: np.ndarray,
          weight: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus the log posterior, and its gradient."""
    many = predictors.shape[1]
    beta, (level, slope) = np.exp(at[:many]), at[many:]
    mean = np.maximum(predictors @ beta * years, 1e-9)
    log = np.clip(np.log(mean), -6, 4)
    size = np.exp(level + slope * log)
    both = size + mean
    fit = (gammaln(count + size) - gammaln(size) + size * np.log(size / both) + count * np.log(mean / both))
    by_mean = weight * (count / mean - (size + count) / both)
    by_log_size = weight * size * (digamma(count + size) - digamma(size) + np.log(size / both) + 1 - (size + count) / both)
    inner = (log > -6) & (log < 4)
    by_beta = (predictors.T @ ((by_mean + by_log_size * slope * inner / mean) * years)) * beta
    away = (beta - PRIOR) / SPREAD
    prior = 0.5 * (away**2).sum() + 0.5 * level**2 + 2 * (slope - 0.5) ** 2
    gradient = np.concatenate([-by_beta + away / SPREAD * beta, [level - by_log_size.sum()],
                               [4 * (slope - 0.5) - (by_log_size * log).sum()]])
    return float(prior - (weight * fit).sum()), gradient
