"""All checks of one component's posterior, together."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
from forecast.posterior.trust.pointwise import pointwise
from forecast.posterior.trust.quantity import quantities, top_level
from forecast.posterior.trust.sensitivity import sensitivity

PRIOR_DRAWS = 2000  # per chain
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
    draws, chains = rows(posterior.chains), posterior.chains.sizes["chain"]
    slow = convergence(posterior), energy(posterior)
    tell("convergence")
    likelihood = pointwise(component, data, draws)
    loo = {name: leave_one_out(values, chains) for name, values in likelihood.items()}
    tell("leave-one-out")
    pit = {one.quantity: transform(*below_and_at(component, data, draws, one, loo[one.quantity]), rng)
           for one in LADDER.get(component.section, ()) if one.quantity in loo}
    tell("calibration")
    predictive = tuple(check(component, data, draws, rng))
    tell("predictive")
    moved = _sensitivity(component, data, priors, posterior, draws, likelihood)
    tell("sensitivity")
    learnt = _overlap(component, data, priors, posterior, rng)
    tell("prior")
    return Trust(component=component.name, convergence=slow[0], energy=slow[1], loo=loo,
                 observation=observations(component, data, panel, {name: len(one.elpd_i) for name, one in loo.items()}),
                 pit=pit, predictive=predictive, sensitivity=moved, overlap=learnt)


def _sensitivity(component: Component, data: ComponentData, priors: Mapping[str, Prior], posterior: Posterior,
                 draws: Draws, likelihood: Draws) -> pd.DataFrame:
    if not likelihood:
        return pd.DataFrame()
    chains = posterior.chains.sizes["chain"]
    blocks = {name: values.reshape(chains, -1) for name, values in by_block(log_prior(component, priors, draws)).items()}
    total = sum(values.sum(axis=1) for values in likelihood.values()).reshape(chains, -1)
    found = sensitivity(quantities(component, data, posterior), blocks, total)
    return found.assign(component=component.name)[["component", *found.columns]]


def _overlap(component: Component, data: ComponentData, priors: Mapping[str, Prior], posterior: Posterior,
             rng: np.random.Generator) -> pd.DataFrame:
    drawn = draw_prior(component, data, priors, rng, chains=posterior.chains.sizes["chain"], draws=PRIOR_DRAWS)
    names = top_level(component, posterior.chains)
    found = prior_to_posterior(scalars(drawn, posterior.coord, names), scalars(posterior.chains, posterior.coord, names))
    return found.assign(component=component.name)[["component", *found.columns]]
