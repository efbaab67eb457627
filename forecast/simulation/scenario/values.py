"""The size of an assumed effect: a number, or a distribution where the analyst is unsure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from scipy.special import betaincinv, gammaincinv, log_ndtr, ndtr, ndtri, ndtri_exp, stdtrit

from forecast.config import LONGEST_TEXT, LONGEST_WORD, Strict
from forecast.errors import nearest

# Distributions that a size may have, by their usual names and parameters, each drawn by inversion.

Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class DistributionFamily:
    """One named distribution.

    Parameters
    ----------
    parameters : tuple of str
        Their names, in the order of a scenario file.
    wrong : callable
        Parameters -> what was expected, where they are no distribution; else an empty text.
    quantile : callable
        Probabilities and parameters -> values.
    support : callable
        Parameters -> lowest and highest value.
    """

    parameters: tuple[str, ...]
    wrong: Callable[..., str]
    quantile: Callable[..., Array]
    support: Callable[..., tuple[float, float]]


def _positive(name: str) -> str:
    return f"a {name} above 0"


def _real(*_: float) -> tuple[float, float]:
    return -np.inf, np.inf


def _truncated(p: Array, mean: float, sd: float, low: float, high: float) -> Array:
    """Quantiles between two ends; where both lie on one side of the mean, in the log of the tail that is nearer to zero."""
    with np.errstate(over="ignore"):  # ends beyond any number of standard deviations are infinitely far
        below, above = np.float64(low - mean) / sd, np.float64(high - mean) / sd
    if below > 0:
        return -_left_tail(1 - p, -mean, sd, -high, -low)
    if above < 0:
        return _left_tail(p, mean, sd, low, high)
    start, end = ndtr(below), ndtr(above)
    return np.clip(mean + sd * ndtri(start + p * (end - start)), low, high)


def _left_tail(p: Array, mean: float, sd: float, low: float, high: float) -> Array:
    """Quantiles where the upper end lies below the mean: all of it in the lower tail, whose log has every digit.

    With a = log Phi of the lower end and b of the upper, the log of a + p (b - a) is b + log(p + (1 - p) exp(a - b)).
    """
    start, end = (log_ndtr((one - mean) / sd) for one in (low, high))
    ratio = np.exp(start - end) if np.isfinite(end) else 1.0
    share = end + np.log(p + (1 - p) * ratio)
    return np.clip(mean + sd * ndtri_exp(share), low, high) if np.isfinite(end) else np.full(np.shape(p), high)


def _triangular(p: Array, low: float, mode: float, high: float) -> Array:
    rise = (mode - low) / (high - low)
    left = low + np.sqrt(p * (high - low) * (mode - low))
    return np.where(p < rise, left, high - np.sqrt((1 - p) * (high - low) * (high - mode)))


def _laplace(p: Array, mean: float, scale: float) -> Array:
    return mean - scale * np.sign(p - 0.5) * np.log1p(-2 * np.abs(p - 0.5))


FAMILY = {
    "normal": DistributionFamily(
        parameters=("mean", "sd"), wrong=lambda mean, sd: "" if sd >= 0 else "a standard deviation of 0 or more",
        quantile=lambda p, mean, sd: mean + sd * ndtri(p), support=_real),
    "uniform": DistributionFamily(
        parameters=("low", "high"), wrong=lambda low, high: "" if low <= high else "the lower end first, uniform: [low, high]",
        quantile=lambda p, low, high: low + (high - low) * p, support=lambda low, high: (low, high)),
    "student_t": DistributionFamily(
        parameters=("nu", "mean", "scale"),
        wrong=lambda nu, mean, scale: "" if nu > 0 and scale > 0 else "degrees of freedom and a scale above 0",
        quantile=lambda p, nu, mean, scale: mean + scale * stdtrit(nu, p), support=_real),
    "lognormal": DistributionFamily(
        parameters=("mu", "sigma"), wrong=lambda mu, sigma: "" if sigma > 0 else _positive("sigma"),
        quantile=lambda p, mu, sigma: np.exp(mu + sigma * ndtri(p)), support=lambda *_: (0.0, np.inf)),
    "beta": DistributionFamily(
        parameters=("alpha", "beta"), wrong=lambda alpha, beta: "" if alpha > 0 and beta > 0 else "alpha and beta above 0",
        quantile=lambda p, alpha, beta: np.asarray(betaincinv(alpha, beta, p)), support=lambda *_: (0.0, 1.0)),
    "gamma": DistributionFamily(
        parameters=("shape", "rate"), wrong=lambda shape, rate: "" if shape > 0 and rate > 0 else "a shape and a rate above 0",
        quantile=lambda p, shape, rate: gammaincinv(shape, p) / rate, support=lambda *_: (0.0, np.inf)),
    "laplace": DistributionFamily(
        parameters=("mean", "scale"), wrong=lambda mean, scale: "" if scale > 0 else _positive("scale"),
        quantile=_laplace, support=_real),
    "triangular": DistributionFamily(
        parameters=("low", "mode", "high"),
        wrong=lambda low, mode, high: "" if low <= mode <= high and low < high else "three numbers in order, low < high",
        quantile=_triangular, support=lambda low, mode, high: (low, high)),
    "truncated_normal": DistributionFamily(
        parameters=("mean", "sd", "low", "high"),
        wrong=lambda mean, sd, low, high: "" if sd > 0 and low < high else "a standard deviation above 0, and low < high",
        quantile=_truncated, support=lambda mean, sd, low, high: (low, high)),
}


# The size of an assumed effect.

FIXED = "fixed"
WANTED = "a number, or one distribution by its name, such as {normal: [mean, sd]} or {uniform: [low, high]}"


class Distribution(Strict):
    """A fixed number or a distribution.

    Parameters
    ----------
    kind : str
        ``fixed``, or a name of :data:`~forecast.simulation.scenario.values.FAMILY`.
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


def _as_in_a_file(kind: Any, parameters: Any) -> Any:
    """A distribution that a manifest spells out, as a scenario file says it."""
    if kind == FIXED and isinstance(parameters, Sequence) and len(parameters) == 1:
        return parameters[0]
    return {str(kind): parameters}


def _parse(value: Any) -> Any:
    if isinstance(value, Distribution):
        return value
    if isinstance(value, Mapping) and set(value) == {"kind", "parameters"}:  # as the manifest of a run has it
        value = _as_in_a_file(value["kind"], value["parameters"])
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


# Plain values of a scenario file: texts, names, months.

def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("some words")
    if len(value.strip()) > LONGEST_TEXT:
        raise ValueError(f"at most {LONGEST_TEXT:,} characters")
    return value.strip()


def is_word(value: str) -> bool:
    """Whether a text is a short name in lower case."""
    return re.fullmatch(r"[a-z][a-z0-9_]*", value) is not None


def _word(value: Any) -> str:
    if not isinstance(value, str) or not is_word(value):
        raise ValueError("lower-case letters, digits and underscores, beginning with a letter")
    if len(value) > LONGEST_WORD:
        raise ValueError(f"at most {LONGEST_WORD} characters")
    return value


def _month(value: Any) -> date:
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", value, re.ASCII) if isinstance(value, str) else None
    if not found or found[1] == "0000":
        raise ValueError("a month written YYYY-MM")
    return date(int(found[1]), int(found[2]), 1)


def _window(value: Any) -> tuple[date, date]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("two months, [YYYY-MM, YYYY-MM]")
    first, last = map(_month, value)
    if last < first:
        raise ValueError("the earlier month first, [YYYY-MM, YYYY-MM]")
    return first, last


def _written(month: date) -> str:
    return f"{month:%Y-%m}"


_MONTH = {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}

Text = Annotated[str, BeforeValidator(_text)]
Word = Annotated[str, BeforeValidator(_word), WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]*$"})]
Month = Annotated[date, BeforeValidator(_month), PlainSerializer(_written, when_used="json"), WithJsonSchema(_MONTH)]
Window = Annotated[tuple[date, date], BeforeValidator(_window),
                   PlainSerializer(lambda window: [_written(month) for month in window], when_used="json"),
                   WithJsonSchema({"type": "array", "items": _MONTH, "minItems": 2, "maxItems": 2})]
Months = Annotated[float, Field(gt=0, le=1200, allow_inf_nan=False, strict=True)]
"""At most a century: longer than any horizon."""


def months_between(start: date, end: date) -> int:
    """Months from one month to another."""
    return 12 * (end.year - start.year) + end.month - start.month
