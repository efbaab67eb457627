r"""Sensitivity to power-scaling: how far a posterior moves when its prior, or its likelihood, counts a little more or less.

Posterior draws are re-weighted to :math:`p(\theta \mid y)\, p_b(\theta)^{\alpha - 1}` for a block :math:`b` of the prior (or the
likelihood in its place), with :math:`\alpha` just below and above one, and the sensitivity is the gradient of the cumulative
Jensen-Shannon distance to the posterior with respect to :math:`\log_2 \alpha` (Kallioinen, Paananen, Buerkner and Vehtari
2024, doi 10.1007/s11222-023-10366-5). For a normal posterior 0.05 is a mean that moves at the pace of a quarter of a standard
deviation when :math:`\alpha` is doubled.

A density that is the same in every draw, such as that of a flat Dirichlet prior, moves nothing whatever its power: sensitivity to
it is zero. Where all draws of the tail share the largest weight, the weights are used as they are: they are bounded.

Log prior densities of a component's top-level parameters from their draws, gathered in blocks
----------------------------------------------------------------------------------------------
Only parameters to which a prior file gives a distribution are scaled. Effects that share a scale have a prior given that
scale; it belongs to the model as much as to the prior, and scaling it would scale the shrinkage itself (Kallioinen,
Paananen, Buerkner and Vehtari 2024, doi 10.1007/s11222-023-10366-5). A joint normal of types and named presidents is a
distribution that the file gives: it is scaled, and the priors in whose place it stands are left out.

What the data added to the prior, parameter by parameter
--------------------------------------------------------
Overlap is the mass that prior and posterior share, :math:`\int \min(p(\theta), p(\theta \mid y))\, d\theta` (Garrett and
Zeger 2000, doi 10.1111/j.0006-341X.2000.01055.x), over bins of equal prior probability; contraction is
:math:`1 - \mathrm{var}(\theta \mid y) / \mathrm{var}(\theta)` (Betancourt 2018, doi 10.48550/arXiv.1803.08393). Overlap near
one says that the data hardly spoke; near zero, that they moved the parameter to where the prior did not look for it.
"""

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats.base import array_stats
from scipy.stats import beta, halfnorm, norm

from forecast.components.covariates import AXIS, COVARIATES
from forecast.components.covariates import EFFECT as COVARIATE_EFFECT
from forecast.components.covariates import chosen as covariates
from forecast.components.joint import PARAMETER, idle, is_joint, log_density
from forecast.components.priors import Prior
from forecast.components.protocol import Component, ComponentData
from forecast.posterior.groups import rows, scalars
from forecast.posterior.posterior import Posterior

THRESHOLD = 0.05
ALPHA = (0.99, 1.01)

CONFLICT, STRONG, FINE = "prior-data conflict", "strong prior or weak likelihood", "data decide"
WEAK = "data hardly speak"


def sensitivity(quantity: Mapping[str, np.ndarray], blocks: Mapping[str, np.ndarray],
                likelihood: np.ndarray) -> pd.DataFrame:
    """Sensitivity of each quantity to every block of the prior, to the whole prior and to the likelihood.

    Parameters
    ----------
    quantity : mapping of str to (chain, draw) array
        What may move.
    blocks : mapping of str to (chain, draw) array
        Log prior density of each block.
    likelihood : (chain, draw) array
        Log likelihood of all data.

    Returns
    -------
    DataFrame
        Columns quantity, prior, likelihood, diagnosis, strongest_block, then ``prior_<block>``.
    """
    weights = {f"prior_{name}": _weights(values) for name, values in blocks.items()}
    weights |= {"prior": _weights(reduce(np.add, blocks.values())), "likelihood": _weights(likelihood)}
    found = []
    for name, values in quantity.items():
        row = {key: _sensitivity(values, *pair) for key, pair in weights.items()}
        worst = max((f"prior_{block}" for block in blocks), key=row.__getitem__)
        found.append({"quantity": name, **row, "strongest_block": worst.removeprefix("prior_"),
                      "diagnosis": diagnosis(row["prior"], row["likelihood"])})
    order = ["quantity", "prior", "likelihood", "diagnosis", "strongest_block", *(f"prior_{block}" for block in blocks)]
    return pd.DataFrame(found, columns=order)


def diagnosis(prior: float, likelihood: float) -> str:
    """Name of the pattern of two sensitivities (Kallioinen et al. 2024, table 1)."""
    if prior >= THRESHOLD:
        return CONFLICT if likelihood >= THRESHOLD else STRONG
    return FINE if likelihood >= THRESHOLD else WEAK


def _weights(density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normalised weights (chain, draw) for the lower and the upper power."""
    log_weight = (_log_weight(density, alpha) for alpha in ALPHA)
    return tuple(np.exp(one - one.max()) / np.exp(one - one.max()).sum() for one in log_weight)


def _log_weight(density: np.ndarray, alpha: float) -> np.ndarray:
    if np.ptp(density) == 0:
        return np.zeros_like(density)
    try:
        found: np.ndarray = array_stats.power_scale_lw(density, alpha=alpha, axis=(-2, -1))
        return found
    except ValueError as error:
        if "tail values are the same" not in str(error):
            raise
        return (alpha - 1) * density


def _sensitivity(values: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    if np.ptp(values) == 0 or (np.ptp(lower) == 0 and np.ptp(upper) == 0):
        return 0.0  # nothing that moves, or nothing that moves it
    return float(array_stats.power_scale_sense(values, lower, upper, *ALPHA))


# Log prior densities of a component's top-level parameters from their draws, gathered in blocks.

DENSITY = {
    "normal": lambda prior, value: norm.logpdf(value, prior.mu, prior.sigma),
    "half_normal": lambda prior, value: halfnorm.logpdf(value, scale=prior.sigma),
    "beta": lambda prior, value: beta.logpdf(value, prior.alpha, prior.beta),
    "dirichlet": lambda prior, value: ((np.array(prior.concentration) - 1) * np.log(value)).sum(axis=-1),  # less a constant
}


def log_prior(component: Component, priors: Mapping[str, Prior], named: Mapping[str, np.ndarray],
              coord: Mapping[str, tuple[str, ...]]) -> dict[str, np.ndarray]:
    """Log prior density of every parameter that a likelihood touches.

    Parameters
    ----------
    named : mapping of str to (draw, ...) array
        Draws by name.
    coord : mapping of str to tuple of str
        Labels of their axes.

    Returns
    -------
    dict of str to (draw,) array
        By parameter, summed over its elements.
    """
    without = {*component.assumed, *idle(priors)}
    found = {name: _total(prior, named[name]) for name, prior in priors.items()
             if prior.distribution in DENSITY and name not in without}
    if is_joint(priors):
        found[PARAMETER] = log_density(priors, coord, named["type_effect"], named["president_effect"])
    if spread := covariates(priors):
        sigma = np.array([spread[name] for name in coord[AXIS]])
        found[COVARIATES] = np.asarray(norm.logpdf(named[COVARIATE_EFFECT], scale=sigma)).sum(axis=1)
    return found


def by_block(component: Component, density: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Sums over the parameters of each block of a component, (draw,)."""
    found: dict[str, np.ndarray] = {}
    for name, values in density.items():
        found[component.block_of(name)] = found.get(component.block_of(name), 0.0) + values
    return found


def _total(prior: Prior, value: np.ndarray) -> np.ndarray:
    value = np.asarray(value, float)
    density = DENSITY[prior.distribution](prior, value)
    found: np.ndarray = density.reshape(len(value), -1).sum(axis=1)
    return found


# Quantities whose sensitivity matters: what the forecast and its contrast are made of.

EFFECT = ("type_effect", "president_effect")


def quantities(component: Component, data: ComponentData, posterior: Posterior) -> dict[str, np.ndarray]:
    """Effects of types and presidents, top-level parameters, profiles for people, and what the component asks for besides, each
    (chain, draw).
    """
    chains = posterior.chains
    effects = [name for name in map(str, chains.data_vars) if name.endswith(EFFECT)]
    found = scalars(chains, posterior.coord, [*effects, *top_level(component, chains)])
    profile = _unstacked(component.profile(posterior.draws), chains.sizes["chain"])
    return found | scalars(profile, posterior.coord) | scalars(_own(component, data, chains), posterior.coord)


def top_level(component: Component, chains: xr.Dataset) -> list[str]:
    """Parameters to which a prior file gives a distribution and that a likelihood touches."""
    return [name for name in (*component.needs, COVARIATE_EFFECT)
            if name in chains and "draw" in chains[name].dims and name not in component.assumed]


def _own(component: Component, data: ComponentData, chains: xr.Dataset) -> xr.Dataset:
    """What the component itself asks for, such as rates."""
    count = chains.sizes["chain"]
    return xr.Dataset({name: (("chain", "draw", *axes), values.reshape(count, -1, *values.shape[1:]))
                       for name, (axes, values) in component.quantities(data, rows(chains)).items()})


def _unstacked(profile: xr.Dataset, chains: int) -> xr.Dataset:
    """Draws in which chains alternate back on two axes."""
    found: Mapping[str, tuple[Any, ...]] = {
        str(name): (("chain", "draw", *values.dims[1:]),
                    np.swapaxes(values.to_numpy().reshape(-1, chains, *values.shape[1:]), 0, 1))
        for name, values in profile.transpose("draw", ...).data_vars.items()}
    return xr.Dataset(found)


# What the data added to the prior, parameter by parameter.

BINS = 20
LOW, HIGH = 0.1, 0.9
"""Of overlap: below, the posterior lies where the prior expected little; above, the data are hardly informative."""


def overlap(prior: np.ndarray, posterior: np.ndarray) -> float:
    """Mass that two samples share, 0 to 1; each (draw,). Sampling noise takes about two hundredths off."""
    edge = np.quantile(prior, np.linspace(0, 1, BINS + 1)[1:-1])
    shares = (np.bincount(np.searchsorted(edge, values), minlength=BINS) / len(values) for values in (prior, posterior))
    return float(np.minimum(*shares).sum())


def prior_to_posterior(prior: dict[str, np.ndarray], posterior: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row per parameter that both know.

    Returns
    -------
    DataFrame
        Columns parameter, prior_mean, prior_sd, posterior_mean, posterior_sd, shift (of the mean, in prior standard
        deviations), contraction, overlap.
    """
    found = []
    for name in posterior:
        before, after = np.ravel(prior[name]), np.ravel(posterior[name])
        sd, sd_after = before.std(ddof=1), after.std(ddof=1)
        found.append({"parameter": name, "prior_mean": before.mean(), "prior_sd": sd, "posterior_mean": after.mean(),
                      "posterior_sd": sd_after, "shift": (after.mean() - before.mean()) / sd,
                      "contraction": 1 - (sd_after / sd) ** 2, "overlap": overlap(before, after)})
    return pd.DataFrame(found)
