r"""How well a component forecasts each past term from the terms before it.

For every term :math:`j` after the first two, the term and all later ones are left out of the likelihood, the model that is
already compiled is sampled again, and the term's counts are scored:

.. math:: s_j = \log p(n_j \mid n_1, \dots, n_{j-1}) \approx \log \frac{1}{S} \sum_s p(n_j \mid \theta_s).

Exact refits, no approximation: leave-future-out validation (Burkner, Gabry and Vehtari 2020,
doi 10.1080/00949655.2020.1783262).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.special import logsumexp

from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Scored
from forecast.posterior.diagnose import diagnose
from forecast.posterior.posterior import STATS
from forecast.posterior.sampler import SamplerSettings, draw, with_data

if TYPE_CHECKING:
    from nutpie.sample import CompiledModel

EARLIEST = 2
"""The first term that is forecast: fewer than two terms before it say little but the prior."""
EFFORT: Mapping[str, float] = {"draws": 500, "tune": 400}
"""Sampler settings of the refits: a mean over draws needs fewer of them than a tail quantile."""


def term_scores(model: "CompiledModel", component: Scored, data: ComponentData, priors: Mapping[str, Prior],
                settings: SamplerSettings, progress: Callable[[int, int], None] = lambda *_: None) -> xr.Dataset:
    """Score every term but the first two.

    Returns
    -------
    xarray.Dataset
        ``term_score`` (term,): log predictive probability, NaN where a term was not forecast;
        ``term_score_error`` (term,): its Monte Carlo standard error, from the differences between chains;
        ``term_score_rhat`` (term,): largest R-hat of the refit.
    """
    terms = len(data.coord["term"])
    score, error, rhat = np.full((3, terms), np.nan)
    for term in range(EARLIEST, terms):
        before = component.held_out(data, term)
        chains = draw(with_data(model, component, before, priors), component, before, priors, replace(settings, **EFFORT))
        rhat[term] = diagnose(chains).max_rhat
        score[term], error[term] = _log_mean(component.term_density(data, _arrays(chains), term))
        progress(term - EARLIEST + 1, terms - EARLIEST)
    found = {"term_score": score, "term_score_error": error, "term_score_rhat": rhat}
    return xr.Dataset({name: ("term", values) for name, values in found.items()})


def _log_mean(density: np.ndarray) -> tuple[float, float]:
    """Log of the mean of exp(density) over (chain, draw), and its standard error by the delta method."""
    chain = logsumexp(density, axis=1) - np.log(density.shape[1])
    mean = float(logsumexp(chain) - np.log(len(chain)))
    return mean, float(np.exp(chain - mean).std(ddof=1) / np.sqrt(len(chain)))


def _arrays(chains: xr.Dataset) -> dict[str, np.ndarray]:
    """Draws of every parameter, each (chain, draw, ...)."""
    return {str(name): values.to_numpy() for name, values in chains.data_vars.items()
            if "draw" in values.dims and name not in STATS}
