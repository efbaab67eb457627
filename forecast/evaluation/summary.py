"""``summary.csv``: every quantity of every scenario by key and window, each with its Monte Carlo error."""

from collections.abc import Iterator, Mapping, Sequence

import xarray as xr

from forecast.evaluation.cell import Cell
from forecast.evaluation.quantity import Quantity, windows


def summary_cells(years: Mapping[str, xr.Dataset], quantities: Sequence[Quantity]) -> Iterator[Cell]:
    """Rows of all scenarios, with columns scenario, quantity, key, window, unit, of.

    Parameters
    ----------
    years : mapping of str to xarray.Dataset
        Scenario -> sums by year of simulated futures.
    quantities : sequence of Quantity
    """
    for name, paths in years.items():
        for window, part in windows(paths):
            for quantity in quantities:
                yield from _cells(name, window, part, quantity)


def _cells(name: str, window: str, part: xr.Dataset, quantity: Quantity) -> Iterator[Cell]:
    """One cell per key of a quantity in a window."""
    values = quantity.values(part).transpose("key", "path")
    of = f"{quantity.of}, predictive over {{count}} simulated futures"
    for key, one in zip(values["key"].to_numpy(), values.to_numpy(), strict=True):
        yield Cell(label={"scenario": name, "quantity": quantity.name, "key": str(key), "window": window,
                          "unit": quantity.unit, "of": of}, values=one, step=quantity.step, component=quantity.component)
