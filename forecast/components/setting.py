r"""Where a contact takes place: who travels, and in which format.

For contact :math:`i` of rank :math:`r` in term :math:`j`, :math:`x_i` decades from the zero of drifts to the middle of what is
observed of its administration year, over directions :math:`d`:

.. math::

    \Pr(d_i = d) &\propto \exp\!\left(a_d + \omega R_{rd} + \tau (T_{type(j)d} + P_{president(j)d}) + g_d\, x_i\right) \\
    \Pr(visit_i \mid d) &= q_d, \qquad d \in \{\text{US to partner},\ \text{partner to US}\} \\
    \Pr(format_i = f \mid \text{remote}) &= u_f, \qquad f \in \{\text{call},\ \text{video},\ \text{letter}\}

with :math:`q_d` and :math:`u` Dirichlet. By the codebook a contact in person is a visit or a meeting, in a third country a
meeting, and a remote one a call, a video conference or a letter. The logits of the four directions are known up to a common
constant, which their priors decide and nothing depends on.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.special import log_softmax, softmax

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
from forecast.components.likelihood import distinct, observed
from forecast.components.linear import Block, Linear, Scales, Shares, one_hot, unpack_all, unpack_shares, zero_sum_basis
from forecast.components.priors import Prior, Scale
from forecast.components.protocol import Component, ComponentData, Future, Shocks, Take, by_label
from forecast.components.statistics import Array, Bound, Family, Statistic, commonest, table_counts
from forecast.contacts import codes
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


NEEDS = ADMINISTRATION | {
    "base": "real",
    "administration_scale": "positive",
    "rank_scale": "positive",
    "drift": "real",
    "visit_share": "shares_of_2",
    "remote_share": "shares_of_3",
} | neighbours.needs()
COVARIATES = ("rank", "term", "decade", neighbours.ARRAY)
"""Of a contact: those that have them all alike are one row of the model."""
SCALES = ("administration_scale", "rank_scale")
SLOPES = {"drift": "decade"}
"""Coefficients in which neighbours may differ, and the arrays that they multiply."""
TRAVEL = ("us_to_partner", "partner_to_us")
"""Directions in which a contact may be a visit."""
IN_PERSON, REMOTE = ("visit", "meeting"), ("call", "video", "letter")
"""Formats of either kind."""
_DIRECTION = "logit of the direction of a contact"
MEANING = meaning_of_effects(f"the {_DIRECTION}", "log odds") | {
    "base": (f"{_DIRECTION}, up to a common constant, at average rank and administration, at the zero of drifts", "log odds"),
    "administration_scale": ("spread of the effects of types and of presidents", "log odds"),
    "rank_scale": ("spread of the effects of ranks", "log odds"),
    "rank_effect": (f"effect of the rank on the {_DIRECTION}; sums to zero over ranks", "log odds"),
    "drift": (f"trend of the {_DIRECTION}", "log odds per decade"),
    "visit_share": ("share of each format of contacts in person, by who travels", "share"),
    "remote_share": ("share of each format of remote contacts", "share"),
} | neighbours.meaning(f"the {_DIRECTION}", "log odds", "", SLOPES)


def linear(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Logit of every direction, a row for each contact of `data`, or for each kind of them."""
    array, n_rank = data.array, len(data.coord["rank"])
    return Linear(name="setting", axis="direction", columns=len(data.coord["direction"]), blocks=(
        Block(name="base", prior="base", design=np.ones((len(array["rank"]), 1))),
        *administration_blocks(data, array["term"], ("administration_scale",) * 2, priors),
        Block(name="rank_effect", prior="rank_scale", dims=("rank",), basis=zero_sum_basis(n_rank),
              design=one_hot(array["rank"], n_rank)),
        Block(name="drift", prior="drift", design=array["decade"][:, None]),
        *neighbours.blocks(data, priors, "", SLOPES),
    ))


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring; rows are contacts of equal covariates."""
    import pymc as pm
    import pytensor.tensor as pt

    visit, remote = format_counts(data)
    kinds, row = distinct(data, COVARIATES)
    shape = (len(kinds.array["rank"]), len(data.coord["direction"]))
    direction = table_counts(row, data.array["direction"], shape=shape).reshape(shape)
    with pm.Model() as model:
        scales = Scales(neighbours.scales(SCALES, data.coord, ""), priors)
        logit = linear(kinds, priors).predictor(priors, scales)
        taken, contacts = observed("direction_data", direction), observed("contacts", direction.sum(axis=1))
        pm.Potential("direction", (taken * logit).sum() - (contacts * pt.log(pt.exp(logit).sum(axis=1))).sum())
        of_visit = Shares("visit_share", priors["visit_share"], len(TRAVEL)).variable
        of_remote = Shares("remote_share", priors["remote_share"], 1).variable
        pm.Potential("format", (observed("visit_data", visit) * pt.log(of_visit)).sum()
                     + (observed("remote_data", remote) * pt.log(of_remote)).sum())
    return model


def format_counts(data: ComponentData) -> tuple[np.ndarray, np.ndarray]:
    """Visits and meetings by direction of travel, (2, 2), and remote contacts by format, (1, 3), of the dyad that is forecast."""
    direction, form = (data.array[name][neighbours.own(data.array)] for name in ("direction", "format"))
    place = {name: data.coord["direction"].index(name) for name in (*TRAVEL, "remote")}
    code = {name: data.coord["format"].index(name) for name in (*IN_PERSON, *REMOTE)}
    visit = [[((direction == place[way]) & (form == code[name])).sum() for name in IN_PERSON] for way in TRAVEL]
    remote = [[((direction == place["remote"]) & (form == code[name])).sum() for name in REMOTE]]
    return np.array(visit, float), np.array(remote, float)


# Shares of formats by direction, impossible combinations at zero.

def shares_of_format(visit: np.ndarray, remote: np.ndarray, coord: Mapping[str, tuple[str, ...]]) -> np.ndarray:
    """Shares of the formats of every direction, (..., direction, format), each summing to one.

    Parameters
    ----------
    visit : (..., 2, 2) array
        Shares of visits and meetings of the two directions of travel.
    remote : (..., 3) array
        Shares of calls, video conferences and letters.
    coord : mapping of str to tuple of str
        Labels of the axes ``direction`` and ``format``.
    """
    way, form = coord["direction"], coord["format"]
    found = np.zeros((*remote.shape[:-1], len(way), len(form)))
    for number, name in enumerate(TRAVEL):
        for code, label in enumerate(IN_PERSON):
            found[..., way.index(name), form.index(label)] = visit[..., number, code]
    found[..., way.index("third_country"), form.index("meeting")] = 1.0
    for code, label in enumerate(REMOTE):
        found[..., way.index("remote"), form.index(label)] = remote[..., code]
    return found


# Direction and format of every contact at known parameter values, in plain NumPy.

def pointwise(data: ComponentData, draws: Array) -> dict[str, np.ndarray]:
    """Log probability of the direction of a contact, and of its format given that, each (draw, contact)."""
    array = data.array
    logit = (draws["base"][:, None] + effect_of_rows(array, draws) + draws["rank_effect"][:, array["rank"]]
             + draws["drift"][:, None] * array["decade"][:, None] + neighbours.departures(array, draws, "", SLOPES))
    share = shares_of_format(draws["visit_share"], draws["remote_share"], data.coord)
    form = share[:, array["direction"], array["format"]]
    form = np.where(neighbours.own(array), form, 1.0)  # formats are learned from the dyad alone
    form = np.log(np.where(form > 0, form, 1.0))  # a format that its direction excludes is no observation of the model
    return {"direction": log_softmax(logit, axis=-1)[:, np.arange(len(array["rank"])), array["direction"]],
            "format": form}


# Directions and formats of the recorded contacts at known parameter values.

def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Draw the direction of every contact, then its format."""
    array = dict(data.array)
    effect = truth["type_effect"][array["type_of_term"]] + truth["president_effect"][array["president_of_term"]]
    logit = (truth["base"] + effect[array["term"]] + truth["rank_effect"][array["rank"]]
             + np.multiply.outer(array["decade"], truth["drift"]) + neighbours.departures_at(array, truth, "", SLOPES))
    direction = _draw(softmax(logit, axis=1), rng)
    share = shares_of_format(truth["visit_share"], truth["remote_share"], data.coord)
    return ComponentData(array=array | {"direction": direction, "format": _draw(share[direction], rng)}, coord=data.coord)


def _draw(share: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One code per row of shares; codes of share zero never."""
    uniform = rng.random((len(share), 1)) * share.sum(axis=1, keepdims=True)
    found: np.ndarray = (uniform >= np.cumsum(share, axis=1)[:, :-1]).sum(axis=1).astype(np.int64)
    return found


# Directions of contacts by administration type.

def direction_by_type(posterior: xr.Dataset) -> xr.Dataset:
    """Shares of the directions for a contact of average rank at the zero of drifts, ``share`` (draw, type, direction)."""
    logit = (posterior["base"] + posterior["type_effect"]).transpose("draw", "type", "direction")
    return xr.Dataset({"share": logit.copy(data=softmax(logit.to_numpy(), axis=-1))})


# What directions and formats should look like by rank, by type and by term.

DIRECTIONS, FORMATS = len(codes.DIRECTION), len(codes.FORMAT)


def direction_by_rank(array: Array) -> np.ndarray:
    """Contacts by rank and direction, flattened."""
    return table_counts(array["rank"], array["direction"], shape=(len(codes.RANK), DIRECTIONS))


def counted_direction_by_type(array: Array) -> np.ndarray:
    """Contacts by administration type and direction, flattened."""
    kind = array["type_of_term"][array["term"]]
    return table_counts(kind, array["direction"], shape=(int(array["type_of_term"].max()) + 1, DIRECTIONS))


def direction_by_term(array: Array) -> np.ndarray:
    """Contacts by term and direction, flattened."""
    return table_counts(array["term"], array["direction"], shape=(len(array["type_of_term"]), DIRECTIONS))


def counted_formats(array: Array) -> np.ndarray:
    """Contacts by format, shape (format,)."""
    return np.bincount(array["format"], minlength=FORMATS)


def _by(axis: str) -> Callable[[ComponentData], list[str]]:
    def labels(data: ComponentData) -> list[str]:
        found = data.coord[axis]
        if axis == "type":
            found = found[:int(data.array["type_of_term"].max()) + 1]
        return [f"{one}, {direction}" for one in found for direction in data.coord["direction"]]

    return labels


FAMILY = (
    Family(name="direction_by_rank", title="contacts by rank and direction", of=direction_by_rank, labels=_by("rank")),
    Family(name="direction_by_type", title="contacts by administration type and direction", of=counted_direction_by_type,
           labels=_by("type")),
    Family(name="direction_by_term", title="contacts by term and direction", of=direction_by_term, labels=_by("term")),
    Family(name="format", title="contacts by format", of=counted_formats, labels=lambda data: list(data.coord["format"])),
)


# What a prior should not say of directions.

STATISTICS = (
    Statistic(name="commonest_direction", title="the share of contacts with the most frequent direction",
              of=lambda array: commonest(array["direction"], DIRECTIONS), percent=True,
              bound=Bound(
                  high=0.97,
                  reason="Officials travel both ways and telephone; a record in which all but one contact of thirty go one way "
                         "would be that of an office, not of a relation.",
                  remedy="Lower sigma of the base and of the drift of the setting.")),
    Statistic(name="in_person", title="the share of contacts in person",
              of=lambda array: float((array["direction"] < DIRECTIONS - 1).mean()), percent=True),
)


# Setting of a contact: who travels where, and in which format they meet.

class Setting(Component):
    """Direction of a contact by multinomial logit, and its format given the direction."""

    name = section = "setting"
    role = "setting"
    several = "first"
    needs = NEEDS
    meaning = MEANING
    observed = ("direction", "format")
    axes: Mapping[str, tuple[str, ...]] = AXES_OF_TERMS | dict.fromkeys(
        ("direction", "format", "rank", "term", "decade", neighbours.ARRAY), ("contact",))
    blocks: Mapping[str, tuple[str, ...]] = {
        OF_ADMINISTRATIONS: ("administration_scale",), "drift": ("drift",), "ranks": ("rank_scale",),
        "base": ("base", "visit_share", "remote_share"), "neighbours": neighbours.SCALES}
    units: Mapping[str, Scale] = ADMINISTRATION_UNITS
    statistics = STATISTICS

    def data(self, panel: Panel) -> ComponentData:
        """Direction and format of every contact with their covariates."""
        rows = covariates(panel)
        array = {name: panel.contact[name].map(labels.index).to_numpy(np.int64)
                 for name, labels in (("direction", codes.DIRECTION), ("format", codes.FORMAT))}
        array |= {name: rows[name] for name in ("rank", "term", "decade")}
        coord = coordinates(panel) | {"direction": codes.DIRECTION.labels, "format": codes.FORMAT.labels,
                                      "travel": TRAVEL, "in_person": IN_PERSON, "remote_format": REMOTE}
        beside, axis = neighbours.select(panel)
        return ComponentData(array=array | by_term(panel) | beside, coord=coord | axis)

    def needed(self, coord: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
        """Without neighbours nothing departs."""
        return neighbours.needed(self.needs, coord, "")

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.setting`."""
        return build(data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        scales = neighbours.scales(SCALES, data.coord, "")
        named = neighbours.unpacked(unpack_all(raw, scales, (linear(data, priors),), priors), data, "")
        visit, remote = (unpack_shares(raw[f"{name}_share_raw"].to_numpy()) for name in ("visit", "remote"))
        chain = ("chain", "draw")
        return named.assign(visit_share=((*chain, "travel", "in_person"), visit),
                            remote_share=((*chain, "remote_format"), remote[:, :, 0]))

    def of_dyad(self, chains: xr.Dataset, coord: Mapping[str, tuple[str, ...]],
                dyad: str) -> tuple[xr.Dataset, dict[str, tuple[str, ...]]]:
        """Parameters of the dyad that is forecast, without departures of its neighbours."""
        return neighbours.of_dyad(chains, coord, dyad)

    def pointwise(self, data: ComponentData, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Direction and format of every contact."""
        return pointwise(data, draws)

    def observations(self, data: ComponentData, panel: Panel) -> dict[str, list[str]]:
        """Contacts, in both quantities."""
        return dict.fromkeys(self.observed, neighbours.named(panel).tolist())

    def families(self, data: ComponentData) -> tuple[Family, ...]:
        """Directions by rank, type and term, and formats."""
        return neighbours.of_own(FAMILY, self.axes)

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
