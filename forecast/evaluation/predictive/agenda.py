"""What agendas should look like: which topics, which go together, and how many a contact has."""

import numpy as np

from forecast.components.protocol import ComponentData
from forecast.evaluation.predictive.family import Array, Family, axis

MOST = 10
"""Contacts with so many topics or more are counted together."""


def together(array: Array) -> np.ndarray:
    """Contacts that name both topics of each pair, shape (pair,)."""
    named = array["named"].astype(float)
    first, second = np.triu_indices(named.shape[1], 1)
    return (named.T @ named)[first, second]


def breadth(array: Array) -> np.ndarray:
    """Contacts by number of topics, shape (MOST + 1,)."""
    return np.bincount(np.minimum(array["named"].sum(axis=1), MOST), minlength=MOST + 1)


def by_rank(array: Array) -> np.ndarray:
    """Contacts that name each topic by rank, flattened."""
    found = np.zeros((len(_ranks(array)), array["named"].shape[1]))
    np.add.at(found, array["rank"], array["named"])
    return found.ravel()


def _ranks(array: Array) -> range:
    return range(int(array["rank"].max()) + 1)


def _pairs(data: ComponentData) -> list[str]:
    topic = data.coord["topic"]
    return [f"{topic[first]} and {topic[second]}" for first, second in zip(*np.triu_indices(len(topic), 1), strict=True)]


def _rank_labels(data: ComponentData) -> list[str]:
    return [f"{data.coord['rank'][rank]}, {topic}" for rank in _ranks(data.array) for topic in data.coord["topic"]]


def _sizes(_: ComponentData) -> list[str]:
    return [*(f"{number} topics" for number in range(MOST)), f"{MOST} topics or more"]


FAMILY = (
    Family(name="topics", title="contacts by topic", of=lambda array: array["named"].sum(axis=0), labels=axis("topic")),
    Family(name="topic_pairs", title="contacts that name both topics of a pair", of=together, labels=_pairs),
    Family(name="breadth", title="contacts by number of topics", of=breadth, labels=_sizes),
    Family(name="topics_by_rank", title="contacts by rank and topic", of=by_rank, labels=_rank_labels),
)
