"""Probabilities of capture histories, with the visibility of contacts integrated out, in plain NumPy."""

import numpy as np
from scipy.special import expit, logsumexp

NODES = 7  # of Gauss-Hermite quadrature; the error of a share is below 1e-3 for spreads up to 2


def quadrature() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and log weights for a standard normal, each (node,)."""
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    return node, np.log(weight / weight.sum())


def pattern(lists: int) -> np.ndarray:
    """Which lists report in each history, (history, list); nobody first."""
    return (np.arange(2**lists)[:, None] >> np.arange(lists) & 1).astype(float)


def history_shares(logit: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Probability of each history.

    Parameters
    ----------
    logit : (..., rank, era, list) array
        Log odds of being reported at middling visibility.
    spread : (...) array
        Standard deviation of visibility on the same scale.

    Returns
    -------
    (..., rank, era, history) array
        Sums to one over histories; the first is that nobody reports.
    """
    node, log_weight = quadrature()
    shifted = logit[..., None, :] + (spread[..., None] * node)[..., None, None, :, None]
    log_none = -np.logaddexp(0, shifted).sum(axis=-1)
    joint = shifted @ pattern(logit.shape[-1]).T + log_none[..., None]
    return np.exp(logsumexp(joint + log_weight[:, None], axis=-2))


def recorded_share(logit: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Probability that at least one list reports, (..., rank, era); arguments as in :func:`history_shares`."""
    node, log_weight = quadrature()
    missed = np.zeros(logit.shape[:-1])
    for value, weight in zip(node, np.exp(log_weight), strict=True):
        at = logit + (spread * value)[..., None, None, None]
        missed += weight * np.prod(expit(-at), axis=-1)
    return 1 - missed
