"""What a scenario file may say: frozen models of its keys."""

from collections.abc import Mapping
from math import isclose
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    field_validator,
    model_serializer,
    model_validator,
)

from forecast.config import Day, Strict
from forecast.contacts import codes
from forecast.panel.calendar import YEARS_OF_TERM
from forecast.simulation.scenario.values import (
    Chance,
    Delay,
    Distribution,
    LogOdds,
    LogRate,
    Month,
    Months,
    State,
    Text,
    Window,
    Word,
    is_word,
)

# What an event or a whole term changes, on which scale and for whom.

ALL, POLE = "all", "pole"


def _by(name: str, size: type, *keys: str, base: type[Strict] = Strict) -> type[Strict]:
    """Model with one optional size for each label of an axis, so that a misspelt label is an unknown key."""
    fields: dict[str, Any] = {key: (size | None, None) for key in keys}
    return create_model(name, __base__=base, **fields)


class _WithPoles(Strict):
    """``pole`` moves meetings with the leaders of poles of the dyad, by the names that its ``dyad.yaml`` gives them."""

    pole: Mapping[Word, LogRate] = Field(default_factory=dict)


if TYPE_CHECKING:  # their fields are labels, which are known when the program runs
    RateEffect = _WithPoles
    TopicEffect = Strict
    ToneEffect = Strict
else:
    RateEffect = _by("RateEffect", LogRate, ALL, *codes.RANK.labels, base=_WithPoles)
    TopicEffect = _by("TopicEffect", LogOdds, *codes.TOPIC.labels)
    ToneEffect = _by("ToneEffect", LogOdds, *codes.SIDE.labels)


class Adjustment(Strict):
    """Sizes on the whole term: log rate by rank and by pole, topic logits, location of outcome, of tone by side."""

    rate: RateEffect = RateEffect()
    topic: TopicEffect = TopicEffect()
    outcome: LogOdds | None = None
    tone: ToneEffect = ToneEffect()

    def size(self) -> dict[tuple[str, str], Distribution]:
        """Sizes that are given, by (quantity, target) as in ``("rate", "all")``; scalars have no target."""
        found: dict[tuple[str, str], Distribution | None] = {}
        for quantity in type(self).model_fields:
            value = getattr(self, quantity)
            by_target = {"": value} if isinstance(value, Distribution | None) else dict(value)
            found |= {(quantity, target): item for target, item in by_target.items() if target != POLE}
        return {key: item for key, item in found.items() if item is not None}

    @property
    def pole(self) -> Mapping[str, Distribution]:
        """Sizes on the log rate of meetings with poles, by name of the pole: they move no contact."""
        return self.rate.pole


class Effect(Adjustment):
    """Sizes of an event; ``state`` moves the relation state, in its standard deviations."""

    state: State | None = None


# An assumed event: when it happens, if it does, and what it changes.

NEEDED = {"half_life_months": "pulse", "ramp_months": "ramp"}
WHEN = ("date", "window", "hazard")
ONLY_WITH = {"start": ("hazard",), "end": ("hazard",), "probability": ("date", "window", "after"), "delay_months": ("after",)}
"""Keys of time that make sense only beside others."""


class Event(Strict):
    """An event with a time, a shape and effects, each size argued for in ``reason``.

    It happens in month ``date``; in a month of ``window``, all equally likely; with chance ``hazard`` in every month from
    ``start`` to ``end``; or ``delay_months`` after the event called ``after``. With ``probability`` it may not happen at all.
    ``after`` beside another time lets it happen only once the other has; ``unless`` only while the other has not. A file that
    extends another takes a key back by leaving its value empty. ``like`` names the kind of events of the record beside which
    its sizes are shown (:mod:`forecast.panel.events`); it has no other effect.
    """

    id: Word
    title: Text
    reason: Text
    like: Word | None = None
    date: Month | None = None
    window: Window | None = None
    hazard: Chance | None = None
    start: Month | None = None
    end: Month | None = None
    after: Word | None = None
    delay_months: Delay | None = None
    probability: Chance | None = None
    unless: Word | None = None
    shape: Literal["step", "pulse", "ramp"]
    half_life_months: Annotated[Months | None, Field(validate_default=True)] = None
    ramp_months: Annotated[Months | None, Field(validate_default=True)] = None
    duration_months: Months | None = None
    effects: Effect

    @model_serializer(mode="wrap")
    def _without_an_empty_kind(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        """As files have it that say nothing of the record, those written before they could too."""
        found: dict[str, object] = write(self)
        return {key: value for key, value in found.items() if key != "like" or value is not None}

    @property
    def needs(self) -> tuple[str, ...]:
        """Events that must be drawn before this one."""
        return tuple(name for name in (self.after, self.unless) if name)

    @field_validator("half_life_months", "ramp_months")
    @classmethod
    def _fits_shape(cls, value: float | None, info: ValidationInfo) -> float | None:
        shape, needed = info.data.get("shape"), NEEDED[str(info.field_name)]
        if shape == needed and value is None:
            raise ValueError(f"a number of months, because the shape is {shape}")
        if shape and shape != needed and value is not None:
            raise ValueError(f"this key only with shape: {needed}")
        return value

    @field_validator("duration_months")
    @classmethod
    def _only_step(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("shape") in NEEDED.values():
            raise ValueError("this key only with shape: step")
        return value

    @field_validator("effects")
    @classmethod
    def _some_effect(cls, value: Effect) -> Effect:
        if not value.size() and not value.pole:
            raise ValueError("at least one size")
        return value

    @model_validator(mode="after")
    def _one_time(self) -> "Event":
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        times = [name for name in WHEN if name in given]
        if len(times) > 1 or not given & {*WHEN, "after"}:
            raise ValueError("one of the keys date, window, hazard or after, to say when it happens")
        for key, beside in ONLY_WITH.items():
            if key in given and not given & set(beside):
                raise ValueError(f"the key {key} only beside {' or '.join(beside)}")
        if times and "delay_months" in given:
            raise ValueError(f"delay_months only where after stands without {times[0]}")
        if "hazard" in given and "probability" in given:
            raise ValueError("hazard or probability: a hazard already says how likely it is")
        if self.id in self.needs:
            raise ValueError("after and unless naming another event")
        return self


# An official whose habits differ from those of the office.

if TYPE_CHECKING:
    Rank = str
else:
    Rank = Literal[codes.RANK.labels]


class Official(Strict):
    """A share of the contacts of a rank, and how much more of them this person makes than predecessors did.

    The rate of the rank is multiplied by 1 + share (exp(appetite) - 1), from ``start`` to ``end``, both included; where they
    are not given, over the whole horizon.
    """

    id: Word
    title: Text
    reason: Text
    rank: Rank
    share: Chance
    appetite: LogRate
    start: Month | None = None
    end: Month | None = None


# A dated question that coded contacts will answer.

def _one_or_more(value: object) -> object:
    if isinstance(value, list | tuple) and not value:
        raise ValueError("at least one code")
    return value


if TYPE_CHECKING:
    Ranks = tuple[str, ...] | None
    Directions = tuple[str, ...] | None
    Formats = tuple[str, ...] | None
    Topics = tuple[str, ...] | None
else:
    def _codes(labels: tuple[str, ...]) -> object:
        return Annotated[tuple[Literal[labels], ...] | None, BeforeValidator(_one_or_more)]

    Ranks, Directions = _codes(codes.RANK.labels), _codes(codes.DIRECTION.labels)
    Formats, Topics = _codes(codes.FORMAT.labels), _codes(codes.TOPIC.labels)


class Condition(Strict):
    """Which contacts count: those for which every key that is given holds; of a list, any one."""

    rank: Ranks = None
    direction: Directions = None
    format: Formats = None
    topic: Topics = None
    mechanism: Literal["none", "standing"] | None = None
    outcome: Annotated[int | None, Field(ge=0, le=3, strict=True)] = None


class Meetings(Strict):
    """Which meetings with the leader of a pole count: those on one complete list of the dyad, by its name."""

    list: Word


class Question(Strict):
    """Whether at least, or at most, so many contacts of a kind fall into a window of months (both ends included).

    With ``dyad``, it is asked of that dyad alone. ``meetings`` in place of ``contacts`` asks of a list of leaders' meetings.
    """

    id: Word
    dyad: Word | None = None
    text: Text
    background: Text
    contacts: Condition | None = None
    meetings: Meetings | None = None
    window: Window
    at_least: Annotated[int | None, Field(ge=1, strict=True)] = None
    at_most: Annotated[int | None, Field(ge=0, strict=True)] = None
    resolution: Text

    @model_serializer(mode="wrap")
    def _without_the_other_key(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        """As files have it, those written before there was a second key too: only the key that the question has."""
        found: dict[str, object] = write(self)
        other = "meetings" if self.meetings is None else "contacts"
        return {key: value for key, value in found.items() if key != other}

    @model_validator(mode="after")
    def _one_bound(self) -> "Question":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("one of the keys at_least and at_most")
        if (self.contacts is None) == (self.meetings is None):
            raise ValueError("one of the keys contacts and meetings")
        return self

    @property
    def kind(self) -> Condition:
        """Which contacts count (raises ValueError for a question about meetings with poles)."""
        if self.contacts is None:
            raise ValueError(f"question {self.id} is not about contacts")
        return self.contacts

    @property
    def most(self) -> int:
        """The largest count that answers yes, for a question without ``at_least``."""
        if self.at_most is None:
            raise ValueError(f"question {self.id} has no at_most")
        return self.at_most


class QuestionFile(Strict):
    """Questions of a file of their own."""

    questions: tuple[Question, ...]


# What a scenario file may say.

def _outcome(value: Any) -> Any:
    names = [value] if isinstance(value, str) else list(value) if isinstance(value, Mapping) else []
    if not names or not all(isinstance(name, str) and is_word(name) for name in names):
        raise ValueError("who wins, or a probability for each outcome: {NAME: 0.5, OTHER: 0.5}")
    if isinstance(value, str):
        return value
    given = list(value.values())
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= 1 for one in given):
        raise ValueError("probabilities from 0 to 1")
    if not isclose(sum(given), 1.0, abs_tol=1e-9):
        raise ValueError(f"probabilities that add up to 1, not to {sum(given):g}")
    return {key: float(one) for key, one in value.items()}


Outcome = Annotated[str | dict[str, float], BeforeValidator(_outcome), WithJsonSchema({"oneOf": [
    {"type": "string"}, {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}}]})]


class Horizon(Strict):
    """First and last month of the forecast, both included."""

    start: Month
    end: Month

    @property
    def window(self) -> str:
        """First and last year, as tables name the whole of it."""
        return f"{self.start.year}-{self.end.year}"


Circumstance = Annotated[float, Field(ge=-1e9, le=1e9)] | Annotated[
    tuple[Annotated[float, Field(ge=-1e9, le=1e9)], ...], Field(min_length=YEARS_OF_TERM, max_length=YEARS_OF_TERM)]
"""Value of a covariate in the units of its source: in every year of the term, or one for each."""


class Scenario(Strict):
    """One future to simulate: an election outcome and what is assumed besides.

    ``dyad`` is given where the assumptions are made for one partner; a scenario without it holds for any. ``outcome`` is who
    wins, or probabilities of who does. ``covariates`` gives values over the term to circumstances that the prior set switches
    on: one number, or one for each year; without it the last known value goes on.
    """

    name: Word
    title: Text
    description: Text
    extends: str | None = None
    dyad: Word | None = None
    as_of: Day
    election: Word
    outcome: Outcome
    horizon: Horizon
    adjustments: Adjustment = Adjustment()
    cabinet: tuple[Official, ...] = ()
    events: tuple[Event, ...] = ()
    covariates: Mapping[Word, Circumstance] = Field(default_factory=dict)
    questions: tuple[Question, ...] = ()

    @property
    def assumes(self) -> bool:
        """Whether more than the election is assumed."""
        return self.adjustments != Adjustment() or bool(self.cabinet or self.events or self.covariates)

    @property
    def chances(self) -> dict[str, float]:
        """Probability of every outcome that is not excluded."""
        given = {self.outcome: 1.0} if isinstance(self.outcome, str) else self.outcome
        return {name: chance for name, chance in given.items() if chance > 0}


# The language as JSON Schema, for editors that complete keys and mark faults while one types.

OWN = ["name", "title", "description"]
"""Keys that every file gives itself, also where it extends another."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Schema of a scenario file: a file that extends another may leave out what that one says."""
    schema = Scenario.model_json_schema()
    inline = schema["properties"]["questions"]
    schema["properties"]["questions"] = {
        "description": "A list of questions, or the name of a file with such a list.",
        "anyOf": [{"type": "string"}, {key: value for key, value in inline.items() if key != "default"}]}
    alone = [key for key in schema["required"] if key not in OWN]
    _loosen(schema["$defs"], "Event", ["id"])
    _loosen(schema["$defs"], "Official", ["id"])
    _loosen(schema["$defs"], "Question", ["id"])
    _loosen(schema["$defs"], "Horizon", [])
    return {"$schema": DIALECT, "$id": "forecast-scenario.json", **schema, "required": OWN,
            "if": {"not": {"required": ["extends"]}}, "then": {"required": alone}}


def _loosen(parts: dict[str, Any], name: str, required: list[str]) -> None:
    """Of a part that is merged with that of a parent, only these keys must stand in every file."""
    parts[name]["required"] = required
