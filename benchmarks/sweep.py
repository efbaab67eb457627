"""A sweep beside EMAworkbench's evaluator: the same points of the same function, each side in fresh processes.

Run ``python -m benchmarks.sweep`` (``make bench-sweep``). The points are those of the shipped sweep about a ceasefire, of which a
Sobol sample of eight gives 64; posteriors are made of noise, with as many parameters as fits have. The function is what the
program evaluates at each point: two scenarios of 500 futures with common random numbers, and all that is measured of them. The
program starts its workers afresh, because they may have to run under any system, and keeps every point on disk; the peer's are
copies of a process that has imported everything.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.compare import RUNS, Line, interleaved, ratios, spread, told
from benchmarks.made_up import posteriors_in
from forecast.pipeline import Request
from forecast.pipeline.sweep import run
from forecast.pipeline.sweep_plan import Plan, evaluate, plan_sweep

SHIPPED = Path(__file__).parents[1] / "scenarios" / "sweeps" / "ceasefire.yaml"
SAMPLES = 8
SHOWN = tuple(f"trump_ukraine_ceasefire: {name}" for name in ("contacts", "relation index", "share of russia"))
"""Of all that is measured, what is compared."""
PROCESSES = os.cpu_count() or 1
"""Of either side."""


def planned(folder: Path, samples: int) -> Plan:
    """The sweep of the benchmark, checked; posteriors that are missing are made up."""
    path = folder / "sweep.yaml"
    path.write_text(re.sub(r"(?m)^samples: \d+", f"samples: {samples}", SHIPPED.read_text(encoding="utf-8")), encoding="utf-8")
    return plan_sweep(path, Request(scenarios=(), alone=True), lambda *_: None)


def here(given: Plan) -> dict[str, list[float]]:
    """All points by the program."""
    shutil.rmtree(given.folder, ignore_errors=True)
    found, _ = run(given, lambda *_: None, workers=PROCESSES)
    return {name: found[name].tolist() for name in SHOWN}


def there(given: Plan) -> dict[str, list[float]]:
    """All points by EMAworkbench."""
    from ema_workbench import CategoricalParameter, Model, MultiprocessingEvaluator, Sample, ScalarOutcome

    model = Model("sweep", function=partial(_function, given))
    model.uncertainties = [CategoricalParameter("number", list(range(len(given.values))))]
    model.outcomes = [ScalarOutcome(_plain(name)) for name in SHOWN]
    points = [Sample(f"point{number}", number=number) for number in range(len(given.values))]
    with MultiprocessingEvaluator(model, n_processes=PROCESSES) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=points)
    order = np.argsort(experiments["number"].to_numpy(int))
    return {name: np.asarray(outcomes[_plain(name)])[order].tolist() for name in SHOWN}


def _function(given: Plan, number: int) -> dict[str, float]:
    found = evaluate(given.point(int(number)))
    return {_plain(name): found[name][0] for name in SHOWN}


def _plain(name: str) -> str:
    return name.replace(": ", "_").replace(" ", "_")


def lines(samples: int = SAMPLES, runs: int = RUNS) -> tuple[list[Line], list[str]]:
    """Lines of the table, and what is to be known of them."""
    with tempfile.TemporaryDirectory() as cache:
        results: dict[str, Any] = {}

        def timed(side: str) -> float:
            command = [sys.executable, "-W", "ignore", "-m", "benchmarks.sweep", "--side", side, "--cache", cache]
            done = subprocess.run([*command, "--samples", str(samples)], check=True, capture_output=True, text=True)
            results[side] = json.loads(done.stdout.splitlines()[-1])
            return float(results[side]["seconds"])

        timed("here")  # makes posteriors up
        found = interleaved({"here": partial(timed, "here"), "there": partial(timed, "there")}, runs)
    points = len(results["here"]["values"][SHOWN[0]])
    same = results["here"]["values"] == results["there"]["values"]
    line = Line(figure=f"{points} points of a sweep, two scenarios of 500 futures, kept on disk, s",
                measured=spread(found["here"]), peer=f"EMAworkbench, {PROCESSES} processes, kept in memory",
                theirs=spread(found["there"]), ratio=ratios(found["there"], found["here"]))
    shown = ", ".join(name.partition(": ")[2] for name in SHOWN)
    return [line], [f"Sweep here and by EMAworkbench: {shown} of all points "
                    + ("are the same to the last digit." if same else "DIFFER.")]


def _side(side: str, cache: str, samples: int) -> None:
    """One side, in this process."""
    with posteriors_in(cache), tempfile.TemporaryDirectory() as folder:
        given = planned(Path(folder), samples)
        begin = time.perf_counter()
        found = (here if side == "here" else there)(given)
        print(json.dumps({"seconds": time.perf_counter() - begin, "values": found}))


def main() -> None:
    """Print the line of sweeps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES, help="a power of two; eight times as many points")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each, in turn")
    parser.add_argument("--side", choices=("here", "there"), help=argparse.SUPPRESS)
    parser.add_argument("--cache", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        _side(asked.side, asked.cache, asked.samples)
        return
    found, notes = lines(asked.samples, asked.runs)
    print(told(found), *notes, sep="\n")


if __name__ == "__main__":
    main()
