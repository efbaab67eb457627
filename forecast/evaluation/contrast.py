"""``contrast.csv``: what differs between two scenarios, and from what the difference is made.

Three pairings say three things. *expected*: the difference of expected values given the parameters, what the
administrations themselves change, with the shocks of the coming term shared. *paired*: path by path with common random
numbers, so that only what the scenarios change differs. *independent*: two futures with the same parameters and
unrelated shocks (also of when events happen and how large they are), what an observer of one of them would see set against
the other. The second of these futures is simulated at path numbers beyond those of the run, a multiple of every component's
draws away: shifting the paths of the run against each other would pair different parameters.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import xarray as xr

from forecast.evaluation.cell import EXPECTED_GRID, Cell
from forecast.evaluation.quantity import Quantity, windows

OF = {
    "expected": "difference of expected values given the parameters",
    "paired": "difference path by path with common random numbers",
    "independent": "difference of two futures with independent shocks",
}


def contrast_cells(years: Mapping[str, xr.Dataset], apart: Mapping[str, xr.Dataset],
                   expected: Mapping[str, Mapping[str, xr.DataArray]], quantities: Sequence[Quantity]) -> Iterator[Cell]:
    """Differences between all pairs of scenarios over the whole horizon.

    Parameters
    ----------
    years : mapping of str to xarray.Dataset
        Scenario -> sums by year of simulated futures, with common random numbers.
    apart : mapping of str to xarray.Dataset
        The same for every scenario but the first, with the same parameters path by path and unrelated shocks.
    expected : mapping of str to mapping of str to xarray.DataArray
        Scenario -> quantity -> expected values given the parameters, (path, key).
    quantities : sequence of Quantity

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
                yield from _cells(head, quantity, next(given), {"expected": next(given)}, quantity.step / EXPECTED_GRID)
            others = {"paired": years[second], "independent": apart[second]}
            yield from _cells(head, quantity, quantity.values(years[first]),
                              {pairing: quantity.values(one) for pairing, one in others.items()}, quantity.step)


def _cells(head: Mapping[str, str], quantity: Quantity, first: xr.DataArray, second: Mapping[str, xr.DataArray],
           step: float) -> Iterator[Cell]:
    """One cell per key and pairing."""
    for key in first["key"].to_numpy():
        one = first.sel(key=key).to_numpy().astype(float)
        for pairing, other in second.items():
            yield Cell(label={**head, "key": str(key), "of": f"{OF[pairing]}, {{count}} pairs", "pairing": pairing},
                       values=one - other.sel(key=key).to_numpy(), step=step, component=quantity.component, compared=True)
