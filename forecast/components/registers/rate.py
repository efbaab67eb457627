"""The register model's effects as the sampler has them, and the log rate that they make; see :mod:`.model`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.likelihood import observed
from forecast.components.linear import one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.registers.structure import BESIDES, CHANNELS, OF_COUNTRY, effects, means_of_regions
from forecast.components.scales import Scales

if TYPE_CHECKING:
    from pytensor.tensor import TensorVariable


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
