"""All checks of one component's posterior, together."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forecast.components.priors import Prior
from forecast.components.protocol import Component, ComponentData
from forecast.evaluation.predictive.check import Checked, check
from forecast.panel import Panel
from forecast.posterior.posterior import Posterior
from forecast.posterior.prior import draw_prior
from forecast.posterior.trust.convergence import convergence, energy
from forecast.posterior.trust.ladder import LADDER, below_and_at
from forecast.posterior.trust.log_prior import by_block, log_prior
from forecast.posterior.trust.loo import Loo, leave_one_out
from forecast.posterior.trust.observation import observations
from forecast.posterior.trust.overlap import prior_to_posterior
from forecast.posterior.trust.parameters import rows, scalars
from forecast.posterior.trust.pit import Pit, transform
from forecast.posterior.trust.pointwise import pointwise, powers
from forecast.posterior.trust.quantity import quantities, top_level
from forecast.posterior.trust.sensitivity import sensitivity

DRAWS, PRIOR_DRAWS = 1250, 2000  # per chain
STAGES = ("convergence", "leave-one-out", "calibration", "predictive", "sensitivity", "prior")

Draws = Mapping[str, np.ndarray]
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What the checks of one component found.

    Parameters
    ----------
    convergence, energy : DataFrame
        See :mod:`forecast.posterior.trust.convergence`.
    loo : mapping of str to Loo
        By observed quantity; empty where the component has no pointwise likelihood.
    observation : mapping of str to list of str
        Names of the observations of each quantity.
    pit : mapping of str to Pit
        By observed quantity that has an order.
    predictive : tuple of Checked
        One per family of statistics.
    sensitivity, overlap : DataFrame
        See :mod:`forecast.posterior.trust.sensitivity` and :mod:`forecast.posterior.trust.overlap`.
    """

    component: str
    convergence: pd.DataFrame
    energy: pd.DataFrame
    loo: Mapping[str, Loo]
    observation: Mapping[str, list[str]]
    pit: Mapping[str, Pit]
    predictive: tuple[Checked, ...]
    sensitivity: pd.DataFrame
    overlap: pd.DataFrame


def assess(component: Component, data: ComponentData, priors: Mapping[str, Prior], posterior: Posterior, panel: Panel,
           *, seed: int, tell: Tell = lambda _: None) -> Trust:
    """Check one posterior.

    Parameters
    ----------
    panel : Panel
        For the names of observations.
    tell : callable
        Given the name of each stage of ``STAGES`` once it is done.
    """
    rng = np.random.default_rng([seed, zlib.crc32(component.name.encode())])
    slow = convergence(posterior), energy(posterior)
    tell("convergence")
    posterior = thinned(posterior)
    draws, chains = rows(posterior.chains), posterior.chains.sizes["chain"]
    likelihood, power = pointwise(component, data, draws), powers(component, data, priors)
    loo = {name: leave_one_out(values, chains, power.get(name)) for name, values in likelihood.items()}
    tell("leave-one-out")
    pit = {one.quantity: transform(*below_and_at(component, data, draws, one, loo[one.quantity]), rng)
           for one in LADDER.get(component.section, ()) if one.quantity in loo}
    tell("calibration")
    predictive = tuple(check(component, data, draws, rng))
    tell("predictive")
    counted = {name: values * power.get(name, 1.0) for name, values in likelihood.items()}
    moved = _sensitivity(component, data, priors, posterior, draws, counted)
    tell("sensitivity")
    learnt = _overlap(component, data, priors, posterior, rng)
    tell("prior")
    return Trust(component=component.name, convergence=slow[0], energy=slow[1], loo=loo,
                 observation=observations(component, data, panel, {name: len(one.elpd_i) for name, one in loo.items()}),
                 pit=pit, predictive=predictive, sensitivity=moved, overlap=learnt)


def thinned(posterior: Posterior) -> Posterior:
    """At most ``DRAWS`` draws per chain, evenly spaced: more would not sharpen any check but convergence."""
    step = -(-posterior.chains.sizes["draw"] // DRAWS)
    return replace(posterior, chains=posterior.chains.isel(draw=slice(None, None, step)))


def _sensitivity(component: Component, data: ComponentData, priors: Mapping[str, Prior], posterior: Posterior,
                 draws: Draws, likelihood: Draws) -> pd.DataFrame:
    if not likelihood:
        return pd.DataFrame()
    chains = posterior.chains.sizes["chain"]
    density = by_block(log_prior(component, priors, draws, posterior.coord))
    blocks = {name: values.reshape(chains, -1) for name, values in density.items()}
    total = sum(values.sum(axis=1) for values in likelihood.values()).reshape(chains, -1)
    found = sensitivity(quantities(component, data, posterior), blocks, total)
    return found.assign(component=component.name)[["component", *found.columns]]


def _overlap(component: Component, data: ComponentData, priors: Mapping[str, Prior], posterior: Posterior,
             rng: np.random.Generator) -> pd.DataFrame:
    drawn = draw_prior(component, data, priors, rng, chains=posterior.chains.sizes["chain"], draws=PRIOR_DRAWS)
    names = top_level(component, posterior.chains)
    found = prior_to_posterior(scalars(drawn, posterior.coord, names), scalars(posterior.chains, posterior.coord, names))
    return found.assign(component=component.name)[["component", *found.columns]]
