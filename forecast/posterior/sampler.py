"""Draw from a component's posterior with nutpie's NUTS on the compiled PyMC model."""

import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr

from forecast.components.priors import Prior, assumed
from forecast.components.protocol import Component, ComponentData

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
    """

    draws: int = 1250
    tune: int = 800
    chains: int = 4
    target_accept: float = 0.97
    seed: int = 20241104

    def as_dict(self) -> dict[str, float]:
        """Names and values."""
        return asdict(self)


def sample(component: Component, data: ComponentData, priors: Mapping[str, Prior], settings: SamplerSettings,
           progress: Progress | None = None) -> xr.Dataset:
    """Fit one component.

    Returns
    -------
    xarray.Dataset
        Free and derived variables with axes (chain, draw, ...), the sampler's ``diverging`` (chain, draw),
        and every fixed prior as a scalar.
    """
    import nutpie
    import pytensor

    # Code from PyTensor's disk cache rounds differently from code just compiled: the seed would not decide every draw.
    with pytensor.config.change_flags(numba__cache=False):
        compiled = nutpie.compile_pymc_model(component.model(data, priors))
    tree = nutpie.sample(
        compiled, draws=settings.draws, tune=settings.tune, chains=settings.chains, seed=settings.seed,
        cores=min(settings.chains, os.cpu_count() or 1), target_accept=settings.target_accept,
        save_warmup=False, progress_bar=False, progress_rate=100, progress_callback=_reporter(progress))
    raw = tree["posterior"].to_dataset().reset_coords(drop=True)
    posterior = component.unpack(raw, data, priors)
    posterior["diverging"] = tree["sample_stats"].to_dataset()["diverging"].astype(np.int8)
    fixed = {name: prior.value for name, prior in priors.items() if prior.distribution == "fixed"}
    return posterior.assign(fixed | _assumptions(component, priors, settings))


def _assumptions(component: Component, priors: Mapping[str, Prior],
                 settings: SamplerSettings) -> dict[str, tuple[tuple[str, str], np.ndarray]]:
    """Draws of the parameters that no likelihood touches."""
    rng = np.random.default_rng([settings.seed, zlib.crc32(component.name.encode())])
    shape = (settings.chains, settings.draws)
    return {name: (("chain", "draw"), assumed(priors[name], shape, rng)) for name in component.assumed}


def _reporter(progress: Progress | None) -> Callable[[list], None] | None:
    if progress is None:
        return None

    def report(chains: list) -> None:
        progress(sum(chain.finished_draws for chain in chains), sum(chain.total_draws for chain in chains))

    return report
