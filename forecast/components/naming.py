r"""How often contacts name each topic, their breadth integrated out.

For logits :math:`\theta_k`, breadth :math:`\beta \sim \mathrm{Normal}(0, \kappa)` and contacts that name at least one topic,

.. math::

    p_k = \int \frac{\mathrm{logit}^{-1}(\theta_k + \beta)}{1 - \prod_l (1 + e^{\theta_l + \beta})^{-1}}\, d\Phi(\beta / \kappa)

by Gauss-Hermite quadrature.
"""

import numpy as np

NODES = 11
LARGEST = 50.0  # of a logit: beyond, a topic is named by all contacts to the last digit


def chance_of_naming(logit: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Probability that a contact which names a topic at all names each one.

    Parameters
    ----------
    logit : (..., topic) array
        At breadth zero.
    spread : (...) array
        Standard deviation of breadth; broadcast against the leading axes of `logit`.

    Returns
    -------
    (..., topic) array
        Sums to one or more over topics.
    """
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    odds, spread, total = np.exp(np.clip(logit, -LARGEST, LARGEST)), np.asarray(spread)[..., None], 0.0
    for at, share in zip(node, weight / weight.sum(), strict=True):
        here = odds * np.exp(spread * at)
        total = total + share * here / ((1 + here) * -np.expm1(-np.log1p(here).sum(axis=-1, keepdims=True)))
    return total
