"""What outcomes should look like by rank, by mechanism and by term."""

from collections.abc import Callable

import numpy as np

from forecast.components.protocol import ComponentData
from forecast.evaluation.predictive.family import Array, Family, table_counts

OUTCOMES = 4


def outcome_by_rank(array: Array) -> np.ndarray:
    """Contacts by rank and outcome, flattened."""
    return table_counts(array["rank"], array["outcome_code"], shape=(_levels(array, "rank"), OUTCOMES))


def outcome_by_term(array: Array) -> np.ndarray:
    """Contacts by term and outcome, flattened."""
    return table_counts(array["term"], array["outcome_code"], shape=(_levels(array, "term"), OUTCOMES))


def outcome_by_mechanism(array: Array) -> np.ndarray:
    """Contacts outside and inside of standing mechanisms by outcome, flattened."""
    return table_counts(array["mechanism_member"], array["outcome_code"], shape=(2, OUTCOMES))


def mechanism_by_rank(array: Array) -> np.ndarray:
    """Contacts of standing mechanisms by rank, shape (rank,)."""
    return np.bincount(array["rank"], array["mechanism_member"], _levels(array, "rank"))


def mechanism_by_term(array: Array) -> np.ndarray:
    """Contacts of standing mechanisms by term, shape (term,)."""
    return np.bincount(array["term"], array["mechanism_member"], _levels(array, "term"))


def _levels(array: Array, name: str) -> int:
    return int(array[name].max()) + 1


def _labels(name: str, *, outcomes: bool) -> Callable[[ComponentData], list[str]]:
    def labels(data: ComponentData) -> list[str]:
        found = data.coord[name][: _levels(data.array, name)]
        return [f"{one}, outcome {code}" for one in found for code in data.coord["outcome"]] if outcomes else list(found)

    return labels


def _mechanism_labels(data: ComponentData) -> list[str]:
    return [f"{where}, outcome {code}" for where in ("single talks", "mechanisms") for code in data.coord["outcome"]]


FAMILY = (
    Family(name="outcome_by_rank", title="contacts by rank and outcome", of=outcome_by_rank,
           labels=_labels("rank", outcomes=True)),
    Family(name="outcome_by_mechanism", title="contacts by mechanism and outcome", of=outcome_by_mechanism,
           labels=_mechanism_labels),
    Family(name="outcome_by_term", title="contacts by term and outcome", of=outcome_by_term,
           labels=_labels("term", outcomes=True)),
    Family(name="mechanism_by_rank", title="contacts of standing mechanisms by rank", of=mechanism_by_rank,
           labels=_labels("rank", outcomes=False)),
    Family(name="mechanism_by_term", title="contacts of standing mechanisms by term", of=mechanism_by_term,
           labels=_labels("term", outcomes=False)),
)
