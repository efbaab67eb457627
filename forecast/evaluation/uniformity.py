r"""Are ranks uniform? Tests of simulation-based calibration.

With :math:`N` replications and ranks on :math:`0, \dots, R-1`:

- *chi-square*: counts in :math:`B` bins against :math:`N/B`;
- *ECDF*: the smallest probability that a binomial gives to the distance of the empirical distribution function from the
  uniform one, over all thresholds, against its distribution under uniform ranks, by simulation (Sailynoja, Burkner and
  Vehtari 2022, doi 10.1007/s11222-022-10090-6).

Quantities of one component are dependent and many. Their joint p-value is the smallest, Holm-adjusted: valid under any
dependence, and conservative.

How much a test of calibration can see
--------------------------------------
The power of its verdict, counted and planned.

*Counted*: a control of :math:`N` replications is :math:`K = \lfloor N / n \rfloor` studies of :math:`n` replications that have
none in common. The share of them that the verdict rejects estimates its power at :math:`n`, with the exact interval of a
binomial (Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404); the p-value of all :math:`N` together stands beside it.

*Planned*: posterior draws that are off by :math:`\delta` posterior standard deviations in one quantity of many, or too narrow
in it by a factor. The smallest of each that four studies in five of :math:`N` replications would reject, for a normal posterior
and the test of the empirical distribution function, by simulation. What is smaller can be wrong and pass.

Coverage, and the probability integral transform of counts
----------------------------------------------------------
Does what happens fall where forecasts say?

A count falls somewhere between :math:`F(y - 1)` and :math:`F(y)`; the nonrandomised transform spreads it evenly in between
(Czado, Gneiting and Held 2009, doi 10.1111/j.1541-0420.2009.01191.x). Central intervals of counts cover more than they say,
because counts are coarse: a cell with P(0) = 0.95 is covered at every level. The *calibrated* coverage of level :math:`c`
therefore counts the part of that spread between :math:`(1 - c) / 2` and :math:`(1 + c) / 2`: it is :math:`c` on average for a
forecaster who is right.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import ndtr

from forecast.evaluation.scores import CountForecast
from forecast.evaluation.skill import holm

BINS = 20
NULL = 50_000
"""Simulated studies of uniform ranks: enough that the smallest p-value, times the quantities of a component, can be small."""
PART = 2_000
LEVEL = 0.01
"""A component is said to be out of calibration where either joint p-value is below half of this."""


def chi_square(rank: np.ndarray, ranks: int) -> float:
    """P-value of uniformity over bins of equal width.

    Parameters
    ----------
    rank : (replication,) array of int
    ranks : int
        Number of possible ranks, a multiple of the bins.
    """
    from scipy.stats import chi2  # most of a second, here and below

    count = np.bincount(rank * BINS // ranks, minlength=BINS)
    expected = len(rank) / BINS
    return float(chi2.sf(((count - expected) ** 2 / expected).sum(), BINS - 1))


def ecdf(rank: np.ndarray, ranks: int) -> float:
    """P-value of the largest deviation of the empirical distribution function."""
    return float((1 + (null_of(len(rank), ranks) <= ecdf_smallest(rank[None], ranks)[0]).sum()) / (1 + NULL))  # valid, never zero


def uniformity(rank: pd.DataFrame, ranks: int) -> pd.DataFrame:
    """Tests of every quantity of one component.

    Parameters
    ----------
    rank : DataFrame
        One row per replication, one column per quantity.

    Returns
    -------
    DataFrame
        Columns quantity, replications, p_chi_square, p_ecdf and their Holm-adjusted values p_chi_square_joint,
        p_ecdf_joint.
    """
    rows = [{"quantity": name, "replications": len(rank), "p_chi_square": chi_square(values.to_numpy(), ranks),
             "p_ecdf": ecdf(values.to_numpy(), ranks)} for name, values in rank.items()]
    table = pd.DataFrame(rows)
    return table.assign(p_chi_square_joint=holm(table["p_chi_square"].to_numpy()), p_ecdf_joint=holm(table["p_ecdf"].to_numpy()))


def band(replications: int, ranks: int, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Simultaneous band of the empirical distribution function less the uniform one, each (rank,)."""
    from scipy.stats import binom

    tail = np.quantile(null_of(replications, ranks), 1 - level)
    threshold = np.arange(1, ranks + 1) / ranks
    low, high = binom.ppf(tail / 2, replications, threshold), binom.isf(tail / 2, replications, threshold)
    return low / replications - threshold, high / replications - threshold


def difference(rank: np.ndarray, ranks: int) -> np.ndarray:
    """Empirical distribution function of ranks less the uniform one, shape (rank,)."""
    return np.cumsum(np.bincount(rank, minlength=ranks)) / len(rank) - np.arange(1, ranks + 1) / ranks


def rejects(table: pd.DataFrame) -> bool:
    """Whether a component is said to be out of calibration, from what :func:`uniformity` returns."""
    return bool(table[["p_chi_square_joint", "p_ecdf_joint"]].min().min() < LEVEL / 2)


def ecdf_smallest(rank: np.ndarray, ranks: int) -> np.ndarray:
    """Smallest two-sided binomial probability over thresholds, shape (set,), of ranks (set, replication)."""
    from scipy.stats import binom

    count = np.stack([np.bincount(one, minlength=ranks) for one in rank]).cumsum(axis=1)[:, :-1]
    threshold = np.arange(1, ranks) / ranks
    size = rank.shape[1]
    seen = np.arange(size + 1)[:, None]
    tail = np.minimum(binom.cdf(seen, size, threshold), binom.sf(seen - 1, size, threshold))  # (count, threshold), looked up
    return 2 * tail[count, np.arange(ranks - 1)].min(axis=1)


@cache
def null_of(replications: int, ranks: int) -> np.ndarray:
    """Statistic of the test of the empirical distribution function in studies of uniform ranks, (study,)."""
    rng = np.random.default_rng(0)
    parts = [ecdf_smallest(rng.integers(ranks, size=(PART, replications)), ranks) for _ in range(NULL // PART)]
    return np.concatenate(parts)


# How much a test of calibration can see.

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
        from scipy.stats import binomtest

        size = STUDY if len(rank) >= 2 * STUDY else len(rank)
        studies = len(rank) // size
        rejected = sum(rejects(uniformity(rank.iloc[first * size:(first + 1) * size], ranks)) for first in range(studies))
        interval = binomtest(rejected, studies).proportion_ci(0.95, method="exact")
        return cls(size=size, studies=studies, rejected=rejected, low=float(interval.low), high=float(interval.high))


def smallest_shift(replications: int, quantities: int, ranks: int) -> float:
    """Shift of the draws of one quantity, in posterior standard deviations, that is seen with a power of ``POWER``; NaN: none."""
    return next((one for one in SHIFT if simulated_power(replications, quantities, ranks, shift=one) >= POWER), float("nan"))


def smallest_width(replications: int, quantities: int, ranks: int) -> float:
    """Factor by which the draws of one quantity are too narrow that is seen with a power of ``POWER``; NaN: none."""
    return next((one for one in WIDTH if simulated_power(replications, quantities, ranks, narrow=one) >= POWER), float("nan"))


def simulated_power(replications: int, quantities: int, ranks: int, *, shift: float = 0.0, narrow: float = 1.0) -> float:
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


# Does what happens fall where forecasts say? Coverage, and the probability integral transform of counts.

COVERAGE_LEVEL = (0.5, 0.8, 0.9, 0.95)
PIT_BINS = 10


LEAST = 1e-9
"""Probability of what happened below which its spread is taken for a point."""


def spread(forecast: CountForecast, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F(y - 1) and F(y) of every cell, each (cell,); at least ``LEAST`` apart."""
    count = np.asarray(count, int)
    cdf = forecast.widened(int(count.max()) + 1).cdf
    upper = cdf[np.arange(len(count)), count]
    lower = np.where(count > 0, cdf[np.arange(len(count)), np.maximum(count - 1, 0)], 0.0)
    return np.minimum(lower, 1 - LEAST), np.maximum(upper, np.minimum(lower, 1 - LEAST) + LEAST)


def calibrated(forecast: CountForecast, count: np.ndarray, level: float) -> np.ndarray:
    """Share of each cell's spread inside the central part, (cell,)."""
    lower, upper = spread(forecast, count)
    left, right = (1 - level) / 2, (1 + level) / 2
    found: np.ndarray = np.clip(np.minimum(upper, right) - np.maximum(lower, left), 0, None) / (upper - lower)
    return found


def inside_interval(forecast: CountForecast, count: np.ndarray, level: float) -> np.ndarray:
    """Whether each count lies in the central interval of whole counts, (cell,)."""
    count = np.asarray(count, int)
    return (count >= forecast.quantile((1 - level) / 2)) & (count <= forecast.quantile((1 + level) / 2))


def pit(forecast: CountForecast, count: np.ndarray, bins: int = PIT_BINS) -> np.ndarray:
    """Share of each cell's spread in each of some even bins, (cell, bin); means near 1 / bins are right."""
    lower, upper = spread(forecast, count)
    edge = np.linspace(0, 1, bins + 1)
    upto = np.clip((edge - lower[:, None]) / (upper - lower)[:, None], 0, 1)
    return np.diff(upto, axis=1)
