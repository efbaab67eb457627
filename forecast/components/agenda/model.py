r"""Which topics a contact brings: a Bernoulli per contact and topic, with walks over terms and breadth.

For contact :math:`i` of rank :math:`r`, in term :math:`j`, and topic :math:`k`, over contacts whose agenda is reported:

.. math::

    s_{ik} &\sim \mathrm{Bernoulli}(\mathrm{logit}^{-1}\,\theta_{ik}) \\
    \theta_{ik} &= a_k + \tau\,(T_{type(j)k} + P_{president(j)k}) + \omega R_{rk} + \sigma W_{jk} + \beta_i,
    \qquad \beta_i \sim \mathrm{Normal}(0, \kappa)

:math:`W` is a random walk over terms, zero at the latest one, so that :math:`a_k` is today's level; a coming term
adds one step. Breadth :math:`\beta_i` lets some readouts list more topics than others; without it the topics of one
contact would be too nearly independent. :math:`T` sums to zero over types, :math:`R` over ranks.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.administration import administration_blocks
from forecast.components.effects import walk_matrix, zero_sum_basis
from forecast.components.likelihood import bernoulli, observed
from forecast.components.linear import Block, Linear, Scales, one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData

if TYPE_CHECKING:
    from pymc import Model

NEEDS = {
    "base": "real",
    "administration_scale": "positive",
    "rank_scale": "positive",
    "walk_scale": "positive",
    "breadth_scale": "positive",
}
SCALES = ("administration_scale", "rank_scale", "walk_scale", "breadth_scale")


def linear(data: ComponentData) -> Linear:
    """Topic logits of the contacts at breadth zero."""
    array, coord = data.array, data.coord
    n_term, n_rank, n_row = len(coord["term"]), len(coord["rank"]), len(array["rank"])
    return Linear(name="topic", axis="topic", columns=len(coord["topic"]), blocks=(
        Block(name="base", prior="base", design=np.ones((n_row, 1))),
        *administration_blocks(data, array["term"], "administration_scale", "administration_scale"),
        Block(name="rank_effect", prior="rank_scale", dims=("rank",), basis=zero_sum_basis(n_rank),
              design=one_hot(array["rank"], n_rank)),
        Block(name="walk", prior="walk_scale", dims=("earlier_term",), basis=walk_matrix(n_term)[:-1],
              design=one_hot(array["term"], n_term)[:, :-1]),
    ))


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring."""
    import pymc as pm

    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        breadth = scales["breadth_scale"] * pm.Normal("breadth_z", 0, 1, shape=len(data.array["rank"]))
        logit = linear(data).predictor(priors, scales) + breadth[:, None]
        pm.Potential("named", bernoulli(observed("named_data", data.array["named"]), logit))
    return model
