"""What the posterior says about types, region by region and channel by channel."""

import xarray as xr


def profile(posterior: xr.Dataset) -> xr.Dataset:
    """Log effects of administration types.

    Parameters
    ----------
    posterior : xarray.Dataset
        Draws in one row, with labels.

    Returns
    -------
    xarray.Dataset
        ``type_effect`` (draw, type, region, channel): log rate under a type against the mean of the types, the region's
        deviation included; president and term level are not in it.
    """
    effect = posterior["type_effect"] + posterior["region_type"]
    return xr.Dataset({"type_effect": effect.transpose("draw", "type", "region", "channel")})
