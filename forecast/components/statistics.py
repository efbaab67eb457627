"""A family of statistics: several numbers of one kind, computed alike from the record and from replicated records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

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
