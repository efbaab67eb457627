"""Every value of a scenario with the file and line that set it, and what differs between two."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.simulation.language.inherit import LISTS, Merged, Steps


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value: its key path, what it says, and where that stands."""

    key: str
    text: str
    source: Path
    line: int

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.source.name}:{self.line}"


def values(merged: Merged) -> list[Value]:
    """All values of a scenario, parents included, in the order of its keys; items of lists go by their id."""
    return list(_walk(merged.content, (), merged))


def differences(one: Merged, other: Merged) -> list[tuple[str, Value | None, Value | None]]:
    """Key paths whose values differ, with both; None where a scenario does not have the key."""
    first, second = ({value.key: value for value in values(merged)} for merged in (one, other))
    keys = dict.fromkeys([*first, *second])
    return [(key, first.get(key), second.get(key)) for key in keys
            if getattr(first.get(key), "text", None) != getattr(second.get(key), "text", None)]


def _walk(content: Any, steps: Steps, merged: Merged) -> Iterator[Value]:
    if isinstance(content, dict) and content and not _is_size(content):
        for key, part in content.items():
            yield from _walk(part, (*steps, key), merged)
    elif isinstance(content, list) and len(steps) == 1 and steps[0] in LISTS:
        for index, item in enumerate(content):
            name = item.get("id", index) if isinstance(item, dict) else index
            yield from _walk(item, (*steps, name), merged)
    else:
        source, line = merged.locate(steps)
        yield Value(key=".".join(map(str, steps)), text=_text(content), source=source, line=line)


def _is_size(content: dict) -> bool:
    """A distribution, which is one value: ``{normal: [0, 1]}``."""
    return len(content) == 1 and isinstance(next(iter(content.values())), list) and not any(
        isinstance(one, str | dict) for one in next(iter(content.values())))


def _text(content: Any) -> str:
    if isinstance(content, dict):
        return "{" + ", ".join(f"{key}: {_text(value)}" for key, value in content.items()) + "}"
    if isinstance(content, list):
        return "[" + ", ".join(map(_text, content)) + "]"
    return " ".join(str(content).split())
