"""Questions as bit masks, so that the engine counts the contacts that each of them is about."""

from typing import NamedTuple

import numpy as np

from forecast.contacts import codes
from forecast.simulation.language import Question, Scenario
from forecast.simulation.language.words import months_between

MECHANISM = ("none", "standing")
ANY = -1
"""All bits: everything counts."""


class Asked(NamedTuple):
    """All questions of a scenario, one entry each.

    Parameters
    ----------
    rank, direction, format, topic, mechanism : (question,)
        Bit masks of the codes that count; every bit set where all do.
    outcome : (question,)
        Lowest outcome that counts.
    first, last : (question,)
        Months from the start of the horizon, both included.
    """

    rank: np.ndarray
    direction: np.ndarray
    format: np.ndarray
    topic: np.ndarray
    mechanism: np.ndarray
    outcome: np.ndarray
    first: np.ndarray
    last: np.ndarray


def asked(scenario: Scenario) -> Asked:
    """The questions of a scenario as masks."""
    rows = [_masks(question, scenario) for question in scenario.questions]
    return Asked(*np.array(rows, dtype=np.int64).reshape(-1, len(Asked._fields)).T.copy())


def _masks(question: Question, scenario: Scenario) -> tuple[int, ...]:
    given = question.contacts
    mechanism = (given.mechanism,) if given.mechanism else None
    masks = (_mask(given.rank, codes.RANK.labels), _mask(given.direction, codes.DIRECTION.labels),
             _mask(given.format, codes.FORMAT.labels), _mask(given.topic, codes.TOPIC.labels), _mask(mechanism, MECHANISM))
    window = (months_between(scenario.horizon.start, month) for month in question.window)
    return (*masks, given.outcome or 0, *window)


def _mask(wanted: tuple[str, ...] | None, labels: tuple[str, ...]) -> int:
    return ANY if wanted is None else sum(1 << labels.index(one) for one in set(wanted))
