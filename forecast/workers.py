"""Processes that work for this one and never outlive it, and an end on request within two seconds.

A worker watches the process that started it and ends when that is gone, however it went (kill -9 included). Ctrl-C and SIGTERM
are heard by a thread of their own, so that they work while compiled code runs: it ends the workers, removes what is half
written, says in one line what is kept, and ends the process.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process

from forecast.outputs import discard_partials

INTERRUPTED = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""Exit codes by signal, as shells count them."""
KEPT = ("Interrupted. Finished fits, replications and sweep points are kept and the same command goes on from them; "
        "earlier outputs stay as they were.")
LONGEST = 1.5
"""Seconds after which the process ends even if something (a pipe that nobody reads, a large folder) holds its tidying up."""

_POOLS: set[ProcessPoolExecutor] = set()
_ENDING = threading.Event()


@contextmanager
def worker_processes(count: int, initializer: Callable[..., None] | None = None,
                     initargs: tuple = ()) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes that end with this one, and at once where the work inside fails.

    Parameters
    ----------
    count : int
        Processes; they are started afresh (spawned).
    initializer, initargs
        Called in each worker before its first task.
    """
    context = get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(initializer, initargs))
    _POOLS.add(pool)
    try:
        yield pool
    except BaseException:
        _end(pool)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        _POOLS.discard(pool)


@contextmanager
def ended_by_signals(tell: Callable[[str], None]) -> Iterator[None]:
    """End the process on SIGINT and SIGTERM, within two seconds, whatever it is doing; only from the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = {number: signal.signal(number, lambda *_: None) for number in INTERRUPTED}
    woken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_listen, args=(reader, tell), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writer)  # the thread reads the end of the pipe


def _listen(reader: int, tell: Callable[[str], None]) -> None:
    while number := os.read(reader, 1):
        code = INTERRUPTED.get(number[0])
        if code is not None:
            _ENDING.set()
            for pool in tuple(_POOLS):
                _end(pool)
            discard_partials()
            tell(KEPT)
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
    os.close(reader)


def wait_where_ended() -> None:
    """Wait for the end where it is on its way: what then fails for want of workers or folders is not worth a word."""
    if _ENDING.is_set():
        time.sleep(2 * LONGEST)


def _end(pool: ProcessPoolExecutor) -> None:
    for process in tuple((pool._processes or {}).values()):  # kill_workers() comes with Python 3.14
        process.kill()


def _begin(initializer: Callable[..., None] | None, initargs: tuple) -> None:
    """In a worker: leave Ctrl-C to the parent, watch it, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.join,), daemon=True).start()
    if initializer is not None:
        initializer(*initargs)


def _follow(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)
