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
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.administration import NEEDS as ADMINISTRATION
from forecast.components.administration import administration_blocks
from forecast.components.effects import walk_matrix, zero_sum_basis
from forecast.components.likelihood import observed
from forecast.components.linear import Block, Linear, one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.scales import Scales

if TYPE_CHECKING:
    from pymc import Model
    from pytensor.tensor import TensorVariable

NEEDS = ADMINISTRATION | {
    "base": "real",
    "administration_scale": "positive",
    "rank_scale": "positive",
    "walk_scale": "positive",
    "breadth_scale": "positive",
}
SCALES = ("administration_scale", "rank_scale", "walk_scale", "breadth_scale")


NODES = 11  # odd; the log likelihood of the whole record is right to 0.1 for spreads up to 1.2


def linear(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Topic logits at breadth zero, rows in the order (term, rank)."""
    coord = data.coord
    n_term, n_rank = len(coord["term"]), len(coord["rank"])
    term, rank = (index.ravel() for index in np.indices((n_term, n_rank)))
    return Linear(name="topic", axis="topic", columns=len(coord["topic"]), blocks=(
        Block(name="base", prior="base", design=np.ones((len(term), 1))),
        *administration_blocks(data, term, ("administration_scale",) * 2, priors),
        Block(name="rank_effect", prior="rank_scale", dims=("rank",), basis=zero_sum_basis(n_rank),
              design=one_hot(rank, n_rank)),
        Block(name="walk", prior="walk_scale", dims=("earlier_term",), basis=walk_matrix(n_term)[:-1],
              design=one_hot(term, n_term)[:, :-1]),
    ))


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring."""
    import pymc as pm

    named, size = by_cell(data)
    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        logit = linear(data, priors).predictor(priors, scales)
        pm.Potential("named", log_likelihood(observed("named_count", named), observed("size_count", size), logit,
                                             scales["breadth_scale"]))
    return model


def by_cell(data: ComponentData) -> tuple[np.ndarray, np.ndarray]:
    """Contacts that name each topic, (cell, topic), and that name m topics, (cell, m = 1, 2, ...); cells are (term, rank)."""
    array, ranks, topics = data.array, len(data.coord["rank"]), len(data.coord["topic"])
    cell = array["term"] * ranks + array["rank"]
    named, size = np.zeros((2, len(data.coord["term"]) * ranks, topics))
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
    return (named * logit).sum() + (size.T * pt.log(pt.dot(power, share))).sum()
