"""Draws from the prior of a component, in the form of a posterior and without a sampler."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from forecast.components.priors import Prior, assumed
from forecast.components.protocol import Component, ComponentData


def draw_prior(component: Component, data: ComponentData, priors: Mapping[str, Prior], rng: np.random.Generator,
               *, chains: int = 1, draws: int = 1) -> xr.Dataset:
    """Named parameters drawn from the priors.

    Parameters
    ----------
    data : ComponentData
        Its shape decides that of the parameters; its observations play no part.

    Returns
    -------
    xarray.Dataset
        As the sampler returns it, without its statistics: axes (chain, draw, ...), fixed priors as scalars.
    """
    named = component.unpack(draw_raw(component, data, priors, rng, chains=chains, draws=draws), data, priors)
    return named.assign(assumptions(component, priors, (chains, draws), rng))


def draw_raw(component: Component, data: ComponentData, priors: Mapping[str, Prior], rng: np.random.Generator,
             *, chains: int = 1, draws: int = 1) -> xr.Dataset:
    """The sampler's variables drawn from the priors, each (chain, draw, ...).

    Models are non-centred, so these are standard normals, half-normals and the logs of shares relative to the last.
    """
    raw = {}
    for variable in component.model(data, priors).free_RVs:
        shape = (chains, draws, *variable.type.shape)
        noise = rng.standard_normal(shape)
        if variable.name == "scale_unit":
            noise = np.abs(noise)
        elif variable.name.endswith("_raw"):
            log_share = np.log(rng.dirichlet(priors[variable.name.removesuffix("_raw")].concentration, shape[:-1]))
            noise = log_share[..., :-1] - log_share[..., -1:]
        dims = ("chain", "draw", *(f"{variable.name}_{axis}" for axis in range(len(shape) - 2)))
        raw[variable.name] = xr.DataArray(noise, dims=dims)
    return xr.Dataset(raw)


def assumptions(component: Component, priors: Mapping[str, Prior], shape: tuple[int, int],
                rng: np.random.Generator) -> dict[str, object]:
    """Fixed values, and draws (chain, draw) of the parameters that no likelihood touches."""
    fixed = {name: prior.value for name, prior in priors.items() if prior.distribution == "fixed"}
    return fixed | {name: (("chain", "draw"), assumed(priors[name], shape, rng)) for name in component.assumed}
