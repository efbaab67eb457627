"""What directions and formats should look like by rank, by type and by term."""

import numpy as np

from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.evaluation.predictive.family import Array, Family, table_counts

DIRECTIONS, FORMATS = len(codes.DIRECTION), len(codes.FORMAT)


def direction_by_rank(array: Array) -> np.ndarray:
    """Contacts by rank and direction, flattened."""
    return table_counts(array["rank"], array["direction"], shape=(len(codes.RANK), DIRECTIONS))


def direction_by_type(array: Array) -> np.ndarray:
    """Contacts by administration type and direction, flattened."""
    kind = array["type_of_term"][array["term"]]
    return table_counts(kind, array["direction"], shape=(int(array["type_of_term"].max()) + 1, DIRECTIONS))


def direction_by_term(array: Array) -> np.ndarray:
    """Contacts by term and direction, flattened."""
    return table_counts(array["term"], array["direction"], shape=(len(array["type_of_term"]), DIRECTIONS))


def format_counts(array: Array) -> np.ndarray:
    """Contacts by format, shape (format,)."""
    return np.bincount(array["format"], minlength=FORMATS)


def _by(axis: str) -> object:
    def labels(data: ComponentData) -> list[str]:
        found = data.coord[axis]
        if axis == "type":
            found = found[:int(data.array["type_of_term"].max()) + 1]
        return [f"{one}, {direction}" for one in found for direction in data.coord["direction"]]

    return labels


FAMILY = (
    Family(name="direction_by_rank", title="contacts by rank and direction", of=direction_by_rank, labels=_by("rank")),
    Family(name="direction_by_type", title="contacts by administration type and direction", of=direction_by_type,
           labels=_by("type")),
    Family(name="direction_by_term", title="contacts by term and direction", of=direction_by_term, labels=_by("term")),
    Family(name="format", title="contacts by format", of=format_counts, labels=lambda data: list(data.coord["format"])),
)
