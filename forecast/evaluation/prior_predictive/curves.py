"""What the figures of the prior predictive check show of every record: a few profiles that people can picture."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from forecast.components.completeness import Completeness
from forecast.evaluation.predictive.agenda import breadth
from forecast.evaluation.predictive.effectiveness import OUTCOMES
from forecast.evaluation.predictive.family import Array, ratio
from forecast.evaluation.predictive.frequency import yearly
from forecast.evaluation.predictive.media import distribution, tone_shares

Curve = Callable[[Array], np.ndarray]


def outcomes(array: Array) -> np.ndarray:
    """Share of contacts with each outcome, (outcome,)."""
    return shares(np.bincount(array["outcome_code"], minlength=OUTCOMES))


def tones(array: Array) -> np.ndarray:
    """Share of each tone among the pages of a side, (side and tone,); NaN without pages."""
    return tone_shares(array) if len(array["page_tone"]) else np.full(len(tone_shares(array)), np.nan)


def pages(array: Array) -> np.ndarray:
    """Share of contacts with each number of pages, (side, pages)."""
    count = distribution(array).reshape(array["pages"].shape[1], -1)
    return ratio(count, count.sum(axis=1, keepdims=True))


def shares(count: np.ndarray) -> np.ndarray:
    """Counts as shares of their sum."""
    return ratio(count, count.sum())


def recorded(named: xr.Dataset) -> np.ndarray:
    """Recorded share by rank, mean over eras, (draw, rank)."""
    return Completeness().profile(named)["share"].mean("era").transpose("draw", "rank").to_numpy()


CURVE: Mapping[str, Mapping[str, Curve]] = {
    "frequency": {"yearly": yearly},
    "agenda": {"breadth": lambda array: shares(breadth(array))},
    "effectiveness": {"outcomes": outcomes},
    "media": {"pages": pages, "tones": tones},
}
"""Section -> curve -> arrays of a record to its values."""

LATENT: Mapping[str, Mapping[str, Callable[[xr.Dataset], np.ndarray]]] = {"completeness": {"recorded": recorded}}
"""Section -> curve -> named parameters to its values, for what no record shows."""
