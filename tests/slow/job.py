"""Commands on the small record that are killed, or run out of disk: how they are started, and what they leave."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from forecast.outputs import read_manifest
from forecast.placement import PREFIX
from tests.fixture.record import RECORD

ROOT = Path(__file__).parents[2]
SWEEP = """\
name: small
title: Small
description: For a test.
scenarios: [trump, harris]
design: sobol
samples: 32
paths: 100
vary:
  - {path: adjustments.rate.president, over: {uniform: [-0.5, 0.5]}, reason: A test.}
  - {path: adjustments.topic.trade, values: [0, 1], reason: A test.}
"""
FEW = ["--data", str(RECORD), "--draws", "100"]
ARGUMENTS = {
    "run": ["trump", "harris", *FEW, "--ignore-gates", "--paths", "2000"],
    "fit": [*FEW, "--ignore-gates"],
    "sweep": ["small.yaml", "--data", str(RECORD)],
    "backtest": ["--dyad", "us_kz", *FEW, "--first", "2016", "--last", "2016", "--paths", "400"],
}
REDONE = {"fit": "posterior/[ms]e*.nc", "sweep": "sweep/*/*.json", "backtest": "posterior/media-*.nc"}
"""What a command is made to do again; the rest of the cache counts as finished."""


@dataclass(frozen=True)
class Job:
    """A command, its folder and its cache."""

    name: str
    folder: Path
    cache: Path

    @property
    def out(self) -> Path:
        return self.folder / "out" / ("us_kz" if self.name == "backtest" else "")

    def start(self):
        """Start it as a user would, in a session of its own."""
        (self.folder / "small.yaml").write_text(SWEEP)
        out = [] if self.name == "fit" else ["--out", str(self.folder / "out")]
        environment = os.environ | {"FORECAST_CACHE": str(self.cache), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen([sys.executable, "-m", "tests.slow.small", self.name, *ARGUMENTS[self.name], *out, "--quiet"],
                                cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    def finish(self):
        """Start it and wait; how it ended, and what it said to standard error."""
        running = self.start()
        _, said = running.communicate(timeout=1800)
        return running.returncode, said

    def forget(self):
        """Remove some of what is finished, so that there is something to do."""
        if self.name in REDONE:
            for path in self.cache.glob(REDONE[self.name]):
                path.unlink()

    def hidden(self):
        return [path for folder in (self.folder, self.cache) for path in folder.rglob(f"{PREFIX}*")]

    def check_output(self):
        """What stands at the place of the output is whole."""
        if self.name != "fit":
            read_manifest(self.out, self.name)


def below(session):
    """Living processes of a session: the command and everything that it started."""
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if os.getsid(one.pid) == session and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
    return found


def gone(session, seconds):
    """Seconds until no process of a session was left, or None where some stay."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if not below(session):
            return time.monotonic() - begun
        time.sleep(0.02)
    return None


def marks(cache):
    """Every finished file of a cache, told by what changes when it is written again."""
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in sorted(cache.rglob("*"))
            if path.is_file() and PREFIX not in str(path)}


def prepared(folder, cache):
    """A cache in which everything that the commands need is finished, with outputs to be replaced."""
    jobs = {name: Job(name, folder / name, cache) for name in ("fit", "run", "sweep", "backtest")}
    seconds = {}
    for name, job in jobs.items():
        job.folder.mkdir()
        assert job.finish()[0] == 0
        job.forget()
        begun = time.monotonic()
        assert job.finish() == (0, "")
        seconds[name] = time.monotonic() - begun
        job.check_output()
    return jobs, seconds


def copied(cache, place, *without):
    """A copy of a cache without what some patterns name."""
    shutil.copytree(cache, place)
    for pattern in without:
        for path in place.glob(pattern):
            path.unlink()
    return place
