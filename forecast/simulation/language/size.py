"""The size of an assumed effect: a number, or a distribution where the analyst is unsure."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from forecast.config import Strict
from forecast.errors import nearest
from forecast.simulation.language.family import FAMILY

FIXED = "fixed"
WANTED = "a number, or one distribution by its name, such as {normal: [mean, sd]} or {uniform: [low, high]}"


class Distribution(Strict):
    """A fixed number or a distribution.

    Parameters
    ----------
    kind : str
        ``fixed``, or a name of :data:`~forecast.simulation.language.family.FAMILY`.
    parameters : tuple of float
        The number, or the parameters of the distribution in their order.
    """

    kind: str
    parameters: tuple[float, ...]

    def quantile(self, probability: np.ndarray) -> np.ndarray:
        """Size at each probability (same shape), by inversion: common random numbers stay coupled."""
        if self.kind == FIXED:
            return np.full(np.shape(probability), self.parameters[0])
        return FAMILY[self.kind].quantile(np.asarray(probability), *self.parameters)

    @property
    def support(self) -> tuple[float, float]:
        """Lowest and highest value."""
        if self.kind == FIXED:
            return self.parameters[0], self.parameters[0]
        return FAMILY[self.kind].support(*self.parameters)

    def __str__(self) -> str:
        numbers = ", ".join(f"{value:g}" for value in self.parameters)
        return numbers if self.kind == FIXED else f"{self.kind} [{numbers}]"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _named(kind: str, given: Any) -> dict[str, Any]:
    names = FAMILY[kind].parameters
    if not isinstance(given, Sequence) or len(given) != len(names) or not all(map(_is_number, given)):
        raise ValueError(f"{len(names)} numbers, {kind}: [{', '.join(names)}]")
    parameters = tuple(map(float, given))
    if wrong := FAMILY[kind].wrong(*parameters):
        raise ValueError(wrong)
    return {"kind": kind, "parameters": parameters}


def _parse(value: Any) -> Any:
    if isinstance(value, Distribution):
        return value
    if _is_number(value):
        return {"kind": FIXED, "parameters": (float(value),)}
    if isinstance(value, Mapping) and len(value) == 1:
        kind, given = next(iter(value.items()))
        if kind in FAMILY:
            return _named(kind, given)
        raise ValueError(f"a distribution that is known ({', '.join(FAMILY)}). {nearest(str(kind), FAMILY)}")
    raise ValueError(WANTED)


def _schema(kind: str) -> dict[str, Any]:
    count = len(FAMILY[kind].parameters)
    numbers = {"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count,
               "description": f"[{', '.join(FAMILY[kind].parameters)}]"}
    return {"type": "object", "properties": {kind: numbers}, "required": [kind], "additionalProperties": False}


def _within(low: float, high: float, told: str) -> AfterValidator:
    def check(value: Distribution) -> Distribution:
        if value.support[0] < low or value.support[1] > high:
            raise ValueError(f"{told}, or a distribution of such")
        return value

    return AfterValidator(check)


Size = Annotated[Distribution, BeforeValidator(_parse),
                 WithJsonSchema({"oneOf": [{"type": "number"}, *map(_schema, FAMILY)]})]
Chance = Annotated[Size, _within(0.0, 1.0, "a number from 0 to 1")]
Delay = Annotated[Size, _within(0.0, np.inf, "a number of months, 0 or more")]
