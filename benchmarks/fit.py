"""Time and memory of the fits, cold and warm, beside one plain PyMC model of the same posterior.

Run ``python -m benchmarks.fit`` (``make bench-fit``). Every component is fitted in a fresh process, twice: with an empty
cache of compiled code, and with what the first process left. The peer is :mod:`benchmarks.plain`: one model written with named
distributions and sampled by ``pm.sample(nuts_sampler="pymc")``, 4 chains on 2 cores; its time to compile is in its total.
``--peer 0`` leaves it out; ``--only agenda,media`` restricts the components.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

CORES = 2
BOUND = {"cold": 60.0, "refit": 15.0}
COLUMNS = ("import", "build", "compile", "sample", "refit", "cpu", "min_ess", "ess_per_s", "peak_mb", "passed")
COMPONENTS = ("agenda", "media", "completeness", "frequency_drift", "effectiveness")  # longest first


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(COMPONENTS), help="components, separated by commas")
    parser.add_argument("--peer", type=int, default=300, help="kept draws per chain of the plain model; 0 leaves it out")
    asked = parser.parse_args()
    names = asked.only.split(",")
    with tempfile.TemporaryDirectory() as cache:
        for state in ("cold", "warm"):
            _table(state, *_all(names, cache))
        if asked.peer:
            _peer(names, asked.peer, cache)


def _all(names: list[str], cache: str) -> tuple[list[dict], float]:
    """Results of all components, two processes at a time, and the seconds from the first start to the last end."""
    import time

    begin = time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        found = list(pool.map(_child, names, repeat(cache)))
    return found, time.perf_counter() - begin


def _child(name: str, cache: str, *more: str) -> dict:
    module = "benchmarks.plain" if more else "benchmarks.one"
    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={Path(cache) / 'pytensor'}", "FORECAST_CACHE": cache}
    command = [sys.executable, "-m", module, name, *more]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def _table(state: str, rows: list[dict], wall: float) -> None:
    print(f"\n{state}: fresh processes, {CORES} at a time")
    print(f"{'':20}" + "".join(f"{column:>11}" for column in COLUMNS))
    for row in rows:
        print(f"{row['name']:20}" + "".join(f"{_text(row[column]):>11}" for column in COLUMNS))
    refit = sum(row["refit"] for row in rows) / CORES
    print(f"wall {wall:.1f} s (bound {BOUND['cold']:.0f}); refits {refit:.1f} s on {CORES} cores (bound {BOUND['refit']:.0f})")


def _text(value: float | bool) -> str:
    return str(value) if isinstance(value, bool) else f"{value:.1f}"


def _peer(names: list[str], draws: int, cache: str) -> None:
    row = _child(",".join(names), cache, str(draws))
    print(f"\nplain PyMC, one model of {len(names)} components, 4 chains, {draws} draws: {row['total']:.1f} s in all,")
    print(f"import {row['import']:.1f}, build {row['build']:.1f}, compile and sample {row['sample']:.1f}; min ESS "
          f"{row['min_ess']:.0f}, {row['ess_per_s']:.2f} per second; peak {row['peak_mb']:.0f} MB")
    print(f"{'same posterior':45}{'here':>10}{'plain':>10}{'difference / MC error':>24}")
    for line in row["agreement"]:
        print(f"{line['at']:45}{line['here']:10.3f}{line['plain']:10.3f}{line['z']:24.2f}")


if __name__ == "__main__":
    main()
