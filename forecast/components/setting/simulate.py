"""Directions and formats of the recorded contacts at known parameter values."""

from collections.abc import Mapping

import numpy as np
from scipy.special import softmax

from forecast.components.protocol import ComponentData
from forecast.components.setting.formats import shares_of_format


def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Draw the direction of every contact, then its format."""
    array = dict(data.array)
    effect = truth["type_effect"][array["type_of_term"]] + truth["president_effect"][array["president_of_term"]]
    logit = (truth["base"] + effect[array["term"]] + truth["rank_effect"][array["rank"]]
             + np.multiply.outer(array["decade"], truth["drift"]))
    direction = _draw(softmax(logit, axis=1), rng)
    share = shares_of_format(truth["visit_share"], truth["remote_share"], data.coord)
    return ComponentData(array=array | {"direction": direction, "format": _draw(share[direction], rng)}, coord=data.coord)


def _draw(share: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One code per row of shares; codes of share zero never."""
    uniform = rng.random((len(share), 1)) * share.sum(axis=1, keepdims=True)
    return (uniform >= np.cumsum(share, axis=1)[:, :-1]).sum(axis=1).astype(np.int64)
