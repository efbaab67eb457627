"""A posterior as the rest of the chain sees it: draws in one row, labels, gates, identity."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecast.components.projection import Take
from forecast.posterior.gates import Gates

STATS = ("diverging", "energy", "tree_depth", "reached_max_treedepth", "n_steps", "step_size", "acceptance_rate", "lp",
         "energy_error")
"""Statistics of the sampler that are kept with the draws, each (chain, draw), by the names of ArviZ."""


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
        count = draws.sizes["draw"]
        return Taker({str(name): values.to_numpy() if "draw" in values.dims
                      else np.broadcast_to(values.to_numpy(), (count, *values.shape))
                      for name, values in draws.data_vars.items()}, count)


@dataclass(frozen=True)
class Taker:
    """Posterior values for paths: path ``p`` uses draw ``p`` modulo the number of draws."""

    array: Mapping[str, np.ndarray]
    draws: int

    def at(self, paths: slice) -> Take:
        """Values of the paths of a chunk, by variable name: shape (path, ...)."""
        row = np.arange(paths.start, paths.stop) % self.draws

        def take(name: str) -> np.ndarray:
            return self.array[name][row]

        return take
