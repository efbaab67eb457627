"""Scores of count forecasts as rows of a table, one per cell and forecaster."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from forecast.evaluation.scores.calibration import LEVEL, calibrated, inside, pit, spread
from forecast.evaluation.scores.counts import CountForecast
from forecast.evaluation.scores.score import crps, log_score

PIT = tuple(f"pit_{place}" for place in range(10))
SCORE = ("crps", "log_score")
"""Losses that every row of counts has."""


def scored(cells: pd.DataFrame, forecasts: Mapping[str, CountForecast], count: np.ndarray) -> pd.DataFrame:
    """Score all forecasters on the same cells.

    Parameters
    ----------
    cells : (cell,) DataFrame
        Labels.
    forecasts : mapping of str to CountForecast
        By forecaster.
    count : (cell,) array of int
        What happened.

    Returns
    -------
    pandas.DataFrame
        Labels, forecaster, count, mean, crps, log_score, below and upto (F(y - 1) and F(y)), by level ``calibrated_*`` and
        ``inside_*``, and the even bins of the transform ``pit_*``.
    """
    return pd.concat([cells.assign(forecaster=name, **_columns(one, count)) for name, one in forecasts.items()],
                     ignore_index=True)


def _columns(forecast: CountForecast, count: np.ndarray) -> dict[str, np.ndarray]:
    below, upto = spread(forecast, count)
    found = {"count": count, "mean": forecast.mean, "q10": forecast.quantile(0.1), "q50": forecast.quantile(0.5),
             "q90": forecast.quantile(0.9), "crps": crps(forecast, count), "log_score": log_score(forecast, count),
             "below": below, "upto": upto}
    for level in LEVEL:
        found[f"calibrated_{100 * level:.0f}"] = calibrated(forecast, count, level)
        found[f"inside_{100 * level:.0f}"] = inside(forecast, count, level)
    return found | dict(zip(PIT, pit(forecast, count).T, strict=True))
