"""Time and memory of the fits, and one component beside plain PyMC and NumPyro.

Run ``python -m benchmarks.fit`` (``make bench-fit``). Every component is fitted in a fresh process with an empty cache of
compiled code, and refitted on simulated data. Then one component is fitted in turn here, by :mod:`benchmarks.plain` (named
distributions, ``pm.sample(nuts_sampler="pymc")``) and by :mod:`benchmarks.plain_numpyro`: four chains, the same warm-up and as
many kept draws, each in a fresh process. What PyMC compiled in the first run stays for the others.

``--whole`` compares all components with one plain PyMC model of them as well, ten minutes; ``--only agenda,media`` restricts
them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from benchmarks.compare import RUNS, Line, digits, interleaved, ratios, spread, table, told

CORES = 2
BOUND = {"cold": 60.0, "refit": 15.0}
COLUMNS = ("import", "build", "compile", "sample", "refit", "cpu", "min_ess", "ess_per_s", "peak_mb", "passed")
COMPONENTS = ("agenda", "media", "completeness", "frequency_drift", "effectiveness")  # longest first
BESIDE, DRAWS = "effectiveness", 400
MODULE = {"here": "benchmarks.one", "PyMC": "benchmarks.plain", "NumPyro": "benchmarks.plain_numpyro"}
STAGES = ("import", "build", "compile", "sample")
Result = Mapping[str, Any]


def lines(names: tuple[str, ...] = COMPONENTS, runs: int = RUNS, draws: int = DRAWS) -> tuple[list[Line], list[str]]:
    """Lines of the table, and what is to be known of them."""
    with tempfile.TemporaryDirectory() as cache:
        rows, wall = _all(names, cache)
        refit = sum(row["refit"] for row in rows) / CORES
        made = [Line(figure=f"{len(names)} components fitted from nothing, imports and compilation included, s",
                     measured=digits(wall), bound=f"{BOUND['cold']:.0f}"),
                Line(figure=f"the same refitted on other data, {CORES} at a time, s", measured=digits(refit),
                     bound=f"{BOUND['refit']:.0f}")]
        beside, notes = _beside(cache, runs, draws)
    failed = [row["name"] for row in rows if not row["passed"]]
    gates = f"Gates of convergence failed: {', '.join(failed)}." if failed else "All components passed the gates of convergence."
    return made + beside, [*notes, gates]


def _beside(cache: str, runs: int, draws: int) -> tuple[list[Line], list[str]]:
    """One component in turn here and by the peers."""
    found: dict[str, list[Result]] = {name: [] for name in MODULE}

    def fitted(name: str) -> float:
        arguments = (str(draws),) if name == "NumPyro" else (BESIDE, str(draws))
        found[name].append(_child(MODULE[name], cache, *arguments))
        return 0.0

    interleaved({name: partial(fitted, name) for name in MODULE}, runs)
    made, notes = [], []
    for told_of, stages in ((f"least effective draws of {BESIDE} a second, imports and compilation counted", STAGES),
                            ("the same, sampling alone", ("sample",))):
        speed = {name: [_least(one) / sum(one.get(stage, 0.0) for stage in stages) for one in results]
                 for name, results in found.items()}
        made += [Line(figure=told_of, measured=spread(speed["here"]), peer=f"{name}, {draws} draws of 4 chains",
                      theirs=spread(speed[name]), ratio=ratios(speed["here"], speed[name])) for name in ("PyMC", "NumPyro")]
    for name in ("PyMC", "NumPyro"):
        away = disagreement(found["here"][0]["shown"], found[name][0]["shown"])
        notes.append(f"{BESIDE} here and by {name}: {len(away)} posterior means differ by at most {max(away.values()):.1f} "
                     "Monte Carlo standard errors.")
    return made, notes


def _least(one: Result) -> float:
    """Least effective draws of the parameters that all name alike."""
    return min(row["ess"] for row in one["shown"].values())


def disagreement(one: Mapping[str, Result], other: Mapping[str, Result]) -> dict[str, float]:
    """How far means differ in Monte Carlo standard errors, by parameter."""
    return {name: abs(row["mean"] - other[name]["mean"]) / float(np.hypot(row["error"], other[name]["error"]))
            for name, row in one.items()}


def _all(names: tuple[str, ...], cache: str) -> tuple[list[Result], float]:
    """Results of all components, two processes at a time, and the seconds from the first start to the last end."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        found = list(pool.map(partial(_child, MODULE["here"], cache), names))
    return found, time.perf_counter() - begin


def _child(module: str, cache: str, *arguments: str) -> Result:
    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={cache}/pytensor", "FORECAST_CACHE": cache}
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


def _whole(names: tuple[str, ...], draws: int) -> None:
    """Print all components cold and warm, and beside one plain PyMC model of them."""
    with tempfile.TemporaryDirectory() as cache:
        for state in ("cold", "warm"):
            rows, wall = _all(names, cache)
            print(f"\n{state}: fresh processes, {CORES} at a time, {wall:.1f} s\n")
            print(table(("component", *COLUMNS), [(row["name"], *(_text(row[column]) for column in COLUMNS)) for row in rows]))
        plain = _child(MODULE["PyMC"], cache, ",".join(names), str(draws))
        here = {key: one for row in rows for key, one in row["shown"].items()}
    print(f"\nplain PyMC, one model of {len(names)} components, 4 chains, {draws} draws: "
          + ", ".join(f"{stage} {plain[stage]:.1f} s" for stage in STAGES)
          + f"; least effective draws {_least(plain):.0f}, here {_least({'shown': here}):.0f}; peak {plain['peak_mb']:.0f} MB\n")
    away = disagreement(here, plain["shown"])
    means = [(key, f"{row['mean']:.3f}", f"{plain['shown'][key]['mean']:.3f}", f"{away[key]:.2f}") for key, row in here.items()]
    print(table(("posterior mean", "here", "plain", "difference / Monte Carlo error"), means))


def _text(value: float | bool) -> str:
    return str(value) if isinstance(value, bool) else f"{value:.1f}"


def main() -> None:
    """Print the lines of the fits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(COMPONENTS), help="components, separated by commas")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each peer, in turn")
    parser.add_argument("--draws", type=int, default=DRAWS, help="kept draws per chain of the component that peers fit too")
    parser.add_argument("--whole", action="store_true", help="all components beside one plain PyMC model of them")
    asked = parser.parse_args()
    names = tuple(asked.only.split(","))
    found, notes = lines(names, asked.runs, asked.draws)
    print(told(found), *notes, sep="\n")
    if asked.whole:
        _whole(names, asked.draws)


if __name__ == "__main__":
    main()
