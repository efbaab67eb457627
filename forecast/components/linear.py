r"""Linear predictors made of blocks, packed so that one small graph serves every component.

A block is a family of effects: coefficients with a normal prior, or effects that share a scale:

.. math::

    e_b = \mu_b + \sigma_b z_b \quad\text{(normal prior)}, \qquad e_b = s_b\, B_b z_b \quad\text{(scale } s_b \text{)}

with :math:`z_b` standard normal and :math:`B_b` a constant basis (zero-sum, autoregressive, walk). Several blocks can have one
prior together, and then share their noise (:mod:`forecast.components.joint`). The predictor of all rows is

.. math:: \eta = \sum_b X_b e_b = \eta_0 + D\,(m(s) \odot z)

where :math:`D` stacks :math:`X_b B_b`. Non-centred by construction; one matrix product whatever the number of blocks,
because the time to compile a model grows with the number of its operations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

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
class Part:
    """The prior of the effects of one block, or of several that share their noise.

    Parameters
    ----------
    blocks : tuple of Block
        Whose levels follow one another.
    structure : (level, noise) array
        From standard normals, times the scales of their owners, to effects less their centre.
    centre : (level,) array
        Prior mean of every level.
    owner : tuple of str
        Name of the scale of every noise; empty where it has none.
    """

    blocks: tuple[Block, ...]
    structure: np.ndarray
    centre: np.ndarray
    owner: tuple[str, ...]

    @classmethod
    def of(cls, block: Block, prior: Prior) -> "Part":
        """A block on its own."""
        owner = block.prior if prior.distribution != "normal" else ""
        return cls(blocks=(block,), structure=block.structure * _spread(prior), centre=_centre(block, prior),
                   owner=(owner,) * block.structure.shape[1])

    @property
    def design(self) -> np.ndarray:
        """How much of each level a row has, (row, level)."""
        return np.hstack([block.design for block in self.blocks])


class Together(Protocol):
    """A prior of several blocks at once."""

    blocks: tuple[str, ...]

    def part(self, blocks: Sequence[Block]) -> Part:
        """The named blocks, in their order in the predictor, as one part."""
        ...


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
    together : Together, optional
        Prior of some of the blocks in place of their own.
    """

    name: str
    blocks: tuple[Block, ...]
    axis: str | None = None
    columns: int = 1
    together: Together | None = None
    _shape: tuple[int, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_shape", (self.columns,) if self.axis else ())

    def predictor(self, priors: Mapping[str, Prior], scales: Scales) -> "TensorVariable":
        """Register the raw noise and return the predictor, shape (row,) or (row, axis)."""
        import pymc as pm

        parts = self._parts(priors)
        matrix = np.hstack([part.design @ part.structure for part in parts])
        offset = sum(part.design @ part.centre for part in parts)
        which = np.array([scales.position(name) for part in parts for name in part.owner])
        weight = scales.one_hot(which) @ scales.variable + (which < 0)
        column = (slice(None), None) if self.axis else (slice(None),)
        noise = pm.Normal(f"{self.name}_z", 0, 1, shape=(len(which), *self._shape))
        fixed = observed(f"{self.name}_offset", offset)
        return fixed[column] + pm.math.dot(observed(f"{self.name}_matrix", matrix), weight[column] * noise)

    def unpack(self, raw: xr.Dataset, scale: Mapping[str, xr.DataArray],
               priors: Mapping[str, Prior]) -> dict[str, xr.DataArray]:
        """Named effects from the sampler's raw draws, each (chain, draw, *dims[, axis])."""
        noise, found, start = raw[f"{self.name}_z"].to_numpy(), {}, 0
        for part in self._parts(priors):
            own = noise[:, :, start:(start := start + len(part.owner))]
            size = [scale[name].to_numpy() if name else np.ones(own.shape[:2]) for name in part.owner]
            own = own * np.stack(size, axis=2).reshape(*own.shape[:3], *[1] * len(self._shape))
            effect = np.einsum("ln,cdn...->cdl...", part.structure, own) + part.centre.reshape(-1, *[1] * len(self._shape))
            found |= self._named(part, effect)
        return found

    def _named(self, part: Part, effect: np.ndarray) -> dict[str, xr.DataArray]:
        """Effects (chain, draw, level, ...) of a part by the name of their block."""
        found, start = {}, 0
        for block in part.blocks:
            own = effect[:, :, start:(start := start + block.design.shape[1])]
            dims = ("chain", "draw", *block.dims, *([self.axis] if self.axis else []))
            found[block.name] = xr.DataArray(own if block.dims else own[:, :, 0], dims=dims)
        return found

    def _parts(self, priors: Mapping[str, Prior]) -> list[Part]:
        """Blocks with their priors; those that have one together stand in the place of the first of them."""
        shared = [block for block in self.blocks if self.together and block.name in self.together.blocks]
        later = {block.name for block in shared[1:]}
        return [self.together.part(shared) if shared and block is shared[0] else Part.of(block, priors[block.prior])
                for block in self.blocks if block.name not in later]


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
