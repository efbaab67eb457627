r"""Ranks of what is forecast: the coming term, and how its outcomes differ.

With parameters :math:`\theta`, shocks :math:`\epsilon` of the coming term and the projection :math:`g_o(\theta, \epsilon)` under
outcome :math:`o`, data depend on :math:`\theta` alone, so that :math:`(\theta, \epsilon)` given the data is a posterior draw with
fresh shocks. The rank of the true :math:`g_o(\theta, \epsilon)` among :math:`g_o(\theta_l, \epsilon_l)` is uniform where that
of every function of parameters is, and so is that of the contrast :math:`g_1(\theta, \epsilon) - g_2(\theta, \epsilon)`, both
outcomes with the same shocks, as in the engine. A posterior can be right in every parameter and wrong in the sums of them that
a forecast is made of; these ranks see it. A component may let :math:`g` depend on the record as well, which shows what is
right on average over all records and wrong in each (Modrak et al. 2023, doi 10.1214/23-BA1404).

Truth and draws go through one projection, :meth:`~forecast.components.protocol.Projecting.project`, which is the engine's: a
fault in its formula cancels here. That it says what its docstring says is tested against a twin written a second time.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecast.components.projection import Future, Take
from forecast.components.protocol import Component, ComponentData

NEXT_TERM, CONTRAST = "next term: ", "contrast: "
SAME = 1e-9
"""Relative difference up to which quantities are the same but for rounding."""


@dataclass(frozen=True)
class Shocks:
    """Standard normals by name, the same under every outcome."""

    seed: tuple[int, ...]
    rows: int

    def __call__(self, name: str, *shape: int) -> np.ndarray:
        """Standard normals of shape (row, *shape)."""
        return np.random.default_rng([*self.seed, zlib.crc32(name.encode())]).standard_normal((self.rows, *shape))


def projected(component: Component, chains: xr.Dataset, rows: np.ndarray, data: ComponentData, futures: Sequence[Future],
              seed: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The coming term under the first outcome, and what it is more than under the second, by name, each (row,).

    Parameters
    ----------
    chains : xarray.Dataset
        Named parameters (chain, draw, ...), fixed ones as scalars.
    rows : (row,) array of int
        Which draws, counted over all chains one after the other.
    data : ComponentData
        The simulated record as the refit takes it.
    futures : sequence of Future
        The two outcomes.
    seed : tuple of int
        Of the shocks.
    """
    take, shocks = _take(chains, rows), Shocks(seed, len(rows))
    first, second = (component.next_term(component.project(take, data.coord, future, shocks), data) for future in futures)
    return ({f"{NEXT_TERM}{name}": values for name, values in first.items()}
            | {f"{CONTRAST}{name}": values - second[name] for name, values in first.items()})


def ranks_of(truth: Mapping[str, np.ndarray], draws: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Rank of each true value (1,) among draws (draw,); a contrast that is zero or a multiple of an earlier one has none."""
    found, kept = {}, []
    for name, values in draws.items():
        whole = np.concatenate([truth[name], values])
        if name.startswith(CONTRAST):
            if np.abs(whole).max() < SAME or any(_proportional(whole, other) for other in kept):
                continue
            kept.append(whole)
        found[name] = int((values < truth[name]).sum())
    return found


def _proportional(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether one is a multiple of the other, up to rounding."""
    at = np.abs(other).argmax()
    return bool(np.abs(one * other[at] - one[at] * other).max() <= SAME * abs(other[at]) * np.abs(one).max())


def _take(chains: xr.Dataset, rows: np.ndarray) -> Take:
    def take(name: str) -> np.ndarray:
        values = chains[name]
        if "draw" not in values.dims:
            return np.broadcast_to(values.to_numpy(), (len(rows), *values.shape))
        return values.to_numpy().reshape(-1, *values.shape[2:])[rows]

    return take
