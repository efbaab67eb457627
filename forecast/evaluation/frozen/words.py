"""What is wrong with a value of a frozen forecast, in words."""

from collections.abc import Callable, Mapping
from typing import Any

MOST = 20
"""Faults of one file that are told one by one; of the others, how many."""
SHOWN = 80

_EXPECTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "this key",
    "extra_forbidden": lambda _: "no such key",
    "int_type": lambda _: "a whole number",
    "float_type": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "string_type": lambda _: "a text",
    "string_pattern_mismatch": lambda _: "a month written YYYY-MM",
    "tuple_type": lambda _: "a list",
    "dict_type": lambda _: "a mapping of keys to values",
    "mapping_type": lambda _: "a mapping of keys to values",
    "model_type": lambda _: "a mapping of keys to values",
    "greater_than": lambda given: f"a number above {given['gt']:g}",
    "greater_than_equal": lambda given: f"a number of {given['ge']:g} or more",
    "less_than": lambda given: f"a number below {given['lt']:g}",
    "less_than_equal": lambda given: f"a number of {given['le']:g} or less",
    "too_long": lambda given: f"at most {given['max_length']} entries",
    "too_short": lambda given: f"at least {given['min_length']} entries",
    "string_too_long": lambda given: f"at most {given['max_length']} characters",
    "string_too_short": lambda given: f"at least {given['min_length']} characters",
    "literal_error": lambda given: f"{given['expected']}, the forms that this version reads",
}


def told(item: Mapping[str, Any]) -> tuple[str, str]:
    """What was expected and what was found, of one error of pydantic."""
    words = _EXPECTED.get(item["type"])
    expected = words(item.get("ctx", {})) if words else item["msg"].removeprefix("Value error, ")
    return expected, "nothing" if item["type"] == "missing" else _shown(item["input"])


def _shown(value: Any) -> str:
    if isinstance(value, Mapping | list | tuple):
        kind = "a mapping" if isinstance(value, Mapping) else "a list"
        return f"{kind} of {len(value)}"
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
