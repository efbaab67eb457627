"""A posterior as the rest of the chain sees it: draws in one row, labels, gates, identity."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecast.components.projection import Take
from forecast.posterior.gates import Gates

STATS = ("diverging", "energy")
"""Statistics of the sampler that are kept with the draws, each (chain, draw)."""


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Posterior of one component.

    Parameters
    ----------
    component : str
        Its name.
    key : str
        Identity (see :mod:`forecast.posterior.identity`).
    chains : xarray.Dataset
        Draws with axes (chain, draw, ...).
    coord : mapping of str to tuple of str
        Labels of the axes.
    gates : Gates
        Convergence diagnostics.
    reused : bool
        Whether it came from the cache.
    """

    component: str
    key: str
    chains: xr.Dataset
    coord: Mapping[str, tuple[str, ...]]
    gates: Gates
    reused: bool

    @property
    def draws(self) -> xr.Dataset:
        """All chains in one row, chains interleaved: axes (draw, ...), with labels."""
        dataset = self.chains.drop_vars([*STATS, "chain", "draw"], errors="ignore")
        stacked = dataset.stack(row=("draw", "chain"), create_index=False).rename_dims(row="draw")
        labels = {axis: list(self.coord[axis]) for axis in stacked.dims if axis in self.coord}
        return stacked.transpose("draw", ...).assign_coords(labels)

    def taker(self) -> "Taker":
        """Draws as plain arrays, ready to be indexed by path."""
        draws = self.draws
        return Taker({str(name): draws[name].to_numpy() for name in draws.data_vars}, draws.sizes["draw"])


@dataclass(frozen=True)
class Taker:
    """Posterior values for paths: path ``p`` uses draw ``p`` modulo the number of draws."""

    array: Mapping[str, np.ndarray]
    draws: int

    def at(self, paths: slice) -> Take:
        """Values of the paths of a chunk, by variable name: shape (path, ...)."""
        row = np.arange(paths.start, paths.stop) % self.draws

        def take(name: str) -> np.ndarray:
            values = self.array[name]
            return values[row] if values.ndim else np.full(len(row), float(values))

        return take
