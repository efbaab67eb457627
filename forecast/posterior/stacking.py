r"""Weights of a pool from how its members forecast past terms.

The weights maximise the log score of the pool over the terms that were forecast, held back by a Dirichlet prior that is
worth one term for every member:

.. math:: \max_w \sum_j \log \sum_v w_v\, p_v(n_j) + (\alpha - 1) \sum_v \log w_v, \qquad \alpha = 2

(stacking of predictive distributions: Yao, Vehtari, Simpson and Gelman 2018, doi 10.1214/17-BA1091; with a prior, because
seven terms cannot carry a weight of zero or one: Yao, Pirs, Vehtari and Gelman 2022, doi 10.1214/21-BA1287). Solved by the
EM steps of a mixture with known components, :math:`w_v \propto \alpha - 1 + \sum_j r_{jv}`; the objective is concave, so they
reach its only maximum.
"""

import numpy as np
from scipy.special import softmax

CONCENTRATION = 2.0
STEPS = 10_000
ENOUGH = 1e-12


def stacking_weights(score: np.ndarray, concentration: float = CONCENTRATION) -> np.ndarray:
    """Weights of the members.

    Parameters
    ----------
    score : (form, term) array
        Log predictive probabilities; a term that some member did not forecast (NaN) is left out for all.
    concentration : float
        Of the Dirichlet prior; above one.

    Returns
    -------
    (form,) array
        Positive, sums to one; equal where no term was forecast.
    """
    score = np.asarray(score, float)
    known = score[:, np.isfinite(score).all(axis=0)]
    weight = np.full(len(score), 1 / len(score))
    for _ in range(STEPS):
        share = softmax(np.log(weight)[:, None] + known, axis=0).sum(axis=1)
        after = (concentration - 1 + share) / (len(score) * (concentration - 1) + known.shape[1])
        moved, weight = np.abs(after - weight).max(), after
        if moved < ENOUGH:
            break
    return weight
