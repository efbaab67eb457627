"""Log rates from named parameters, and counts drawn at them, without PyMC."""

from collections.abc import Mapping

import numpy as np

from forecast.components.protocol import ComponentData
from forecast.components.registers.structure import means_of_regions


def log_rate(data: ComponentData, named: Mapping[str, np.ndarray]) -> np.ndarray:
    """Log entries per year at known values of all named parameters, shape (country, channel, period)."""
    array = data.array
    region, term = array["region_of_country"], array["term_of_period"]
    level, visit, of_region = named["country_level"], named["country_visit"], named["region_channel"]
    by_country = np.stack([level + (of_region[0] - of_region[1])[region], level, level + visit], axis=1)
    by_country = by_country - (array["country_weight"] * by_country).sum(axis=0)
    _, rest = means_of_regions(array["region_weight"])
    by_region = (rest @ named["region_term"].ravel()).reshape(named["region_term"].shape)
    by_region = by_region + named["region_type"][:, array["type_of_term"]]
    by_period = named["term_level"][term] + named["covid"] * array["covid"][:, None]
    return by_country[:, :, None] + by_region[region][:, None, term] + by_period.T


def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Draw counts from the model at known values; the weights of the means stay those of the data."""
    mean = data.array["exposure"][:, None] * np.exp(log_rate(data, truth))
    channels = ("president", "secretary", "visit")
    size = np.array([float(truth[f"overdispersion_{name}"]) for name in channels])[:, None] ** -2
    count = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
    return ComponentData(array={**data.array, "count": count}, coord=data.coord)
