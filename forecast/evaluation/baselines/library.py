"""Exponential smoothing of every series as statsmodels does it, with negative binomial counts around its forecast.

The level and its smoothing weight are estimated series by series; the size of the counts comes from the errors of the
one-step forecasts of all series of a group, by moments: variance = mean + mean**2 / size. It is kept for longer windows, as
if the error of the level lasted through them: forecasts of many years ahead err by more than those of one, not by less.
Errors that are no larger than those of Poisson counts say nothing of a size, and would let the forecast know the level: its
size is therefore at most that of a level learned from all counts of the group.
"""

import warnings

import numpy as np

from forecast.evaluation.baselines.gamma import surest
from forecast.evaluation.baselines.history import TERM, History, Rate

LEAST = 0.02
"""Counts per year that a forecast is at least: smoothing may end at zero, and counts may not."""


def library(past: History) -> Rate:
    """Simple exponential smoothing of statsmodels."""
    level, fitted = np.empty(past.count.shape[:2]), np.full(past.count.shape, np.nan)
    for group, counts in enumerate(past.count):
        for series, count in enumerate(counts):
            seen = past.exposure[series] > 0.5
            level[group, series], fitted[group, series, seen] = _smooth(count[seen] / past.exposure[series][seen])
    level = np.maximum(level, LEAST)
    size = np.array([_size(*pair) for pair in zip(past.count, np.maximum(fitted, LEAST), strict=True)])
    shape = np.minimum(size, [surest(one) for one in past.count])[:, None]
    return Rate(np.broadcast_to(shape, level.shape), shape / level)


def _smooth(series: np.ndarray) -> tuple[float, np.ndarray]:
    """Next level, and the one-step forecasts of a series; its mean where there is too little or nothing to smooth."""
    if len(series) < 2 * TERM or not series.any():
        mean = float(series.mean()) if len(series) else 0.0
        return mean, np.full(len(series), mean)
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence: a flat likelihood leaves the start, which will do
        found = SimpleExpSmoothing(series, initialization_method="estimated").fit()
    return float(found.forecast(1)[0]), np.asarray(found.fittedvalues)


def _size(count: np.ndarray, fitted: np.ndarray) -> float:
    """Size of one year's negative binomial by moments."""
    known = ~np.isnan(fitted)
    excess = ((count - fitted) ** 2 - fitted)[known].sum()
    return float(np.clip((fitted[known] ** 2).sum() / max(excess, 1e-9), 0.05, 1e6))
