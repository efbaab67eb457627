"""Both tables of a run from its trajectories: at once, or block by block."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched
from operator import add

import numpy as np
import pandas as pd
import xarray as xr

from forecast.evaluation.contrast import LOG_RATIO, Cell, contrast_cells
from forecast.evaluation.montecarlo import Tally
from forecast.evaluation.quantity import IN_ALL, QUANTITY, Quantity, Smoothing, index_of, windows, yearly_sums
from forecast.evaluation.questions import Counted, chance_of, tally_answers
from forecast.simulation.relation_index import WeightSet, load_index
from forecast.simulation.scenario import Scenario

TOGETHER = 24
"""Cells that a thread is given at a time."""


@dataclass(frozen=True, kw_only=True)
class Tables:
    """``summary.csv`` and ``contrast.csv``; the second is empty for a single scenario."""

    summary: pd.DataFrame
    contrast: pd.DataFrame

    def without(self, quantities: Sequence[str]) -> "Tables":
        """The same without quantities, and the ratios of those that are rates, of which the data say nothing."""
        left_out = {*quantities, *(LOG_RATIO[one] for one in quantities if one in LOG_RATIO)}
        return Tables(**{name: table if table.empty else table[~table["quantity"].isin(left_out)].reset_index(drop=True)
                         for name, table in vars(self).items()})


@dataclass(frozen=True, kw_only=True)
class PathBlock:
    """Paths of all scenarios with common random numbers.

    Parameters
    ----------
    trajectories : mapping of str to xarray.Dataset
        Scenario -> simulated futures with ``month_share`` (month), the observed share of each month.
    expected : mapping of str to mapping of str to xarray.DataArray
        Scenario -> quantity -> expected values given the parameters, (path, key).
    apart : mapping of str to xarray.Dataset
        Every scenario but the first -> sums by year of futures with the same parameters and unrelated shocks.
    batch : mapping of str to (path,) array of int
        Component -> batches of its draws, from :func:`forecast.evaluation.montecarlo.batch_of`.
    smoothing : Smoothing, optional
        What the number of pages is pooled with; without it that quantity is left out.
    """

    trajectories: Mapping[str, xr.Dataset]
    expected: Mapping[str, Mapping[str, xr.DataArray]]
    apart: Mapping[str, xr.Dataset]
    batch: Mapping[str, np.ndarray]
    smoothing: Smoothing | None = None

    def cells(self, weights: Mapping[str, tuple[WeightSet, float]]) -> tuple[Iterable[Cell], Iterable[Cell]]:
        """Rows of ``summary.csv`` and of ``contrast.csv``, undescribed.

        Parameters
        ----------
        weights : mapping of str to (WeightSet, float)
            Name -> weights of the relation index and their base level.
        """
        base = next((one.base for one, _ in weights.values() if one.base), None) or load_index().base
        index = Quantity(name="relation_index", unit=f"index, {base} mean = 100", of="mean relation index",
                         values=index_of(weights), step=0.5)
        quantities: tuple[Quantity, ...] = QUANTITY
        years, apart = {name: yearly_sums(paths) for name, paths in self.trajectories.items()}, self.apart
        if self.smoothing is not None:
            quantities = (*quantities, IN_ALL)
            years = {name: self.smoothing.pooled(one) for name, one in years.items()}
            apart = {name: self.smoothing.pooled(one, apart=True) for name, one in apart.items()}
        quantities = (*quantities, index)
        return summary_cells(years, quantities), contrast_cells(years, apart, self.expected, quantities)


def summary_tables(block: PathBlock, weights: Mapping[str, tuple[WeightSet, float]]) -> Tables:
    """Summarise and contrast all scenarios of a run whose paths are one block."""
    summary, contrast = (_described(cells, block.batch) for cells in block.cells(weights))
    return Tables(summary=summary, contrast=contrast)


def _described(cells: Iterable[Cell], batch: Mapping[str, np.ndarray]) -> pd.DataFrame:
    def rows(some: tuple[Cell, ...]) -> list[dict[str, object]]:
        return [cell.row(batch) for cell in some]

    with ThreadPoolExecutor(2) as pool:  # sorting leaves the interpreter free
        return pd.DataFrame([row for part in pool.map(rows, batched(cells, TOGETHER)) for row in part])


# ``summary.csv``: every quantity of every scenario by key and window, each with its Monte Carlo error.

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


# All tables of a run while blocks of paths come in; memory does not grow with their number.

class RunningTallies:
    """Tallies of every row of every table over all blocks so far.

    Parameters
    ----------
    weights : mapping of str to (WeightSet, float)
        Name -> weights of the relation index and their base level.
    scenarios : mapping of str to Scenario
        By name.
    """

    def __init__(self, weights: Mapping[str, tuple[WeightSet, float]], scenarios: Mapping[str, Scenario]) -> None:
        self._weights, self._scenarios = weights, scenarios
        self._cell: tuple[list[Cell], list[Cell]] = ([], [])
        self._tally: tuple[list[Tally], list[Tally]] = ([], [])
        self.answered: Counted = {}

    def add(self, block: PathBlock, matched: Mapping[str, xr.DataArray]) -> None:
        """Add a block and the contacts in it that count for questions, by scenario, (path, question)."""
        for known, tallies, cells in zip(self._cell, self._tally, block.cells(self._weights), strict=True):
            begun = bool(known)
            for place, cell in enumerate(cells):  # one at a time: values and old tallies are forgotten at once
                if begun:
                    tallies[place] += cell.tally(block.batch)
                else:
                    known.append(cell.bare())
                    tallies.append(cell.tally(block.batch))
        answered = tally_answers(matched, self._scenarios, block.batch)
        self.answered = {key: tuple(map(add, self.answered[key], tallies)) if self.answered else tallies
                         for key, tallies in answered.items()}

    def tables(self) -> Tables:
        """Both tables over all blocks."""
        summary, contrast = (pd.DataFrame([cell.row_of(tally) for cell, tally in zip(*pair, strict=True)])
                             for pair in zip(self._cell, self._tally, strict=True))
        return Tables(summary=summary, contrast=contrast)

    def chances(self) -> Iterator[tuple[str, float, float]]:
        """Probabilities that are watched: what each is of, its value, and its Monte Carlo error."""
        for name, scenario in self._scenarios.items():
            for question in scenario.questions:
                yield f"{question.id} under {name}", *chance_of(question, self.answered[name, question.id])
        for cell, tally in zip(self._cell[1], self._tally[1], strict=True):
            label = cell.label
            if (label["quantity"], label["key"], label["pairing"]) == ("contact", "all", "independent"):
                yield f"P(contacts {label['first']} > {label['second']})", *tally.probability_greater()
        for cell, tally in zip(self._cell[0], self._tally[0], strict=True):
            if (cell.label["quantity"], cell.label["key"]) == ("contact", "all"):
                middle = tally.describe()["q50"]
                yield (f"P(contacts of {cell.label['scenario']} in {cell.label['window']} at most {middle:.0f})",
                       *tally.probability(at_most=middle))

    @property
    def paths(self) -> int:
        """Paths of each scenario so far."""
        return self._tally[0][0].count if self._tally[0] else 0
