"""What a component is checked by, computed alike from the record and from records that are drawn.

A family of statistics, several numbers of one kind, is compared with records replicated from the posterior; a single statistic
that a person can picture, with records drawn from the prior.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecast.components.protocol import ComponentData

Array = Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Family:
    """Statistics that are judged together.

    Parameters
    ----------
    name : str
        Short name, as in tables and file names.
    title : str
        What they are, in plain words.
    of : callable
        Arrays of a component's data to the statistics, shape (statistic,).
    labels : callable
        Data to one label per statistic.
    digits : int
        Decimals for reading.
    """

    name: str
    title: str
    of: Callable[[Array], np.ndarray]
    labels: Callable[[ComponentData], list[str]]
    digits: int = 0


# Single numbers of a record drawn from the prior, and what no sensible prior should say of them often.

@dataclass(frozen=True, kw_only=True)
class Bound:
    """A limit of one statistic: not a belief about the record, but what cannot be, whatever the record shows.

    Limits leave room for honest surprise by whole factors; a prior may reach them now and then, but not in more than the
    `allowed` share of its draws.

    Parameters
    ----------
    low, high : float
        Draws below or above are absurd.
    allowed : float
        Share of absurd draws up to which a prior is accepted.
    reason : str
        Why beyond is absurd.
    remedy : str
        What usually helps.
    """

    low: float = float("-inf")
    high: float = float("inf")
    allowed: float = 0.05
    reason: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """One number of a record.

    Parameters
    ----------
    name : str
        Short name, distinct among all components.
    title : str
        What it is, in plain words.
    of : callable
        Observations and covariates of a record to the number; NaN where it has none.
    latent : callable, optional
        In place of `of`, for what no record shows: named parameters, each (draw, ...), to one number per draw.
    percent : bool
        Whether people read it as a percentage.
    bound : Bound, optional
        Where it has one; a statistic without is only compared with the record.
    """

    name: str
    title: str
    of: Callable[[Array], float] | None = None
    latent: Callable[[xr.Dataset], np.ndarray] | None = None
    percent: bool = False
    bound: Bound | None = None


def commonest(code: np.ndarray, codes: int) -> float:
    """Share of the most frequent code; NaN without any case."""
    return float(np.bincount(code, minlength=codes).max() / len(code)) if len(code) else np.nan


def shares(count: np.ndarray) -> np.ndarray:
    """Counts as shares of their sum."""
    return ratio(count, count.sum())


# Records that may be too large to draw one observation at a time: parameters drawn from a wide prior know no measure.

CEILING = 1e12
"""Expected values are cut here; nobody needs to know how much more."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A record as counts, without single rows.

    Parameters
    ----------
    array : str
        Which array of the data holds the counts.
    mean : numpy.ndarray
        Their expected values, of its shape.
    draw : callable
        Draws them, cut at ``CEILING``.
    rows : tuple of str
        Arrays with one row per observation, which such a record has not.
    """

    array: str
    mean: np.ndarray
    draw: Callable[[np.random.Generator], np.ndarray]
    rows: tuple[str, ...] = ()


def finite(mean: np.ndarray) -> np.ndarray:
    """Expected values that can be drawn from."""
    found: np.ndarray = np.minimum(np.nan_to_num(mean, nan=CEILING, posinf=CEILING), CEILING)
    return found


# Labels and parts of statistics that several components share.

def axis(*names: str, also: tuple[str, ...] = ()) -> Callable[[ComponentData], list[str]]:
    """Labels of one axis, or of the product of several, then some more."""

    def labels(data: ComponentData) -> list[str]:
        found = [""]
        for name in names:
            found = [f"{first}, {second}" if first else second for first in found for second in data.coord[name]]
        return [*found, *also]

    return labels


def fixed(*labels: str) -> Callable[[ComponentData], list[str]]:
    """The same labels whatever the data."""
    return lambda _: list(labels)


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Quotient, zero where there is nothing to divide by."""
    top, bottom = np.broadcast_arrays(np.asarray(top, float), np.asarray(bottom, float))
    found: np.ndarray = np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)
    return found


def correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlation along the last axis, zero where one of both is constant."""
    first, second = (values - values.mean(axis=-1, keepdims=True) for values in (first, second))
    return ratio((first * second).sum(axis=-1), np.sqrt((first**2).sum(axis=-1) * (second**2).sum(axis=-1)))


def table_counts(*index: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Cases by the codes of several variables, flattened."""
    return np.bincount(np.ravel_multi_index(index, shape), minlength=int(np.prod(shape))).astype(float)
