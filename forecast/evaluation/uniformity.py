r"""Are ranks uniform? Tests of simulation-based calibration.

With :math:`N` replications and ranks on :math:`0, \dots, R-1`:

- *chi-square*: counts in :math:`B` bins against :math:`N/B`;
- *ECDF*: the smallest probability that a binomial gives to the distance of the empirical distribution function from the
  uniform one, over all thresholds, against its distribution under uniform ranks, by simulation (Sailynoja, Burkner and
  Vehtari 2022, doi 10.1007/s11222-022-10090-6).

Quantities of one component are dependent and many. Their joint p-value is the smallest, Holm-adjusted: valid under any
dependence, and conservative.
"""

from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import binom, chi2

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
    count = np.bincount(rank * BINS // ranks, minlength=BINS)
    expected = len(rank) / BINS
    return float(chi2.sf(((count - expected) ** 2 / expected).sum(), BINS - 1))


def ecdf(rank: np.ndarray, ranks: int) -> float:
    """P-value of the largest deviation of the empirical distribution function."""
    return float((1 + (null_of(len(rank), ranks) <= ecdf_smallest(rank[None], ranks)[0]).sum()) / (1 + NULL))  # valid, never zero


def holm(p: np.ndarray) -> np.ndarray:
    """Holm-adjusted p-values (Holm 1979, jstor 4615733)."""
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate((len(p) - np.arange(len(p))) * np.asarray(p)[order]), 1.0)
    return adjusted


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
