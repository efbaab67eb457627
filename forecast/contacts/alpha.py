"""Krippendorff's alpha of any number of coders: from the library, and from a fast twin for many resamples of the units."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from math import ceil, log
from statistics import NormalDist
from typing import Any, Literal, NamedTuple, Self

import krippendorff
import numpy as np

type Level = Literal["nominal", "ordinal", "set"]


@dataclass(frozen=True, kw_only=True)
class Units:
    """What two coders or more said of the same units, of one variable.

    Parameters
    ----------
    level : {'nominal', 'ordinal', 'set'}
        Level of measurement.
    counts : ndarray of int, shape (unit, value)
        How many coders gave a unit a value; only units to which two or more gave one. Of an ordinal variable the values are in
        order.
    distance : ndarray, shape (value, value), or None
        Of a set variable: the distances of its values.
    """

    level: Level
    counts: np.ndarray
    distance: np.ndarray | None = None

    @classmethod
    def coded(cls, level: Level, code: np.ndarray, values: int, distance: np.ndarray | None = None) -> Self:
        """Units from the codes of each coder.

        Parameters
        ----------
        level, distance
            As of the class.
        code : ndarray of int, shape (unit, coder)
            Place of the value on the axis ``value``; below zero where a coder gave none.
        values : int
            Length of that axis.
        """
        counts = (code[:, :, None] == np.arange(values)).sum(axis=1)
        return cls(level=level, counts=counts[counts.sum(axis=1) > 1], distance=distance)

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def equal(self) -> np.ndarray:
        """Whether all coders of a unit gave it the same value, shape (unit,)."""
        found: np.ndarray = (self.counts > 0).sum(axis=1) == 1
        return found

    @property
    def apart(self) -> np.ndarray:
        """Whether no two coders of a unit gave it the same value, shape (unit,)."""
        found: np.ndarray = (self.counts < 2).all(axis=1)
        return found

    @property
    def agreement(self) -> float:
        """Share of the pairs of values of one unit that are the same value; NaN without a unit."""
        of_unit = self.counts.sum(axis=1)
        pairs = (of_unit * (of_unit - 1)).sum()
        return float((self.counts * (self.counts - 1)).sum() / pairs) if pairs else float("nan")


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


def alpha(units: Units) -> float:
    """Alpha of units; NaN where it is not defined (see `alpha_of_counts`)."""
    return alpha_of_counts(units.counts, units.level, units.distance)


def resampled_alpha(units: Units, weight: np.ndarray) -> np.ndarray:
    r"""Alpha of many resamples of the units at once; equal to `alpha` of each of them.

    :math:`1 - D_o / D_e`, with :math:`D_o` the distance of values within units, each value of a unit with :math:`m` of them
    compared with the other :math:`m - 1`, and :math:`D_e` that of all pairs of values, both of the resample (Hayes and
    Krippendorff 2007, 10.1080/19312450709336664).

    Parameters
    ----------
    units : Units
        The units.
    weight : ndarray of int, shape (resample, unit)
        How often a unit is in a resample.

    Returns
    -------
    ndarray, shape (resample,)
        NaN where all values of a resample are the same.
    """
    frequency = weight @ units.counts  # (resample, value)
    total = frequency.sum(axis=1)
    if units.level == "ordinal":
        # the values between two, the ends by half: it is the difference of their middle ranks
        middle = frequency.cumsum(axis=1) - frequency / 2
        distance, within = (middle[:, :, None] - middle[:, None, :]) ** 2, _spread(units.counts, middle)
    else:
        distance = 1.0 - np.eye(units.counts.shape[1]) if units.distance is None else units.distance
        within = ((units.counts @ distance) * units.counts).sum(axis=1)
    observed = (weight * (within / (units.counts.sum(axis=1) - 1))).sum(axis=1) / total
    chance = (frequency[:, None, :] @ distance @ frequency[:, :, None])[:, 0, 0] / (total * (total - 1))
    found: np.ndarray = 1 - np.divide(observed, chance, out=np.full(len(weight), np.nan), where=chance > 0)
    return found


def _spread(counts: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Squared differences of middle ranks over all ordered pairs of values of a unit, shape (resample, unit)."""
    rank, square = middle @ counts.T, middle ** 2 @ counts.T
    found: np.ndarray = 2 * (counts.sum(axis=1) * square - rank ** 2)
    return found


# Distance of two sets of codes: how far apart two coders are who each name several topics.

def masi_distance(first: Set[str], second: Set[str]) -> float:
    r"""Distance of two sets after MASI (measuring agreement on set-valued items).

    :math:`1 - J M`, with Jaccard's :math:`J = |A \cap B| / |A \cup B|` and the monotonicity :math:`M`: 1 for equal
    sets, 2/3 where one holds the other, 1/3 where they overlap and each has something of its own, 0 where they are
    disjoint (R. Passonneau 2006, LREC, https://aclanthology.org/L06-1392/).

    Parameters
    ----------
    first, second : set of str
        Codes named by either coder. Two empty sets are equal; an empty and a filled one are disjoint.

    Returns
    -------
    float
        From 0, equal, to 1, disjoint. In alpha it stands where other levels have a squared difference: it is not
        squared again.
    """
    if first == second:
        return 0.0
    jaccard = len(first & second) / len(first | second)
    one_holds_the_other = first <= second or second <= first
    return 1.0 - jaccard * (2 / 3 if one_holds_the_other else 1 / 3)


def masi_matrix(values: Sequence[Set[str]]) -> np.ndarray:
    """Distances of all pairs of sets, shape (value, value)."""
    return np.array([[masi_distance(first, second) for second in values] for first in values])


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


def alpha_interval(units: Units, rng: np.random.Generator, resamples: int = 5000, coverage: float = 0.95) -> Interval:
    """Interval for the alpha that the same coders would reach on all units.

    Units are resampled, and observed and expected disagreement are both taken from each resample: the units are what
    was drawn at random, and a unit's values belong together. Hayes and Krippendorff (2007,
    10.1080/19312450709336664) draw disagreements and hold the expected disagreement fixed; in simulated codings of 50
    units that covered less often. The ends are bias-corrected and accelerated (Efron 1987,
    10.1080/01621459.1987.10478410), as the distribution of a high alpha is skew. Where the coders never differ,
    resampling would see no doubt at all; see `bound_without_disagreement`. Nor would it see an agreement where they
    differ on every unit; see `interval_without_agreement`.

    Parameters
    ----------
    units : Units
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
    value = alpha(units)
    if np.isnan(value):
        return _none("alpha is undefined")
    if units.equal.all():
        return Interval(bound_without_disagreement(units, coverage), 1.0, "exact: the coders never differ")
    if units.apart.all():
        return interval_without_agreement(units, rng, resamples, coverage)
    if len(units) < FEWEST:
        return _none("too few units")
    drawn = resampled_alpha(units, draw_units(units, len(units), resamples, rng))
    if np.isnan(drawn).mean() > MOST_UNDEFINED:
        return _none("a code is too rare")
    drawn = drawn[~np.isnan(drawn)]
    tails = ((1 - coverage) / 2, (1 + coverage) / 2)
    low, high = np.quantile(drawn, [_corrected(tail, value, drawn, _acceleration(units)) for tail in tails])
    return Interval(float(low), float(high), "units resampled")


def bound_without_disagreement(units: Units, coverage: float = 0.95) -> float:
    """Lower end of the interval of coders who never differ.

    The exact binomial bound on the share of units on which they would differ (Clopper and Pearson 1934,
    10.1093/biomet/26.4.404), over the share of chance pairs that differ: it takes a disagreement that was not seen to
    be as large as one by chance, and of more than two coders to be one of each with each.
    """
    return 1 - _share_bound(len(units), coverage) / chance_difference(units)


def interval_without_agreement(units: Units, rng: np.random.Generator, resamples: int = 5000,
                               coverage: float = 0.95) -> Interval:
    r"""Interval of coders no two of whom agree on any unit.

    Observed disagreement is the share of units on which they differ times how far they then differ. Of the share, all of
    :math:`n`, the exact binomial interval goes from :math:`(\frac{1 - c}{2})^{1/n}` to 1 (Clopper and Pearson 1934,
    10.1093/biomet/26.4.404), over the same chance disagreement: alpha from its own value to one minus that share of
    :math:`1 - \alpha`. Where disagreements are of several sizes, the lower end is that of the resampled units if it is lower:
    how far they differ was drawn as well.
    """
    value = alpha(units)
    high = 1 - (1 - _share_bound(len(units), coverage)) * (1 - value)
    drawn = resampled_alpha(units, draw_units(units, len(units), resamples, rng))
    low = np.nanquantile(drawn, (1 - coverage) / 2)
    return Interval(float(min(low, value)), float(high), "exact: the coders always differ")


def chance_difference(units: Units) -> float:
    """Share of all pairs of values that are not the same value."""
    frequency = units.counts.sum(axis=0)
    total = frequency.sum()
    return float(1 - (frequency * (frequency - 1)).sum() / (total * (total - 1)))


def draw_units(units: Units, size: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each unit is in each resample of a size, shape (resample, unit)."""
    return rng.multinomial(size, np.full(len(units), 1 / len(units)), size=resamples)


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


def _acceleration(units: Units) -> float:
    """Skewness over six of the alphas with one unit left out."""
    left_out = resampled_alpha(units, 1 - np.eye(len(units), dtype=int))
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


def projected_half_width(units: Units, size: int, rng: np.random.Generator, resamples: int = 2000) -> float:
    """Half of the 95 % range of alpha in samples of another size, drawn with replacement from the coded units.

    It takes the coded units for all units: a code that was never met stays unmet. For ordinal and set variables too,
    for which there is no formula.
    """
    drawn = resampled_alpha(units, draw_units(units, size, resamples, rng))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(high - low) / 2


def units_for_half_width(units: Units, half_width: float, rng: np.random.Generator) -> int | None:
    """Units at which the 95 % interval of alpha would be that wide to either side, by resampling the coded ones.

    Where the coders never or always differ, the units at which the exact bound would be so near. None where no
    resample varies, so that nothing can be said.
    """
    if len(units) == 0 or chance_difference(units) == 0:
        return None
    if units.equal.all() or units.apart.all():
        one_by_chance = chance_difference(units) if units.equal.all() else 1 / (1 - alpha(units))
        seen = min(2 * half_width * one_by_chance, 0.999)  # the share of units that would move alpha so far
        return ceil(log(0.025) / log(1 - seen))
    size = len(units)
    for _ in range(3):  # the width falls with the root of the size, nearly; each step corrects the one before
        size = max(ceil(size * (projected_half_width(units, size, rng) / half_width) ** 2), 5)
    return size
