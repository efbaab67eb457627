"""What a user asks for, and everything read and checked before anything is computed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forecast.components.priors import PriorSet, load_priors
from forecast.components.registry import needs
from forecast.errors import Fault, InputError
from forecast.panel import Panel, load_panel
from forecast.panel.elections import Election, load_election
from forecast.posterior import shipped_priors
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a user asks for.

    Parameters
    ----------
    scenarios : tuple of str
        Files, or names of shipped scenarios.
    priors : str
        File, or name of a shipped prior set.
    as_of : date, optional
        Last day used; that of the scenarios where it is not given.
    seed, paths : int
        Seed of everything random; futures per scenario.
    draws : int, optional
        Posterior draws per chain; each component's own where it is not given.
    threads : int, optional
        Threads of the simulation; all processors where it is not given.
    ignore_gates : bool
        Forecast from a posterior that failed a gate, and mark it.
    """

    scenarios: tuple[str, ...] = ("harris", "trump")
    priors: str = "default"
    as_of: date | None = None
    seed: int = 20241104
    paths: int = 20_000
    draws: int | None = None
    threads: int | None = None
    ignore_gates: bool = False


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything read and checked, before anything is computed."""

    scenarios: Mapping[str, Scenario]
    elections: Mapping[str, Election]
    files: Mapping[str, Path]
    priors: PriorSet
    panel: Panel


def read(request: Request) -> Inputs:
    """Read and check every input.

    Raises
    ------
    InputError
        With every fault of the first input that has any; nothing was computed or written by then.
    """
    files = {"priors": shipped_priors.find(request.priors)}
    files |= {f"scenario {name}": find_scenario(name) for name in request.scenarios}
    found = [load_scenario(find_scenario(name)) for name in request.scenarios]
    scenarios = {scenario.name: scenario for scenario in found}
    if len(scenarios) < len(found):
        raise _fault("scenarios", "scenarios of different names", ", ".join(one.name for one in found))
    elections = {name: load_election(one.election) for name, one in scenarios.items()}
    _check_together(scenarios, elections)
    as_of = request.as_of or next(iter(scenarios.values())).as_of
    priors = load_priors(files["priors"], needs())
    return Inputs(scenarios=scenarios, elections=elections, files=files, priors=priors,
                  panel=load_panel(as_of=as_of))


def check_scenarios(names: Iterable[str]) -> dict[str, str]:
    """Check scenario files one by one; the title of each by name.

    Raises
    ------
    InputError
        With the faults of all files.
    """
    titles, faults = {}, []
    for name in names:
        try:
            one = load_scenario(find_scenario(name))
            _check_together({one.name: one}, {one.name: load_election(one.election)})
            titles[one.name] = one.title
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return titles


def _check_together(scenarios: Mapping[str, Scenario], elections: Mapping[str, Election]) -> None:
    """Refuse outcomes that an election does not have, and scenarios that can't be compared."""
    for name, one in scenarios.items():
        if one.outcome not in elections[name].outcomes:
            raise _fault(f"scenario {name}, key outcome", ", ".join(elections[name].outcomes), one.outcome)
    for key in ("as_of", "dyad", "horizon", "election"):
        values = {str(getattr(one, key)) for one in scenarios.values()}
        if len(values) > 1:
            raise _fault(f"scenarios, key {key}", "the same value in all scenarios of a run", ", ".join(values))


def _fault(where: str, expected: str, found: str) -> InputError:
    return InputError([Fault(source="run", where=where, expected=expected, found=found,
                             remedy="Correct the scenario files, or run them apart.")])
