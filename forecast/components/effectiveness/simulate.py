"""Mechanisms and outcomes of the recorded contacts at known parameter values."""

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from forecast.components.ordinal import cutpoints, draw
from forecast.components.protocol import ComponentData


def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Draw both observations; the outcome depends on the mechanism drawn."""
    array = dict(data.array)
    inside = truth["mechanism_base"] + _shared(array, truth, "mechanism_")
    member = (rng.random(len(inside)) < expit(inside)).astype(np.int64)
    location = _shared(array, truth, "") + truth["breadth"] * array["topics_named"]
    outcome = draw(location, cutpoints(truth["outcome_share"])[member], rng)
    return ComponentData(array=array | {"mechanism_member": member, "outcome_code": outcome}, coord=data.coord)


def _shared(array: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray], prefix: str) -> np.ndarray:
    effect = (truth[f"{prefix}type_effect"][array["type_of_term"]]
              + truth[f"{prefix}president_effect"][array["president_of_term"]])
    return (effect[array["term"]] + truth[f"{prefix}rank_effect"][array["rank"]]
            + truth[f"{prefix}drift"] * array["decade"])
