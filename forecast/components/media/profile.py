"""Coverage and tone by administration type and side."""

import numpy as np
import xarray as xr
from scipy.special import expit

from forecast.components.ordinal import cutpoints


def coverage_by_type(posterior: xr.Dataset) -> xr.Dataset:
    """Expected pages of a contact of average rank and outcome 0 in 2009, and the expected tone of a page.

    Returns
    -------
    xarray.Dataset
        ``pages`` and ``tone`` (draw, type, side); tone between -1 and 1.
    """
    log_mean = posterior["pages_base"] + posterior["pages_type_effect"]
    pages = np.exp(log_mean)
    location = posterior["tone_type_effect"].transpose("draw", "type", "side")
    cut = cutpoints(posterior["tone_share"].transpose("draw", "side", "tone").to_numpy())
    below = expit(cut[:, None] - location.to_numpy()[..., None])
    tone = location.copy(data=1 - below[..., 1] - below[..., 0])
    return xr.Dataset({"pages": pages.transpose("draw", "type", "side"), "tone": tone})
