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
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def _named(kind: str, given: Any) -> dict[str, Any]:
    names = FAMILY[kind].parameters
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != len(names) or not all(map(_is_number, given)):
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
        raise ValueError(f"a distribution that is known ({', '.join(FAMILY)}). {nearest(str(kind)[:80], FAMILY)}")
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


def _plausibly(low: float, high: float, told: str) -> AfterValidator:
    """Refuse sizes that nothing has; of a distribution, all but one draw in five hundred must lie inside."""

    def check(value: Distribution) -> Distribution:
        with np.errstate(all="ignore"):
            drawn = value.quantile(PLAUSIBLE)
        if not ((drawn >= low) & (drawn <= high)).all():  # also where one is NaN
            also = "" if value.kind == FIXED else f"; {value} has {drawn[0]:.3g} to {drawn[-1]:.3g} (0.1 and 99.9 %)"
            raise ValueError(f"{told}{also}")
        return value

    return AfterValidator(check)


PLAUSIBLE = np.array([0.001, 0.5, 0.999])
LARGEST = np.log(1000.0)
"""Of a log rate or log odds. Between its quietest and its busiest year a dyad has moved by a factor of ten or so; a factor of a
thousand leaves room for any break that one can argue for, and stops percentages (a 10 that was meant as 10 %)."""
LARGEST_STATE = 10.0
"""Standard deviations of the relation state: a swing of six comes once in a billion months."""
LONGEST_MONTHS = 1200.0
"""A century: longer than any horizon."""

Size = Annotated[Distribution, BeforeValidator(_parse),
                 WithJsonSchema({"oneOf": [{"type": "number"}, *map(_schema, FAMILY)]})]
LogRate = Annotated[Size, _plausibly(
    -LARGEST, LARGEST, "a log rate from -6.9 to 6.9 (a thousandth to a thousand times as many)")]
LogOdds = Annotated[Size, _plausibly(
    -LARGEST, LARGEST, "log odds from -6.9 to 6.9 (odds a thousandth to a thousand times as high)")]
State = Annotated[Size, _plausibly(
    -LARGEST_STATE, LARGEST_STATE, "standard deviations of the relation's swings, from -10 to 10")]
Chance = Annotated[Size, _within(0.0, 1.0, "a number from 0 to 1"), _plausibly(0.0, 1.0, "a number from 0 to 1")]
Delay = Annotated[Size, _within(0.0, np.inf, "a number of months, 0 or more"),
                  _plausibly(0.0, LONGEST_MONTHS, "a number of months, at most 1200")]
