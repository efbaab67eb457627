"""Scenario files: find them, read them, check them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from forecast.config import validate
from forecast.errors import Fault, InputError, nearest
from forecast.simulation.inherit import Merged, Steps, read_merged
from forecast.simulation.schema import Event, Scenario
from forecast.simulation.shipped_scenarios import shipped_scenario, shipped_scenarios

__all__ = ["Event", "Scenario", "find_scenario", "load_scenario", "shipped_scenarios"]


def find_scenario(name_or_path: str | Path) -> Path:
    """Find a scenario file.

    Parameters
    ----------
    name_or_path : str or Path
        A file, or the name of a shipped scenario: ``harris``, ``harris.yaml`` or ``scenarios/harris.yaml``.

    Raises
    ------
    InputError
        Where there is no such file and no such name.
    """
    wanted = Path(name_or_path)
    if wanted.is_file():
        return wanted
    shipped = shipped_scenario(wanted)
    if shipped:
        return shipped
    raise InputError([Fault(
        source=str(name_or_path), where="scenario", expected="a file or a shipped scenario", found="neither",
        remedy=nearest(wanted.stem, shipped_scenarios()))])


def load_scenario(path: Path) -> Scenario:
    """Read and check a scenario file with everything that it extends.

    Raises
    ------
    InputError
        With one fault per wrong key or value, each with the file and line that set it.
    """
    merged = read_merged(path)
    try:
        scenario = validate(merged.content, Scenario, path)
    except InputError as error:
        raise InputError(_relocate(fault, merged) for fault in _without_echoes(error.faults)) from None
    faults = tuple(_date_faults(scenario, merged))
    if faults:
        raise InputError(faults)
    return scenario


def _without_echoes(faults: tuple[Fault, ...]) -> list[Fault]:
    """Leave out that a key is missing where a misspelling of it stands in the same mapping and is told."""
    told = {(_key(fault).rpartition(".")[0], fault.remedy) for fault in faults}
    misspelt = [(_key(fault).rpartition(".")[0], f"Did you mean '{_key(fault).rpartition('.')[2]}'?") in told
                for fault in faults]
    return [fault for fault, echo in zip(faults, misspelt, strict=True) if not echo]


def _key(fault: Fault) -> str:
    return fault.where.partition(", key ")[2]


def _relocate(fault: Fault, merged: Merged) -> Fault:
    """Give a fault the file and line that set the value: after merging it may come from a parent."""
    steps = tuple(int(step) if step.isdigit() else step for step in _key(fault).split("."))
    source, line = merged.locate(steps)
    return replace(fault, source=str(source), where=f"line {line}, key {_key(fault)}")


def _date_faults(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    """Faults that only show when several values are seen together."""
    start, end = scenario.horizon.start, scenario.horizon.end
    if end < start:
        yield _fault(merged, ("horizon", "end"), f"a month from {start:%Y-%m} on", f"{end:%Y-%m}")
        return
    if scenario.as_of >= start.replace(day=28):
        expected = f"a day before the horizon, which starts {start:%Y-%m}"
        yield _fault(merged, ("as_of",), expected, f"{scenario.as_of}")
    for index, event in enumerate(scenario.events):
        if not start <= event.date <= end:
            expected = f"a month within the horizon, {start:%Y-%m} to {end:%Y-%m}"
            yield _fault(merged, ("events", index, "date"), expected, f"{event.date:%Y-%m}")


def _fault(merged: Merged, steps: Steps, expected: str, found: str) -> Fault:
    source, line = merged.locate(steps)
    where = f"line {line}, key {'.'.join(map(str, steps))}"
    return Fault(source=str(source), where=where, expected=expected, found=found, remedy="Correct the date.")
