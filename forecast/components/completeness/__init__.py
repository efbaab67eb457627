"""Completeness: what share of contacts gets into the record."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.components.capture import history_shares, recorded_share
from forecast.components.completeness.data import ARRAY_AXES, AXES, select
from forecast.components.completeness.model import NEEDS, SCALES, build, linear
from forecast.components.control import Control, narrower
from forecast.components.linear import unpack_all
from forecast.components.priors import Prior
from forecast.components.projection import Future, Shocks, Take, by_label
from forecast.components.protocol import ComponentData
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


class Completeness:
    """Capture histories over three lists of pages: the partner's, American, all others."""

    name = section = "completeness"
    needs = NEEDS
    assumed = ()
    observed = ("history",)
    axes: Mapping[str, tuple[str, ...]] = ARRAY_AXES
    effort: Mapping[str, float] = {}

    def data(self, panel: Panel) -> ComponentData:
        """Contacts by rank, era and by which lists report them."""
        return select(panel)

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.completeness.model`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        named = unpack_all(raw, SCALES, (linear(data),), priors)
        for name, axes in (("list_era", ("list", "era")), ("list_rank", ("list", "rank"))):
            named[name] = _split(named[name], {axis: len(data.coord[axis]) for axis in axes})
        return named

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
        """Histories of as many listed contacts as there are, at known parameter values."""
        named = xr.Dataset({name: (("draw", *axes), np.asarray(truth[name])[None]) for name, axes in AXES.items()})
        share = history_shares(_logit(named).to_numpy(), np.atleast_1d(truth["visibility_scale"]))[0, ..., 1:]
        total = data.array["history"].sum(axis=-1)
        drawn = rng.multinomial(total, share / share.sum(axis=-1, keepdims=True))
        return ComponentData(array=data.array | {"history": drawn}, coord=data.coord)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Recorded share of each rank, ``recorded_share`` (path, rank): the next term is recorded as the last era was.

        The last era pools two presidents: whoever governs next inherits the recording of neither alone.
        """
        by_list = take("base") + take("list_era")[:, :, -1]
        logit = by_list[:, None, :] + take("rank_effect")[:, :, None] + np.swapaxes(take("list_rank"), 1, 2)
        return {"recorded_share": recorded_share(logit[:, :, None, :], take("visibility_scale"))[:, :, 0]}

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Recorded share by rank and era, ``share`` (draw, rank, era)."""
        logit = _logit(posterior)
        share = recorded_share(logit.to_numpy(), posterior["visibility_scale"].transpose("draw").to_numpy())
        return xr.Dataset({"share": logit.isel(list=0, drop=True).copy(data=share)})

    def next_term(self, given: Mapping[str, np.ndarray], data: ComponentData) -> dict[str, np.ndarray]:
        """Recorded share of every rank, the same whoever governs."""
        return by_label("recorded share", data.coord["rank"], given["recorded_share"])

    def controls(self, priors: Mapping[str, Prior]) -> tuple[Control, ...]:
        """A spread of visibility believed half as wide as it is: what three lists can tell least."""
        return (narrower("visibility_scale"),)


def _logit(named: xr.Dataset) -> xr.DataArray:
    """Log odds that a list reports a contact of middling visibility, (..., rank, era, list)."""
    total = named["base"] + named["list_era"] + named["rank_effect"] + named["list_rank"]
    return total.transpose("draw", "rank", "era", "list")


def _split(values: xr.DataArray, axes: Mapping[str, int]) -> xr.DataArray:
    array = values.to_numpy()
    return xr.DataArray(array.reshape(*array.shape[:2], *axes.values()), dims=("chain", "draw", *axes))
