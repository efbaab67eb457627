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


def past_means(series: pd.Series, step: str) -> pd.Series:
    """Means of a monthly record by quarter or year, indexed by the middle of the step.

    Steps of which less than two thirds are on record are left out: one month is no year.
    """
    groups = series.groupby(_middle(pd.DatetimeIndex(series.index), step))
    return groups.mean()[groups.size() >= (2 if step == "quarter" else 8)]


def _middle(month: pd.DatetimeIndex, step: str) -> pd.Index:
    """Middle of the quarter or year of each month, as a decimal year, shape (month,)."""
    return month.year + ((month.quarter - 0.5) / 4 if step == "quarter" else 0.5)


def step_quantiles(future: xr.DataArray, step: str, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over quarters or years: middles of the steps (step,) and quantiles over paths (step, 5).

    `share` (month,) weighs the months, so that a cut month does not count as a whole one.
    """
    label = _middle(pd.DatetimeIndex(future[MONTH].values), step)
    values = future.transpose(PATH, MONTH).to_numpy() * share
    starts = np.flatnonzero(np.r_[True, np.diff(label) > 0])
    size = np.add.reduceat(share, starts)
    return label[starts].to_numpy(), draw_quantiles(np.add.reduceat(values, starts, axis=1) / size)
