"""Setting of a contact: who travels where, and in which format they meet."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.components.administration import project_administration
from forecast.components.control import Control, shifted_terms
from forecast.components.covariates import AXES_OF_TERMS, by_term, coordinates, covariates, decade
from forecast.components.linear import unpack_all
from forecast.components.priors import Prior
from forecast.components.projection import Future, Shocks, Take, by_label
from forecast.components.protocol import ComponentData
from forecast.components.setting.formats import shares_of_format
from forecast.components.setting.model import IN_PERSON, NEEDS, REMOTE, SCALES, TRAVEL, build, linear
from forecast.components.setting.profile import direction_by_type
from forecast.components.setting.simulate import simulate
from forecast.components.shares import unpack_shares
from forecast.contacts import codes
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


class Setting:
    """Direction of a contact by multinomial logit, and its format given the direction."""

    name = section = "setting"
    needs = NEEDS
    assumed = ()
    observed = ("direction", "format")
    axes: Mapping[str, tuple[str, ...]] = AXES_OF_TERMS | dict.fromkeys(
        ("direction", "format", "rank", "term", "decade"), ("contact",))
    effort: Mapping[str, float] = {}

    def data(self, panel: Panel) -> ComponentData:
        """Direction and format of every contact with their covariates."""
        rows = covariates(panel)
        array = {name: panel.contact[name].map(labels.index).to_numpy(np.int64)
                 for name, labels in (("direction", codes.DIRECTION), ("format", codes.FORMAT))}
        array |= {name: rows[name] for name in ("rank", "term", "decade")}
        coord = coordinates(panel) | {"direction": codes.DIRECTION.labels, "format": codes.FORMAT.labels,
                                      "travel": TRAVEL, "in_person": IN_PERSON, "remote_format": REMOTE}
        return ComponentData(array=array | by_term(panel), coord=coord)

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.setting.model`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        named = unpack_all(raw, SCALES, (linear(data, priors),), priors)
        visit, remote = (unpack_shares(raw[f"{name}_share_raw"].to_numpy()) for name in ("visit", "remote"))
        chain = ("chain", "draw")
        return named.assign(visit_share=((*chain, "travel", "in_person"), visit),
                            remote_share=((*chain, "remote_format"), remote[:, :, 0]))

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Observations at known parameter values."""
        return simulate(data, truth, rng)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Logits of directions in a coming term, drift held at its middle, and shares of formats."""
        effect = project_administration(take, coord, future, shocks, "administration_scale", stream="setting/president")
        level = take("base") + effect + take("drift") * decade(future.midpoint.mean())
        share = shares_of_format(take("visit_share"), take("remote_share"), coord)
        return {"direction_logit": level[:, None, :] + take("rank_effect"), "format_share": share}

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Direction shares by administration type, ``share`` (draw, type, direction)."""
        return direction_by_type(posterior)

    def next_term(self, given: Mapping[str, np.ndarray], data: ComponentData) -> dict[str, np.ndarray]:
        """Logit of every direction for a contact of average rank, less their mean, which nothing depends on."""
        logit = given["direction_logit"].mean(axis=1)
        return by_label("logit", data.coord["direction"], logit - logit.mean(axis=1, keepdims=True))

    def controls(self, priors: Mapping[str, Prior]) -> tuple[Control, ...]:
        """Terms that begin early: levels of terms have no persistence to be wrong about."""
        return (shifted_terms(),)
