r"""Which topics a contact brings: a Bernoulli per contact and topic, with walks over terms and breadth.

A contact whose agenda is reported names at least one topic: an agenda of none is what a record calls not reported. For such a
contact :math:`i` of rank :math:`r`, in term :math:`j`, and topic :math:`k`:

.. math::

    s_{ik} &\sim \mathrm{Bernoulli}(\mathrm{logit}^{-1}\,\theta_{ik}) \quad\text{given}\quad \textstyle\sum_k s_{ik} \ge 1 \\
    \theta_{ik} &= a_k + \tau\,(T_{type(j)k} + P_{president(j)k}) + \omega R_{rk} + \sigma W_{jk} + \beta_i,
    \qquad \beta_i \sim \mathrm{Normal}(0, \kappa)

:math:`W` is a random walk over terms, zero at the latest one, so that :math:`a_k` is today's level; a coming term
adds one step. Breadth :math:`\beta_i` lets some readouts list more topics than others; without it the topics of one
contact would be too nearly independent. :math:`T` sums to zero over types, :math:`R` over ranks.

Contacts of one rank in one term share their logits :math:`\theta_{ck}` at breadth zero. With :math:`n_{ck}` of them naming topic
:math:`k` and :math:`N_{cm}` naming :math:`m \ge 1` topics, breadth integrates out:

.. math:: \sum_{ck} n_{ck}\,\theta_{ck} + \sum_{cm} N_{cm} \log \int
    \frac{e^{m\beta}}{\prod_k (1 + e^{\theta_{ck} + \beta}) - 1}\, d\Phi(\beta / \kappa)

(Gauss-Hermite quadrature), so that the sampler moves in the parameters alone.

Agenda mix by administration type.

The expected share of each topic among all mentions, for a contact of average rank at today's level of the walk:

.. math:: m_{tk} = \frac{p_{tk}}{\sum_l p_{tl}},\qquad p_{tk}\ \text{of}\ \theta_{tk} = a_k + \tau T_{tk}

with :math:`p` of :mod:`forecast.components.likelihood`: breadth integrated out, given that a topic is named.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.special import expit

from forecast.components import neighbours
from forecast.components.administration import (
    ADMINISTRATION_UNITS,
    AXES_OF_TERMS,
    OF_ADMINISTRATIONS,
    administration_blocks,
    by_term,
    coordinates,
    covariates,
    effect_of_rows,
    meaning_of_effects,
    project_administration,
    steps_of,
)
from forecast.components.administration import NEEDS as ADMINISTRATION
from forecast.components.control import Control, shifted_terms
from forecast.components.likelihood import chance_of_naming, observed
from forecast.components.linear import Block, Linear, Scales, one_hot, unpack_all, walk_matrix, zero_sum_basis
from forecast.components.priors import Prior, Scale
from forecast.components.protocol import Component, ComponentData, Effort, Future, Shocks, Take, by_label
from forecast.components.statistics import Array, Bound, Family, Statistic, axis, shares
from forecast.contacts import codes
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model

    from forecast.components.protocol import TensorVariable


NEEDS = ADMINISTRATION | {
    "base": "real",
    "administration_scale": "positive",
    "rank_scale": "positive",
    "walk_scale": "positive",
    "breadth_scale": "positive",
} | neighbours.needs()
SCALES = ("administration_scale", "rank_scale", "walk_scale", "breadth_scale")
_TOPIC = "log odds that a contact names the topic"
MEANING = meaning_of_effects(f"the {_TOPIC}", "log odds") | {
    "base": (f"{_TOPIC}, today, at average rank and administration", "log odds"),
    "administration_scale": ("spread of the effects of types and of presidents", "log odds"),
    "rank_scale": ("spread of the effects of ranks", "log odds"),
    "walk_scale": ("step of a topic's walk from one term to the next", "log odds"),
    "breadth_scale": ("spread of breadth over contacts", "log odds"),
    "rank_effect": (f"effect of the rank on the {_TOPIC}; sums to zero over ranks", "log odds"),
    "walk": (f"{_TOPIC} in an earlier term, less that in the latest term", "log odds"),
} | neighbours.meaning(f"the {_TOPIC}", "log odds")


NODES = 11  # odd; the log likelihood of the whole record is right to 0.1 for spreads up to 1.2


def linear(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Topic logits at breadth zero, rows as :func:`cells` has them."""
    coord = data.coord
    n_term, n_rank = len(coord["term"]), len(coord["rank"])
    rows = cells(data)
    _, term, rank = rows
    return Linear(name="topic", axis="topic", columns=len(coord["topic"]), blocks=(
        Block(name="base", prior="base", design=np.ones((len(term), 1))),
        *administration_blocks(data, term, ("administration_scale",) * 2, priors),
        Block(name="rank_effect", prior="rank_scale", dims=("rank",), basis=zero_sum_basis(n_rank),
              design=one_hot(rank, n_rank)),
        Block(name="walk", prior="walk_scale", dims=("earlier_term",), basis=walk_matrix(n_term)[:-1],
              design=one_hot(term, n_term)[:, :-1]),
        *neighbours.blocks(data, priors, cells=rows),
    ))


def cells(data: ComponentData) -> tuple[np.ndarray, ...]:
    """Dyad, term and rank of contacts that share their logits, each (cell,).

    Of a dyad alone all that there can be, in the order (term, rank); with neighbours those that hold a contact.
    """
    shape = (len(data.coord["dyad"]), len(data.coord["term"]), len(data.coord["rank"]))
    held = np.unique(_flat(data, shape)) if neighbours.several(data.coord) else np.arange(np.prod(shape))
    return np.unravel_index(held, shape)


def _flat(data: ComponentData, shape: tuple[int, ...]) -> np.ndarray:
    """Number of the cell of every contact over all dyads, terms and ranks."""
    dyad = data.array.get(neighbours.ARRAY, np.zeros(len(data.array["rank"]), np.int64))
    return np.ravel_multi_index((dyad, data.array["term"], data.array["rank"]), shape)


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring."""
    import pymc as pm

    named, size = by_cell(data)
    with pm.Model() as model:
        scales = Scales(neighbours.scales(SCALES, data.coord, ""), priors)
        logit = linear(data, priors).predictor(priors, scales)
        pm.Potential("named", log_likelihood(observed("named_count", named), observed("size_count", size), logit,
                                             scales["breadth_scale"]))
    return model


def by_cell(data: ComponentData) -> tuple[np.ndarray, np.ndarray]:
    """Contacts that name each topic, (cell, topic), and that name m topics, (cell, m = 1, 2, ...)."""
    array, topics = data.array, len(data.coord["topic"])
    shape = (len(data.coord["dyad"]), len(data.coord["term"]), len(data.coord["rank"]))
    held = np.ravel_multi_index(cells(data), shape)
    cell = np.searchsorted(held, _flat(data, shape))
    named, size = np.zeros((2, len(held), topics))
    np.add.at(named, cell, array["named"])
    np.add.at(size, (cell, array["named"].sum(axis=1) - 1), 1)
    return named, size


def log_likelihood(named: "TensorVariable", size: "TensorVariable", logit: "TensorVariable",
                   spread: "TensorVariable") -> "TensorVariable":
    """The sum of the module docstring, arguments (cell, topic), (cell, m), (cell, topic) and a scalar."""
    import pytensor.tensor as pt

    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    factor = 1 + pt.exp(logit.T)[:, None, :] * pt.exp(spread * node)[None, :, None]  # (topic, node, cell): cells in one piece
    share = (weight / weight.sum())[:, None] / (pt.prod(factor, axis=0, no_zeros_in_input=True) - 1)
    power = pt.exp(spread * np.outer(1 + np.arange(logit.type.shape[1]), node))  # (m, node)
    found: TensorVariable = (named * logit).sum() + (size.T * pt.log(pt.dot(power, share))).sum()
    return found


# Every contact's topics at known parameter values, in plain NumPy.

def pointwise(array: Array, draws: Array) -> np.ndarray:
    """Log probability of all topics of a contact, its breadth integrated out, (draw, contact)."""
    walk = np.concatenate([draws["walk"], np.zeros((len(draws["base"]), 1, draws["base"].shape[1]))], axis=1)
    logit = (draws["base"][:, None] + effect_of_rows(array, draws) + draws["rank_effect"][:, array["rank"]]
             + walk[:, array["term"]] + neighbours.departures(array, draws))
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    odds, topics = np.exp(logit), array["named"].sum(axis=1)
    total = np.full(logit.shape[:2], -np.inf)
    for at, share in zip(node, weight / weight.sum(), strict=True):
        breadth = (draws["breadth_scale"] * at)[:, None]
        one = topics * breadth - np.log(np.prod(1 + odds * np.exp(breadth)[..., None], axis=-1) - 1)
        total = np.logaddexp(total, np.log(share) + one)
    found: np.ndarray = (array["named"] * logit).sum(axis=-1) + total
    return found


# Topics of contacts, given that each names at least one.

def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Topics of the same contacts at known parameter values."""
    array = dict(data.array)
    effect = truth["type_effect"][array["type_of_term"]] + truth["president_effect"][array["president_of_term"]]
    walk = np.vstack([truth["walk"], np.zeros(len(data.coord["topic"]))])
    by_contact = ((effect + walk)[array["term"]] + truth["rank_effect"][array["rank"]]
                  + neighbours.departures_at(array, truth))
    breadth = truth["breadth_scale"] * rng.standard_normal((len(by_contact), 1))
    named = _at_least_one(expit(truth["base"] + by_contact + breadth), rng)
    return ComponentData(array=array | {"named": named.astype(np.int64)}, coord=data.coord)


def _at_least_one(chance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Independent topics given that one or more is named, (contact, topic).

    Topic after topic: while none is named yet, the chance of the next one is given that it or a later one is.
    """
    some_later = 1 - np.cumprod(1 - chance[:, ::-1], axis=1)[:, ::-1]
    named = np.zeros(chance.shape, dtype=bool)
    for topic in range(chance.shape[1]):
        needed = ~named.any(axis=1)
        named[:, topic] = rng.random(len(chance)) * np.where(needed, some_later[:, topic], 1.0) < chance[:, topic]
    named[~named.any(axis=1), -1] = True  # the last one is certain; rounding alone can miss it
    return named


# Agenda mix by administration type.

def mix_by_type(posterior: xr.Dataset) -> xr.Dataset:
    """Share of each topic among mentions, ``mix`` (draw, type, topic); sums to one over topics."""
    logit = (posterior["base"] + posterior["type_effect"]).transpose("draw", "type", "topic")
    named = logit.copy(data=chance_of_naming(logit.to_numpy(), posterior["breadth_scale"].to_numpy()[:, None]))
    return xr.Dataset({"mix": named / named.sum("topic")})


# What agendas should look like: which topics, which go together, and how many a contact has.

MOST = 10
"""Contacts with so many topics or more are counted together."""


def together(array: Array) -> np.ndarray:
    """Contacts that name both topics of each pair, shape (pair,)."""
    named = array["named"].astype(float)
    first, second = np.triu_indices(named.shape[1], 1)
    found: np.ndarray = (named.T @ named)[first, second]
    return found


def breadth(array: Array) -> np.ndarray:
    """Contacts by number of topics, shape (MOST + 1,)."""
    return np.bincount(np.minimum(array["named"].sum(axis=1), MOST), minlength=MOST + 1)


def by_rank(array: Array) -> np.ndarray:
    """Contacts that name each topic by rank, flattened."""
    found = np.zeros((len(_ranks(array)), array["named"].shape[1]))
    np.add.at(found, array["rank"], array["named"])
    return found.ravel()


def _ranks(array: Array) -> range:
    return range(int(array["rank"].max()) + 1)


def _pairs(data: ComponentData) -> list[str]:
    topic = data.coord["topic"]
    return [f"{topic[first]} and {topic[second]}" for first, second in zip(*np.triu_indices(len(topic), 1), strict=True)]


def _rank_labels(data: ComponentData) -> list[str]:
    return [f"{data.coord['rank'][rank]}, {topic}" for rank in _ranks(data.array) for topic in data.coord["topic"]]


def _sizes(_: ComponentData) -> list[str]:
    return [*(f"{number} topic{'' if number == 1 else 's'}" for number in range(MOST)), f"{MOST} topics or more"]


FAMILY = (
    Family(name="topics", title="contacts by topic", of=lambda array: array["named"].sum(axis=0), labels=axis("topic")),
    Family(name="topic_pairs", title="contacts that name both topics of a pair", of=together, labels=_pairs),
    Family(name="breadth", title="contacts by number of topics", of=breadth, labels=_sizes),
    Family(name="topics_by_rank", title="contacts by rank and topic", of=by_rank, labels=_rank_labels),
)


# What a prior should not say of agendas.

def extreme_breadth(array: Array) -> float:
    """Share of contacts that name more than two thirds of the topics."""
    return float(np.mean(array["named"].mean(axis=1) > 2 / 3))


STATISTICS = (
    Statistic(name="extreme_breadth", title="the share of contacts that name most topics", of=extreme_breadth, percent=True,
              bound=Bound(
                  high=0.25,
                  reason="An agenda is coded where a page says what was discussed; that is a few topics, hardly ever most of "
                         "them.",
                  remedy="Lower breadth_scale, or bring the base closer to its default.")),
    Statistic(name="topics", title="the mean number of topics of a contact",
              of=lambda array: float(array["named"].sum(axis=1).mean())),
    Statistic(name="short_agenda", title="the share of contacts with one or two topics",
              of=lambda array: float(np.isin(array["named"].sum(axis=1), (1, 2)).mean()), percent=True),
)


# Agenda of a contact: the topics it names.

class Agenda(Component):
    """Topics named in a contact, with administration effects, walks over terms and breadth."""

    name = section = "agenda"
    role = "topics"
    several = "first"
    needs = NEEDS
    meaning = MEANING
    observed = ("named",)
    axes: Mapping[str, tuple[str, ...]] = AXES_OF_TERMS | {
        "named": ("contact", "topic"), "rank": ("contact",), "term": ("contact",), neighbours.ARRAY: ("contact",)}
    effort: Effort = {"draws": 2000, "target_accept": 0.8}  # the scale of administrations mixes slowly
    blocks: Mapping[str, tuple[str, ...]] = {
        OF_ADMINISTRATIONS: ("administration_scale",), "ranks": ("rank_scale",), "levels": ("walk_scale",),
        "dispersion": ("breadth_scale",), "base": ("base",), "neighbours": neighbours.SCALES}
    units: Mapping[str, Scale] = ADMINISTRATION_UNITS | {"base": Scale(kind="share", unit="of contacts name a topic")}
    statistics = STATISTICS
    curves: Mapping[str, Callable[[Array], np.ndarray]] = {"breadth": lambda array: shares(breadth(array))}

    def data(self, panel: Panel) -> ComponentData:
        """Topic indicators of the contacts whose agenda is reported."""
        rows = covariates(panel)
        array = {"named": panel.topic[panel.reported].astype(np.int64), "rank": rows["rank"][panel.reported],
                 "term": rows["term"][panel.reported], **by_term(panel)}
        beside, axis = neighbours.select(panel, panel.reported)
        return ComponentData(array=array | beside, coord=coordinates(panel) | {"topic": codes.TOPIC.labels} | axis)

    def needed(self, coord: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
        """Without neighbours nothing departs."""
        return neighbours.needed(self.needs, coord, "")

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.agenda`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model; the breadth of single contacts is integrated over, not kept."""
        scales = neighbours.scales(SCALES, data.coord, "")
        return neighbours.unpacked(unpack_all(raw, scales, (linear(data, priors),), priors), data, "")

    def of_dyad(self, chains: xr.Dataset, coord: Mapping[str, tuple[str, ...]],
                dyad: str) -> tuple[xr.Dataset, dict[str, tuple[str, ...]]]:
        """Parameters of the dyad that is forecast, without departures of its neighbours."""
        return neighbours.of_dyad(chains, coord, dyad)

    def pointwise(self, data: ComponentData, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """All topics of every contact at once."""
        return {"named": pointwise(data.array, draws)}

    def observations(self, data: ComponentData, panel: Panel) -> dict[str, list[str]]:
        """Contacts whose agenda is reported."""
        return {"named": neighbours.named(panel)[panel.reported].tolist()}

    def families(self, data: ComponentData) -> tuple[Family, ...]:
        """Topics, pairs of them, and how many a contact has."""
        return neighbours.of_own(FAMILY, self.axes)

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Topics of the same contacts at known parameter values."""
        return simulate(data, truth, rng)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Topic logits of a coming term (a step of the walk for every term that lies ahead) and the spread of breadth."""
        effect = project_administration(take, coord, future, shocks, "administration_scale", stream="agenda/president")
        step = take("walk_scale")[:, None] * steps_of(shocks, "agenda/walk", len(coord["topic"]), future)
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
