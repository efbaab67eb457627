"""Agenda of a contact: the topics it names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.components.administration import project_administration
from forecast.components.agenda.model import NEEDS, SCALES, build, linear
from forecast.components.agenda.profile import mix_by_type
from forecast.components.agenda.simulate import simulate
from forecast.components.control import Control, shifted_terms
from forecast.components.covariates import AXES_OF_TERMS, by_term, coordinates, covariates
from forecast.components.linear import unpack_all
from forecast.components.priors import Prior
from forecast.components.projection import Future, Shocks, Take, by_label
from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


class Agenda:
    """Topics named in a contact, with administration effects, walks over terms and breadth."""

    name = section = "agenda"
    needs = NEEDS
    assumed = ()
    observed = ("named",)
    axes: Mapping[str, tuple[str, ...]] = AXES_OF_TERMS | {
        "named": ("contact", "topic"), "rank": ("contact",), "term": ("contact",)}
    effort: Mapping[str, float] = {"draws": 2000, "target_accept": 0.8}  # the scale of administrations mixes slowly

    def data(self, panel: Panel) -> ComponentData:
        """Topic indicators of the contacts whose agenda is reported."""
        rows = covariates(panel)
        array = {"named": panel.topic[panel.reported].astype(np.int64), "rank": rows["rank"][panel.reported],
                 "term": rows["term"][panel.reported], **by_term(panel)}
        return ComponentData(array=array, coord=coordinates(panel) | {"topic": codes.TOPIC.labels})

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.agenda.model`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model; the breadth of single contacts is integrated over, not kept."""
        return unpack_all(raw, SCALES, (linear(data, priors),), priors)

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Topics of the same contacts at known parameter values."""
        return simulate(data, truth, rng)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Topic logits of a coming term (one more step of the walk) and the spread of breadth."""
        effect = project_administration(take, coord, future, shocks, "administration_scale", stream="agenda/president")
        step = take("walk_scale")[:, None] * shocks("agenda/walk", len(coord["topic"]))
        by_topic = take("base") + effect + step
        return {"topic_logit": by_topic[:, None, :] + take("rank_effect"), "breadth_sd": take("breadth_scale")}

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Agenda mix by administration type, ``mix`` (draw, type, topic)."""
        return mix_by_type(posterior)

    def next_term(self, given: Mapping[str, np.ndarray], data: ComponentData) -> dict[str, np.ndarray]:
        """Logit of every topic for a contact of average rank, at breadth zero."""
        return by_label("logit", data.coord["topic"], given["topic_logit"].mean(axis=1))

    def controls(self, priors: Mapping[str, Prior]) -> tuple[Control, ...]:
        """Terms that begin early: a walk has no persistence to be wrong about."""
        return (shifted_terms(),)
