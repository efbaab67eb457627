r"""Constant matrices that turn independent standard normals into structured effects.

Zero-sum effects over a closed set of :math:`n` levels:
:math:`e = B z`, with :math:`z \in R^{n-1}` standard normal, :math:`1^\top B = 0` and each
:math:`e_i` of unit variance.

Stationary AR(1) levels over :math:`n` terms with coefficient :math:`\rho`:
:math:`a_1 = z_1,\; a_j = \rho a_{j-1} + \sqrt{1-\rho^2}\, z_j`, each of unit variance.

Effects of :math:`n` types on a tree, types of one party :math:`g` correlated by :math:`c` before the sum is taken out:
:math:`K_{ij} = 1[i = j] + c\,1[i \ne j, g_i = g_j]` and :math:`B = \sqrt{n/(n-1)}\, H^\top \mathrm{chol}(H K H^\top)` with the
Helmert rows :math:`H`, so that :math:`1^\top B = 0`; :math:`c = 0`, or one type a party, is the zero-sum basis itself.

A chain over persons: :math:`p_i = \kappa\, p_{before(i)} + \sqrt{1-\kappa^2}\, z_i`, or :math:`z_i` where nobody came before;
each of unit variance, correlated by :math:`\kappa^k` over :math:`k` steps and not at all between chains.

A random walk over :math:`n` terms, zero at the latest: :math:`w_{j-1} = w_j - z_{j-1},\; w_n = 0`.
"""

import numpy as np
from scipy.linalg import helmert


def zero_sum_basis(n: int) -> np.ndarray:
    """Basis of zero-sum effects with unit marginal variance, shape (level=n, n - 1)."""
    return helmert(n).T * np.sqrt(n / (n - 1))


def tree_basis(group: np.ndarray, correlation: float) -> np.ndarray:
    """Basis of zero-sum effects in which members of a group are correlated, shape (level=n, n - 1).

    Parameters
    ----------
    group : (level,) array of int
        Group of every level.
    correlation : float
        Of two levels of one group, before the sum is taken out; from 0 to below 1.
    """
    n = len(group)
    alike = np.where(np.equal.outer(group, group), correlation, 0.0)
    np.fill_diagonal(alike, 1.0)
    row = helmert(n)
    return row.T @ np.linalg.cholesky(row @ alike @ row.T) * np.sqrt(n / (n - 1))


def chain_matrix(before: np.ndarray, correlation: float) -> np.ndarray:
    """Lower-triangular map from noise to effects along chains, shape (level=n, n).

    Parameters
    ----------
    before : (level,) array of int
        Place of the level before on its chain, which is smaller; -1 where a chain begins.
    correlation : float
        Of neighbours; from 0 to below 1.
    """
    weight = np.eye(len(before))
    for level, earlier in enumerate(before):
        if earlier >= 0:
            weight[level] = correlation * weight[earlier] + np.sqrt(1 - correlation**2) * np.eye(len(before))[level]
    return weight


def ar1_matrix(n: int, coefficient: float) -> np.ndarray:
    """Lower-triangular map from noise to stationary AR(1) levels, shape (term=n, n)."""
    term = np.arange(n)
    lag = term[:, None] - term[None, :]
    weight = np.where(lag >= 0, coefficient ** np.maximum(lag, 0), 0.0)
    weight[:, 1:] *= np.sqrt(1 - coefficient**2)
    return weight


def walk_matrix(n: int) -> np.ndarray:
    """Map from steps to a walk that is zero at the latest of ``n`` terms, shape (term=n, n - 1)."""
    return -np.tri(n, n - 1, -1)[::-1, ::-1]
