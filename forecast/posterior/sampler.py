"""Draw from a component's posterior with nutpie's NUTS on the compiled PyMC model."""

import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Fitted
from forecast.console import say
from forecast.posterior.posterior import assumptions
from forecast.shipped import CASE

if TYPE_CHECKING:
    from nutpie.sample import CompiledModel
    from pymc import Model


# Compile a model once in a process: models whose graphs are equal share the compiled code.

class Compiler:
    """Compiled models of one process, found again by their graph.

    Everything that a model takes from data and priors is shared data, so that refits on data of equal shape, other prior
    sets and the formulations of one component differ in these values alone.
    """

    def __init__(self) -> None:
        self._known: list[tuple[Model, CompiledModel]] = []

    def __call__(self, component: Fitted, data: ComponentData, priors: Mapping[str, Prior]) -> "CompiledModel":
        """The compiled model of a component that holds `data` and `priors`."""
        given = component.model(data, priors)
        for model, code in self._known:
            if _equal(model, given):
                return code.with_data(**{variable.name: variable.get_value() for variable in given.data_vars})
        self._known.append((given, _compile(given)))
        return self._known[-1][1]


def _compile(model: "Model") -> "CompiledModel":
    """Machine code made directly (:mod:`forecast.posterior.native`); where that fails, by nutpie's own compiler, with a warning.

    Whatever goes wrong there (another release of nutpie or LLVM, an operation or a system that it does not know) must not keep
    anybody from a fit: nutpie's own way is slower and gives the same posterior.
    """
    try:
        from forecast.posterior.native import compile_native

        return compile_native(model)
    except Exception as error:  # any: see above
        say(f"note: nutpie compiles this model, which takes longer: {type(error).__name__}: {str(error).partition('\n')[0]}",
            error=True)
        return _compile_plain(model)


def _compile_plain(model: "Model") -> "CompiledModel":
    """Nutpie's own compiler."""
    import nutpie
    import pytensor

    # Code from PyTensor's disk cache rounds differently from code just compiled: the seed would not decide every draw.
    with pytensor.config.change_flags(numba__cache=False):
        return nutpie.compile_pymc_model(model)


def _equal(one: "Model", other: "Model") -> bool:
    """Whether two models are the same function of their free values and shared data of the same shapes, constants included."""
    from pytensor.graph.basic import equal_computations

    if _form(one) != _form(other):
        return False
    inputs = ([*model.value_vars, *model.data_vars] for model in (one, other))
    return equal_computations([one.logp()], [other.logp()], *inputs)


def _form(model: "Model") -> list[tuple[Any, ...]]:
    """Names of values and data, and shapes of data."""
    return [*((variable.name,) for variable in model.value_vars),
            *((variable.name, variable.get_value(borrow=True).shape) for variable in model.data_vars)]


# Draw.

COMPILER = Compiler()
"""Of this process."""

STAT_OF_NUTPIE = {
    "diverging": "diverging", "energy": "energy", "tree_depth": "depth", "reached_max_treedepth": "maxdepth_reached",
    "n_steps": "n_steps", "step_size": "step_size", "acceptance_rate": "mean_tree_accept", "lp": "logp",
    "energy_error": "energy_error",
}
"""Statistics by the names of ArviZ, and what nutpie calls them."""

Progress = Callable[[int, int], None]
"""Called with draws done and draws in all, over all chains."""


@dataclass(frozen=True, kw_only=True)
class SamplerSettings:
    """Settings of the sampler; part of the identity of a posterior.

    Parameters
    ----------
    draws, tune : int
        Kept draws and warm-up iterations per chain.
    chains : int
        Independent chains.
    target_accept : float
        Average acceptance that the step size is tuned to.
    seed : int
        Decides every draw.
    past_terms : bool
        Whether a member of a pool is refitted to forecast every past term, which is what weights are learned from.
    """

    draws: int = 1250
    tune: int = 800
    chains: int = 4
    target_accept: float = 0.93
    seed: int = CASE.seed
    past_terms: bool = True

    @property
    def iterations(self) -> int:
        """Of all chains, warm-up included."""
        return self.chains * (self.tune + self.draws)

    def as_dict(self) -> dict[str, float]:
        """Names and values."""
        return asdict(self)


def compiled(component: Fitted, data: ComponentData, priors: Mapping[str, Prior]) -> "CompiledModel":
    """A component's model, compiled at most once in a process; see :class:`~forecast.posterior.sampler.Compiler`."""
    return COMPILER(component, data, priors)


def with_data(model: "CompiledModel", component: Fitted, data: ComponentData,
              priors: Mapping[str, Prior]) -> "CompiledModel":
    """The same compiled model for other data and priors of equal shape.

    Everything that a model takes from data and priors is shared data, so building its graph anew tells all values.
    """
    given = component.model(data, priors)
    return model.with_data(**{variable.name: variable.get_value() for variable in given.data_vars})


def draw(model: "CompiledModel", component: Fitted, data: ComponentData, priors: Mapping[str, Prior],
         settings: SamplerSettings, progress: Progress | None = None) -> xr.Dataset:
    """Sample a compiled model that holds `data` and `priors`.

    Returns
    -------
    xarray.Dataset
        Named parameters with axes (chain, draw, ...), the sampler's
        :data:`~forecast.posterior.posterior.STATS` (chain, draw), and every fixed prior as
        a scalar.
    """
    import nutpie

    tree = nutpie.sample(
        model, draws=settings.draws, tune=settings.tune, chains=settings.chains, seed=settings.seed,
        cores=min(settings.chains, os.cpu_count() or 1), target_accept=settings.target_accept,
        save_warmup=False, progress_bar=False, progress_rate=100, progress_callback=_reporter(progress))
    raw = tree["posterior"].to_dataset().reset_coords(drop=True)
    stats = tree["sample_stats"].to_dataset().reset_coords(drop=True)
    posterior = component.unpack(raw, data, priors)
    posterior = posterior.assign({name: _plain(stats[theirs]) for name, theirs in STAT_OF_NUTPIE.items()})
    rng = np.random.default_rng([settings.seed, zlib.crc32(component.name.encode())])
    return posterior.assign(assumptions(component, priors, (settings.chains, settings.draws), rng))


def sample(component: Fitted, data: ComponentData, priors: Mapping[str, Prior], settings: SamplerSettings,
           progress: Progress | None = None) -> xr.Dataset:
    """Compile and sample a component; see :func:`draw`."""
    return draw(compiled(component, data, priors), component, data, priors, settings, progress)


def _plain(values: xr.DataArray) -> xr.DataArray:
    """Yes or no as 1 or 0, and whole numbers with a sign."""
    kind = {"b": np.int8, "u": np.int64}.get(values.dtype.kind)
    return values.astype(kind) if kind else values


def _reporter(progress: Progress | None) -> Callable[[list[Any]], None] | None:
    if progress is None:
        return None

    def report(chains: list[Any]) -> None:
        progress(sum(chain.finished_draws for chain in chains), sum(chain.total_draws for chain in chains))

    return report
