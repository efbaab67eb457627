r"""What a contact yields: an ordered logit, with the standing mechanisms that carry much of it.

For contact :math:`i` of rank :math:`r` in term :math:`j` at time :math:`x_i` (decades from 2009):

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

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.administration import NEEDS as ADMINISTRATION
from forecast.components.administration import administration_blocks
from forecast.components.effects import zero_sum_basis
from forecast.components.likelihood import bernoulli, observed, ordered
from forecast.components.linear import Block, Linear, one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.scales import Scales
from forecast.components.shares import Shares

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
}
MECHANISM = ("none", "standing")
MECHANISMS = len(MECHANISM)
SCALES = ("administration_scale", "rank_scale", "mechanism_administration_scale", "mechanism_rank_scale")


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
    )


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring."""
    import pymc as pm

    array = data.array
    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        inside = member(data, priors).predictor(priors, scales)
        pm.Potential("mechanism_member", bernoulli(observed("mechanism_member_data", array["mechanism_member"]), inside))
        share = Shares("outcome_share", priors["outcome_share"], MECHANISMS).variable
        location = outcome(data, priors).predictor(priors, scales)
        code = observed("outcome_code_data", one_hot(array["outcome_code"], len(data.coord["outcome"])))
        group = observed("mechanism_group", one_hot(array["mechanism_member"], MECHANISMS))
        pm.Potential("outcome_code", ordered(code, group, location, share))
    return model
