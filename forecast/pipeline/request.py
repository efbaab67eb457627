"""What a user asks for, and everything read and checked before anything is computed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forecast.components import shipped_priors
from forecast.components.prior_file import lineage, load_priors
from forecast.components.priors import PriorSet
from forecast.components.registry import needs
from forecast.contacts import load_dyad
from forecast.errors import InputError
from forecast.panel import Panel, load_panel, shipped
from forecast.panel.elections import Election, load_election
from forecast.pipeline.together import check_dyad_of, check_some_contact, check_together, disagreement, questions_of
from forecast.report.backtest.section import files_of
from forecast.simulation.language import Scenario, find_scenario, load_scenario


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a user asks for.

    Parameters
    ----------
    scenarios : tuple of str
        Files, or names of shipped scenarios.
    priors : str
        File, or name of a shipped prior set.
    data : Path, optional
        Folder of a dyad; the shipped one where it is not given.
    as_of : date, optional
        Last day used; that of the scenarios where it is not given.
    seed, paths : int
        Seed of everything random; futures per scenario, with a precision the most of them.
    precision : float, optional
        Stop as soon as no probability has a larger Monte Carlo error.
    paths_asked : bool
        With a precision: go on to the number of paths where the precision is out of reach, because somebody asked for so many.
    all_paths : bool
        Keep every simulated future, not only those that are held in memory.
    draws : int, optional
        Posterior draws per chain; each component's own where it is not given.
    threads : int, optional
        Threads of the simulation; all processors where it is not given.
    ignore_gates : bool
        Forecast from a posterior that failed a gate, and mark it.
    backtest : Path, optional
        Folder of a backtest of the dyad, which becomes a section of the report.
    """

    scenarios: tuple[str, ...] = ("harris", "trump")
    priors: str = "default"
    data: Path | None = None
    as_of: date | None = None
    seed: int = 20241104
    paths: int = 20_000
    precision: float | None = None
    paths_asked: bool = False
    all_paths: bool = False
    draws: int | None = None
    threads: int | None = None
    ignore_gates: bool = False
    backtest: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything read and checked, before anything is computed.

    Parameters
    ----------
    scenarios, elections : mapping
        By name of the scenario.
    files : mapping of str to Path
        Every file that was read, by a name that says nothing of the machine.
    priors : PriorSet
        For all components.
    panel : Panel
        The record of one dyad, cut at the as-of date.
    data_version : str
        Version of that record.
    """

    scenarios: Mapping[str, Scenario]
    elections: Mapping[str, Election]
    files: Mapping[str, Path]
    priors: PriorSet
    panel: Panel
    data_version: str


def read(request: Request) -> Inputs:
    """Read and check every input.

    Raises
    ------
    InputError
        With every fault of the first input that has any (a scenario made for another dyad than that of the data
        is one); nothing was computed or written by then.
    """
    folder = request.data or shipped.DYAD
    files = {"priors": shipped_priors.find(request.priors)}
    places = [find_scenario(name) for name in request.scenarios]
    found = [load_scenario(path) for path in places]
    scenarios = {scenario.name: scenario for scenario in found}
    if len(scenarios) < len(found):
        raise InputError([disagreement("scenarios", "scenarios of different names", ", ".join(one.name for one in found))])
    elections = {name: load_election(one.election) for name, one in scenarios.items()}
    check_together(scenarios, elections)
    as_of = request.as_of or next(iter(scenarios.values())).as_of
    priors = load_priors(files["priors"], needs())
    panel = load_panel(folder, as_of=as_of)
    check_some_contact(panel, folder)
    check_dyad_of(scenarios, panel.dyad[0], folder)
    scenarios = {name: questions_of(one, panel.dyad[0]) for name, one in scenarios.items()}
    files |= {f"priors {path.stem}": path for path in lineage(files["priors"])[1:]}
    files |= {f"scenario {name}": path for name, path in zip(scenarios, places, strict=True)}
    files |= {f"data {panel.dyad[0]}/{path.name}": path for path in sorted(folder.glob("[!.]*")) if path.is_file()}
    files |= files_of(request.backtest, panel.dyad[0]) if request.backtest else {}
    return Inputs(scenarios=scenarios, elections=elections, files=files, priors=priors, panel=panel,
                  data_version=load_dyad(folder).version)


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
            check_together({one.name: one}, {one.name: load_election(one.election)})
            titles[one.name] = one.title
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return titles
