"""What the machine refuses (disk, memory, processes) as one message with a remedy, and an exit code."""

import errno
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from forecast.errors import Fault

KEPT = "Finished fits, replications and sweep points are kept, and the same command goes on from them."
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REMEDY = {
    **dict.fromkeys(_FULL, f"Make room there. {KEPT}"),
    errno.EROFS: "Choose a place that can be written.", errno.EACCES: "Choose a place that you may read and write.",
    errno.EPERM: "Choose a place that you may read and write.", errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ENOENT: "Check the path.", errno.ENOTDIR: "Check the path: it leads through a file.",
    errno.EISDIR: "Name a file.", errno.EEXIST: "Choose another name.", errno.ENOTEMPTY: "Choose another name.",
    errno.ELOOP: "Check the links on the path.",
}
"""What a user can correct, and how."""
ROOM = 16 << 20
"""Bytes below which a disk is called full where a process ended without a word."""


def told(error: Exception) -> tuple[str, int] | None:
    """Message and exit code for what the machine refuses; None for anything else.

    Parameters
    ----------
    error : Exception
        What was raised.

    Returns
    -------
    tuple of str and int, or None
        Code 2 for what the user can correct (paths, disks), 1 for the rest.
    """
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, MemoryError):
        return _said("memory", "enough of it for this command", str(error) or "none left",
                     f"Close other programs, or ask for fewer --paths, --draws or --workers. {KEPT}"), 1
    if isinstance(error, ValueError) and "embedded null" in str(error):
        return _said("command line", "names of files", "a zero byte in one of them", "Check the paths."), 2
    return _of_workers() if _is_broken_pool(error) else None


def _of_system(error: OSError) -> tuple[str, int]:
    number = error.errno or _number_in(str(error))
    name = error.filename if error.filename is not None else error.filename2
    where = os.fsdecode(name) if isinstance(name, str | bytes) else "a file"
    found = os.strerror(number) if number else str(error) or type(error).__name__
    if number in _REMEDY:
        return _said(where, "a place that can be read or written", found, _REMEDY[number]), 2
    return _said(where if name is not None else "operating system", "an answer", found, f"Try again. {KEPT}"), 1


def _number_in(text: str) -> int | None:
    """Number of the error in the words of a library that does not pass it on (HDF5)."""
    match = re.search(r"errno\W{1,4}(\d+)", text, re.IGNORECASE)
    return int(match[1]) if match else None


def _is_broken_pool(error: Exception) -> bool:
    module = sys.modules.get("concurrent.futures.process")  # without it there was no pool
    return module is not None and isinstance(error, module.BrokenProcessPool)


def _of_workers() -> tuple[str, int]:
    """A process that ended without a word: a full disk is the likeliest reason that can be looked up."""
    from forecast.placement import cache_directory

    for folder in (cache_directory(), Path(tempfile.gettempdir())):
        existing = next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
        if shutil.disk_usage(existing).free < ROOM:
            return _said(str(folder), "room to write", os.strerror(errno.ENOSPC), _REMEDY[errno.ENOSPC]), 2
    return _said("worker process", "it to end with a result", "that it was ended from outside (often for want of memory)",
                 f"Try again with fewer --workers or --paths. {KEPT}"), 1


def _said(source: str, expected: str, found: str, remedy: str) -> str:
    return str(Fault(source=source, where="system", expected=expected, found=" ".join(found.split())[:300], remedy=remedy))
