"""An assumed event: when it happens, if it does, and what it changes."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from forecast.config import Strict
from forecast.simulation.language.effect import Effect
from forecast.simulation.language.size import Chance, Delay
from forecast.simulation.language.words import Month, Months, Text, Window, Word

NEEDED = {"half_life_months": "pulse", "ramp_months": "ramp"}
WHEN = ("date", "window", "hazard")
ONLY_WITH = {"start": ("hazard",), "end": ("hazard",), "probability": ("date", "window", "after"), "delay_months": ("after",)}
"""Keys of time that make sense only beside others."""


class Event(Strict):
    """An event with a time, a shape and effects, each size argued for in ``reason``.

    It happens in month ``date``; in a month of ``window``, each alike likely; with chance ``hazard`` in every month from
    ``start`` to ``end``; or ``delay_months`` after the event called ``after``. With ``probability`` it may not happen at all.
    ``after`` beside another time lets it happen only once the other has; ``unless`` only while the other has not. A file that
    extends another takes a key back by leaving its value empty.
    """

    id: Word
    title: Text
    reason: Text
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

    @property
    def needs(self) -> tuple[str, ...]:
        """Events that must be drawn before this one."""
        return tuple(name for name in (self.after, self.unless) if name)

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
