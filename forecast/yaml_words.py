"""What a value had to be, in the program's own words instead of those of the library that checks it."""

from collections.abc import Mapping
from typing import Any

from forecast.errors import Fault, closest
from forecast.yaml_values import Unusable, told

SHOWN = 100
"""Characters of a value that a message repeats."""
DATE, LIST, MAPPING, NUMBER, TEXT = (
    "a date such as 2024-11-04", "a list", "a mapping of keys to values", "a number", "a text")
WORDS = {
    "string_type": TEXT, "string_sub_type": TEXT, "string_unicode": TEXT,
    "string_too_short": "{text} of at least {min_length} characters",
    "string_too_long": "{text} of at most {max_length} characters",
    "string_pattern_mismatch": "a text of the form {pattern}",
    "float_type": NUMBER, "float_parsing": NUMBER, "finite_number": "a finite number",
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "int_parsing_size": "a whole number that 64 bits hold",
    "bool_type": "true or false", "bool_parsing": "true or false",
    "greater_than": "a number above {gt}", "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}", "less_than_equal": "a number of at most {le}",
    "date_type": DATE, "date_parsing": DATE, "date_from_datetime_parsing": DATE, "date_from_datetime_inexact": DATE,
    "tuple_type": LIST, "list_type": LIST,
    "too_short": "at least {min_length} entries", "too_long": "at most {max_length} entries",
    "dict_type": MAPPING, "mapping_type": MAPPING, "model_type": MAPPING, "model_attributes_type": MAPPING,
    "is_instance_of": "a value of another kind", "none_required": "nothing",
    "literal_error": "{expected}", "invalid_key": "a text as key", "recursion_loop": "values that do not contain themselves",
    "value_error": "{error}", "assertion_error": "{error}",
}
"""Type of an error of pydantic -> what was expected, with the context of the error."""


def expected(item: Mapping[str, Any]) -> str:
    """What was expected where a check failed."""
    if isinstance(item["input"], Unusable):
        return item["input"].expected
    context = {"text": TEXT} | dict(item.get("ctx") or {})
    if context.get("min_length") == 1 and item["type"].endswith("too_short"):
        return "some words" if item["type"].startswith("string") else "at least one entry"
    words = WORDS.get(item["type"])
    return words.format(**context) if words else "another value"


def found(value: Any) -> str:
    """A value as a fault repeats it."""
    text = told(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def remedy(item: Mapping[str, Any]) -> str:
    """What to do about a value: the allowed word that was probably meant, where one is near."""
    if item["type"] == "literal_error" and isinstance(item["input"], str):
        allowed = str(item["ctx"]["expected"]).replace(" or ", ", ").split(", ")
        if meant := closest(item["input"], [word.strip("'") for word in allowed]):
            return f"Did you mean '{meant}'?"
    if isinstance(item["input"], str) and expected(item).startswith((NUMBER, "a whole", "a finite", "true or")):
        return "Write it without quotes." if _numeric(item["input"]) else "Correct the value."
    return "Correct the value."


def syntax(path: Any, line: int | None, problem: str) -> Fault:
    """A text that is no YAML."""
    told_problem = problem.removeprefix("found ").strip().rstrip(".") or "something else"
    expected_form = "valid YAML"
    if told_problem.startswith("duplicate key"):
        key = told_problem.removeprefix("duplicate key ").partition(" with value")[0].strip("\"'")
        expected_form, told_problem = "every key once", f"'{key}' again"
    return Fault(source=str(path), where=f"line {line}" if line else "whole file", expected=expected_form,
                 found=told_problem[:2 * SHOWN], remedy="Check the path and the file's syntax.")


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text in ("true", "false")
    return True
