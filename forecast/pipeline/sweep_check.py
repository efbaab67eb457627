"""Every point of a sweep is checked before the first is simulated; faults are told by the assumption that has them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.config import line_of, read_yaml
from forecast.errors import Fault, InputError
from forecast.evaluation.sweep.schema import OUTSIDE
from forecast.pipeline.request import read
from forecast.pipeline.sweep_effect import only_words, without_effect
from forecast.simulation.language.load import check_merged
from forecast.simulation.language.vary import reaches, with_values
from forecast.yaml_words import SHOWN
from forecast.yaml_words import found as shown

if TYPE_CHECKING:
    from forecast.pipeline.sweep_plan import Plan

MOST = 20
"""Faults that are told at a time."""


def check_points(given: "Plan", path: Path) -> None:
    """Refuse paths that lead nowhere, and values that a scenario cannot have, by themselves or together.

    Values are checked as points have them, so that those which only make sense together can be varied together.

    Raises
    ------
    InputError
        By the name of the sweep file.
    """
    content = read_yaml(path)
    line = {one.path: line_of(content, ("vary", place, "path")) for place, one in enumerate(given.sweep.vary)}
    nowhere = [_told(path, f"key vary, path {one.path}", "a key of one of the scenarios",
                     "an event, official or question that none of them has")
               for one in given.sweep.vary
               if one.path not in OUTSIDE and not any(reaches(scenario, one.path) for scenario in given.merged)]
    faults = [*nowhere, *only_words(given, path)] or [*_outside(given, path), *_inside(given, path)] or [
        *without_effect(given, path)]
    if faults:
        raise InputError(_with_line(fault, line) for fault in faults[:MOST])


def _with_line(fault: Fault, line: Mapping[str, int]) -> Fault:
    """A fault of one path with the line of that path."""
    name = fault.where.removeprefix("key vary, path ").partition(", ")[0]
    return replace(fault, where=f"line {line[name]}, {fault.where}") if name in line else fault


def day_of(value: Any) -> date | None:
    """The day of an as-of date as a sweep file gives it; raises ValueError where it is none."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    return date.fromisoformat(str(value))


def _outside(given: "Plan", path: Path) -> Iterator[Fault]:
    """Faults of prior sets and as-of dates."""
    for place, one in enumerate(given.sweep.vary):
        for value in _distinct([values[place] for values in given.values]) if one.path in OUTSIDE else ():
            yield from _faults_of(given, path, {one.path: value}, _where(one.path, value))


def _inside(given: "Plan", path: Path) -> list[Fault]:
    """Faults of the scenarios' values: point by point, each told once, by the one value that has them or by all together."""
    paths = [(place, one.path) for place, one in enumerate(given.sweep.vary) if one.path not in OUTSIDE]
    told: dict[Fault, None] = {}
    for values in _distinct([{name: values[place] for place, name in paths} for values in given.values]):
        if len(told) < MOST and (together := list(_faults_of(given, path, values, _where_together(values)))):
            alone = [found for name, value in values.items()
                     if (found := list(_faults_of(given, path, {name: value}, _where(name, value))))]
            told |= dict.fromkeys(alone[0] if len(alone) == 1 else together)
    return list(told)


def _distinct(values: Sequence[Any]) -> list[Any]:
    return list({str(value): value for value in values}.values())


def _faults_of(given: "Plan", path: Path, values: dict[str, Any], where: str) -> Iterator[Fault]:
    """What is wrong with some values, the others as the scenarios have them."""
    try:
        _try(given, values)
    except KeyError as error:
        yield _told(path, where, "a key of one of the scenarios", f"'{error.args[0]}', which has no keys of its own")
    except ValueError:
        yield _told(path, where, "days written YYYY-MM-DD", repr(next(iter(values.values()))))
    except InputError as error:
        yield from (replace(one, source=str(path), where=where) for one in error.faults)


def _try(given: "Plan", values: dict[str, Any]) -> None:
    if "as_of" in values:
        day_of(values["as_of"])
    elif "priors" in values:
        if not isinstance(values["priors"], str):
            raise InputError([Fault(source="priors", where="value", expected="a file or a shipped prior set",
                                    found=shown(values["priors"]), remedy="Name one.")])
        read(replace(given.request, priors=values["priors"]))
    else:
        for scenario in given.merged:
            check_merged(with_values(scenario, {name: value for name, value in values.items() if reaches(scenario, name)}))


def _where(name: str, value: Any) -> str:
    return f"key vary, path {name}, value {str(value)[:SHOWN]}"


def _where_together(values: dict[str, Any]) -> str:
    return "key vary, these values together: " + ", ".join(f"{name} {value}" for name, value in values.items())


def _told(path: Path, where: str, expected: str, found: str) -> Fault:
    return Fault(source=str(path), where=where, expected=expected, found=found,
                 remedy="See forecast scenario explain for the keys.")
