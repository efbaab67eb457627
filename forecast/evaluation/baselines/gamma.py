r"""Gamma-Poisson forecasters: past years with weights, and a prior that the series of a group teach one another.

With weights :math:`w_t` of years, counts :math:`n_{it}` and exposures :math:`E_{it}` of series :math:`i`,

.. math::

    \lambda_i \mid n \sim \mathrm{Gamma}\!\left(a + \textstyle\sum_t w_t n_{it},\ b + \sum_t w_t E_{it}\right)

and :math:`(a, b)` maximise the negative binomial likelihood of the weighted counts over all series of a group (empirical Bayes;
Robbins 1956). Their counts over :math:`E` years are then negative binomial with size :math:`a + \sum w n`.

What a group cannot teach is not asked of it. The shape of a gamma distribution estimated from the true rates of :math:`K` series
is too large by the factor :math:`K / (K - 3)` on average, to first order: up to three series it has no expectation at all, and
one series alone has its maximum at an infinite shape, a distribution that knows the rate. Groups of fewer than :data:`ENOUGH`
series, and groups without a count, take the fixed prior :data:`WEAK` in its place. And whatever the estimate, nobody knows a
rate better than from all counts of the group at once, :math:`a \le \frac12 + \sum_{it} w_t n_{it}`.
"""

from hashlib import blake2b

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from forecast.evaluation.baselines.history import TERM, History, Rate

_SCORED: dict[tuple[bytes, tuple[int, ...], int, float], float] = {}
DECAY = (0.8, 0.85, 0.9, 0.93, 0.96, 0.98)
"""What a year counts beside the one after it: the candidates of the smoothed forecaster."""
WEAK = (0.5, 0.05)
"""Shape and years of the fixed prior: half a count, as Jeffreys' prior of a Poisson rate has, in so few years (18 days) that the
scale of the counts does not matter; not in none, so that a series that was never seen has a distribution, too."""
ENOUGH = 4
"""Series that can teach the shape of their prior."""
WITHIN = (np.array([-3.0, -12.0]), np.array([12.0, 12.0]))
"""Logs of the smallest and largest shape and mean of a prior; below, one series would have all counts of its group."""


def all_history(past: History) -> Rate:
    """Every year counts alike."""
    return weighted(past, np.ones(len(past.party)))


def last_four_years(past: History) -> Rate:
    """The last four years, whoever governed."""
    return weighted(past, (np.arange(len(past.party)) >= len(past.party) - TERM).astype(float))


def last_term(past: History) -> Rate:
    """The counts of the last four years, each series by itself, half a count added where there was none."""
    count, years = past.count[:, :, -TERM:].sum(axis=2), past.exposure[:, -TERM:].sum(axis=1)
    shape = np.maximum(count, 0.5).astype(float)
    return Rate(shape, np.broadcast_to(np.maximum(years, 0.25), shape.shape))


def same_party(past: History) -> Rate:
    """Years under administrations of the coming type; all years where there were none."""
    alike = past.party == past.coming
    return weighted(past, alike.astype(float)) if alike.any() else all_history(past)


def smoothed(past: History) -> Rate:
    """Exponentially weighted years; the decay is the one that forecast past terms best, by log score."""
    return decayed(past, best_decay(past))


def decayed(past: History, decay: float) -> Rate:
    """Exponentially weighted years."""
    return weighted(past, decay ** np.arange(len(past.party))[::-1])


def best_decay(past: History) -> float:
    """The candidate with the best log score of all past terms from the years before each, all groups together."""
    origins = range(TERM, len(past.party), TERM)
    return max(DECAY, key=lambda decay: sum(_fit_to_come(past, year, decay) for year in origins)) if len(origins) else DECAY[3]


def _fit_to_come(past: History, year: int, decay: float) -> float:
    """Log score of one term; the same term of the same history is asked for again and again, and scored once."""
    seen = past.until(year + TERM)
    key = (blake2b(seen.count.tobytes() + seen.exposure.tobytes()).digest(), seen.count.shape, year, decay)
    if key not in _SCORED:
        _SCORED[key] = _log_score(past, year, decay)
    return _SCORED[key]


def _log_score(past: History, year: int, decay: float) -> float:
    rate = decayed(past.until(year), decay)
    count = past.count[:, :, year:year + TERM].sum(axis=2)
    seen = past.exposure[:, year:year + TERM].sum(axis=1)
    known = (past.exposure[:, :year].sum(axis=1) > 0) & (seen > 0)
    return float(log_probability(count, rate.shape, rate.years / np.maximum(seen, 1e-9))[:, known].sum())


def weighted(past: History, weight: np.ndarray) -> Rate:
    """Posterior of the rates from years with given weights, (year,)."""
    count, years = (past.count * weight).sum(axis=2), (past.exposure * weight).sum(axis=1)
    prior = [empirical_prior(one[years > 0], years[years > 0]) for one in count]
    shape, scale = (np.array([one[part] for one in prior])[:, None] for part in (0, 1))
    return Rate(shape + count, scale + years)


def empirical_prior(count: np.ndarray, years: np.ndarray) -> tuple[float, float]:
    """Shape and years of the gamma prior that makes the counts of like series most probable; ``WEAK`` where few or none can."""
    if len(count) < ENOUGH or not count.any():
        return WEAK

    def loss(log: np.ndarray) -> float:
        shape, mean = np.exp(np.clip(log, *WITHIN))
        return -float(log_probability(count, shape, shape / (mean * years)).sum())

    start = np.log([1.0, (count.sum() + 0.5) / (years.sum() + 1)])
    shape, mean = np.exp(np.clip(minimize(loss, start, method="Nelder-Mead").x, *WITHIN))
    shape = min(shape, surest(count))
    return float(shape), float(shape / mean)


def surest(count: np.ndarray) -> float:
    """The largest shape that counts of a group justify: that of a rate which all of them share."""
    return 0.5 + float(count.sum())


def log_probability(count: np.ndarray, shape: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """Negative binomial with size `shape` and mean `shape / odds`; counts may be weighted sums."""
    shape = np.minimum(shape, 1e9)
    return (gammaln(count + shape) - gammaln(shape) - gammaln(count + 1) + shape * (np.log(odds) - np.log1p(odds))
            - count * np.log1p(odds))
