"""Faults of a scenario that only show when several values are seen together."""

from collections.abc import Iterator
from datetime import date

from forecast.errors import Fault, nearest
from forecast.simulation.language.inherit import Merged, Steps
from forecast.simulation.language.scenario import Scenario
from forecast.simulation.language.shares import shares_beyond_one

DATES = {"events": ("date", "window", "start", "end"), "cabinet": ("start", "end"), "questions": ("window",)}


def faults_together(scenario: Scenario, merged: Merged) -> Iterator[Fault]:
    """Dates outside the horizon or in the wrong order, and events that refer to none or to one another in a circle; shares."""
    start, end = scenario.horizon.start, scenario.horizon.end
    if end < start:
        yield _fault(merged, ("horizon", "end"), f"a month from {start:%Y-%m} on", f"{end:%Y-%m}")
        return
    if scenario.as_of >= start.replace(day=28):
        expected = f"a day before the horizon, which starts {start:%Y-%m}"
        yield _fault(merged, ("as_of",), expected, f"{scenario.as_of}")
    yield from _outside(scenario, merged)
    yield from _unknown(scenario, merged)
    yield from _circles(scenario, merged)
    yield from shares_beyond_one(scenario, merged)


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
