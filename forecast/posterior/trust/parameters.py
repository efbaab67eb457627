"""Parameters of a posterior one by one, each with a name that says which label it belongs to."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from forecast.posterior.posterior import STATS


def sampled(chains: xr.Dataset) -> list[str]:
    """Names of the variables that have draws, without statistics of the sampler."""
    return [str(name) for name in chains.data_vars if "draw" in chains[name].dims and name not in STATS]


def rows(chains: xr.Dataset) -> dict[str, np.ndarray]:
    """Draws of all chains in one row, chain after chain: each (draw, ...); fixed values as scalars."""
    fixed = {str(name): values.to_numpy() for name, values in chains.data_vars.items() if not values.dims}
    return {name: _row(chains[name]) for name in sampled(chains)} | fixed


def scalars(chains: xr.Dataset, coord: Mapping[str, tuple[str, ...]],
            names: list[str] | None = None) -> dict[str, np.ndarray]:
    """Every element of the named variables (all that were drawn where none is named), each (chain, draw).

    Elements that never change, such as the last level of a walk, are constants of the model and left out.
    """
    found = {}
    for name in sampled(chains) if names is None else names:
        values = chains[name].transpose("chain", "draw", ...)
        array = values.to_numpy()
        for index in np.ndindex(array.shape[2:]):
            one = array[:, :, *index]
            if np.ptp(one) > 0:
                found[_name(name, values.dims[2:], index, array.shape[2:], coord)] = one
    return found


def _row(values: xr.DataArray) -> np.ndarray:
    array = values.transpose("chain", "draw", ...).to_numpy()
    return array.reshape(-1, *array.shape[2:])


def _name(name: str, dims: tuple[str, ...], index: tuple[int, ...], shape: tuple[int, ...],
          coord: Mapping[str, tuple[str, ...]]) -> str:
    labels = [coord[axis][at] if axis in coord and len(coord[axis]) == size else str(at)
              for axis, at, size in zip(dims, index, shape, strict=True)]
    return f"{name}[{', '.join(labels)}]" if labels else name
