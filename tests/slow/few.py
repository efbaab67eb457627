"""Commands that fit, in this process and with few draws or none: for tests of whether they answer, not of what they find.

Models, gates, cache and all that comes of posteriors are the real ones; only how much is drawn is small. What is stored carries
the identity of a whole fit, so that the cache must be one of the test's own.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import nutpie
import pytest

from forecast.components.registry import component_of
from forecast.pipeline import Request, sweep
from forecast.posterior import attempt, calibration, fit, store
from tests.golden.example import GATES, chains_of

FEW, FEWER = {"draws": 60, "tune": 60}, {"draws": 30, "tune": 30}
SHALLOW, EARLIEST = 3, 6
"""Doublings of a trajectory, as so few iterations do not find steps with which it would end by itself; the first term that is
forecast from those before it."""


class Here:
    """In the place of a pool of processes: what is given to it is done at once."""

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(call(*given, **named))
        return done

    def finish(self, running: "Iterable[Future[Any]]", hear: Callable[..., None] | None = None) -> None:
        assert all(one.done() for one in running)


@contextmanager
def few_draws(cache: Path) -> Iterator[pytest.MonkeyPatch]:
    """Fit, refit and calibrate with few draws, and keep it in a cache of its own; also a command without an option for it goes on
    from a posterior that failed its gates."""
    whole = fit.fit_one

    def small(job: fit.Job, *given: Any) -> None:
        whole(replace(job, settings=replace(job.settings, chains=2, **FEW)), *given)

    @contextmanager
    def here(_: int) -> Iterator[Here]:
        yield Here()

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_CACHE", str(cache))
        patch.setattr(nutpie, "sample", partial(nutpie.sample, maxdepth=SHALLOW))
        patch.setattr(fit, "fit_one", small)
        patch.setitem(Request.__init__.__kwdefaults__, "ignore_gates", True)
        patch.setattr(attempt, "AGAIN", 1)
        patch.setattr(attempt, "EFFORT", FEWER)
        patch.setattr(attempt, "EARLIEST", EARLIEST)
        patch.setattr(calibration, "EFFORT", {**calibration.EFFORT, **FEW, "draws": 100})
        for module in (fit, sweep, calibration):
            patch.setattr(module, "worker_processes", here)
        yield patch


@contextmanager
def no_draws(cache: Path) -> Iterator[pytest.MonkeyPatch]:
    """Noise around moderate values in the place of every posterior; calibrations alone have draws, and few."""
    with few_draws(cache) as patch:
        patch.setattr(fit, "fit_one", _noise)
        yield patch


def _noise(job: fit.Job, *_: Any) -> None:
    chains = chains_of(component_of(job.name), job.name, job.data, job.priors)
    if "term_score" in chains:
        chains = chains.assign(term_score_error=0 * chains["term_score"] + 0.1, term_score_rhat=0 * chains["term_score"] + 1)
    store.save(job.name, job.key, chains, GATES, coord=job.data.coord)
