"""``summary.csv``: every quantity of every scenario by key and window, each with its Monte Carlo error."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

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
    families = tuple(quantities)
    cells = [(name, window, part, quantity) for name, paths in trajectories.items()
             for window, part in windows(paths) for quantity in families]
    with ThreadPoolExecutor(2) as pool:  # sorting leaves the interpreter free
        return pd.DataFrame([row for rows in pool.map(lambda cell: _rows(*cell, batch), cells) for row in rows])


def _rows(name: str, window: str, part: xr.Dataset, quantity: Quantity, batch: np.ndarray) -> list[dict[str, object]]:
    """One row per key of a quantity in a window."""
    values = quantity.values(part).transpose("key", "path")
    head = {"scenario": name, "quantity": quantity.name}
    tail = {"window": window, "unit": quantity.unit,
            "of": f"{quantity.of}, predictive over {part.sizes['path']} simulated futures"}
    return [{**head, "key": str(key), **tail, **describe(one.astype(float), batch)}
            for key, one in zip(values["key"].to_numpy(), values.to_numpy(), strict=True)]
