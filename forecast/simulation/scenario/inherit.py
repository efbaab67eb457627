"""``extends``: a scenario file on top of the files it extends, with the origin of every value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from forecast.config import line_of, read_yaml
from forecast.errors import Fault, InputError
from forecast.files import is_file
from forecast.shipped import shipped_file, shipped_scenario
from forecast.yaml_reader import found as shown

OWN = ("name", "title", "description", "extends")
LISTS = ("events", "cabinet", "questions")
"""Lists whose items have ids, by which they are merged."""
LONGEST_CHAIN = 20
"""Files that extend one another."""
Steps = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """Content of a scenario file and its parents.

    Parameters
    ----------
    path : Path
        The file that was asked for.
    content : dict
        What it says, over what its parents say; items of lists with one id are merged.
    origin : dict
        File and line that set each key path; an item of a list stands there under its id.
    shared : frozenset of Path
        Files of questions that scenarios of any horizon may name.
    """

    path: Path
    content: dict[str, Any]
    origin: dict[Steps, tuple[Path, int]]
    shared: frozenset[Path] = frozenset()

    def locate(self, steps: Steps) -> tuple[Path, int]:
        """File and line of the deepest part of a key path (indices of events allowed) that some file sets."""
        items = self.content.get(steps[0]) if len(steps) > 1 and steps[0] in LISTS else None
        if isinstance(items, list | tuple) and isinstance(steps[1], int) and steps[1] < len(items):
            steps = (steps[0], _identity(items[steps[1]], steps[1]), *steps[2:])
        for length in range(len(steps), 0, -1):
            if steps[:length] in self.origin:
                return self.origin[steps[:length]]
        return self.path, 1


def read_merged(path: Path, seen: tuple[Path, ...] = ()) -> Merged:
    """Read a scenario file and, first, the one that it extends: a file beside it, else a shipped scenario.

    Raises
    ------
    InputError
        Where a file is unreadable, a chain of ``extends`` closes on itself, or an event id is used twice in
        one file.
    """
    read, here = _read(path), path.resolve()
    _check_ids(read, path)
    content: dict[str, Any] = read
    origin = {steps: (path, line) for steps, line in _lines(read, (), read)}
    shared: frozenset[Path] = frozenset()
    if isinstance(content.get("questions"), str):
        content, more = _with_questions(read, path)
        origin, shared = origin | more, frozenset(place for place, _ in more.values())
    name = content.get("extends")
    if not isinstance(name, str):
        return Merged(path=path, content=content, origin=origin, shared=shared)
    target = _extended(path, name)
    if target and target.resolve() in (*seen, here):
        raise _fault(content, path, "extends", "a file that does not lead back to this one", name)
    if len(seen) >= LONGEST_CHAIN:
        raise _fault(content, path, "extends", f"at most {LONGEST_CHAIN} files that extend one another", name)
    if target is None:
        raise _fault(content, path, "extends", "the name of a file beside this one, or a shipped scenario", name)
    parent = read_merged(target, (*seen, here))
    inherited = {key: value for key, value in parent.content.items() if key not in OWN}
    passed_on = {steps: place for steps, place in parent.origin.items() if steps[0] not in OWN}
    return Merged(path=path, content=_merge(inherited, content), origin=passed_on | origin, shared=parent.shared | shared)


def _extended(path: Path, name: str) -> Path | None:
    """The file that a scenario file extends: one beside it, else a shipped scenario."""
    beside = path.parent / name
    return beside if is_file(beside) else shipped_scenario(Path(name))


def generation(path: Path) -> int:
    """How many files a scenario file extends one after the other; 0 where it stands alone (raises InputError)."""
    name = _read(path).get("extends")
    target = _extended(path, name) if isinstance(name, str) else None
    return 1 + generation(target) if target else 0


def _read(path: Path) -> CommentedMap:
    """One file; parents and questions that many scenarios share are parsed once, as long as they stay the same file."""
    try:
        about = path.stat()
    except (OSError, ValueError):
        return read_yaml(path)  # which says what is wrong
    return _parse(path, about.st_ino, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=64)
def _parse(path: Path, *_: int) -> CommentedMap:
    return read_yaml(path)


def _merge(parent: Any, child: Any) -> Any:
    """Child over parent: mappings key by key, lists by the ids of their items, anything else replaced."""
    if isinstance(parent, dict) and isinstance(child, dict):
        return {**parent, **child, **{key: _merge(parent[key], child[key]) for key in parent if key in child}}
    if isinstance(parent, list) and isinstance(child, list):
        return list(_merge(_by_id(parent), _by_id(child)).values())
    return child


def _identity(item: Any, index: int) -> Any:
    """Id of an item, or its place in the list where it has none."""
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) else index


def _by_id(items: list[Any]) -> dict[Any, Any]:
    return {_identity(item, index): item for index, item in enumerate(items)}


def _lines(value: Any, steps: Steps, root: CommentedMap, raw: Steps = ()) -> list[tuple[Steps, int]]:
    """Every key path of a file with its line."""
    found = [(steps, line_of(root, raw))] if steps else []
    if isinstance(value, CommentedMap):
        for key in value:
            found += _lines(value[key], (*steps, key), root, (*raw, key))
    elif isinstance(value, CommentedSeq):
        for index, item in enumerate(value):
            found += _lines(item, (*steps, _identity(item, index)), root, (*raw, index))
    return found


def _with_questions(content: CommentedMap, path: Path) -> tuple[dict[str, Any], dict[Steps, tuple[Path, int]]]:
    """The content with the questions of the file that it names, and where each of these is set."""
    name = content["questions"]
    target = path.parent / name if is_file(path.parent / name) else shipped_file(name)
    if target is None:
        raise _fault(content, path, "questions", "the name of a file beside this one, or of a shipped one", name)
    found = _read(target)
    if not is_question_file(found):
        raise _fault(content, path, "questions", OF_QUESTIONS, name)
    _check_ids(found, target)
    places = {steps: (target, line) for steps, line in _lines(found, (), found)}
    return {**content, "questions": _asked(found)}, places


OF_QUESTIONS = "a file with a list under the key questions and, perhaps, the key dyad"


def is_question_file(content: CommentedMap) -> bool:
    """Whether the content of a file is a list of questions, of one dyad perhaps."""
    return {"questions"} <= set(content) <= {"questions", "dyad"} and isinstance(content["questions"], CommentedSeq)


def _asked(content: CommentedMap) -> list[Any]:
    """Questions of a file, each with the dyad of all of them."""
    return [{**item, "dyad": content["dyad"]} if "dyad" in content and isinstance(item, dict) else item
            for item in content["questions"]]


def read_questions(path: Path) -> Merged:
    """A file of questions on its own: its content, and where each part is set (raises InputError where it is none)."""
    content = _read(path)
    if not is_question_file(content):
        raise InputError([Fault(source=str(path), where="whole file", expected=OF_QUESTIONS,
                                found=f"the keys {shown(', '.join(map(str, content)))}",
                                remedy="forecast scenario questions writes such a file.")])
    _check_ids(content, path)
    return Merged(path=path, content={"questions": _asked(content)},
                  origin={steps: (path, line) for steps, line in _lines(content, (), content)})


def _check_ids(content: CommentedMap, path: Path) -> None:
    faults = []
    for key in LISTS:
        items = content.get(key)
        names = [_identity(item, index) for index, item in enumerate(items)] if isinstance(items, CommentedSeq) else []
        for index in (index for index, name in enumerate(names) if name in names[:index]):
            where = f"line {line_of(content, (key, index, 'id'))}, key {key}.{index}.id"
            faults.append(Fault(source=str(path), where=where, expected="an id used once in this file",
                                found=f"{shown(names[index])} again", remedy="Choose another id."))
    if faults:
        raise InputError(faults)


def _fault(content: Mapping[str, Any], path: Path, key: str, expected: str, found: str) -> InputError:
    where = f"line {line_of(content, (key,))}, key {key}"
    return InputError([Fault(source=str(path), where=where, expected=expected, found=shown(found),
                             remedy=f"Name another file, or leave {key} out.")])


# A scenario with single values replaced.

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


# Every value of a scenario with the file and line that set it, and what differs between two.

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


def questions_of_dyad(merged: Merged, dyad: str | None) -> Merged:
    """The same without questions that are asked of other dyads; all of them where no dyad is named."""
    asked = merged.content.get("questions")
    if dyad is None or not isinstance(asked, list):
        return merged
    kept = [one for one in asked if not isinstance(one, dict) or one.get("dyad") in (None, dyad)]
    return replace(merged, content={**merged.content, "questions": kept})


def key_differences(one: Merged, other: Merged) -> list[tuple[str, Value | None, Value | None]]:
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


def _is_size(content: dict[str, Any]) -> bool:
    """A distribution, which is one value: ``{normal: [0, 1]}``."""
    return len(content) == 1 and isinstance(next(iter(content.values())), list) and not any(
        isinstance(one, str | dict) for one in next(iter(content.values())))


def _text(content: Any) -> str:
    if isinstance(content, dict):
        return "{" + ", ".join(f"{key}: {_text(value)}" for key, value in content.items()) + "}"
    if isinstance(content, list):
        return "[" + ", ".join(map(_text, content)) + "]"
    return " ".join(str(content).split())
