"""``contrast.csv``: what differs between two scenarios, and from what the difference is made.

Three pairings say three things. *expected*: the difference of expected values given the parameters, what the
administrations themselves change, with the shocks of the coming term shared. *paired*: path by path with common random
numbers, so that only what the scenarios change differs. *independent*: two futures with the same parameters and
unrelated shocks, what an observer of one of them would see set against the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import xarray as xr

from forecast.evaluation.cell import EXPECTED_GRID, Cell
from forecast.evaluation.quantity import Quantity, windows

OF = {
    "expected": "difference of expected values given the parameters",
    "paired": "difference path by path with common random numbers",
    "independent": "difference of two futures with independent shocks",
}


def contrast_cells(years: Mapping[str, xr.Dataset], expected: Mapping[str, Mapping[str, xr.DataArray]],
                   quantities: Sequence[Quantity], draws: int) -> Iterator[Cell]:
    """Differences between all pairs of scenarios over the whole horizon.

    Parameters
    ----------
    years : mapping of str to xarray.Dataset
        Scenario -> sums by year of simulated futures, with common random numbers.
    expected : mapping of str to mapping of str to xarray.DataArray
        Scenario -> quantity -> expected values given the parameters, (path, key).
    quantities : sequence of Quantity
    draws : int
        Paths this far apart share their parameters and nothing else.

    Yields
    ------
    Cell
        Columns first, second, quantity, window, unit, key, of, pairing; compared, where
        p_greater = P(first > second) + P(first = second) / 2.
    """
    for first, second in combinations(years, 2):
        window, _ = next(windows(years[first]))
        for quantity in quantities:
            head = {"first": first, "second": second, "quantity": quantity.name, "window": window,
                    "unit": quantity.unit}
            if quantity.name in expected[first]:
                given = (expected[name][quantity.name] for name in (first, second))
                yield from _cells(head, *given, ("expected",), draws, quantity.step / EXPECTED_GRID)
            values = (quantity.values(years[name]) for name in (first, second))
            yield from _cells(head, *values, ("paired", "independent"), draws, quantity.step)


def _cells(head: Mapping[str, str], first: xr.DataArray, second: xr.DataArray, pairings: tuple[str, ...], draws: int,
           step: float) -> Iterator[Cell]:
    shift = draws if draws < first.sizes["path"] else first.sizes["path"] // 2
    for key in first["key"].to_numpy():
        one, other = (values.sel(key=key).to_numpy().astype(float) for values in (first, second))
        for pairing in pairings:
            difference = one - (np.roll(other, -shift) if pairing == "independent" else other)
            yield Cell(label={**head, "key": str(key), "of": f"{OF[pairing]}, {{count}} pairs", "pairing": pairing},
                       values=difference, step=step, compared=True)
