"""Pages and tones about the recorded contacts at known parameter values."""

from collections.abc import Mapping

import numpy as np
from scipy.special import expit
from scipy.stats import nbinom

from forecast.components.media.recorded import chance_of_record, known_before, log_none, none_given_nothing
from forecast.components.ordinal import cutpoints, draw
from forecast.components.protocol import ComponentData


def simulate(data: ComponentData, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> ComponentData:
    """Draw who is known from elsewhere, pages per contact and side given that it is recorded, and the tone of each page."""
    array = dict(data.array)
    elsewhere, pages = draw_pages(expected_pages(array, truth), float(truth["pages_overdispersion"]),
                                  expit(float(truth["elsewhere"])), rng)
    contact, side = (np.repeat(index.ravel(), pages.ravel()) for index in np.indices(pages.shape))
    location = _shared(array, truth, "tone_")[contact, side]
    tone = draw(location, cutpoints(truth["tone_share"])[side], rng)
    found = {"pages": pages, "elsewhere": elsewhere, "known_before": known_before(elsewhere, pages),
             "page_contact": contact, "page_side": side, "page_tone": tone}
    return ComponentData(array=array | found, coord=data.coord)


def draw_pages(mean: np.ndarray, spread: float, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Whether recorded contacts are known from elsewhere, (contact,), and their pages, (contact, side).

    Parameters
    ----------
    mean : (contact, side) array
        Expected pages of all contacts, recorded or not.
    spread, share : float
        Coefficient of variation of the rate, and probability to be known from elsewhere.
    """
    size = spread**-2
    no_page = log_none(mean, spread)
    elsewhere = (rng.random(len(mean)) * chance_of_record(no_page, share) < share).astype(np.int64)
    pages = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
    none = none_given_nothing(no_page, np.zeros(len(mean)))
    nothing = elsewhere == 0
    for side in range(mean.shape[1]):
        some = nothing & (rng.random(len(mean)) >= none[:, side])
        pages[nothing, side] = 0
        pages[some, side] = _at_least_one(mean[some, side], size, rng)
        nothing &= ~some
    return elsewhere, pages


def _at_least_one(mean: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    """Pages of one side, given one or more; from the upper tail, where a small mean loses no digits."""
    chance = size / (size + mean)
    above = rng.uniform(0, 1, len(mean)) * -np.expm1(size * np.log(chance))
    return np.maximum(nbinom.isf(above, size, chance), 1).astype(np.int64)


def expected_pages(array: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray]) -> np.ndarray:
    """Expected pages per contact and side, recorded or not, shape (contact, side)."""
    walk = np.vstack([truth["pages_walk"], np.zeros(array["pages"].shape[1])])
    return np.exp(truth["pages_base"] + walk[array["term"]] + _shared(array, truth, "pages_"))


def _shared(array: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray], prefix: str) -> np.ndarray:
    """Shape (contact, side)."""
    effect = (truth[f"{prefix}type_effect"][array["type_of_term"]]
              + truth[f"{prefix}president_effect"][array["president_of_term"]])
    return (effect[array["term"]] + truth[f"{prefix}rank_effect"][array["rank"]]
            + truth[f"{prefix}effective"] * array["effective"][:, None]
            + truth[f"{prefix}drift"] * array["decade"][:, None])
