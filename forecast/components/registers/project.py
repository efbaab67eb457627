r"""From the posterior of the registers to the rates of a coming term, country by country and channel by channel.

The walk goes on by one step around what type and president explain, the levels of regions by one step of their AR(1),

.. math::

    G_{J+1,k} = m_{J+1,k} + (G_{Jk} - m_{Jk}) + \lambda \epsilon_k, \qquad
    q_{g,J+1} = \rho\, \tilde q_{gJ} + \omega \sqrt{1 - \rho^2}\, \epsilon_g

with time between terms of four years; a returning president keeps his effect and a new one draws his own. COVID-19 is over.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from forecast.components.protocol import ComponentData, Future, position
from forecast.components.registers.model import BESIDES, CHANNELS, OF_COUNTRY, means_of_regions

Values = Mapping[str, np.ndarray]


def project(named: Values, data: ComponentData, future: Future, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rates of the next term.

    Parameters
    ----------
    named : mapping
        Draws of the named parameters, each (draw, ...).
    data : ComponentData
        What they were fitted to.
    future : Future
        Who governs; the midpoints are not used.
    rng : numpy.random.Generator
        Of the shocks of the term.

    Returns
    -------
    log_rate : (draw, country, channel) array
        Log entries per year.
    size : (draw, channel) array
        Of the negative binomial of a period.
    """
    region = data.array["region_of_country"]
    rate = country_effects(named, data) + _levels(named, data, future, rng)[:, None]
    rate = rate + _regions(named, data, rng)[:, region, None]
    rate = rate + named["region_type"][:, region, data.coord["type"].index(future.type), None]
    size = np.stack([named[f"overdispersion_{name}"] for name in ("president", "secretary", "visit")], axis=1) ** -2
    return rate, size


def country_effects(named: Values, data: ComponentData) -> np.ndarray:
    """Level of every country and channel without the weighted mean that the levels of terms carry, (draw, country, channel)."""
    own = np.stack([named["country_level"], named["country_visit"]], axis=1)
    besides = named["region_channel"][:, :, data.array["region_of_country"]]
    effect = np.einsum("ki,sic->sck", OF_COUNTRY, own) + np.einsum("kj,sjc->sck", BESIDES, besides)
    found: np.ndarray = effect - (data.array["country_weight"] * effect).sum(axis=1, keepdims=True)
    return found


def _levels(named: Values, data: ComponentData, future: Future, rng: np.random.Generator) -> np.ndarray:
    """Level of the coming term in every channel, (draw, channel)."""
    array, draws = data.array, len(named["walk_scale"])
    last = (named["type_effect"][:, array["type_of_term"][-1]] + named["president_effect"][:, array["president_of_term"][-1]])
    known = position(data.coord, "president", future.president)
    fresh = named["president_scale"][:, None] * rng.standard_normal((draws, CHANNELS))
    person = fresh if known is None else named["president_effect"][:, known]
    kind = named["type_effect"][:, data.coord["type"].index(future.type)]
    step = named["walk_scale"][:, None] * rng.standard_normal((draws, CHANNELS))
    found: np.ndarray = kind + person + named["term_level"][:, -1] - last + step
    return found


def _regions(named: Values, data: ComponentData, rng: np.random.Generator) -> np.ndarray:
    """Deviation of every region in the coming term, (draw, region)."""
    flat = named["region_term"].reshape(len(named["walk_scale"]), -1)
    _, rest = means_of_regions(data.array["region_weight"])
    terms = len(data.coord["term"])
    now = (flat @ rest.T).reshape(len(flat), -1, terms)[..., -1]
    kept = np.asarray(named["term_persistence"])[..., None]
    fresh = named["region_term_scale"][:, None] * rng.standard_normal(now.shape)
    found: np.ndarray = kept * now + np.sqrt(1 - kept**2) * fresh
    return found


# Log rates from named parameters, and counts drawn at them, without PyMC.

def log_rate(data: ComponentData, named: Mapping[str, np.ndarray]) -> np.ndarray:
    """Log entries per year at known values of all named parameters, shape (country, channel, period)."""
    array = data.array
    region, term = array["region_of_country"], array["term_of_period"]
    level, visit, of_region = named["country_level"], named["country_visit"], named["region_channel"]
    by_country = np.stack([level + (of_region[0] - of_region[1])[region], level, level + visit], axis=1)
    by_country = by_country - (array["country_weight"] * by_country).sum(axis=0)
    _, rest = means_of_regions(array["region_weight"])
    by_region = (rest @ named["region_term"].ravel()).reshape(named["region_term"].shape)
    by_region = by_region + named["region_type"][:, array["type_of_term"]]
    by_period = named["term_level"][term] + named["covid"] * array["covid"][:, None]
    found: np.ndarray = by_country[:, :, None] + by_region[region][:, None, term] + by_period.T
    return found


def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Draw counts from the model at known values; the weights of the means stay those of the data."""
    mean = data.array["exposure"][:, None] * np.exp(log_rate(data, truth))
    channels = ("president", "secretary", "visit")
    size = np.array([float(truth[f"overdispersion_{name}"]) for name in channels])[:, None] ** -2
    count = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
    return ComponentData(array={**data.array, "count": count}, coord=data.coord)


# What the posterior says about types, region by region and channel by channel.

def profile(posterior: xr.Dataset) -> xr.Dataset:
    """Log effects of administration types.

    Parameters
    ----------
    posterior : xarray.Dataset
        Draws in one row, with labels.

    Returns
    -------
    xarray.Dataset
        ``type_effect`` (draw, type, region, channel): log rate under a type against the mean of the types, the region's
        deviation included; president and term level are not in it.
    """
    effect = posterior["type_effect"] + posterior["region_type"]
    return xr.Dataset({"type_effect": effect.transpose("draw", "type", "region", "channel")})
