r"""Who comes to whom, and with what: shares of attention by topic from the record itself, by travelling side and type.

For contacts :math:`i` of one direction under one administration type, with :math:`w` the cost of the attention of the US
principal's rank and :math:`s_{ik}` whether contact :math:`i` names topic :math:`k`,

.. math:: A_k = \frac{\sum_i g_i\, w_{r(i)}\, s_{ik}}{\sum_l \sum_i g_i\, w_{r(i)}\, s_{il}}

Intervals are those of a Dirichlet process posterior over visits (Ferguson 1973, doi 10.1214/aos/1176342360; without
its prior the Bayesian bootstrap of Rubin 1981, doi 10.1214/aos/1176345338): one :math:`g \sim \mathrm{Exponential}(1)` for all
contacts of a visit. Whole visits are drawn, because one contact names several topics, and one trip makes several contacts
that speak of the same. The prior is worth one visit, of average cost, that names each topic with probability one half. Where
visits cost the same, a topic named on :math:`s` of :math:`n` visits so has the Jeffreys posterior
:math:`\mathrm{Beta}(s + \frac12, n - s + \frac12)`: never named on a handful of visits is not taken for impossible. It draws
small cells towards equal shares. Types are those of the record, with all that was particular to their years: nothing is held
constant.
"""

import numpy as np
import pandas as pd
import xarray as xr

from forecast.contacts import codes
from forecast.panel import Panel

DIRECTION = ("us_to_partner", "partner_to_us")
"""The American side comes; the partner's side comes. Contacts in third countries or by wire have no travelling side."""
DRAWS, PRIOR_ATOMS = 2000, 20
DAYS_APART = 3
"""Contacts of one direction no more than so many days after the one before belong to one visit."""


def known_agendas(panel: Panel) -> tuple[pd.DataFrame, np.ndarray]:
    """Contacts whose agenda is reported, and which topics each names, (contact, topic)."""
    return panel.contact[panel.reported], panel.topic[panel.reported]


def count_by_travel(panel: Panel) -> xr.Dataset:
    """``contacts`` with a known agenda and the ``visits`` that they make, each (direction, type)."""
    cells = _cells(panel)
    coords = {"direction": list(DIRECTION), "type": _types(panel)}
    return xr.Dataset({name: (("direction", "type"), [[count(cell) for cell in row] for row in cells])
                       for name, count in (("contacts", len), ("visits", lambda cell: len(np.unique(visit_of(cell)))))}, coords)


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
    rng = np.random.default_rng([seed, 1981])
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
    return spent / spent.sum(axis=1, keepdims=True)


def visit_of(contact: pd.DataFrame) -> np.ndarray:
    """Number of the visit of each contact of one direction, in order of dates: shape (contact,)."""
    days = contact["date"].diff().dt.days.fillna(0).to_numpy()
    return np.cumsum(days > DAYS_APART)


def _cells(panel: Panel) -> list[list[pd.DataFrame]]:
    """Contacts with a known agenda by direction and type; their index is that of the known agendas."""
    contact = known_agendas(panel)[0].reset_index(drop=True)
    return [[contact[(contact["direction"] == way) & (contact["type"] == kind)] for kind in _types(panel)] for way in DIRECTION]


def _visits(panel: Panel, cell: pd.DataFrame, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighed mentions (visit, topic) and cost (visit,) of the visits of a cell."""
    weight = cost[np.array([codes.RANK.index(rank) for rank in cell["us_rank"]], int)]
    named = known_agendas(panel)[1][cell.index]
    belongs = (visit_of(cell)[:, None] == np.unique(visit_of(cell))).astype(float)
    return belongs.T @ (weight[:, None] * named), belongs.T @ weight


def _types(panel: Panel) -> list[str]:
    present = set(panel.contact["type"])
    return [kind for kind in codes.TYPE.labels if kind in present]
