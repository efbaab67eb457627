"""The sheets of a workbook, read in a process of its own.

A workbook may claim a size that no memory holds (one stray cell in the last row and column is enough), and the library then ends
the process that called it. So another process calls it, which has this file as its program and a limit of memory where the
system has limits; whatever happens there is told as one fault. The program imports nothing but the library, and starts at once.
"""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

LARGEST_MEMORY = 3 << 30
"""Bytes of address space of the reading process."""
MOST_CELLS = 5_000_000
"""Of one sheet, empty ones among them."""
SECONDS = 60
APART = "cells so far apart that no memory holds what lies between them, or a damaged file"


class UnreadableError(Exception):
    """What the library, or the system, said of a workbook."""


def sheets_of(path: Path) -> list[tuple[str, list[list[Any]]]]:
    """Name and cells of every sheet, empty areas at the beginning included.

    Raises
    ------
    UnreadableError
        Where the workbook cannot be read, or needs more memory or time than is allowed.
    """
    try:
        done = subprocess.run([sys.executable, "-P", __file__, str(path)], capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UnreadableError(f"no end within {SECONDS} seconds") from None
    if done.returncode == 0:
        return list(pickle.loads(done.stdout))
    lines = done.stderr.decode("utf-8", errors="replace").splitlines()
    told = next((line.removeprefix("unreadable: ") for line in lines if line.startswith("unreadable: ")), "")
    raise UnreadableError(told or APART)


def _read(path: str) -> None:
    """Write the sheets to the standard output, as the program of the process."""
    from python_calamine import CalamineWorkbook

    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MEMORY, LARGEST_MEMORY))
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
        if any(sheet.total_height * sheet.total_width > MOST_CELLS for _, sheet in sheets):
            sys.exit(f"unreadable: {APART}")
        found = [(name, sheet.to_python(skip_empty_area=False)) for name, sheet in sheets]
    except Exception as error:
        sys.exit(f"unreadable: {' '.join(str(error).split())}")
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    _read(sys.argv[1])
