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
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats

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
    return min(1 - 1 / np.log10(draws), 0.7)


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
