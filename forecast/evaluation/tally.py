r"""One distribution over any number of paths in bounded memory: tallies of blocks of paths add up.

A value :math:`x` falls into bin :math:`\mathrm{round}(x / s)` of a grid with step :math:`s`, and the tally keeps

.. math::

    h_{bn} = \#\{p : \mathrm{batch}(p) = b,\; \mathrm{round}(x_p / s) = n\}, \qquad t_b = \sum_{p \in b} x_p

with batches of posterior draws as in :mod:`forecast.evaluation.montecarlo`. Means and their errors are those of the values
themselves; quantiles are exact for whole numbers on a grid of step 1, and off by at most half a step otherwise. The order of
the blocks does not matter.
"""

from dataclasses import dataclass

import numpy as np

from forecast.evaluation.montecarlo import BATCHES, QUANTILE, REPORTED, spread, undefined


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many paths of each batch fall into each bin.

    Parameters
    ----------
    step : float
        Width of a bin.
    low : int
        Number of the first bin.
    paths : (batch, bin) array of int32
    total, greater : (batch,) arrays
        Sum of the values, and number of values above zero, zeros counting half.
    beyond : (2, batch) array
        Number of values above and below a region around zero, counted exactly and not on the grid; zero where there is none.
    """

    step: float
    low: int
    paths: np.ndarray
    total: np.ndarray
    greater: np.ndarray
    beyond: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, batch: np.ndarray, step: float = 1.0, region: float = np.inf) -> "Tally":
        """Tally one block; paths without a value (NaN) are left out. `region` is the half width of a region around zero."""
        values = np.asarray(values, float)
        known = ~np.isnan(values)
        values, batch = values[known], batch[known]
        place = np.rint(values / step).astype(np.int64)
        low = int(place.min(initial=0))
        length = int(place.max(initial=low)) - low + 1
        paths = np.bincount(batch * length + place - low, minlength=BATCHES * length).reshape(BATCHES, length).astype(np.int32)
        greater = (values > 0) + 0.5 * (values == 0)
        weights = (values, greater, values > region, values < -region)
        total, greater, *beyond = (np.bincount(batch, weight, minlength=BATCHES) for weight in weights)
        return cls(step=step, low=low, paths=paths, total=total, greater=greater, beyond=np.stack(beyond))

    def __add__(self, other: "Tally") -> "Tally":
        low = min(self.low, other.low)
        length = max(one.low + one.paths.shape[1] for one in (self, other)) - low
        return Tally(step=self.step, low=low, paths=self._over(low, length) + other._over(low, length),
                     total=self.total + other.total, greater=self.greater + other.greater, beyond=self.beyond + other.beyond)

    @property
    def count(self) -> int:
        """Paths with a value."""
        return int(self.paths.sum())

    @property
    def variance(self) -> float:
        """Variance of the values, to the grid."""
        paths, value = self.paths.sum(axis=0), self._values()
        mean = paths @ value / paths.sum()
        return float(paths @ (value - mean) ** 2 / paths.sum())

    def describe(self) -> dict[str, float]:
        """The numbers of :func:`forecast.evaluation.montecarlo.describe`."""
        if not self.count:
            return undefined()
        by_batch = self.paths[self.paths.any(axis=1)]
        names = [f"q{round(100 * level):02d}" for level in QUANTILE]
        quantile = dict(zip(names, self._quantiles(by_batch.sum(axis=0)), strict=True))
        each = np.array([self._quantiles(batch) for batch in by_batch]).reshape(-1, len(names))
        errors = {f"{name}_mcse": spread(each[:, i]) for i, name in enumerate(names) if name in REPORTED}
        mean, mcse = self._share(self.total)
        return {"mean": mean, "mcse": mcse, **quantile, **errors}

    def probability_greater(self) -> tuple[float, float]:
        """P(value > 0) + P(value = 0) / 2, and its Monte Carlo error."""
        return self._share(self.greater)

    def probability_by_region(self) -> list[tuple[float, float]]:
        """P(above the region), P(within it) and P(below it), each with its Monte Carlo error."""
        above, below = self.beyond
        return [self._share(weight) for weight in (above, self.paths.sum(axis=1) - above - below, below)]

    def probability(self, *, at_least: float = -np.inf, at_most: float = np.inf) -> tuple[float, float]:
        """Probability of a range, both ends included, and its Monte Carlo error."""
        value = self._values()
        return self._share(self.paths[:, (value >= at_least) & (value <= at_most)].sum(axis=1))

    def _share(self, weight: np.ndarray) -> tuple[float, float]:
        """Sum of a weight per path, and its error from batches."""
        size = self.paths.sum(axis=1)
        if not size.any():
            return float("nan"), float("nan")
        return float(weight.sum() / size.sum()), spread(weight[size > 0] / size[size > 0])

    def _values(self) -> np.ndarray:
        return (self.low + np.arange(self.paths.shape[1])) * self.step

    def _quantiles(self, paths: np.ndarray) -> np.ndarray:
        """Quantiles interpolated between order statistics, as for values held in memory."""
        upto = np.cumsum(paths)
        place = np.array(QUANTILE) * (upto[-1] - 1)
        order = np.stack([np.floor(place), np.ceil(place)])
        below, above = self._values()[np.searchsorted(upto, order, side="right")]
        return below + (place - order[0]) * (above - below)

    def _over(self, low: int, length: int) -> np.ndarray:
        before = self.low - low
        return np.pad(self.paths, [(0, 0), (before, length - before - self.paths.shape[1])])
