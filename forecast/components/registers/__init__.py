"""What the registers of all countries say about administration types and presidents."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.components.linear import unpack_all
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Effort, Fitted
from forecast.components.registers.model import AXES as ARRAY_AXES
from forecast.components.registers.model import NEEDS, SCALES, build, effects, select
from forecast.components.registers.project import profile, simulate
from forecast.panel.registers import RegisterPanel

if TYPE_CHECKING:
    from pymc import Model

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
        """Effects of types by region and channel, see :func:`forecast.components.registers.project.profile`."""
        return profile(posterior)


def _named(values: np.ndarray, axes: tuple[str, ...]) -> xr.DataArray:
    return xr.DataArray(values, dims=("chain", "draw", *axes))
