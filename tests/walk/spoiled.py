"""Inputs spoiled in every way of the walk."""

import os
import random
import shutil
import string
from collections.abc import Callable
from pathlib import Path

NOISE = 10_000_000
Spoil = Callable[[Path], None]


def _replaced(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _empty(path: Path) -> None:
    _replaced(path, b"")


def _truncated(path: Path) -> None:
    """Keep the first half, up to the first character of a line: the rest of a row or value is missing."""
    content = path.read_bytes()
    middle = content.find(b"\n", len(content) // 2)
    _replaced(path, content[:middle + 2] if 0 < middle < len(content) - 2 else content[:len(content) // 2])


def _binary(path: Path) -> None:
    _replaced(path, random.Random(1).randbytes(5000))


def _noise(path: Path) -> None:
    """Ten megabytes of printable characters in lines."""
    line = random.Random(2).choices(string.printable[:95] + "\n", k=NOISE // 100)
    _replaced(path, ("".join(line) * 100).encode())


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _misspelt(path: Path) -> None:
    """Give the second column of a table a name that is almost its own."""
    first, _, rest = path.read_bytes().partition(b"\n")
    names = first.split(b",")
    names[1] = names[1][:-1] if len(names[1]) > 2 else names[1] * 2
    _replaced(path, b",".join(names) + b"\n" + rest)


def _missing(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _dangling(path: Path) -> None:
    _missing(path)
    path.symlink_to("nowhere")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("a file\n", encoding="utf-8")


def _nothing_in_it(path: Path) -> None:
    shutil.rmtree(path)
    path.mkdir()


FILE: dict[str, Spoil] = {"empty": _empty, "truncated": _truncated, "binary": _binary, "noise": _noise, "a folder": _folder,
                          "missing": _missing, "a dangling link": _dangling, "a pipe": _pipe}
TABLE: dict[str, Spoil] = {"of a misspelt column": _misspelt}
FOLDER: dict[str, Spoil] = {"a file": _file, "missing": _missing, "a dangling link": _dangling, "an empty folder": _nothing_in_it}
