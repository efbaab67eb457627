r"""Travels of presidents and secretaries of state and visits of foreign leaders, all countries since 1949.

Country :math:`c` in region :math:`g`, channel :math:`k` (presidents' travel, secretaries' travel, visits to the United States),
period :math:`p` of term :math:`j`; a period is a term, or the part of one inside or outside the COVID-19 window. With
exposure :math:`E_{cp}` in years,

.. math::

    n_{ckp} &\sim \mathrm{NegBinomial}(E_{cp}\, e^{\eta_{ckp}},\ \phi_k), \qquad \phi_k^{-1/2} = s_k \\
    \eta_{ckp} &= \tilde e_{ck} + G_{jk} + \tilde q_{gj} + h_{g,type(j)} + \gamma_k\, covid_p

*Countries.* :math:`e_{ck} = u_c + v_c [k = \text{visit}] + (r_{gk} - r_{g,\text{secretary}}) [k = \text{president}]` with

.. math::

    u_c \sim N(r_{g,\text{secretary}}, \sigma_u^2), \quad
    v_c \sim N(r_{g,\text{visit}} - r_{g,\text{secretary}}, \sigma_v^2), \quad r_{gk} \sim N(0, \sigma_r^2)

that is, a level of every region in every channel, and countries around it that differ once for all channels and once more for visits.
*Levels.* Log rate of the average entry's country, a random walk around what type and president explain:

.. math::

    m_{jk} &= \tau\, T_{type(j),k} + \pi\, P_{president(j),k}, \qquad \textstyle\sum_t T_{tk} = 0 \\
    G_{jk} - m_{jk} &\sim N(G_{j-1,k} - m_{j-1,k},\ \lambda^2 \Delta_j), \qquad G_{1k} - m_{1k} \sim N(\mu_0, \sigma_0^2)

with :math:`\Delta_j` the time between the middles of the two terms in units of four years: Kennedy to Johnson is a shorter step than
Reagan to Bush. *Regions.* :math:`q_{g\cdot}` is a stationary AR(1) across terms with standard deviation :math:`\omega` and
correlation :math:`\rho^{\Delta_j}`; :math:`h_{gt}` is independent with scale :math:`\kappa` and sums to zero over types.

Means that the levels already carry are taken out inside :math:`\eta`, with shares :math:`w` of the counts as weights, while priors stay
on the untouched effects: :math:`\tilde e_{ck} = e_{ck} - \sum_{c'} w_{c'k} e_{c'k}` and
:math:`\tilde q` likewise over the terms of a region and then over the regions of a term. Without it countries, regions and levels trade off without end.

Effects that the counts tell well (countries, levels, regions by term) are sampled as they are, those that they hardly tell (types,
presidents, regions by type) as noise times scale. One Trumpist term informs :math:`T`, :math:`P` and the walk of that term
together: the model can say how far the sum differs from its neighbours, not which of the three it is.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.likelihood import exceedances, observed
from forecast.components.linear import Scales, one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.registers import structure
from forecast.components.registers.structure import BESIDES, CHANNELS, EXPECTED, OF_COUNTRY, PINNED

if TYPE_CHECKING:
    from pymc import Model
    from pytensor.tensor import TensorVariable

NEEDS = {
    "base": "real",
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
    import pytensor.tensor as pt

    array, coord = data.array, data.coord
    countries, terms, regions = (len(coord[axis]) for axis in ("country", "term", "region"))
    cut = np.cumsum([terms * CHANNELS, terms * regions, len(array["covid"]) * CHANNELS])
    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        effect = structure.effects(data).predictor(priors, scales)
        centred = (pm.Flat("country", shape=(2, countries)), pm.Flat("region_channel", shape=(CHANNELS, regions)),
                   pm.Flat("term_level", shape=(terms, CHANNELS)), pm.Flat("region_term", shape=(regions, terms)))
        country, region_channel, level, region_term = centred
        in_region = observed("in_region", one_hot(array["region_of_country"], regions).T)
        in_term = observed("in_term", one_hot(array["term_of_period"], terms))
        of_region = pt.dot(region_channel, in_region)
        mean = effect[: cut[0]].reshape((terms, CHANNELS))
        pm.Potential("centred", _centred(data, priors, scales, (
            country - pt.dot(EXPECTED, of_region), region_channel - effect[cut[2]:][:, None], level - mean, region_term)))
        by_country = pt.dot(OF_COUNTRY, country) + pt.dot(BESIDES, of_region)
        mean_country = (observed("country_weight", array["country_weight"].T) * by_country).sum(axis=1)
        by_country = by_country - mean_country[:, None]
        by_period = pt.dot(in_term, level) + effect[cut[1]:cut[2]].reshape((in_term.shape[0], CHANNELS))
        means, rest = (observed(name, values) for name, values in zip(
            ("region_means", "region_rest"), structure.means_of_regions(array["region_weight"]), strict=True))
        by_region = (pt.dot(rest, region_term.ravel()) + effect[cut[0]:cut[1]]).reshape((regions, terms))
        removed = pt.concatenate([mean_country, pt.dot(means, region_term.ravel())])
        pm.Potential("removed", -0.5 * ((removed / PINNED) ** 2).sum())
        shared = pt.dot(in_region.T, pt.dot(by_region, in_term.T))
        pm.Potential("count", _counts(array, by_country[:, :, None] + by_period.T[:, None, :] + shared, scales))
    return model


def _centred(data: ComponentData, priors: Mapping[str, Prior], scales: Scales,
             parts: tuple["TensorVariable", ...]) -> "TensorVariable":
    """Log prior of the effects sampled as they are, from how far each lies from what is expected of it."""
    import pytensor.tensor as pt

    gap, base = data.array["gap"], priors["base"]
    country, region_channel, level, region_term = parts
    walk = observed("walk_steps", structure.walk_steps(gap, base.sigma))
    first = observed("walk_first", np.eye(len(gap) + 1, CHANNELS)[:, :1] * np.full(CHANNELS, base.mu / base.sigma))
    fresh = observed("fresh_parts", structure.fresh_parts(gap, priors["term_persistence"].value).T)
    noise = pt.concatenate([country.ravel(), region_channel.ravel(), (pt.dot(walk, level) - first).ravel(),
                            pt.dot(region_term, fresh).ravel()])
    place = {name: number for number, name in enumerate(SCALES)}
    owner = structure.owners(place, *(len(data.coord[axis]) for axis in ("country", "region", "term")))
    pick = scales.one_hot(owner)
    width = pt.dot(pick, scales.variable) + (owner < 0)
    return -0.5 * ((noise / width) ** 2).sum() - pt.dot(pick.sum(axis=0), pt.log(scales.variable))


def _counts(array: Mapping[str, np.ndarray], log_rate: "TensorVariable", scales: Scales) -> "TensorVariable":
    """Negative binomial of all cells (channel, country, period) with exposure; see :mod:`forecast.components.likelihood`."""
    import pytensor.tensor as pt

    seen = (array["exposure"] > 0).astype(float)
    count = array["count"].transpose(1, 0, 2)
    above = [exceedances(one.ravel(), np.ones(one.size)) for one in count]
    above = np.array([np.pad(one, (0, max(map(len, above)) - len(one))) for one in above])
    square = scales.variable[-CHANNELS:] ** 2
    log_mean = log_rate + observed("log_exposure", np.log(np.where(seen > 0, array["exposure"], 1.0)))
    beyond = pt.log1p(square[:, None, None] * pt.exp(log_mean))
    cells = (observed("counted", count) * (log_mean - beyond)).sum() - (observed("seen", seen) * beyond / square[:, None, None]).sum()
    return cells + (observed("above", above) * pt.log1p(square[:, None] * np.arange(1.0, above.shape[1] + 1))).sum()
