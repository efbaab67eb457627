"""How files and folders take their place: written in a hidden folder beside it, locked while its process lives, and then whole.

Hidden folders are called ``.forecast-*.partial``. The next start beside one removes it where a killed process left it. A folder
takes its place by one atomic exchange where the system has it (``renameat2``); elsewhere in two steps, and the next start mends
what a kill between them leaves.
"""

import ctypes
import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import platformdirs

PREFIX, SUFFIX, OLD = ".forecast-", ".partial", ".old"


def cache_directory() -> Path:
    """Where posteriors and notes of what was written are kept: ``FORECAST_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("FORECAST_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("bilateral-forecast")


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Give a path to write a file of the program's own cache to; it takes its place whole or not at all.

    An :class:`OSError` is passed on. What killed processes left is removed by :func:`sweep_partials`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with hidden(path.parent) as partial:
        yield partial / path.name
        os.replace(partial / path.name, path)


def sweep_partials(folder: Path) -> None:
    """Remove what killed processes left half written in a folder; what a living process holds stays."""
    with suppress(OSError):
        _sweep(folder)


def sweep_cache() -> None:
    """Remove what killed processes left half written anywhere in the cache; to be called where a command begins to use it."""
    root = cache_directory()
    with suppress(OSError):
        for folder in {partial.parent for depth in ("*", "*/*") for partial in root.glob(f"{depth}/{PREFIX}*{SUFFIX}")}:
            sweep_partials(folder)


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """Make a folder and those around it; what is empty in the end is removed again."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    _MADE.extend(new)
    try:
        yield
    finally:
        _remove_empty(new)


def _remove_empty(folders: list[Path]) -> None:
    for one in folders:
        with suppress(OSError):
            one.rmdir()


@contextmanager
def hidden(parent: Path) -> Iterator[Path]:
    """A hidden folder, locked while it is in use and gone afterwards."""
    with _MAKING:
        folder, handle = _new(parent)
        _HELD.add(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _HELD.discard(folder)
        if handle is not None:
            os.close(handle)


def _new(parent: Path) -> tuple[Path, int | None]:
    """Make and lock a hidden folder; once more where another process swept it in between."""
    for _ in range(10):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, suffix=SUFFIX, dir=parent))
        try:
            handle = _lock(folder)
        except (FileNotFoundError, BlockingIOError):  # it is being swept, or was
            continue
        if folder.exists():
            return folder, handle
        if handle is not None:
            os.close(handle)
    raise OSError(f"hidden folders in {parent} vanish as soon as they are made")


_HELD: set[Path] = set()
"""Hidden folders of this process."""
_MADE: list[Path] = []
"""Folders that this process made around its outputs."""


def discard_partials() -> None:
    """Remove the hidden folders of this process: for an end that does not unwind the stack."""
    _MAKING.acquire(timeout=1)  # neither is given back: nothing new is begun,
    _PLACING.acquire(timeout=1)  # and no half-removed folder takes the place of an output
    for folder in tuple(_HELD):
        away = folder.with_name(f"{folder.name.removesuffix(SUFFIX)}-gone{SUFFIX}")
        with suppress(OSError):
            folder.rename(away)  # other threads may still be writing there: they find it no more
        shutil.rmtree(away, ignore_errors=True)
    _remove_empty(_MADE)


_MAKING = threading.Lock()
"""Held while a folder is made and noted in `_HELD`."""
_PLACING = threading.Lock()
"""Held while a folder takes its place."""


def _lock(folder: Path) -> int | None:
    """Lock a folder for as long as the process lives (raises BlockingIOError where another holds it); None without such locks."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:  # a file system that has none
        os.close(handle)
        return None
    return handle


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError):
            handle = _lock(folder)
            if handle is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(handle)


@contextmanager
def alone(parent: Path) -> Iterator[None]:
    """No other process exchanges or recovers a folder in the same place meanwhile; for moments only."""
    with _PLACING, ExitStack() as stack:
        with suppress(ImportError, OSError):  # systems and disks without locks
            import fcntl

            handle = os.open(parent, os.O_RDONLY)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def put(content: Path, place: Path) -> None:
    """Exchange the new folder for the old one; what was there goes with the hidden folder."""
    if not place.exists():
        content.rename(place)
    elif not exchange_folders(content, place):
        old = _old(place)
        shutil.rmtree(old, ignore_errors=True)
        place.rename(old)
        content.rename(place)
        shutil.rmtree(old, ignore_errors=True)


def exchange_folders(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    at_cwd, exchange = -100, 2
    return bool(call(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), exchange) == 0)


def _old(place: Path) -> Path:
    name = hashlib.blake2b(os.fsencode(place.name), digest_size=8).hexdigest()
    return place.parent / f"{PREFIX}{name}{OLD}"


def recover(place: Path, whole: Callable[[Path], bool]) -> None:
    """Bring back the last output where a kill between the two steps of an exchange left its place empty.

    Parameters
    ----------
    place : Path
        Of the output.
    whole : callable
        Whether a folder is an output: where one stands in the place, what it replaced goes.
    """
    old = _old(place)
    if not old.is_dir():
        return
    if place.is_dir():
        with suppress(OSError):
            place.rmdir()  # an empty folder that someone made since
    if not place.exists():
        old.rename(place)
    elif whole(place):
        shutil.rmtree(old, ignore_errors=True)
