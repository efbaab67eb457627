"""How sure alpha is: intervals from resampled units, and exact bounds where the coders never or always differ."""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from forecast.contacts.alpha import Pairs, alpha, resampled_alpha

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
    return 1 - ((1 - coverage) / 2) ** (1 / units)


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
