"""An end on request: Ctrl-C and SIGTERM end the process within two seconds, with one line, whatever it is doing.

They are heard by a thread of their own, so that they work while compiled code runs. It says what is kept, ends the workers,
removes what is half written, and ends the process.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from forecast.placement import discard_partials, sweep_cache

INTERRUPTED = {getattr(signal, name): code for name, code in (("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129))
               if hasattr(signal, name)}
"""Exit codes by signal, as shells count them."""
KEPT = ("Interrupted. Finished fits, replications and sweep points are kept and the same command goes on from them; "
        "earlier outputs stay as they were.")
LONGEST = 1.7
"""Seconds after which the process ends even if something (a pipe that nobody reads, a large folder) holds its tidying up."""

BEFORE_END: list[Callable[[float], None]] = []
"""Called first, with the seconds that each may take: they end what works for this process."""
_ENDING = threading.Event()


@contextmanager
def ended_by_signals(tell: Callable[[str], None]) -> Iterator[None]:
    """End the process on SIGINT, SIGTERM and SIGHUP, within two seconds, whatever it is doing; only from the main thread.

    Signals that were ignored when the process began (``nohup``, jobs in the background) stay so.

    Parameters
    ----------
    tell : callable
        Called with one line that says what is kept; from another thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = {number: signal.signal(number, lambda *_: None) for number in INTERRUPTED
              if signal.getsignal(number) is not signal.SIG_IGN}
    woken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_listen, args=(reader, tell, frozenset(before)), daemon=True).start()
    try:
        yield
    finally:
        wait_where_ended()
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writer)  # the thread reads the end of the pipe


def wait_where_ended(patience: float = 0.0) -> None:
    """Wait for the end where it is on its way: what then fails for want of workers or folders is not worth a word.

    Parameters
    ----------
    patience : float
        Seconds in which a signal may still come.
    """
    if _ENDING.wait(patience):
        time.sleep(2 * LONGEST)


def _listen(reader: int, tell: Callable[[str], None], heard: frozenset[int]) -> None:
    while number := os.read(reader, 1):
        if number[0] in heard:
            _finish(INTERRUPTED[number[0]], tell)
    os.close(reader)


def _finish(code: int, tell: Callable[[str], None]) -> None:
    """End the process: first the word, since other threads will stumble over what is taken from them, and then silence."""
    _ENDING.set()
    _soon(LONGEST, os._exit, code)
    telling = _soon(0, tell, KEPT)
    telling.join(LONGEST / 3)
    with suppress(OSError):
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    for call in BEFORE_END:
        call(LONGEST / 3)
    discard_partials()
    sweep_cache()  # of the workers
    os._exit(code)


def _soon(seconds: float, call: Callable[..., None], *given: Any) -> threading.Timer:
    timer = threading.Timer(seconds, call, given)
    timer.daemon = True
    timer.start()
    return timer
