"""The trajectories of a scenario as one labelled dataset."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from forecast import dims
from forecast.contacts import codes
from forecast.simulation.scenario import Question, Scenario
from forecast.simulation.scenario.values import months_between

OUTCOMES = len(codes.OUTCOME.labels)
AXIS = {
    "contact": (dims.PATH, dims.MONTH, dims.RANK, dims.OUTCOME),
    "unrecorded": (dims.PATH, dims.MONTH, dims.RANK),
    "travel": (dims.PATH, dims.MONTH, dims.DIRECTION),
    "mention": (dims.PATH, dims.MONTH, dims.TOPIC),
    "pages": (dims.PATH, dims.MONTH, dims.SIDE),
    "tone_sum": (dims.PATH, dims.MONTH, dims.SIDE),
    "match": (dims.PATH, dims.QUESTION),
}
LENGTH = {dims.RANK: len(codes.RANK.labels), dims.OUTCOME: OUTCOMES, dims.TOPIC: len(codes.TOPIC.labels),
          dims.SIDE: len(codes.SIDE.labels), dims.DIRECTION: len(codes.DIRECTION.labels)}
KIND = {"contact": np.uint16, "unrecorded": np.uint16, "mention": np.uint16, "pages": np.uint32, "tone_sum": np.int32,
        "travel": np.uint16, "match": np.uint16}
MEANING = {
    "contact": "recorded contacts", "unrecorded": "contacts that leave no record",
    "mention": "recorded contacts that name the topic",
    "pages": "news and analysis pages on recorded contacts", "tone_sum": "sum of the tones of these pages",
    "travel": "recorded contacts by who travels", "match": "recorded contacts that a question is about",
}


class Output(NamedTuple):
    """What the kernel adds to, beginning at zero.

    Parameters
    ----------
    contact : (path, month, rank, outcome) uint16
        Recorded contacts.
    unrecorded : (path, month, rank) uint16
        Contacts that leave no record.
    travel : (path, month, direction) uint16
        Recorded contacts by direction.
    mention : (path, month, topic) uint16
        Contacts that name a topic.
    pages : (path, month, side) uint32
        Pages.
    tone_sum : (path, month, side) int32
        Sum of tones of pages.
    match : (path, question) uint16
        Recorded contacts that count for a question.
    """

    contact: np.ndarray
    unrecorded: np.ndarray
    travel: np.ndarray
    mention: np.ndarray
    pages: np.ndarray
    tone_sum: np.ndarray
    match: np.ndarray


def empty_output(paths: int, months: int, questions: int) -> Output:
    """Zeros of the right shapes and types."""
    length = LENGTH | {dims.PATH: paths, dims.MONTH: months, dims.QUESTION: questions}
    shape = {name: tuple(length[axis] for axis in axes) for name, axes in AXIS.items()}
    return Output(**{name: np.zeros(shape[name], KIND[name]) for name in AXIS})


def as_dataset(out: Output, scenario: Scenario, month: np.ndarray, first: int, seed: int) -> xr.Dataset:
    """Trajectories with their coordinates.

    Parameters
    ----------
    out : Output
        Arrays of the kernel.
    scenario : Scenario
        Where they come from.
    month : numpy.ndarray
        First day of each month, shape (month,).
    first, seed : int
        Number of the first path, and the seed.

    Returns
    -------
    xarray.Dataset
        ``contact`` (path, month, rank, outcome), ``unrecorded`` (path, month, rank), ``mention`` (path, month, topic),
        ``pages`` and ``tone_sum`` (path, month, side), ``travel`` (path, month, direction), ``match`` (path, question).
    """
    coords = {
        dims.PATH: np.arange(first, first + out.contact.shape[0]), dims.MONTH: month.astype("datetime64[ns]"),
        dims.RANK: list(codes.RANK.labels), dims.OUTCOME: np.arange(OUTCOMES),
        dims.TOPIC: list(codes.TOPIC.labels), dims.SIDE: list(codes.SIDE.labels),
        dims.DIRECTION: list(codes.DIRECTION.labels), dims.QUESTION: [one.id for one in scenario.questions],
    }
    variable = {name: (axes, getattr(out, name), {"long_name": MEANING[name]}) for name, axes in AXIS.items()}
    attrs = {
        "scenario": scenario.name, "title": scenario.title, "outcome": ", ".join(scenario.chances),
        "as_of": scenario.as_of.isoformat(), "seed": seed, "dyad": scenario.dyad,
    }
    return xr.Dataset(variable, coords=coords, attrs=attrs)


# Questions as bit masks, so that the engine counts the contacts that each of them is about.

MECHANISM = ("none", "standing")
ANY = -1
"""All bits: everything counts."""


class QuestionMasks(NamedTuple):
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


def question_masks(scenario: Scenario) -> QuestionMasks:
    """The questions of a scenario as masks; one about meetings with poles counts no contact."""
    rows = [_masks(question, scenario) for question in scenario.questions]
    return QuestionMasks(*np.array(rows, dtype=np.int64).reshape(-1, len(QuestionMasks._fields)).T.copy())


def _masks(question: Question, scenario: Scenario) -> tuple[int, ...]:
    window = [months_between(scenario.horizon.start, month) for month in question.window]
    if question.contacts is None:
        return (0, 0, 0, 0, 0, 0, *window)
    given = question.contacts
    mechanism = (given.mechanism,) if given.mechanism else None
    masks = (_mask(given.rank, codes.RANK.labels), _mask(given.direction, codes.DIRECTION.labels),
             _mask(given.format, codes.FORMAT.labels), _mask(given.topic, codes.TOPIC.labels), _mask(mechanism, MECHANISM))
    return (*masks, given.outcome or 0, *window)


def _mask(wanted: tuple[str, ...] | None, labels: tuple[str, ...]) -> int:
    return ANY if wanted is None else sum(1 << labels.index(one) for one in set(wanted))
