"""``contrast.csv``: what differs between two scenarios, and from what the difference is made.

Three pairings say three things. *expected*: the difference of expected values given the parameters, what the
administrations themselves change, with the shocks of the coming term shared. *paired*: path by path with common random
numbers, so that only what the scenarios change differs. *independent*: two futures with the same parameters and
unrelated shocks, what an observer of one of them would see set against the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from forecast.evaluation.montecarlo import describe, probability
from forecast.evaluation.quantity import Quantity, windows

OF = {
    "expected": "difference of expected values given the parameters",
    "paired": "difference path by path with common random numbers",
    "independent": "difference of two futures with independent shocks",
}


def contrast(trajectories: Mapping[str, xr.Dataset], expected: Mapping[str, Mapping[str, xr.DataArray]],
             quantities: Sequence[Quantity], batch: np.ndarray, draws: int) -> pd.DataFrame:
    """Differences between all pairs of scenarios over the whole horizon.

    Parameters
    ----------
    trajectories : mapping of str to xarray.Dataset
        Scenario -> sums by year of simulated futures, with common random numbers.
    expected : mapping of str to mapping of str to xarray.DataArray
        Scenario -> quantity -> expected values given the parameters, (path, key).
    quantities : sequence of Quantity
    batch : (path,) array of int
        From :func:`forecast.evaluation.montecarlo.batch_of`.
    draws : int
        Paths this far apart share their parameters and nothing else.

    Returns
    -------
    pandas.DataFrame
        Columns first, second, quantity, key, window, unit, of, pairing, the numbers of
        :func:`forecast.evaluation.montecarlo.describe`, p_greater = P(first > second) + P(first = second) / 2,
        and its error.
    """
    rows: list[dict[str, object]] = []
    for first, second in combinations(trajectories, 2):
        window, _ = next(windows(trajectories[first]))
        for quantity in quantities:
            head = {"first": first, "second": second, "quantity": quantity.name, "window": window,
                    "unit": quantity.unit}
            if quantity.name in expected[first]:
                given = (expected[name][quantity.name] for name in (first, second))
                rows += _rows(head, *given, ("expected",), batch, draws)
            values = (quantity.values(trajectories[name]) for name in (first, second))
            rows += _rows(head, *values, ("paired", "independent"), batch, draws)
    return pd.DataFrame(rows)


def _rows(head: Mapping[str, str], first: xr.DataArray, second: xr.DataArray, pairings: tuple[str, ...],
          batch: np.ndarray, draws: int) -> Iterator[dict[str, object]]:
    shift = draws if draws < first.sizes["path"] else first.sizes["path"] // 2
    for key in first["key"].to_numpy():
        one, other = (values.sel(key=key).to_numpy().astype(float) for values in (first, second))
        for pairing in pairings:
            difference = one - (np.roll(other, -shift) if pairing == "independent" else other)
            known = ~np.isnan(difference)
            greater = (difference[known] > 0) + 0.5 * (difference[known] == 0)
            p, error = probability(greater, batch[known])
            of = f"{OF[pairing]}, {int(known.sum())} pairs"
            yield {**head, "key": str(key), "of": of, "pairing": pairing, **describe(difference, batch),
                   "p_greater": p, "p_greater_mcse": error}
