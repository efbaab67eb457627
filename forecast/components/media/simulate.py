"""Pages and tones about the recorded contacts at known parameter values."""

from collections.abc import Mapping

import numpy as np

from forecast.components.ordinal import cutpoints, draw
from forecast.components.protocol import ComponentData


def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Draw pages per contact and side, then the tone of each of these pages."""
    array = dict(data.array)
    mean = expected_pages(array, truth)
    size = float(truth["pages_overdispersion"]) ** -2
    pages = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
    contact, side = (np.repeat(index.ravel(), pages.ravel()) for index in np.indices(pages.shape))
    location = _shared(array, truth, "tone_")[contact, side]
    tone = draw(location, cutpoints(truth["tone_share"])[side], rng)
    found = {"pages": pages, "page_contact": contact, "page_side": side, "page_tone": tone}
    return ComponentData(array=array | found, coord=data.coord)


def expected_pages(array: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray]) -> np.ndarray:
    """Expected pages per contact and side, shape (contact, side)."""
    return np.exp(truth["pages_base"] + _shared(array, truth, "pages_"))


def _shared(array: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray], prefix: str) -> np.ndarray:
    """Shape (contact, side)."""
    effect = (truth[f"{prefix}type_effect"][array["type_of_term"]]
              + truth[f"{prefix}president_effect"][array["president_of_term"]])
    return (effect[array["term"]] + truth[f"{prefix}rank_effect"][array["rank"]]
            + truth[f"{prefix}effective"] * array["effective"][:, None]
            + truth[f"{prefix}drift"] * array["decade"][:, None])
