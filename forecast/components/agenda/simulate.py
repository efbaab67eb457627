"""Topics of contacts, given that each names at least one."""

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from forecast.components.protocol import ComponentData


def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Topics of the same contacts at known parameter values."""
    array = dict(data.array)
    effect = truth["type_effect"][array["type_of_term"]] + truth["president_effect"][array["president_of_term"]]
    walk = np.vstack([truth["walk"], np.zeros(len(data.coord["topic"]))])
    by_contact = (effect + walk)[array["term"]] + truth["rank_effect"][array["rank"]]
    breadth = truth["breadth_scale"] * rng.standard_normal((len(by_contact), 1))
    named = _at_least_one(expit(truth["base"] + by_contact + breadth), rng)
    return ComponentData(array=array | {"named": named.astype(np.int64)}, coord=data.coord)


def _at_least_one(chance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Independent topics given that one or more is named, (contact, topic).

    Topic after topic: while none is named yet, the chance of the next one is given that it or a later one is.
    """
    some_later = 1 - np.cumprod(1 - chance[:, ::-1], axis=1)[:, ::-1]
    named = np.zeros(chance.shape, dtype=bool)
    for topic in range(chance.shape[1]):
        needed = ~named.any(axis=1)
        named[:, topic] = rng.random(len(chance)) * np.where(needed, some_later[:, topic], 1.0) < chance[:, topic]
    named[~named.any(axis=1), -1] = True  # the last one is certain; rounding alone can miss it
    return named
