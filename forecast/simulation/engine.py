"""The driver: paths in chunks, chunks on threads, one dataset at the end."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.simulation.check import check_parameters
from forecast.simulation.condition import Asked, asked
from forecast.simulation.contact import Keys
from forecast.simulation.exposure import month_exposure, month_starts
from forecast.simulation.kernel import run_paths
from forecast.simulation.language import Scenario
from forecast.simulation.noise import Noise
from forecast.simulation.prepare import Calendar, prepare
from forecast.simulation.reach import check_reach
from forecast.simulation.shift import draw_shock
from forecast.simulation.trajectory import Output, as_dataset, empty_output

if TYPE_CHECKING:
    from forecast.components.projection import PathParameters

Parameters = Callable[[slice], "PathParameters"]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What all chunks of a simulation share."""

    parameters: Parameters
    scenario: Scenario
    noise: Noise
    calendar: Calendar
    asked: Asked
    keys: Keys

    def run(self, first: int, out: Output) -> None:
        """Simulate as many paths as ``out`` holds, beginning with number ``first``."""
        count, months = out.contact.shape[:2]
        path = np.arange(first, first + count)
        shock = draw_shock(self.scenario, self.noise, path, months)
        given = self.parameters(slice(first, first + count))
        check_parameters(given, count)
        prepared = prepare(given, shock, self.calendar, self.noise, path)
        check_reach(prepared, first, self.scenario.name)
        run_paths(prepared, self.asked, self.keys, first, out)


def simulate(
    parameters: Parameters, scenario: Scenario, *, paths: int, seed: int, term_start: date, first: int = 0,
    threads: int | None = None, chunk: int = 2048, progress: Callable[[int], None] | None = None,
) -> xr.Dataset:
    """Simulate a scenario.

    Results depend on the parameters, the scenario and the seed alone: neither threads nor chunks change a
    bit, and scenarios with one seed share all noise, so that they agree up to the first month in which
    their inputs differ.

    Parameters
    ----------
    parameters : callable
        Gives the parameters of a slice of path numbers; called from several threads.
    scenario : Scenario
        Horizon, events and adjustments.
    paths, first : int
        How many paths, and the number of the first: a long run can be made, and summarised, piece by piece.
    seed : int
        Seed of all streams.
    term_start : date
        Inauguration day; nothing happens before.
    threads : int, optional
        Default: as many as there are processors.
    chunk : int
        Paths at a time on one thread; bounds the working memory.
    progress : callable, optional
        Called with the number of paths just finished.

    Returns
    -------
    xarray.Dataset
        Trajectories: ``contact`` (path, month, rank, outcome), ``unrecorded`` (path, month, rank), ``mention``
        (path, month, topic), ``pages`` and ``tone_sum`` (path, month, side), ``travel`` (path, month, direction), and
        ``match`` (path, question), contacts that count for each question.

    Raises
    ------
    ForecastError
        Where a month of the horizon lies outside the term, parameters have a wrong shape or no value, or a month expects more
        contacts than can be simulated.
    """
    month = month_starts(scenario.horizon.start, scenario.horizon.end)
    job = _job(parameters, scenario, Noise(seed), term_start)
    out = empty_output(paths, len(month), len(scenario.questions))

    def run(begin: int) -> int:
        part = Output(*(array[begin:begin + chunk] for array in out))
        job.run(first + begin, part)
        return len(part.contact)

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for done in pool.map(run, range(0, paths, chunk)):
            if progress:
                progress(done)
    return as_dataset(out, scenario, month, first, seed)


def calendar_of(scenario: Scenario, term_start: date) -> Calendar:
    """Exposure and calendar month of each month of a scenario."""
    start, end = scenario.horizon.start, scenario.horizon.end
    month = month_starts(start, end).astype("datetime64[M]").astype(np.int64) % 12
    return Calendar(month_exposure(start, end, term_start), month)


def _job(parameters: Parameters, scenario: Scenario, noise: Noise, term_start: date) -> Job:
    keys = Keys(*(noise.key(name) for name in Keys._fields))
    calendar = calendar_of(scenario, term_start)
    return Job(parameters=parameters, scenario=scenario, noise=noise, calendar=calendar, asked=asked(scenario),
               keys=keys)
