"""What a sweep file may say."""

from math import prod
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from forecast.config import Strict
from forecast.simulation.language.size import Size
from forecast.simulation.language.words import Text, Word

OUTSIDE = ("priors", "as_of")
"""Paths that are no keys of a scenario: the prior set, and the day up to which the record is used."""
MOST_POINTS = 200_000
"""Points of a design; beyond, a sweep would run for weeks."""


def _values(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) < 2 or len(set(map(str, value))) < len(value):
        raise ValueError("two or more different values")
    return tuple(value)


class Vary(Strict):
    """One assumption that is varied: over a list of values, or over a distribution.

    ``path`` is a key of the scenario with its parts joined by dots, items of lists by their id, as ``forecast scenario explain``
    shows it; or ``priors``, or ``as_of``.
    """

    path: Text
    reason: Text
    values: Annotated[tuple[Any, ...] | None, BeforeValidator(_values)] = None
    over: Size | None = None
    steps: Annotated[int | None, Field(ge=2, le=50, strict=True)] = None

    @model_validator(mode="after")
    def _one_range(self) -> "Vary":
        if (self.values is None) == (self.over is None):
            raise ValueError("one of the keys values and over")
        if self.path in OUTSIDE and self.values is None:
            raise ValueError(f"values for {self.path}")
        if self.values is not None and self.steps is not None:
            raise ValueError("steps only beside over")
        return self


class Sweep(Strict):
    """A design over some assumptions.

    ``design: grid`` takes every combination of values (of a distribution, ``steps`` evenly spaced quantiles); ``design: sobol``
    takes ``samples`` (a power of two) times two more than there are assumptions, and sensitivity indices from them.
    """

    name: Word
    title: Text
    description: Text
    scenarios: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    design: Literal["grid", "sobol"]
    samples: Annotated[int | None, Field(ge=8, le=MOST_POINTS, strict=True)] = None
    paths: Annotated[int, Field(ge=100, le=1_000_000, strict=True)] = 500
    vary: Annotated[tuple[Vary, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _complete(self) -> "Sweep":
        if (self.design == "sobol") != (self.samples is not None):
            raise ValueError("samples with design: sobol, and only with it")
        if self.samples is not None and self.samples & (self.samples - 1):
            raise ValueError("samples that are a power of two")
        if self.design == "grid" and any(one.over is not None and one.steps is None for one in self.vary):
            raise ValueError("steps beside every over, because the design is a grid")
        if len({one.path for one in self.vary}) < len(self.vary):
            raise ValueError("every path once")
        if (points := self._points()) > MOST_POINTS:
            raise ValueError(f"a design of at most {MOST_POINTS:,} points, not of {points:,.0f}")
        return self

    def _points(self) -> int:
        """Points of the design."""
        if self.samples is not None:
            return self.samples * (len(self.vary) + 2)
        return prod(len(one.values) if one.values is not None else one.steps for one in self.vary)
