r"""How much and how favourably the media of each side reflect a contact.

For contact :math:`i` of rank :math:`r` in term :math:`j`, side :math:`s` (the partner's, the other state's) and page :math:`p`:

.. math::

    n_{is} &\sim \mathrm{NegBinomial}(e^{\nu_{is}},\ \phi),\qquad \phi^{-1/2} = u \\
    \nu_{is} &= a_s + W_{js} + \omega R_{rs} + \tau (T_{type(j)s} + P_{president(j)s}) + \beta_s e_i + g_s x_i \\
    k_i &\sim \mathrm{Bernoulli}(q) \\
    \Pr(t_p \le k) &= \mathrm{logit}^{-1}(c_{sk} - \theta_p),\qquad k = -1, 0 \\
    \theta_p &= \omega' R'_{rs} + \tau' (T'_{type(j)s} + P'_{president(j)s}) + \beta'_s e_i + g'_s x_i

with :math:`e_i = 1` where the outcome is 1 or more, :math:`x_i` decades from the zero of drifts to the middle of what is observed
of its administration year and :math:`c_{sk}` the logits of cumulated Dirichlet shares. Pages are news and analysis; government
sites are no mirror of a contact and stay out.

*What is recorded.* A contact is in the record because somebody reports it: a page of either side, or a source elsewhere
(:math:`k_i = 1`: a government site, the press of other countries). What is seen is given that (see
:mod:`forecast.components.media_recorded`): a contact without any page of the two sides is one that is known from elsewhere.

*From term to term.* :math:`W` is a random walk over terms, zero at the latest one, so that :math:`a_s` is today's level. A level
that walks is what exponential smoothing forecasts best (Muth 1960, doi 10.1080/01621459.1960.10482064), and its step is what the
weight of smoothing is there: at zero all terms count alike, and the larger it is, the more the latest ones count. The record
decides it; a coming term is one step further. The drift :math:`g_s` is a trend that would go on: a prior file may fix it, at zero
where no trend is to be continued.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from forecast.components.administration import (
    ADMINISTRATION_UNITS,
    AXES_OF_TERMS,
    OF_ADMINISTRATIONS,
    administration_blocks,
    by_term,
    coordinates,
    covariates,
    decade,
    effect_of_rows,
    meaning_of_effects,
    project_administration,
    steps_of,
)
from forecast.components.administration import NEEDS as ADMINISTRATION
from forecast.components.control import Control, shifted_terms
from forecast.components.likelihood import (
    counts,
    cutpoints,
    distinct,
    draw,
    log_ordered,
    log_probability,
    observed,
    ordered,
)
from forecast.components.linear import (
    Block,
    Linear,
    Scales,
    Shares,
    one_hot,
    unpack_all,
    unpack_shares,
    walk_matrix,
    zero_sum_basis,
)
from forecast.components.media_checks import FAMILY, STATISTICS, pages_of, tones
from forecast.components.media_recorded import (
    chance_of_record,
    draw_pages,
    given_recorded,
    known_before,
    log_known,
    log_none,
    log_pages,
)
from forecast.components.priors import FACTOR, FACTOR_DECADE, ODDS_DECADE, VARIATION, Prior, Scale
from forecast.components.protocol import Component, ComponentData, Future, Shocks, Take, by_label
from forecast.components.statistics import CEILING, Array, Counted, Family, finite, table_counts
from forecast.contacts import codes
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


NEEDS = ADMINISTRATION | {
    "pages_base": "real",
    "pages_administration_scale": "positive",
    "pages_rank_scale": "positive",
    "pages_effective": "real",
    "pages_drift": "trend",
    "pages_walk_scale": "positive",
    "pages_overdispersion": "positive",
    "elsewhere": "real",
    "tone_administration_scale": "positive",
    "tone_rank_scale": "positive",
    "tone_effective": "real",
    "tone_drift": "trend",
    "tone_share": "shares_of_3",
}
SCALES = ("pages_administration_scale", "pages_rank_scale", "pages_walk_scale", "pages_overdispersion",
          "tone_administration_scale", "tone_rank_scale")
COVARIATES = ("rank", "term", "decade", "effective")
"""Of a contact: those that have them all alike are one row of the model."""
TREND = ("pages_drift", "tone_drift")
"""Parameters that a prior file may fix."""
_PAGES, _TONE = "log mean pages of a contact", "location of the tone of a page"
MEANING = meaning_of_effects(f"the {_PAGES}", "log pages", "pages_") | meaning_of_effects(f"the {_TONE}", "log odds", "tone_") | {
    "pages_base": (f"{_PAGES} without a result, today, at average rank and administration", "log pages"),
    "pages_administration_scale": ("spread of the effects of types and of presidents on pages", "log pages"),
    "pages_rank_scale": ("spread of the effects of ranks on pages", "log pages"),
    "pages_rank_effect": (f"effect of the rank on the {_PAGES}; sums to zero over ranks", "log pages"),
    "pages_effective": (f"added to the {_PAGES} where the outcome is 1 or more", "log pages"),
    "pages_drift": (f"trend of the {_PAGES} that goes on", "log pages per decade"),
    "pages_walk_scale": (f"step of the walk of the {_PAGES} from one term to the next", "log pages"),
    "pages_walk": (f"{_PAGES} in an earlier term, less that in the latest term", "log pages"),
    "pages_overdispersion": ("coefficient of variation of pages beyond Poisson", "1"),
    "elsewhere": ("log odds that a contact would be known without any page of the two sides", "log odds"),
    "tone_administration_scale": ("spread of the effects of types and of presidents on tone", "log odds"),
    "tone_rank_scale": ("spread of the effects of ranks on tone", "log odds"),
    "tone_rank_effect": (f"effect of the rank on the {_TONE}; sums to zero over ranks", "log odds"),
    "tone_effective": (f"added to the {_TONE} where the outcome is 1 or more", "log odds"),
    "tone_drift": (f"trend of the {_TONE}", "log odds per decade"),
    "tone_share": ("share of critical, neutral and favourable pages at location zero", "share"),
}


def pages(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Log mean pages on either side, a row for each contact of `data`, or for each kind of them."""
    term, n_term = data.array["term"], len(data.coord["term"])
    base = Block(name="pages_base", prior="pages_base", design=np.ones((len(term), 1)))
    walk = Block(name="pages_walk", prior="pages_walk_scale", dims=("earlier_term",), basis=walk_matrix(n_term)[:-1],
                 design=one_hot(term, n_term)[:, :-1])
    return Linear(name="pages", axis="side", columns=len(data.coord["side"]),
                  blocks=(base, walk, *_shared(data, priors, "pages_")))


def elsewhere(data: ComponentData) -> Linear:
    """Log odds that a contact would be known without any page of the two sides."""
    return Linear(name="elsewhere", blocks=(Block(name="elsewhere", prior="elsewhere", design=np.ones((1, 1))),))


def held(priors: Mapping[str, Prior]) -> dict[str, Prior]:
    """The priors, fixed trends as normal ones without spread: their noise keeps its place, and one compiled model serves both."""
    return {name: prior.model_copy(update={"distribution": "normal", "mu": prior.value, "sigma": 0.0, "value": None})
            if name in TREND and prior.distribution == "fixed" else prior for name, prior in priors.items()}


def tone(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Location of the tone of pages on either side, rows as in :func:`pages`."""
    return Linear(name="tone", axis="side", columns=len(data.coord["side"]), blocks=_shared(data, priors, "tone_"))


def _shared(data: ComponentData, priors: Mapping[str, Prior], prefix: str) -> tuple[Block, ...]:
    """Blocks of one of the two sub-models."""
    array, n_rank = data.array, len(data.coord["rank"])
    scale = f"{prefix}administration_scale"
    return (
        *administration_blocks(data, array["term"], (scale, scale), priors, prefix),
        Block(name=f"{prefix}rank_effect", prior=f"{prefix}rank_scale", dims=("rank",),
              basis=zero_sum_basis(n_rank), design=one_hot(array["rank"], n_rank)),
        Block(name=f"{prefix}effective", prior=f"{prefix}effective",
              design=array["effective"][:, None].astype(float)),
        Block(name=f"{prefix}drift", prior=f"{prefix}drift", design=array["decade"][:, None]),
    )


def slope(values: np.ndarray) -> np.ndarray:
    """Values of a trend with an axis of sides at the end: one that a prior file fixes has none."""
    values = np.asarray(values, float)
    return values if values.ndim > 1 else values[..., None]


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring; rows are contacts of equal covariates."""
    import pymc as pm

    array, priors, sides = data.array, held(priors), len(data.coord["side"])
    kinds, row = distinct(data, COVARIATES)
    of_side = row[:, None] * sides + np.arange(sides)
    shape = (sides, len(kinds.array["rank"]), len(data.coord["tone"]))
    by_tone = table_counts(array["page_side"], row[array["page_contact"]], array["page_tone"], shape=shape).reshape(shape)
    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        log_mean, spread = pages(kinds, priors).predictor(priors, scales), scales["pages_overdispersion"]
        counts("pages", array["pages"].ravel(), log_mean.ravel(), spread, row=of_side.ravel())
        known, contacts = observed("elsewhere_data", np.bincount(row, array["elsewhere"])), observed("contacts", np.bincount(row))
        logit = elsewhere(kinds).predictor(priors, scales)[0]
        pm.Potential("recorded", given_recorded(known, contacts, logit, log_mean, spread))
        share = Shares("tone_share", priors["tone_share"], sides).variable
        location = tone(kinds, priors).predictor(priors, scales)
        pm.Potential("page_tone", ordered(observed("page_tone_data", by_tone), location.T, share))
    return model


# The panel as the media component sees it.

AXES = AXES_OF_TERMS | {
    **dict.fromkeys(("pages", "known_before"), ("contact", "side")),
    **dict.fromkeys(("page_contact", "page_side", "page_tone"), ("page",)),
    **dict.fromkeys(("rank", "term", "decade", "effective", "elsewhere"), ("contact",))}
"""Axes of the arrays."""


def select(panel: Panel) -> ComponentData:
    """Pages per contact and side, who is known from elsewhere, and the tone of every page of either side (news and analysis).

    A contact is known from elsewhere where a government site or the press of another country reports it. One without any page in
    the table of pages rests on a source of another kind, and is known from elsewhere, too. A dyad without a single page was not
    coded for pages: its contacts say nothing of coverage, and are left out.
    """
    coded = pages_coded(panel)
    rows = {name: values[coded] for name, values in covariates(panel).items()}
    pages = np.asarray(panel.pages, np.int64)[coded]
    of_side = panel.media["side"].isin(codes.SIDE.labels) & (panel.media["kind"] != "official")
    elsewhere = np.bincount(panel.media["contact"][~of_side], minlength=len(coded))[coded] > 0
    elsewhere = (elsewhere | (pages.sum(axis=1) == 0)).astype(np.int64)
    page = panel.media[of_side]
    position = pd.Series(np.arange(len(pages)), index=panel.contact["id"][coded])
    array = {
        "pages": pages, "elsewhere": elsewhere, "known_before": known_before(elsewhere, pages),
        "page_contact": position.loc[page["contact_id"]].to_numpy(np.int64),
        "page_side": np.array([codes.SIDE.index(side) for side in page["side"]], np.int64),
        "page_tone": page["tone"].to_numpy(np.int64) + 1,  # position on the tone axis
        **{name: rows[name] for name in ("rank", "term", "decade", "effective")},
        **by_term(panel),
    }
    coord = coordinates(panel) | {"side": codes.SIDE.labels, "tone": codes.TONE.labels}
    return ComponentData(array=array, coord=coord)


def pages_coded(panel: Panel) -> np.ndarray:
    """Whether the pages of a contact's dyad were coded, so that none is none, bool (contact,)."""
    dyad = panel.contact["dyad"]
    found: np.ndarray = dyad.isin(set(dyad.iloc[panel.media["contact"].to_numpy(int)])).to_numpy(bool)
    return found


# Pages and tones of every contact at known parameter values, in plain NumPy.

def pointwise(array: Array, draws: Array) -> dict[str, np.ndarray]:
    """Log probability of who is known from elsewhere, of the pages side by side, each given what comes before it, and of tones.

    Returns
    -------
    dict of str to numpy.ndarray
        ``elsewhere`` (draw, contact), ``pages`` (draw, contact and side), ``page_tone`` (draw, page).
    """
    at = {prefix: effect_of_rows(array, draws, prefix) + draws[f"{prefix}rank_effect"][:, array["rank"]]
          + draws[f"{prefix}effective"][:, None] * array["effective"][:, None]
          + slope(draws[f"{prefix}drift"])[..., None, :] * array["decade"][:, None] for prefix in ("pages_", "tone_")}
    walk = np.concatenate([draws["pages_walk"], np.zeros_like(draws["pages_base"])[:, None]], axis=1)
    mean = np.exp(draws["pages_base"][:, None] + walk[:, array["term"]] + at["pages_"])
    spread = np.asarray(draws["pages_overdispersion"])[:, None, None]
    no_page = log_none(mean, spread)
    pages = log_pages(log_probability(array["pages"], mean, spread**-2), no_page, array["pages"], array["known_before"])
    contact, side = array["page_contact"], array["page_side"]
    cut = cutpoints(draws["tone_share"])[:, side]
    known = log_known(no_page, np.asarray(draws["elsewhere"])[:, None], array["elsewhere"])
    return {"elsewhere": known, "pages": pages.reshape(len(pages), -1),
            "page_tone": log_ordered(array["page_tone"], at["tone_"][:, contact, side], cut)}


# Pages and tones about the recorded contacts at known parameter values.

def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Draw who is known from elsewhere, pages per contact and side given that it is recorded, and the tone of each page."""
    array = dict(data.array)
    elsewhere, pages = draw_pages(expected_pages(array, truth), float(truth["pages_overdispersion"]),
                                  expit(float(truth["elsewhere"])), rng)
    contact, side = (np.repeat(index.ravel(), pages.ravel()) for index in np.indices(pages.shape))
    location = _shared_at(array, truth, "tone_")[contact, side]
    tone = draw(location, cutpoints(truth["tone_share"])[side], rng)
    found = {"pages": pages, "elsewhere": elsewhere, "known_before": known_before(elsewhere, pages),
             "page_contact": contact, "page_side": side, "page_tone": tone}
    return ComponentData(array=array | found, coord=data.coord)


def expected_pages(array: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray]) -> np.ndarray:
    """Expected pages per contact and side, recorded or not, shape (contact, side)."""
    walk = np.vstack([truth["pages_walk"], np.zeros(array["pages"].shape[1])])
    found: np.ndarray = np.exp(truth["pages_base"] + walk[array["term"]] + _shared_at(array, truth, "pages_"))
    return found


def _shared_at(array: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray], prefix: str) -> np.ndarray:
    """Shape (contact, side)."""
    effect = (truth[f"{prefix}type_effect"][array["type_of_term"]]
              + truth[f"{prefix}president_effect"][array["president_of_term"]])
    found: np.ndarray = (effect[array["term"]] + truth[f"{prefix}rank_effect"][array["rank"]]
                         + truth[f"{prefix}effective"] * array["effective"][:, None]
                         + truth[f"{prefix}drift"] * array["decade"][:, None])
    return found


# Coverage and tone by administration type and side.

def coverage_by_type(posterior: xr.Dataset) -> xr.Dataset:
    """Expected pages of a recorded contact of average rank and outcome 0 at the level of the latest term, and the tone of a page.

    Where a fixed or estimated drift goes on, tone and pages are those without it, as at the zero of drifts.

    Returns
    -------
    xarray.Dataset
        ``pages`` and ``tone`` (draw, type, side); tone between -1 and 1.
    """
    effect = cast("xr.DataArray", np.exp(posterior["pages_base"] + posterior["pages_type_effect"]))
    mean = effect.transpose("draw", "type", "side")
    no_page = log_none(mean.to_numpy(), posterior["pages_overdispersion"].to_numpy()[:, None, None])
    recorded = chance_of_record(no_page, expit(posterior["elsewhere"].to_numpy())[:, None])
    pages = mean.copy(data=mean.to_numpy() / recorded[..., None])
    location = posterior["tone_type_effect"].transpose("draw", "type", "side")
    cut = cutpoints(posterior["tone_share"].transpose("draw", "side", "tone").to_numpy())
    below = expit(cut[:, None] - location.to_numpy()[..., None])
    tone = location.copy(data=1 - below[..., 1] - below[..., 0])
    return xr.Dataset({"pages": pages, "tone": tone})


# Media of both sides: pages per contact and their tone.

class Media(Component):
    """Pages per recorded contact (negative binomial, truncated) and tone of a page (ordered logit), for each side."""

    name = section = "media"
    reads_pages = True
    role = "pages"
    needs = NEEDS
    meaning = MEANING
    observed = ("pages", "elsewhere", "known_before", "page_contact", "page_side", "page_tone")
    ordered = ("pages", "page_tone")
    axes: Mapping[str, tuple[str, ...]] = AXES
    blocks: Mapping[str, tuple[str, ...]] = {
        OF_ADMINISTRATIONS: ("pages_administration_scale", "tone_administration_scale"), "drift": TREND,
        "dispersion": ("pages_overdispersion",), "ranks": ("pages_rank_scale", "tone_rank_scale"),
        "levels": ("pages_walk_scale",), "base": ("pages_base", "tone_share"),
        "covariates": ("pages_effective", "tone_effective")}
    units: Mapping[str, Scale] = ADMINISTRATION_UNITS | {
        "pages_base": Scale(kind="level", unit="pages of one side to a contact"),
        "pages_administration_scale": FACTOR, "pages_rank_scale": FACTOR, "pages_effective": FACTOR, "pages_walk_scale": FACTOR,
        "elsewhere": Scale(kind="share", unit="of contacts are known from elsewhere"),
        "pages_drift": FACTOR_DECADE, "pages_overdispersion": VARIATION, "tone_drift": ODDS_DECADE,
        "tone_share": Scale(kind="value", unit="of pages critical, neutral, favourable")}
    statistics = STATISTICS
    curves: Mapping[str, Callable[[Array], np.ndarray]] = {"pages": pages_of, "tones": tones}

    def data(self, panel: Panel) -> ComponentData:
        """Pages per contact and side, and the tone of each page."""
        return select(panel)

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.media`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        named = unpack_all(raw, SCALES, (pages(data, priors), elsewhere(data), tone(data, priors)), held(priors))
        dims = ("chain", "draw", *("side", "tone"))
        named = named.drop_vars([name for name in TREND if priors[name].distribution == "fixed"])
        return named.assign(tone_share=(dims, unpack_shares(raw["tone_share_raw"].to_numpy())))

    def pointwise(self, data: ComponentData, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Who is known from elsewhere, pages on every side, and the tone of every page."""
        return pointwise(data.array, draws)

    def observations(self, data: ComponentData, panel: Panel) -> dict[str, list[str]]:
        """Contacts, contacts by side, and pages."""
        contact, side = panel.contact["id"][pages_coded(panel)].astype(str).tolist(), data.coord["side"]
        page = zip(data.array["page_contact"], data.array["page_side"], strict=True)
        return {"elsewhere": contact, "pages": [f"{one}, {name}" for one in contact for name in side],
                "page_tone": [f"{contact[one]}, {side[at]}, page {number}" for number, (one, at) in enumerate(page)]}

    def families(self, data: ComponentData) -> tuple[Family, ...]:
        """Pages by number, rank and side, and tones."""
        return FAMILY

    def counted(self, data: ComponentData, truth: Mapping[str, np.ndarray]) -> Counted:
        """Pages by contact and side."""
        mean, share = expected_pages(data.array, truth), float(expit(truth["elsewhere"]))
        spread = float(np.clip(truth["pages_overdispersion"], CEILING**-0.5, CEILING**0.5))
        return Counted(array="pages", mean=mean, rows=("page_contact", "page_side", "page_tone"),
                       draw=lambda rng: np.minimum(draw_pages(finite(mean), spread, share, rng)[1], int(CEILING)))

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Observations at known parameter values."""
        return simulate(data, truth, rng)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Log mean pages (a step of the walk for every term that lies ahead) and tone locations; drift at the term's middle."""
        location = {}
        for prefix in ("pages_", "tone_"):
            effect = project_administration(take, coord, future, shocks, f"{prefix}administration_scale",
                                            prefix=prefix, stream=f"media/{prefix}president")
            by_side = effect + slope(take(f"{prefix}drift")) * decade(future.midpoint.mean())
            location[prefix] = by_side[:, :, None] + take(f"{prefix}rank_effect").swapaxes(1, 2)
        step = take("pages_walk_scale")[:, None] * steps_of(shocks, "media/pages_walk", len(coord["side"]), future)
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
