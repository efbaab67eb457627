"""The size of an assumed effect: a number, or a distribution where the analyst is unsure."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, WithJsonSchema
from scipy.special import ndtri

from forecast.config import Strict

WANTED = "a number, {normal: [mean, sd]} or {uniform: [low, high]}"
PAIR = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


class Distribution(Strict):
    """A fixed number, a normal or a uniform distribution.

    Parameters
    ----------
    kind : str
        ``fixed``, ``normal`` or ``uniform``.
    first, second : float
        Number and 0; mean and standard deviation; or lower and upper end.
    """

    kind: Literal["fixed", "normal", "uniform"]
    first: float
    second: float = 0.0

    def quantile(self, probability: np.ndarray) -> np.ndarray:
        """Size at each probability (same shape), by inversion: common random numbers stay coupled."""
        if self.kind == "fixed":
            return np.full(np.shape(probability), self.first)
        if self.kind == "normal":
            return self.first + self.second * ndtri(probability)
        return self.first + (self.second - self.first) * probability


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _pair(kind: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Sequence) or len(value) != 2 or not all(map(_is_number, value)):
        names = "[mean, sd]" if kind == "normal" else "[low, high]"
        raise ValueError(f"two numbers, {kind}: {names}")
    if kind == "normal" and value[1] < 0:
        raise ValueError("a standard deviation of 0 or more")
    if kind == "uniform" and value[0] > value[1]:
        raise ValueError("the lower end first, uniform: [low, high]")
    return {"kind": kind, "first": float(value[0]), "second": float(value[1])}


def _parse(value: Any) -> Any:
    if isinstance(value, Distribution):
        return value
    if _is_number(value):
        return {"kind": "fixed", "first": float(value)}
    if isinstance(value, Mapping) and len(value) == 1:
        kind, pair = next(iter(value.items()))
        if kind in ("normal", "uniform"):
            return _pair(kind, pair)
    raise ValueError(WANTED)


def _schema(kind: str) -> dict[str, Any]:
    return {"type": "object", "properties": {kind: PAIR}, "required": [kind], "additionalProperties": False}


Size = Annotated[
    Distribution,
    BeforeValidator(_parse),
    WithJsonSchema({"oneOf": [{"type": "number"}, _schema("normal"), _schema("uniform")]}),
]
