"""Effectiveness of a contact: its outcome, and whether a standing mechanism carries it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.components.administration import project_administration
from forecast.components.control import Control, shifted_terms
from forecast.components.covariates import AXES_OF_TERMS, by_term, coordinates, covariates, decade
from forecast.components.effectiveness.model import MECHANISM, NEEDS, SCALES, build, member, outcome
from forecast.components.effectiveness.profile import outcome_by_type
from forecast.components.effectiveness.simulate import simulate
from forecast.components.linear import unpack_all
from forecast.components.ordinal import cutpoints
from forecast.components.priors import Prior
from forecast.components.projection import Future, Shocks, Take, by_label
from forecast.components.protocol import ComponentData
from forecast.components.shares import unpack_shares
from forecast.contacts import codes
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


class Effectiveness:
    """Outcome 0 to 3 of a contact as an ordered logit, given mechanism, breadth and rank."""

    name = section = "effectiveness"
    needs = NEEDS
    assumed = ()
    observed = ("mechanism_member", "outcome_code")
    axes: Mapping[str, tuple[str, ...]] = AXES_OF_TERMS | dict.fromkeys(
        ("outcome_code", "mechanism_member", "topics_named", "rank", "term", "decade"), ("contact",))
    effort: Mapping[str, float] = {}

    def data(self, panel: Panel) -> ComponentData:
        """Outcome and mechanism of every contact with their covariates."""
        rows = covariates(panel)
        array = {"outcome_code": panel.contact["outcome"].to_numpy(np.int64),
                 "mechanism_member": rows["mechanism"], "topics_named": rows["breadth"],
                 **{name: rows[name] for name in ("rank", "term", "decade")}, **by_term(panel)}
        return ComponentData(array=array, coord=coordinates(panel) | {"mechanism": MECHANISM, "outcome": codes.OUTCOME.labels})

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.effectiveness.model`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        named = unpack_all(raw, SCALES, (member(data, priors), outcome(data, priors)), priors)
        dims = ("chain", "draw", *("mechanism", "outcome"))
        return named.assign(outcome_share=(dims, unpack_shares(raw["outcome_share_raw"].to_numpy())))

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Observations at known parameter values."""
        return simulate(data, truth, rng)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Locations, coefficients and cutpoints for a coming term; drift held at the middle of the term."""
        location = {}
        for prefix in ("", "mechanism_"):
            effect = project_administration(take, coord, future, shocks, f"{prefix}administration_scale",
                                            prefix=prefix, stream=f"effectiveness/{prefix}president")
            time = take(f"{prefix}drift") * decade(future.midpoint.mean())
            location[prefix] = take(f"{prefix}rank_effect") + (effect + time)[:, None]
        return {
            "mechanism_logit": take("mechanism_base")[:, None] + location["mechanism_"],
            "outcome_location": location[""],
            "outcome_breadth": take("breadth"),
            "outcome_cut": cutpoints(take("outcome_share")),
        }

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Outcome shares by administration type, ``share`` (draw, type, outcome)."""
        return outcome_by_type(posterior)

    def next_term(self, given: Mapping[str, np.ndarray], data: ComponentData) -> dict[str, np.ndarray]:
        """For a contact of average rank: logit of a standing mechanism, and of an outcome of 1 or more outside and inside one."""
        above = given["outcome_location"].mean(axis=1)[:, None] - given["outcome_cut"][:, :, 0]
        return {"mechanism logit": given["mechanism_logit"].mean(axis=1),
                **by_label("outcome logit", data.coord["mechanism"], above)}

    def controls(self, priors: Mapping[str, Prior]) -> tuple[Control, ...]:
        """Terms that begin early: levels of terms have no persistence to be wrong about."""
        return (shifted_terms(),)
