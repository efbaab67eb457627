"""What the file of a posterior holds, group by group, in the form that ArviZ reads.

``posterior`` has the parameters with axes (chain, draw, ...) and their labels, ``sample_stats`` what the sampler says of itself,
``observed_data`` and ``constant_data`` the arrays that the component saw, and ``log_likelihood`` the log likelihood of every
observation. Two groups are the program's own: ``fixed`` has the parameters that a prior file gives one value, and ``held_out``
the scores of past terms that were left out.

The log likelihood is that of ``DRAWS`` draws of every chain, evenly spaced, in single precision: the tail of the weights needs no
more, and all draws would double the file. Observations that no parameter touches (a meeting, where nothing but a meeting can
take place) are left out, because importance sampling has nothing to say of them. It is not stored for a discounted past: an
observation that counts by half cannot be left out by the weights that ArviZ would use.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Fitted
from forecast.posterior.posterior import STATS

DRAWS = 500
"""Draws per chain whose log likelihood is stored."""
KEPT = ("posterior", "sample_stats", "fixed", "held_out")
"""Groups that the program reads back."""
FLAGS = ("diverging", "reached_max_treedepth")
"""Statistics that are yes or no."""
TEXT = {
    "diverging": "whether the transition diverged", "energy": "energy of the transition, negative log joint density and momentum",
    "tree_depth": "depth of the trajectory's tree", "reached_max_treedepth": "whether the tree was cut at its largest depth",
    "n_steps": "leapfrog steps of the transition", "step_size": "step size of the integrator",
    "acceptance_rate": "mean acceptance statistic of the transition", "lp": "log joint density of the sampler's variables",
    "energy_error": "error of the energy at the end of the transition",
}
"""What the statistics are."""

Groups = dict[str, xr.Dataset]


def grouped(chains: xr.Dataset, coord: Mapping[str, tuple[str, ...]]) -> Groups:
    """Sort the variables of a posterior into groups and label their axes.

    Parameters
    ----------
    chains : Dataset
        Parameters and statistics (chain, draw, ...), fixed parameters as scalars, scores of terms (term,).
    coord : mapping of str to tuple of str
        Labels of axes.
    """
    parts: dict[str, dict[str, xr.DataArray]] = {name: {} for name in KEPT}
    for name, values in chains.data_vars.items():
        parts[_group_of(str(name), values)][str(name)] = values.reset_coords(drop=True).drop_vars(values.coords)
    for name in FLAGS:
        if name in parts["sample_stats"]:
            parts["sample_stats"][name] = parts["sample_stats"][name].astype(bool)
    for name, values in parts["sample_stats"].items():
        values.attrs = {"long_name": TEXT[name]}
    return {group: _labelled(xr.Dataset(found), coord) for group, found in parts.items() if found}


def flat(groups: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """The groups that are read back as one data set without labels, as the sampler gave it."""
    found = {str(name): values.variable for group in KEPT if group in groups for name, values in groups[group].data_vars.items()}
    return xr.Dataset(found | {name: found[name].astype(np.int8) for name in FLAGS if name in found})


def seen(component: Fitted, data: ComponentData) -> Groups:
    """What the component saw: the arrays that its likelihood explains, and all others, both with named axes."""
    found = {}
    for group, wanted in (("observed_data", True), ("constant_data", False)):
        arrays = {name: values for name, values in data.array.items() if (name in component.observed) == wanted}
        found[group] = _labelled(xr.Dataset({f"{name}_data" if name in data.coord else name: (component.axes[name], values)
                                             for name, values in arrays.items()}), data.coord)
    return found


def told(component: Fitted, data: ComponentData, priors: Mapping[str, Prior], chains: xr.Dataset) -> Groups:
    """Log likelihood of every observation that some parameter touches; nothing where the module says why."""
    if component.powers(data, priors):
        return {}
    count = chains.sizes["draw"]
    chosen = np.unique(np.linspace(0, count - 1, min(DRAWS, count)).astype(int))
    thin = chains.drop_vars(STATS, errors="ignore").isel(draw=chosen)
    arrays = {name: _of_quantity(name, values, chains.sizes["chain"])
              for name, values in component.pointwise(data, rows(thin)).items()}
    found = xr.Dataset({name: values for name, values in arrays.items() if values.size})
    return {"log_likelihood": found.assign_coords(chain=np.arange(chains.sizes["chain"]), draw=chosen)} if found else {}


def _of_quantity(name: str, values: np.ndarray, chains: int) -> xr.DataArray:
    """From (draw of all chains, observation) to (chain, draw, observation)."""
    moving = np.flatnonzero(np.ptp(values, axis=0) > 0)
    axis = f"{name}_observation"
    array = values[:, moving].reshape(chains, len(values) // chains, len(moving)).astype(np.float32)  # there may be none
    return xr.DataArray(array, dims=("chain", "draw", axis), coords={axis: moving}, attrs={
        "long_name": f"log likelihood of every observation of {name}",
        "left_out": f"{values.shape[1] - len(moving)} observations whose likelihood is the same in every draw",
        "left_out_log_likelihood": float(np.delete(values[0], moving).sum())})


def _group_of(name: str, values: xr.DataArray) -> str:
    if name in STATS:
        return "sample_stats"
    if "draw" in values.dims:
        return "posterior"
    return "held_out" if "term" in values.dims else "fixed"


def _labelled(found: xr.Dataset, coord: Mapping[str, tuple[str, ...]]) -> xr.Dataset:
    numbered = {axis: np.arange(found.sizes[axis]) for axis in ("chain", "draw") if axis in found.sizes}
    labels = {axis: list(coord[axis]) for axis in map(str, found.sizes)
              if axis in coord and len(coord[axis]) == found.sizes[axis]}
    return found.assign_coords(numbered | labels)


# Parameters of a posterior one by one, each with a name that says which label it belongs to.

def sampled(chains: xr.Dataset) -> list[str]:
    """Names of the variables that have draws, without statistics of the sampler."""
    return [str(name) for name in chains.data_vars if "draw" in chains[name].dims and name not in STATS]


def rows(chains: xr.Dataset) -> dict[str, np.ndarray]:
    """Draws of all chains in one row, chain after chain: each (draw, ...); fixed values as scalars."""
    fixed = {str(name): values.to_numpy() for name, values in chains.data_vars.items() if not values.dims}
    return {name: in_one_row(chains[name]) for name in sampled(chains)} | fixed


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
                found[_name(name, tuple(map(str, values.dims[2:])), index, array.shape[2:], coord)] = one
    return found


def in_one_row(values: xr.DataArray) -> np.ndarray:
    """Draws of a variable, chain after chain, (draw, ...); also of one without levels, such as a walk over one term."""
    array = values.transpose("chain", "draw", ...).to_numpy()
    return array.reshape(array.shape[0] * array.shape[1], *array.shape[2:])


def _name(name: str, dims: tuple[str, ...], index: tuple[int, ...], shape: tuple[int, ...],
          coord: Mapping[str, tuple[str, ...]]) -> str:
    labels = [coord[axis][at] if axis in coord and len(coord[axis]) == size else str(at)
              for axis, at, size in zip(dims, index, shape, strict=True)]
    return f"{name}[{', '.join(labels)}]" if labels else name
