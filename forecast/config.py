"""Strict YAML: a file becomes a frozen model, or one error that names every fault by line and key."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from forecast.errors import Fault, InputError, closest, nearest
from forecast.yaml_guard import unwanted

SHOWN = 100
"""Characters of a value that a message repeats."""


class Strict(BaseModel):
    """Base of everything read from YAML: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def read_yaml(path: Path) -> CommentedMap:
    """Read one YAML mapping that remembers the line of each key.

    Raises
    ------
    InputError
        Where the file is missing, is no UTF-8 text, no YAML, no mapping, or has what :mod:`forecast.yaml_guard` refuses.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if refused := unwanted(text):
            raise _unreadable(path, *refused[1:], f"line {refused[0]}")
        content = YAML(typ="rt", pure=True).load(text)
    except OSError as error:
        raise _unreadable(path, "a readable file", error.strerror or "no such file") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, "UTF-8 text", f"byte {error.start} is not UTF-8") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _unreadable(path, "valid YAML", f"{error.problem}", f"line {line}") from error
    except YAMLError as error:
        raise _unreadable(path, "valid YAML", str(error).splitlines()[0]) from error
    if not isinstance(content, CommentedMap):
        raise _unreadable(path, "a mapping of keys to values", type(content).__name__)
    return content


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
    return validate(read_yaml(path), model, path)


def validate[Model: Strict](content: CommentedMap, model: type[Model], path: Path) -> Model:
    """Check content that was read by :func:`read_yaml` against a model (raises InputError)."""
    try:
        return model.model_validate(content)
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


def _fault(item: Mapping[str, Any], content: CommentedMap, path: Path, model: type[BaseModel]) -> Fault:
    location = tuple(item["loc"])
    key = ".".join(str(step) for step in location)
    where = f"line {line_of(content, location)}, key {key}"
    expected, found = item["msg"].removeprefix("Value error, "), _short(repr(item["input"]))
    remedy = "Correct the value."
    if item["type"] == "extra_forbidden":
        expected, found = "a known key", f"'{location[-1]}'"
        remedy = nearest(str(location[-1]), _known_keys(model, location[:-1]))
    elif item["type"] == "missing":
        expected, found, remedy = "this key to be given", "nothing", f"Add '{location[-1]}'."
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


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
