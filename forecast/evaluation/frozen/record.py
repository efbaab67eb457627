"""A frozen forecast: one JSON file that holds all it will be judged by, and the hash of it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from forecast.config import Strict
from forecast.errors import Fault, InputError
from forecast.simulation.language import Question

Histogram = tuple[int, ...]
"""Paths with 0, 1, 2, ... contacts."""


class FrozenQuestion(Strict):
    """The answer to a question: probability, its Monte Carlo error, and how many contacts count in the first paths."""

    probability: Annotated[float, Field(ge=0, le=1)]
    mcse: float
    draws: tuple[int, ...]


class FrozenScenario(Strict):
    """One scenario's forecast of recorded contacts.

    Parameters
    ----------
    outcome : mapping of str to float
        Who wins, with probabilities.
    assumes : tuple of str
        Events and adjustments; none where nothing is assumed but the election.
    month : mapping of str to tuple of Histogram
        Rank, or ``all`` -> one histogram per month.
    term : mapping of str to Histogram
        The same over all months together.
    draws : tuple of (month, rank) tables
        Contacts of the first paths, in pairs over months, ranks and scenarios: (path, month, rank).
    question : mapping of str to FrozenQuestion
        By id.
    """

    title: str
    outcome: Mapping[str, float]
    assumes: tuple[str, ...]
    month: Mapping[str, tuple[Histogram, ...]]
    term: Mapping[str, Histogram]
    draws: tuple[tuple[tuple[int, ...], ...], ...]
    question: Mapping[str, FrozenQuestion]


class Frozen(Strict):
    """Everything that a forecast says, and from what it was made.

    Parameters
    ----------
    frozen_on, as_of : date
        When it was laid down, and the last day that it used.
    term_start : date
        Inauguration day.
    month : tuple of str
        Months of the horizon, YYYY-MM.
    baseline : mapping
        Outcome -> forecaster -> rank, or ``all`` -> shape and years of its gamma rate: one forecaster looks at who won.
    made_of : mapping
        Versions, hashes of inputs, identities of posteriors, seed, paths, gates.
    """

    format: Literal[1] = 1
    dyad: str
    partner: str
    election: str
    frozen_on: date
    as_of: date
    term_start: date
    month: tuple[str, ...]
    rank: tuple[str, ...]
    scenario: Mapping[str, FrozenScenario]
    questions: tuple[Question, ...]
    baseline: Mapping[str, Mapping[str, Mapping[str, tuple[float, float]]]]
    made_of: Mapping[str, Any]


def write_frozen(frozen: Frozen, path: Path) -> str:
    """Write a frozen forecast; returns its hash."""
    content = frozen.model_dump(mode="json")
    digest = _hash(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"sha256": digest, "forecast": content}, ensure_ascii=False, separators=(",", ":")) + "\n",
                    encoding="utf-8")
    return digest


def read_frozen(path: Path) -> tuple[Frozen, str]:
    """Read a frozen forecast and its hash.

    Raises
    ------
    InputError
        Where it is no frozen forecast, was changed since, or has another form than this version writes.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        digest, content = found["sha256"], found["forecast"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError([_fault(path, "the file", "a file of forecast freeze", type(error).__name__)]) from None
    if _hash(content) != digest:
        raise InputError([_fault(path, "key sha256", f"{_hash(content)}, the hash of its content", str(digest))])
    try:
        return Frozen.model_validate(content), digest
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError([_fault(path, f"key forecast.{where}", "the form that this version writes", first["msg"])]) from None


def _hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content, its keys in order."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _fault(path: Path, where: str, expected: str, found: str) -> Fault:
    return Fault(source=str(path), where=where, expected=expected, found=found,
                 remedy="A frozen forecast counts only as it was written: take the original file.")
