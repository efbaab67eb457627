"""Scalars of a YAML file: what cannot be a value is kept as its text, so that a fault can name its key."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import TaggedScalar
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.parser import RoundTripParser
from ruamel.yaml.scalarbool import ScalarBoolean

from forecast.errors import Fault, closest

if TYPE_CHECKING:
    from pydantic import ValidationError

MOST_DIGITS = 18
"""Digits of a whole number: what 64 bits hold."""
_WHOLE = re.compile(r"[-+]?(0|[1-9]\d*)")


class Unusable:
    """Something that stands where a date or number would and is none, such as 2018-02-31.

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
            return Unusable(node.value, "a date of the calendar, such as 2018-01-16")

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


# What a value had to be, in the program's own words instead of those of the library that checks it.

SHOWN = 100
"""Characters of a value that a message repeats."""
DATE, LIST, MAPPING, NUMBER, TEXT = (
    "a date such as 2018-01-16", "a list", "a mapping of keys to values", "a number", "a text")
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
    "literal_error": "{expected}", "enum": "{expected}",
    "json_invalid": "valid JSON", "invalid_key": "a text as key", "recursion_loop": "values that do not contain themselves",
    "value_error": "{error}", "assertion_error": "{error}",
}
"""Type of an error of pydantic -> what was expected, with the context of the error."""


def expected(item: Mapping[str, Any]) -> str:
    """What was expected where a check failed."""
    if isinstance(item["input"], Unusable):
        return item["input"].expected
    context: dict[str, Any] = {"text": TEXT} | {key: f"{value:g}" if isinstance(value, float) else value
                                                for key, value in (item.get("ctx") or {}).items()}
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
    if item["type"] in ("literal_error", "enum") and isinstance(item["input"], str):
        allowed = str(item["ctx"]["expected"]).replace(" or ", ", ").split(", ")
        if meant := closest(item["input"], [word.strip("'") for word in allowed]):
            return f"Did you mean '{meant}'?"
    if isinstance(item["input"], str) and expected(item).startswith((NUMBER, "a whole", "a finite", "true or")):
        return "Write it without quotes." if _numeric(item["input"]) else "Correct the value."
    return "Correct the value."


def of_key(key: str) -> str:
    """Where a value stands in a file whose lines say nothing, such as JSON."""
    return f"key {key}" if key else "whole file"


def wrong(item: Mapping[str, Any]) -> tuple[str, str]:
    """What was expected and what was found, of one fault of content that is no YAML; of long content only its size."""
    if item["type"] == "missing":
        return "this key", "nothing"
    value = item["input"]
    if isinstance(value, Mapping | list | tuple):
        shown = f"{'a mapping' if isinstance(value, Mapping) else 'a list'} of {len(value)}"
    else:
        shown = "null" if value is None else found(value)
    return "no such key" if item["type"] == "extra_forbidden" else expected(item), shown


def faults_of(error: "ValidationError", source: Any, fix: str, where: Callable[[str], str] = of_key) -> Iterator[Fault]:
    """Every fault of content that is no YAML, in the program's own words.

    Parameters
    ----------
    error : ValidationError
    source : Path or str
        The file.
    fix : str
        What to do about it.
    where : callable
        From a key, its parts joined by dots (empty for the whole), to the place that is told.
    """
    for item in error.errors(include_url=False):
        wanted, value = wrong(item)
        yield Fault(source=str(source), where=where(".".join(map(str, item["loc"]))[:2 * SHOWN]), expected=wanted, found=value,
                    remedy=fix)


def first_wrong(error: "ValidationError") -> str:
    """The first fault in half a sentence, for what is told of an entry of a cache."""
    item = error.errors(include_url=False)[0]
    wanted, value = wrong(item)
    return f"{'.'.join(map(str, item['loc'])) or 'content'}: expected {wanted}, found {value}"


def syntax(path: Any, line: int | None, problem: str) -> Fault:
    """A text that is no YAML."""
    told_problem = problem.removeprefix("but ").removeprefix("found ").strip().rstrip(".") or "something else"
    expected_form = "one document" if told_problem == "another document" else "valid YAML"
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


# What no honest configuration file contains, refused where it is met: hugeness, depth, bombs of aliases, tags.

LONGEST, DEEPEST, MOST, LONG = 200_000, 20, 10_000, 1_000
"""Characters of a file; mappings and lists inside one another; values once every alias is written out; characters of a text for
which it counts as one value more, since each alias of it becomes a text of its own."""

_Open = list[tuple[str | None, int]]
"""Anchor and values so far of every node that is not yet closed."""


class RefusedError(ValueError):
    """Something that no honest configuration file contains."""

    def __init__(self, line: int, expected: str, found: str) -> None:
        super().__init__(f"line {line}: expected {expected}, found {found}")
        self.line, self.expected, self.found = line, expected, found


def content(text: str) -> Any:
    """Content of a text with the line of every key, read in one pass; never an error over a single value.

    Raises
    ------
    RefusedError
        Of what is refused that which comes first; before values are made, so that a key that stands twice is found later.
    ruamel.yaml.error.YAMLError
        Where the text is no YAML.
    """
    if len(text) > LONGEST:
        raise RefusedError(1, f"at most {LONGEST:,} characters", f"{len(text):,}")
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor, yaml.Parser = _Constructor, _Parser
    yaml.composer.warn_double_anchors = False  # YAML allows them, and a warning in the terminal is of no file
    return yaml.load(text)


class _Parser(RoundTripParser):
    """Refuses what is unwanted on its way from the text to the values."""

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        self._size: dict[str, int] = {}
        self._open_nodes: _Open = [(None, 0)]

    def get_event(self) -> Event:
        event: Event = super().get_event()
        if refused := _refused(event, self._open_nodes):
            raise RefusedError(event.start_mark.line + 1 if event.start_mark else 1, *refused)
        _count(event, self._open_nodes, self._size)
        return event



def _refused(event: Event, open_nodes: _Open) -> tuple[str, str] | None:
    if isinstance(event, NodeEvent) and (tag := getattr(event, "tag", None)):
        return "plain values", f"the tag {tag}"
    if len(open_nodes) > DEEPEST:
        return f"at most {DEEPEST} mappings and lists inside one another", "more"
    if open_nodes[-1][1] > MOST:
        return f"at most {MOST:,} values, aliases written out", "more"
    if isinstance(event, AliasEvent) and event.anchor in [anchor for anchor, _ in open_nodes]:
        return "values that do not contain themselves", f"*{event.anchor} inside &{event.anchor}"
    if isinstance(event, DocumentStartEvent) and (version := _version(event)) not in (None, (1, 2)):
        return "YAML 1.2, in which 1:30 is a text and yes is a word", "the directive %YAML {}.{}".format(*version or ())
    if isinstance(event, ScalarEvent):
        return _unprintable(event.value.replace("\a", "") if event.style == ">" else event.value)  # ruamel marks folds by a bell
    return None


def _version(event: DocumentStartEvent) -> tuple[int, int] | None:
    """Version that a directive asks for."""
    found = event.version
    return None if found is None else tuple(found) if isinstance(found, tuple | list) else (found.major, found.minor)


def _unprintable(text: str) -> tuple[str, str] | None:
    """Characters that only an escape can put into a text: controls, and halves of surrogate pairs."""
    if text.isprintable():
        return None
    odd = next((one for one in text if one not in "\n\t" and unicodedata.category(one) in ("Cc", "Cs")), None)
    return None if odd is None else ("texts without control characters", f"the character U+{ord(odd):04X}")


def _count(event: Event, open_nodes: _Open, size: dict[str, int]) -> None:
    """Add the values of an event to the node that it stands in; an alias has those of its anchor."""
    if isinstance(event, CollectionStartEvent):
        open_nodes.append((event.anchor, 1))
        return
    if isinstance(event, CollectionEndEvent):
        anchor, values = open_nodes.pop()
    elif isinstance(event, AliasEvent):
        anchor, values = None, size.get(event.anchor, 1)
    elif isinstance(event, NodeEvent):
        anchor, values = event.anchor, 1 + len(getattr(event, "value", "")) // LONG
    else:
        return
    if anchor:
        size[anchor] = values
    open_nodes[-1] = (open_nodes[-1][0], open_nodes[-1][1] + values)
