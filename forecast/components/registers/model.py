r"""Travels of presidents and secretaries of state and visits of foreign leaders, all countries since 1949.

Country :math:`c` in region :math:`g`, channel :math:`k` (presidents' travel P, secretaries' S, visits to the United States V),
period :math:`p` of term :math:`j`; a period is a term, or the part of one inside or outside the COVID-19 window. With
exposure :math:`E_{cp}` in years,

.. math::

    n_{ckp} &\sim \mathrm{NegBinomial}(E_{cp}\, e^{\eta_{ckp}},\ \phi_k), \qquad \phi_k^{-1/2} = s_k \\
    \eta_{ckp} &= \tilde e_{ck} + G_{jk} + \tilde q_{gj} + h_{g,type(j)} + \gamma_k\, covid_p

*Countries.* Regions have a level in every channel, :math:`r_{gk} \sim N(b_k, \sigma_r^2)`; countries lie around it by one effect
for all channels and one more for visits:

.. math::

    e_{ck} = u_c + (r_{gP} - r_{gS})\,[k = P] + v_c\,[k = V], \quad
    u_c \sim N(r_{gS}, \sigma_u^2), \quad v_c \sim N(r_{gV} - r_{gS}, \sigma_v^2)

*Levels.* Log rate of the average entry's country, a random walk around what type and president explain:

.. math::

    m_{jk} &= \tau\, T_{type(j),k} + \pi\, P_{president(j),k}, \qquad \textstyle\sum_t T_{tk} = 0 \\
    G_{jk} - m_{jk} &\sim N(G_{j-1,k} - m_{j-1,k},\ \lambda^2 \Delta_j), \qquad G_{1k} - m_{1k} \sim N(\mu_0, \sigma_0^2)

with :math:`\Delta_j` the time between the middles of the two terms in units of four years: Kennedy to Johnson is a shorter step
than Reagan to Bush. *Regions by term.* :math:`q_{g\cdot}` is a stationary AR(1) with standard deviation :math:`\omega` and
correlation :math:`\rho^{\Delta_j}` between neighbouring terms. *Regions by type.* :math:`h_{gt}` has scale :math:`\kappa` and
sums to zero over types.

Means that the levels carry already are taken out, with shares of the counts as weights: :math:`\tilde e` is :math:`e` less its
mean over countries in every channel, :math:`\tilde q` is :math:`q` less its mean over the terms of every region and then over
the regions of every term. The means themselves touch no count and are pinned by :math:`N(0, 0.03^2)`, so that no direction is
left in which the sampler could drift. Without it countries, regions and levels trade off without end.

Effects that the counts tell well (:math:`u, v, r, G, q`) are sampled as they are, those that they hardly tell
(:math:`T, P, h`) as noise times scale. One Trumpist term informs :math:`T`, :math:`P` and the walk of that term together: the
model can say how far their sum lies from its neighbours, not which of the three it is.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.likelihood import exceedances, observed
from forecast.components.linear import one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.registers import structure
from forecast.components.registers.rate import Effects, log_rate, sampled
from forecast.components.registers.structure import CHANNELS, EXPECTED, PINNED
from forecast.components.scales import Scales

if TYPE_CHECKING:
    from pymc import Model
    from pytensor.tensor import TensorVariable

NEEDS = {
    "base": "first_level",
    "country_scale": "positive",
    "country_visit_scale": "positive",
    "region_base": "real",
    "region_channel_scale": "positive",
    "walk_scale": "positive",
    "type_scale": "positive",
    "president_scale": "positive",
    "region_term_scale": "positive",
    "region_type_scale": "positive",
    "overdispersion_president": "positive",
    "overdispersion_secretary": "positive",
    "overdispersion_visit": "positive",
    "covid": "real",
    "term_persistence": "persistence",
}
SCALES = tuple(name for name, support in NEEDS.items() if support == "positive")
"""The last ones are the channels' overdispersion, in their order."""


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring.

    Parameters
    ----------
    data : ComponentData
        As made by :func:`forecast.components.registers.data.select`.
    priors : mapping of str to Prior
        One prior per key of ``NEEDS``.
    """
    import pymc as pm

    with pm.Model() as model:
        scales = Scales(SCALES, priors, signed=False)
        in_region = observed("in_region", one_hot(data.array["region_of_country"], len(data.coord["region"])).T)
        effect = sampled(data, priors, scales, in_region)
        rate, removed = log_rate(data, effect, in_region)
        pm.Potential("centred", _centred(data, priors, scales, effect))
        pm.Potential("removed", -0.5 * ((removed / PINNED) ** 2).sum())
        pm.Potential("count", _counts(data.array, rate, scales))
    return model


def _centred(data: ComponentData, priors: Mapping[str, Prior], scales: Scales, effect: Effects) -> "TensorVariable":
    """Log prior of the effects sampled as they are, from how far each lies from what is expected of it."""
    import pytensor.tensor as pt

    noise = _distances(data.array["gap"], priors, effect)
    owner = structure.owners(SCALES, *(len(data.coord[axis]) for axis in ("country", "region", "term")))
    pick = scales.one_hot(owner)
    width = pt.dot(pick, scales.variable) + (owner < 0)
    return -0.5 * ((noise / width) ** 2).sum() - pt.dot(pick.sum(axis=0), pt.log(scales.variable))


def _distances(gap: np.ndarray, priors: Mapping[str, Prior], effect: Effects) -> "TensorVariable":
    """How far u, v, r, G and q lie from what is expected of them, in one row; the walk and AR(1) as their steps."""
    import pytensor.tensor as pt

    base = priors["base"]
    walk = observed("walk_steps", structure.walk_steps(gap, base.sigma))
    first = observed("walk_first", np.eye(len(gap) + 1, CHANNELS)[:, :1] * np.full(CHANNELS, base.mu / base.sigma))
    fresh = observed("fresh_parts", structure.fresh_parts(gap, priors["term_persistence"].value).T)
    return pt.concatenate([
        (effect.country - pt.dot(EXPECTED, effect.of_region)).ravel(),
        (effect.region_channel - effect.region_base[:, None]).ravel(),
        (pt.dot(walk, effect.level - effect.mean) - first).ravel(), pt.dot(effect.region_term, fresh).ravel()])


def _counts(array: Mapping[str, np.ndarray], rate: "TensorVariable", scales: Scales) -> "TensorVariable":
    """Negative binomial of all cells (channel, country, period) with exposure; see :mod:`forecast.components.likelihood`."""
    import pytensor.tensor as pt

    seen = (array["exposure"] > 0).astype(float)
    count = array["count"].transpose(1, 0, 2)
    square = scales.variable[-CHANNELS:] ** 2
    log_mean = rate + observed("log_exposure", np.log(np.where(seen > 0, array["exposure"], 1.0)))
    beyond = pt.log1p(square[:, None, None] * pt.exp(log_mean))
    cells = (observed("counted", count) * (log_mean - beyond)).sum()
    cells = cells - (observed("seen", seen) * beyond / square[:, None, None]).sum()
    above = _exceedances(count)
    return cells + (observed("above", above) * pt.log1p(square[:, None] * np.arange(1.0, above.shape[1] + 1))).sum()


def _exceedances(count: np.ndarray) -> np.ndarray:
    """Cells of every channel with a count above m = 1, 2, ..., shape (channel, m)."""
    above = [exceedances(one.ravel(), np.ones(one.size)) for one in count]
    return np.array([np.pad(one, (0, max(map(len, above)) - len(one))) for one in above])
