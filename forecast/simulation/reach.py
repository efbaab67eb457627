"""What the kernel can count: futures with more contacts than that are refused, never cut in silence.

A first bound takes the largest factor of every kind at once and costs next to nothing; only paths beyond it are looked at month
by month.
"""

from typing import NamedTuple

import numpy as np

from forecast.contacts import codes
from forecast.errors import ForecastError
from forecast.simulation.prepare import Prepared
from forecast.simulation.quantile import RATE_CAP
from forecast.simulation.shift import RANKS, RATE


class _Beyond(NamedTuple):
    """The largest expected count beyond what can be simulated."""

    path: int
    month: int
    rank: int
    count: float


def check_reach(given: Prepared, first: int, scenario: str) -> None:
    """Stop where a month of a path has more expected contacts of a rank than can be drawn (raises ForecastError).

    Parameters
    ----------
    given : Prepared
        Input of the kernel.
    first : int
        Number of the first path.
    scenario : str
        Name, for the message.
    """
    suspect = np.flatnonzero((_bound(given) > RATE_CAP).any(axis=1))
    found = _largest(given, suspect) if len(suspect) else None
    if found is not None:
        raise ForecastError(
            f"Scenario {scenario}: future {first + found.path}, month {found.month + 1} of the horizon: "
            f"{found.count:,.0f} contacts ({codes.RANK.labels[found.rank]}, recorded or not) are expected; at most "
            f"{RATE_CAP:,.0f} of a rank can be simulated in a month. Narrow the sizes under rate, appetite and "
            "state, whose tails reach that far; where the scenario assumes none, the record leaves the rate open: narrow the "
            "priors.")


def _bound(given: Prepared) -> np.ndarray:
    """No month of a path has more contacts than this: (path, rank)."""
    shift = np.maximum(given.size[:, :, RATE:RATE + RANKS], 0.0).sum(axis=1)
    common = given.climate.max(axis=1) * given.season.max(axis=1) * given.exposure.sum(axis=1).max()
    with np.errstate(over="ignore"):
        return given.yearly.max(axis=2) * np.maximum(1.0, given.unrecorded) * common[:, None] * np.exp(shift)


def _largest(given: Prepared, paths: np.ndarray) -> _Beyond | None:
    """The most contacts that any month of these paths expects, where that is too many."""
    worst = None
    for path in paths:
        with np.errstate(over="ignore"):
            monthly = np.exp(_shift(given, path)) * (given.yearly[path] @ given.exposure.T).T
        monthly *= (given.climate[path] * given.season[path, given.month_of_year])[:, None]
        monthly *= np.maximum(1.0, given.unrecorded[path])
        month, rank = np.unravel_index(np.argmax(monthly), monthly.shape)
        if monthly[month, rank] > max(RATE_CAP, worst.count if worst else 0.0):
            worst = _Beyond(int(path), int(month), int(rank), float(monthly[month, rank]))
    return worst


def _shift(given: Prepared, path: int) -> np.ndarray:
    """Log factor of all shocks on the rates of a path, (month, rank)."""
    months = len(given.exposure)
    shift = np.zeros((months, RANKS))
    for shock, start in enumerate(given.start[path]):
        if start >= 0:
            shift[start:] += given.profile[shock, :months - start, None] * given.size[path, shock, RATE:RATE + RANKS]
    return shift
