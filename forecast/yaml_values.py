"""Scalars of a YAML file: what cannot be a value is kept as its text, so that a fault can name its key."""

import re
from datetime import date
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import TaggedScalar
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.scalarbool import ScalarBoolean

MOST_DIGITS = 18
"""Digits of a whole number: what 64 bits hold."""
_WHOLE = re.compile(r"[-+]?(0|[1-9]\d*)")


class Unusable:
    """Something that stands where a date or number would and is none, such as 2024-02-31.

    Parameters
    ----------
    text : str
        As it stands in the file.
    expected : str
        What would have been right.
    """

    def __init__(self, text: str, expected: str) -> None:
        self.text, self.expected = text, expected

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unusable) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


class _Constructor(RoundTripConstructor):
    """Dates of the calendar and plain decimal numbers; everything else of that look is :class:`Unusable`."""

    def construct_yaml_timestamp(self, node: ScalarNode, values: Any = None) -> Any:
        try:
            return super().construct_yaml_timestamp(node, values)
        except (ValueError, OverflowError):
            return Unusable(node.value, "a date of the calendar, such as 2024-11-04")

    def construct_yaml_int(self, node: ScalarNode) -> Any:
        text = node.value
        if not _WHOLE.fullmatch(text):
            return Unusable(text, "a number in plain decimal digits, without leading zeros or underscores")
        if len(text.lstrip("+-")) > MOST_DIGITS:
            return Unusable(text, f"a number of at most {MOST_DIGITS} digits")
        return int(text)

    def construct_yaml_float(self, node: ScalarNode) -> Any:
        text = node.value
        try:
            value = float(text) if "_" not in text else None
        except ValueError:
            return super().construct_yaml_float(node)  # .inf and .nan, which every field refuses
        usable = value is not None and abs(value) != float("inf")
        return value if usable else Unusable(text, "a finite number in plain decimal digits")


for _tag, _construct in (("timestamp", _Constructor.construct_yaml_timestamp), ("int", _Constructor.construct_yaml_int),
                         ("float", _Constructor.construct_yaml_float)):
    _Constructor.add_constructor(f"tag:yaml.org,2002:{_tag}", _construct)


def reader() -> YAML:
    """A reader that remembers lines and never ends in an error over a single value."""
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor = _Constructor
    return yaml


def plain(value: Any) -> Any:
    """The same content as dicts, tuples, texts and numbers without memory of the file, for strict models."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    if isinstance(value, ScalarBoolean):  # a bool with an anchor, which is an int in Python
        return bool(value)
    exact = next((kind for kind in (bool, int, float, str) if isinstance(value, kind)), None)
    return value if exact is None else exact(value)


def told(value: Any) -> str:
    """A value as a message shows it: close to how YAML writes it, texts in quotes, control characters escaped."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_bare(key)}: {told(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(told, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, Unusable | date | TaggedScalar):
        return _bare(value.value if isinstance(value, TaggedScalar) else value)
    return repr(value)


def _bare(value: Any) -> str:
    text = str(value)
    return text if text.isprintable() else repr(text)
