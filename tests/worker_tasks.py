"""What processes of the tests of workers are busy with."""

import itertools
import os
import signal
import sys
import tempfile
import time
from pathlib import Path


def begun(folder: Path) -> None:
    os.close(tempfile.mkstemp(dir=folder)[0])


def sleep(folder):
    begun(folder)
    time.sleep(120)


def hold_the_interpreter(folder):
    """In compiled code for a minute, with the lock of the interpreter: no other thread runs."""
    begun(folder)
    sum(range(4_000_000_000))


def compute(folder):
    """In compiled code without the lock of the interpreter."""
    import numpy as np

    begun(folder)
    while True:
        np.sort(np.random.default_rng(1).random(5_000_000))


def deaf_to_sigterm(folder):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleep(folder)


def nothing(folder):
    pass


def compute_here(folder):
    (folder / "own").touch()
    compute(folder)


def write(folder):
    """Write files in new folders without end, as many as the largest output has."""
    (folder / "own").touch()
    for number in itertools.count():
        part = folder / str(number % 10)
        part.mkdir(exist_ok=True)
        (part / f"{number % 7}.csv").write_text("a")


def fill_standard_error(folder):
    (folder / "own").touch()
    while True:
        sys.stderr.write("x" * 1000)
        sys.stderr.flush()
