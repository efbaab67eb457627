"""Shares of ordinal codes: Dirichlet parameters in unbounded values."""

import numpy as np
from scipy.special import softmax

from forecast.components.likelihood import log_dirichlet, observed
from forecast.components.priors import Prior


class Shares:
    """Dirichlet shares as the softmax of unbounded values, one row per group, inside the open model.

    Parameters
    ----------
    name : str
        Name of the parameter; its raw values are ``{name}_raw`` (group, K - 1).
    prior : Prior
        A Dirichlet with one concentration per code.
    groups : int
        Number of independent sets of shares.
    """

    def __init__(self, name: str, prior: Prior, groups: int) -> None:
        import pymc as pm
        import pytensor.tensor as pt

        concentration = np.array(prior.concentration)
        raw = pm.Flat(f"{name}_raw", shape=(groups, len(concentration) - 1))
        log_share = pt.special.log_softmax(pt.dot(raw, np.eye(len(concentration))[:-1]), axis=1)
        pm.Potential(f"{name}_prior", log_dirichlet(log_share, observed(f"{name}_concentration", concentration)))
        self.variable = pt.exp(log_share)


def unpack_shares(raw: np.ndarray) -> np.ndarray:
    """Shares (..., K) from the sampler's raw values (..., K - 1)."""
    return softmax(np.concatenate([raw, np.zeros((*raw.shape[:-1], 1))], axis=-1), axis=-1)
