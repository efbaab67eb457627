"""Draws of one component from its prior: parameters, records simulated at them, and what is kept of these."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from forecast.components.priors import Prior
from forecast.components.protocol import Component, ComponentData
from forecast.components.statistics import Array
from forecast.posterior.posterior import draw_prior

# Records that would be too large to simulate one observation at a time.

LARGEST = 10_000
"""Expected observations: the record has some hundreds; beyond, a record is drawn as counts, without single rows."""

Values = Mapping[str, np.ndarray]


def draw_record(component: Component, data: ComponentData, truth: Values, rng: np.random.Generator) -> ComponentData | None:
    """A record at known parameters; one that is too large has its counts and no single occasions or pages.

    None where the parameters are so extreme that a distribution cannot be drawn from.
    """
    with np.errstate(all="ignore"):
        try:
            return _drawn(component, data, truth, rng)
        except (ValueError, ZeroDivisionError):
            return None


def _drawn(component: Component, data: ComponentData, truth: Values, rng: np.random.Generator) -> ComponentData:
    counted = component.counted(data, truth)
    if counted is None or np.nan_to_num(counted.mean, nan=np.inf).sum() <= LARGEST:
        return component.simulate(data, truth, rng)
    without = {name: data.array[name][:0] for name in counted.rows if name in data.array}
    return ComponentData(array={**data.array, **without, counted.array: counted.draw(rng)}, coord=data.coord)


# Draws of one component from its prior.

Curve = Callable[[Array], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class PriorDraws:
    """What one component says before it sees the record.

    Parameters
    ----------
    named : Dataset
        Named parameters, each (draw, ...); fixed ones without the axis.
    statistic : mapping of str to (draw,) array
        Statistics by name.
    curve : mapping of str to (draw, ...) array
        What figures show.
    """

    named: xr.Dataset
    statistic: Mapping[str, np.ndarray]
    curve: Mapping[str, np.ndarray]


def prior_draws(component: Component, data: ComponentData, priors: Mapping[str, Prior], seed: int, draws: int,
                curves: Mapping[str, Curve] | None = None) -> PriorDraws:
    """Draw parameters and records; the same seed gives the same noise whatever the priors, so that sets can be compared.

    Parameters
    ----------
    data : ComponentData
        Its covariates and shape are those of the records drawn.
    curves : mapping of str to callable
        What else to keep of every record.
    """
    key = [seed, zlib.crc32(component.name.encode())]
    named = draw_prior(component, data, priors, np.random.default_rng(key), draws=draws).isel(chain=0)
    values = {str(name): (one.to_numpy(), "draw" in one.dims) for name, one in named.data_vars.items()}
    seen, curves = _seen(component), dict(curves or {})
    kept: dict[str, list[Any]] = {name: [] for name in (*seen, *curves)}
    for at in range(draws):
        truth = {name: value[at] if drawn else value for name, (value, drawn) in values.items()}
        record = draw_record(component, data, truth, np.random.default_rng([*key, at]))
        for name, of in (seen | curves).items():
            kept[name].append(np.full_like(of(data.array), np.nan, float) if record is None else of(record.array))
    found = {name: np.asarray(one, float) for name, one in kept.items()}
    latent = {one.name: one.latent(named) for one in component.statistics if one.latent}
    return PriorDraws(named=named, statistic={name: found[name] for name in seen} | latent,
                      curve={name: found[name] for name in curves})


def observed(component: Component, data: ComponentData) -> dict[str, float]:
    """The same statistics of the record itself; those that no record shows are left out."""
    return {name: float(of(data.array)) for name, of in _seen(component).items()}


def _seen(component: Component) -> dict[str, Callable[[Array], float]]:
    return {one.name: one.of for one in component.statistics if one.of}
