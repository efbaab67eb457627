"""Contact frequency by rank."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.components.frequency.data import select
from forecast.components.frequency.model import NEEDS, SCALES, build, linear, season
from forecast.components.frequency.project import project, simulate
from forecast.components.linear import unpack_all
from forecast.components.priors import Prior
from forecast.components.projection import Future, Shocks, Take
from forecast.components.protocol import ComponentData
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


class Frequency:
    """Recorded contacts per year by rank: drift and autoregressive terms, negative-binomial counts."""

    name = "frequency"
    needs = NEEDS
    assumed = ("state_persistence", "state_loading")
    observed = ("count", "month_count")
    effort: Mapping[str, float] = {}

    def data(self, panel: Panel) -> ComponentData:
        """Counts per dyad, rank and administration year with their covariates."""
        return select(panel)

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.frequency.model`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        named = unpack_all(raw, SCALES, (linear(data, priors), season()), priors)
        shape = {axis: len(data.coord[axis]) for axis in ("dyad", "term", "rank")}
        return named.assign(
            base=_split(named["base"], {"dyad": shape["dyad"], "rank": shape["rank"]}),
            term_rank_level=_split(named["term_rank_level"], {"term": shape["term"], "rank": shape["rank"]}))

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Counts at known parameter values."""
        return simulate(data, truth, rng)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Rates, season, dispersion and relation state of a future term."""
        return project(take, coord, future, shocks)

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Rate ratio of each administration type to the mean of the types, ``rate_ratio`` (draw, type)."""
        return xr.Dataset({"rate_ratio": np.exp(posterior["type_effect"])})


def _split(values: xr.DataArray, axes: Mapping[str, int]) -> xr.DataArray:
    """Give a flattened last axis its two names."""
    array = values.to_numpy()
    return xr.DataArray(array.reshape(*array.shape[:2], *axes.values()), dims=("chain", "draw", *axes))
