"""Forecasts that are laid down before what they forecast happens, and scored when it has.

A frozen forecast
-----------------
One JSON file that holds all it will be judged by, and the hash of it.

The file is read as a file of others: its hash is verified first, then every value, its type and size, and whether all of it fits
together. Whoever forges a file and its hash gets a forecast that can be scored, or a
refusal.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import isclose
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, FailFast, Field, ValidationError, model_validator

from forecast.config import LONGEST_NAME, LONGEST_TEXT, LONGEST_WORD, Strict
from forecast.contacts import codes
from forecast.errors import Fault, InputError, first_of
from forecast.evaluation.scores import LONGEST
from forecast.files import MEGABYTE, read_json
from forecast.shipped import CASE
from forecast.simulation.scenario import Question
from forecast.yaml_reader import of_key, wrong

# A frozen forecast.

LARGEST = 16 * MEGABYTE
"""Bytes of a frozen forecast; that of a hundred questions and thirty scenarios has some five million."""
LEVEL = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
"""Levels of the quantiles that a new forecast gives, and asks others for."""
LEVEL_OF_FORMAT_1 = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Levels of the tasks when files did not name them."""
MOST_PATHS = 10**9
MOST_KEYS = 100_000
MOST_SCENARIOS = 100
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
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Key = Annotated[str, Field(min_length=1, max_length=LONGEST_WORD), AfterValidator(_word)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
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
    home, partner : str
        Names of the two states; files that name no ``home`` are of the state whose elections ship.
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
    home: Name = CASE.home["name"]
    partner: Name
    election: Key
    frozen_on: Day
    as_of: Day
    term_start: Day
    month: Annotated[tuple[Month, ...], Field(min_length=1, max_length=120), FailFast()]
    rank: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20), FailFast()]
    level: Annotated[tuple[Level, ...], Field(min_length=1, max_length=99), FailFast()] = LEVEL
    scenario: Annotated[Mapping[Key, FrozenScenario], Field(min_length=1, max_length=MOST_SCENARIOS)]
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


def laid[Model: Strict](model: type[Model], source: Path | str, remedy: str, **content: Any) -> Model:
    """A part of a frozen forecast, or of a file for platforms, made of what was read elsewhere.

    Raises
    ------
    InputError
        Where something is longer, larger or more than such a file may have.
    """
    try:
        return model(**content)
    except ValidationError as error:
        raise InputError(first_of(Fault(source=str(source), where=of_key(".".join(map(str, item["loc"]))[:200]), remedy=remedy,
                                        expected=expected_and_found(item)[0], found=expected_and_found(item)[1])
                                  for item in error.errors(include_url=False))) from None


def write_frozen(frozen: Frozen, path: Path) -> str:
    """Write a frozen forecast; returns its hash.

    Raises
    ------
    InputError
        Where it could not be read again: its parts do not fit together, or it is too large.
    """
    _check(frozen, path, "Freeze a run of fewer scenarios, or with fewer contacts a month.")
    content = frozen.model_dump(mode="json", exclude={"home", "level"} if frozen.format == 1 else None)
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
        faults = [_fault(path, f"key {'.'.join(('forecast', *map(str, item['loc'])))[:200]}", *expected_and_found(item))
                  for item in error.errors(include_url=False)]
        raise InputError(first_of(faults)) from None
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
        raise InputError(first_of(faults))


def _hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content, its keys in order."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _fault(path: Path, where: str, expected: str, found: str, remedy: str = REMEDY) -> Fault:
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)


# Whether the parts of a frozen forecast fit together: keys, lengths and sums.

ALL = "all"
LARGEST_GRID = 10_000_000
"""Probabilities that scoring may need: scenarios, ranks, months and longest histogram multiplied. A long run has a million."""
HIGHEST = 36_000
"""Contacts a year that a baseline may expect: as many as a histogram of a month has room for."""
Misfit = tuple[str, str, str]
"""Key, what was expected there, what was found."""


def misfits(frozen: "Frozen") -> Iterator[Misfit]:
    """Everything that does not fit; nothing where the forecast can be scored."""
    yield from _time(frozen)
    yield from _once("rank", frozen.rank, codes.RANK.labels)
    yield from _once("questions", [one.id for one in frozen.questions])
    if any(first >= second for first, second in pairwise(frozen.level)):
        yield "level", "levels that increase", ", ".join(map(str, frozen.level))
    for question in frozen.questions:
        if question.dyad not in (None, frozen.dyad):
            yield f"questions.{question.id}.dyad", f"{frozen.dyad}, or none", question.dyad
    sizes = {(frozen_paths(one), len(one.draws)) for one in frozen.scenario.values()}
    if len(sizes) > 1:
        yield "scenario", "as many paths and draws in every scenario", ", ".join(f"{a} and {b}" for a, b in sorted(sizes))
    for name, one in frozen.scenario.items():
        yield from ((f"scenario.{name}.{key}", expected, found) for key, expected, found in _scenario(frozen, one))
    if (many := _grid(frozen)) > LARGEST_GRID:
        yield "scenario", f"histograms that need at most {LARGEST_GRID:,} probabilities", f"{many:,}"
    outcomes = {outcome for one in frozen.scenario.values() for outcome in one.outcome}
    yield from _misfit_keys("baseline", frozen.baseline, outcomes)
    yield from _baselines(frozen)


def _time(frozen: "Frozen") -> Iterator[Misfit]:
    """Months follow one another from that of the inauguration, or a later one, on."""
    number = [12 * int(month[:4]) + int(month[5:]) for month in frozen.month]
    if any(second != first + 1 for first, second in pairwise(number)):
        yield "month", "months that follow one another", ", ".join(frozen.month)[:80]
    first = frozen.term_start.year * 12 + frozen.term_start.month
    if number[0] < first or frozen.month[0].startswith("0000"):
        yield "month.0", f"{frozen.term_start:%Y-%m}, when the term begins, or later", frozen.month[0]
    for question in frozen.questions:
        window = [12 * day.year + day.month for day in question.window]
        if not number[0] <= window[0] <= window[1] <= number[-1]:
            found = " to ".join(f"{day:%Y-%m}" for day in question.window)
            yield f"questions.{question.id}.window", f"months within {frozen.month[0]} to {frozen.month[-1]}", found
    if not date(1800, 1, 1) <= frozen.term_start < date(9000, 1, 1):
        yield "term_start", "a year from 1800 on", str(frozen.term_start)


def _scenario(frozen: "Frozen", one: "FrozenScenario") -> Iterator[Misfit]:
    keys, months, paths = (ALL, *frozen.rank), len(frozen.month), frozen_paths(one)
    if not isclose(sum(one.outcome.values()), 1, abs_tol=1e-9):
        yield "outcome", "probabilities that add up to 1", f"{sum(one.outcome.values()):g}"
    yield from _misfit_keys("month", one.month, keys)
    yield from _misfit_keys("term", one.term, keys)
    for key, histograms in one.month.items():
        yield from _length(f"month.{key}", histograms, months, "one for each month")
        for place, histogram in enumerate(histograms):
            yield from _sum(f"month.{key}.{place}", histogram, paths)
    for key, histogram in one.term.items():
        yield from _sum(f"term.{key}", histogram, paths)
    if len(one.draws) > paths:
        yield "draws", f"at most {paths} paths", str(len(one.draws))
    for place, path in enumerate(one.draws):
        if len(path) != months or any(len(ranks) != len(frozen.rank) for ranks in path):
            yield f"draws.{place}", f"{months} months of {len(frozen.rank)} ranks", "another shape"
    yield from _answers(frozen, one)


def _answers(frozen: "Frozen", one: "FrozenScenario") -> Iterator[Misfit]:
    known = {question.id for question in frozen.questions}
    for id, answer in one.question.items():
        if id not in known:
            yield f"question.{id}", f"the id of a question ({', '.join(sorted(known)) or 'none is asked'})"[:200], f"'{id}'"
        yield from _length(f"question.{id}.draws", answer.draws, len(one.draws), "one for each path of draws")


def _length(key: str, values: Sequence[object], wanted: int, each: str) -> Iterator[Misfit]:
    if len(values) != wanted:
        yield key, f"{wanted} entries, {each}", str(len(values))


def frozen_paths(one: "FrozenScenario") -> int:
    """Paths of a scenario: what most of its histograms add up to."""
    sums = Counter(sum(histogram) for histograms in one.month.values() for histogram in histograms)
    return next((paths for paths, _ in sums.most_common(1)), 0)


def _grid(frozen: "Frozen") -> int:
    longest = max((len(one) for scenario in frozen.scenario.values() for months in scenario.month.values() for one in months),
                  default=0)
    return len(frozen.scenario) * (len(frozen.rank) + 1) * len(frozen.month) * longest


def _sum(key: str, histogram: tuple[int, ...], paths: int) -> Iterator[Misfit]:
    if sum(histogram) != paths or not paths:
        yield key, f"{paths or 'some'} paths in all", str(sum(histogram))


def _baselines(frozen: "Frozen") -> Iterator[Misfit]:
    names = {", ".join(sorted(of_outcome)) for of_outcome in frozen.baseline.values()}
    if len(names) > 1:
        yield "baseline", "the same baselines for every outcome", "; ".join(sorted(names))[:200]
    for outcome, of_outcome in frozen.baseline.items():
        for name, rates in of_outcome.items():
            yield from _misfit_keys(f"baseline.{outcome}.{name}", rates, (ALL, *frozen.rank))
            for key, (shape, years) in rates.items():
                if not shape / years <= HIGHEST:
                    yield f"baseline.{outcome}.{name}.{key}", f"at most {HIGHEST} contacts a year", f"{shape / years:g}"


def _misfit_keys(key: str, found: Iterable[str], expected: Iterable[str]) -> Iterator[Misfit]:
    found, expected = set(found), set(expected)
    if found != expected:
        yield key, f"the keys {', '.join(sorted(expected))}"[:300], ", ".join(sorted(found))[:200] or "none"


def _once(key: str, values: Iterable[str], known: Iterable[str] | None = None) -> Iterator[Misfit]:
    values = list(values)
    if len(set(values)) < len(values):
        yield key, "each entry once", "repetitions"
    if known is not None and (strange := [one for one in values if one not in known]):
        yield key, f"some of {', '.join(known)}", ", ".join(strange)[:200]


# What is wrong with a value of a frozen forecast, in words.

_EXPECTED = {"string_pattern_mismatch": "a month written YYYY-MM",
             "literal_error": "{expected}, the forms that this version reads"}
"""What says more here than in other files."""


def expected_and_found(item: Mapping[str, Any]) -> tuple[str, str]:
    """What was expected and what was found, of one error of pydantic."""
    expected, found = wrong(item)
    words = _EXPECTED.get(item["type"])
    return words.format(**item.get("ctx", {})) if words else expected, found
