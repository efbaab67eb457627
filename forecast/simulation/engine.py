"""The driver: paths in chunks, chunks on threads, one dataset at the end.

What the kernel can count
-------------------------
Futures with more contacts than that are refused, never cut in silence.

A first bound takes the largest factor of every kind at once and costs next to nothing; only paths beyond it are looked at month
by month.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from forecast.contacts import codes
from forecast.errors import ForecastError
from forecast.panel.calendar import YEARS_OF_TERM, month_exposure, month_starts
from forecast.simulation.kernel import Keys, run_paths
from forecast.simulation.prepare import Begun, Calendar, Prepared, prepare
from forecast.simulation.random import RATE_CAP, Noise
from forecast.simulation.running import Running, condition_on_past
from forecast.simulation.scenario import Scenario
from forecast.simulation.shocks import RANKS, RATE, draw_shock
from forecast.simulation.trajectory import Output, QuestionMasks, as_dataset, empty_output, question_masks

if TYPE_CHECKING:
    from forecast.components.protocol import PathParameters


Parameters = Callable[[slice], "PathParameters"]
Onset = Callable[["PathParameters", np.ndarray], np.ndarray]
"""Parameters and numbers of some paths -> relation state in the first month of each, (path,)."""


@dataclass(frozen=True, kw_only=True)
class SimulationJob:
    """What all chunks of a simulation share."""

    parameters: Parameters
    scenario: Scenario
    noise: Noise
    calendar: Calendar
    asked: QuestionMasks
    keys: Keys
    running: Running | None = None
    onset: Onset | None = None

    def run(self, first: int, out: Output) -> None:
        """Simulate as many paths as ``out`` holds, beginning with number ``first``."""
        count, months = out.contact.shape[:2]
        path = np.arange(first, first + count)
        shock = draw_shock(self.scenario, self.noise, path, months)
        given = self.parameters(slice(first, first + count))
        check_parameters(given, count)
        known = Begun(month=0, state=self.onset(given, path)) if self.onset else None
        if self.running:
            self.running.begin(out)
            known, out.unrecorded[:] = condition_on_past(given, shock, self.running, self.calendar.month_of_year, self.noise,
                                                         path)
        prepared = prepare(given, shock, self.calendar, self.noise, path, known)
        check_reach(prepared, first, self.scenario.name)
        run_paths(prepared, self.asked, self.keys, first, out)


def simulate(
    parameters: Parameters, scenario: Scenario, *, paths: int, seed: int, term_start: date, first: int = 0,
    threads: int | None = None, chunk: int = 2048, progress: Callable[[int], None] | None = None, running: Running | None = None,
    onset: Onset | None = None,
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
    running : Running, optional
        The part of the term that is over: what happened stands in every path, and only the rest is simulated.
    onset : callable, optional
        Gives the relation state with which paths begin, where they go on from a term before; a stationary one is drawn elsewhere.

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
    job = _job(parameters, scenario, Noise(seed), term_start, running, onset)
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


def calendar_of(scenario: Scenario, term_start: date, running: Running | None = None) -> Calendar:
    """Exposure and calendar month of each month of a scenario; of a term that runs, what is still to come of each month."""
    start, end = scenario.horizon.start, scenario.horizon.end
    month = month_starts(start, end).astype("datetime64[M]").astype(np.int64) % 12
    return Calendar(running.left if running else month_exposure(start, end, term_start), month)


def _job(parameters: Parameters, scenario: Scenario, noise: Noise, term_start: date, running: Running | None,
         onset: Onset | None) -> SimulationJob:
    keys = Keys(*(noise.key(name) for name in Keys._fields))
    return SimulationJob(parameters=parameters, scenario=scenario, noise=noise,
                         calendar=calendar_of(scenario, term_start, running),
                         asked=question_masks(scenario), keys=keys, running=running, onset=onset)


# At the engine's border: parameters have the right shapes and hold numbers.

RANK, TOPIC, SIDE = len(codes.RANK.labels), len(codes.TOPIC.labels), len(codes.SIDE.labels)
DIRECTION, FORMAT = len(codes.DIRECTION.labels), len(codes.FORMAT.labels)
CUT, TONE_CUT = len(codes.OUTCOME.labels) - 1, len(codes.TONE.labels) - 1
SHAPE: dict[str, tuple[int, ...]] = {
    "log_rate": (RANK, YEARS_OF_TERM), "season": (12,), "dispersion": (RANK, YEARS_OF_TERM), "recorded_share": (RANK,),
    "state_persistence": (), "state_loading": (), "direction_logit": (RANK, DIRECTION),
    "format_share": (DIRECTION, FORMAT), "topic_logit": (RANK, TOPIC), "breadth_sd": (), "mechanism_logit": (RANK,),
    "outcome_location": (RANK,), "outcome_breadth": (), "outcome_cut": (2, CUT),
    "pages_log_mean": (SIDE, RANK), "pages_outcome": (SIDE,), "pages_dispersion": (SIDE,), "known_elsewhere": (),
    "tone_location": (SIDE, RANK), "tone_outcome": (SIDE,), "tone_cut": (SIDE, TONE_CUT),
}
POSITIVE = ("dispersion", "pages_dispersion")
ORDERED = ("outcome_cut", "tone_cut")


def check_parameters(given: "PathParameters", paths: int) -> None:
    """Stop on parameters that would be simulated without complaint but wrongly.

    Parameters
    ----------
    given : PathParameters
        Parameters of one chunk.
    paths : int
        Paths of the chunk.

    Raises
    ------
    ForecastError
        Naming the array, what was expected and what was found.
    """
    for name, trailing in SHAPE.items():
        value = getattr(given, name)
        if value.shape != (paths, *trailing):
            raise _error(name, f"shape {(paths, *trailing)}", f"{value.shape}")
        if np.isnan(value).any() or (name not in POSITIVE and np.isinf(value).any()):
            raise _error(name, "finite numbers", "NaN or infinity")
    for name in POSITIVE:
        if (getattr(given, name) <= 0).any():
            raise _error(name, "positive numbers", "zero or less")
    for name in ORDERED:
        if (np.diff(getattr(given, name)) < 0).any():
            raise _error(name, "increasing cutpoints", "a decreasing pair")
    _check_chances(given)


def _check_chances(given: "PathParameters") -> None:
    if (given.recorded_share <= 0).any() or (given.recorded_share > 1).any():
        raise _error("recorded_share", "shares inside (0, 1]", "one outside")
    if (given.known_elsewhere <= 0).any() or (given.known_elsewhere > 1).any():
        raise _error("known_elsewhere", "probabilities inside (0, 1]", "one outside")
    if (given.format_share < 0).any() or (np.abs(given.format_share.sum(axis=-1) - 1) > 1e-9).any():
        raise _error("format_share", "shares that add up to 1", "others")
    if (np.abs(given.state_persistence) >= 1).any():
        raise _error("state_persistence", "numbers inside (-1, 1)", "one outside")


def _error(name: str, expected: str, found: str) -> ForecastError:
    return ForecastError(f"Path parameters: {name}: expected {expected}, found {found}. "
                         "Correct the component that projects it.")


# What the kernel can count.

class _Beyond(NamedTuple):
    """The largest expected count beyond what can be simulated."""

    path: int
    month: int
    rank: int
    expected: float


def check_reach(given: Prepared, first: int, scenario: str) -> None:
    """Stop where a month of a path has more expected contacts of a rank than can be drawn (raises ForecastError).

    Parameters
    ----------
    given : Prepared
        Input of the kernel.
    first : int
        Number of the first path.
    scenario : str
        Name, for the message.
    """
    suspect = np.flatnonzero((_bound(given) > RATE_CAP).any(axis=1))
    found = _largest(given, suspect) if len(suspect) else None
    if found is not None:
        raise ForecastError(
            f"Scenario {scenario}: future {first + found.path}, month {found.month + 1} of the horizon: "
            f"{found.expected:,.0f} contacts ({codes.RANK.labels[found.rank]}, recorded or not) are expected; at most "
            f"{RATE_CAP:,.0f} of a rank can be simulated in a month. Narrow the sizes under rate, appetite and "
            "state, whose tails reach that far; where the scenario assumes none, the record leaves the rate open: narrow the "
            "priors.")


def _bound(given: Prepared) -> np.ndarray:
    """No month of a path has more contacts than this: (path, rank)."""
    shift = np.maximum(given.size[:, :, RATE:RATE + RANKS], 0.0).sum(axis=1)
    common = given.climate.max(axis=1) * given.season.max(axis=1) * given.exposure.sum(axis=1).max()
    with np.errstate(over="ignore"):
        found: np.ndarray = given.yearly.max(axis=2) * np.maximum(1.0, given.unrecorded) * common[:, None] * np.exp(shift)
        return found


def _largest(given: Prepared, paths: np.ndarray) -> _Beyond | None:
    """The most contacts that any month of these paths expects, where that is too many."""
    worst = None
    for path in paths:
        with np.errstate(over="ignore"):
            monthly = np.exp(_shift(given, path)) * (given.yearly[path] @ given.exposure.T).T
        monthly *= (given.climate[path] * given.season[path, given.month_of_year])[:, None]
        monthly *= np.maximum(1.0, given.unrecorded[path])
        month, rank = np.unravel_index(np.argmax(monthly), monthly.shape)
        if monthly[month, rank] > max(RATE_CAP, worst.expected if worst else 0.0):
            worst = _Beyond(int(path), int(month), int(rank), float(monthly[month, rank]))
    return worst


def _shift(given: Prepared, path: int) -> np.ndarray:
    """Log factor of all shocks on the rates of a path, (month, rank)."""
    months = len(given.exposure)
    shift = np.zeros((months, RANKS))
    for shock, start in enumerate(given.start[path]):
        if start >= 0:
            shift[start:] += given.profile[shock, :months - start, None] * given.size[path, shock, RATE:RATE + RANKS]
    return shift
