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

*Groups.* Where every path belongs to one of some groups :math:`g` (the formulation that it follows), of shares :math:`w_g` and
with draws of their own, no source can be switched between groups without switching all draws with it. The variance is split
within each group, and what the groups add is the variance of their means,

.. math:: \mathrm{Var}\,D = \sum_g w_g \mathrm{Var}(D \mid g) + \sum_g w_g (\mu_g - \mu)^2, \qquad \mu_g = \mathrm{E}(D \mid g).

Means of :math:`n_g` paths differ by chance: :math:`\sum_g w_g (1 - w_g) s_g^2 / n_g` is taken off, so that identical groups have
a share that is zero on average, and may come out just below zero.

The Monte Carlo error is that of a jackknife over batches of paths: leave one out, compute the shares again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

STILL = 1e-12
"""A variance that is a smaller share of the mean square is rounding: the difference is the same on every path."""
ROUNDING = 1e-18
"""So is one of contacts below this, a standard deviation of a billionth, where the mean is zero."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Variance of some differences, split by source.

    Parameters
    ----------
    share, error : (source, key) array
        Shares, which sum to one over sources, and their Monte Carlo errors; NaN where the difference does not vary.
    variance : (key,) array
        Variance of the difference when every source varies; zero where it is the same on every path.
    between, between_error : (key,) array
        Share of the variance of the means of groups, and its Monte Carlo error; zero where there is one group. With `share` it
        sums to one.
    """

    share: np.ndarray
    error: np.ndarray
    variance: np.ndarray
    between: np.ndarray
    between_error: np.ndarray


def split_variance(difference: Callable[[frozenset[str]], np.ndarray], sources: Sequence[str], batch: np.ndarray,
                   group: np.ndarray | None = None) -> Split:
    """Split the variance of a difference by source.

    Parameters
    ----------
    difference : callable
        Sources that vary -> difference of each path, (path, key); the same path has the same noise in every call.
    sources : sequence of str
        All sources; a call is made for each of their subsets.
    batch : (path,) array of int
        Batches that are nearly independent of one another, at least two.
    group : (path,) array of int, optional
        Group that each path belongs to; one for all where it is not given.

    Returns
    -------
    Split
        Sources in the order given.
    """
    subsets = [frozenset(chosen) for size in range(len(sources) + 1) for chosen in combinations(sources, size)]
    whole = difference(subsets[-1])
    cell = _cells(batch, np.zeros_like(batch) if group is None else group)
    moments = np.stack([_moments(difference(chosen), whole, cell) for chosen in subsets], axis=2)
    total = moments.sum(axis=1)  # (group, subset, moment, key)
    weight = _weights(subsets, sources)
    left_out = np.stack([_shares(weight, total - moments[:, at]) for at in range(moments.shape[1])])
    spread = ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0) * (len(left_out) - 1) / len(left_out)
    share, error = _shares(weight, total), np.sqrt(spread)
    variance = np.where(_moves(total), _gain(total)[0], 0.0)
    return Split(share=share[:-1], error=error[:-1], variance=variance, between=share[-1], between_error=error[-1])


def _cells(batch: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Number of group and of batch, each from zero, of every path: shape (2, path)."""
    return np.stack([np.unique(one, return_inverse=True)[1] for one in (group, batch)])


def _moments(part: np.ndarray, whole: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Sums of 1, x, y and xy by group and batch, shape (group, batch, moment, key)."""
    terms = np.stack([np.ones_like(whole), part, whole, part * whole], axis=1)
    shape = cell.max(axis=1) + 1
    place = np.ravel_multi_index(tuple(cell), tuple(shape))
    order = np.argsort(place, kind="stable")
    start = np.flatnonzero(np.diff(place[order], prepend=-1))
    found = np.zeros((shape.prod(), *terms.shape[1:]))
    found[place[order][start]] = np.add.reduceat(terms[order], start, axis=0)
    return found.reshape(*shape, *terms.shape[1:])


def _covariance(total: np.ndarray) -> np.ndarray:
    """Covariance from sums (..., moment, key): shape (..., key); zero where there is nothing."""
    number, part, whole, product = np.moveaxis(total, -2, 0)
    number = np.maximum(number, 1)
    return product / number - part / number * whole / number


def _size(total: np.ndarray) -> np.ndarray:
    """Share of the paths in each group, shape (group, 1 or key)."""
    number = total[:, -1, 0]
    return number / number.sum(axis=0)


def _between(total: np.ndarray) -> np.ndarray:
    """Variance of the means of groups, less what chance gives means of so many paths, shape (key,)."""
    number, size = total[:, -1, 0], _size(total)
    mean = total[:, -1, 2] / np.maximum(number, 1)
    apart = (size * (mean - (size * mean).sum(axis=0)) ** 2).sum(axis=0)
    chance = size * (1 - size) * _covariance(total[:, -1]) / np.maximum(number - 1, 1)
    return apart - chance.sum(axis=0)


def _gain(total: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Variance that sources and groups bring, (key,); values of the subsets, (subset, key); variance between groups, (key,)."""
    value = (_size(total)[:, None] * _covariance(total)).sum(axis=0)
    between = _between(total)
    return value[-1] - value[0] + between, value, between


def _shares(weight: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Shares of the sources, and last that between groups, (source + 1, key), from sums (group, subset, moment, key)."""
    gain, value, between = _gain(total)
    return np.vstack([weight @ value, between]) / np.where((gain > 0) & _moves(total), gain, np.nan)


def _moves(total: np.ndarray) -> np.ndarray:
    """Whether the whole difference varies over paths, by key, from sums (group, subset, moment, key)."""
    every = total[:, -1].sum(axis=0)
    return _covariance(every) > np.maximum(STILL * every[3] / every[0], ROUNDING)


def _weights(subsets: Sequence[frozenset[str]], sources: Sequence[str]) -> np.ndarray:
    """How much the value of each subset counts for each source, shape (source, subset), averaged over all orders."""
    count = len(sources)

    def weight(source: str, chosen: frozenset[str]) -> float:
        before = len(chosen) - (source in chosen)
        size = factorial(before) * factorial(count - before - 1) / factorial(count)
        return size if source in chosen else -size

    return np.array([[weight(source, chosen) for chosen in subsets] for source in sources])
