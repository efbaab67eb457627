r"""Revealed priorities of an administration type: on which topics its contacts, weighed by what they cost, are spent.

With :math:`w_r` the cost of the attention of rank :math:`r` (the rank weights of the relation index), :math:`\lambda_{rt}` the
rate of contacts of that rank under type :math:`t` and :math:`p_{rtk}` the probability that such a contact names topic :math:`k`
(:mod:`forecast.components.likelihood`),

.. math::

    A_{tk} = \frac{\sum_r w_r \lambda_{rt}\, p_{rtk}}{\sum_l \sum_r w_r \lambda_{rt}\, p_{rtl}}

Rates and logits are those of a typical administration of the type in the coming term: an average president of it, and no
departure from today's levels. A contact that names several topics counts for each. What :math:`A` is: where, by the agendas that
either side published, costly attention goes. What it is not: intentions, private agendas, or money.

Who comes to whom, and with what
--------------------------------
Shares of attention by topic from the record itself, by travelling side and type.

For contacts :math:`i` of one direction under one administration type, with :math:`w` the cost of the attention of the US
principal's rank and :math:`s_{ik}` whether contact :math:`i` names topic :math:`k`,

.. math:: A_k = \frac{\sum_i g_i\, w_{r(i)}\, s_{ik}}{\sum_l \sum_i g_i\, w_{r(i)}\, s_{il}}

Intervals are those of a Dirichlet process posterior over visits (Ferguson 1973, doi 10.1214/aos/1176342360; without its prior
the Bayesian bootstrap of Rubin 1981, doi 10.1214/aos/1176345338): one :math:`g \sim \mathrm{Exponential}(1)` for all contacts
of a visit, as :func:`~forecast.panel.panel.occasion_of` finds visits. Whole visits are drawn, because one contact names several
topics, and one trip makes several contacts that speak of the same. The prior is worth one visit, of average cost, that names
each topic with probability one half. Where visits cost the same, a topic named on :math:`s` of :math:`n` visits so has the
Jeffreys posterior :math:`\mathrm{Beta}(s + \frac12, n - s + \frac12)`: never named on a handful of visits is not taken for
impossible. It draws small cells towards equal shares. Types are those of the record, with all that was particular to their
years: nothing is held constant.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.likelihood import chance_of_naming
from forecast.components.protocol import Future, Take
from forecast.components.registry import CONTACTS, PROJECTING, TOPICS
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.panel import occasion_of
from forecast.posterior.posterior import Posterior
from forecast.simulation.prepare import safe_exp
from forecast.simulation.uncertainty_sources import draws_in

NOBODY = ""  # a president whom no record knows: with shocks at zero, an average one of the type
USED = (CONTACTS, TOPICS)


def attention_by_type(posterior: Mapping[str, Posterior], midpoint: np.ndarray,
                      weight: Mapping[str, np.ndarray]) -> dict[str, xr.DataArray]:
    """Share of attention by topic under each type, for several sets of rank weights.

    Parameters
    ----------
    posterior : mapping of str to Posterior
        By component; frequency and agenda are used, their draws paired by index.
    midpoint : (year_of_term,) array
        Decimal years of the coming term.
    weight : mapping of str to (rank,) array
        Cost of the attention of each rank, by the name of the set.

    Returns
    -------
    dict of str to xarray.DataArray
        By set, axes (draw, type, topic), summing to one over topics.
    """
    types = [kind for kind in codes.TYPE.labels if kind in posterior[TOPICS].coord["type"]]
    count = max(draws_in(posterior[name]) for name in USED)
    take = {name: cache(posterior[name].taker().at(slice(0, count))) for name in USED}  # types share all but their own effects
    futures = (Future(president=NOBODY, type=kind, midpoint=midpoint) for kind in types)
    spent = [_mentions(_typical(posterior, take, future, count)) for future in futures]
    coords = {"type": types, "topic": list(posterior[TOPICS].coord["topic"])}
    return {name: xr.DataArray(np.stack([_share(one, cost) for one in spent], axis=1), dims=("draw", "type", "topic"),
                               coords=coords) for name, cost in weight.items()}


def _typical(posterior: Mapping[str, Posterior], take: Mapping[str, Take], future: Future,
             count: int) -> dict[str, np.ndarray]:
    """Projected fields with the shocks of the coming term at zero."""
    def shocks(name: str, *shape: int) -> np.ndarray:
        return np.zeros((count, *shape))

    fields: dict[str, np.ndarray] = {}
    for name in USED:
        fields |= PROJECTING[name].project(take[name], posterior[name].coord, future, shocks)
    return fields


def _mentions(given: Mapping[str, np.ndarray]) -> np.ndarray:
    """Expected mentions per year, shape (draw, rank, topic)."""
    rate = safe_exp(given["log_rate"]).mean(axis=2)
    found: np.ndarray = rate[:, :, None] * chance_of_naming(given["topic_logit"], given["breadth_sd"][:, None])
    return found


def _share(mentions: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Share of attention, shape (draw, topic)."""
    spent = np.einsum("r,drk->dk", cost, mentions)
    found: np.ndarray = spent / spent.sum(axis=1, keepdims=True)
    return found


# Who comes to whom, and with what.

DIRECTION = ("us_to_partner", "partner_to_us")
"""The American side comes; the partner's side comes. Contacts in third countries or by wire have no travelling side."""
DRAWS, PRIOR_ATOMS = 2000, 20
STREAM = 0x7BD
"""Number of the random stream of these resamples."""


def known_agendas(panel: Panel) -> tuple[pd.DataFrame, np.ndarray]:
    """Contacts whose agenda is reported, and which topics each names, (contact, topic)."""
    return panel.contact[panel.reported], panel.topic[panel.reported]


def count_by_travel(panel: Panel) -> xr.Dataset:
    """``contacts`` with a known agenda and the ``visits`` that they make, each (direction, type)."""
    cells = _cells(panel)
    coords = {"direction": list(DIRECTION), "type": _types(panel)}
    return xr.Dataset({name: (("direction", "type"), [[count(cell) for cell in row] for row in cells])
                       for name, count in (("contacts", len), ("visits", lambda cell: cell["visit"].nunique()))}, coords)


def attention_by_travel(panel: Panel, cost: np.ndarray, seed: int) -> xr.DataArray:
    """Share of attention by topic, travelling side and type.

    Parameters
    ----------
    panel : Panel
        The record of one dyad, with at least one reported agenda.
    cost : (rank,) array
        Cost of the attention of each rank.
    seed : int
        Decides the draws.

    Returns
    -------
    xarray.DataArray
        Axes (draw, direction, type, topic), summing to one over topics.
    """
    rng = np.random.default_rng([seed, STREAM])
    visits = [[_visits(panel, cell, cost) for cell in row] for row in _cells(panel)]
    every = np.concatenate([total for row in visits for _, total in row])
    average = every.mean() if len(every) else float(cost.mean())
    share = np.stack([np.stack([posterior_share(named, average, rng) for named, _ in row], axis=1) for row in visits], axis=1)
    coords = {"direction": list(DIRECTION), "type": _types(panel), "topic": list(codes.TOPIC.labels)}
    return xr.DataArray(share, dims=("draw", "direction", "type", "topic"), coords=coords)


def posterior_share(visits: np.ndarray, average: float, rng: np.random.Generator, draws: int = DRAWS) -> np.ndarray:
    """Draws of the share of each topic among the weighed mentions of some visits, shape (draw, topic).

    Parameters
    ----------
    visits : (visit, topic) array
        Weighed mentions of each.
    average : float
        Cost of the visit of the prior.
    rng : numpy.random.Generator
    draws : int
        How many.
    """
    seen = rng.standard_exponential((draws, len(visits))) @ visits
    mass = rng.gamma(1 / PRIOR_ATOMS, size=(draws, PRIOR_ATOMS))
    names = rng.random((draws, PRIOR_ATOMS, visits.shape[1])) < 0.5
    spent = seen + average * np.einsum("da,dak->dk", mass, names.astype(float))
    found: np.ndarray = spent / spent.sum(axis=1, keepdims=True)
    return found


def _cells(panel: Panel) -> list[list[pd.DataFrame]]:
    """Contacts with a known agenda by direction and type, with their visit; their index is that of the known agendas."""
    contact = panel.contact.assign(visit=occasion_of(panel.contact))[panel.reported].reset_index(drop=True)
    return [[contact[(contact["direction"] == way) & (contact["type"] == kind)] for kind in _types(panel)] for way in DIRECTION]


def _visits(panel: Panel, cell: pd.DataFrame, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighed mentions (visit, topic) and cost (visit,) of the visits of a cell."""
    weight = cost[np.array([codes.RANK.index(rank) for rank in cell["us_rank"]], int)]
    named = known_agendas(panel)[1][cell.index]
    belongs = (cell["visit"].to_numpy()[:, None] == cell["visit"].unique()).astype(float)
    return belongs.T @ (weight[:, None] * named), belongs.T @ weight


def _types(panel: Panel) -> list[str]:
    present = set(panel.contact["type"])
    return [kind for kind in codes.TYPE.labels if kind in present]
