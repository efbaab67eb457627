r"""What a contact yields: an ordered logit, with the standing mechanisms that carry much of it.

For contact :math:`i` of rank :math:`r` in term :math:`j`, :math:`x_i` decades from the zero of drifts to the middle of what is
observed of its administration year:

.. math::

    z_i &\sim \mathrm{Bernoulli}(\mathrm{logit}^{-1}(\mu + \omega_z M_r + \tau_z (T^z_{type} + P^z_{president}) + g\,x_i)) \\
    \Pr(o_i \le k) &= \mathrm{logit}^{-1}(c_{z_i k} - \theta_i), \qquad k = 0, 1, 2 \\
    \theta_i &= \omega R_r + \tau (T_{type(j)} + P_{president(j)}) + \beta_b\, b_i + h\,x_i

with :math:`z` membership of a standing mechanism (C5+1, dialogues, consultations),
:math:`b_i = \log((1 + topics_i)/3)` and cutpoints :math:`c_{zk} = \mathrm{logit}(q_{z0} + \dots + q_{zk})`,
:math:`q_z \sim \mathrm{Dirichlet}`, of their own inside and outside of mechanisms: a dialogue nearly always ends in a joint
text and seldom in a treaty, which no shift of common cutpoints can say. The mechanism is chosen by administrations: it is
simulated with the contact, never held fixed in a contrast.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.special import expit, log_expit

from forecast.components import neighbours
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
)
from forecast.components.administration import NEEDS as ADMINISTRATION
from forecast.components.control import Control, shifted_terms
from forecast.components.likelihood import binomial, cutpoints, distinct, draw, log_ordered, observed, ordered
from forecast.components.linear import Block, Linear, Scales, Shares, one_hot, unpack_all, unpack_shares, zero_sum_basis
from forecast.components.priors import ODDS_DECADE, Prior, Scale
from forecast.components.protocol import Component, ComponentData, Future, Shocks, Take, by_label
from forecast.components.statistics import Array, Bound, Family, Statistic, commonest, shares, table_counts
from forecast.contacts import codes
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


NEEDS = ADMINISTRATION | {
    "administration_scale": "positive",
    "rank_scale": "positive",
    "breadth": "real",
    "drift": "real",
    "outcome_share": "shares_of_4",
    "mechanism_base": "real",
    "mechanism_administration_scale": "positive",
    "mechanism_rank_scale": "positive",
    "mechanism_drift": "real",
} | neighbours.needs() | neighbours.needs("mechanism_")
MECHANISM = ("none", "standing")
MECHANISMS = len(MECHANISM)
PREFIXES = ("", "mechanism_")
"""Of the parameters of outcomes, and of those of membership of a mechanism."""
SLOPES = {"": {"drift": "decade", "breadth": "topics_named"}, "mechanism_": {"drift": "decade"}}
"""Coefficients in which neighbours may differ, and the arrays that they multiply."""
COVARIATES = ("rank", "term", "decade", "topics_named", neighbours.ARRAY)
"""Of a contact: those that have them all alike are one row of the model."""
SCALES = ("administration_scale", "rank_scale", "mechanism_administration_scale", "mechanism_rank_scale")
_OUTCOME, _MEMBER = "the location of the outcome", "the log odds that a contact belongs to a standing mechanism"
MEANING = meaning_of_effects(_OUTCOME, "log odds") | meaning_of_effects(_MEMBER, "log odds", "mechanism_") | {
    "administration_scale": ("spread of the effects of types and of presidents on the outcome", "log odds"),
    "rank_scale": ("spread of the effects of ranks on the outcome", "log odds"),
    "rank_effect": (f"effect of the rank on {_OUTCOME}; sums to zero over ranks", "log odds"),
    "drift": (f"trend of {_OUTCOME}", "log odds per decade"),
    "breadth": (f"effect on {_OUTCOME} of log((1 + topics) / 3)", "log odds"),
    "outcome_share": ("share of each outcome at location zero, outside and inside of standing mechanisms", "share"),
    "mechanism_base": (f"{_MEMBER.removeprefix('the ')}, at average rank and administration, at the zero of drifts", "log odds"),
    "mechanism_administration_scale": ("spread of the effects of types and of presidents on membership", "log odds"),
    "mechanism_rank_scale": ("spread of the effects of ranks on membership", "log odds"),
    "mechanism_rank_effect": (f"effect of the rank on {_MEMBER}; sums to zero over ranks", "log odds"),
    "mechanism_drift": (f"trend of {_MEMBER}", "log odds per decade"),
} | neighbours.meaning(_OUTCOME, "log odds", "", SLOPES[""]) | neighbours.meaning(_MEMBER, "log odds", "mechanism_",
                                                                                  SLOPES["mechanism_"])


def member(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Logit that a contact belongs to a standing mechanism."""
    base = Block(name="mechanism_base", prior="mechanism_base", design=np.ones((len(data.array["rank"]), 1)))
    return Linear(name="member", blocks=(base, *_shared(data, priors, "mechanism_")))


def outcome(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Location of the outcome."""
    array = data.array
    return Linear(name="outcome", blocks=(
        *_shared(data, priors, ""),
        Block(name="breadth", prior="breadth", design=array["topics_named"][:, None]),
    ))


def _shared(data: ComponentData, priors: Mapping[str, Prior], prefix: str) -> tuple[Block, ...]:
    array, n_rank = data.array, len(data.coord["rank"])
    scale = f"{prefix}administration_scale"
    return (
        *administration_blocks(data, array["term"], (scale, scale), priors, prefix),
        Block(name=f"{prefix}rank_effect", prior=f"{prefix}rank_scale", dims=("rank",),
              basis=zero_sum_basis(n_rank), design=one_hot(array["rank"], n_rank)),
        Block(name=f"{prefix}drift", prior=f"{prefix}drift", design=array["decade"][:, None]),
        *neighbours.blocks(data, priors, prefix, SLOPES[prefix]),
    )


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring; rows are contacts of equal covariates."""
    import pymc as pm

    array = data.array
    kinds, row = distinct(data, COVARIATES)
    # the mechanism is observed, not given: every row within each, with counts of zero where no contact is
    shape = (MECHANISMS, len(kinds.array["rank"]), len(data.coord["outcome"]))
    count = table_counts(array["mechanism_member"], row, array["outcome_code"], shape=shape).reshape(shape)
    with pm.Model() as model:
        scales = Scales(neighbours.scales(SCALES, data.coord, *PREFIXES), priors)
        inside = member(kinds, priors).predictor(priors, scales)
        pm.Potential("mechanism_member", binomial(observed("mechanism_member_data", count[1].sum(axis=1)),
                                                  observed("contacts", count.sum(axis=(0, 2))), inside))
        share = Shares("outcome_share", priors["outcome_share"], MECHANISMS).variable
        location = outcome(kinds, priors).predictor(priors, scales)
        pm.Potential("outcome_code", ordered(observed("outcome_code_data", count), location[None, :], share))
    return model


# Mechanism and outcome of every contact at known parameter values, in plain NumPy.

def pointwise(array: Array, draws: Array) -> dict[str, np.ndarray]:
    """Log probability of the mechanism of a contact, and of its outcome given that, each (draw, contact)."""
    location = {prefix: effect_of_rows(array, draws, prefix) + draws[f"{prefix}rank_effect"][:, array["rank"]]
                + np.multiply.outer(draws[f"{prefix}drift"], array["decade"])
                + neighbours.departures(array, draws, prefix, SLOPES[prefix]) for prefix in PREFIXES}
    inside = draws["mechanism_base"][:, None] + location["mechanism_"]
    outcome = location[""] + np.multiply.outer(draws["breadth"], array["topics_named"])
    cut = cutpoints(draws["outcome_share"])[:, array["mechanism_member"]]
    return {"mechanism_member": log_expit((2 * array["mechanism_member"] - 1) * inside),
            "outcome_code": log_ordered(array["outcome_code"], outcome, cut)}


# Mechanisms and outcomes of the recorded contacts at known parameter values.

def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Draw both observations; the outcome depends on the mechanism drawn."""
    array = dict(data.array)
    inside = truth["mechanism_base"] + _shared_at(array, truth, "mechanism_")
    member = (rng.random(len(inside)) < expit(inside)).astype(np.int64)
    location = _shared_at(array, truth, "") + truth["breadth"] * array["topics_named"]
    outcome = draw(location, cutpoints(truth["outcome_share"])[member], rng)
    return ComponentData(array=array | {"mechanism_member": member, "outcome_code": outcome}, coord=data.coord)


def _shared_at(array: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray], prefix: str) -> np.ndarray:
    effect = (truth[f"{prefix}type_effect"][array["type_of_term"]]
              + truth[f"{prefix}president_effect"][array["president_of_term"]])
    found: np.ndarray = (effect[array["term"]] + truth[f"{prefix}rank_effect"][array["rank"]]
                         + truth[f"{prefix}drift"] * array["decade"]
                         + neighbours.departures_at(array, truth, prefix, SLOPES[prefix]))
    return found


# Outcomes by administration type.

def outcome_by_type(posterior: xr.Dataset) -> xr.Dataset:
    """Outcome shares of a contact of average rank at the zero of drifts, mechanism integrated out.

    Returns
    -------
    xarray.Dataset
        ``share`` (draw, type, outcome), summing to one over outcomes.
    """
    member = xr.apply_ufunc(expit, posterior["mechanism_base"] + posterior["mechanism_type_effect"])
    outside, inside = (_shares(posterior, label) for label in MECHANISM)
    share = member * inside + (1 - member) * outside
    return xr.Dataset({"share": share.transpose("draw", "type", "outcome")})


def _shares(posterior: xr.Dataset, mechanism: str) -> xr.DataArray:
    location = posterior["type_effect"].transpose("draw", "type").to_numpy()
    cut = cutpoints(posterior["outcome_share"].sel(mechanism=mechanism, drop=True).transpose("draw", "outcome").to_numpy())
    below = expit(cut[:, None, :] - location[:, :, None])
    edge = np.ones((*location.shape, 1))
    share = np.diff(np.concatenate([0 * edge, below, edge], axis=-1), axis=-1)
    coords = {"type": posterior["type"], "outcome": posterior["outcome"]}
    return xr.DataArray(share, dims=("draw", "type", "outcome"), coords=coords)


# What outcomes should look like by rank, by mechanism and by term.

OUTCOMES = 4


def outcome_by_rank(array: Array) -> np.ndarray:
    """Contacts by rank and outcome, flattened."""
    return table_counts(array["rank"], array["outcome_code"], shape=(_levels(array, "rank"), OUTCOMES))


def outcome_by_term(array: Array) -> np.ndarray:
    """Contacts by term and outcome, flattened."""
    return table_counts(array["term"], array["outcome_code"], shape=(_levels(array, "term"), OUTCOMES))


def outcome_by_mechanism(array: Array) -> np.ndarray:
    """Contacts outside and inside of standing mechanisms by outcome, flattened."""
    return table_counts(array["mechanism_member"], array["outcome_code"], shape=(2, OUTCOMES))


def mechanism_by_rank(array: Array) -> np.ndarray:
    """Contacts of standing mechanisms by rank, shape (rank,)."""
    return np.bincount(array["rank"], array["mechanism_member"], _levels(array, "rank"))


def mechanism_by_term(array: Array) -> np.ndarray:
    """Contacts of standing mechanisms by term, shape (term,)."""
    return np.bincount(array["term"], array["mechanism_member"], _levels(array, "term"))


def _levels(array: Array, name: str) -> int:
    return int(array[name].max()) + 1


def _labels(name: str, *, outcomes: bool) -> Callable[[ComponentData], list[str]]:
    def labels(data: ComponentData) -> list[str]:
        found = data.coord[name][: _levels(data.array, name)]
        return [f"{one}, outcome {code}" for one in found for code in data.coord["outcome"]] if outcomes else list(found)

    return labels


def _mechanism_labels(data: ComponentData) -> list[str]:
    return [f"{where}, outcome {code}" for where in ("single talks", "mechanisms") for code in data.coord["outcome"]]


FAMILY = (
    Family(name="outcome_by_rank", title="contacts by rank and outcome", of=outcome_by_rank,
           labels=_labels("rank", outcomes=True)),
    Family(name="outcome_by_mechanism", title="contacts by mechanism and outcome", of=outcome_by_mechanism,
           labels=_mechanism_labels),
    Family(name="outcome_by_term", title="contacts by term and outcome", of=outcome_by_term,
           labels=_labels("term", outcomes=True)),
    Family(name="mechanism_by_rank", title="contacts of standing mechanisms by rank", of=mechanism_by_rank,
           labels=_labels("rank", outcomes=False)),
    Family(name="mechanism_by_term", title="contacts of standing mechanisms by term", of=mechanism_by_term,
           labels=_labels("term", outcomes=False)),
)


# What a prior should not say of outcomes.

def outcomes(array: Array) -> np.ndarray:
    """Share of contacts with each outcome, (outcome,)."""
    return shares(np.bincount(array["outcome_code"], minlength=OUTCOMES))


STATISTICS = (
    Statistic(name="commonest_outcome", title="the share of contacts with the most frequent outcome",
              of=lambda array: commonest(array["outcome_code"], OUTCOMES), percent=True,
              bound=Bound(
                  high=0.99, allowed=0.5,
                  reason="A codebook tells outcomes apart because they differ; a prior that gives all contacts one outcome says "
                         "that there is nothing to learn.",
                  remedy="Spread outcome_share over more outcomes, or lower the sigmas that push all contacts to one end.")),
    Statistic(name="with_result", title="the share of contacts with outcome 1 or more",
              of=lambda array: float((array["outcome_code"] > 0).mean()), percent=True),
    Statistic(name="in_mechanism", title="the share of contacts within standing mechanisms",
              of=lambda array: float(array["mechanism_member"].mean()), percent=True),
)


# Effectiveness of a contact: its outcome, and whether a standing mechanism carries it.

class Effectiveness(Component):
    """Outcome 0 to 3 of a contact as an ordered logit, given mechanism, breadth and rank."""

    name = section = "effectiveness"
    role = "outcome"
    several = "first"
    needs = NEEDS
    meaning = MEANING
    observed = ordered = ("mechanism_member", "outcome_code")
    axes: Mapping[str, tuple[str, ...]] = AXES_OF_TERMS | dict.fromkeys(
        ("outcome_code", "mechanism_member", "topics_named", "rank", "term", "decade", neighbours.ARRAY), ("contact",))
    blocks: Mapping[str, tuple[str, ...]] = {
        OF_ADMINISTRATIONS: ("administration_scale", "mechanism_administration_scale"),
        "drift": ("drift", "mechanism_drift"), "ranks": ("rank_scale", "mechanism_rank_scale"),
        "base": ("outcome_share", "mechanism_base"), "covariates": ("breadth",),
        "neighbours": tuple(neighbours.needs() | neighbours.needs("mechanism_"))}
    units: Mapping[str, Scale] = ADMINISTRATION_UNITS | {
        "drift": ODDS_DECADE, "mechanism_drift": ODDS_DECADE,
        "mechanism_base": Scale(kind="share", unit="of contacts in standing mechanisms"),
        "outcome_share": Scale(kind="value", unit="of contacts with outcome 0, 1, 2, 3")}
    statistics = STATISTICS
    curves: Mapping[str, Callable[[Array], np.ndarray]] = {"outcomes": outcomes}

    def data(self, panel: Panel) -> ComponentData:
        """Outcome and mechanism of every contact with their covariates."""
        rows = covariates(panel)
        array = {"outcome_code": panel.contact["outcome"].to_numpy(np.int64),
                 "mechanism_member": rows["mechanism"], "topics_named": rows["breadth"],
                 **{name: rows[name] for name in ("rank", "term", "decade")}, **by_term(panel)}
        beside, axis = neighbours.select(panel)
        coord = coordinates(panel) | {"mechanism": MECHANISM, "outcome": codes.OUTCOME.labels}
        return ComponentData(array=array | beside, coord=coord | axis)

    def needed(self, coord: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
        """Without neighbours nothing departs."""
        return neighbours.needed(self.needs, coord, *PREFIXES)

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.effectiveness`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        scales = neighbours.scales(SCALES, data.coord, *PREFIXES)
        named = unpack_all(raw, scales, (member(data, priors), outcome(data, priors)), priors)
        named = neighbours.unpacked(named, data, *PREFIXES)
        dims = ("chain", "draw", *("mechanism", "outcome"))
        return named.assign(outcome_share=(dims, unpack_shares(raw["outcome_share_raw"].to_numpy())))

    def of_dyad(self, chains: xr.Dataset, coord: Mapping[str, tuple[str, ...]],
                dyad: str) -> tuple[xr.Dataset, dict[str, tuple[str, ...]]]:
        """Parameters of the dyad that is forecast, without departures of its neighbours."""
        return neighbours.of_dyad(chains, coord, dyad)

    def pointwise(self, data: ComponentData, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Mechanism and outcome of every contact."""
        return pointwise(data.array, draws)

    def families(self, data: ComponentData) -> tuple[Family, ...]:
        """Outcomes by rank, mechanism and term, and mechanisms by rank and term."""
        return neighbours.of_own(FAMILY, self.axes)

    def observations(self, data: ComponentData, panel: Panel) -> dict[str, list[str]]:
        """Contacts, in both quantities."""
        return dict.fromkeys(self.observed, neighbours.named(panel).tolist())

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Observations at known parameter values."""
        return simulate(data, truth, rng)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Locations, coefficients and cutpoints for a coming term; drift held at the middle of the term."""
        location = {}
        for prefix in PREFIXES:
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

    def at(self, posterior: xr.Dataset, decade: float) -> xr.Dataset:
        """The same draws with the trends of outcomes and of standing mechanisms taken to a time."""
        return posterior.assign(type_effect=posterior["type_effect"] + decade * posterior["drift"],
                                mechanism_base=posterior["mechanism_base"] + decade * posterior["mechanism_drift"])

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
