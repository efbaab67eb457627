r"""Travels of presidents and secretaries of state and visits of foreign leaders, all countries.

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

with :math:`\Delta_j` the time between the middles of the two terms in units of four years: a term cut
short by death or resignation is a shorter step. *Regions by term.* :math:`q_{g\cdot}` is a stationary AR(1) with standard
deviation :math:`\omega` and correlation :math:`\rho^{\Delta_j}` between neighbouring terms. *Regions by type.* :math:`h_{gt}`
has scale :math:`\kappa` and sums to zero over types.

Means that the levels carry already are taken out, with shares of the counts as weights: :math:`\tilde e` is :math:`e` less its
mean over countries in every channel, :math:`\tilde q` is :math:`q` less its mean over the terms of every region and then over
the regions of every term. The means themselves touch no count and are pinned by :math:`N(0, 0.03^2)`, so that no direction is
left in which the sampler could drift. Without it countries, regions and levels trade off without end.

Effects that the counts tell well (:math:`u, v, r, G, q`) are sampled as they are, those that they hardly tell
(:math:`T, P, h`) as noise times scale. A type with one term informs :math:`T`, :math:`P` and the walk of that term together: the
model can say how far their sum lies from its neighbours, not which of the three it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.likelihood import exceedances, observed
from forecast.components.linear import Block, Linear, Scales, one_hot, zero_sum_basis
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel.registers import CHANNEL, REGION, RegisterPanel

if TYPE_CHECKING:
    from pymc import Model

    from forecast.components.protocol import TensorVariable


# The register panel as the component sees it.

AXES = {
    "count": ("country", "channel", "period"), "exposure": ("country", "period"), "region_of_country": ("country",),
    **dict.fromkeys(("term_of_period", "covid"), ("period",)), **dict.fromkeys(("type_of_term", "president_of_term"), ("term",)),
    "gap": ("step",), "country_weight": ("country", "channel"), "region_weight": ("region", "term")}
"""Axes of the arrays; a step lies between two terms."""


def select(panel: RegisterPanel) -> ComponentData:
    """Counts and exposure per country, channel and period, and the weights by which means are taken out.

    Returns
    -------
    ComponentData
        ``count`` (country, channel, period), ``exposure`` (country, period) in years, ``region_of_country``,
        ``term_of_period``, ``covid`` (period), ``type_of_term``, ``president_of_term``, ``gap`` (term - 1): time between
        the middles of successive terms in units of four years, ``country_weight`` (country, channel): shares of the counts of
        a channel, ``region_weight`` (region, term): counts.
    """
    president = tuple(dict.fromkeys(term.president for term in panel.administration))
    count = panel.count.to_numpy()
    regions = tuple(label for label in REGION if label in set(panel.country["region"]))
    region = np.array([regions.index(label) for label in panel.country["region"]], np.int64)
    term = panel.period["term"].to_numpy(np.int64)
    array = {
        "count": count,
        "exposure": panel.exposure.to_numpy(),
        "region_of_country": region,
        "term_of_period": term,
        "covid": panel.period["covid"].to_numpy(float),
        "type_of_term": np.array([codes.TYPE.index(one.type) for one in panel.administration], np.int64),
        "president_of_term": np.array([president.index(one.president) for one in panel.administration], np.int64),
        "gap": np.diff(panel.period.groupby("term")["midpoint"].mean().to_numpy()) / 4,
        "country_weight": _share(count.sum(axis=2)),
        "region_weight": _by_region_and_term(count.sum(axis=1), region, term),
    }
    coord = {"country": tuple(panel.country["country"]), "channel": CHANNEL.labels, "region": regions,
             "term": tuple(one.name for one in panel.administration), "type": codes.TYPE.labels, "president": president}
    return ComponentData(array=array, coord=coord)


def _by_region_and_term(count: np.ndarray, region: np.ndarray, term: np.ndarray) -> np.ndarray:
    """Counts (region, term) from counts (country, period)."""
    total = np.zeros((region.max() + 1, term[-1] + 1))
    np.add.at(total, (region[:, None], term[None]), count)
    return total


def _share(count: np.ndarray) -> np.ndarray:
    """Counts as shares of their sum over the first axis; equal shares where there is none."""
    total = count.sum(axis=0)
    return np.where(total > 0, count / np.maximum(total, 1), 1 / len(count))


# Constant matrices of the register model: what belongs to which term, region and scale, and which means are taken out.

CHANNELS = 3
"""Presidents' travel, secretaries' travel, visits to the United States, in this order."""

OF_COUNTRY = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
"""How much of the level and of the visit effect of a country each channel has, shape (channel, 2)."""

BESIDES = np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
"""What presidents' travel has besides: its own regional level instead of the secretaries', shape (channel, channel)."""

EXPECTED = np.array([[0.0, 1.0, 0.0], [0.0, -1.0, 1.0]])
"""Prior means of a country's two effects from its region's levels, shape (2, channel)."""


PINNED = 0.03
"""Standard deviation of the means that are taken out: they touch no count, so that any small value does."""


def effects(data: ComponentData) -> Linear:
    """Types, presidents, regions by type, COVID-19 and the regions' mean: what is sampled as noise times scale.

    Rows are m (term, channel), h (region, term), the effect of COVID-19 (period, channel), the mean of the regions (channel).
    """
    array, coord = data.array, data.coord
    terms, regions, periods = len(coord["term"]), len(coord["region"]), len(array["covid"])
    stop = np.cumsum([terms * CHANNELS, regions * terms, periods * CHANNELS, CHANNELS])
    channel, region, zero_sum = np.eye(CHANNELS), np.eye(regions), zero_sum_basis(len(coord["type"]))
    kind = one_hot(array["type_of_term"], len(coord["type"]))
    person = one_hot(array["president_of_term"], len(coord["president"]))

    def block(name: str, prior: str, part: int, design: np.ndarray, basis: np.ndarray | None = None) -> Block:
        rows = ((stop[part] - len(design), stop[-1] - stop[part]), (0, 0))
        return Block(name=name, prior=prior, dims=(f"{name}_flat",), design=np.pad(design, rows), basis=basis)

    return Linear(name="effect", blocks=(
        block("type_effect", "type_scale", 0, np.kron(kind, channel), np.kron(zero_sum, channel)),
        block("president_effect", "president_scale", 0, np.kron(person, channel)),
        block("region_type", "region_type_scale", 1, np.kron(region, kind), np.kron(region, zero_sum)),
        block("covid", "covid", 2, np.kron(array["covid"][:, None], channel)),
        block("region_base", "region_base", 3, channel),
    ))


def walk_steps(gap: np.ndarray, sigma: float) -> np.ndarray:
    """Map from levels to the first level over `sigma` and the steps over the square root of their time, (term, term)."""
    width = np.concatenate([[sigma], np.sqrt(gap)])
    found: np.ndarray = (np.eye(len(width)) - np.eye(len(width), k=-1)) / width[:, None]
    return found


def fresh_parts(gap: np.ndarray, persistence: float) -> np.ndarray:
    """Map from stationary AR(1) levels at uneven times to their independent parts of equal variance, (term, term)."""
    kept = np.concatenate([[0.0], persistence**gap])
    return (np.eye(len(kept)) - kept[:, None] * np.eye(len(kept), k=-1)) / np.sqrt(1 - kept**2)[:, None]


def means_of_regions(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means over the terms of every region, then of what is left over the regions of every term.

    Parameters
    ----------
    weight : (region, term) array
        Counts; a region or term without any has equal weights.

    Returns
    -------
    means : (region + term, region * term) array
        Map from effects to these means.
    rest : (region * term, region * term) array
        Map from effects to what is left without them.
    """
    regions, terms = weight.shape
    over_term, over_region = _shares(weight, axis=1)[..., None], _shares(weight, axis=0)[..., None]
    cell = np.eye(regions * terms).reshape(regions, terms, -1)
    of_region = (over_term * cell).sum(axis=1)
    cell = cell - of_region[:, None]
    of_term = (over_region * cell).sum(axis=0)
    return np.concatenate([of_region, of_term]), (cell - of_term[None]).reshape(regions * terms, -1)


def owners(scales: tuple[str, ...], countries: int, regions: int, terms: int) -> np.ndarray:
    """Place of the scale of each centred effect's noise, in the order u, v, r, G, q; -1 where it needs none."""
    times = {"country_scale": countries, "country_visit_scale": countries, "region_channel_scale": CHANNELS * regions,
             "": CHANNELS, "walk_scale": CHANNELS * (terms - 1), "region_term_scale": regions * terms}
    return np.repeat([scales.index(name) if name else -1 for name in times], list(times.values()))


def _shares(weight: np.ndarray, axis: int) -> np.ndarray:
    total = weight.sum(axis=axis, keepdims=True)
    found: np.ndarray = np.where(total > 0, weight / np.maximum(total, 1e-300), 1 / weight.shape[axis])
    return found


# The register model's effects as the sampler has them, and the log rate that they make; see `.model`.

@dataclass(frozen=True, kw_only=True)
class Effects:
    """Tensors of the open model.

    Parameters
    ----------
    country : (2, country) tensor
        Level of every country and what visits have besides.
    region_channel, of_region : (channel, region) and (channel, country) tensor
        Regional levels, and those of every country's region.
    level, region_term : (term, channel) and (region, term) tensor
    mean, region_type, covid, region_base : (term, channel), (region, term), (period, channel) and (channel,) tensor
        From the packed linear predictor.
    """

    country: "TensorVariable"
    region_channel: "TensorVariable"
    of_region: "TensorVariable"
    level: "TensorVariable"
    region_term: "TensorVariable"
    mean: "TensorVariable"
    region_type: "TensorVariable"
    covid: "TensorVariable"
    region_base: "TensorVariable"


def sampled(data: ComponentData, priors: Mapping[str, Prior], scales: Scales, in_region: "TensorVariable") -> Effects:
    """Register what the sampler varies; `in_region` tells the region of every country, shape (region, country)."""
    import pymc as pm
    import pytensor.tensor as pt

    countries, terms, regions = (len(data.coord[axis]) for axis in ("country", "term", "region"))
    periods = len(data.array["covid"])
    cut = np.cumsum([terms * CHANNELS, terms * regions, periods * CHANNELS])
    packed = effects(data).predictor(priors, scales)
    region_channel = pm.Flat("region_channel", shape=(CHANNELS, regions))
    return Effects(
        country=pm.Flat("country", shape=(2, countries)), region_channel=region_channel,
        of_region=pt.dot(region_channel, in_region), level=pm.Flat("term_level", shape=(terms, CHANNELS)),
        region_term=pm.Flat("region_term", shape=(regions, terms)), mean=packed[: cut[0]].reshape((terms, CHANNELS)),
        region_type=packed[cut[0]:cut[1]].reshape((regions, terms)), covid=packed[cut[1]:cut[2]].reshape((periods, CHANNELS)),
        region_base=packed[cut[2]:])


def log_rate(data: ComponentData, effect: Effects, in_region: "TensorVariable") -> tuple["TensorVariable", "TensorVariable"]:
    """Log entries per year (channel, country, period), and the means that were taken out, in one row."""
    import pytensor.tensor as pt

    array = data.array
    in_term = observed("in_term", one_hot(array["term_of_period"], len(data.coord["term"])))
    by_country = pt.dot(OF_COUNTRY, effect.country) + pt.dot(BESIDES, effect.of_region)
    of_countries = (observed("country_weight", array["country_weight"].T) * by_country).sum(axis=1)
    means, rest = means_of_regions(array["region_weight"])
    flat = effect.region_term.ravel()
    by_region = pt.dot(observed("region_rest", rest), flat).reshape(effect.region_term.shape) + effect.region_type
    by_period = pt.dot(in_term, effect.level) + effect.covid
    shared = pt.dot(in_region.T, pt.dot(by_region, in_term.T))
    rate = (by_country - of_countries[:, None])[:, :, None] + by_period.T[:, None, :] + shared
    return rate, pt.concatenate([of_countries, pt.dot(observed("region_means", means), flat)])


# Travels of presidents and secretaries of state and visits of foreign leaders, all countries.

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
        As made by :func:`forecast.components.registers.model.select`.
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
    owner = owners(SCALES, *(len(data.coord[axis]) for axis in ("country", "region", "term")))
    pick = scales.one_hot(owner)
    width = pt.dot(pick, scales.variable) + (owner < 0)
    found: TensorVariable = -0.5 * ((noise / width) ** 2).sum() - pt.dot(pick.sum(axis=0), pt.log(scales.variable))
    return found


def _distances(gap: np.ndarray, priors: Mapping[str, Prior], effect: Effects) -> "TensorVariable":
    """How far u, v, r, G and q lie from what is expected of them, in one row; the walk and AR(1) as their steps."""
    import pytensor.tensor as pt

    base = priors["base"]
    walk = observed("walk_steps", walk_steps(gap, base.sigma))
    first = observed("walk_first", np.eye(len(gap) + 1, CHANNELS)[:, :1] * np.full(CHANNELS, base.mu / base.sigma))
    fresh = observed("fresh_parts", fresh_parts(gap, priors["term_persistence"].value).T)
    found: TensorVariable = pt.concatenate([
                           (effect.country - pt.dot(EXPECTED, effect.of_region)).ravel(),
                           (effect.region_channel - effect.region_base[:, None]).ravel(),
                           (pt.dot(walk, effect.level - effect.mean) - first).ravel(), pt.dot(effect.region_term, fresh).ravel()])
    return found


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
    steps = np.arange(1.0, above.shape[1] + 1)
    found: TensorVariable = cells + (observed("above", above) * pt.log1p(square[:, None] * steps)).sum()
    return found


def _exceedances(count: np.ndarray) -> np.ndarray:
    """Cells of every channel with a count above m = 1, 2, ..., shape (channel, m)."""
    above = [exceedances(one.ravel(), np.ones(one.size)) for one in count]
    return np.array([np.pad(one, (0, max(map(len, above)) - len(one))) for one in above])
