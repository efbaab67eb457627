"""A frozen forecast: one JSON file that holds all it will be judged by, and the hash of it.

The file is read as a file of others: its hash is verified first, then every value, its type and size, and whether all of it fits
together (:mod:`forecast.evaluation.frozen.fit`). Whoever forges a file and its hash gets a forecast that can be scored, or a
refusal.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, FailFast, Field, ValidationError, model_validator

from forecast.config import Strict
from forecast.errors import Fault, InputError
from forecast.evaluation.frozen.fit import misfits
from forecast.evaluation.frozen.words import MOST, told
from forecast.evaluation.scores.counts import LONGEST
from forecast.files import MEGABYTE, read_json
from forecast.simulation.language import Question

LARGEST = 16 * MEGABYTE
"""Bytes of a frozen forecast; that of a hundred questions and thirty scenarios has some five million."""
LEVEL = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
"""Levels of the quantiles that a new forecast gives, and asks others for."""
LEVEL_OF_FORMAT_1 = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Levels of the tasks when files did not name them."""
MOST_PATHS = 10**9
MOST_KEYS = 100_000
REMEDY = "A frozen forecast counts only as it was written: take the original file."


def _day(value: Any) -> Any:
    if not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII)) and type(value) is not date:
        raise ValueError("a day written YYYY-MM-DD")
    return value


def _word(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", value):
        raise ValueError("lower-case letters, digits and underscores")
    return value


Day = Annotated[date, BeforeValidator(_day)]
Text = Annotated[str, Field(max_length=5000)]
Key = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_word)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Chance = Annotated[float, Field(strict=True, ge=0, le=1)]
Level = Annotated[float, Field(strict=True, gt=0, lt=1)]
Error = Annotated[float, Field(strict=True, ge=0, le=1)]
Paths = Annotated[int, Field(strict=True, ge=0, le=MOST_PATHS)]
Count = Annotated[int, Field(strict=True, ge=0, lt=LONGEST)]
Total = Annotated[int, Field(strict=True, ge=0, le=10**7)]
Rate = Annotated[tuple[Annotated[float, Field(strict=True, gt=0, le=1e12)], Annotated[float, Field(strict=True, gt=0, le=1e12)]],
                 FailFast()]

Histogram = Annotated[tuple[Paths, ...], Field(min_length=1, max_length=LONGEST), FailFast()]
"""Paths with 0, 1, 2, ... contacts."""
Whole = Annotated[tuple[Paths, ...], Field(min_length=1, max_length=100 * LONGEST), FailFast()]
"""The same of all months together."""
Months = Annotated[tuple[Histogram, ...], Field(min_length=1, max_length=120), FailFast()]
Path_ = Annotated[tuple[Annotated[tuple[Count, ...], Field(max_length=20), FailFast()], ...], Field(max_length=120), FailFast()]


class FrozenQuestion(Strict):
    """The answer to a question: probability, its Monte Carlo error, and how many contacts count in the first paths."""

    probability: Chance
    mcse: Error
    draws: Annotated[tuple[Total, ...], Field(max_length=1000), FailFast()]


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

    title: Text
    outcome: Annotated[Mapping[Key, Chance], Field(min_length=1, max_length=10)]
    assumes: Annotated[tuple[Text, ...], Field(max_length=1000), FailFast()]
    month: Annotated[Mapping[Name, Months], Field(max_length=20)]
    term: Annotated[Mapping[Name, Whole], Field(max_length=20)]
    draws: Annotated[tuple[Path_, ...], Field(min_length=1, max_length=1000), FailFast()]
    question: Annotated[Mapping[Key, FrozenQuestion], Field(max_length=1000)]


class Frozen(Strict):
    """Everything that a forecast says, and from what it was made.

    Parameters
    ----------
    format : int
        Form of the file: 1 did not name the levels of quantiles, 2 does.
    frozen_on, as_of : date
        When it was laid down, and the last day that it used.
    term_start : date
        Inauguration day.
    month : tuple of str
        Months of the horizon, YYYY-MM.
    level : tuple of float
        Levels of the quantiles by which it is compared with others.
    baseline : mapping
        Outcome -> forecaster -> rank, or ``all`` -> shape and years of its gamma rate: one forecaster looks at who won.
    made_of : mapping
        Versions, hashes of inputs, identities of posteriors, seed, paths, gates.
    """

    format: Literal[1, 2] = 2
    dyad: Key
    partner: Name
    election: Key
    frozen_on: Day
    as_of: Day
    term_start: Day
    month: Annotated[tuple[Month, ...], Field(min_length=1, max_length=120), FailFast()]
    rank: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20), FailFast()]
    level: Annotated[tuple[Level, ...], Field(min_length=1, max_length=99), FailFast()] = LEVEL
    scenario: Annotated[Mapping[Key, FrozenScenario], Field(min_length=1, max_length=30)]
    questions: Annotated[tuple[Question, ...], Field(max_length=1000), FailFast()]
    baseline: Annotated[Mapping[Key, Annotated[Mapping[Name, Annotated[Mapping[Name, Rate], Field(max_length=20)]],
                                               Field(max_length=30)]], Field(max_length=10)]
    made_of: Mapping[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _levels_of_format_1(cls, content: Any) -> Any:
        """Files of the first form keep the levels that its tasks had."""
        if not isinstance(content, Mapping) or type(content.get("format")) is not int or content["format"] != 1:
            return content
        if "level" in content:
            raise ValueError("no key 'level' in format 1")
        return {**content, "level": LEVEL_OF_FORMAT_1}


def write_frozen(frozen: Frozen, path: Path) -> str:
    """Write a frozen forecast; returns its hash.

    Raises
    ------
    InputError
        Where it could not be read again: its parts do not fit together, or it is too large.
    """
    _check(frozen, path, "Freeze a run of fewer scenarios, or with fewer contacts a month.")
    content = frozen.model_dump(mode="json", exclude={"level"} if frozen.format == 1 else None)
    digest = _hash(content)
    text = json.dumps({"sha256": digest, "forecast": content}, ensure_ascii=False, separators=(",", ":")) + "\n"
    if (size := len(text.encode())) > LARGEST:
        raise InputError([_fault(path, "whole file", f"at most {LARGEST:,} bytes", f"{size:,}", "Freeze fewer scenarios.")])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return digest


def read_frozen(path: Path) -> tuple[Frozen, str]:
    """Read a frozen forecast and its hash.

    Raises
    ------
    InputError
        Where it is no frozen forecast, was changed since, or has another form than this version reads.
    """
    found = _content(path)
    if not isinstance(found, dict) or set(found) != {"sha256", "forecast"} or not isinstance(found["forecast"], dict):
        raise InputError([_fault(path, "whole file", "a file of forecast freeze, with the keys sha256 and forecast",
                                 ", ".join(map(str, found))[:100] or "no key" if isinstance(found, dict) else
                                 f"a {type(found).__name__}")])
    digest, content = found["sha256"], found["forecast"]
    if _hash(content) != digest:
        raise InputError([_fault(path, "key sha256", f"{_hash(content)}, the hash of its content", str(digest)[:100])])
    try:
        frozen = Frozen.model_validate(content)
    except ValidationError as error:
        items = error.errors(include_url=False)
        faults = [_fault(path, f"key {'.'.join(('forecast', *map(str, item['loc'])))[:200]}", *told(item))
                  for item in items[:MOST]]
        raise InputError([*faults, *_more(path, len(items))]) from None
    _check(frozen, path, REMEDY)
    return frozen, digest


def _content(path: Path) -> Any:
    try:
        found = read_json(path, LARGEST)
    except InputError as error:
        raise InputError(replace(fault, remedy="Name a file of forecast freeze, as it was written.")
                         for fault in error.faults) from None
    if (many := _keys(found)) > MOST_KEYS:
        raise InputError([_fault(path, "whole file", f"at most {MOST_KEYS:,} keys", f"{many:,}")])
    return found


def _keys(value: Any) -> int:
    """Keys of all mappings."""
    if isinstance(value, dict):
        return len(value) + sum(_keys(child) for child in value.values())
    return sum(_keys(child) for child in value if isinstance(child, dict | list)) if isinstance(value, list) else 0


def _check(frozen: Frozen, path: Path, remedy: str) -> None:
    faults = [_fault(path, f"key forecast.{where}"[:200], expected, found, remedy) for where, expected, found in misfits(frozen)]
    if faults:
        raise InputError([*faults[:MOST], *_more(path, len(faults))])


def _more(path: Path, faults: int) -> list[Fault]:
    return [_fault(path, "whole file", "none of these faults", f"{faults - MOST} more")] if faults > MOST else []


def _hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content, its keys in order."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _fault(path: Path, where: str, expected: str, found: str, remedy: str = REMEDY) -> Fault:
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)
