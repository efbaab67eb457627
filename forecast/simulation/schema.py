"""What a scenario file may say: frozen models of its keys."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, create_model, field_validator

from forecast.config import Strict
from forecast.contacts import codes
from forecast.simulation.size import Distribution, Size

ALL = "all"


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("some words")
    return value.strip()


def _word(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        raise ValueError("lower-case letters, digits and underscores, beginning with a letter")
    return value


def _month(value: Any) -> date:
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", str(value))
    if not found:
        raise ValueError("a month written YYYY-MM")
    return date(int(found[1]), int(found[2]), 1)


Text = Annotated[str, BeforeValidator(_text)]
Word = Annotated[str, BeforeValidator(_word)]
Month = Annotated[
    date, BeforeValidator(_month), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"})
]
Months = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]


def _by(name: str, *keys: str) -> type[Strict]:
    """Model with one optional size for each label of an axis, so that a misspelt label is an unknown key."""
    return create_model(name, __base__=Strict, **{key: (Size | None, None) for key in keys})


RateEffect = _by("RateEffect", ALL, *codes.RANK.labels)
TopicEffect = _by("TopicEffect", *codes.TOPIC.labels)
ToneEffect = _by("ToneEffect", *codes.SIDE.labels)


class Adjustment(Strict):
    """Sizes on the whole term: log rate by rank, topic logits, location of outcome, of tone by side."""

    rate: RateEffect = RateEffect()
    topic: TopicEffect = TopicEffect()
    outcome: Size | None = None
    tone: ToneEffect = ToneEffect()

    def size(self) -> dict[tuple[str, str], Distribution]:
        """Sizes that are given, by (quantity, target) as in ``("rate", "all")``; scalars have no target."""
        found: dict[tuple[str, str], Distribution | None] = {}
        for quantity in type(self).model_fields:
            value = getattr(self, quantity)
            by_target = {"": value} if isinstance(value, Distribution | None) else dict(value)
            found |= {(quantity, target): item for target, item in by_target.items()}
        return {key: item for key, item in found.items() if item is not None}


class Effect(Adjustment):
    """Sizes of an event; ``state`` moves the relation state, in its standard deviations."""

    state: Size | None = None


NEEDED = {"half_life_months": "pulse", "ramp_months": "ramp"}


class Event(Strict):
    """An assumed event with a date, a shape in time and effects, each size argued for in ``reason``."""

    id: Word
    title: Text
    date: Month
    reason: Text
    shape: Literal["step", "pulse", "ramp"]
    half_life_months: Annotated[Months | None, Field(validate_default=True)] = None
    ramp_months: Annotated[Months | None, Field(validate_default=True)] = None
    duration_months: Months | None = None
    effects: Effect

    @field_validator("half_life_months", "ramp_months")
    @classmethod
    def _fits_shape(cls, value: float | None, info: ValidationInfo) -> float | None:
        shape, needed = info.data.get("shape"), NEEDED[info.field_name]
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
        if not value.size():
            raise ValueError("at least one size")
        return value


class Horizon(Strict):
    """First and last month of the forecast, both included."""

    start: Month
    end: Month


class Scenario(Strict):
    """One future to simulate: an election outcome and what is assumed besides.

    ``dyad`` is given where the assumptions are made for one partner; a scenario without it holds for any.
    """

    name: Word
    title: Text
    description: Text
    extends: str | None = None
    dyad: Word | None = None
    as_of: date
    election: Word
    outcome: Word
    horizon: Horizon
    adjustments: Adjustment = Adjustment()
    events: tuple[Event, ...] = ()
