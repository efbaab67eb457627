"""Compute the diagnostics that the gates judge, over every parameter of a posterior."""

import arviz_stats
import numpy as np
import xarray as xr

from forecast.posterior.gates import Gates
from forecast.posterior.posterior import STATS


def diagnose(posterior: xr.Dataset) -> Gates:
    """Diagnostics over every parameter of a posterior with axes (chain, draw, ...).

    What is zero in every draw is so by construction (the latest level of a walk) and has no diagnostics; a sampler that is
    stuck anywhere else fails them.

    Parameters
    ----------
    posterior : xarray.Dataset
        As returned by :func:`forecast.posterior.sampler.sample`.
    """
    sampled = [name for name in posterior.data_vars if "draw" in posterior[name].dims and name not in STATS]
    dataset = posterior[sampled].load()
    zero = {name for name, values in _flat(abs(dataset).max(("chain", "draw"))).items() if values == 0}
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


def _flat(values: xr.Dataset) -> dict[str, float]:
    """Values by ``name[index]``."""
    return {f"{name}{list(index) if index else ''}": float(value)
            for name in values.data_vars for index, value in np.ndenumerate(values[name].to_numpy())}

