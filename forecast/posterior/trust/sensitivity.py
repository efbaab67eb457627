r"""Sensitivity to power-scaling: how far a posterior moves when its prior, or its likelihood, counts a little more or less.

Posterior draws are re-weighted to :math:`p(\theta \mid y)\, p_b(\theta)^{\alpha - 1}` for a block :math:`b` of the prior (or the
likelihood in its place), with :math:`\alpha` just below and above one, and the sensitivity is the gradient of the cumulative
Jensen-Shannon distance to the posterior with respect to :math:`\log_2 \alpha` (Kallioinen, Paananen, Buerkner and Vehtari
2024, doi 10.1007/s11222-023-10366-5). For a normal posterior 0.05 is a mean that moves at the pace of a quarter of a standard
deviation when :math:`\alpha` is doubled.

A density that is the same in every draw, such as that of a flat Dirichlet prior, moves nothing whatever its power: sensitivity to
it is zero. Where all draws of the tail share the largest weight, the weights are used as they are: they are bounded.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats

THRESHOLD = 0.05
ALPHA = (0.99, 1.01)

CONFLICT, STRONG, FINE = "prior-data conflict", "strong prior or weak likelihood", "data decide"
WEAK = "data hardly speak"


def sensitivity(quantity: Mapping[str, np.ndarray], blocks: Mapping[str, np.ndarray],
                likelihood: np.ndarray) -> pd.DataFrame:
    """Sensitivity of each quantity to every block of the prior, to the whole prior and to the likelihood.

    Parameters
    ----------
    quantity : mapping of str to (chain, draw) array
        What may move.
    blocks : mapping of str to (chain, draw) array
        Log prior density of each block.
    likelihood : (chain, draw) array
        Log likelihood of all data.

    Returns
    -------
    DataFrame
        Columns quantity, prior, likelihood, diagnosis, strongest_block, then ``prior_<block>``.
    """
    weights = {f"prior_{name}": _weights(values) for name, values in blocks.items()}
    weights |= {"prior": _weights(sum(blocks.values())), "likelihood": _weights(likelihood)}
    found = []
    for name, values in quantity.items():
        row = {key: _sensitivity(values, *pair) for key, pair in weights.items()}
        worst = max((f"prior_{block}" for block in blocks), key=row.__getitem__)
        found.append({"quantity": name, **row, "strongest_block": worst.removeprefix("prior_"),
                      "diagnosis": diagnosis(row["prior"], row["likelihood"])})
    order = ["quantity", "prior", "likelihood", "diagnosis", "strongest_block", *(f"prior_{block}" for block in blocks)]
    return pd.DataFrame(found, columns=order)


def diagnosis(prior: float, likelihood: float) -> str:
    """Name of the pattern of two sensitivities (Kallioinen et al. 2024, table 1)."""
    if prior >= THRESHOLD:
        return CONFLICT if likelihood >= THRESHOLD else STRONG
    return FINE if likelihood >= THRESHOLD else WEAK


def _weights(density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normalised weights (chain, draw) for the lower and the upper power."""
    log_weight = (_log_weight(density, alpha) for alpha in ALPHA)
    return tuple(np.exp(one - one.max()) / np.exp(one - one.max()).sum() for one in log_weight)


def _log_weight(density: np.ndarray, alpha: float) -> np.ndarray:
    if np.ptp(density) == 0:
        return np.zeros_like(density)
    try:
        return array_stats.power_scale_lw(density, alpha=alpha, axis=(-2, -1))
    except ValueError as error:
        if "tail values are the same" not in str(error):
            raise
        return (alpha - 1) * density


def _sensitivity(values: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    if np.ptp(values) == 0 or (np.ptp(lower) == 0 and np.ptp(upper) == 0):
        return 0.0  # nothing that moves, or nothing that moves it
    return float(array_stats.power_scale_sense(values, lower, upper, *ALPHA))
