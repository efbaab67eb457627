r"""Constant matrices that turn independent standard normals into structured effects.

Zero-sum effects over a closed set of :math:`n` levels:
:math:`e = B z`, with :math:`z \in R^{n-1}` standard normal, :math:`1^\top B = 0` and each
:math:`e_i` of unit variance.

Stationary AR(1) levels over :math:`n` terms with coefficient :math:`\rho`:
:math:`a_1 = z_1,\; a_j = \rho a_{j-1} + \sqrt{1-\rho^2}\, z_j`, each of unit variance.

A random walk over :math:`n` terms, zero at the latest: :math:`w_{j-1} = w_j - z_{j-1},\; w_n = 0`.
"""

import numpy as np
from scipy.linalg import helmert


def zero_sum_basis(n: int) -> np.ndarray:
    """Basis of zero-sum effects with unit marginal variance, shape (level=n, n - 1)."""
    return helmert(n).T * np.sqrt(n / (n - 1))


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
