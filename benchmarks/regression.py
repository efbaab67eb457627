"""The checkout beside another commit, in one run: ``python -m benchmarks.regression [COMMIT]``.

The commit is checked out into a temporary folder (``git worktree``); without one it is the last, or, where nothing has changed
since, the one before. Every job runs in a fresh process in either tree, in turn, after one run of each that is not counted, with
posteriors made of noise in a cache of its own and the packages of the environment that runs this. A job is called slower where
the median of the ratios is above ``LIMIT`` and every run was slower: both together, because a machine that others use delays
either side now and then, and seldom the same one five times. It is judged by processor time, which others disturb less, and by
the clock, which alone shows that work no longer runs side by side. The exit status is 1 where one is slower.

Where the machine counts instructions (``perf stat``) their ratio is told as well; it hardly depends on what else runs. Where only
valgrind is there, ``--instructions`` counts those of the jobs that are short enough, in minutes.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.compare import RUNS, digits, interleaved, ratios, spread, table

ROOT = Path(__file__).parents[1]
LIMIT = 1.1
TIMED = """
import resource, sys, time
def busy():
    every = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in every)
sys.argv = ["forecast"]
{prepare}
begin, before = time.perf_counter(), busy()
{job}
print("\\nseconds", time.perf_counter() - begin, busy() - before)
"""
JOBS: Mapping[str, tuple[str, str]] = {
    "help": ("", "import cli\ntry:\n    cli.app(['--help'])\nexcept SystemExit:\n    pass"),
    "record": ("from forecast.panel import load_panel\nload_panel()", "for _ in range(5):\n    load_panel()"),
    "engine": (
        "from forecast.simulation.engine import simulate\n"
        "from tests.simulation.conftest import TERM_START, constant, make_scenario\n"
        "def run(paths):\n    return simulate(lambda part: constant(part.stop - part.start), make_scenario(), paths=paths,\n"
        "                    seed=1, term_start=TERM_START)\n"
        "run(64)", "run(40_000)"),
    "compile": (
        "import pymc\nfrom forecast.components.registry import COMPONENT\nfrom forecast.posterior.sampler import compiled\n"
        "from tests.components.example import data_of, priors_for", "name = 'media'\ncompiled(COMPONENT[name], data_of(name), "
        "priors_for(name))"),
    "sample": (
        "import pymc\nfrom forecast.components.registry import COMPONENT\nfrom forecast.posterior.sampler import *\n"
        "from tests.components.example import data_of, priors_for\nname = 'effectiveness'\n"
        "given = COMPONENT[name], data_of(name), priors_for(name)\ncode = compiled(*given)",
        "draw(code, *given, SamplerSettings(draws=500, tune=500))"),
    "run": ("sys.argv = ['forecast', 'run', '--alone', '--quiet', '--paths', '4000', '--out', sys.orig_argv[-1]]",
            "from tests.docs.stand_in import app\ntry:\n    app()\nexcept SystemExit as end:\n    assert not end.code"),
}
"""What prepares a job, outside the clock, and the job."""
SHORT = ("help",)
"""Jobs whose instructions valgrind can count in minutes."""


class Tree:
    """One of the two: a folder with the program, and a cache."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self._folder, self._cache, self._number = folder, cache, 0
        self.busy: dict[str, list[float]] = {}
        self.instructions: dict[str, list[float]] = {}

    def seconds(self, name: str, counter: str | None = None, *, counted: bool = True) -> float:
        """Of one run of a job (raises RuntimeError where it fails); processor time and instructions are noted where it counts."""
        self._number += 1
        prefix = {"perf": ["perf", "stat", "-x", ";", "-e", "instructions:u"], None: [],
                  "valgrind": ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]}[counter]
        prepare, job = JOBS[name]
        command = [*prefix, sys.executable, "-W", "ignore", "-c", TIMED.format(prepare=prepare, job=job),
                   str(self._cache / f"out{self._number}")]
        environment = os.environ | {"FORECAST_CACHE": str(self._cache), "PYTHONHASHSEED": "0", "NO_COLOR": "1"}
        environment.pop("PYTHONPATH", None)
        done = subprocess.run(command, capture_output=True, text=True, cwd=self._folder, env=environment)
        found = re.search(r"^seconds (\S+) (\S+)", done.stdout, re.MULTILINE)
        if done.returncode or not found:
            raise RuntimeError(done.stderr.strip().rpartition("\n")[2][:200])
        many = re.search(r"^(\d+);.*instructions|Collected : (\d+)", done.stderr, re.MULTILINE) if counter else None
        if many:
            self.instructions.setdefault(name, []).append(float(many[1] or many[2]))
        if counted:
            self.busy.setdefault(name, []).append(float(found[2]))
        return float(found[1])


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A commit in a temporary folder."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "tree"
        _git("worktree", "prune")  # what a run that was killed left
        _git("worktree", "add", "--detach", str(folder), commit)
        try:
            yield folder
        finally:
            _git("worktree", "remove", "--force", str(folder))


def _git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True, text=True).stdout.strip()


def other(commit: str | None) -> str:
    """The commit to compare with, as a short hash."""
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return _git("rev-parse", "--short", commit or ("HEAD" if changed else "HEAD~1"))


def counts_with_perf() -> bool:
    """Whether the machine counts instructions."""
    if not shutil.which("perf"):
        return False
    done = subprocess.run(["perf", "stat", "-x", ";", "-e", "instructions:u", "true"], capture_output=True, text=True)
    return bool(re.search(r"^\d+;", done.stderr, re.MULTILINE))


def slower(ratio: Sequence[float]) -> bool:
    """Whether runs in turn show that the checkout is slower than the other commit."""
    return median(ratio) > LIMIT and min(ratio) > 1


def compared(name: str, trees: Sequence[Tree], runs: int, instructions: bool) -> tuple[tuple[str, ...], bool]:
    """A line of the table, and whether the job has become slower."""
    counter = "perf" if counts_with_perf() else None
    try:
        for tree in trees:
            tree.seconds(name, counted=False)
        found = interleaved({f"{name}, {side}": partial(tree.seconds, name, counter)
                             for side, tree in zip(("here", "there"), trees, strict=True)}, runs)
        if instructions and counter is None and name in SHORT:
            for tree in trees:
                tree.seconds(name, "valgrind", counted=False)
    except RuntimeError as error:
        return (name, *["–"] * 5, f"not measured: {error}"), False
    here, there = found.values()
    clock, busy = ratios(here, there), ratios(*(tree.busy[name] for tree in trees))
    counted = [tree.instructions.get(name) for tree in trees]
    told = f"{median(counted[0]) / median(counted[1]):.4f}" if counted[0] and counted[1] else "–"
    words = verdict(clock, busy)
    return (name, digits(median(here)), digits(median(there)), spread(clock), spread(busy), told, words), "slower" in words


def verdict(clock: Sequence[float], busy: Sequence[float]) -> str:
    """What the ratios of seconds and of processor seconds, run by run, say of the checkout."""
    if slower(busy):
        return "slower"
    if slower(clock):
        return "slower by the clock"
    return "faster" if slower([1 / one for one in busy]) else "no difference shown"


def main() -> None:
    """Print the table; exit with 1 where a job has become slower."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", nargs="?", help="what to compare with")
    parser.add_argument("--only", default=",".join(JOBS), help="jobs, separated by commas")
    parser.add_argument("--runs", type=int, default=RUNS, help="counted runs of each")
    parser.add_argument("--instructions", action="store_true", help="count those of short jobs with valgrind where perf cannot")
    asked = parser.parse_args()
    commit = other(asked.commit)
    with checked_out(commit) as folder, tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        trees = Tree(ROOT, Path(one)), Tree(folder, Path(two))
        found = [compared(name, trees, asked.runs, asked.instructions) for name in asked.only.split(",")]
    head = ("job", "here, s", f"{commit}, s", "ratio", "of processor time", "of instructions", "verdict")
    print(table(head, [row for row, _ in found]))
    sys.exit(int(any(worse for _, worse in found)))


if __name__ == "__main__":
    main()
