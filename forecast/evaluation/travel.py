r"""Who comes to whom, and with what: shares of attention by topic from the record itself, by travelling side and type.

For contacts :math:`i` of one direction under one administration type, with :math:`w` the cost of the attention of the US
principal's rank and :math:`s_{ik}` whether contact :math:`i` names topic :math:`k`,

.. math:: A_k = \frac{\sum_i g_i\, w_{r(i)}\, s_{ik}}{\sum_l \sum_i g_i\, w_{r(i)}\, s_{il}}

Intervals are those of a Dirichlet process posterior over contacts (Ferguson 1973, doi 10.1214/aos/1176342360; without
its prior the Bayesian bootstrap of Rubin 1981, doi 10.1214/aos/1176345338): :math:`g_i \sim \mathrm{Exponential}(1)` for each
recorded contact. Whole contacts are drawn, because one contact names several topics. The prior is worth one contact, of average
cost, that names each topic with probability one half: with equal costs the probability of a topic has the Jeffreys posterior
:math:`\mathrm{Beta}(s_k + \frac12, n - s_k + \frac12)`, so that a topic never named by a handful of contacts is not taken
to be impossible. It draws small cells towards equal shares. Types are those of the record, with all that was particular to
their years: nothing is held constant.
"""

import numpy as np
import pandas as pd
import xarray as xr

from forecast.contacts import codes
from forecast.panel import Panel

DIRECTION = ("us_to_partner", "partner_to_us")
"""The American side comes; the partner's side comes. Contacts in third countries or by wire have no travelling side."""
DRAWS, PRIOR_ATOMS = 2000, 20


def known_agendas(panel: Panel) -> tuple[pd.DataFrame, np.ndarray]:
    """Contacts whose agenda is reported, and which topics each names, (contact, topic)."""
    return panel.contact[panel.reported], panel.topic[panel.reported]


def contacts_by_travel(panel: Panel) -> xr.DataArray:
    """Recorded contacts with a known agenda, axes (direction, type)."""
    contact, _ = known_agendas(panel)
    kinds = _types(panel)
    count = [[int(((contact["direction"] == way) & (contact["type"] == kind)).sum()) for kind in kinds] for way in DIRECTION]
    return xr.DataArray(count, dims=("direction", "type"), coords={"direction": list(DIRECTION), "type": kinds})


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
    contact, named = known_agendas(panel)
    weight = cost[[codes.RANK.index(rank) for rank in contact["us_rank"]]]
    weighed = weight[:, None] * named
    kinds, rng = _types(panel), np.random.default_rng([seed, 1981])
    cells = [[weighed[((contact["direction"] == way) & (contact["type"] == kind)).to_numpy()] for kind in kinds]
             for way in DIRECTION]
    share = np.stack([np.stack([posterior_share(cell, weight.mean(), rng) for cell in row], axis=1) for row in cells], axis=1)
    coords = {"direction": list(DIRECTION), "type": kinds, "topic": list(codes.TOPIC.labels)}
    return xr.DataArray(share, dims=("draw", "direction", "type", "topic"), coords=coords)


def posterior_share(cell: np.ndarray, average: float, rng: np.random.Generator, draws: int = DRAWS) -> np.ndarray:
    """Draws of the share of each topic among the weighed mentions of a cell, shape (draw, topic).

    Parameters
    ----------
    cell : (contact, topic) array
        Weighed mentions of its contacts.
    average : float
        Cost of a contact of the prior.
    rng : numpy.random.Generator
    draws : int
        How many.
    """
    seen = rng.standard_exponential((draws, len(cell))) @ cell
    mass = rng.gamma(1 / PRIOR_ATOMS, size=(draws, PRIOR_ATOMS))
    names = rng.random((draws, PRIOR_ATOMS, cell.shape[1])) < 0.5
    spent = seen + average * np.einsum("da,dak->dk", mass, names.astype(float))
    return spent / spent.sum(axis=1, keepdims=True)


def _types(panel: Panel) -> list[str]:
    present = set(panel.contact["type"])
    return [kind for kind in codes.TYPE.labels if kind in present]
