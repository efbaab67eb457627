"""Coverage and tone by administration type and side."""

import numpy as np
import xarray as xr
from scipy.special import expit

from forecast.components.media.recorded import chance_of_record, log_none
from forecast.components.ordinal import cutpoints


def coverage_by_type(posterior: xr.Dataset) -> xr.Dataset:
    """Expected pages of a recorded contact of average rank and outcome 0 at the level of the latest term, and the tone of a page.

    Where a fixed or estimated drift goes on, tone and pages are those without it, as in 2009.

    Returns
    -------
    xarray.Dataset
        ``pages`` and ``tone`` (draw, type, side); tone between -1 and 1.
    """
    mean = np.exp(posterior["pages_base"] + posterior["pages_type_effect"]).transpose("draw", "type", "side")
    no_page = log_none(mean.to_numpy(), posterior["pages_overdispersion"].to_numpy()[:, None, None])
    recorded = chance_of_record(no_page, expit(posterior["elsewhere"].to_numpy())[:, None])
    pages = mean.copy(data=mean.to_numpy() / recorded[..., None])
    location = posterior["tone_type_effect"].transpose("draw", "type", "side")
    cut = cutpoints(posterior["tone_share"].transpose("draw", "side", "tone").to_numpy())
    below = expit(cut[:, None] - location.to_numpy()[..., None])
    tone = location.copy(data=1 - below[..., 1] - below[..., 0])
    return xr.Dataset({"pages": pages, "tone": tone})
