r"""How much a test of calibration can see: the power of its verdict, counted and planned.

*Counted*: a control of :math:`N` replications is :math:`K = \lfloor N / n \rfloor` studies of :math:`n` replications that have
none in common. The share of them that the verdict rejects estimates its power at :math:`n`, with the exact interval of a
binomial (Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404); the p-value of all :math:`N` together stands beside it.

*Planned*: posterior draws that are off by :math:`\delta` posterior standard deviations in one quantity of many, or too narrow
in it by a factor. The smallest of each that four studies in five of :math:`N` replications would reject, for a normal posterior
and the test of the empirical distribution function, by simulation. What is smaller can be wrong and pass.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import binomtest

from forecast.evaluation.uniformity import LEVEL, ecdf_smallest, null_of, rejects, uniformity

STUDY = 40
"""Replications of a study whose power is counted."""
POWER = 0.8
STUDIES = 400
SHIFT, WIDTH = tuple(tenths / 10 for tenths in range(1, 31)), tuple(tenths / 10 for tenths in range(11, 61))
"""Faults that are tried, in steps of a tenth."""


@dataclass(frozen=True, kw_only=True)
class Power:
    """Studies, how many of them were rejected, and the 95 % interval of the power at their size."""

    size: int
    studies: int
    rejected: int
    low: float
    high: float

    @classmethod
    def of(cls, rank: pd.DataFrame, ranks: int) -> "Power":
        """Count over studies of ``STUDY`` replications, or of all where there are fewer than two such.

        Parameters
        ----------
        rank : DataFrame
            One row per replication, one column per quantity.
        ranks : int
            Number of possible ranks.
        """
        size = STUDY if len(rank) >= 2 * STUDY else len(rank)
        studies = len(rank) // size
        rejected = sum(rejects(uniformity(rank.iloc[first * size:(first + 1) * size], ranks)) for first in range(studies))
        interval = binomtest(rejected, studies).proportion_ci(0.95, method="exact")
        return cls(size=size, studies=studies, rejected=rejected, low=float(interval.low), high=float(interval.high))


def smallest_shift(replications: int, quantities: int, ranks: int) -> float:
    """Shift of the draws of one quantity, in posterior standard deviations, that is seen with a power of ``POWER``; NaN: none."""
    return next((one for one in SHIFT if power(replications, quantities, ranks, shift=one) >= POWER), float("nan"))


def smallest_width(replications: int, quantities: int, ranks: int) -> float:
    """Factor by which the draws of one quantity are too narrow that is seen with a power of ``POWER``; NaN: none."""
    return next((one for one in WIDTH if power(replications, quantities, ranks, narrow=one) >= POWER), float("nan"))


def power(replications: int, quantities: int, ranks: int, *, shift: float = 0.0, narrow: float = 1.0) -> float:
    """Share of simulated studies that reject one wrong quantity among many."""
    critical = np.sort(null_of(replications, ranks))
    below = np.searchsorted(critical, _faulty(replications, ranks, shift, narrow), side="right")
    return float(((1 + below) / (1 + len(critical)) * quantities < LEVEL / 2).mean())


@cache
def _faulty(replications: int, ranks: int, shift: float, narrow: float) -> np.ndarray:
    """Statistic of studies of a normal posterior with a fault, (study,)."""
    rng = np.random.default_rng(0)
    below = ndtr(narrow * rng.standard_normal((STUDIES, replications)) + shift)
    return ecdf_smallest(rng.binomial(ranks - 1, below), ranks)
