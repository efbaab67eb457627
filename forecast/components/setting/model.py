r"""Where a contact takes place: who travels, and in which format.

For contact :math:`i` of rank :math:`r` in term :math:`j` at time :math:`x_i` (decades from 2009), over directions :math:`d`:

.. math::

    \Pr(d_i = d) &\propto \exp\!\left(a_d + \omega R_{rd} + \tau (T_{type(j)d} + P_{president(j)d}) + g_d\, x_i\right) \\
    \Pr(visit_i \mid d) &= q_d, \qquad d \in \{\text{US to partner},\ \text{partner to US}\} \\
    \Pr(format_i = f \mid \text{remote}) &= u_f, \qquad f \in \{\text{call},\ \text{video},\ \text{letter}\}

with :math:`q_d` and :math:`u` Dirichlet. By the codebook a contact in person is a visit or a meeting, in a third country a
meeting, and a remote one a call, a video conference or a letter. The logits of the four directions are known up to a common
constant, which their priors decide and nothing depends on.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.administration import NEEDS as ADMINISTRATION
from forecast.components.administration import administration_blocks
from forecast.components.effects import zero_sum_basis
from forecast.components.likelihood import observed
from forecast.components.linear import Block, Linear, one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.scales import Scales
from forecast.components.shares import Shares

if TYPE_CHECKING:
    from pymc import Model

NEEDS = ADMINISTRATION | {
    "base": "real",
    "administration_scale": "positive",
    "rank_scale": "positive",
    "drift": "real",
    "visit_share": "shares_of_2",
    "remote_share": "shares_of_3",
}
SCALES = ("administration_scale", "rank_scale")
TRAVEL = ("us_to_partner", "partner_to_us")
"""Directions in which a contact may be a visit."""
IN_PERSON, REMOTE = ("visit", "meeting"), ("call", "video", "letter")
"""Formats of either kind."""


def linear(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Logit of every direction, rows in the order of the contacts."""
    array, n_rank = data.array, len(data.coord["rank"])
    return Linear(name="setting", axis="direction", columns=len(data.coord["direction"]), blocks=(
        Block(name="base", prior="base", design=np.ones((len(array["rank"]), 1))),
        *administration_blocks(data, array["term"], ("administration_scale",) * 2, priors),
        Block(name="rank_effect", prior="rank_scale", dims=("rank",), basis=zero_sum_basis(n_rank),
              design=one_hot(array["rank"], n_rank)),
        Block(name="drift", prior="drift", design=array["decade"][:, None]),
    ))


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring."""
    import pymc as pm
    import pytensor.tensor as pt

    visit, remote = format_counts(data)
    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        logit = linear(data, priors).predictor(priors, scales)
        taken = observed("direction_data", one_hot(data.array["direction"], len(data.coord["direction"])))
        pm.Potential("direction", (taken * logit).sum() - pt.log(pt.exp(logit).sum(axis=1)).sum())
        of_visit = Shares("visit_share", priors["visit_share"], len(TRAVEL)).variable
        of_remote = Shares("remote_share", priors["remote_share"], 1).variable
        pm.Potential("format", (observed("visit_data", visit) * pt.log(of_visit)).sum()
                     + (observed("remote_data", remote) * pt.log(of_remote)).sum())
    return model


def format_counts(data: ComponentData) -> tuple[np.ndarray, np.ndarray]:
    """Visits and meetings by direction of travel, (2, 2), and remote contacts by format, (1, 3)."""
    direction, form = data.array["direction"], data.array["format"]
    place = {name: data.coord["direction"].index(name) for name in (*TRAVEL, "remote")}
    code = {name: data.coord["format"].index(name) for name in (*IN_PERSON, *REMOTE)}
    visit = [[((direction == place[way]) & (form == code[name])).sum() for name in IN_PERSON] for way in TRAVEL]
    remote = [[((direction == place["remote"]) & (form == code[name])).sum() for name in REMOTE]]
    return np.array(visit, float), np.array(remote, float)
