"""``summary.csv``: every quantity of every scenario by key and window, each with its Monte Carlo error."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from forecast.evaluation.montecarlo import describe
from forecast.evaluation.quantity import Quantity, windows


def summarise(trajectories: Mapping[str, xr.Dataset], quantities: Iterable[Quantity],
              batch: np.ndarray) -> pd.DataFrame:
    """Summarise all scenarios.

    Parameters
    ----------
    trajectories : mapping of str to xarray.Dataset
        Scenario -> sums by year of simulated futures.
    quantities : iterable of Quantity
    batch : (path,) array of int
        From :func:`forecast.evaluation.montecarlo.batch_of`.

    Returns
    -------
    pandas.DataFrame
        Columns scenario, quantity, key, window, unit, of, then the numbers of
        :func:`forecast.evaluation.montecarlo.describe`.
    """
    rows = [row for name, paths in trajectories.items() for row in _rows(name, paths, tuple(quantities), batch)]
    return pd.DataFrame(rows)


def _rows(name: str, paths: xr.Dataset, quantities: tuple[Quantity, ...],
          batch: np.ndarray) -> Iterator[dict[str, object]]:
    for window, part in windows(paths):
        for quantity in quantities:
            values = quantity.values(part).transpose("key", "path")
            of = f"{quantity.of}, predictive over {paths.sizes['path']} simulated futures"
            for key, one in zip(values["key"].to_numpy(), values.to_numpy(), strict=True):
                yield {"scenario": name, "quantity": quantity.name, "key": str(key), "window": window,
                       "unit": quantity.unit, "of": of, **describe(one.astype(float), batch)}
