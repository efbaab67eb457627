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
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import xarray as xr

from forecast.evaluation.cell import EXPECTED_GRID, Cell
from forecast.evaluation.equivalence import load_equivalence
from forecast.evaluation.quantity import Quantity, windows

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
        p_greater = P(first > second) + P(first = second) / 2. Log ratios have p_more, p_equal and p_fewer besides
        (:mod:`forecast.evaluation.equivalence`).
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


def log_ratio(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Log of the ratio of two positive arrays, finite also where one has become too small for a number."""
    least = np.finfo(float).tiny
    apart = np.log(np.maximum(first, least)) - np.log(np.maximum(second, least))
    return np.clip(apart, -FARTHEST, FARTHEST)


def _ratios(head: Mapping[str, str], quantity: Quantity, first: xr.DataArray, second: xr.DataArray) -> Iterator[Cell]:
    """Log ratios of expected values, one cell per key."""
    named = {"quantity": LOG_RATIO[quantity.name], "unit": f"log ratio of expected {quantity.unit}"}
    for key in first["key"].to_numpy():
        label = {**head, **named, "key": str(key), "of": f"{OF['ratio']}, {{count}} pairs", "pairing": "expected"}
        yield Cell(label=label, values=log_ratio(first.sel(key=key).to_numpy(), second.sel(key=key).to_numpy()), step=RATIO_GRID,
                   component=quantity.component, compared=True, region=load_equivalence().rate.bound)
