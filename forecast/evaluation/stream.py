r"""Counts of any number of paths in bounded memory: blocks of paths become histograms, and histograms add up.

A block is simulated, counted and forgotten. The histogram of a quantity :math:`q` in batch :math:`b` is

.. math::

    h_{qbn} = \#\{p : \mathrm{batch}(p) = b,\; x_{qp} = n\}

with batches of posterior draws as in :mod:`forecast.evaluation.montecarlo`. Counts are whole numbers, so that means, quantiles
and probabilities from it are those of the paths, not approximations, and the order of the blocks does not matter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import xarray as xr

from forecast import dims
from forecast.contacts import codes
from forecast.evaluation.montecarlo import BATCHES
from forecast.simulation.engine import Parameters, simulate
from forecast.simulation.language import Scenario

BLOCK = 20_480
ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """How many paths have each count.

    Parameters
    ----------
    key : tuple of str
        ``all``, the ranks, then the questions.
    paths : (quantity, batch, count) array of int64
        Paths of each batch by their count over the horizon.
    """

    key: tuple[str, ...]
    paths: np.ndarray

    def __add__(self, other: "Histogram") -> "Histogram":
        length = max(self.paths.shape[-1], other.paths.shape[-1])
        return Histogram(key=self.key, paths=_longer(self.paths, length) + _longer(other.paths, length))

    def quantile(self, key: str, level: float) -> float:
        """Smallest count that at least this share of the paths does not exceed."""
        return float(_quantile(self._of(key).sum(axis=0), level))

    def quantile_error(self, key: str, level: float) -> float:
        """Monte Carlo error of a quantile, from batches."""
        return _error(np.array([_quantile(batch, level) for batch in self._of(key) if batch.any()]))

    def chance(self, key: str, at_least: int) -> tuple[float, float]:
        """Probability of at least so many, and its Monte Carlo error."""
        by_batch = self._of(key)
        total, above = by_batch.sum(axis=1), by_batch[:, at_least:].sum(axis=1)
        known = total > 0
        return float(above.sum() / total.sum()), _error(above[known] / total[known])

    def _of(self, key: str) -> np.ndarray:
        return self.paths[self.key.index(key)]


def stream(parameters: Parameters, scenario: Scenario, *, paths: int, seed: int, term_start: date, draws: int,
           threads: int | None = None, block: int = BLOCK) -> Iterator[Histogram]:
    """Histograms after each further block of paths; the last one holds all of them.

    Parameters
    ----------
    parameters, scenario, paths, seed, term_start, threads
        As in :func:`forecast.simulation.engine.simulate`.
    draws : int
        Draws after which paths repeat their parameters.
    block : int
        Paths held in memory at a time.

    Yields
    ------
    Histogram
        Of all paths so far.
    """
    found = None
    for first in range(0, paths, block):
        part = simulate(parameters, scenario, paths=min(block, paths - first), seed=seed, term_start=term_start, first=first,
                        threads=threads)
        counted = _count(part, draws)
        found = counted if found is None else found + counted
        yield found


def _count(part: xr.Dataset, draws: int) -> Histogram:
    """Histogram of one block."""
    rank = part["contact"].sum([dims.MONTH, dims.OUTCOME], dtype=np.int64).to_numpy()
    values = np.column_stack([rank.sum(axis=1), rank, part["match"].to_numpy()]).astype(np.int64)
    batches = min(BATCHES, draws)
    batch = (part[dims.PATH].to_numpy() % draws) * batches // draws
    length = int(values.max()) + 1
    paths = [np.bincount(batch * length + one, minlength=batches * length).reshape(batches, length) for one in values.T]
    key = (ALL, *codes.RANK.labels, *(str(one) for one in part[dims.QUESTION].to_numpy()))
    return Histogram(key=key, paths=np.stack(paths))


def _longer(paths: np.ndarray, length: int) -> np.ndarray:
    return np.pad(paths, [(0, 0), (0, 0), (0, length - paths.shape[-1])])


def _quantile(paths: np.ndarray, level: float) -> int:
    total = np.cumsum(paths)
    return int(np.searchsorted(total, level * total[-1]))


def _error(estimates: np.ndarray) -> float:
    return float(np.std(estimates, ddof=1) / np.sqrt(len(estimates))) if len(estimates) > 1 else float("nan")
