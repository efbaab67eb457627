"""One row of ``summary.csv`` or ``contrast.csv`` before it is described: its labels and one number per path."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.evaluation.montecarlo import describe, probability
from forecast.evaluation.tally import Tally

EXPECTED_GRID = 10
"""Expected values are on a grid so many times finer than that of the quantity."""
PARTS = ("p_more", "p_equal", "p_fewer")
"""Probabilities of a value above, within and below a region of practical equivalence."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Labels and values of one row.

    Parameters
    ----------
    label : dict of str to str
        Columns before the numbers; that of ``of`` has a place ``{count}`` for the number of values.
    values : (path,) array
        NaN where a path has no value.
    step : float
        Grid of the quantiles where paths are too many to be held.
    component : str
        Whose posterior draws the values lean on most: batches of them give the Monte Carlo error.
    compared : bool
        Whether the row also tells how probable a value above zero is.
    region : float, optional
        Half width of the region around zero that counts as equal, where there is one: the row then tells how probable values
        above, within and below it are.
    """

    label: dict[str, str]
    values: np.ndarray
    step: float
    component: str
    compared: bool = False
    region: float | None = None

    def row(self, batches: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """Describe these values, exactly; `batches` are the batch of every path by component."""
        batch = batches[self.component]
        values = self.values.astype(float)
        known = ~np.isnan(values)
        found = describe(values, batch)
        if self.compared:
            greater = (values[known] > 0) + 0.5 * (values[known] == 0)
            found |= _compared(*probability(greater, batch[known]))
        if self.region is not None:
            parts = (values > self.region, np.abs(values) <= self.region, values < -self.region)
            found |= _parts(probability(part[known], batch[known]) for part in parts)
        return self._labelled(int(known.sum())) | found

    def tally(self, batches: Mapping[str, np.ndarray]) -> Tally:
        """Tally these values, to be added to those of other blocks."""
        return Tally.of(self.values, batches[self.component], self.step, np.inf if self.region is None else self.region)

    def row_of(self, tally: Tally) -> dict[str, Any]:
        """Describe the values of all blocks."""
        found = tally.describe()
        if self.compared:
            found |= _compared(*tally.probability_greater())
        if self.region is not None:
            found |= _parts(tally.probability_by_region())
        return self._labelled(tally.count) | found

    def bare(self) -> "Cell":
        """The labels alone."""
        return replace(self, values=np.empty(0))

    def _labelled(self, count: int) -> dict[str, str]:
        return self.label | {"of": self.label["of"].format(count=count)}


def _compared(chance: float, error: float) -> dict[str, float]:
    return {"p_greater": chance, "p_greater_mcse": error}


def _parts(parts: Iterable[tuple[float, float]]) -> dict[str, float]:
    """The three probabilities, each followed by its error."""
    return {name: value for part, pair in zip(PARTS, parts, strict=True)
            for name, value in zip((part, f"{part}_mcse"), pair, strict=True)}
