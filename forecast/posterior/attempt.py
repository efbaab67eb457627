r"""Draws of one component that pass the gates where a second attempt can make them pass.

Past terms
----------
How well a component forecasts each of them from the terms before it.

For every term :math:`j` after the first two, the term and all later ones are left out of the likelihood, the model that is
already compiled is sampled again, and the term's counts are scored:

.. math:: s_j = \log p(n_j \mid n_1, \dots, n_{j-1}) \approx \log \frac{1}{S} \sum_s p(n_j \mid \theta_s).

Exact refits, no approximation: leave-future-out validation (Burkner, Gabry and Vehtari 2020,
doi 10.1080/00949655.2020.1783262).

Convergence of every parameter, and of the sampler's energy
-----------------------------------------------------------
Rank-normalised split :math:`\hat R`, bulk and tail effective sample sizes, Monte Carlo errors of the mean and the standard
deviation (Vehtari et al. 2021, doi 10.1214/20-BA1221); energy Bayesian fraction of missing information per chain,

.. math:: \mathrm{E\text{-}BFMI} = \frac{\sum_n (E_n - E_{n-1})^2}{\sum_n (E_n - \bar E)^2},

low where the momenta drawn do not carry the sampler through the tails (Betancourt 2016, doi 10.48550/arXiv.1604.00695).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import arviz_stats
import numpy as np
import pandas as pd
import xarray as xr
from arviz_stats.base import array_stats
from scipy.special import logsumexp

from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Effort, Fitted, Scored
from forecast.posterior.groups import scalars
from forecast.posterior.posterior import STATS, Gates, Posterior
from forecast.posterior.sampler import Progress, SamplerSettings, draw, with_data

if TYPE_CHECKING:
    from nutpie.sample import CompiledModel


AGAIN, SHORTER_STEPS = 2, 0.97
"""Of a second attempt: how many times the draws, and the acceptance that the steps are tuned to."""


class Count:
    """Iterations of all that a fit draws, told as one count.

    Parameters
    ----------
    tell : callable, optional
        Called with iterations done and iterations in all: with none as the count is made, with all by :meth:`end` alone.
    component, data, settings
        Of the fit.
    """

    def __init__(self, tell: Progress | None, component: Fitted, data: ComponentData, settings: SamplerSettings) -> None:
        self._tell, self._before, self._coming = tell, 0, settings.iterations
        if _scored(component, settings):
            self._coming += _refit(settings).iterations * max(0, len(data.coord["term"]) - EARLIEST)
        self._say(0)

    def part(self, settings: SamplerSettings, *, unforeseen: bool = False) -> Progress:
        """What to give to :func:`~forecast.posterior.sampler.draw` next; an `unforeseen` part makes the whole longer."""
        begin = self._before
        self._before += settings.iterations
        self._coming += settings.iterations if unforeseen else 0
        return lambda done, _: self._say(min(begin + done, self._coming - 1))

    def end(self) -> None:
        """All is done, what follows the drawing too."""
        self._say(self._coming)

    def _say(self, done: int) -> None:
        if self._tell is not None:
            self._tell(done, self._coming)


def attempted(model: "CompiledModel", component: Fitted, data: ComponentData, priors: Mapping[str, Prior],
              settings: SamplerSettings, count: Count) -> tuple[xr.Dataset, Gates]:
    """Draw, and once more with ``AGAIN`` times the draws and shorter steps where a gate fails; where the component is a member
    of a pool, with its scores of past terms, if the settings ask for them.
    """
    chains = draw(model, component, data, priors, settings, count.part(settings))
    gates = diagnose(chains)
    if gates.failures:
        longer = replace(settings, draws=AGAIN * settings.draws, target_accept=SHORTER_STEPS)
        chains = draw(model, component, data, priors, longer, count.part(longer, unforeseen=True))
        gates = diagnose(chains)
    if _scored(component, settings):
        chains = chains.merge(term_scores(model, cast(Scored, component), data, priors, settings, count))
    return chains, gates


def _scored(component: Fitted, settings: SamplerSettings) -> bool:
    return settings.past_terms and hasattr(component, "held_out")


# How well a component forecasts each past term from the terms before it.

EARLIEST = 2
"""The first term that is forecast: fewer than two terms before it say little but the prior."""
EFFORT: Effort = {"draws": 500, "tune": 400}
"""Sampler settings of the refits: a mean over draws needs fewer of them than a tail quantile."""


def term_scores(model: "CompiledModel", component: Scored, data: ComponentData, priors: Mapping[str, Prior],
                settings: SamplerSettings, count: Count) -> xr.Dataset:
    """Score every term but the first two.

    Returns
    -------
    xarray.Dataset
        ``term_score`` (term,): log predictive probability, NaN where a term was not forecast;
        ``term_score_error`` (term,): its Monte Carlo standard error, from the differences between chains;
        ``term_score_rhat`` (term,): largest R-hat of the refit. Of a fit to several dyads the first two are of each of them,
        (record, term), so that a pool's weights are those of the dyad that is forecast; beside them those of all records
        together, ``term_score_together`` (term,) with its error.
    """
    terms, effort = len(data.coord["term"]), _refit(settings)
    named: dict[str, list[Any]] = {"term_score": [], "term_score_error": [], "term_score_rhat": []}
    for term in range(EARLIEST, terms):
        before = component.held_out(data, term)
        chains = draw(with_data(model, component, before, priors), component, before, priors, effort, count.part(effort))
        named["term_score_rhat"].append(_largest_rhat(chains))
        for name, density in component.term_density(data, _arrays(chains), term).items():
            for found, values in zip((name, f"{name}_error"), _log_mean(density), strict=True):
                named.setdefault(found, []).append(values)
    return xr.Dataset({name: _over_terms(values, terms) for name, values in named.items()})


def _refit(settings: SamplerSettings) -> SamplerSettings:
    return replace(settings, **EFFORT)


def _over_terms(found: list[Any], terms: int) -> xr.DataArray:
    """Values of the terms that were forecast, (term,) or (record, term), NaN before them."""
    values = np.array(found, float)
    whole = np.full((terms, *values.shape[1:]), np.nan)
    whole[terms - len(values):] = values
    return xr.DataArray(np.moveaxis(whole, 0, -1), dims=("record", "term")[2 - whole.ndim:])


def _log_mean(density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log of the mean of exp(density) over (chain, draw) of (chain, draw, ...), and its standard error by the delta method."""
    chain = logsumexp(density, axis=1) - np.log(density.shape[1])
    mean = logsumexp(chain, axis=0) - np.log(len(chain))
    return mean, np.exp(chain - mean).std(axis=0, ddof=1) / np.sqrt(len(chain))


def _arrays(chains: xr.Dataset) -> dict[str, np.ndarray]:
    """Draws of every parameter, each (chain, draw, ...)."""
    return {str(name): values.to_numpy() for name, values in chains.data_vars.items()
            if "draw" in values.dims and name not in STATS}


# Compute the diagnostics that the gates judge, over every parameter of a posterior.

def diagnose(posterior: xr.Dataset) -> Gates:
    """Diagnostics over every parameter of a posterior with axes (chain, draw, ...).

    What is zero in every draw is so by construction (the latest level of a walk) and has no diagnostics; a sampler that is
    stuck anywhere else fails them.

    Parameters
    ----------
    posterior : xarray.Dataset
        As returned by :func:`forecast.posterior.sampler.sample`.
    """
    dataset, zero = _sampled(posterior)
    with np.errstate(invalid="ignore"):  # of levels that are zero by construction
        found = (arviz_stats.rhat(dataset), arviz_stats.ess(dataset, method="bulk"),
                 arviz_stats.ess(dataset, method="tail", prob=(0.05, 0.95)))
    rhat, bulk, tail = ({name: value for name, value in _flat(values).items() if name not in zero} for values in found)
    worst_rhat = max(rhat, key=lambda name: np.nan_to_num(rhat[name], nan=np.inf))
    worst_bulk, worst_tail = (min(ess, key=lambda name: np.nan_to_num(ess[name], nan=-np.inf)) for ess in (bulk, tail))
    return Gates(
        max_rhat=rhat[worst_rhat], max_rhat_at=worst_rhat, min_ess_bulk=bulk[worst_bulk], min_ess_bulk_at=worst_bulk,
        min_ess_tail=tail[worst_tail], min_ess_tail_at=worst_tail,
        divergences=int(posterior["diverging"].sum()), parameters=len(rhat))


def _sampled(posterior: xr.Dataset) -> tuple[xr.Dataset, set[str]]:
    """What was sampled, and the names of values that are zero in every draw."""
    sampled = [name for name in posterior.data_vars if "draw" in posterior[name].dims and name not in STATS]
    dataset = posterior[sampled].load()
    return dataset, {name for name, values in _flat(abs(dataset).max(("chain", "draw"))).items() if values == 0}


def _largest_rhat(posterior: xr.Dataset) -> float:
    """That of :func:`diagnose`, without the effective sample sizes, which take most of its time."""
    dataset, zero = _sampled(posterior)
    with np.errstate(invalid="ignore"):  # of levels that are zero by construction
        found = _flat(arviz_stats.rhat(dataset))
    return max((value for name, value in found.items() if name not in zero), key=lambda value: np.nan_to_num(value, nan=np.inf))


def _flat(values: xr.Dataset) -> dict[str, float]:
    """Values by ``name[index]``."""
    return {f"{name}{list(index) if index else ''}": float(value)
            for name in values.data_vars for index, value in np.ndenumerate(values[name].to_numpy())}


# Convergence of every parameter, and of the sampler's energy.

MIN_BFMI = 0.3
LARGEST_MCSE = 0.05
"""Of a posterior standard deviation: twenty times the error still fits into it (400 effective draws)."""


def convergence(posterior: Posterior) -> pd.DataFrame:
    """One row per parameter.

    Returns
    -------
    DataFrame
        Columns component, parameter, mean, sd, rhat, ess_bulk, ess_tail, mcse_mean, mcse_sd, mcse_over_sd.
    """
    found = scalars(posterior.chains, posterior.coord)
    array = np.stack(list(found.values()))
    table = pd.DataFrame({
        "component": posterior.component, "parameter": list(found), "mean": array.mean(axis=(1, 2)),
        "sd": array.std(axis=(1, 2), ddof=1), "rhat": array_stats.rhat(array),
        "ess_bulk": array_stats.ess(array, method="bulk"), "ess_tail": array_stats.ess(array, method="tail", prob=(0.05, 0.95)),
        "mcse_mean": array_stats.mcse(array, method="mean"), "mcse_sd": array_stats.mcse(array, method="sd"),
    })
    return table.assign(mcse_over_sd=table["mcse_mean"] / table["sd"])


def energy(posterior: Posterior) -> pd.DataFrame:
    """One row per chain: component, chain, bfmi, divergences.

    A posterior without energies (of an older form) has NaN.
    """
    chains = posterior.chains
    divergent = chains["diverging"].transpose("chain", "draw").to_numpy().sum(axis=1)
    bfmi = (array_stats.bfmi(chains["energy"].transpose("chain", "draw").to_numpy()) if "energy" in chains
            else np.full(len(divergent), np.nan))
    return pd.DataFrame({"component": posterior.component, "chain": np.arange(len(divergent)), "bfmi": np.ravel(bfmi),
                         "divergences": divergent})
