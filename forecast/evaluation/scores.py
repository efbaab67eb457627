r"""Proper scores of forecasts, and what they are compared by.

Forecast distributions of counts
--------------------------------
Probabilities on 0, 1, 2, ...

Mixtures of negative binomials: draw :math:`s` of the parameters gives cell :math:`c` the mean :math:`\mu_{sc}` and size
:math:`\phi_{sc}`,

.. math:: P(n_c = k) = \frac{1}{S} \sum_s \mathrm{NegBin}(k;\ \mu_{sc}, \phi_{sc}).

The grid ends where no cell has more than :data:`REST` left, or at :data:`LONGEST`; what is left is put on the last count.

Proper scores
-------------
All are losses, so that less is better.

CRPS of a count is the ranked probability score over all counts, :math:`\sum_k (F(k) - 1\{y \le k\})^2` (Czado, Gneiting and Held
2009, doi 10.1111/j.1541-0420.2009.01191.x), that of an ordinal the same over its codes; computed by scoringrules, which counts
categories from one. Conflicting or empty results are refused, not repaired.

The log score of a count needs its probability, and that of a great surprise is none that a forecast knows: grids of counts end
where less than :data:`REST` :math:`= 10^{-10}` is left, and where that is depends on the cells
that share a grid. What is left off is therefore spread over all counts by a heavy tail, and no count has less probability than
its part of it,

.. math:: \tilde p(y) = \max\left(p(y),\ \frac{10^{-10}}{(y + 1)(y + 2)}\right), \qquad
          \sum_{y \ge 0} \frac{1}{(y + 1)(y + 2)} = 1,

for every forecaster alike. A surprise costs at most :math:`23.03 + \log (y + 1)(y + 2)`, on a grid or beyond its end; scores
below that are those of the forecast itself, and nobody gains more than :math:`10^{-10}` by it in expectation, since the
probabilities add up to at most :math:`1 + 10^{-10}`.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from scipy.special import gammaln

from forecast.errors import ForecastError

# Forecast distributions of counts, as probabilities on 0, 1, 2, ...

REST, LONGEST = 1e-10, 3000
POISSON = 1e12
"""Size from which on a negative binomial is taken for a Poisson."""
TAIL = 18.0
"""Minus the log of what a tail may hold, about."""
CELLS_AT_A_TIME = 40_000_000
AROUND = 0.001
"""Share of a forecast from simulated counts that is spread around them."""


@dataclass(frozen=True)
class CountForecast:
    """Probabilities of counts.

    Parameters
    ----------
    pmf : (cell, count) array
        Rows sum to one.
    """

    pmf: np.ndarray

    def __post_init__(self) -> None:
        if self.pmf.ndim != 2 or not self.pmf.size:
            raise ForecastError(f"A forecast of counts must have the axes (cell, count) and some cells, not {self.pmf.shape}.")
        if not np.allclose(self.pmf.sum(axis=1), 1, atol=1e-6) or (self.pmf < 0).any():
            raise ForecastError("Probabilities of counts must not be negative, and must add up to one in every cell.")

    @property
    def cdf(self) -> np.ndarray:
        """P(n <= count), (cell, count)."""
        return np.minimum(np.cumsum(self.pmf, axis=1), 1.0)

    @property
    def mean(self) -> np.ndarray:
        """Expected counts, (cell,)."""
        return self.pmf @ np.arange(self.pmf.shape[1])

    def quantile(self, level: float) -> np.ndarray:
        """Smallest count with at least this probability up to it, (cell,)."""
        return (self.cdf < level - 1e-12).sum(axis=1)

    def widened(self, length: int) -> "CountForecast":
        """The same on a longer grid."""
        return CountForecast(np.pad(self.pmf, [(0, 0), (0, max(0, length - self.pmf.shape[1]))]))

    def cells(self, which: np.ndarray) -> "CountForecast":
        """Some of the cells."""
        return CountForecast(self.pmf[which])


def mixture(mean: np.ndarray, size: np.ndarray) -> CountForecast:
    """Forecast from means and sizes of draws, each (draw, cell)."""
    mean, size = np.broadcast_arrays(np.atleast_2d(mean), np.atleast_2d(size))
    if not (np.isfinite(mean).all() and (mean >= 0).all() and (size > 0).all()):
        raise ForecastError("Means of counts must be finite and not negative, sizes positive.")
    mean, size = np.maximum(mean, 1e-12), np.minimum(size, POISSON)
    top = reach(mean, size)
    step = max(1, CELLS_AT_A_TIME // (mean.shape[0] * top))
    parts = [_pmf(mean[:, at:at + step], size[:, at:at + step], top) for at in range(0, mean.shape[1], step)]
    return _closed(np.concatenate(parts))


def of_shares(share: np.ndarray) -> CountForecast:
    """Forecast from shares of simulated counts, (cell, count), and a thousandth of Poisson counts around each.

    That thousandth leaves no count impossible that no path happened to hit.
    """
    seen = np.flatnonzero(share.any(axis=0)) if share.shape[1] > LONGEST else np.arange(share.shape[1])
    around = mixture(np.maximum(seen, 0.5)[None], np.array([[POISSON]])).pmf
    return linear_pool([CountForecast(share), CountForecast(share[:, seen] @ around)], np.array([1 - AROUND, AROUND]))


def linear_pool(members: list[CountForecast], weight: np.ndarray) -> CountForecast:
    """Linear pool of forecasts of the same cells."""
    length = max(one.pmf.shape[1] for one in members)
    return CountForecast(sum(share * one.widened(length).pmf for one, share in zip(members, weight, strict=True)))


def reach(mean: np.ndarray, size: np.ndarray) -> int:
    """Counts that all but a ten-thousandth of the draws hardly exceed.

    The tail falls by the factor mean / (mean + size) from count to count, in the end, and like that of a Poisson before.
    """
    far = mean + 8 * np.sqrt(mean) + TAIL * (1 + mean / size)
    return int(min(LONGEST, np.quantile(far, 0.9999, axis=None) + 2))


def _pmf(mean: np.ndarray, size: np.ndarray, top: int) -> np.ndarray:
    """Mean over draws of the probabilities of 0 to top - 1, (cell, count).

    The rising factorial of the size is a sum of log(1 + m / size), which keeps all digits where sizes are large.
    """
    found = np.zeros((mean.shape[1], top))
    for one in each_draw(mean, size, top):
        found += one
    return found / len(mean)


def each_draw(mean: np.ndarray, size: np.ndarray, top: int) -> Iterator[np.ndarray]:
    """Probabilities of 0 to top - 1 draw by draw, each (cell, count); means and sizes (draw, cell)."""
    k = np.arange(top)
    factorial = gammaln(k + 1)
    for one, wide in zip(mean, size, strict=True):
        mu, phi = one[:, None], wide[:, None]
        rising = np.cumsum(np.log1p((k - 1.0).clip(0) / phi), axis=1)
        yield np.exp(rising - factorial + k * np.log(mu) - (k + phi) * np.log1p(mu / phi))


def _closed(pmf: np.ndarray) -> CountForecast:
    """Cut where nothing is left, and put the rest on the last count."""
    left = (1 - np.cumsum(pmf, axis=1)).max(axis=0)
    keep = int(np.argmax(left < REST)) + 1 if (left < REST).any() else pmf.shape[1]
    pmf = pmf[:, :keep]
    rest = np.maximum(0.0, 1 - pmf.sum(axis=1))
    pmf[:, -1] += rest
    return CountForecast(pmf / pmf.sum(axis=1, keepdims=True))


# Proper scores of single forecasts; all are losses, so that less is better.


@cache
def rules() -> Any:
    """The library scoringrules without its kernels for Numba; what others import of it stays whole.

    As it is imported it compiles all of them, for 4.5 s of processor time in each process that scores, and none is used by the
    scores asked for here.
    """
    with _LOADING:
        if known := sys.modules.get("scoringrules"):
            return known
        kernels = {f"scoringrules.{'.'.join(path.relative_to(folder).with_suffix('').parts)}"
                   for folder in map(Path, find_spec("scoringrules").submodule_search_locations)  # type: ignore[union-attr, arg-type]
                   for path in folder.rglob("_gufuncs*.py")}
        sys.modules.update(dict.fromkeys(kernels))  # type: ignore[arg-type]  # None: there is no such module
        try:
            import scoringrules
        finally:
            for name in [name for name in sys.modules if name.partition(".")[0] == "scoringrules"]:
                del sys.modules[name]
        return scoringrules


_LOADING = Lock()


def crps(forecast: CountForecast, count: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of counts, (cell,)."""
    count = _counts(forecast, count)
    found: np.ndarray = rules().rps_score(count + 1, forecast.widened(int(count.max()) + 1).pmf)
    return found


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
    found: np.ndarray = rules().rps_score(code + 1, share)
    return found


def brier(chance: np.ndarray, event: np.ndarray) -> np.ndarray:
    """Brier score of events: probabilities and whether they happened, of one shape."""
    chance, event = _some("probabilities", chance), _some("events", event).astype(float)
    if chance.shape != event.shape or not np.isin(event, (0.0, 1.0)).all() or (chance < 0).any() or (chance > 1).any():
        raise ForecastError("Probabilities must lie between 0 and 1 and have the shape of the events, which are 0 or 1.")
    found: np.ndarray = rules().brier_score(event, chance)
    return found


def energy_score(draws: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Energy score of vectors: draws (case, draw, axis), what happened (case, axis)."""
    draws, vector = _some("draws", draws), _some("vectors", vector)
    if draws.ndim != 3 or vector.shape != draws[:, 0].shape:
        raise ForecastError(f"Draws of vectors must have the axes (case, draw, axis); shapes {draws.shape} and {vector.shape}.")
    found: np.ndarray = rules().es_ensemble(vector, draws)
    return found


COUNT_LOSS: Mapping[str, Callable[[CountForecast, np.ndarray], np.ndarray]] = {"crps": crps, "log_score": log_score}
"""Losses of counts by the column that they fill; whatever scores counts fills all of these."""
LOSS: Mapping[str, str] = {"crps": "CRPS", "log_score": "log score", "brier": "Brier score",
                           "ranked_probability": "ranked probability score", "energy": "energy score"}
"""All losses, and how they are called in text."""


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
