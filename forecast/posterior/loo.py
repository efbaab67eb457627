r"""Leave-one-out predictive densities by Pareto-smoothed importance sampling, with the diagnostic of each observation.

Draws of the posterior stand in for those without observation :math:`i` by weights :math:`\propto 1 / p(y_i \mid \theta)`,
smoothed in their tail (Vehtari, Gelman and Gabry 2017, doi 10.1007/s11222-016-9696-4; Vehtari, Simpson, Gelman, Yao and
Gabry 2024, doi 10.48550/arXiv.1507.02646). The shape :math:`\hat k` of the tail says whether that works: above
:math:`\min(1 - 1 / \log_{10} S, 0.7)` for :math:`S` draws it does not, and the observation is one that the posterior leans on.

A tail that has no shape has :math:`\hat k = -\infty`, the value of a bounded tail that is as light as can be:

* An observation whose likelihood is the same in every draw does not depend on the parameters (a meeting, where the codebook
  allows nothing but a meeting). Leaving it out changes nothing, the weights are equal, and its predictive density is exact.
* Where all draws of the tail share the largest weight, none of them stands out: the weights are bounded and need no smoothing.

A tail that no generalised Pareto distribution fits, because a quarter of it ties at its lower end, has :math:`\hat k = \infty`:
the weights may be good, but nothing says so.

Probability integral transforms of discrete observations, each predicted from all the others
--------------------------------------------------------------------------------------------
For a count or code :math:`y_i` with leave-one-out distribution :math:`F_i` the randomised transform

.. math:: u_i = F_i(y_i - 1) + v_i\, \Pr_i(y_i), \qquad v_i \sim \mathrm{Uniform}(0, 1)

is uniform if and only if the prediction is calibrated (Czado, Gneiting and Held 2009, doi 10.1111/j.1541-0420.2009.01191.x). Its
empirical distribution is compared with simultaneous bands that hold 95 % of samples of uniforms (Sailynoja, Buerkner and
Vehtari 2022, doi 10.1007/s11222-022-10090-6). One set of :math:`v` decides little, so the verdict is the share of many sets that
leave the bands.

Every value that an observation could have taken, one after the other
---------------------------------------------------------------------
The pointwise log likelihood of data in which all observations of a quantity are set to :math:`k` is
:math:`\log p(y_i = k \mid \theta)` for every :math:`i`; for :math:`k = 0, 1, \dots` these make up the whole predictive
distribution, without simulation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats
from arviz_stats.ecdf_utils import compute_ecdf, ecdf_pit

from forecast.components.protocol import Component, ComponentData

SAMPLED = 40  # observations from which the efficiency of the draws is judged


@dataclass(frozen=True, kw_only=True)
class Loo:
    """Leave-one-out of one observed quantity.

    Parameters
    ----------
    elpd, se, p_loo : float
        Expected log predictive density, its standard error, and effective number of parameters.
    good_k : float
        Largest shape that can be relied on with that many draws.
    elpd_i, pareto_k : (observation,) array
        By observation.
    log_weight : (observation, draw) array
        Smoothed, normalised.
    certain : (observation,) array
        Whether the observation does not depend on the parameters.
    """

    elpd: float
    se: float
    p_loo: float
    good_k: float
    elpd_i: np.ndarray
    pareto_k: np.ndarray
    log_weight: np.ndarray
    certain: np.ndarray

    @property
    def weak(self) -> np.ndarray:
        """Whether the shape of each observation is too large, (observation,)."""
        return ~(self.pareto_k <= self.good_k)


def leave_one_out(log_likelihood: np.ndarray, chains: int, power: np.ndarray | None = None) -> Loo:
    """Leave each observation out.

    Parameters
    ----------
    log_likelihood : (draw, observation) array
        Draws chain after chain.
    chains : int
        Number of chains.
    power : (observation,) array, optional
        How much each observation counted in the posterior; 1 where not given.
    """
    values = np.asarray(log_likelihood, float).T
    counted = values if power is None else power[:, None] * values
    by_chain = values.reshape(len(values), chains, -1)
    efficiency = _efficiency(by_chain)
    log_weight, shape = (np.array(part) for part in zip(*(_smoothed(one, efficiency) for one in counted), strict=True))
    log_weight = log_weight - np.logaddexp.reduce(log_weight, axis=-1, keepdims=True)
    certain = np.ptp(values, axis=-1) == 0
    elpd_i = np.where(certain, values[:, 0], np.logaddexp.reduce(log_weight + values, axis=-1))
    full = np.where(certain, values[:, 0], np.logaddexp.reduce(values, axis=-1) - np.log(values.shape[-1]))
    elpd, se, p_loo, _ = array_stats.loo_summary(elpd_i, full - elpd_i)
    return Loo(elpd=float(elpd), se=float(se), p_loo=float(p_loo), good_k=good_k(values.shape[-1]), elpd_i=elpd_i,
               pareto_k=shape, log_weight=log_weight, certain=certain)


def good_k(draws: int) -> float:
    """Largest shape at which smoothed weights can be relied on."""
    found: float = min(1 - 1 / np.log10(draws), 0.7)
    return found


def summary(found: Mapping[str, Loo]) -> pd.DataFrame:
    """One row per observed quantity: observations, elpd, se, p_loo, good_k, max_k, weak, certain, elpd_per_observation."""
    return pd.DataFrame([
        {"quantity": name, "observations": len(one.elpd_i), "elpd": one.elpd, "se": one.se, "p_loo": one.p_loo,
         "good_k": one.good_k, "max_k": one.pareto_k.max(), "weak": int(one.weak.sum()), "certain": int(one.certain.sum()),
         "elpd_per_observation": one.elpd / len(one.elpd_i)} for name, one in found.items()])


def _smoothed(log_likelihood: np.ndarray, efficiency: float) -> tuple[np.ndarray, float]:
    """Log weights (draw,) that leave one observation out, and the shape of their tail; see the docstring of the module."""
    if np.ptp(log_likelihood) == 0:
        return np.zeros_like(log_likelihood), -np.inf
    try:
        log_weight, shape = array_stats.psislw(log_likelihood, r_eff=efficiency, axis=-1)
    except ValueError as error:
        if "tail values are the same" not in str(error):
            raise
        return -log_likelihood, -np.inf
    return log_weight, np.inf if np.isnan(shape) else float(shape)


def _efficiency(by_chain: np.ndarray) -> float:
    """Relative effective sample size of the likelihoods, the median over some observations; (observation, chain, draw)."""
    chosen = by_chain[np.linspace(0, len(by_chain) - 1, min(SAMPLED, len(by_chain))).astype(int)]
    moving = chosen[np.ptp(chosen, axis=(1, 2)) > 0]
    if not len(moving):
        return 1.0
    likelihood = np.exp(moving - moving.max(axis=(1, 2), keepdims=True))
    return float(np.nanmedian(array_stats.ess(likelihood, method="mean", relative=True)))


# Probability integral transforms of discrete observations, each predicted from all the others.

INSIDE = 0.95
SIMULATIONS = 1000
SETS = 100


@dataclass(frozen=True, kw_only=True)
class Pit:
    """Transforms of one observed quantity.

    Parameters
    ----------
    at : (point,) array
        Where the distribution is evaluated, 0 to 1.
    share, low, high : (point,) array
        Share of transforms up to there, the mean over randomisations, and the bands.
    outside : float
        Share of the randomisations that leave the bands somewhere.
    observations : int
    """

    at: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    outside: float
    observations: int

    @property
    def calibrated(self) -> bool:
        """Whether most randomisations stay within the bands."""
        return self.outside <= 0.5

    @property
    def shape(self) -> str:
        """What a departure says, in words."""
        gap = self.share - self.at
        left, right = gap[self.at <= 0.5], gap[self.at > 0.5]
        low, high = left[np.abs(left).argmax()], right[np.abs(right).argmax()]
        if low * high < 0:
            return "predictions are too narrow" if low > 0 else "predictions are too wide"
        return "predictions are too high" if low + high > 0 else "predictions are too low"


def transform(below: np.ndarray, exactly: np.ndarray, rng: np.random.Generator) -> Pit:
    """Compare transforms with uniforms.

    Parameters
    ----------
    below, exactly : (observation,) array
        Leave-one-out probability of less than what was observed, and of exactly that.
    """
    sets = np.clip(below + rng.random((SETS, len(below))) * exactly, 0, 1)
    at, _, low, high = ecdf_pit(sets[0], INSIDE, SIMULATIONS, rng=np.random.default_rng(len(below)))
    shares = np.array([[0.0, *compute_ecdf(one, at[1:-1]), 1.0] for one in sets])
    outside = ((shares < low) | (shares > high)).any(axis=1)
    return Pit(at=at, share=shares.mean(axis=0), low=low, high=high, outside=float(outside.mean()), observations=len(below))


def predictive(log_weight: np.ndarray, log_density: np.ndarray) -> np.ndarray:
    """Leave-one-out probability of a value for every observation, (observation,).

    Parameters
    ----------
    log_weight : (observation, draw) array
        From :func:`forecast.posterior.loo.leave_one_out`.
    log_density : (draw, observation) array
        Log probability of the value.
    """
    found: np.ndarray = np.exp(np.logaddexp.reduce(log_weight + log_density.T, axis=-1))
    return found


# Every value that an observation could have taken, one after the other.

Draws = Mapping[str, np.ndarray]
EVERY = 3
"""Of the draws that are used here: a probability needs fewer than the tail of weights does."""


def below_and_at(component: Component, data: ComponentData, draws: Draws, quantity: str,
                 loo: Loo) -> tuple[np.ndarray, np.ndarray]:
    """Leave-one-out probability of less than what was observed and of exactly that, each (observation,).

    Parameters
    ----------
    quantity : str
        One of the component's ``ordered``; the largest value that needs to be tried is the largest one observed.
    """
    observed = data.array[quantity].ravel()
    below, at = np.zeros(len(observed)), np.zeros(len(observed))
    weight = loo.log_weight[:, ::EVERY] - np.logaddexp.reduce(loo.log_weight[:, ::EVERY], axis=1, keepdims=True)
    some = {name: values[::EVERY] if np.ndim(values) else values for name, values in draws.items()}
    for value, density in _climb(component, data, some, quantity):
        chance = predictive(weight, density)
        below += np.where(observed > value, chance, 0.0)
        at += np.where(observed == value, chance, 0.0)
    return below, at


def _climb(component: Component, data: ComponentData, draws: Draws, quantity: str) -> Iterator[tuple[int, np.ndarray]]:
    array = data.array[quantity]
    for value in range(int(array.max()) + 1):
        filled = replace(data, array={**data.array, quantity: np.full_like(array, value)})
        yield value, component.pointwise(filled, draws)[quantity]
