r"""Linear predictors made of blocks, packed so that one small graph serves every component.

A block is a family of effects: coefficients with a normal prior, or effects that share a scale:

.. math::

    e_b = \mu_b + \sigma_b z_b \quad\text{(normal prior)}, \qquad e_b = s_b\, B_b z_b \quad\text{(scale } s_b \text{)}

with :math:`z_b` standard normal and :math:`B_b` a constant basis (zero-sum, autoregressive, walk). The predictor of all rows is

.. math:: \eta = \sum_b X_b e_b = \eta_0 + D\,(m(s) \odot z)

where :math:`D` stacks :math:`X_b B_b`. Non-centred by construction; one matrix product whatever the number of blocks,
because the time to compile a model grows with the number of its operations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.components.likelihood import observed
from forecast.components.priors import Prior
from forecast.components.scales import Scales, constants, spreads

if TYPE_CHECKING:
    from pytensor.tensor import TensorVariable


@dataclass(frozen=True, kw_only=True)
class Block:
    """One family of effects in a linear predictor.

    Parameters
    ----------
    name : str
        Name of the effect in the posterior.
    prior : str
        Name of its prior: a normal one (coefficients) or the half-normal one of its scale.
    design : (row, level) array
        How much of each level a row has.
    dims : tuple of str
        Axis of the levels; empty for a single coefficient.
    basis : (level, noise) array, optional
        Structure of effects that share a scale; independent where not given.
    centre : (level,) array, optional
        Prior mean of effects that share a scale; zero where not given.
    """

    name: str
    prior: str
    design: np.ndarray
    dims: tuple[str, ...] = ()
    basis: np.ndarray | None = None
    centre: np.ndarray | None = None

    @property
    def structure(self) -> np.ndarray:
        """The basis, or the identity."""
        return np.eye(self.design.shape[1]) if self.basis is None else self.basis


@dataclass(frozen=True, kw_only=True)
class Linear:
    """A linear predictor with one row per observation and, optionally, one column per label of an axis.

    Parameters
    ----------
    name : str
        Prefix of its raw noise in the sampler.
    blocks : tuple of Block
        The families of effects.
    axis : str, optional
        Axis of the columns; every effect has one value per label.
    columns : int
        Number of its labels; ignored without an axis.
    """

    name: str
    blocks: tuple[Block, ...]
    axis: str | None = None
    columns: int = 1
    _shape: tuple[int, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_shape", (self.columns,) if self.axis else ())

    def predictor(self, priors: Mapping[str, Prior], scales: Scales) -> "TensorVariable":
        """Register the raw noise and return the predictor, shape (row,) or (row, axis)."""
        import pymc as pm

        matrix = np.hstack([block.design @ block.structure * _spread(priors[block.prior]) for block in self.blocks])
        offset = sum(block.design @ _centre(block, priors[block.prior]) for block in self.blocks)
        which = np.repeat([scales.position(block.prior, priors) for block in self.blocks],
                          [block.structure.shape[1] for block in self.blocks])
        weight = scales.one_hot(which) @ scales.variable + (which < 0)
        column = (slice(None), None) if self.axis else (slice(None),)
        noise = pm.Normal(f"{self.name}_z", 0, 1, shape=(self._noises, *self._shape))
        fixed = observed(f"{self.name}_offset", offset)
        return fixed[column] + pm.math.dot(observed(f"{self.name}_matrix", matrix), weight[column] * noise)

    def unpack(self, raw: xr.Dataset, scale: Mapping[str, xr.DataArray],
               priors: Mapping[str, Prior]) -> dict[str, xr.DataArray]:
        """Named effects from the sampler's raw draws, each (chain, draw, *dims[, axis])."""
        noise = raw[f"{self.name}_z"].to_numpy()
        stop = np.cumsum([block.structure.shape[1] for block in self.blocks])
        found = {}
        for block, end in zip(self.blocks, stop, strict=True):
            part = noise[:, :, end - block.structure.shape[1]:end]
            effect = np.einsum("ln,cdn...->cdl...", block.structure, part)
            prior = priors[block.prior]
            if prior.distribution != "normal":
                size = scale[block.prior].to_numpy()
                effect = effect * size.reshape(*size.shape, *[1] * (effect.ndim - 2))
                effect = effect + _centre(block, prior).reshape(-1, *[1] * len(self._shape))
            else:
                effect = prior.mu + prior.sigma * effect
            dims = ("chain", "draw", *block.dims, *([self.axis] if self.axis else []))
            found[block.name] = xr.DataArray(effect if block.dims else effect[:, :, 0], dims=dims)
        return found

    @property
    def _noises(self) -> int:
        return sum(block.structure.shape[1] for block in self.blocks)


def unpack_all(raw: xr.Dataset, scale_names: tuple[str, ...], linears: tuple[Linear, ...],
               priors: Mapping[str, Prior]) -> xr.Dataset:
    """Scales and effects of all predictors of a component by name, each (chain, draw, ...)."""
    values = raw["scale_unit"].to_numpy() * spreads(scale_names, priors) + constants(scale_names, priors)
    scale = {name: xr.DataArray(values[..., i], dims=("chain", "draw")) for i, name in enumerate(scale_names)}
    effects = [linear.unpack(raw, scale, priors) for linear in linears]
    sizes = {name: abs(values) for name, values in scale.items()}
    return xr.Dataset({name: values for group in (sizes, *effects) for name, values in group.items()})


def one_hot(index: np.ndarray, levels: int) -> np.ndarray:
    """Design of a categorical covariate, shape (row, level)."""
    return (np.asarray(index)[:, None] == np.arange(levels)).astype(float)


def _spread(prior: Prior) -> float:
    return prior.sigma if prior.distribution == "normal" else 1.0


def _centre(block: Block, prior: Prior) -> np.ndarray:
    """Prior mean of every level."""
    if prior.distribution == "normal":
        return np.full(block.design.shape[1], prior.mu)
    return np.zeros(block.design.shape[1]) if block.centre is None else block.centre
