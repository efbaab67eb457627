"""Ordered logits outside PyTensor: cutpoints from shares, and draws."""

import numpy as np
from scipy.special import expit, logit


def cutpoints(share: np.ndarray) -> np.ndarray:
    """Logits of the cumulated shares, shape (..., K - 1) from (..., K)."""
    return logit(np.cumsum(share, axis=-1)[..., :-1])


def draw(location: np.ndarray, cut: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Ordinal codes at given locations (row,) and cutpoints (row or 1, K - 1)."""
    return (rng.random((len(location), 1)) > expit(cut - location[:, None])).sum(axis=1)
