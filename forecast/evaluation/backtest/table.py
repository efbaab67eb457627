"""What a backtest says in one table: mean loss, skill against the best baseline with its interval and p, and coverage."""

from collections.abc import Sequence

import pandas as pd

from forecast.errors import ForecastError
from forecast.evaluation.scores.calibration import LEVEL
from forecast.evaluation.scores.skill import skill

COVERAGE = tuple(f"calibrated_{100 * level:.0f}" for level in LEVEL)
COLUMNS = ("measure", "loss_name", "forecaster", "loss", "baseline", "skill", "low", "high", "p", "cells", "terms")
"""``low`` and ``high``: t interval over terms, empty where there is one; ``p``: sign flips of terms."""


def skill_table(scores: pd.DataFrame, loss: str, baselines: Sequence[str], *, measure: str, key: Sequence[str]) -> pd.DataFrame:
    """Mean loss of every forecaster, and its skill against the baseline with the lowest mean loss on these cells.

    That baseline was not known beforehand to be the best one: it is the hardest choice, and the skill of other baselines
    against it is negative by construction. Intervals and p do not know of the choice: they are on the safe side for a forecaster
    who is better, and too narrow and too small for one who is worse.

    Parameters
    ----------
    scores : DataFrame
        One row per cell and forecaster.
    loss : str
        Column of the loss.
    key : sequence of str
        Columns that tell cells apart.

    Raises
    ------
    ForecastError
        Where forecasters were scored on different cells, or none on any.
    """
    if scores.empty:
        raise ForecastError(f"Nothing was scored for {measure}.")
    wide = scores.pivot(index=list(key), columns="forecaster", values=loss)
    if wide.isna().any(axis=None):
        missing = wide.columns[wide.isna().any()].tolist()
        raise ForecastError(f"{measure}: not every forecaster was scored on every cell ({', '.join(missing)}).")
    best = wide[list(baselines)].mean().idxmin()
    term = wide.index.to_frame(index=False).set_axis(wide.index)["term"]
    rows = []
    for name in wide.mean().sort_values().index:
        found = skill(wide[name], wide[best], term)
        rows.append((measure, loss, name, wide[name].mean(), best, found.skill, found.low, found.high, found.p, found.cells,
                     found.terms))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def coverage_table(scores: pd.DataFrame, by: Sequence[str] = ("forecaster",)) -> pd.DataFrame:
    """Mean calibrated coverage by forecaster, and that of whole-count intervals."""
    columns = [*COVERAGE, *(name.replace("calibrated", "inside") for name in COVERAGE)]
    return scores.groupby(list(by), sort=False)[columns].mean().reset_index()
