r"""Questions and forecasts in the format of public forecasting platforms, written, read back and checked.

A file
------
One JSON object: who forecasts (``forecaster``), the last day whose news the forecasts may know (``as_of``), ``questions`` and
``forecasts``. Keys of a question are those of a question of the Metaculus API (schema ``Question`` of its OpenAPI file, version
2.0.0: ``type``, ``title``, ``description``, ``resolution_criteria``, ``fine_print``, ``open_time``, ``scheduled_close_time``,
``scheduled_resolve_time``, ``resolution``, ``scaling``, ``open_lower_bound``, ``open_upper_bound``), those of a forecast what its
address ``questions/forecast`` takes (``question``, and ``probability_yes`` or ``continuous_cdf``). Two things differ: an id is a
text until a platform has given a number, and ``rule`` says in codes what the criteria say in sentences, so that a record decides.

A distribution over numbers
---------------------------
The 201 values of ``continuous_cdf`` are :math:`F(x_i)` at :math:`x_i = a + i (b - a) / 200`, with :math:`a, b` the range of
``scaling``. What lies outside is :math:`F(a)` and :math:`1 - F(b)`; a bound that is not open has nothing outside of it.

The file is read as a file of others: limits of size, depth and number, then every value, then whether all of it fits together.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field, ValidationError, model_validator

from forecast.config import Strict
from forecast.contacts import codes
from forecast.errors import Fault, InputError, closest, first_of
from forecast.evaluation.frozen import ALL, Chance, Day, Key, Misfit, Month, Name, expected_and_found
from forecast.evaluation.questions import span
from forecast.files import MEGABYTE, read_json
from forecast.panel.calendar import months_within
from forecast.shipped import CASE
from forecast.simulation.scenario import Question

LARGEST = 16 * MEGABYTE
"""Bytes of a file; one of 400 questions with distributions has about one million."""
MOST_QUESTIONS = 2000
POINTS = 201
REMEDY = "Correct the file, or write it anew with forecast platform export."
YES, NO, ANNULLED, AMBIGUOUS = "yes", "no", "annulled", "ambiguous"


def _time(value: str) -> str:
    try:
        found = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        found = None
    if found is None or f"{found:%Y-%m-%dT%H:%M:%SZ}" != value or found.year < 1000:
        raise ValueError("a time written YYYY-MM-DDTHH:MM:SSZ")
    return value


def _one_word(value: str) -> str:
    if not value.isprintable() or any(map(str.isspace, value)):
        raise ValueError("printable characters without a space")
    return value


def _one_line(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("one line of printable characters, without spaces at its ends")
    return value


Time = Annotated[str, Field(max_length=20), AfterValidator(_time)]
"""A moment, UTC, to the second; kept as it is written."""
Id = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_word)]
Who = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_one_line)]
Words = Annotated[str, Field(max_length=20_000)]
Title = Annotated[str, Field(min_length=1, max_length=1000)]
Number = Annotated[float, Field(strict=True, ge=-1e15, le=1e15)]


class CountedWindow(Strict):
    """Contacts of a rank, or ``all``, from one month to another, both included, are counted."""

    rank: Name
    first: Month
    last: Month


class Rule(Strict):
    """What decides a question, in codes.

    Parameters
    ----------
    given : str, optional
        Who must win for the question to count; without it the election is left open.
    begins : date
        First day of the term; contacts of that month before it do not count.
    asks : Question, optional
        Of a binary question.
    counts : CountedWindow, optional
        Of a numeric question.
    """

    dyad: Key
    home: Name = CASE.home["name"]
    partner: Name
    election: Key
    given: Key | None = None
    begins: Day
    asks: Question | None = None
    counts: CountedWindow | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "Rule":
        if (self.asks is None) == (self.counts is None):
            raise ValueError("one of the keys asks and counts")
        return self

    @property
    def days(self) -> tuple[date, date]:
        """First and last day that count (raises ValueError for a rule without a window, which no file can have)."""
        if self.asks is not None:
            return span(self.asks, self.begins)
        if self.counts is None:
            raise ValueError("a rule without the keys asks and counts")
        first, last = (date.fromisoformat(f"{month}-01") for month in (self.counts.first, self.counts.last))
        start, end = months_within(first, last, self.begins)
        return max(start, self.begins), end

    @property
    def fact(self) -> str:
        """What is asked, whatever it is given: questions with one fact are decided by the same contacts."""
        return json.dumps(self.model_dump(mode="json", exclude={"given"}), sort_keys=True)


class Scaling(Strict):
    """Range of a numeric question; a ``zero_point`` makes its points even on a log scale."""

    range_min: Number
    range_max: Number
    zero_point: Number | None = None


class PlatformQuestion(Strict):
    """A question as a platform asks it; keys of a range only where it is numeric."""

    id: Id
    type: Literal["binary", "numeric"]
    title: Title
    description: Words = ""
    resolution_criteria: Words
    fine_print: Words = ""
    open_time: Time
    scheduled_close_time: Time
    scheduled_resolve_time: Time
    resolution: Annotated[str, Field(max_length=40)] | None = None
    unit: Annotated[str, Field(max_length=40)] = ""
    scaling: Scaling | None = None
    open_lower_bound: bool | None = None
    open_upper_bound: bool | None = None
    rule: Rule


class PlatformForecast(Strict):
    """A forecast of one question: a probability, or 201 values of a distribution."""

    question: Id
    probability_yes: Chance | None = None
    continuous_cdf: Annotated[tuple[Chance, ...], Field(min_length=POINTS, max_length=POINTS)] | None = None

    @property
    def values(self) -> np.ndarray:
        """The probability, (1,), or the distribution, (201,)."""
        return np.atleast_1d(np.array(self.continuous_cdf if self.probability_yes is None else self.probability_yes, float))


class PlatformFile(Strict):
    """Questions, and what somebody forecasts of them.

    Parameters
    ----------
    as_of : date
        Last day whose news the forecasts may know.
    sha256 : str, optional
        Hash of the frozen forecast from which the file was made.
    """

    format: Literal[1] = 1
    forecaster: Who
    as_of: Day
    sha256: Annotated[str, Field(max_length=64)] | None = None
    questions: Annotated[tuple[PlatformQuestion, ...], Field(min_length=1, max_length=MOST_QUESTIONS)]
    forecasts: Annotated[tuple[PlatformForecast, ...], Field(max_length=MOST_QUESTIONS)] = ()

    @property
    def question(self) -> dict[str, PlatformQuestion]:
        """By id."""
        return {one.id: one for one in self.questions}

    @property
    def forecast(self) -> dict[str, np.ndarray]:
        """Values by the id of the question."""
        return {one.question: one.values for one in self.forecasts}


# Written and read.

def text_of(file: PlatformFile) -> str:
    """The file as JSON: questions for readers, a line for every forecast (raises InputError where it would not be read back)."""
    _refuse(Path("platform file"), [*misfits(file)])
    content = file.model_dump(mode="json")
    head = [f"{json.dumps(key)}: {json.dumps(content[key], ensure_ascii=False)}" for key in ("format", "forecaster", "as_of",
                                                                                            "sha256")]
    lines = [json.dumps({key: value for key, value in one.items() if value is not None}) for one in content["forecasts"]]
    forecasts = ",\n".join(lines)
    questions = json.dumps(content["questions"], indent=1, ensure_ascii=False)
    return "{" + ",\n".join([*head, f'"questions": {questions}', f'"forecasts": [\n{forecasts}\n]']) + "}\n"


def read_platform(path: Path) -> PlatformFile:
    """Read a file of questions and forecasts.

    Raises
    ------
    InputError
        Where it is no JSON file within the limits; else with every fault by its key, or the first twenty and how many more.
    """
    content = read_json(path, LARGEST)
    if not isinstance(content, dict) or not {"questions", "forecaster"} <= set(content):
        raise InputError([_fault(path, "whole file", "an object with the keys forecaster, as_of, questions and forecasts",
                                 (", ".join(content)[:100] or "no key") if isinstance(content, dict) else
                                 f"a {type(content).__name__}", "Name a file as forecast platform export writes it.")])
    try:
        file = PlatformFile.model_validate(content)
    except ValidationError as error:
        _refuse(path, [(".".join(map(str, item["loc"])), *expected_and_found(item)) for item in error.errors(include_url=False)])
    _refuse(path, [*misfits(file)])
    return file


def _refuse(path: Path, found: Sequence[Misfit]) -> None:
    if found:
        raise InputError(first_of(_fault(path, f"key {key[:200]}", *words) for key, *words in found))


def _fault(path: Path, where: str, expected: str, found: str, remedy: str = REMEDY) -> Fault:
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)


def questions_of(file: PlatformFile, path: Path) -> list[dict[str, Any]]:
    """The dated questions of a file as a question file of scenarios has them, each once.

    Raises
    ------
    InputError
        Where two questions of one id differ.
    """
    found: dict[str, Question] = {}
    twice = []
    for place, one in enumerate(file.questions):
        asks = one.rule.asks
        if asks is not None and found.setdefault(asks.id, asks) != asks:
            twice.append((f"questions.{place}.rule.asks", f"the question that {asks.id} is before", "another of that id"))
    _refuse(path, twice)
    return [one.model_dump(mode="json", exclude_none=True) for one in found.values()]


# Whether the parts of a file fit together.

def misfits(file: PlatformFile) -> Iterator[Misfit]:
    """Everything that does not fit; nothing where the file can be used."""
    known = file.question
    for key, ids in (("questions", [one.id for one in file.questions]), ("forecasts", [one.question for one in file.forecasts])):
        yield from ((key, "each question once", f"{id} {many} times") for id, many in Counter(ids).items() if many > 1)
    for place, question in enumerate(file.questions):
        yield from ((f"questions.{place}.{key}", expected, found) for key, expected, found in _question(question))
    for place, one in enumerate(file.forecasts):
        where = f"forecasts.{place}"
        if one.question not in known:
            near = closest(one.question, known)
            yield f"{where}.question", f"the id of a question of the file{f', such as {near}' if near else ''}", \
                f"'{one.question[:80]}'"
            continue
        yield from ((f"{where}.{key}", expected, found) for key, expected, found in _forecast(one, known[one.question]))
        closes = known[one.question].scheduled_close_time
        if moment(file.as_of) >= closes:
            yield where, f"a forecast from before {closes}, when the question closes", f"as_of {file.as_of}"


def moment(day: date) -> str:
    """Its first, as files write it."""
    return f"{datetime(day.year, day.month, day.day, tzinfo=UTC):%Y-%m-%dT%H:%M:%SZ}"


def _question(one: PlatformQuestion) -> Iterator[Misfit]:
    times = (one.open_time, one.scheduled_close_time, one.scheduled_resolve_time)
    if not (times[0] < times[1] <= times[2]):
        yield "scheduled_close_time", "open_time before it, and scheduled_resolve_time not", ", ".join(times)
    numeric = one.type == "numeric"
    ranged = {"scaling": one.scaling, "open_lower_bound": one.open_lower_bound, "open_upper_bound": one.open_upper_bound}
    for key, value in ranged.items():
        if (value is None) == numeric:
            yield key, f"{'a value' if numeric else 'none'}, as the question is {one.type}", "none" if value is None else "one"
    if one.scaling is not None:
        yield from _scaling(one.scaling)
    yield from _resolution(one)
    wanted = "counts" if numeric else "asks"
    if getattr(one.rule, wanted) is None:
        yield "rule", f"the key {wanted}, as the question is {one.type}", "the other"
    elif numeric:
        yield from _window(one.rule)
    elif one.rule.asks is not None and one.rule.asks.dyad not in (None, one.rule.dyad):
        yield "rule.asks.dyad", f"{one.rule.dyad}, or none", str(one.rule.asks.dyad)


def _scaling(one: Scaling) -> Iterator[Misfit]:
    if not one.range_min < one.range_max:
        yield "scaling", "range_min below range_max", f"{one.range_min:g} and {one.range_max:g}"
    if one.zero_point is not None and one.range_min <= one.zero_point <= one.range_max:
        yield "scaling.zero_point", "a number outside the range", f"{one.zero_point:g}"


def _resolution(one: PlatformQuestion) -> Iterator[Misfit]:
    """What a platform has set; of a numeric question a number, or that it lies outside the range."""
    if one.resolution is None or one.resolution in (ANNULLED, AMBIGUOUS):
        return
    if one.type == "binary":
        if one.resolution not in (YES, NO):
            yield "resolution", f"{YES}, {NO}, {ANNULLED}, {AMBIGUOUS} or null", repr(one.resolution)
        return
    try:
        right = one.resolution in ("above_upper_bound", "below_lower_bound") or bool(np.isfinite(float(one.resolution)))
    except ValueError:
        right = False
    if not right:
        yield "resolution", "a number as a text, above_upper_bound, below_lower_bound, annulled, ambiguous or null", \
            repr(one.resolution)


def _window(rule: Rule) -> Iterator[Misfit]:
    if rule.counts is None:
        return
    if rule.counts.first > rule.counts.last or rule.counts.last < f"{rule.begins:%Y-%m}":
        yield "rule.counts", f"first not after last, and months from {rule.begins:%Y-%m} on", \
            f"{rule.counts.first} to {rule.counts.last}"
    if rule.counts.rank not in (ALL, *codes.RANK.labels):
        yield "rule.counts.rank", f"one of {', '.join((ALL, *codes.RANK.labels))}", f"'{rule.counts.rank[:80]}'"


def _forecast(one: PlatformForecast, question: PlatformQuestion) -> Iterator[Misfit]:
    wanted, other = ("continuous_cdf", "probability_yes")[::1 if question.type == "numeric" else -1]
    for key, needed in ((wanted, True), (other, False)):
        if (getattr(one, key) is not None) != needed:
            yield key, f"{'a value' if needed else 'no such key'}, as the question is {question.type}", \
                "none" if needed else "one"
    cdf = one.continuous_cdf
    if cdf is None or question.type != "numeric":
        return
    if place := next((place for place, (first, second) in enumerate(pairwise(cdf), 1) if second < first), None):
        yield f"continuous_cdf.{place}", "values that do not decrease", f"{cdf[place]:g} after {cdf[place - 1]:g}"
    for key, end, bound, is_open in (("0", cdf[0], 0.0, question.open_lower_bound),
                                     (str(POINTS - 1), cdf[-1], 1.0, question.open_upper_bound)):
        if not is_open and end != bound:
            yield f"continuous_cdf.{key}", f"{bound:g}, as this bound is not open", f"{end:g}"
