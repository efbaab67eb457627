r"""Convergence of every parameter, and of the sampler's energy.

Rank-normalised split :math:`\hat R`, bulk and tail effective sample sizes, Monte Carlo errors of the mean and the standard
deviation (Vehtari et al. 2021, doi 10.1214/20-BA1221); energy Bayesian fraction of missing information per chain,

.. math:: \mathrm{E\text{-}BFMI} = \frac{\sum_n (E_n - E_{n-1})^2}{\sum_n (E_n - \bar E)^2},

low where the momenta drawn do not carry the sampler through the tails (Betancourt 2016, doi 10.48550/arXiv.1604.00695).
"""

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats

from forecast.posterior.posterior import Posterior
from forecast.posterior.trust.parameters import scalars

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
