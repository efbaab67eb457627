r"""All checks of one component's posterior, together.

Compare the statistics of a record with those of replicated records.

The posterior predictive p-value of a statistic is :math:`\Pr(T_{rep} > T) + \Pr(T_{rep} = T) / 2` over records replicated
from the posterior (Gelman, Meng and Stern 1996, Statistica Sinica 6, 733; ties count half because statistics are discrete).
It uses the data twice, so that under a true model it lies closer to one half than a uniform does: extreme values are rarer
than they look, and a check that passes proves little (Robins, van der Vaart and Ventura 2000,
doi 10.1080/01621459.2000.10474310).

A family is judged as one, by :math:`-\sum_k \log p_k` with two-sided :math:`p_k`, which sees many statistics that are a little
off, and by the largest distance from the mean of the replicates in standard deviations, which sees a single one that is far off.
The smaller of the two tail probabilities counts. Every replicated record gives a value of it too, so that neither the choice, nor
the number of statistics, nor the dependence between them matters.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from forecast.components.priors import Prior
from forecast.components.protocol import Component, ComponentData
from forecast.components.statistics import Family
from forecast.panel import Panel
from forecast.posterior.attempt import convergence, energy
from forecast.posterior.groups import rows, scalars
from forecast.posterior.loo import Loo, Pit, below_and_at, leave_one_out, transform
from forecast.posterior.posterior import Posterior, draw_prior
from forecast.posterior.sensitivity import by_block, log_prior, prior_to_posterior, quantities, sensitivity, top_level

# Compare the statistics of a record with those of replicated records.

LEVEL = 0.05
REPLICATES = 1000


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One family of one component.

    Parameters
    ----------
    component : str
    family : Family
    labels : tuple of str
        One per statistic.
    observed : (statistic,) array
        In the record.
    replicated : (replicate, statistic) array
        In replicated records.
    p : (statistic,) array
        Posterior predictive p-values.
    p_family : float
        Share of replicated records that are at least as unusual in all statistics together.
    outside_expected : float
        How many statistics of a replicated record lie outside 95 % of the others, on average.
    """

    component: str
    family: Family
    labels: tuple[str, ...]
    observed: np.ndarray
    replicated: np.ndarray
    p: np.ndarray
    p_family: float
    outside_expected: float

    @property
    def outside(self) -> np.ndarray:
        """Whether each statistic lies outside 95 % of its replicates, (statistic,)."""
        return twice_smaller_tail(self.p) < LEVEL

    @property
    def passed(self) -> bool:
        """Whether the family looks like what the posterior produces."""
        return self.p_family >= LEVEL


def twice_smaller_tail(p: np.ndarray) -> np.ndarray:
    """Twice the smaller tail."""
    found: np.ndarray = 2 * np.minimum(p, 1 - p)
    return found


def check(component: Component, data: ComponentData, draws: Mapping[str, np.ndarray], rng: np.random.Generator,
          *, replicates: int = REPLICATES, progress: Callable[[int, int], None] = lambda *_: None) -> list[Checked]:
    """Check one component.

    Parameters
    ----------
    draws : mapping of str to (draw, ...) array
        Named parameters; fixed ones may lack the axis.
    """
    chosen = component.families(data)
    size = max(len(values) for values in draws.values() if np.ndim(values))
    found: list[list[np.ndarray]] = []
    for number, at in enumerate(np.linspace(0, size - 1, replicates).astype(int)):
        truth = {name: values[at] if np.ndim(values) else values for name, values in draws.items()}
        replicated = component.simulate(data, truth, rng)
        found.append([family.of(replicated.array) for family in chosen])
        if number % 50 == 49:
            progress(number + 1, replicates)
    return [family_p_values(component.name, family, data, np.array([one[place] for one in found], float))
            for place, family in enumerate(chosen)]


def family_p_values(component: str, family: Family, data: ComponentData, replicated: np.ndarray) -> Checked:
    """P-values of one family from its replicates (replicate, statistic)."""
    observed = np.asarray(family.of(data.array), float)
    p = (replicated > observed).mean(axis=0) + (replicated == observed).mean(axis=0) / 2
    every = np.vstack([observed, replicated])
    each = 1 - (rankdata(every, axis=0) - 0.5) / len(every)
    return Checked(component=component, family=family, labels=tuple(family.labels(data)), observed=observed,
                   replicated=replicated, p=p, p_family=_together(every, each),
                   outside_expected=float((twice_smaller_tail(each[1:]) < LEVEL).sum(axis=1).mean()))


def _together(every: np.ndarray, p: np.ndarray) -> float:
    """Share of records (the first is the real one) that are as unusual as the first, from statistics and their p-values."""
    spread = every.std(axis=0)
    distance = np.abs(every - every.mean(axis=0)) / np.where(spread > 0, spread, 1)
    many = -np.log(np.clip(twice_smaller_tail(p), 1 / len(p), 1)).sum(axis=1)
    rarest = np.minimum(_tail(many), _tail(distance.max(axis=1)))
    return float((rarest <= rarest[0]).mean())


def _tail(values: np.ndarray) -> np.ndarray:
    """Share of values that are at least as large as each."""
    return 1 - (rankdata(np.round(values, 9), method="min") - 1) / len(values)


# All checks of one component's posterior, together.

DRAWS, PRIOR_DRAWS = 1250, 2000  # per chain
FEWEST = 2
"""Observations of which transforms are compared with uniforms: one alone lies somewhere, and has no distribution."""
STAGES = ("convergence", "leave-one-out", "calibration", "predictive", "sensitivity", "prior")

Draws = Mapping[str, np.ndarray]
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What the checks of one component found.

    Parameters
    ----------
    convergence, energy : DataFrame
        See :mod:`forecast.posterior.attempt`.
    loo : mapping of str to Loo
        By observed quantity that has observations; empty where the component has no pointwise likelihood.
    observation : mapping of str to list of str
        Names of the observations of each quantity.
    pit : mapping of str to Pit
        By observed quantity that has an order and at least ``FEWEST`` observations.
    predictive : tuple of Checked
        One per family of statistics; none where nothing was observed.
    sensitivity, overlap : DataFrame
        See :mod:`forecast.posterior.sensitivity` and :mod:`forecast.posterior.sensitivity`.
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
    posterior = thinned_draws(posterior)
    draws, chains = rows(posterior.chains), posterior.chains.sizes["chain"]
    every = component.pointwise(data, draws)
    likelihood = {name: values for name, values in every.items() if values.size}  # of none there is nothing to leave out
    power = component.powers(data, priors)
    loo = {name: leave_one_out(values, chains, power.get(name)) for name, values in likelihood.items()}
    tell("leave-one-out")
    pit = {name: transform(*below_and_at(component, data, draws, name, loo[name]), rng)
           for name in component.ordered if name in loo and len(loo[name].elpd_i) >= FEWEST}
    tell("calibration")
    # a record in which nothing was observed is like any
    predictive = tuple(check(component, data, draws, rng)) if likelihood or not every else ()
    tell("predictive")
    counted = {name: values * power.get(name, 1.0) for name, values in likelihood.items()}
    moved = _sensitivity(component, data, priors, posterior, draws, counted)
    tell("sensitivity")
    learnt = _overlap(component, data, priors, posterior, rng)
    tell("prior")
    return Trust(component=component.name, convergence=slow[0], energy=slow[1], loo=loo,
                 observation=observation_names(component, data, panel, {name: len(one.elpd_i) for name, one in loo.items()}),
                 pit=pit, predictive=predictive, sensitivity=moved, overlap=learnt)


def observation_names(component: Component, data: ComponentData, panel: Panel, size: Mapping[str, int]) -> dict[str, list[str]]:
    """Names of the observations of each quantity; numbers where the component names another number of them, or none.

    Parameters
    ----------
    size : mapping of str to int
        Observations of each quantity.
    """
    named = component.observations(data, panel)
    return {quantity: names if len(names := named.get(quantity, [])) == many else [f"{quantity} {at}" for at in range(many)]
            for quantity, many in size.items()}


def thinned_draws(posterior: Posterior) -> Posterior:
    """At most ``DRAWS`` draws per chain, evenly spaced: more would not sharpen any check but convergence."""
    step = -(-posterior.chains.sizes["draw"] // DRAWS)
    return replace(posterior, chains=posterior.chains.isel(draw=slice(None, None, step)))


def _sensitivity(component: Component, data: ComponentData, priors: Mapping[str, Prior], posterior: Posterior,
                 draws: Draws, likelihood: Draws) -> pd.DataFrame:
    if not likelihood:
        return pd.DataFrame()
    chains = posterior.chains.sizes["chain"]
    density = by_block(component, log_prior(component, priors, draws, posterior.coord))
    blocks = {name: values.reshape(chains, -1) for name, values in density.items()}
    total = reduce(np.add, (values.sum(axis=1) for values in likelihood.values())).reshape(chains, -1)
    found = sensitivity(quantities(component, data, posterior), blocks, total)
    return found.assign(component=component.name)[["component", *found.columns]]


def _overlap(component: Component, data: ComponentData, priors: Mapping[str, Prior], posterior: Posterior,
             rng: np.random.Generator) -> pd.DataFrame:
    drawn = draw_prior(component, data, priors, rng, chains=posterior.chains.sizes["chain"], draws=PRIOR_DRAWS)
    names = top_level(component, posterior.chains)
    found = prior_to_posterior(scalars(drawn, posterior.coord, names), scalars(posterior.chains, posterior.coord, names))
    return found.assign(component=component.name)[["component", *found.columns]]
