"""Both tables of a run from its trajectories."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import xarray as xr

from forecast.evaluation.contrast import contrast
from forecast.evaluation.montecarlo import batch_of
from forecast.evaluation.quantity import QUANTITY, Quantity, index_of, yearly
from forecast.evaluation.summary import summarise
from forecast.simulation.relation_index import WeightSet


@dataclass(frozen=True, kw_only=True)
class Tables:
    """``summary.csv`` and ``contrast.csv``; the second is empty for a single scenario."""

    summary: pd.DataFrame
    contrast: pd.DataFrame


def tables(trajectories: Mapping[str, xr.Dataset], expected: Mapping[str, Mapping[str, xr.DataArray]],
           weights: Mapping[str, tuple[WeightSet, float]], draws: int) -> Tables:
    """Summarise and contrast all scenarios of a run.

    Parameters
    ----------
    trajectories : mapping of str to xarray.Dataset
        Scenario -> simulated futures with ``month_share`` (month), the observed share of each month.
    expected : mapping of str to mapping of str to xarray.DataArray
        Scenario -> quantity -> expected values given the parameters, (path, key).
    weights : mapping of str to (WeightSet, float)
        Name -> weights of the relation index and their base level.
    draws : int
        Draws after which paths repeat their parameters.
    """
    index = Quantity(name="relation_index", unit="index, 2017-2024 mean = 100", of="mean relation index",
                     values=index_of(weights))
    quantities = (*QUANTITY, index)
    years = {name: yearly(paths) for name, paths in trajectories.items()}
    batch = batch_of(next(iter(years.values())).sizes["path"], draws)
    return Tables(summary=summarise(years, quantities, batch),
                  contrast=contrast(years, expected, quantities, batch, draws))
