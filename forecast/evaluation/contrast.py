r"""``contrast.csv``: what differs between two scenarios, and from what the difference is made.

Three pairings say three things. *expected*: the difference of expected values given the parameters, what the
administrations themselves change, with the shocks of the coming term shared. *paired*: path by path with common random
numbers, so that only what the scenarios change differs. *independent*: two futures with the same parameters and
unrelated shocks (also of when events happen and how large they are), what an observer of one of them would see set against
the other. The second of these futures is simulated at path numbers beyond those of the run, a multiple of every component's
draws away: shifting the paths of the run against each other would pair different parameters.

For contacts the expected values are also compared by their ratio, quantity ``log_rate_ratio``,

.. math:: r = \log \mathrm{E}[n_1 \mid \theta] - \log \mathrm{E}[n_2 \mid \theta],

which is what a contrast is read by. The mean of a difference is not: with an effect :math:`\pi z` of a president not yet seen
:math:`\mathrm{E}\,e^{\pi z} = e^{\pi^2/2} > 1`, so that she has more contacts on average than a president who is known, although
every :math:`z` is as probable as :math:`-z`. Medians and log ratios are free of that.

The region of practical equivalence
-----------------------------------
With a share :math:`s` two rates are practically equal where neither is more than :math:`1 + s` times the other,

.. math:: |\log(\lambda_1 / \lambda_2)| \le b = \log(1 + s),

and a posterior gives :math:`P(\log ratio > b)`, :math:`P(|\log ratio| \le b)` and :math:`P(\log ratio < -b)`, which add up to
one. The share and its reason are in ``data/equivalence.yaml``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from math import log1p
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import xarray as xr
from pydantic import Field

from forecast.config import Strict, load_yaml
from forecast.evaluation.montecarlo import Tally, describe, probability
from forecast.evaluation.quantity import Quantity, windows
from forecast.shipped import DATA

# One row of ``summary.csv`` or ``contrast.csv`` before it is described: its labels and one number per path.

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


# ``contrast.csv``.

LOG_RATIO = {"contact": "log_rate_ratio", "contact_estimated": "log_rate_ratio_estimated"}
"""Quantities that are rates -> name of their log ratio."""
RATIO_GRID = 0.001
FARTHEST = 20.0
"""Largest absolute log ratio that is told apart from larger ones: rates five hundred million times each other."""
OF = {
    "expected": "difference of expected values given the parameters (its mean is arithmetic, with the skew of unseen effects)",
    "ratio": "log ratio of expected values given the parameters",
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
        p_greater = P(first > second) + P(first = second) / 2. Log ratios have p_more, p_equal and p_fewer besides.
    """
    for first, second in combinations(years, 2):
        window, _ = next(windows(years[first]))
        for quantity in quantities:
            head = {"first": first, "second": second, "quantity": quantity.name, "window": window,
                    "unit": quantity.unit}
            if quantity.name in expected[first]:
                one, other = (expected[name][quantity.name] for name in (first, second))
                yield from _cells(head, quantity, one, {"expected": other}, quantity.step / EXPECTED_GRID)
                if quantity.name in LOG_RATIO:
                    yield from _ratios(head, quantity, one, other)
            others = {"paired": years[second]} if quantity.paired else {}
            others["independent"] = apart[second]
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


def log_ratio(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Log of the ratio of two positive arrays, finite also where one has become too small for a number."""
    least = np.finfo(float).tiny
    apart = np.log(np.maximum(first, least)) - np.log(np.maximum(second, least))
    found: np.ndarray = np.clip(apart, -FARTHEST, FARTHEST)
    return found


def _ratios(head: Mapping[str, str], quantity: Quantity, first: xr.DataArray, second: xr.DataArray) -> Iterator[Cell]:
    """Log ratios of expected values, one cell per key."""
    named = {"quantity": LOG_RATIO[quantity.name], "unit": f"log ratio of expected {quantity.unit}"}
    for key in first["key"].to_numpy():
        label = {**head, **named, "key": str(key), "of": f"{OF['ratio']}, {{count}} pairs", "pairing": "expected"}
        yield Cell(label=label, values=log_ratio(first.sel(key=key).to_numpy(), second.sel(key=key).to_numpy()), step=RATIO_GRID,
                   component=quantity.component, compared=True, region=load_equivalence().rate.bound)


# The region of practical equivalence of two rates, and the three probabilities that it makes.

EQUIVALENCE_FILE = DATA / "equivalence.yaml"


class EquivalenceRegion(Strict):
    """How much larger one rate may be than another that counts as equal, and why.

    Parameters
    ----------
    share : float
        0.1 is ten per cent of the smaller rate.
    reason : str
        The argument for it.
    """

    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    reason: Annotated[str, Field(min_length=1)]

    @property
    def bound(self) -> float:
        """Largest absolute log ratio of two rates that are practically equal."""
        return log1p(self.share)


class EquivalenceFile(Strict):
    """Content of the file."""

    rate: EquivalenceRegion


@cache
def load_equivalence(path: Path = EQUIVALENCE_FILE) -> EquivalenceFile:
    """Read the file, once (raises InputError)."""
    return load_yaml(path, EquivalenceFile)
