"""Both tables of a run from its trajectories: at once, or block by block."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched

import numpy as np
import pandas as pd
import xarray as xr

from forecast.evaluation.cell import Cell
from forecast.evaluation.contrast import contrast_cells
from forecast.evaluation.quantity import QUANTITY, Quantity, index_of, yearly
from forecast.evaluation.summary import summary_cells
from forecast.simulation.relation_index import WeightSet

TOGETHER = 24
"""Cells that a thread is given at a time."""


@dataclass(frozen=True, kw_only=True)
class Tables:
    """``summary.csv`` and ``contrast.csv``; the second is empty for a single scenario."""

    summary: pd.DataFrame
    contrast: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Block:
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
    """

    trajectories: Mapping[str, xr.Dataset]
    expected: Mapping[str, Mapping[str, xr.DataArray]]
    apart: Mapping[str, xr.Dataset]
    batch: Mapping[str, np.ndarray]

    def cells(self, weights: Mapping[str, tuple[WeightSet, float]]) -> tuple[Iterable[Cell], Iterable[Cell]]:
        """Rows of ``summary.csv`` and of ``contrast.csv``, undescribed.

        Parameters
        ----------
        weights : mapping of str to (WeightSet, float)
            Name -> weights of the relation index and their base level.
        """
        index = Quantity(name="relation_index", unit="index, 2017-2024 mean = 100", of="mean relation index",
                         values=index_of(weights), step=0.5)
        quantities = (*QUANTITY, index)
        years = {name: yearly(paths) for name, paths in self.trajectories.items()}
        return summary_cells(years, quantities), contrast_cells(years, self.apart, self.expected, quantities)


def tables(block: Block, weights: Mapping[str, tuple[WeightSet, float]]) -> Tables:
    """Summarise and contrast all scenarios of a run whose paths are one block."""
    summary, contrast = (_described(cells, block.batch) for cells in block.cells(weights))
    return Tables(summary=summary, contrast=contrast)


def _described(cells: Iterable[Cell], batch: Mapping[str, np.ndarray]) -> pd.DataFrame:
    def rows(some: tuple[Cell, ...]) -> list[dict[str, object]]:
        return [cell.row(batch) for cell in some]

    with ThreadPoolExecutor(2) as pool:  # sorting leaves the interpreter free
        return pd.DataFrame([row for part in pool.map(rows, batched(cells, TOGETHER)) for row in part])
