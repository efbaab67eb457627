"""One process that helps all runs of a session of tests: starting one for each takes longer than what it does.

The command line starts a process for each run, which imports for seconds beside the reading; what that process is and how it ends
is tested where it is (``test_workers``, ``report/test_studio``, ``golden/test_run`` and every test that starts the program). Runs
that are called within a test get this one.
"""

import atexit
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from typing import Any

from forecast.workers import Workers, worker_processes

_STACK = ExitStack()
_pool: list[Workers] = []


class Lasting(Executor):
    """Hands work to the one process, which then stands where the caller stands and knows the environment that it knows."""

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        if not _pool:
            _pool.append(_STACK.enter_context(worker_processes(1)))
            atexit.register(_STACK.close)
        return _pool[0].submit(_where, os.getcwd(), dict(os.environ), call, *given, **named)


def _where(place: str, environment: dict[str, str], call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    os.chdir(place)
    os.environ.clear()
    os.environ.update(environment)
    return call(*given, **named)


@contextmanager
def lasting_worker(figures: bool = True) -> Iterator[Executor]:
    """What :func:`forecast.report.run.figure_worker` gives, without a start and an end of its own."""
    yield Lasting()
