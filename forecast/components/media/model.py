r"""How much and how favourably the media of each side reflect a contact.

For contact :math:`i` of rank :math:`r` in term :math:`j`, side :math:`s` (Kazakhstani, American) and page :math:`p`:

.. math::

    n_{is} &\sim \mathrm{NegBinomial}(e^{\nu_{is}},\ \phi),\qquad \phi^{-1/2} = u \\
    \nu_{is} &= a_s + W_{js} + \omega R_{rs} + \tau (T_{type(j)s} + P_{president(j)s}) + \beta_s e_i + g_s x_i \\
    k_i &\sim \mathrm{Bernoulli}(q) \\
    \Pr(t_p \le k) &= \mathrm{logit}^{-1}(c_{sk} - \theta_p),\qquad k = -1, 0 \\
    \theta_p &= \omega' R'_{rs} + \tau' (T'_{type(j)s} + P'_{president(j)s}) + \beta'_s e_i + g'_s x_i

with :math:`e_i = 1` where the outcome is 1 or more, :math:`x` in decades from 2009 and :math:`c_{sk}` the logits of
cumulated Dirichlet shares. Pages are news and analysis; government sites are no mirror of a contact and stay out.

*What is recorded.* A contact is in the record because somebody reports it: a page of either side, or a source elsewhere
(:math:`k_i = 1`: a government site, the press of other countries). What is seen is given that (see
:mod:`forecast.components.media.recorded`): a contact without any page of the two sides is one that is known from elsewhere.

*From term to term.* :math:`W` is a random walk over terms, zero at the latest one, so that :math:`a_s` is today's level. A level
that walks is what exponential smoothing forecasts best (Muth 1960, doi 10.1080/01621459.1960.10482064), and its step is what the
weight of smoothing is there: at zero all terms count alike, and the larger it is, the more the latest ones count. The record
decides it; a coming term is one step further. The drift :math:`g_s` is a trend that would go on: a prior file may fix it, at zero
where no trend is to be continued.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.administration import NEEDS as ADMINISTRATION
from forecast.components.administration import administration_blocks
from forecast.components.effects import walk_matrix, zero_sum_basis
from forecast.components.likelihood import counts, observed, ordered
from forecast.components.linear import Block, Linear, one_hot
from forecast.components.media.recorded import given_recorded
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
    "pages_drift": "trend",
    "pages_walk_scale": "positive",
    "pages_overdispersion": "positive",
    "elsewhere": "real",
    "tone_administration_scale": "positive",
    "tone_rank_scale": "positive",
    "tone_effective": "real",
    "tone_drift": "trend",
    "tone_share": "shares_of_3",
}
SCALES = ("pages_administration_scale", "pages_rank_scale", "pages_walk_scale", "pages_overdispersion",
          "tone_administration_scale", "tone_rank_scale")
TREND = ("pages_drift", "tone_drift")
"""Parameters that a prior file may fix."""


def pages(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """Log mean pages of every contact on either side."""
    term, n_term = data.array["term"], len(data.coord["term"])
    base = Block(name="pages_base", prior="pages_base", design=np.ones((len(term), 1)))
    walk = Block(name="pages_walk", prior="pages_walk_scale", dims=("earlier_term",), basis=walk_matrix(n_term)[:-1],
                 design=one_hot(term, n_term)[:, :-1])
    return Linear(name="pages", axis="side", columns=len(data.coord["side"]),
                  blocks=(base, walk, *_shared(data, priors, "pages_")))


def elsewhere(data: ComponentData) -> Linear:
    """Log odds that a contact would be known without any page of the two sides."""
    return Linear(name="elsewhere", blocks=(Block(name="elsewhere", prior="elsewhere", design=np.ones((1, 1))),))


def held(priors: Mapping[str, Prior]) -> dict[str, Prior]:
    """The priors, fixed trends as normal ones without spread: their noise keeps its place, and one compiled model serves both."""
    return {name: prior.model_copy(update={"distribution": "normal", "mu": prior.value, "sigma": 0.0, "value": None})
            if name in TREND and prior.distribution == "fixed" else prior for name, prior in priors.items()}


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


def slope(values: np.ndarray) -> np.ndarray:
    """Values of a trend with an axis of sides at the end: one that a prior file fixes has none."""
    values = np.asarray(values, float)
    return values if values.ndim > 1 else values[..., None]


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring."""
    import pymc as pm

    array, priors = data.array, held(priors)
    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        log_mean, spread = pages(data, priors).predictor(priors, scales), scales["pages_overdispersion"]
        counts("pages", array["pages"].ravel(), log_mean.ravel(), spread)
        known = observed("elsewhere_data", array["elsewhere"])
        pm.Potential("recorded", given_recorded(known, elsewhere(data).predictor(priors, scales)[0], log_mean, spread))
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
