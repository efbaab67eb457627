"""Scenario files: find them, read them, check them."""

from dataclasses import replace
from pathlib import Path

from forecast.config import validate
from forecast.errors import Fault, InputError, nearest
from forecast.files import is_file
from forecast.simulation.language.inherit import Merged, read_merged
from forecast.simulation.language.scenario import Scenario
from forecast.simulation.language.shipped import shipped_scenario, shipped_scenarios
from forecast.simulation.language.together import faults_together
from forecast.yaml_words import SHOWN
from forecast.yaml_words import found as shown


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
    if is_file(wanted):
        return wanted
    shipped = shipped_scenario(wanted)
    if shipped:
        return shipped
    raise InputError([Fault(
        source=shown(str(name_or_path)).strip("'"), where="scenario", expected="a file or a shipped scenario", found="neither",
        remedy=nearest(wanted.stem[:SHOWN], shipped_scenarios()))])


def load_scenario(path: Path) -> Scenario:
    """Read and check a scenario file with everything that it extends.

    Raises
    ------
    InputError
        With one fault per wrong key or value, each with the file and line that set it.
    """
    return check_merged(read_merged(path))


def check_merged(merged: Merged) -> Scenario:
    """Check the content of a scenario file and its parents (raises InputError)."""
    try:
        scenario = _within_horizon(validate(merged.content, Scenario, merged.path), merged)
    except InputError as error:
        raise InputError(_relocate(fault, merged) for fault in _without_echoes(error.faults)) from None
    faults = tuple(faults_together(scenario, merged))
    if faults:
        raise InputError(faults)
    return scenario


def _within_horizon(scenario: Scenario, merged: Merged) -> Scenario:
    """The scenario without those questions of shared files that its horizon does not cover."""
    kept = [question for index, question in enumerate(scenario.questions)
            if merged.locate(("questions", index))[0] not in merged.shared
            or scenario.horizon.start <= question.window[0] <= question.window[1] <= scenario.horizon.end]
    return scenario.model_copy(update={"questions": tuple(kept)})


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
    steps = tuple(int(step) if step.isdecimal() else step for step in _key(fault).split("."))
    source, line = merged.locate(steps)
    return replace(fault, source=str(source), where=f"line {line}, key {_key(fault)}")
