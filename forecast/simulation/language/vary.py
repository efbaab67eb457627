"""A scenario with single values replaced."""

from collections.abc import Mapping
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
    content: Any = merged.content
    for path, value in values.items():
        content = _with(content, path.split("."), value, in_list=False)
    return replace(merged, content=content)


def reaches(merged: Merged, path: str) -> bool:
    """Whether a key path leads into this scenario: an item of a list must be there."""
    steps = path.split(".")
    if steps[0] not in LISTS:
        return True
    items = merged.content.get(steps[0])
    return len(steps) > 2 and isinstance(items, list | tuple) and any(
        isinstance(item, dict) and item.get("id") == steps[1] for item in items)


def _with(content: Any, steps: list[str], value: Any, *, in_list: bool) -> Any:
    """A copy with one value replaced; what lies off its path is shared."""
    step, *below = steps
    if in_list:
        place = next((at for at, item in enumerate(content) if isinstance(item, dict) and item.get("id") == step), None)
        if place is None:
            raise KeyError(step)
        return [*content[:place], _with(content[place], below, value, in_list=False), *content[place + 1:]]
    if not isinstance(content, dict):
        raise KeyError(step)
    inside = content.get(step, {})
    if below and not isinstance(inside, dict | list):
        raise KeyError(step)
    return {**content, step: _with(inside, below, value, in_list=isinstance(inside, list)) if below else value}
