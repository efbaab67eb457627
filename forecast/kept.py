"""Results of long work that are kept one by one as JSON, and believed only as they were written.

A file holds its content and a hash of it that also covers the file's own name and that of its folder, which say what the content
is of: a file that was cut off, changed, or given another's name counts as none, and its work is done again. What fits its hash
must still have the form that is asked for.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from forecast.console import say
from forecast.errors import Fault, InputError
from forecast.files import MEGABYTE, read_json
from forecast.placement import atomic_file
from forecast.yaml_reader import first_wrong

LARGEST = 64 * MEGABYTE
"""Bytes of a kept result."""


class Kept(BaseModel):
    """Base of everything that is kept: finite numbers, the right types, no keys but those known."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class DamagedError(Exception):
    """A kept result that must not be used, with the reason."""


def write_kept(path: Path, content: Kept) -> None:
    """Write a result, whole or not at all.

    Raises
    ------
    InputError
        Where the system does not let it be written.
    """
    value = content.model_dump(mode="json")
    try:
        with atomic_file(path) as partial:
            partial.write_text(json.dumps({"sha256": _hash(path, value), "content": value}, allow_nan=False), encoding="utf-8")
    except OSError as error:
        raise InputError([Fault(source=str(path), where="the cache", expected="a place that can be written",
                                found=error.strerror or str(error),
                                remedy="Make room there, or name another folder with FORECAST_CACHE. What was finished is kept.",
                                )]) from None


def read_kept[T: Kept](paths: Iterable[Path], form: type[T], names: Callable[[T], Collection[str]],
                       check: Callable[[Path, T], str | None] = lambda *_: None) -> dict[Path, T]:
    """Results that are kept, of those asked for; what is damaged is told in one line and left out.

    Parameters
    ----------
    paths : iterable of Path
        Where they would be.
    form : type
        What they must be.
    names : callable
        Gives the names of the quantities in one, which must be those in most of them.
    check : callable, optional
        Says what else is wrong with one, if anything.
    """
    found: dict[Path, T] = {}
    damaged: dict[Path, str] = {}
    for path in paths:
        try:
            one = _read(path, form)
            if one is not None and (wrong := check(path, one)):
                raise DamagedError(wrong)
        except DamagedError as error:
            damaged[path] = str(error)
        else:
            found |= {} if one is None else {path: one}
    kinds = {path: frozenset(names(one)) for path, one in found.items()}
    for usual, _ in Counter(kinds.values()).most_common(1):
        damaged |= {path: "other quantities than in the rest" for path, kind in kinds.items() if kind != usual}
    if damaged:
        path, why = next(iter(damaged.items()))
        more = f" and {len(damaged) - 1} more in its folder" if len(damaged) > 1 else ""
        say(f"note: {path}{more}: not as it was written ({why}); computed anew", error=True)
    return {path: one for path, one in found.items() if path not in damaged}


def _read[T: Kept](path: Path, form: type[T]) -> T | None:
    """One result, or None where there is none (raises DamagedError)."""
    if not path.exists():
        return None
    try:
        whole = read_json(path, LARGEST)
    except InputError as error:
        raise DamagedError(error.faults[0].found) from None
    if not isinstance(whole, dict) or set(whole) != {"sha256", "content"}:
        raise DamagedError("neither content nor hash")
    if whole["sha256"] != _hash(path, whole["content"]):
        raise DamagedError("its hash is another")
    try:
        return form.model_validate_json(json.dumps(whole["content"]))
    except ValidationError as error:
        raise DamagedError(first_wrong(error)) from None


def _hash(path: Path, content: Any) -> str:
    """SHA-256 of a content under the name of a file and its folder."""
    text = json.dumps([path.parent.name, path.name, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
