"""Quantities whose sensitivity matters: what the forecast and its contrast are made of."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from forecast.components.frequency.cells import contact_cells
from forecast.components.protocol import Component, ComponentData
from forecast.posterior.posterior import Posterior
from forecast.posterior.trust.parameters import rows, scalars

EFFECT = ("type_effect", "president_effect")


def quantities(component: Component, data: ComponentData, posterior: Posterior) -> dict[str, np.ndarray]:
    """Effects of types and presidents, top-level parameters, profiles for people, and rates, each (chain, draw)."""
    chains = posterior.chains
    effects = [name for name in chains.data_vars if str(name).endswith(EFFECT)]
    found = scalars(chains, posterior.coord, [*effects, *top_level(component, chains)])
    profile = _unstacked(component.profile(posterior.draws), chains.sizes["chain"])
    return found | scalars(profile, posterior.coord) | scalars(_rates(component, data, chains), posterior.coord)


def top_level(component: Component, chains: xr.Dataset) -> list[str]:
    """Parameters to which a prior file gives a distribution and that a likelihood touches."""
    return [name for name in component.needs if name in chains and "draw" in chains[name].dims and name not in component.assumed]


def _rates(component: Component, data: ComponentData, chains: xr.Dataset) -> xr.Dataset:
    """Expected contacts of each rank in the last whole year, where the component has rates."""
    if component.section != "frequency":
        return xr.Dataset()
    year = int(np.flatnonzero(data.array["exposure"].min(axis=0) > 0.99)[-1])
    array = dict(data.array)
    for name in ("term", "year_of_term", "covid", "decade"):
        array[name] = array[name][year:year + 1]
    array["exposure"] = np.ones((len(data.array["exposure"]), 1))
    mean, _ = contact_cells(component.form, array, rows(chains))
    by_rank = mean[..., 0].sum(axis=1)
    values = by_rank.reshape(chains.sizes["chain"], -1, by_rank.shape[-1])
    return xr.Dataset({"rate_last_year": (("chain", "draw", "rank"), values)})


def _unstacked(profile: xr.Dataset, chains: int) -> xr.Dataset:
    """Draws in which chains alternate back on two axes."""
    found: Mapping[str, tuple] = {
        str(name): (("chain", "draw", *values.dims[1:]),
                    np.swapaxes(values.to_numpy().reshape(-1, chains, *values.shape[1:]), 0, 1))
        for name, values in profile.transpose("draw", ...).data_vars.items()}
    return xr.Dataset(found)
