r"""Linear predictors made of blocks, packed so that one small graph serves every component.

A block is a family of effects: coefficients with a normal prior, or effects that share a scale:

.. math::

    e_b = \mu_b + \sigma_b z_b \quad\text{(normal prior)}, \qquad e_b = s_b\, B_b z_b \quad\text{(scale } s_b \text{)}

with :math:`z_b` standard normal and :math:`B_b` a constant basis (zero-sum, autoregressive, walk). Several blocks can have one
prior together, and then share their noise (:mod:`forecast.components.joint`). The predictor of all rows is

.. math:: \eta = \sum_b X_b e_b = \eta_0 + D\,(m(s) \odot z)

where :math:`D` stacks :math:`X_b B_b`. Non-centred by construction; one matrix product whatever the number of blocks,
because the time to compile a model grows with the number of its operations.

Bases
-----
Constant matrices that turn independent standard normals into structured effects.

Zero-sum effects over a closed set of :math:`n` levels:
:math:`e = B z`, with :math:`z \in R^{n-1}` standard normal, :math:`1^\top B = 0` and each
:math:`e_i` of unit variance.

Stationary AR(1) levels over :math:`n` terms with coefficient :math:`\rho`:
:math:`a_1 = z_1,\; a_j = \rho a_{j-1} + \sqrt{1-\rho^2}\, z_j`, each of unit variance.

Effects of :math:`n` types on a tree, types of one party :math:`g` correlated by :math:`c` before the sum is taken out:
:math:`K_{ij} = 1[i = j] + c\,1[i \ne j, g_i = g_j]` and :math:`B = \sqrt{n/(n-1)}\, H^\top \mathrm{chol}(H K H^\top)` with the
Helmert rows :math:`H`, so that :math:`1^\top B = 0`; :math:`c = 0`, or one type a party, is the zero-sum basis itself.

A chain over persons: :math:`p_i = \kappa\, p_{before(i)} + \sqrt{1-\kappa^2}\, z_i`, or :math:`z_i` where nobody came before;
each of unit variance, correlated by :math:`\kappa^k` over :math:`k` steps and not at all between chains.

A random walk over :math:`n` terms, zero at the latest: :math:`w_{j-1} = w_j - z_{j-1},\; w_n = 0`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import xarray as xr
from scipy.linalg import helmert
from scipy.special import softmax

from forecast.components.likelihood import log_dirichlet, observed
from forecast.components.priors import Prior

if TYPE_CHECKING:
    from forecast.components.protocol import TensorVariable


# Scales of effects: half-normal parameters as one vector of the sampler.

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
        found: TensorVariable = self.variable[self.names.index(name)]
        return found

    def position(self, name: str) -> int:
        """Place of a scale in the vector; -1 for a noise that has none, whose name is empty."""
        return self.names.index(name) if name else -1

    def one_hot(self, which: np.ndarray) -> np.ndarray:
        """Matrix that picks a scale for every noise; rows of coefficients are zero."""
        found: np.ndarray = (which[:, None] == np.arange(len(self.names))).astype(float)
        return found


def spreads(names: tuple[str, ...], priors: Mapping[str, Prior]) -> np.ndarray:
    """Prior sigma of every scale, shape (scale,); zero of one that is fixed."""
    return np.array([priors[name].sigma if priors[name].distribution == "half_normal" else 0.0 for name in names])


def constants(names: tuple[str, ...], priors: Mapping[str, Prior]) -> np.ndarray:
    """Value of every scale that a prior set fixes, shape (scale,); zero of all others."""
    return np.array([priors[name].value if priors[name].distribution == "fixed" else 0.0 for name in names])


# Blocks and the predictor that they make.

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

    @property
    def blocks(self) -> tuple[str, ...]:
        """Their names."""
        ...

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
        found: TensorVariable = fixed[column] + pm.math.dot(observed(f"{self.name}_matrix", matrix), weight[column] * noise)
        return found

    def unpack(self, raw: xr.Dataset, scale: Mapping[str, xr.DataArray],
               priors: Mapping[str, Prior]) -> dict[str, xr.DataArray]:
        """Named effects from the sampler's raw draws, each (chain, draw, *dims[, axis])."""
        noise, start = raw[f"{self.name}_z"].to_numpy(), 0
        found: dict[str, xr.DataArray] = {}
        for part in self._parts(priors):
            own = noise[:, :, start:(start := start + len(part.owner))]
            size = np.ones(own.shape[:3])  # of no noise at all where a record of one term has no step of a walk
            for place, name in enumerate(part.owner):
                size[:, :, place] = scale[name].to_numpy() if name else 1.0
            own = own * size.reshape(*size.shape, *[1] * len(self._shape))
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
        together = self.together
        shared = [block for block in self.blocks if together and block.name in together.blocks]
        later = {block.name for block in shared[1:]}
        return [together.part(shared) if together and shared and block is shared[0] else Part.of(block, priors[block.prior])
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
    found: np.ndarray = (np.asarray(index)[:, None] == np.arange(levels)).astype(float)
    return found


def _spread(prior: Prior) -> float:
    return prior.sigma if prior.distribution == "normal" else 1.0


def _centre(block: Block, prior: Prior) -> np.ndarray:
    """Prior mean of every level."""
    if prior.distribution == "normal":
        return np.full(block.design.shape[1], prior.mu)
    return np.zeros(block.design.shape[1]) if block.centre is None else block.centre


# Shares of ordinal codes: Dirichlet parameters in unbounded values.

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


# Constant matrices that turn independent standard normals into structured effects.

def zero_sum_basis(n: int) -> np.ndarray:
    """Basis of zero-sum effects with unit marginal variance, shape (level=n, n - 1)."""
    found: np.ndarray = helmert(n).T * np.sqrt(n / (n - 1))
    return found


def tree_basis(group: np.ndarray, correlation: float) -> np.ndarray:
    """Basis of zero-sum effects in which members of a group are correlated, shape (level=n, n - 1).

    Parameters
    ----------
    group : (level,) array of int
        Group of every level.
    correlation : float
        Of two levels of one group, before the sum is taken out; from 0 to below 1.
    """
    n = len(group)
    alike = np.where(np.equal.outer(group, group), correlation, 0.0)
    np.fill_diagonal(alike, 1.0)
    row = helmert(n)
    found: np.ndarray = row.T @ np.linalg.cholesky(row @ alike @ row.T) * np.sqrt(n / (n - 1))
    return found


def chain_matrix(before: np.ndarray, correlation: float) -> np.ndarray:
    """Lower-triangular map from noise to effects along chains, shape (level=n, n).

    Parameters
    ----------
    before : (level,) array of int
        Place of the level before on its chain, which is smaller; -1 where a chain begins.
    correlation : float
        Of neighbours; from 0 to below 1.
    """
    weight = np.eye(len(before))
    for level, earlier in enumerate(before):
        if earlier >= 0:
            weight[level] = correlation * weight[earlier] + np.sqrt(1 - correlation**2) * np.eye(len(before))[level]
    return weight


def ar1_matrix(n: int, coefficient: float) -> np.ndarray:
    """Lower-triangular map from noise to stationary AR(1) levels, shape (term=n, n)."""
    term = np.arange(n)
    lag = term[:, None] - term[None, :]
    weight = np.where(lag >= 0, coefficient ** np.maximum(lag, 0), 0.0)
    weight[:, 1:] *= np.sqrt(1 - coefficient**2)
    return weight


def walk_matrix(n: int) -> np.ndarray:
    """Map from steps to a walk that is zero at the latest of ``n`` terms, shape (term=n, n - 1)."""
    return -np.tri(n, n - 1, -1)[::-1, ::-1]
