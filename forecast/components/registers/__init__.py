r"""What the registers of all countries say about administration types and presidents, and of the coming term.

From the posterior of the registers to the rates of a coming term, country by country and channel by channel.

The walk goes on by one step around what type and president explain, the levels of regions by one step of their AR(1),

.. math::

    G_{J+1,k} = m_{J+1,k} + (G_{Jk} - m_{Jk}) + \lambda \epsilon_k, \qquad
    q_{g,J+1} = \rho\, \tilde q_{gJ} + \omega \sqrt{1 - \rho^2}\, \epsilon_g

with time between terms of four years; a returning president keeps his effect and a new one draws his own. COVID-19 is over.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.components.linear import unpack_all
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Effort, Fitted, Future, position
from forecast.components.registers.model import AXES as ARRAY_AXES
from forecast.components.registers.model import (
    BESIDES,
    CHANNELS,
    NEEDS,
    OF_COUNTRY,
    SCALES,
    build,
    effects,
    means_of_regions,
    select,
)
from forecast.panel.registers import RegisterPanel

if TYPE_CHECKING:
    from pymc import Model

Values = Mapping[str, np.ndarray]

AXES = {"type_effect": ("type", "channel"), "president_effect": ("president", "channel"), "region_type": ("region", "type"),
        "covid": ("channel",), "region_base": ("channel",)}
"""Axes of the effects that the linear predictor holds flat."""

CENTRED = {"region_channel": ("channel", "region"), "term_level": ("term", "channel"), "region_term": ("region", "term")}
"""Axes of the effects that are sampled as they are, besides those of countries."""

_RATE = "log entries per year"
MEANING = {name: (f"spread of {name.removesuffix('_scale').replace('_', ' by ')} on the {_RATE}", "log rate")
           for name in SCALES if name.endswith("_scale")} | {
    name: (f"coefficient of variation of entries of the channel {name.removeprefix('overdispersion_')} beyond Poisson", "1")
    for name in SCALES if name.startswith("overdispersion")} | {
    "type_effect": (f"effect of the administration type on the {_RATE}", "log rate"),
    "president_effect": (f"effect of the president on the {_RATE}", "log rate"),
    "region_type": (f"effect of the administration type on the {_RATE} of a region", "log rate"),
    "region_base": (f"{_RATE} of a channel", "log rate"), "covid": ("effect of a year that lies in the pandemic", "log rate"),
    "region_channel": (f"deviation of a region from the {_RATE} of a channel", "log rate"),
    "term_level": ("level of the term", "log rate"), "region_term": ("level of the term in a region", "log rate"),
    "country_level": ("level of a country", "log rate"), "country_visit": ("level of visits to a country", "log rate"),
    "term_persistence": ("correlation of the levels of successive terms", "1"),
}
"""Name of a parameter -> long name and unit."""


class Registers(Fitted):
    """Entries of the registers by country, channel and term; it informs priors and projects nothing."""

    name = "registers"
    section = "registers"
    needs = NEEDS
    meaning = MEANING
    observed = ("count",)
    axes: Mapping[str, tuple[str, ...]] = ARRAY_AXES
    effort: Effort = {"draws": 2500, "tune": 1000, "target_accept": 0.95}  # region by type mixes slowly

    def data(self, panel: RegisterPanel) -> ComponentData:  # type: ignore[override]  # its panel is that of all countries
        """Counts per country, channel and period with what they depend on."""
        return select(panel)

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.registers.model`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        named = unpack_all(raw, SCALES, (effects(data),), priors)
        for name, axes in AXES.items():
            shape = [len(data.coord[axis]) for axis in axes]
            named[name] = _named(named[name].to_numpy().reshape(*named[name].shape[:2], *shape), axes)
        named.update({name: _named(raw[name].to_numpy(), axes) for name, axes in CENTRED.items()})
        level, visit = np.moveaxis(raw["country"].to_numpy(), 2, 0)
        return named.assign(country_level=_named(level, ("country",)), country_visit=_named(visit, ("country",)))

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
        """Counts at known parameter values."""
        return simulate(data, truth, rng)

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Effects of types by region and channel, see :func:`profile`."""
        return profile(posterior)


def _named(values: np.ndarray, axes: tuple[str, ...]) -> xr.DataArray:
    return xr.DataArray(values, dims=("chain", "draw", *axes))


# From the posterior to the rates of a coming term, country by country and channel by channel.

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
