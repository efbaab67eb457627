"""One process that helps all runs of a session of tests: starting one for each takes longer than what it does.

The command line starts a process for each run, which imports for seconds beside the reading; what that process is and how it ends
is tested where it is (``test_workers``, ``report/test_studio``, ``golden/test_run`` and every test that starts the program). Runs
that are called within a test get this one, as long as no run fails: modules stay imported, and what a run left in them.
"""

import atexit
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from contextlib import ExitStack, contextmanager
from typing import Any

from forecast.workers import Workers, worker_processes

_STACK = ExitStack()
_pool: list[Workers] = []
atexit.register(_STACK.close)


class Lasting(Executor):
    """Hands work to the one process, which then stands where the caller stands and knows the environment that it knows."""

    def __init__(self) -> None:
        self.given: list[Future[Any]] = []

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        if not _pool:
            _pool.append(_STACK.enter_context(worker_processes(1)))
        self.given.append(_pool[0].submit(_where, os.getcwd(), dict(os.environ), call, *given, **named))
        return self.given[-1]


def _where(place: str, environment: dict[str, str], call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    os.chdir(place)
    os.environ.clear()
    os.environ.update(environment)
    return call(*given, **named)


@contextmanager
def lasting_worker(figures: bool = True) -> Iterator[Executor]:
    """What :func:`forecast.report.run.figure_worker` gives: what nobody waited for is not done, a failure ends the process."""
    helper = Lasting()
    try:
        yield helper
    except BaseException:
        _pool.clear()
        _STACK.__exit__(*sys.exc_info())  # says how a process ended, if it did
        raise
    for future in helper.given:
        future.cancel()
    wait(helper.given)
