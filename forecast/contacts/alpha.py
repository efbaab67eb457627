"""Krippendorff's alpha: from the library for any number of coders, and a fast twin for many resamples of two coders."""

from dataclasses import dataclass
from math import ceil, log
from statistics import NormalDist
from typing import Any, Literal, NamedTuple

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
        found: np.ndarray = one[self.first] + one[self.second]
        return found

    @property
    def equal(self) -> np.ndarray:
        """Whether both coders gave the same value, shape (unit,)."""
        found: np.ndarray = self.first == self.second
        return found


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
    metric: Any = level if distance is None else lambda v1, v2, i1, i2, n_v, dtype: distance[i1, i2]
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
    found: np.ndarray = 1 - np.divide(observed, chance, out=np.full(len(weight), np.nan), where=chance > 0)
    return found


def _distance(pairs: Pairs, frequency: np.ndarray) -> np.ndarray:
    """Distances of values, shape (resample or 1, value, value)."""
    if pairs.distance is not None:
        return pairs.distance[None]
    if pairs.level == "nominal":
        return 1.0 - np.eye(pairs.values)[None]
    # the values between two, the ends by half: it is the difference of their middle ranks
    middle = frequency.cumsum(axis=1) - frequency / 2
    return (middle[:, :, None] - middle[:, None, :]) ** 2


# How sure alpha is: intervals from resampled units, and exact bounds where the coders never or always differ.

NORMAL = NormalDist()
MOST_UNDEFINED = 0.05
"""Largest share of resamples without variation; above it a code is too rare for an interval."""


class Interval(NamedTuple):
    """Both ends of an interval for alpha, NaN where there is none, and how it was made."""

    low: float
    high: float
    way: str


FEWEST = 10
"""Units below which resampling says nothing."""


def alpha_interval(pairs: Pairs, rng: np.random.Generator, resamples: int = 5000, coverage: float = 0.95) -> Interval:
    """Interval for the alpha that the same coders would reach on all units.

    Units are resampled, and observed and expected disagreement are both taken from each resample: the units are what
    was drawn at random, and a unit's two values belong together. Hayes and Krippendorff (2007,
    10.1080/19312450709336664) draw disagreements and hold the expected disagreement fixed; in simulated codings of 50
    units that covered less often. The ends are bias-corrected and accelerated (Efron 1987,
    10.1080/01621459.1987.10478410), as the distribution of a high alpha is skew. Where the coders never differ,
    resampling would see no doubt at all; see `bound_without_disagreement`. Nor would it see an agreement where they
    differ on every unit; see `interval_without_agreement`.

    Parameters
    ----------
    pairs : Pairs
        Units that both coders coded.
    rng : Generator
        Source of the resamples.
    resamples : int
        How many.
    coverage : float
        Share of samples in which the interval should hold the truth.

    Returns
    -------
    Interval
        NaN where alpha is not defined, where the coders differ on some and fewer than 10 units are there, or where more
        than 5 % of resamples have no variation.
    """
    value = alpha(pairs)
    if np.isnan(value):
        return _none("alpha is undefined")
    if pairs.equal.all():
        return Interval(bound_without_disagreement(pairs, coverage), 1.0, "exact: the coders never differ")
    if not pairs.equal.any():
        return interval_without_agreement(pairs, rng, resamples, coverage)
    if len(pairs) < FEWEST:
        return _none("too few units")
    drawn = resampled_alpha(pairs, draw_units(pairs, len(pairs), resamples, rng))
    if np.isnan(drawn).mean() > MOST_UNDEFINED:
        return _none("a code is too rare")
    drawn = drawn[~np.isnan(drawn)]
    tails = ((1 - coverage) / 2, (1 + coverage) / 2)
    low, high = np.quantile(drawn, [_corrected(tail, value, drawn, _acceleration(pairs)) for tail in tails])
    return Interval(float(low), float(high), "units resampled")


def bound_without_disagreement(pairs: Pairs, coverage: float = 0.95) -> float:
    """Lower end of the interval of two coders who never differ.

    The exact binomial bound on the share of units on which they would differ (Clopper and Pearson 1934,
    10.1093/biomet/26.4.404), over the share of chance pairs that differ: it takes a disagreement that was not seen to
    be as large as one by chance.
    """
    return 1 - _share_bound(len(pairs), coverage) / chance_difference(pairs)


def interval_without_agreement(pairs: Pairs, rng: np.random.Generator, resamples: int = 5000,
                               coverage: float = 0.95) -> Interval:
    r"""Interval of two coders who differ on every unit.

    Observed disagreement is the share of units on which they differ times how far they then differ. Of the share, all of
    :math:`n`, the exact binomial interval goes from :math:`(\frac{1 - c}{2})^{1/n}` to 1 (Clopper and Pearson 1934,
    10.1093/biomet/26.4.404), over the same chance disagreement: alpha from its own value to one minus that share of
    :math:`1 - \alpha`. Where disagreements are of several sizes, the lower end is that of the resampled units if it is lower:
    how far they differ was drawn as well.
    """
    value = alpha(pairs)
    high = 1 - (1 - _share_bound(len(pairs), coverage)) * (1 - value)
    drawn = resampled_alpha(pairs, draw_units(pairs, len(pairs), resamples, rng))
    low = np.nanquantile(drawn, (1 - coverage) / 2)
    return Interval(float(min(low, value)), float(high), "exact: the coders always differ")


def chance_difference(pairs: Pairs) -> float:
    """Share of all pairs of values that are not the same value."""
    frequency = pairs.counts.sum(axis=0)
    total = frequency.sum()
    return float(1 - (frequency * (frequency - 1)).sum() / (total * (total - 1)))


def draw_units(pairs: Pairs, size: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each unit is in each resample of a size, shape (resample, unit)."""
    return rng.multinomial(size, np.full(len(pairs), 1 / len(pairs)), size=resamples)


def _none(why: str) -> Interval:
    return Interval(float("nan"), float("nan"), f"none: {why}")


def _share_bound(units: int, coverage: float) -> float:
    found: float = 1 - ((1 - coverage) / 2) ** (1 / units)
    return found


def _corrected(tail: float, value: float, drawn: np.ndarray, acceleration: float) -> float:
    below = ((drawn < value).mean() + (drawn <= value).mean()) / 2
    bias = NORMAL.inv_cdf(float(np.clip(below, 0.5 / len(drawn), 1 - 0.5 / len(drawn))))
    shifted = bias + NORMAL.inv_cdf(tail)
    return NORMAL.cdf(bias + shifted / (1 - acceleration * shifted))


def _acceleration(pairs: Pairs) -> float:
    """Skewness over six of the alphas with one unit left out."""
    left_out = resampled_alpha(pairs, 1 - np.eye(len(pairs), dtype=int))
    away = np.nanmean(left_out) - left_out[~np.isnan(left_out)]
    spread = (away ** 2).sum()
    return float((away ** 3).sum() / (6 * spread ** 1.5)) if spread > 0 else 0.0


# How many units two coders should both code.

def units_for_minimum(minimum: float, share: float, significance: float = 0.05) -> int:
    r"""Units that show a nominal alpha to be at least a minimum, for two coders.

    :math:`2 z^2 \left(\frac{(1 + \alpha)(3 - \alpha)}{4 (1 - \alpha) p (1 - p)} - \alpha\right)`: the table of
    Krippendorff's *Content Analysis*, after Bloch and Kraemer (1989, Biometrics 45, 269-287, equation 3.7).

    Parameters
    ----------
    minimum : float
        The alpha to be shown.
    share : float
        Share of units with the rarest code that matters; 1 / number of codes where all are as frequent.
    significance : float
        One-sided level.
    """
    z = NORMAL.inv_cdf(1 - significance)
    spread = (1 + minimum) * (3 - minimum) / (4 * (1 - minimum) * share * (1 - share))
    return ceil(2 * z ** 2 * (spread - minimum))


def projected_half_width(pairs: Pairs, size: int, rng: np.random.Generator, resamples: int = 2000) -> float:
    """Half of the 95 % range of alpha in samples of another size, drawn with replacement from the coded units.

    It takes the coded units for all units: a code that was never met stays unmet. For ordinal and set variables too,
    for which there is no formula.
    """
    drawn = resampled_alpha(pairs, draw_units(pairs, size, resamples, rng))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(high - low) / 2


def units_for_half_width(pairs: Pairs, half_width: float, rng: np.random.Generator) -> int | None:
    """Units at which the 95 % interval of alpha would be that wide to either side, by resampling the coded ones.

    Where the coders never or always differ, the units at which the exact bound would be so near. None where no
    resample varies, so that nothing can be said.
    """
    if len(pairs) == 0 or chance_difference(pairs) == 0:
        return None
    if pairs.equal.all() or not pairs.equal.any():
        one_by_chance = chance_difference(pairs) if pairs.equal.all() else 1 / (1 - alpha(pairs))
        seen = min(2 * half_width * one_by_chance, 0.999)  # the share of units that would move alpha so far
        return ceil(log(0.025) / log(1 - seen))
    size = len(pairs)
    for _ in range(3):  # the width falls with the root of the size, nearly; each step corrects the one before
        size = max(ceil(size * (projected_half_width(pairs, size, rng) / half_width) ** 2), 5)
    return size
