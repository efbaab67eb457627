"""Processes that work for this one and never outlive it: workers that are started afresh, and branches of this process.

A worker ends with the process that started it, however that went (kill -9 included) and whatever the worker is doing: the system
itself sends it a signal when the pipe between them closes, so that compiled code that never returns to Python is no hindrance;
where the system has no such signals, a thread watches the pipe.

An end on request
-----------------
Ctrl-C and SIGTERM end the process within two seconds, with one line, whatever it is doing.

They are heard by a thread of their own, so that they work while compiled code runs. It says what is kept, ends the workers,
removes what is half written, and ends the process.
"""

import ctypes
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from pathlib import Path
from pickle import dumps, loads
from queue import Empty
from typing import Any

from forecast.errors import ForecastError
from forecast.placement import discard_partials, sweep_cache

# An end on request.

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
def ended_by_signals(tell: Callable[[str], None], *, last: bool = False) -> Iterator[None]:
    """End the process on SIGINT, SIGTERM and SIGHUP, within two seconds, whatever it is doing; only from the main thread.

    Signals that were ignored when the process began (``nohup``, jobs in the background) stay so.

    Parameters
    ----------
    tell : callable
        Called with one line that says what is kept; from another thread.
    last : bool
        Nothing follows but the end of the process: the work is done, and signals are ignored from then on.
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
            signal.signal(number, signal.SIG_IGN if last else handler)
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
        call(LONGEST / 2)
    discard_partials()
    sweep_cache()  # of the workers
    os._exit(code)


def _soon(seconds: float, call: Callable[..., None], *given: Any) -> threading.Timer:
    timer = threading.Timer(seconds, call, given)
    timer.daemon = True
    timer.start()
    return timer


# Other programs.

def call_program(words: Sequence[str], given: bytes = b"", *, place: Path | None = None,
                 environment: Mapping[str, str] | None = None, aloud: bool = False, seconds: float | None = None,
                 check: bool = False) -> "subprocess.CompletedProcess[bytes]":
    """Call another program, which ends with this one.

    Where the system has a signal for it (Linux) also where this process is killed; elsewhere where it ends on request or by an
    error.

    Parameters
    ----------
    words : sequence of str
        The program and its arguments.
    given : bytes
        Its standard input.
    place, environment
        Where it is called, and with which variables; those of this process where none are given.
    aloud : bool
        Whether what it says to standard error is shown as it comes.
    seconds : float, optional
        After which it is killed.
    check : bool
        Whether an exit code other than 0 is an error.

    Raises
    ------
    subprocess.SubprocessError
        Where the time is over, or an exit code is to be an error.
    """
    with subprocess.Popen(words, cwd=place, env=environment, stdin=subprocess.PIPE if given else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=None if aloud else subprocess.PIPE, preexec_fn=_bound()) as child:
        def end(_: float) -> None:
            child.terminate()

        BEFORE_END.append(end)
        try:
            out, told = child.communicate(given or None, timeout=seconds)
        finally:
            BEFORE_END.remove(end)
            child.kill()
    done = subprocess.CompletedProcess(words, child.returncode, out, told or b"")
    if check:
        done.check_returncode()
    return done


def _bound() -> Callable[[], None] | None:
    """What a child does before it becomes another program: have the system kill it when this process ends; None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    control, parent, on_death = ctypes.CDLL(None).prctl, os.getpid(), 1  # PR_SET_PDEATHSIG

    def bind() -> None:
        control(on_death, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before
            os._exit(1)

    return bind


# Worker processes.

LAST_WORD, LAST_WORDS = 0.1, 5.0
"""Seconds that what a worker reported last may need to arrive, and that all that was reported is listened to at most."""
PATIENCE = 0.3
"""Seconds that a signal to a whole group of processes needs to reach this one, if it reached a worker first."""

_POOLS: set["Workers | Branches"] = set()
_reports: "Queue[tuple[Any, ...]] | None" = None
"""In a worker: the way to the process that started it."""


class WorkerError(ForecastError):
    """A worker that ended before its work was done."""


class Workers(ProcessPoolExecutor):
    """A pool of processes that end with this one; what they raise and report arrives as it was."""

    def __init__(self, count: int) -> None:
        context = _Context()
        self.reports = context.Queue()
        self.started: dict[int, BaseProcess] = {}
        super().__init__(count, mp_context=context, initializer=_begin, initargs=(self.reports, left_out()))

    def submit[T](self, call: Callable[..., T], /, *given: Any, **named: Any) -> "Future[T]":
        """Have a worker call something; its exceptions come back even where they cannot be sent."""
        future = super().submit(_sendable, call, *given, **named)
        self.started |= self._processes or {}  # a broken pool forgets its processes
        # the thread that waits for ends was woken before the process was started, and may not have seen it: its end would go
        # unnoticed until another worker is done
        with self._shutdown_lock:
            if (waker := self._executor_manager_thread_wakeup) is not None:
                waker.wakeup()
        return future

    def finish(self, running: "Iterable[Future[Any]]", hear: Callable[..., None] | None = None) -> None:
        """Wait until all is done, passing on what workers :func:`report`; raise at once what one of them raises.

        Parameters
        ----------
        running : iterable of Future
            From :meth:`submit`.
        hear : callable, optional
            Called with what a worker gave to :func:`report`.
        """
        running = list(running)
        while running:
            with suppress(Empty):
                message = self.reports.get(timeout=0.1)
                if hear is not None:
                    hear(*message)
            for done in [future for future in running if future.done()]:
                running.remove(done)
                done.result()
        until = time.monotonic() + LAST_WORDS
        with suppress(Empty):  # results and reports come by different ways
            while hear is not None and time.monotonic() < until:  # others than these may go on reporting
                hear(*self.reports.get(timeout=LAST_WORD))

    def end(self) -> None:
        """End all workers at once."""
        for process in tuple(self.started.values()):  # kill_workers() comes with Python 3.14
            with suppress(ValueError):  # closed
                process.kill()


def report(*message: Any) -> None:
    """In a worker: send something to the process that started it; elsewhere without effect."""
    if _reports is not None:
        _reports.put(message)


@contextmanager
def worker_processes(count: int) -> Iterator[Workers]:
    """Give a pool of processes that end with this one, and at once where the work inside fails.

    Parameters
    ----------
    count : int
        Processes; they are started afresh (spawned).

    Raises
    ------
    WorkerError
        Where one of them ended before its work was done.
    """
    _quiet_tracker()
    pool = Workers(count)
    _POOLS.add(pool)
    try:
        yield pool
    except BaseException as error:
        pool.end()
        pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            wait_where_ended(PATIENCE)
            raise WorkerError(_ended_how(pool)) from None
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        pool.reports.close()
        _POOLS.discard(pool)


def _end_all(seconds: float) -> None:
    """End all workers and wait until they are gone, so that what they held can be removed."""
    for pool in tuple(_POOLS):
        pool.end()
    wait([process.sentinel for pool in tuple(_POOLS) for process in pool.started.values()], timeout=seconds)


BEFORE_END.append(_end_all)


def _ended_how(pool: "Workers | Branches") -> str:
    """Why a pool broke, from how its processes ended; the pool itself ends the others with SIGTERM, and we with SIGKILL."""
    codes = {process.exitcode for process in tuple(pool.started.values())} - {None, 0}
    first = next((code for code in codes if code not in (-signal.SIGTERM, -signal.SIGKILL)), None)
    if first is None:
        how = "it was killed, as the system does where memory runs out"
    elif first < 0:
        how = f"it was ended by signal {-first} ({signal.strsignal(-first)})"
    else:
        how = f"it ended with exit code {first}"
    return (f"A worker process ended before its work was done: {how}. What was finished is kept. Look at what it wrote above, "
            "free some memory, or use fewer processes, and start the command again.")


def _sendable[T](call: Callable[..., T], *given: Any, **named: Any) -> T:
    """In a worker: an exception that could not be sent, or would arrive as another, arrives as its text."""
    try:
        return call(*given, **named)
    except Exception as error:
        try:
            whole = str(loads(dumps(error))) == str(error)
        except Exception:
            whole = False
        if whole:
            raise
        told = WorkerError(f"{type(error).__name__}: {error}")
    raise told  # out here it has no context, which libraries would send with it, and which may be what cannot be sent


class _Worker(SpawnProcess):
    """A process in which Ctrl-C is ignored from the first, before Python could answer it with a traceback."""

    def start(self) -> None:
        if not hasattr(signal, "pthread_sigmask"):
            super().start()
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # passed on to what is started
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Context(SpawnContext):
    Process = _Worker


def _quiet_tracker() -> None:
    """Start the process that removes semaphores of killed processes, without its warning that it had to."""
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (before, "ignore:resource_tracker:UserWarning")))
    try:
        resource_tracker.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before


def _begin(reports: "Queue[tuple[Any, ...]]", without: Iterable[str] = ()) -> None:
    """In a worker, before its first task."""
    global _reports
    for name in without:
        go_without(name)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    parent = parent_process()
    if parent is not None:
        with suppress(ImportError, AttributeError, OSError):
            _end_with(parent.sentinel)
        threading.Thread(target=_follow, args=(parent.join,), daemon=True).start()
    reports.cancel_join_thread()  # the parent stops listening when the work is done
    _reports = reports


def _end_with(pipe: int) -> None:
    """Have the system end this process (SIGIO) when the other end of a pipe closes, which it does with its process."""
    import fcntl

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    if wait([pipe], timeout=0):  # it closed before
        os._exit(1)


def _follow(wait_for_end: Callable[[], None]) -> None:
    wait_for_end()
    os._exit(1)


# Libraries that other libraries import where they are installed, and that nobody here needs.

def go_without(library: str) -> None:
    """To whoever asks for a library from now on it is as if it were not installed; in workers that begin from now on too."""
    absent: dict[str, Any] = sys.modules
    absent.setdefault(library, None)


def go_with(library: str) -> None:
    """What :func:`go_without` did, undone."""
    if library in left_out():
        del sys.modules[library]


def left_out() -> tuple[str, ...]:
    """Libraries that this process goes without."""
    known: dict[str, Any] = sys.modules
    return tuple(name for name, module in tuple(known.items()) if module is None)


# Branches of this process.

BRANCHES = sys.platform == "linux"
"""Whether a process can go on as two: elsewhere libraries of the system do not allow it."""


class Branches(Executor):
    """Does every call in a process that begins with all that this one has imported and computed; both share its memory.

    What a call is given need not be sent, what it returns must be. Other threads of this process do not go on in a branch, which
    therefore uses no streams of this one.
    """

    def __init__(self) -> None:
        self.started: dict[int, BaseProcess] = {}

    def submit[T](self, call: Callable[..., T], /, *given: Any, **named: Any) -> "Future[T]":
        """Begin a call in a branch of its own; only from the main thread, with which the system lets branches end."""
        context, future = get_context("fork"), Future[T]()
        reader, writer = context.Pipe(duplex=False)
        branch = context.Process(target=_go_on, args=(_bound(), reader, writer, call, given, named), daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTED)  # what hears them is this process alone
        apart = not gc.get_freeze_count()  # what others froze stays so, and nothing else does
        if apart:
            gc.freeze()  # a branch does not look through what it begins with: it would copy all of that
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of threads: none holds what a branch needs
                branch.start()
        finally:
            if apart:
                gc.unfreeze()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        writer.close()
        self.started[len(self.started)] = branch
        future.set_running_or_notify_cancel()
        threading.Thread(target=self._hear, args=(reader, branch, future), daemon=True).start()
        return future

    def _hear(self, reader: "Connection[Any, Any]", branch: BaseProcess, future: "Future[Any]") -> None:
        """Pass on what a branch returned or raised, or how it ended."""
        try:
            well, found = loads(reader.recv_bytes())
        except (EOFError, OSError):
            branch.join()
            wait_where_ended(PATIENCE)
            well, found = False, WorkerError(_ended_how(self))
        except BaseException as error:  # what cannot be built again, or for which there is no memory: nobody waits for ever
            well, found = False, error
        reader.close()
        if well:
            future.set_result(found)
        else:
            future.set_exception(found)

    def end(self) -> None:
        """End all branches at once."""
        for branch in tuple(self.started.values()):
            branch.kill()


@contextmanager
def branches() -> Iterator[Branches]:
    """Give what begins branches; none of them outlives the block."""
    helper = Branches()
    _POOLS.add(helper)
    try:
        yield helper
    finally:
        helper.end()
        for branch in helper.started.values():
            branch.join()
        _POOLS.discard(helper)


def _go_on(bind: Callable[[], None] | None, reader: "Connection[Any, Any]", writer: "Connection[Any, Any]",
           call: Callable[..., Any], given: Sequence[Any], named: Mapping[str, Any]) -> None:
    """In a branch: call, and send what is returned or raised."""
    if bind is not None:
        bind()
    signal.set_wakeup_fd(-1)
    for number in INTERRUPTED:
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:  # one that is ignored stays so, as by nohup
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTED)
    reader.close()
    for place, name in enumerate(("stdout", "stderr"), start=1):  # a thread may have held the locks of those before
        with suppress(OSError):
            setattr(sys, name, open(place, "w", encoding="utf-8", errors="backslashreplace", closefd=False))  # noqa: SIM115
    try:
        told = dumps((True, _sendable(call, *given, **named)))
    except BaseException as error:
        told = dumps((False, error))
    writer.send_bytes(told)
