"""Which prior is behind a finding: the one whose default in its place helps most, or the parameter that goes with it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from forecast.components.priors import Prior, same
from forecast.evaluation.prior_predictive.bounds import CONFLICT
from forecast.evaluation.prior_predictive.draws import PriorDraws
from forecast.evaluation.prior_predictive.finding import Driver, Finding, badness

HELPS = 0.5
"""A default in place of one prior explains absurd draws where it takes away this share of them; it explains a conflict where
the record lies within 99 % of the draws again."""

Redraw = Callable[[Mapping[str, Prior]], PriorDraws]


def with_driver(finding: Finding, named: xr.Dataset, priors: Mapping[str, Prior], default: Mapping[str, Prior],
                redraw: Redraw) -> Finding:
    """The finding with its driver, where something is wrong.

    Parameters
    ----------
    named : Dataset
        Parameters of the draws, each (draw, ...).
    priors, default : mapping of str to Prior
        The component's priors as checked, and in the default set.
    redraw : callable
        Draws under other priors with the same noise.
    """
    if finding.kind == "fine":
        return finding
    tried = replaced(finding, priors, default, redraw)
    best = min(tried, key=lambda one: one.badness, default=None)
    enough = (1 - HELPS) * finding.badness if finding.kind == "absurd" else 1 - 2 * CONFLICT
    if best is None or best.badness > enough:
        best = correlated(finding, named, priors, {one.parameter: one for one in tried}) or best
    return replace(finding, driver=best)


def replaced(finding: Finding, priors: Mapping[str, Prior], default: Mapping[str, Prior], redraw: Redraw) -> list[Driver]:
    """Every prior that differs from the default set, with what is left of the finding without it."""
    found = []
    for name, prior in priors.items():
        if not same(prior, default[name]):
            values = redraw({**priors, name: default[name]}).statistic[finding.statistic.name]
            left = badness(finding.kind, values, finding.bound, finding.observed)
            found.append(Driver(parameter=name, prior=prior, default=default[name], badness=left))
    return found


def correlated(finding: Finding, named: xr.Dataset, priors: Mapping[str, Prior],
               tried: Mapping[str, Driver]) -> Driver | None:
    """The parameter (its mean over its axes) that the statistic, or its distance from the middle, goes with most.

    None where nothing varies.
    """
    known = np.isfinite(finding.values)
    if known.sum() < 3:
        return None
    values = finding.values[known]
    size = {}
    for name in priors:
        if name in named and "draw" in named[name].dims:
            mean = _mean(named[name])[known]
            size[name] = max((_correlation(mean, one) for one in (values, np.abs(values - np.median(values)))), key=abs)
    if not size:
        return None
    name = max(size, key=lambda one: abs(size[one]))
    return replace(tried.get(name, Driver(parameter=name, prior=priors[name])), correlation=size[name])


def _mean(values: xr.DataArray) -> np.ndarray:
    return values.transpose("draw", ...).to_numpy().reshape(values.sizes["draw"], -1).mean(axis=1)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(spearmanr(one, other).statistic) if np.ptp(one) > 0 and np.ptp(other) > 0 else 0.0
