r"""Shares of the variance of a difference by source, exact in their sum also where sources depend on one another.

Let :math:`D_S` be the difference when only the sources in :math:`S` vary and all others are switched off, and
:math:`D = D_N` when all of them vary. Switching sources on one after the other in an order :math:`\pi` splits

.. math:: D - D_\emptyset = \sum_s \left(D_{S_\pi(s) \cup s} - D_{S_\pi(s)}\right),

with :math:`S_\pi(s)` the sources before :math:`s`. Because the covariance is linear, so does it split the variance:

.. math::

    share_s = \frac{1}{k!} \sum_\pi \frac{\mathrm{Cov}(D_{S_\pi(s) \cup s} - D_{S_\pi(s)},\ D)}
        {\mathrm{Cov}(D - D_\emptyset,\ D)}, \qquad \sum_s share_s = 1 .

The average over all orders is the Shapley value of :math:`v(S) = \mathrm{Cov}(D_S, D)`. Where sources are independent and
switching off means taking the expectation, or an independent copy, :math:`v(S) = \mathrm{Var}\,\mathrm{E}(D \mid S)` and the
shares are the Shapley effects of Owen (2014, doi 10.1137/130936233) and Song, Nelson and Staum (2016, doi
10.1137/15M1048070). Dependent sources get the shares of their steps, which can be negative: a source that offsets another.

The Monte Carlo error is that of a jackknife over batches of paths: leave one out, compute the shares again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

ROUNDING = 1e-18
"""A variance of contacts that is only rounding: a standard deviation of a billionth."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Variance of some differences, split by source.

    Parameters
    ----------
    share, error : (source, key) array
        Shares, which sum to one over sources, and their Monte Carlo errors; NaN where the difference does not vary.
    variance : (key,) array
        Variance of the difference when every source varies.
    """

    share: np.ndarray
    error: np.ndarray
    variance: np.ndarray


def split_variance(difference: Callable[[frozenset[str]], np.ndarray], sources: Sequence[str], batch: np.ndarray) -> Split:
    """Split the variance of a difference by source.

    Parameters
    ----------
    difference : callable
        Sources that vary -> difference of each path, (path, key); the same path has the same noise in every call.
    sources : sequence of str
        All sources; a call is made for each of their subsets.
    batch : (path,) array of int
        Batches that are nearly independent of one another, at least two.

    Returns
    -------
    Split
        Sources in the order given.
    """
    subsets = [frozenset(chosen) for size in range(len(sources) + 1) for chosen in combinations(sources, size)]
    whole = difference(subsets[-1])
    order = np.argsort(batch, kind="stable")
    start = np.flatnonzero(np.diff(batch[order], prepend=-1))
    moments = np.stack([_moments(difference(chosen)[order], whole[order], start) for chosen in subsets])
    total = moments.sum(axis=2)
    weight = _weights(subsets, sources)
    left_out = np.stack([_shares(weight, total - moments[:, :, at]) for at in range(len(start))])
    spread = ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0) * (len(start) - 1) / len(start)
    variance = _covariance(total[-1:])[0]
    return Split(share=_shares(weight, total), error=np.sqrt(spread), variance=variance)


def _moments(part: np.ndarray, whole: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Sums of 1, x, y and xy by batch, shape (moment, batch, key)."""
    terms = np.stack([np.ones_like(whole), part, whole, part * whole])
    return np.add.reduceat(terms, start, axis=1)


def _covariance(total: np.ndarray) -> np.ndarray:
    """Covariance from sums (subset, moment, key): shape (subset, key)."""
    number, part, whole, product = np.moveaxis(total, 1, 0)
    return product / number - part / number * whole / number


def _shares(weight: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Shares (source, key) from sums (subset, moment, key)."""
    value = _covariance(total)
    gain = value[-1] - value[0]
    return (weight @ value) / np.where(gain > ROUNDING, gain, np.nan)


def _weights(subsets: Sequence[frozenset[str]], sources: Sequence[str]) -> np.ndarray:
    """How much the value of each subset counts for each source, shape (source, subset), averaged over all orders."""
    count = len(sources)

    def weight(source: str, chosen: frozenset[str]) -> float:
        before = len(chosen) - (source in chosen)
        size = factorial(before) * factorial(count - before - 1) / factorial(count)
        return size if source in chosen else -size

    return np.array([[weight(source, chosen) for chosen in subsets] for source in sources])
