"""Simulated futures of all scenarios, and their way to disk while the next ones are made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import numpy as np
import xarray as xr

from forecast.components.protocol import PathParameters
from forecast.components.registry import BESIDE, CONTACTS, POLES
from forecast.console import Progress
from forecast.evaluation.baselines import page_rate
from forecast.evaluation.montecarlo import Precision, batch_of, precision
from forecast.evaluation.quantity import OF_LISTS, OF_PAGES, Smoothing, yearly_sums
from forecast.evaluation.questions import Counted, tally_answers
from forecast.evaluation.summary import PathBlock, RunningTallies, Tables, summary_tables
from forecast.evaluation.two_terms import TwoTerms, two_term_tables
from forecast.panel.elections import Election, Winner
from forecast.pipeline.request import Inputs, Request
from forecast.posterior.posterior import Posterior
from forecast.report.columns import FUTURES
from forecast.report.files import TrajectoryFile
from forecast.report.run import make_folder
from forecast.simulation.engine import calendar_of, simulate
from forecast.simulation.expected import Expected
from forecast.simulation.poles import PoleFutures, pole_futures
from forecast.simulation.prepare import apart_by, draws_of, laid_out, parameters_of
from forecast.simulation.random import Noise
from forecast.simulation.relation_index import WeightSet
from forecast.simulation.scenario import Scenario
from forecast.simulation.two_terms import Counts, TermAhead, contacts_of_first, contacts_of_second, joined
from forecast.simulation.uncertainty_sources import draws_in

# Trajectories on their way to disk while the next block is simulated; never more than one block waits.

class Saving:
    """Writes the trajectories of each scenario into a run directory, from one thread beside that of the simulation.

    Parameters
    ----------
    run : Path
        The run directory.
    scenarios : iterable of str
        One file each.
    """

    def __init__(self, run: Path, scenarios: Iterable[str]) -> None:
        make_folder((run / FUTURES).parent)
        self._file = {name: TrajectoryFile(run, name) for name in scenarios}
        self._waiting: dict[str, Future[None]] = {}
        self._pool = ThreadPoolExecutor(1)

    def keep(self, name: str, paths: xr.Dataset) -> None:
        """Write a block of a scenario, after the one before."""
        if name in self._waiting:
            self._waiting[name].result()
        self._waiting[name] = self._pool.submit(self._file[name].add, paths)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Wait for what is being written, and complete the files; an error of the writing is raised where there is no other."""
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)
        for file in self._file.values():
            file.close()
        for saved in self._waiting.values() if kind is None else ():
            saved.result()


# Simulated futures of all scenarios: at once where they are few, else block by block in bounded memory.

HELD = 40_000
"""Up to so many paths are held in memory and described exactly; of more, the first block is held and drawn."""
BLOCK = 20_000
PIECE = 4096
"""Futures of which only sums by year are kept are simulated so many at a time: two chunks of the engine."""
Keep = Callable[[str, xr.Dataset], object]
TABLES = 4
"""Steps of the stage "tables", which begins as the futures exist: what they are, poles, drift, administrations."""


@dataclass(frozen=True, kw_only=True)
class Futures:
    """What the simulation of a run gives.

    Parameters
    ----------
    trajectories : mapping of str to xarray.Dataset
        Scenario -> futures that are held.
    tables : Tables
        Over all futures.
    answered : mapping
        Tallies of questions over all futures.
    matched : mapping of str to DataArray
        Scenario -> contacts that count for each question, (path, question), of the futures that are held.
    paths : int
        Futures per scenario.
    precision : Precision, optional
        Where one was asked for.
    meetings : mapping of str to PoleFutures
        Scenario -> meetings with poles of the futures that are held, where questions ask for them.
    """

    trajectories: Mapping[str, xr.Dataset]
    tables: Tables
    answered: Counted
    matched: Mapping[str, xr.DataArray]
    paths: int
    precision: Precision | None = None
    meetings: Mapping[str, PoleFutures] = field(default_factory=dict)


def futures(inputs: Inputs, posterior: Mapping[str, Posterior], weights: Mapping[str, tuple[WeightSet, float]],
            request: Request, progress: Progress, keep: Keep) -> Futures:
    """Simulate every scenario with common random numbers; `keep` is given each block of trajectories as soon as it exists."""
    posterior, draws = laid_out(posterior), draws_of(posterior)
    if request.paths <= HELD and request.precision is None:
        block, matched, meetings = _block(inputs, posterior, range(request.paths), draws, request, progress, keep)
        progress("tables", 0, TABLES)
        return Futures(trajectories=block.trajectories, tables=_told(summary_tables(block, weights), inputs), paths=request.paths,
                       answered=tally_answers(matched, inputs.scenarios, block.batch), matched=matched, meetings=meetings)
    running, first, found = RunningTallies(weights, inputs.scenarios), None, None
    held: dict[str, xr.DataArray] = {}
    for numbers in blocks(request.paths, draws[CONTACTS]):
        block, matched, _ = _block(inputs, posterior, numbers, draws, request, progress,
                                   keep if not first or request.all_paths else lambda *_: None)
        running.add(block, matched)
        first, held = first or block.trajectories, held or matched
        del block, matched  # before the next is made
        if request.precision is not None:
            found = precision(running.chances(), running.paths)
            if found.reached(request.precision) or (found.out_of_reach(request.precision) and not request.paths_asked):
                break
    progress("tables", 0, TABLES)
    return Futures(trajectories=cast("Mapping[str, xr.Dataset]", first), tables=_told(running.tables(), inputs),
                   answered=running.answered, matched=held, paths=running.paths, precision=found)


def _told(found: Tables, inputs: Inputs) -> Tables:
    """Tables without what rests on pages alone where none is on record: it would be the prior, told as an estimate."""
    return found.without((*OF_PAGES, *OF_LISTS)) if inputs.panel.media.empty else found


def blocks(paths: int, draws: int) -> Iterator[range]:
    """Numbers of the paths of each block: whole rounds of the draws of contact frequency."""
    size = draws * max(1, BLOCK // draws)
    for begin in range(0, paths, size):
        yield range(begin, min(begin + size, paths))


def _block(inputs: Inputs, posterior: Mapping[str, Posterior], numbers: range, draws: Mapping[str, int], request: Request,
           progress: Progress, keep: Keep) -> tuple[PathBlock, dict[str, xr.DataArray], dict[str, PoleFutures]]:
    """A block of paths of every scenario, which contacts in it count for questions, and meetings that are asked for."""
    trajectories, expected, matched, apart, meetings = {}, {}, {}, {}, {}
    far = apart_by(draws.values(), request.paths)
    for name, scenario in inputs.scenarios.items():
        paths, expected[name] = _project(inputs, posterior, name, numbers, request, progress)
        if POLES in posterior and inputs.poles and any(one.meetings for one in scenario.questions):
            meetings[name] = pole_futures(posterior[POLES], inputs.poles, scenario, inputs.elections[name],
                                          paths=len(numbers), first=numbers.start, seed=request.seed)
            paths = _with_meetings(paths, meetings[name], scenario)
        matched[name] = paths["match"]
        trajectories[name] = paths.drop_vars(["match", "question"])
        keep(name, paths)
        if len(trajectories) > 1:
            apart[name] = _apart(inputs, posterior, name, numbers, request, progress, far)
    repeats = {**draws, **{name: draws_in(one) for name, one in posterior.items() if name in BESIDE}}
    batch = {name: batch_of(len(numbers), count, numbers.start, request.paths) for name, count in repeats.items()}
    block = PathBlock(trajectories=trajectories, expected=expected, apart=apart, batch=batch,
                      smoothing=_smoothing(inputs, numbers, far, request.seed))
    return block, matched, meetings


def _smoothing(inputs: Inputs, numbers: range, far: int, seed: int) -> Smoothing | None:
    """What pages are pooled with; none where smoothing knows less than the futures do, or no page is on record."""
    further = any(one.ahead != 1 for one in inputs.elections.values())
    if inputs.running or further or inputs.panel.media.empty or any(one.assumes for one in inputs.scenarios.values()):
        return None
    rate = page_rate(inputs.panel)
    return Smoothing(shape=rate.shape[0], years=rate.years[0], number=np.asarray(numbers), far=far, noise=Noise(seed))


def _with_meetings(paths: xr.Dataset, meetings: PoleFutures, scenario: Scenario) -> xr.Dataset:
    """Futures in which questions about meetings with poles count these; those about contacts stay as they are."""
    match = paths["match"].copy(deep=True)
    for place, question in enumerate(scenario.questions):
        if question.meetings:
            match[:, place] = meetings.matching(question, scenario)
    return paths.assign(match=match)


def _apart(inputs: Inputs, posterior: Mapping[str, Posterior], name: str, numbers: range, request: Request,
           progress: Progress, far: int) -> xr.Dataset:
    """Sums by year of futures that share the parameters of a block, path by path, and no shock; months of a few at a time."""
    scenario, election = inputs.scenarios[name].model_copy(update={"questions": ()}), inputs.elections[name]
    given = parameters_of(posterior, scenario.chances, election, request.seed)
    told = _counted(f"simulate {name}, independent", numbers.start, request, progress)
    share, parts = month_shares(scenario, election), []
    for begin in range(numbers.start, numbers.stop, PIECE):
        paths = simulate(given, scenario, paths=min(PIECE, numbers.stop - begin), first=begin + far, seed=request.seed,
                         term_start=election.term_start, threads=request.threads, progress=told)
        parts.append(yearly_sums(paths.drop_vars(["match", "question"])))
    together = xr.concat(parts, "path", join="exact", combine_attrs="no_conflicts") if len(parts) > 1 else parts[0]
    by_year = yearly_sums(xr.Dataset({"month_share": ("month", share)}, coords={"month": paths["month"]}))
    return together.assign(month_share=by_year["month_share"])


def month_shares(scenario: Scenario, election: Election) -> np.ndarray:
    """Share of each month of a scenario that lies in the term, shape (month,)."""
    return calendar_of(scenario, election.term_start).exposure.sum(axis=1) * 12


def _project(inputs: Inputs, posterior: Mapping[str, Posterior], name: str, numbers: range, request: Request,
             progress: Progress) -> tuple[xr.Dataset, dict[str, xr.DataArray]]:
    """Trajectories of one scenario, and its expected values given the parameters."""
    scenario, election = inputs.scenarios[name], inputs.elections[name]
    running = inputs.running.get(name)
    given = parameters_of(posterior, scenario.chances, election, request.seed)
    expected = Expected(scenario, seed=request.seed, term_start=election.term_start)

    def noted(some: slice) -> PathParameters:
        found = given(some)
        if not running:  # expected values are for comparing scenarios, and a term that runs has one
            expected.add(some, found)
        return found

    paths = simulate(noted, scenario, paths=len(numbers), first=numbers.start, seed=request.seed, term_start=election.term_start,
                     threads=request.threads, progress=_counted(f"simulate {name}", numbers.start, request, progress),
                     running=running)
    share = month_shares(scenario, election)
    told = paths.assign(month_share=("month", share)).assign_attrs(dyad=inputs.panel.dyad[0])
    return told, {} if running else expected.values()


def _counted(stage: str, done: int, request: Request, progress: Progress) -> Callable[[int], None]:
    """What tells a stage, given how many more paths there are, how many there are now."""

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(stage, done, request.paths)

    return tell


# Both terms at once, where somebody asks for the second.

def both_terms(inputs: Inputs, posterior: Mapping[str, Posterior], simulated: int, request: Request,
               progress: Progress) -> TwoTerms | None:
    """Contacts of both terms under every pair of scenarios; None where no second is asked for.

    In the futures of the run itself, so many as were `simulated` of each scenario, up to those that can be held.
    """
    then, paths = inputs.then, min(simulated, HELD)
    if not then.pairs:
        return None
    first = {name: TermAhead(scenario=inputs.scenarios[name], election=inputs.elections[name], running=inputs.running.get(name))
             for name in dict.fromkeys(one for one, _ in then.pairs)}
    second = {name: TermAhead(scenario=one, election=then.elections[name]) for name, one in then.scenarios.items()}

    def counted(stage: str, count: Callable[..., Counts], *terms: TermAhead) -> Counts:
        parts, pieces = [], range(0, paths, PIECE)
        for begin in pieces:
            progress(stage, begin, paths)
            parts.append(count(posterior, *terms, paths=range(begin, min(begin + PIECE, paths)), seed=request.seed,
                               threads=request.threads))
        progress(stage, paths, paths)
        return joined(parts)

    firsts = {name: counted(f"simulate {name} to the turn", contacts_of_first, one) for name, one in first.items()}
    after = {(one, other): counted(f"simulate {other} after {one}", contacts_of_second, first[one], second[other])
             for one, other in then.pairs}
    kinds = kinds_of(then.scenarios, next(iter(then.elections.values())).outcomes)
    return two_term_tables(firsts, after, kinds, batch_of(paths, draws_of(posterior)[CONTACTS]), request.seed)


def kinds_of(scenarios: Mapping[str, Scenario], outcomes: Mapping[str, Winner]) -> dict[str, str]:
    """Type of administration of who wins in every scenario of one election; empty where that is left open."""
    return {name: outcomes[one.outcome].type if isinstance(one.outcome, str) else "" for name, one in scenarios.items()}
