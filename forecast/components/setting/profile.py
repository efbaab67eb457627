"""Directions of contacts by administration type."""

import xarray as xr
from scipy.special import softmax


def direction_by_type(posterior: xr.Dataset) -> xr.Dataset:
    """Shares of the directions for a contact of average rank in 2009, ``share`` (draw, type, direction)."""
    logit = (posterior["base"] + posterior["type_effect"]).transpose("draw", "type", "direction")
    return xr.Dataset({"share": logit.copy(data=softmax(logit.to_numpy(), axis=-1))})
