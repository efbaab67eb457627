"""Monthly futures gathered into quarters or years."""

import numpy as np
import pandas as pd
import xarray as xr

from forecast.dims import MONTH, PATH
from forecast.report.content import ReportContent
from forecast.report.rows import draw_quantiles


def month_share(content: ReportContent, name: str) -> np.ndarray:
    """Share of each month inside the term, shape (month,): inauguration day cuts the first one."""
    run = content.trajectories[name]
    return run["month_share"].to_numpy() if "month_share" in run else np.ones(run.sizes[MONTH])


def step_quantiles(future: xr.DataArray, step: str, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over quarters or years: middles of the steps (step,) and quantiles over paths (step, 5).

    `share` (month,) weighs the months, so that a cut month does not count as a whole one.
    """
    month = pd.DatetimeIndex(future[MONTH].values)
    label = month.year + ((month.quarter - 0.5) / 4 if step == "quarter" else 0.5)
    values = future.transpose(PATH, MONTH).to_numpy() * share
    starts = np.flatnonzero(np.r_[True, np.diff(label) > 0])
    size = np.add.reduceat(share, starts)
    return label[starts].to_numpy(), draw_quantiles(np.add.reduceat(values, starts, axis=1) / size)
