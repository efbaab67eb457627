"""Speed and memory of the engine, beside its NumPy twin and the time that its random numbers alone take, in one run.

Run ``python -m benchmarks.engine`` (``make bench-engine``). The parameters are made up, the same on every path, with about 100
contacts in four years, as in the forecast; no posterior is needed. Projecting a posterior to paths is therefore not in the times.
The bound is the time to draw, on as many threads, as many Philox blocks as the paths ask for.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from benchmarks.plain_engine import paths_per_second
from forecast.simulation.engine import simulate
from forecast.simulation.random import Noise, block
from tests.simulation.conftest import TERM_START, constant, make_scenario
from tests.simulation.test_common_numbers import gain
from tests.simulation.twin import simulate_twin

SHARED = {"seed": 1, "term_start": TERM_START}
BOUND = {"twin": 6.0, "peer": 100.0, "random": 0.6}


def main() -> None:
    """Print the figures with their bounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=40_000, help="paths of the engine")
    parser.add_argument("--twin", type=int, default=2_000, help="paths of the twin")
    parser.add_argument("--peer", type=int, default=1000, help="draws of pm.sample_posterior_predictive; 0 leaves it out")
    parser.add_argument("--many", type=int, default=10_000_000, help="paths of the memory run, a process of its own; 0: none")
    asked = parser.parse_args()
    scenario = make_scenario()
    simulate(_source, scenario, paths=64, **SHARED)
    fast, paths = _best(lambda: simulate(_source, scenario, paths=asked.paths, **SHARED))
    slow, _ = _best(lambda: simulate_twin(constant(asked.twin), scenario, paths=asked.twin, **SHARED), times=1)
    engine, twin, blocks = asked.paths / fast, asked.twin / slow, _blocks(paths)
    random = _random_seconds(blocks)
    peer = paths_per_second(scenario, asked.peer) if asked.peer else float("nan")
    print(f"engine                {engine:12,.0f} paths per second, {os.cpu_count()} threads, preparation included")
    print(f"NumPy twin            {twin:12,.0f} paths per second; engine {engine / twin:.1f} times (bound {BOUND['twin']:.0f})")
    print(f"PyMC predictive       {peer:12,.0f} paths per second; engine {engine / peer:.0f} times (bound {BOUND['peer']:.0f})")
    print(f"random numbers alone  {blocks / asked.paths:12,.0f} blocks of four per path; share of the bound reached "
          f"{random / fast:.0%} (bound {BOUND['random']:.0%})")
    for ratio in (-0.1, -0.4):
        print(f"same random numbers   {gain(ratio, seed=1):12.1f} times less variance of a difference, log rate ratio {ratio}, "
              "given the parameters")
    if asked.many:
        subprocess.run([sys.executable, "-m", "benchmarks.memory", str(asked.many)], check=True)


def _source(part: slice) -> object:
    return constant(part.stop - part.start)


def _best(job: object, times: int = 3) -> tuple[float, object]:
    """Seconds of the fastest of some runs, and the result."""
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        found = job()
        seconds.append(time.perf_counter() - begin)
    return min(seconds), found


def _blocks(paths: object) -> int:
    """Blocks that the kernel and the preparation need at least for these paths: tones counted as if pages shared blocks."""
    number, months = paths.sizes["path"], paths.sizes["month"]
    contacts = int(paths.contact.sum())
    topics = (paths.sizes["topic"] + 4) // 4
    fixed = number * (2 * months * ((paths.sizes["rank"] + 3) // 4) + 6 + months // 4)
    return fixed + contacts * (topics + 2) + int(paths.pages.sum()) // 4


def _random_seconds(blocks: int) -> float:
    """Seconds to draw so many blocks on all threads."""
    threads = os.cpu_count() or 1
    key = Noise(1).key("bound")
    _draw(key, 10)
    with ThreadPoolExecutor(threads) as pool:
        return _best(lambda: list(pool.map(_draw, [key] * threads, [blocks // threads] * threads)))[0]


@numba.njit(nogil=True)
def _draw(key: tuple, blocks: int) -> float:
    total = 0.0
    for index in range(blocks):
        one, two, three, four = block(key, index, 0, 0)
        total += one + two + three + four
    return total


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
