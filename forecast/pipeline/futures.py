"""Simulated futures of all scenarios: at once where they are few, else block by block in bounded memory."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import xarray as xr

from forecast.evaluation.montecarlo import batch_of
from forecast.evaluation.precision import Precision, precision
from forecast.evaluation.quantity import yearly
from forecast.evaluation.questions.answer import Counted, counted
from forecast.evaluation.running import Running
from forecast.evaluation.tables import Block, Tables, tables
from forecast.pipeline.request import Inputs, Request
from forecast.posterior.posterior import Posterior
from forecast.simulation.assemble import apart_by, draws_of, parameters_of
from forecast.simulation.engine import calendar_of, simulate
from forecast.simulation.expected import expected_values
from forecast.simulation.relation_index import WeightSet

HELD = 40_000
"""Up to so many paths are held in memory and described exactly; of more, the first block is held and drawn."""
BLOCK = 20_000
Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how much of it is done, and how much there is."""
Keep = Callable[[str, xr.Dataset], object]


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
    paths : int
        Futures per scenario.
    precision : Precision, optional
        Where one was asked for.
    """

    trajectories: Mapping[str, xr.Dataset]
    tables: Tables
    answered: Counted
    paths: int
    precision: Precision | None = None


def futures(inputs: Inputs, posterior: Mapping[str, Posterior], weights: Mapping[str, tuple[WeightSet, float]],
            request: Request, progress: Progress, keep: Keep) -> Futures:
    """Simulate every scenario with common random numbers; `keep` is given each block of trajectories as soon as it exists."""
    draws = draws_of(posterior)
    if request.paths <= HELD and request.precision is None:
        block, matched = _block(inputs, posterior, range(request.paths), draws, request, progress, keep)
        return Futures(trajectories=block.trajectories, tables=tables(block, weights), paths=request.paths,
                       answered=counted(matched, inputs.scenarios, block.batch))
    running, first, found = Running(weights, inputs.scenarios), None, None
    for numbers in blocks(request.paths, draws["frequency"]):
        block, matched = _block(inputs, posterior, numbers, draws, request, progress,
                                keep if first is None or request.all_paths else lambda *_: None)
        running.add(block, matched)
        first = first or block.trajectories
        del block, matched  # before the next is made
        if request.precision is not None:
            found = precision(running.chances(), running.paths)
            if found.reached(request.precision) or (found.out_of_reach(request.precision) and not request.paths_asked):
                break
    return Futures(trajectories=first, tables=running.tables(), answered=running.answered, paths=running.paths,
                   precision=found)


def blocks(paths: int, draws: int) -> Iterator[range]:
    """Numbers of the paths of each block: whole rounds of the draws of contact frequency."""
    size = draws * max(1, BLOCK // draws)
    for begin in range(0, paths, size):
        yield range(begin, min(begin + size, paths))


def _block(inputs: Inputs, posterior: Mapping[str, Posterior], numbers: range, draws: Mapping[str, int], request: Request,
           progress: Progress, keep: Keep) -> tuple[Block, dict[str, xr.DataArray]]:
    """A block of paths of every scenario, and which contacts in it count for questions."""
    trajectories, expected, matched, apart = {}, {}, {}, {}
    for name in inputs.scenarios:
        paths, expected[name] = _project(inputs, posterior, name, numbers, request, progress)
        matched[name] = paths["match"]
        trajectories[name] = paths.drop_vars(["match", "question"])
        keep(name, paths)
        if len(trajectories) > 1:
            apart[name] = _apart(inputs, posterior, name, numbers, request, apart_by(draws.values(), request.paths))
    batch = {name: batch_of(len(numbers), count, numbers.start, request.paths) for name, count in draws.items()}
    return Block(trajectories=trajectories, expected=expected, apart=apart, batch=batch), matched


def _apart(inputs: Inputs, posterior: Mapping[str, Posterior], name: str, numbers: range, request: Request,
           far: int) -> xr.Dataset:
    """Sums by year of futures that share the parameters of a block, path by path, and no shock."""
    scenario, election = inputs.scenarios[name].model_copy(update={"questions": ()}), inputs.elections[name]
    given = parameters_of(posterior, scenario.chances, election, request.seed)
    paths = simulate(given, scenario, paths=len(numbers), first=numbers.start + far, seed=request.seed,
                     term_start=election.term_start, threads=request.threads)
    share = calendar_of(scenario, election.term_start).exposure.sum(axis=1) * 12
    return yearly(paths.drop_vars(["match", "question"]).assign(month_share=("month", share)))


def _project(inputs: Inputs, posterior: Mapping[str, Posterior], name: str, numbers: range, request: Request,
             progress: Progress) -> tuple[xr.Dataset, dict[str, xr.DataArray]]:
    """Trajectories of one scenario, and its expected values given the parameters."""
    scenario, election = inputs.scenarios[name], inputs.elections[name]
    given = parameters_of(posterior, scenario.chances, election, request.seed)
    shared = {"paths": len(numbers), "first": numbers.start, "seed": request.seed, "term_start": election.term_start}
    done = numbers.start

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(f"simulate {name}", done, request.paths)

    paths = simulate(given, scenario, **shared, threads=request.threads, progress=tell)
    share = calendar_of(scenario, election.term_start).exposure.sum(axis=1) * 12
    expected = expected_values(given, scenario, **shared)
    return paths.assign(month_share=("month", share)).assign_attrs(dyad=inputs.panel.dyad[0]), expected
