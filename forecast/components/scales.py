"""Scales of effects: half-normal parameters as one vector of the sampler."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.likelihood import observed
from forecast.components.priors import Prior

if TYPE_CHECKING:
    from pytensor.tensor import TensorVariable


class Scales:
    """All half-normal parameters of a component as one vector of the sampler, inside the open model.

    A half-normal is the absolute value of a normal. The sampler moves in the normal: its sign and that of the noise it
    multiplies cancel, and small scales are no long tail as they are for a logarithm. Likelihoods must be even in them. Where
    effects are sampled as they are, a scale of zero is a wall that no sampler passes: there it moves in the logarithm.

    A prior set may fix a scale; its noise then moves nothing, and one compiled model serves both.

    Parameters
    ----------
    names : tuple of str
        Parameters with positive support.
    priors : mapping of str to Prior
        Their priors.
    signed : bool
        Whether the sampler moves in the normal, else in the logarithm.
    """

    def __init__(self, names: tuple[str, ...], priors: Mapping[str, Prior], *, signed: bool = True) -> None:
        import pymc as pm

        self.names = names
        unit = pm.Normal("scale_unit", 0, 1, shape=len(names)) if signed else pm.HalfNormal("scale_unit", 1, shape=len(names))
        self.variable = observed("scale_fixed", constants(names, priors)) + observed("scale_sigma", spreads(names, priors)) * unit

    def __getitem__(self, name: str) -> "TensorVariable":
        """One of them."""
        return self.variable[self.names.index(name)]

    def position(self, name: str) -> int:
        """Place of a scale in the vector; -1 for a noise that has none, whose name is empty."""
        return self.names.index(name) if name else -1

    def one_hot(self, which: np.ndarray) -> np.ndarray:
        """Matrix that picks a scale for every noise; rows of coefficients are zero."""
        return (which[:, None] == np.arange(len(self.names))).astype(float)


def spreads(names: tuple[str, ...], priors: Mapping[str, Prior]) -> np.ndarray:
    """Prior sigma of every scale, shape (scale,); zero of one that is fixed."""
    return np.array([priors[name].sigma if priors[name].distribution == "half_normal" else 0.0 for name in names])


def constants(names: tuple[str, ...], priors: Mapping[str, Prior]) -> np.ndarray:
    """Value of every scale that a prior set fixes, shape (scale,); zero of all others."""
    return np.array([priors[name].value if priors[name].distribution == "fixed" else 0.0 for name in names])
