"""Strict YAML: a file becomes a frozen model, or one error that names every fault by line and key."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from forecast.errors import Fault, InputError, closest, nearest
from forecast.files import read_text
from forecast.yaml_reader import LONGEST, SHOWN, RefusedError, expected, found, plain, remedy, syntax, told
from forecast.yaml_reader import content as content_of

BROKEN = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, AssertionError, RecursionError,
          NotImplementedError)
"""What the YAML reader raises, besides its own errors, on texts that are no YAML."""


class Strict(BaseModel):
    """Base of everything read from YAML: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _day(value: Any) -> Any:
    """A day between quotes as the date that it is; anything else as it stands."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


Day = Annotated[date, BeforeValidator(_day)]
"""A day, written 2018-01-16; never a time of day."""

LONGEST_TEXT, LONGEST_WORD, LONGEST_NAME = 5000, 120, 200
"""Characters of a text for people, of an id, and of the name of a state: what is read first (scenarios, dyads, manifests) takes
no more than what is made of it (frozen forecasts, questions of platforms)."""


def read_yaml(path: Path) -> CommentedMap:
    """Read one YAML mapping that remembers the line of each key.

    Raises
    ------
    InputError
        Where the file is missing, no ordinary file, no UTF-8 text, no YAML, no mapping, or has what
        :mod:`forecast.yaml_reader` refuses.
    """
    return _mapping(path, read_text(path, 4 * LONGEST))


def _mapping(path: Path, text: str) -> CommentedMap:
    """Content of a text that is one mapping whose keys are texts."""
    content = _parsed(path, text)
    if not isinstance(content, CommentedMap):
        raise _unreadable(path, "a mapping of keys to values", _kind(content))
    if faults := [*_odd_keys(content, path)]:
        raise InputError(faults)
    return content


def _parsed(path: Path, text: str) -> Any:
    """Content of a text that nothing speaks against."""
    try:
        return content_of(text)
    except RefusedError as error:
        raise _unreadable(path, error.expected, error.found, f"line {error.line}") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InputError([syntax(path, mark.line + 1 if mark else 1, f"{error.problem or error.context or ''}")]) from None
    except YAMLError as error:
        raise InputError([syntax(path, None, (str(error).splitlines() or [""])[0])]) from None
    except BROKEN as error:
        raise InputError([syntax(path, None, str(error))]) from None


def _kind(content: Any) -> str:
    if content is None:
        return "nothing"
    return "a list" if isinstance(content, CommentedSeq) else found(content)


def _odd_keys(content: Any, path: Path) -> Iterator[Fault]:
    """Keys that are no texts: numbers, dates, nothing, lists."""
    if isinstance(content, CommentedMap):
        for key in content:
            if not isinstance(key, str):
                where = f"line {line_of(content, (key,))}, key {told(key)}"
                yield Fault(source=str(path), where=where, expected="a text as key", found=told(key),
                            remedy="Write it between quotes if it is meant.")
    for part in content.values() if isinstance(content, CommentedMap) else content if isinstance(content, CommentedSeq) else ():
        yield from _odd_keys(part, path)


def load_yaml[Model: Strict](path: Path, model: type[Model]) -> Model:
    """Read and check one YAML file.

    Parameters
    ----------
    path : Path
        The file.
    model : type of Strict
        What the file must say.

    Returns
    -------
    Strict
        The checked, frozen content.

    Raises
    ------
    InputError
        With one fault per wrong key or value, each with its line.
    """
    return load_with_lines(path, model)[1]


def load_with_lines[Model: Strict](path: Path, model: type[Model]) -> tuple[CommentedMap, Model]:
    """As :func:`load_yaml`, with the content that knows the line of each key; others get the same two: never change them."""
    found: tuple[CommentedMap, Model] = _loaded(path, read_text(path, 4 * LONGEST), model)
    return found


@lru_cache(maxsize=64)
def _loaded[Model: Strict](path: Path, text: str, model: type[Model]) -> tuple[CommentedMap, Model]:
    """Content of a text and its model; a run asks for the same files again and again."""
    content = _mapping(path, text)
    return content, validate(content, model, path)


def validate[Model: Strict](content: dict[str, Any], model: type[Model], path: Path) -> Model:
    """Check content that was read by :func:`read_yaml` against a model (raises InputError)."""
    try:
        return model.model_validate(plain(content), strict=True)
    except ValidationError as error:
        items = error.errors()
        misspelt = _misspelt(items, model)
        raise InputError(_fault(item, content, path, model) for item in items if item["loc"] not in misspelt) from None


def _unreadable(path: Path, expected: str, found: str, where: str = "whole file") -> InputError:
    remedy = "Check the path and the file's syntax."
    return InputError([Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)])


def line_of(content: Any, location: tuple[Any, ...]) -> int:
    """Line (from 1) of the deepest part of a key path that stands in the file."""
    line = 1
    for step in location:
        if isinstance(content, CommentedMap) and step in content:
            where = content.lc.key
        elif isinstance(content, CommentedSeq) and isinstance(step, int) and step < len(content):
            where = content.lc.item
        else:
            continue  # pydantic adds steps of its own, such as the tag of a union
        if step in (content.lc.data or {}):  # parts that a program put together have no line
            line = where(step)[0] + 1
        content = content[step]
    return line


def _misspelt(items: Iterable[Any], model: type[BaseModel]) -> set[tuple[Any, ...]]:
    """Missing keys to which an unknown key beside them is nearest: that fault says enough."""
    by_type: dict[str, set[tuple[Any, ...]]] = {"missing": set(), "extra_forbidden": set()}
    for item in items:
        by_type.setdefault(item["type"], set()).add(item["loc"])
    meant = {(*parent, closest(str(key), _known_keys(model, tuple(parent)))) for *parent, key in by_type["extra_forbidden"]}
    return by_type["missing"] & meant


def _fault(item: Mapping[str, Any], content: Mapping[str, Any], path: Path, model: type[BaseModel]) -> Fault:
    location = tuple(item["loc"])
    key = ".".join(str(step)[:SHOWN].replace("\n", " ") for step in _steps(content, location))
    where = f"line {line_of(content, location)}, key {key}" if key else "whole file"
    if item["type"] == "extra_forbidden":
        return Fault(source=str(path), where=where, expected="a known key", found=found(str(location[-1])),
                     remedy=nearest(str(location[-1])[:SHOWN], _known_keys(model, location[:-1])))
    if item["type"] == "missing":
        wanted = f"at least {location[-1] + 1} entries" if isinstance(location[-1], int) else "this key to be given"
        return Fault(source=str(path), where=where, expected=wanted, found="nothing", remedy=f"Add '{location[-1]}'.")
    return Fault(source=str(path), where=where, expected=expected(item), found=found(item["input"]), remedy=remedy(item))


def _steps(content: Any, location: tuple[Any, ...]) -> Iterator[Any]:
    """The steps of a key path that stand in the file, and a last one that is missing there; not those that pydantic adds."""
    for place, step in enumerate(location):
        inside = (isinstance(content, Mapping) and step in content) or (
            isinstance(content, list | tuple) and isinstance(step, int) and step < len(content))
        if inside:
            content = content[step]
            yield step
        elif place == len(location) - 1 and isinstance(content, Mapping) and "[" not in str(step):
            yield step


def _known_keys(model: type[BaseModel], location: tuple[Any, ...]) -> set[str]:
    """Fields of whichever models stand at a key path."""
    models = {model}
    for step in location:
        fields = [owner.model_fields[step] for owner in models if step in owner.model_fields]
        if fields:  # otherwise an index, the key of a dict, or the tag of a union
            models = {found for field in fields for found in _models_in(field.annotation)}
    return {name for owner in models for name in owner.model_fields}


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for part in get_args(annotation) for found in _models_in(part)}
