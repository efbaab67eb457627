"""Scenario files: find them, read them, check them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from forecast.config import validate
from forecast.contacts.dyad import load_dyad
from forecast.errors import Fault, InputError, nearest
from forecast.files import is_file
from forecast.panel.covariates import in_units, load_covariates
from forecast.panel.events import names_known
from forecast.shipped import DATA, shipped_scenario, shipped_scenarios
from forecast.simulation.scenario.inherit import Merged, Steps, read_merged, read_questions
from forecast.simulation.scenario.schema import Official, QuestionFile, Scenario
from forecast.yaml_reader import SHOWN
from forecast.yaml_reader import found as shown


def find_scenario(name_or_path: str | Path) -> Path:
    """Find a scenario file.

    Parameters
    ----------
    name_or_path : str or Path
        A file, or the name of a shipped scenario: ``name``, ``name.yaml`` or ``scenarios/name.yaml``.

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
        source=shown(str(name_or_path)).strip("'") or "command line", where="scenario", found="neither",
        expected="a file or a shipped scenario",
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


def with_questions(scenario: Scenario, path: Path) -> Scenario:
    """The scenario with the questions of a file in the place of its own.

    Raises
    ------
    InputError
        With one fault per wrong key or value of the file, and per question whose window the scenario's horizon does not cover.
    """
    merged = read_questions(path)
    try:
        asked = validate(merged.content, QuestionFile, path).questions
    except InputError as error:
        raise InputError(_relocate(fault, merged) for fault in _without_echoes(error.faults)) from None
    found = scenario.model_copy(update={"questions": asked})
    faults = [fault for fault in _outside(found, merged) if ", key questions." in fault.where]
    if faults:
        raise InputError(faults)
    return found


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


# Faults of a scenario that only show when several values are seen together.

DATES = {"events": ("date", "window", "start", "end"), "cabinet": ("start", "end"), "questions": ("window",)}


def faults_together(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    """Dates outside the horizon or in the wrong order, and events that refer to none or to one another in a circle; shares."""
    start, end = scenario.horizon.start, scenario.horizon.end
    if end < start:
        yield _fault(merged, ("horizon", "end"), f"a month from {start:%Y-%m} on", f"{end:%Y-%m}")
        return
    if scenario.as_of >= start.replace(day=28):
        expected = f"a day before the horizon, which starts {start:%Y-%m}"
        yield _fault(merged, ("as_of",), expected, f"{scenario.as_of}",
                     "Correct the date; that of a term that runs is no matter of the file: forecast update SCENARIO --as-of "
                     f"{scenario.as_of}.")
    yield from _outside(scenario, merged)
    yield from _unknown(scenario, merged)
    yield from _circles(scenario, merged)
    yield from shares_beyond_one(scenario, merged)
    yield from _poles(scenario, merged)
    yield from _kinds(scenario, merged)
    yield from _covariates(scenario, merged)


def _covariates(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    known = load_covariates()
    for name in scenario.covariates:
        if name not in known:
            yield _fault(merged, ("covariates", name), f"a covariate: {', '.join(known)}", shown(name),
                         nearest(name[:SHOWN], known))
        elif not np.isfinite(in_units({name: scenario.covariates[name]})[name]).all():
            yield _fault(merged, ("covariates", name), "values that have a logarithm", shown(scenario.covariates[name]),
                         "Give numbers above zero.")
        elif not known[name].low <= np.min(scenario.covariates[name]) <= np.max(scenario.covariates[name]) <= known[name].high:
            yield _fault(merged, ("covariates", name), f"values from {known[name].low:g} to {known[name].high:g}",
                         shown(scenario.covariates[name]), "Give them in the units of the source.")


def _kinds(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    """Kinds of events that a shipped dyad does not have; those of a dyad of one's own a run sees."""
    known = names_known(scenario.dyad) if any(event.like for event in scenario.events) else None
    for place, event in enumerate(scenario.events):
        if event.like and known is not None and event.like not in known:
            of = f" of {scenario.dyad}" if scenario.dyad else ""
            yield _fault(merged, ("events", place, "like"), f"a kind of events{of}: {', '.join(known) or 'it has none'}",
                         f"'{event.like}'", nearest(event.like, known) if known else "Leave it out.")


def _poles(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    """Poles that a shipped dyad does not name, and effects on poles of no dyad; of a dyad of one's own a run sees them."""
    named: list[tuple[int | str, ...]] = [("adjustments", *_POLE, pole) for pole in scenario.adjustments.pole]
    named += [("events", place, "effects", *_POLE, pole) for place, event in enumerate(scenario.events)
              for pole in event.effects.pole]
    if named and scenario.dyad is None:
        yield _fault(merged, named[0], "poles of a dyad that the scenario names", "no key dyad",
                     "Add dyad: with the id of the dyad whose poles these are.")
    folder = DATA / (scenario.dyad or "")
    if named and scenario.dyad and is_file(folder / "dyad.yaml"):
        poles = load_dyad(folder).poles
        known = list(poles.named) if poles else []
        for steps in named:
            if steps[-1] not in known:
                yield _fault(merged, steps, f"a pole of {scenario.dyad}: {', '.join(known) or 'it names none'}", shown(steps[-1]),
                             nearest(str(steps[-1])[:SHOWN], known) if known else "Leave it out.")


_POLE = ("rate", "pole")


def _outside(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    start, end = scenario.horizon.start, scenario.horizon.end
    for key, names in DATES.items():
        for index, item in enumerate(getattr(scenario, key)):
            place = item.id if key == "questions" else index  # some questions may have been left out
            for name in names:
                given = getattr(item, name)
                months = given if isinstance(given, tuple) else (given,) if given else ()
                for month in (one for one in months if not start <= one <= end):
                    expected = f"a month within the horizon, {start:%Y-%m} to {end:%Y-%m}"
                    yield _fault(merged, (key, place, name), expected, f"{month:%Y-%m}")
            if "end" in names and _ends_early(item.start, item.end):
                yield _fault(merged, (key, index, "end"), f"a month from {item.start:%Y-%m} on", f"{item.end:%Y-%m}")


def _ends_early(start: date | None, end: date | None) -> bool:
    return bool(start and end and end < start)


def _unknown(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    known = [event.id for event in scenario.events]
    for index, event in enumerate(scenario.events):
        for key in ("after", "unless"):
            name = getattr(event, key)
            if name and name not in known:
                yield _fault(merged, ("events", index, key), "the id of an event of this scenario", f"'{name}'",
                             nearest(name, known))


def _circles(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    """Events that wait for one another."""
    needs = {event.id: set(event.needs) & {one.id for one in scenario.events} for event in scenario.events}
    while free := {name for name, others in needs.items() if not others}:
        needs = {name: others - free for name, others in needs.items() if name not in free}
    if needs:
        index = next(index for index, event in enumerate(scenario.events) if event.id in needs)
        key = "after" if scenario.events[index].after in needs else "unless"
        yield _fault(merged, ("events", index, key), "events that do not wait for one another in a circle",
                     ", ".join(sorted(needs)), "Leave out one of their keys after and unless.")


def _fault(merged: Merged, steps: Steps, expected: str, found: str, remedy: str = "Correct the date.") -> Fault:
    source, line = merged.locate(steps)
    where = f"line {line}, key {'.'.join(map(str, steps))}"
    return Fault(source=str(source), where=where, expected=expected, found=found, remedy=remedy)


# Officials of one rank share its contacts: what they have at the same time cannot be more than all of them.

HIGH = 0.95
"""Where shares are uncertain, their values that are exceeded in one future of twenty are added up."""
TOLERANCE = 1e-9


def shares_beyond_one(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    """Faults of officials whose share, added to those of officials named before, is more than one in some month."""
    for place, one in enumerate(scenario.cabinet):
        before = [other for other in scenario.cabinet[:place] if other.rank == one.rank]
        beside = max((_beside(one, before, month, scenario) for month in _begins(scenario)), key=sum, default=[])
        if len(beside) > 1 and sum(beside) > 1 + TOLERANCE:
            source, line = merged.locate(("cabinet", place, "share"))
            added = " + ".join(f"{share}" for share in beside)
            uncertain = ", at the 95 % points of those that are uncertain" if any(
                other.share.support[0] < other.share.support[1] for other in (*before, one)) else ""
            yield Fault(source=str(source), where=f"line {line}, key cabinet.{place}.share",
                        expected=f"shares of {one.rank} contacts that add up to at most 1 at any time{uncertain}",
                        found=f"{added} = {sum(beside):.3g}", remedy="Lower a share, or give the officials different months.")


def _begins(scenario: Scenario) -> set[date]:
    """Months in which the set of acting officials can become larger."""
    return {one.start or scenario.horizon.start for one in scenario.cabinet}


def _beside(one: Official, before: list[Official], month: date, scenario: Scenario) -> list[float]:
    """Shares of those who act in a month, if this official does."""
    acting = [other for other in (*before, one)
              if (other.start or scenario.horizon.start) <= month <= (other.end or scenario.horizon.end)]
    return [float(other.share.quantile(np.array([HIGH]))[0]) for other in acting] if one in acting else []
