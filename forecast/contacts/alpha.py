"""Krippendorff's alpha: from the library for any number of coders, and a fast twin for many resamples of two coders."""

from dataclasses import dataclass
from typing import Literal

import krippendorff
import numpy as np

type Level = Literal["nominal", "ordinal", "set"]


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """What two coders said of the same units, of one variable.

    Parameters
    ----------
    level : {'nominal', 'ordinal', 'set'}
        Level of measurement.
    first, second : ndarray of int, shape (unit,)
        Place of each coder's value on the axis ``value``; only units to which both gave one.
    values : int
        Length of that axis; of an ordinal variable it is in order.
    distance : ndarray, shape (value, value), or None
        Of a set variable: the distances of its values.
    """

    level: Level
    first: np.ndarray
    second: np.ndarray
    values: int
    distance: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.first)

    @property
    def counts(self) -> np.ndarray:
        """How many coders gave a unit a value, shape (unit, value)."""
        one = np.eye(self.values, dtype=int)
        return one[self.first] + one[self.second]

    @property
    def equal(self) -> np.ndarray:
        """Whether both coders gave the same value, shape (unit,)."""
        return self.first == self.second


def alpha_of_counts(counts: np.ndarray, level: str, distance: np.ndarray | None = None) -> float:
    """Alpha of any number of coders, some of whom may have left units out.

    Parameters
    ----------
    counts : ndarray of int, shape (unit, value)
        How many coders gave a unit a value. The numbers of the axis ``value`` are the values where the level is
        interval or ratio.
    level : str
        nominal, ordinal, interval, ratio, or set.
    distance : ndarray, shape (value, value), optional
        Of level set: the distances of the values.

    Returns
    -------
    float
        1 for perfect, 0 for chance agreement; NaN where no unit has two values, or where all values are the same
        and alpha is 0 / 0.
    """
    paired = counts[counts.sum(axis=1) > 1]
    if (paired.sum(axis=0) > 0).sum() < 2:
        return float("nan")
    metric = level if distance is None else lambda v1, v2, i1, i2, n_v, dtype: distance[i1, i2]
    return float(krippendorff.alpha(value_counts=paired, level_of_measurement=metric))


def alpha(pairs: Pairs) -> float:
    """Alpha of two coders; NaN where it is not defined (see `alpha_of_counts`)."""
    return alpha_of_counts(pairs.counts, pairs.level, pairs.distance)


def resampled_alpha(pairs: Pairs, weight: np.ndarray) -> np.ndarray:
    r"""Alpha of many resamples of the units at once; equal to `alpha` of each of them.

    :math:`1 - D_o / D_e`, with :math:`D_o` the mean distance within units and :math:`D_e` that of all pairs of
    values, both of the resample (Hayes and Krippendorff 2007, 10.1080/19312450709336664).

    Parameters
    ----------
    pairs : Pairs
        The units.
    weight : ndarray of int, shape (resample, unit)
        How often a unit is in a resample.

    Returns
    -------
    ndarray, shape (resample,)
        NaN where all values of a resample are the same.
    """
    frequency = weight @ pairs.counts  # (resample, value)
    total = frequency.sum(axis=1)
    distance = _distance(pairs, frequency)
    observed = (weight * distance[:, pairs.first, pairs.second]).sum(axis=1) * 2 / total
    chance = (frequency[:, None, :] @ distance @ frequency[:, :, None])[:, 0, 0] / (total * (total - 1))
    return 1 - np.divide(observed, chance, out=np.full(len(weight), np.nan), where=chance > 0)


def _distance(pairs: Pairs, frequency: np.ndarray) -> np.ndarray:
    """Distances of values, shape (resample or 1, value, value)."""
    if pairs.distance is not None:
        return pairs.distance[None]
    if pairs.level == "nominal":
        return 1.0 - np.eye(pairs.values)[None]
    # the values between two, the ends by half: it is the difference of their middle ranks
    middle = frequency.cumsum(axis=1) - frequency / 2
    return (middle[:, :, None] - middle[:, None, :]) ** 2
