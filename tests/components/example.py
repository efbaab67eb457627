"""Parameters drawn from the default priors without a sampler, so that tests need no fit."""

import zlib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import xarray as xr

from forecast.components.prior_file import load_priors
from forecast.components.priors import Prior, PriorSet
from forecast.components.protocol import Component, ComponentData
from forecast.components.registry import COMPONENT, POOL, needs, priors_of
from forecast.panel import Panel
from forecast.posterior import posterior
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Gates, Posterior
from tests.fixture.record import frozen_panel

DEFAULT = Path(__file__).parents[2] / "priors" / "default.yaml"
PASSED = Gates(
    max_rhat=1.0, max_rhat_at="x", min_ess_bulk=1000.0, min_ess_bulk_at="x", min_ess_tail=1000.0,
    min_ess_tail_at="x", divergences=0, parameters=1,
)  # fmt: skip


@cache
def default_priors() -> PriorSet:
    return load_priors(DEFAULT, needs())


def panel() -> Panel:
    return frozen_panel()


@cache
def data_of(name: str) -> ComponentData:
    return COMPONENT[name].data(panel())


def priors_for(name: str) -> dict[str, Prior]:
    """Default priors of one component that play a part in a fit to one dyad."""
    return COMPONENT[name].used(every_prior(name), data_of(name).coord)


def every_prior(name: str) -> dict[str, Prior]:
    """Default priors of one component, also those of a fit to several dyads."""
    return priors_of(default_priors(), name)


def scale_names(component: Component) -> tuple[str, ...]:
    """Order of the sampler's vector of scales, without those that a form does not have."""
    if hasattr(component, "form"):
        return tuple(name for name in component.form.scales if name not in component.form.absent)
    return import_module(type(component).__module__).SCALES


def draw_raw(component: Component, data: ComponentData, rng: np.random.Generator, chains: int = 1,
             draws: int = 1) -> xr.Dataset:
    """The sampler's variables drawn from the default priors, each (chain, draw, ...)."""
    return posterior.draw_raw(component, data, priors_for(component.name), rng, chains=chains, draws=draws)


def draw_truth(component: Component, data: ComponentData, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Named parameters drawn from the default priors, and trends that these fix."""
    named = component.unpack(draw_raw(component, data, rng), data, priors_for(component.name))
    found = {str(name): values.to_numpy()[0, 0] for name, values in named.data_vars.items() if "draw" in values.dims}
    return found | trends(component)


def trends(component: Component) -> dict[str, np.ndarray]:
    """Trends to which the default priors give one value."""
    priors = priors_for(component.name)
    return {name: np.array(priors[name].value) for name, support in component.needs.items()
            if support == "trend" and priors[name].distribution == "fixed"}


@cache
def projecting_posterior(name: str) -> Posterior:
    """A posterior in form of what the engine projects: a component, or a pool of some."""
    if name not in POOL:
        return prior_posterior(name)
    return pooled({member.name: prior_posterior(member.name) for member in POOL[name].members}, "us_kz")[name]


@cache
def prior_posterior(name: str, chains: int = 2, draws: int = 20, seed: int = 5) -> Posterior:
    """A posterior in form, made of draws from the prior."""
    component, data, priors = COMPONENT[name], data_of(name), priors_for(name)
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    named = posterior.draw_prior(component, data, priors, rng, chains=chains, draws=draws)
    axes, shape = ("chain", "draw"), (chains, draws)
    if hasattr(component, "held_out"):
        terms = len(data.coord["term"])
        named["term_score"] = ("term", np.where(np.arange(terms) < 2, np.nan, rng.normal(-20, 1, terms)))
    named["diverging"] = (axes, np.zeros(shape, np.int8))
    return Posterior(component=name, key="prior", chains=named, coord=data.coord, gates=PASSED, reused=False)


class SeededShocks:
    """Standard normals that depend on the seed and the name of the stream only."""

    def __init__(self, paths: int, seed: int) -> None:
        self.paths, self.seed = paths, seed
        self.asked: Mapping[str, tuple[int, ...]] = {}

    def __call__(self, name: str, *shape: int) -> np.ndarray:
        self.asked = {**self.asked, name: shape}
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())]).normal(size=(self.paths, *shape))
