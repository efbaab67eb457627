r"""A posterior as the rest of the chain sees it: draws in one row, labels, gates, identity.

Convergence gates
-----------------
No forecast from a posterior that fails one, unless asked for by name.

Rank-normalised split :math:`\hat R` and bulk and tail effective sample sizes (doi 10.1214/20-BA1221), and divergent transitions.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr

from forecast.components.priors import Prior, assumed
from forecast.components.protocol import ComponentData, Fitted, Take

# Convergence gates.

MAX_RHAT = 1.01
MIN_ESS = 400
MAX_DIVERGENCES = 0


@dataclass(frozen=True, kw_only=True)
class Gates:
    """Worst value of each diagnostic over all parameters of one posterior, and where it stands."""

    max_rhat: float
    max_rhat_at: str
    min_ess_bulk: float
    min_ess_bulk_at: str
    min_ess_tail: float
    min_ess_tail_at: str
    divergences: int
    parameters: int

    @property
    def failures(self) -> tuple[str, ...]:
        """One sentence per gate that failed; empty where all passed."""
        checks = (  # "not within", so that a diagnostic that is no number fails
            (not self.max_rhat <= MAX_RHAT, f"R-hat {self.max_rhat:.4f} > {MAX_RHAT} at {self.max_rhat_at}"),
            (not self.min_ess_bulk >= MIN_ESS, f"bulk ESS {self.min_ess_bulk:.0f} < {MIN_ESS} at {self.min_ess_bulk_at}"),
            (not self.min_ess_tail >= MIN_ESS, f"tail ESS {self.min_ess_tail:.0f} < {MIN_ESS} at {self.min_ess_tail_at}"),
            (self.divergences > MAX_DIVERGENCES, f"{self.divergences} divergent transitions"),
        )
        return tuple(text for failed, text in checks if failed)

    def as_dict(self) -> dict[str, object]:
        """Values and verdict, for the manifest."""
        return asdict(self) | {"passed": not self.failures, "failures": list(self.failures)}


# A posterior as the rest of the chain sees it.

STATS = ("diverging", "energy", "tree_depth", "reached_max_treedepth", "n_steps", "step_size", "acceptance_rate", "lp",
         "energy_error")
"""Statistics of the sampler that are kept with the draws, each (chain, draw), by the names of ArviZ."""


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Posterior of one component.

    Parameters
    ----------
    component : str
        Its name.
    key : str
        Identity (see :mod:`forecast.posterior.store`).
    chains : xarray.Dataset
        Draws with axes (chain, draw, ...).
    coord : mapping of str to tuple of str
        Labels of the axes.
    gates : Gates
        Convergence diagnostics.
    reused : bool
        Whether it came from the cache.
    """

    component: str
    key: str
    chains: xr.Dataset
    coord: Mapping[str, tuple[str, ...]]
    gates: Gates
    reused: bool

    @property
    def draws(self) -> xr.Dataset:
        """All chains in one row, chains interleaved: axes (draw, ...), with labels."""
        dataset = self.chains.drop_vars([*STATS, "chain", "draw"], errors="ignore")
        stacked = dataset.stack(row=("draw", "chain"), create_index=False).rename_dims(row="draw")
        labels = {axis: list(self.coord[axis]) for axis in map(str, stacked.dims) if axis in self.coord}
        return stacked.transpose("draw", ...).assign_coords(labels)

    def taker(self) -> "Taker":
        """Draws as plain arrays, ready to be indexed by path: the values of :attr:`draws`, laid out without its labels."""
        rows = {axis: self.chains.sizes[axis] for axis in ("draw", "chain")}
        count = rows["draw"] * rows["chain"]

        def laid_out(values: xr.DataArray) -> np.ndarray:
            if not set(rows) & set(values.dims):  # the same in every draw
                return np.broadcast_to(values.to_numpy(), (count, *values.shape))
            whole = values.expand_dims({axis: size for axis, size in rows.items() if axis not in values.dims})
            every = whole.transpose("draw", "chain", ...).to_numpy()
            return np.ascontiguousarray(every.reshape(count, *every.shape[2:]))

        return Taker({str(name): _unchanging(laid_out(values)) for name, values in self.chains.data_vars.items()
                      if name not in STATS}, count)


@dataclass(frozen=True)
class Taker:
    """Posterior values for paths: path ``p`` uses draw ``p`` modulo the number of draws."""

    array: Mapping[str, np.ndarray]
    draws: int

    def at(self, paths: slice) -> Take:
        """Values of the paths of a chunk, by variable name: shape (path, ...)."""
        first = paths.start % self.draws
        last = first + max(paths.stop - paths.start, 0)
        row = slice(first, last) if last <= self.draws else np.arange(paths.start, paths.stop) % self.draws

        def take(name: str) -> np.ndarray:
            return _unchanging(self.array[name][row])

        return take


def _unchanging(array: np.ndarray) -> np.ndarray:
    """A view that cannot be written through: others have the same numbers."""
    found = array.view()
    found.flags.writeable = False
    return found


# Draws from the prior of a component, in the form of a posterior and without a sampler.

def draw_prior(component: Fitted, data: ComponentData, priors: Mapping[str, Prior], rng: np.random.Generator,
               *, chains: int = 1, draws: int = 1) -> xr.Dataset:
    """Named parameters drawn from the priors.

    Parameters
    ----------
    data : ComponentData
        Its shape decides that of the parameters; its observations play no part.

    Returns
    -------
    xarray.Dataset
        As the sampler returns it, without its statistics: axes (chain, draw, ...), fixed priors as scalars.
    """
    named = component.unpack(draw_raw(component, data, priors, rng, chains=chains, draws=draws), data, priors)
    return named.assign(assumptions(component, priors, (chains, draws), rng))


def draw_raw(component: Fitted, data: ComponentData, priors: Mapping[str, Prior], rng: np.random.Generator,
             *, chains: int = 1, draws: int = 1) -> xr.Dataset:
    """The sampler's variables drawn from the priors, each (chain, draw, ...).

    Models are non-centred, so these are standard normals, half-normals and the logs of shares relative to the last.
    """
    raw = {}
    for variable in component.model(data, priors).free_RVs:
        shape = (chains, draws, *variable.type.shape)
        noise = rng.standard_normal(shape)
        if variable.name == "scale_unit":
            noise = np.abs(noise)
        elif variable.name.endswith("_raw"):
            log_share = np.log(rng.dirichlet(priors[variable.name.removesuffix("_raw")].concentration, shape[:-1]))
            noise = log_share[..., :-1] - log_share[..., -1:]
        dims = ("chain", "draw", *(f"{variable.name}_{axis}" for axis in range(len(shape) - 2)))
        raw[variable.name] = xr.DataArray(noise, dims=dims)
    return xr.Dataset(raw)


def assumptions(component: Fitted, priors: Mapping[str, Prior], shape: tuple[int, int],
                rng: np.random.Generator) -> dict[str, object]:
    """Fixed values, and draws (chain, draw) of the parameters that no likelihood touches."""
    fixed = {name: prior.value for name, prior in priors.items() if prior.distribution == "fixed"}
    return fixed | {name: (("chain", "draw"), assumed(priors[name], shape, rng)) for name in component.assumed}
