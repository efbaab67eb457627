r"""Log likelihoods as small PyTensor expressions, up to constants of the data.

Negative binomial with size :math:`\phi = s^{-2}`, stable as :math:`s \to 0` and without gamma functions:

.. math::

    \sum_i \log p(y_i) = \sum_m N_m \log(1 + m s^2) + \sum_i y_i \log\mu_i
        - \sum_i (y_i + s^{-2}) \log(1 + \mu_i s^2) + c

with :math:`N_m` the number of cells with :math:`y > m`, because
:math:`\Gamma(y + \phi) / \Gamma(\phi) = \prod_{m<y} (\phi + m)`.

Ordered logit: :math:`\Pr(y = k) = \sigma(c_k - \theta) - \sigma(c_{k-1} - \theta)`, computed as
:math:`\log(1 - e^{b-a}) - \zeta(-a) - \zeta(b)` with :math:`a = c_k - \theta`, :math:`b = c_{k-1} - \theta`
and softplus :math:`\zeta`.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pytensor.tensor import TensorVariable

FAR = 60.0  # a cutpoint beyond which the logistic function is one to double precision


def negative_binomial(count: np.ndarray, log_mean: "TensorVariable", spread: "TensorVariable") -> "TensorVariable":
    """Sum over cells of the log probability of counts, less log y!.

    Parameters
    ----------
    count : (cell,) array of int
    log_mean : (cell,) tensor
    spread : scalar tensor
        Coefficient of variation of the rate, size = spread**-2.
    """
    import pytensor.tensor as pt

    square = spread**2
    above = np.array([(count > m).sum() for m in range(1, int(count.max(initial=0)))], dtype=float)
    beyond = pt.log1p(square * pt.exp(log_mean))
    cells = pt.dot(count.astype(float), log_mean - beyond) - beyond.sum() / square
    if not len(above):
        return cells
    return cells + pt.dot(above, pt.log1p(square * np.arange(1.0, len(above) + 1)))


def bernoulli(named: np.ndarray, logit: "TensorVariable") -> "TensorVariable":
    """Sum of the log probability of indicators, any shape."""
    import pytensor.tensor as pt

    return (named.astype(float) * logit - pt.softplus(logit)).sum()


def log_dirichlet(log_share: "TensorVariable", concentration: np.ndarray) -> "TensorVariable":
    """Dirichlet log density of shares that are the softmax of unbounded values, in those values.

    The Jacobian of the softmax with one value fixed is the product of the shares, so the exponents
    ``concentration - 1`` become ``concentration``.
    """
    return (concentration * log_share).sum()


def ordered(code: np.ndarray, group: np.ndarray, location: "TensorVariable", share: "TensorVariable") -> "TensorVariable":
    """Sum of the log probability of ordinal codes 0..K-1.

    Parameters
    ----------
    code, group : (row,) array of int
        Observed code, and which set of cutpoints applies.
    location : (row,) tensor
    share : (group, K) tensor
        Shares of the codes at location zero; their cumulated logits are the cutpoints.
    """
    import pytensor.tensor as pt

    groups, codes = share.type.shape
    below = pt.dot(share, np.triu(np.ones((codes, codes)))[:, :-1]).ravel()
    cut = pt.log(below) - pt.log1p(-below)
    upper = _edge(code, group, groups, codes, cut, FAR) - location
    lower = _edge(code - 1, group, groups, codes, cut, -FAR) - location
    return (pt.log1p(-pt.exp(lower - upper)) - pt.softplus(-upper) - pt.softplus(lower)).sum()


def _edge(code: np.ndarray, group: np.ndarray, groups: int, codes: int, cut: "TensorVariable",
          beyond: float) -> "TensorVariable":
    """Cutpoint ``code`` of each row, or far outside; a constant matrix is cheaper to compile than an index."""
    import pytensor.tensor as pt

    inside = (code >= 0) & (code < codes - 1)
    pick = np.zeros((len(code), groups * (codes - 1)))
    pick[inside, (group * (codes - 1) + code)[inside]] = 1.0
    return pt.dot(pick, cut) + np.where(inside, 0.0, beyond)
