r"""Proper scores of single forecasts; all are losses, so that less is better.

CRPS of a count is the ranked probability score over all counts, :math:`\sum_k (F(k) - 1\{y \le k\})^2` (Czado, Gneiting and Held
2009, doi 10.1111/j.1541-0420.2009.01191.x), that of an ordinal the same over its codes; computed by scoringrules, which counts
categories from one. Conflicting or empty results are refused, not repaired.

The log score of a count needs its probability, and that of a great surprise is none that a forecast knows: grids of counts end
where less than :data:`~forecast.evaluation.scores.counts.REST` :math:`= 10^{-10}` is left, and where that is depends on the cells
that share a grid. What is left off is therefore spread over all counts by a heavy tail, and no count has less probability than
its part of it,

.. math:: \tilde p(y) = \max\left(p(y),\ \frac{10^{-10}}{(y + 1)(y + 2)}\right), \qquad
          \sum_{y \ge 0} \frac{1}{(y + 1)(y + 2)} = 1,

for every forecaster alike. A surprise costs at most :math:`23.03 + \log (y + 1)(y + 2)`, on a grid or beyond its end; scores
below that are those of the forecast itself, and nobody gains more than :math:`10^{-10}` by it in expectation, since the
probabilities add up to at most :math:`1 + 10^{-10}`.
"""

import numpy as np
import scoringrules

from forecast.errors import ForecastError
from forecast.evaluation.scores.counts import REST, CountForecast


def crps(forecast: CountForecast, count: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of counts, (cell,)."""
    count = _counts(forecast, count)
    return scoringrules.rps_score(count + 1, forecast.widened(int(count.max()) + 1).pmf)


def log_score(forecast: CountForecast, count: np.ndarray) -> np.ndarray:
    """Minus the log probability of counts, (cell,); no count has less of it than its part of the rest."""
    count = _counts(forecast, count)
    length = forecast.pmf.shape[1]
    probability = np.where(count < length, forecast.pmf[np.arange(len(count)), np.minimum(count, length - 1)], 0.0)
    return -np.log(np.maximum(probability, REST / ((count + 1.0) * (count + 2.0))))


def ranked(share: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Ranked probability score of ordinal outcomes: shares (case, code), codes from 0 (case,)."""
    share, code = _some("shares", share), _some("codes", code).astype(int)
    if share.ndim != 2 or len(share) != len(code) or not np.allclose(share.sum(axis=1), 1, atol=1e-6):
        raise ForecastError(f"Shares must have the axes (case, code) and add up to one for each of {len(code)} cases.")
    if code.min() < 0 or code.max() >= share.shape[1]:
        raise ForecastError(f"Codes must lie between 0 and {share.shape[1] - 1}, not at {code.min()} or {code.max()}.")
    return scoringrules.rps_score(code + 1, share)


def brier(chance: np.ndarray, event: np.ndarray) -> np.ndarray:
    """Brier score of events: probabilities and whether they happened, of one shape."""
    chance, event = _some("probabilities", chance), _some("events", event).astype(float)
    if chance.shape != event.shape or not np.isin(event, (0.0, 1.0)).all() or (chance < 0).any() or (chance > 1).any():
        raise ForecastError("Probabilities must lie between 0 and 1 and have the shape of the events, which are 0 or 1.")
    return scoringrules.brier_score(event, chance)


def energy(draws: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Energy score of vectors: draws (case, draw, axis), what happened (case, axis)."""
    draws, vector = _some("draws", draws), _some("vectors", vector)
    if draws.ndim != 3 or vector.shape != draws[:, 0].shape:
        raise ForecastError(f"Draws of vectors must have the axes (case, draw, axis); shapes {draws.shape} and {vector.shape}.")
    return scoringrules.es_ensemble(vector, draws)


def _counts(forecast: CountForecast, count: np.ndarray) -> np.ndarray:
    count = _some("counts", count)
    if count.shape != forecast.pmf[:, 0].shape or (count < 0).any() or (count != np.floor(count)).any():
        raise ForecastError(f"Counts must be whole, not negative, and one for each of {len(forecast.pmf)} cells.")
    return count.astype(int)


def _some(what: str, values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, float)
    if not values.size or not np.isfinite(values).all():
        strange = int((~np.isfinite(values)).sum())
        raise ForecastError(f"No score without {what}: found {values.size} values, {strange} of them not finite.")
    return values
