r"""How much and how favourably the media of each side reflect a contact.

For contact :math:`i` of rank :math:`r` in term :math:`j`, side :math:`s` (Kazakhstani, American) and page :math:`p`:

.. math::

    n_{is} &\sim \mathrm{NegBinomial}(e^{\nu_{is}},\ \phi),\qquad \phi^{-1/2} = u \\
    \nu_{is} &= a_s + \omega R_{rs} + \tau (T_{type(j)s} + P_{president(j)s}) + \beta_s e_i + g_s x_i \\
    \Pr(t_p \le k) &= \mathrm{logit}^{-1}(c_{sk} - \theta_p),\qquad k = -1, 0 \\
    \theta_p &= \omega' R'_{rs} + \tau' (T'_{type(j)s} + P'_{president(j)s}) + \beta'_s e_i + g'_s x_i

with :math:`e_i = 1` where the outcome is 1 or more, :math:`x` in decades from 2009 and :math:`c_{sk}` the logits of
cumulated Dirichlet shares. Pages are news and analysis; government sites are no mirror of a contact and stay out.
Coverage is that of *recorded* contacts, which are recorded because some page reports them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.administration import NEEDS as ADMINISTRATION
from forecast.components.administration import administration_blocks
from forecast.components.effects import zero_sum_basis
from forecast.components.likelihood import counts, observed, ordered
from forecast.components.linear import Block, Linear, one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.scales import Scales
from forecast.components.shares import Shares

if TYPE_CHECKING:
    from pymc import Model

NEEDS = ADMINISTRATION | {
    "pages_base": "real",
    "pages_administration_scale": "positive",
    "pages_rank_scale": "positive",
    "pages_effective": "real",
    "pages_drift": "real",
    "pages_overdispersion": "positive",
    "tone_administration_scale": "positive",
    "tone_rank_scale": "positive",
    "tone_effective": "real",
    "tone_drift": "real",
    "tone_share": "shares_of_3",
}
SCALES = ("pages_administration_scale", "pages_rank_scale", "pages_overdispersion", "tone_administration_scale",
          "tone_rank_scale")


def pages(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Log mean pages of every contact on either side."""
    base = Block(name="pages_base", prior="pages_base", design=np.ones((len(data.array["rank"]), 1)))
    return Linear(name="pages", axis="side", columns=len(data.coord["side"]), blocks=(base, *_shared(data, priors, "pages_")))


def tone(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Location of the tone of the pages about every contact on either side."""
    return Linear(name="tone", axis="side", columns=len(data.coord["side"]), blocks=_shared(data, priors, "tone_"))


def _shared(data: ComponentData, priors: Mapping[str, Prior], prefix: str) -> tuple[Block, ...]:
    """Blocks of one of the two sub-models, one row per contact."""
    array, n_rank = data.array, len(data.coord["rank"])
    scale = f"{prefix}administration_scale"
    return (
        *administration_blocks(data, array["term"], (scale, scale), priors, prefix),
        Block(name=f"{prefix}rank_effect", prior=f"{prefix}rank_scale", dims=("rank",),
              basis=zero_sum_basis(n_rank), design=one_hot(array["rank"], n_rank)),
        Block(name=f"{prefix}effective", prior=f"{prefix}effective",
              design=array["effective"][:, None].astype(float)),
        Block(name=f"{prefix}drift", prior=f"{prefix}drift", design=array["decade"][:, None]),
    )


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring."""
    import pymc as pm

    array = data.array
    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        log_mean = pages(data, priors).predictor(priors, scales).ravel()
        counts("pages", array["pages"].ravel(), log_mean, scales["pages_overdispersion"])
        sides = len(data.coord["side"])
        share = Shares("tone_share", priors["tone_share"], sides).variable
        location = tone(data, priors).predictor(priors, scales).ravel()
        side = np.tile(np.eye(sides), (len(array["rank"]), 1))
        pm.Potential("page_tone", ordered(observed("page_tone_data", tone_counts(data)), side, location, share))
    return model


def tone_counts(data: ComponentData) -> np.ndarray:
    """Pages of each tone, shape (contact and side, tone); a fixed shape however many pages there are."""
    array, sides, tones = data.array, len(data.coord["side"]), len(data.coord["tone"])
    found = np.zeros((len(array["rank"]) * sides, tones))
    np.add.at(found, (array["page_contact"] * sides + array["page_side"], array["page_tone"]), 1)
    return found
