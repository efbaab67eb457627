"""What a user waits for: ``forecast --help`` and a ``forecast run`` whose posteriors are cached, beside a bare interpreter.

Run ``python -m benchmarks.run`` (``make bench-run``). Posteriors that are missing are fitted first, outside the clock, which
takes a quarter of an hour where there are none. Memory is that of all processes of the command together, what they share counted
once.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.compare import Line, digits, interleaved, ratios, spread, told

COMMAND = [str(Path(sys.executable).with_name("forecast"))]
BOUND = {"help": 0.2, "run": 8.0, "numbers": 4.0, "memory": 700.0}
EVERY = 0.25
"""Seconds between two looks at memory."""


def lines(runs: int = 1) -> tuple[list[Line], list[str]]:
    """Lines of the table, and what is to be known of them."""
    help_ = interleaved({"help": lambda: _measured([*COMMAND, "--help"])[0],
                         "bare": lambda: _measured([sys.executable, "-c", "pass"])[0]})
    run, numbers, stages = [], [], {}
    with tempfile.TemporaryDirectory() as folder:
        _measured([*COMMAND, "run", "--quiet", "--no-figures", "--paths", "4000", "--out", f"{folder}/fitted"])
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            whole = [*COMMAND, "run", "--quiet", "--out", f"{folder}/run"]
            run.append(_measured(whole))
            stages = json.loads((Path(folder) / "run" / "manifest.json").read_text(encoding="utf-8"))["seconds"]
            numbers.append(_measured([*whole[:-1], f"{folder}/numbers", "--no-figures"]))
    found = [
        Line(figure="`forecast --help`, s", measured=spread(help_["help"]), bound=f"{BOUND['help']}", peer="bare interpreter",
             theirs=spread(help_["bare"]), ratio=ratios(help_["bare"], help_["help"])),
        _line("`forecast run`, posteriors cached, 2 × 20,000 futures, s", [one for one, _ in run], BOUND["run"]),
        _line("the same with `--no-figures`, s", [one for one, _ in numbers], BOUND["numbers"]),
        _line("most memory of `forecast run`, all processes, MB", [one for _, one in run], BOUND["memory"]),
        _line("the same with `--no-figures`, MB", [one for _, one in numbers], BOUND["memory"]),
    ]
    parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in stages.items())
    return found, [f"Of `forecast run`, s: {parts}; the rest is imports, figures, tables and files."]


def _line(figure: str, values: Sequence[float], bound: float) -> Line:
    return Line(figure=figure, measured=spread(values), bound=digits(bound))


def _measured(command: Sequence[str]) -> tuple[float, float]:
    """Seconds of a command, and the most memory of it and its children at once in MB."""
    begin, most = time.perf_counter(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            try:
                process.wait(EVERY)
            except subprocess.TimeoutExpired:
                continue
        seconds = time.perf_counter() - begin
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return seconds, most


def _memory(number: int) -> float:
    """Memory of a process and its children in MB; pages that several share are divided among them where the system tells."""
    total = 0.0
    try:
        every = [(one := psutil.Process(number)), *one.children(recursive=True)]
    except psutil.Error:
        return total
    for one in every:
        try:
            told_of = one.memory_full_info()
            total += getattr(told_of, "pss", told_of.rss) / 2**20
        except psutil.Error:
            continue
    return total


def main() -> None:
    """Print the lines of runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1, help="runs of a minute each")
    found, notes = lines(parser.parse_args().runs)
    print(told(found), *notes, sep="\n")


if __name__ == "__main__":
    main()
