"""A run directory appears whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forecast.errors import Fault, InputError

MANIFEST = "manifest.json"


def check_target(directory: Path) -> None:
    """Refuse to replace anything but an earlier run.

    Raises
    ------
    InputError
        Where the target is a file, or a directory with content but without a manifest.
    """
    harmless = not directory.exists() or (directory.is_dir() and (
        (directory / MANIFEST).is_file() or not any(directory.iterdir())))
    if not harmless:
        raise InputError([Fault(
            source=str(directory), where="option --out", expected="a new directory, or one of an earlier run",
            found="something else, which would be lost", remedy="Choose another directory.")])


@contextmanager
def published(directory: Path) -> Iterator[Path]:
    """Give a directory to write into, and put it in place of the target once everything is written."""
    check_target(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        yield partial
        partial.chmod(0o755)
        _swap(partial, directory)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _swap(new: Path, target: Path) -> None:
    """Replace the target; the last complete run stays in place until the new one is ready."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        target.rename(old / "run")
        new.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        new.rename(target)
