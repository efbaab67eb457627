"""Media of both sides: pages per contact and their tone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.special import expit

from forecast.components.administration import project_administration
from forecast.components.control import Control, shifted_terms
from forecast.components.covariates import decade
from forecast.components.linear import unpack_all
from forecast.components.media.data import AXES, select
from forecast.components.media.model import NEEDS, SCALES, TREND, build, elsewhere, held, pages, slope, tone
from forecast.components.media.profile import coverage_by_type
from forecast.components.media.simulate import simulate
from forecast.components.ordinal import cutpoints
from forecast.components.priors import Prior
from forecast.components.projection import Future, Shocks, Take, by_label
from forecast.components.protocol import ComponentData
from forecast.components.shares import unpack_shares
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


class Media:
    """Pages per recorded contact (negative binomial, truncated) and tone of a page (ordered logit), for each side."""

    name = section = "media"
    needs = NEEDS
    assumed = ()
    observed = ("pages", "elsewhere", "known_before", "page_contact", "page_side", "page_tone")
    axes: Mapping[str, tuple[str, ...]] = AXES
    effort: Mapping[str, float] = {}

    def data(self, panel: Panel) -> ComponentData:
        """Pages per contact and side, and the tone of each page."""
        return select(panel)

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.media.model`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        named = unpack_all(raw, SCALES, (pages(data, priors), elsewhere(data), tone(data, priors)), held(priors))
        dims = ("chain", "draw", *("side", "tone"))
        named = named.drop_vars([name for name in TREND if priors[name].distribution == "fixed"])
        return named.assign(tone_share=(dims, unpack_shares(raw["tone_share_raw"].to_numpy())))

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Observations at known parameter values."""
        return simulate(data, truth, rng)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Log mean pages (one more step of the walk) and tone locations for a coming term; drift at the middle of the term."""
        location = {}
        for prefix in ("pages_", "tone_"):
            effect = project_administration(take, coord, future, shocks, f"{prefix}administration_scale",
                                            prefix=prefix, stream=f"media/{prefix}president")
            by_side = effect + slope(take(f"{prefix}drift")) * decade(future.midpoint.mean())
            location[prefix] = by_side[:, :, None] + take(f"{prefix}rank_effect").swapaxes(1, 2)
        step = take("pages_walk_scale")[:, None] * shocks("media/pages_walk", len(coord["side"]))
        return {
            "pages_log_mean": (take("pages_base") + step)[:, :, None] + location["pages_"],
            "known_elsewhere": expit(take("elsewhere")),
            "pages_outcome": take("pages_effective"),
            "pages_dispersion": np.repeat(take("pages_overdispersion")[:, None] ** -2, len(coord["side"]), axis=1),
            "tone_location": location["tone_"],
            "tone_outcome": take("tone_effective"),
            "tone_cut": cutpoints(take("tone_share")),
        }

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Expected pages per contact and tone of a page, ``pages`` and ``tone`` (draw, type, side)."""
        return coverage_by_type(posterior)

    def next_term(self, given: Mapping[str, np.ndarray], data: ComponentData) -> dict[str, np.ndarray]:
        """For a contact of average rank with outcome 0: log mean pages, and logit of a favourable page, on each side."""
        favourable = given["tone_location"].mean(axis=2) - given["tone_cut"][:, :, -1]
        return {**by_label("log pages", data.coord["side"], given["pages_log_mean"].mean(axis=2)),
                **by_label("tone logit", data.coord["side"], favourable)}

    def controls(self, priors: Mapping[str, Prior]) -> tuple[Control, ...]:
        """Terms that begin early: levels of terms have no persistence to be wrong about."""
        return (shifted_terms(),)
