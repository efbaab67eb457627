"""The whole chain, known here alone: inputs, posteriors, simulation, tables, report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter

import numpy as np
import xarray as xr

from forecast.components.priors import PriorSet, load_priors
from forecast.components.registry import needs
from forecast.errors import Fault, GateError, InputError
from forecast.evaluation.tables import Tables, tables
from forecast.panel import Panel, load_panel
from forecast.panel.elections import Election, load_election
from forecast.posterior import shipped_priors
from forecast.posterior.fit import plan, posteriors
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.simulation.assemble import draws_of, future_of, parameters
from forecast.simulation.engine import calendar_of, simulate
from forecast.simulation.expected import expected_contacts
from forecast.simulation.relation_index import WeightSet, base_level, load_index
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how much of it is done, and how much there is."""


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


@dataclass(frozen=True, kw_only=True)
class Run:
    """All results of a run, in memory."""

    inputs: Inputs
    posterior: Mapping[str, Posterior]
    trajectories: Mapping[str, xr.Dataset]
    tables: Tables
    weights: Mapping[str, tuple[WeightSet, float]]
    seconds: Mapping[str, float]


def read(request: Request) -> Inputs:
    """Read and check every input.

    Raises
    ------
    InputError
        With every fault of the first input that has any; nothing was computed or written by then.
    """
    files = {"priors": shipped_priors.find(request.priors)}
    files |= {f"scenario {name}": find_scenario(name) for name in request.scenarios}
    found = [load_scenario(path) for name, path in files.items() if name != "priors"]
    scenarios = {scenario.name: scenario for scenario in found}
    if len(scenarios) < len(found):
        raise _fault("scenarios", "scenarios of different names", ", ".join(one.name for one in found))
    elections = {name: load_election(one.election) for name, one in scenarios.items()}
    for name, one in scenarios.items():
        if one.outcome not in elections[name].outcomes:
            raise _fault(f"scenario {name}, key outcome", ", ".join(elections[name].outcomes), one.outcome)
    for key in ("as_of", "dyad", "horizon"):
        values = {str(getattr(one, key)) for one in scenarios.values()}
        if len(values) > 1:
            raise _fault(f"scenarios, key {key}", "the same value in all scenarios of a run", ", ".join(values))
    as_of = request.as_of or next(iter(scenarios.values())).as_of
    priors = load_priors(files["priors"], needs())
    return Inputs(scenarios=scenarios, elections=elections, files=files, priors=priors,
                  panel=load_panel(as_of=as_of))


def fit(inputs: Inputs, request: Request, progress: Progress) -> dict[str, Posterior]:
    """Posteriors of all components, from the cache where possible.

    Raises
    ------
    GateError
        Where one failed a gate and the request does not ask to go on.
    """
    settings = SamplerSettings(seed=request.seed)
    found = posteriors(plan(inputs.panel, inputs.priors, settings, draws=request.draws),
                       lambda name, done, total: progress(f"fit {name}", done, total))
    failed = {name: one.gates.failures for name, one in found.items() if one.gates.failures}
    if failed and not request.ignore_gates:
        text = "; ".join(f"{name}: {', '.join(failures)}" for name, failures in failed.items())
        raise GateError(f"Posterior failed its convergence gates: {text}. Ask for more draws (--draws), or use it "
                        "all the same with --ignore-gates; every output is then marked.")
    return found


def run(request: Request, progress: Progress) -> Run:
    """Go from files to tables, without writing anything."""
    clock, seconds = perf_counter(), {}

    def lap(stage: str) -> None:
        nonlocal clock
        seconds[stage], clock = perf_counter() - clock, perf_counter()

    inputs = read(request)
    lap("read")
    posterior = fit(inputs, request, progress)
    lap("fit")
    trajectories, expected = {}, {}
    for name in inputs.scenarios:
        trajectories[name], expected[name] = _project(inputs, posterior, name, request, progress)
    lap("simulate")
    index = load_index()
    weights = {name: (one, base_level(inputs.panel, one)) for name, one in index.sets.items()}
    summary = tables(trajectories, expected, weights, draws_of(posterior))
    lap("summarise")
    return Run(inputs=inputs, posterior=posterior, trajectories=trajectories, tables=summary, weights=weights,
               seconds=seconds)


def _project(inputs: Inputs, posterior: Mapping[str, Posterior], name: str, request: Request,
             progress: Progress) -> tuple[xr.Dataset, xr.DataArray]:
    """Trajectories of one scenario, and its expected contacts given the parameters."""
    scenario, election = inputs.scenarios[name], inputs.elections[name]
    given = parameters(posterior, future_of(election, scenario.outcome), request.seed)
    shared = {"paths": request.paths, "seed": request.seed, "term_start": election.term_start}
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(f"simulate {name}", done, request.paths)

    paths = simulate(given, scenario, **shared, threads=request.threads, progress=tell)
    share = calendar_of(scenario, election.term_start).exposure.sum(axis=1) * 12
    rate = expected_contacts(given, scenario, **shared)
    keys = ["all", *paths["rank"].to_numpy()]
    total = np.column_stack([rate.sum(axis=1), rate])
    expected = xr.DataArray(total, dims=("path", "key"), coords={"key": keys})
    return paths.assign(month_share=("month", share)), expected


def _fault(where: str, expected: str, found: str) -> InputError:
    return InputError([Fault(source="run", where=where, expected=expected, found=found,
                             remedy="Correct the scenario files, or run them apart.")])
