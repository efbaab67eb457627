"""A scenario with single values replaced."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from forecast.simulation.language.inherit import LISTS, Merged


def with_values(merged: Merged, values: Mapping[str, Any]) -> Merged:
    """The same scenario with values at key paths such as ``events.ceasefire.date``, whether or not the file gives the key.

    Raises
    ------
    KeyError
        Where an item of a list, or a part of the path, does not exist; its argument is that part.
    """
    content = deepcopy(dict(merged.content))
    for path, value in values.items():
        _set(content, path.split("."), value)
    return replace(merged, content=content)


def reaches(merged: Merged, path: str) -> bool:
    """Whether a key path leads into this scenario: an item of a list must be there."""
    steps = path.split(".")
    if steps[0] not in LISTS:
        return True
    items = merged.content.get(steps[0], [])
    return len(steps) > 2 and any(isinstance(item, dict) and item.get("id") == steps[1] for item in items)


def _set(content: dict[str, Any], steps: list[str], value: Any) -> None:
    *above, last = steps
    for depth, step in enumerate(above):
        if depth == 1 and above[0] in LISTS:
            content = next((item for item in content if item.get("id") == step), None)
            if content is None:
                raise KeyError(step)
        else:
            content = content.setdefault(step, {})
        if not isinstance(content, dict | list):
            raise KeyError(step)
    content[last] = value
