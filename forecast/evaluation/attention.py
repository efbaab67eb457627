r"""Revealed priorities of an administration type: on which topics its contacts, weighed by what they cost, are spent.

With :math:`w_r` the cost of the attention of rank :math:`r` (the rank weights of the relation index), :math:`\lambda_{rt}` the
rate of contacts of that rank under type :math:`t` and :math:`p_{rtk}` the probability that such a contact names topic :math:`k`
(:mod:`forecast.components.naming`),

.. math::

    A_{tk} = \frac{\sum_r w_r \lambda_{rt}\, p_{rtk}}{\sum_l \sum_r w_r \lambda_{rt}\, p_{rtl}}

Rates and logits are those of a typical administration of the type in the coming term: an average president of it, and no
departure from today's levels. A contact that names several topics counts for each. What :math:`A` is: where, by the agendas that
either side published, costly attention goes. What it is not: intentions, private agendas, or money.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from forecast.components.naming import chance_of_naming
from forecast.components.projection import Future, Take
from forecast.components.registry import PROJECTING
from forecast.contacts import codes
from forecast.posterior.posterior import Posterior
from forecast.simulation.prepare import safe_exp
from forecast.simulation.sources import draws_in

NOBODY = ""  # a president whom no record knows: with shocks at zero, an average one of the type
USED = ("frequency", "agenda")


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
    types = [kind for kind in codes.TYPE.labels if kind in posterior["agenda"].coord["type"]]
    count = max(draws_in(posterior[name]) for name in USED)
    take = {name: posterior[name].taker().at(slice(0, count)) for name in USED}
    futures = (Future(president=NOBODY, type=kind, midpoint=midpoint) for kind in types)
    spent = [_mentions(_typical(posterior, take, future, count)) for future in futures]
    coords = {"type": types, "topic": list(posterior["agenda"].coord["topic"])}
    return {name: xr.DataArray(np.stack([_share(one, cost) for one in spent], axis=1), dims=("draw", "type", "topic"),
                               coords=coords) for name, cost in weight.items()}


def _typical(posterior: Mapping[str, Posterior], take: Mapping[str, Take], future: Future,
             count: int) -> dict[str, np.ndarray]:
    """Projected fields with the shocks of the coming term at zero."""
    def shocks(_: str, *shape: int) -> np.ndarray:
        return np.zeros((count, *shape))

    fields: dict[str, np.ndarray] = {}
    for name in USED:
        fields |= PROJECTING[name].project(take[name], posterior[name].coord, future, shocks)
    return fields


def _mentions(given: Mapping[str, np.ndarray]) -> np.ndarray:
    """Expected mentions per year, shape (draw, rank, topic)."""
    rate = safe_exp(given["log_rate"]).mean(axis=2)
    return rate[:, :, None] * chance_of_naming(given["topic_logit"], given["breadth_sd"][:, None])


def _share(mentions: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Share of attention, shape (draw, topic)."""
    spent = np.einsum("r,drk->dk", cost, mentions)
    return spent / spent.sum(axis=1, keepdims=True)
