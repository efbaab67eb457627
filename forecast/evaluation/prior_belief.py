"""What a prior set says before the data, in the form of a posterior, so that it is projected by the same code."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from forecast.components.joint import knowing
from forecast.components.priors import Prior
from forecast.components.protocol import Component
from forecast.components.registry import COMPONENT, PROJECTING
from forecast.panel import Panel
from forecast.posterior.posterior import Posterior
from forecast.posterior.prior import draw_prior
from forecast.simulation.sources import FORM

BEFORE = 1
"""Beside the seed of a run: the stream of draws from the prior."""


def prior_belief(found: Posterior, panel: Panel, priors: Mapping[str, Prior], seed: int) -> Posterior:
    """As many draws from the priors as a posterior has, in the same form.

    Parameters
    ----------
    found : Posterior
        Of contact frequency: a pool or one formulation. A pool's draws follow the formulations that they follow after the data,
        since no weight of a formulation is assumed beforehand.
    panel : Panel
        Its years, terms and presidents decide the shape of the parameters; its counts play no part.
    priors : mapping of str to Prior
        Of the component's section.

    Returns
    -------
    Posterior
        With the gates of `found`, which say nothing of it.
    """
    shape = {"chains": found.chains.sizes["chain"], "draws": found.chains.sizes["draw"]}
    if FORM not in found.chains:
        return replace(found, chains=_drawn(COMPONENT[found.component], panel, priors, seed, 0, **shape))
    parts = []
    for number, member in PROJECTING[found.component].fitted(found.chains).items():
        drawn = _drawn(member, panel, priors, seed, number, **shape)
        parts.append(drawn.rename({name: f"{member.name}/{name}" for name in drawn.data_vars}))
    together = xr.merge(parts, compat="equals", join="exact")
    return replace(found, chains=together.assign({FORM: (("chain", "draw"), found.chains[FORM].to_numpy())}))


def _drawn(component: Component, panel: Panel, priors: Mapping[str, Prior], seed: int, number: int, *, chains: int,
           draws: int) -> xr.Dataset:
    own = {name: priors[name] for name in component.needs}
    rng = np.random.default_rng([seed, BEFORE, number])
    return draw_prior(component, knowing(component.data(panel), own), own, rng, chains=chains, draws=draws)
