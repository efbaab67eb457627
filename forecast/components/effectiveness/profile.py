"""Outcomes by administration type."""

import numpy as np
import xarray as xr
from scipy.special import expit

from forecast.components.effectiveness.model import MECHANISM
from forecast.components.ordinal import cutpoints


def outcome_by_type(posterior: xr.Dataset) -> xr.Dataset:
    """Outcome shares of a contact of average rank in 2009, mechanism integrated out.

    Returns
    -------
    xarray.Dataset
        ``share`` (draw, type, outcome), summing to one over outcomes.
    """
    member = xr.apply_ufunc(expit, posterior["mechanism_base"] + posterior["mechanism_type_effect"])
    outside, inside = (_shares(posterior, label) for label in MECHANISM)
    share = member * inside + (1 - member) * outside
    return xr.Dataset({"share": share.transpose("draw", "type", "outcome")})


def _shares(posterior: xr.Dataset, mechanism: str) -> xr.DataArray:
    location = posterior["type_effect"].transpose("draw", "type").to_numpy()
    cut = cutpoints(posterior["outcome_share"].sel(mechanism=mechanism, drop=True).transpose("draw", "outcome").to_numpy())
    below = expit(cut[:, None, :] - location[:, :, None])
    edge = np.ones((*location.shape, 1))
    share = np.diff(np.concatenate([0 * edge, below, edge], axis=-1), axis=-1)
    coords = {"type": posterior["type"], "outcome": posterior["outcome"]}
    return xr.DataArray(share, dims=("draw", "type", "outcome"), coords=coords)
