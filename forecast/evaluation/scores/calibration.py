r"""Does what happens fall where forecasts say? Coverage, and the probability integral transform of counts.

A count falls somewhere between :math:`F(y - 1)` and :math:`F(y)`; the nonrandomised transform spreads it evenly in between
(Czado, Gneiting and Held 2009, doi 10.1111/j.1541-0420.2009.01191.x). Central intervals of counts cover more than they say,
because counts are coarse: a cell with P(0) = 0.95 is covered at every level. The *calibrated* coverage of level :math:`c`
therefore counts the part of that spread between :math:`(1 - c) / 2` and :math:`(1 + c) / 2`: it is :math:`c` on average for a
forecaster who is right.
"""

import numpy as np

from forecast.evaluation.scores.counts import CountForecast

LEVEL = (0.5, 0.8, 0.9, 0.95)
BINS = 10


LEAST = 1e-9
"""Probability of what happened below which its spread is taken for a point."""


def spread(forecast: CountForecast, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F(y - 1) and F(y) of every cell, each (cell,); at least ``LEAST`` apart."""
    count = np.asarray(count, int)
    cdf = forecast.widened(int(count.max()) + 1).cdf
    upper = cdf[np.arange(len(count)), count]
    lower = np.where(count > 0, cdf[np.arange(len(count)), np.maximum(count - 1, 0)], 0.0)
    return np.minimum(lower, 1 - LEAST), np.maximum(upper, np.minimum(lower, 1 - LEAST) + LEAST)


def calibrated(forecast: CountForecast, count: np.ndarray, level: float) -> np.ndarray:
    """Share of each cell's spread inside the central part, (cell,)."""
    lower, upper = spread(forecast, count)
    left, right = (1 - level) / 2, (1 + level) / 2
    return np.clip(np.minimum(upper, right) - np.maximum(lower, left), 0, None) / (upper - lower)


def inside(forecast: CountForecast, count: np.ndarray, level: float) -> np.ndarray:
    """Whether each count lies in the central interval of whole counts, (cell,)."""
    count = np.asarray(count, int)
    return (count >= forecast.quantile((1 - level) / 2)) & (count <= forecast.quantile((1 + level) / 2))


def pit(forecast: CountForecast, count: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Share of each cell's spread in each of some even bins, (cell, bin); means near 1 / bins are right."""
    lower, upper = spread(forecast, count)
    edge = np.linspace(0, 1, bins + 1)
    upto = np.clip((edge - lower[:, None]) / (upper - lower)[:, None], 0, 1)
    return np.diff(upto, axis=1)
