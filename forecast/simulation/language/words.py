"""Plain values of a scenario file: texts, names, months."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("some words")
    return value.strip()


def is_word(value: str) -> bool:
    """Whether a text is a short name in lower case."""
    return re.fullmatch(r"[a-z][a-z0-9_]*", value) is not None


def _word(value: Any) -> str:
    if not isinstance(value, str) or not is_word(value):
        raise ValueError("lower-case letters, digits and underscores, beginning with a letter")
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
