"""Speed of the engine beside its NumPy twin, PyMC, JAX and the time that its random numbers alone take, in one run.

Run ``python -m benchmarks.engine`` (``make bench-engine``). The parameters are made up, the same on every path, with about 100
contacts in four years, as in the forecast; no posterior is needed. Projecting a posterior to paths is therefore not in the times.
The bound is the time to draw, on as many threads, as many Philox blocks as the paths ask for. Memory of ten million futures is
measured by ``python -m benchmarks.memory``.
"""

import argparse
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numba
import numpy as np
import xarray as xr

from benchmarks import plain_engine, plain_jax
from benchmarks.compare import RUNS, Line, digits, interleaved, ratios, spread, told
from forecast.components.protocol import PathParameters
from forecast.simulation.engine import calendar_of, simulate
from forecast.simulation.random import Noise, block
from tests.simulation.conftest import TERM_START, constant, make_scenario
from tests.simulation.test_common_numbers import gain
from tests.simulation.twin import simulate_twin

BOUND = {"twin": 6.0, "peer": 100.0, "random": 0.6}
PATHS = {"engine": 40_000, "twin": 2000, "pymc": 1000, "jax": 20_000}
ROOM = 105.0, 5.5
"""Contacts of a path and pages of a contact in the rows of JAX: more than all chunks hold, and not much more."""
TOTALS = ("contact", "unrecorded", "travel", "mention", "pages", "tone_sum")


def lines(paths: Mapping[str, int] = PATHS, runs: int = RUNS) -> tuple[list[Line], list[str]]:
    """Lines of the table, and what is to be known of them."""
    blocks = _blocks(_engine(2000)) / 2000
    found = interleaved(_jobs(paths, blocks), runs)
    one = partial(Line, figure="futures with every contact, topic, outcome and page, a second", measured=spread(found["engine"]))
    peers = {"NumPy twin": ("NumPy twin", f"{BOUND['twin']:.0f} times"),
             "PyMC": ("`pm.sample_posterior_predictive`", f"{BOUND['peer']:.0f} times"),
             "JAX": ("JAX, `jit` and `vmap`, single precision", ""),
             "random": (f"random numbers alone, {blocks:.0f} blocks of four", f"{BOUND['random']:.0%} of it")}
    made = [one(bound=bound, peer=peer, theirs=spread(found[name]), ratio=ratios(found["engine"], found[name]))
            for name, (peer, bound) in peers.items()]
    made += [Line(figure=f"variance of a difference less by shared random numbers, log rate ratio {ratio}, times",
                  measured=digits(gain(ratio, seed=1))) for ratio in (-0.1, -0.4)]
    worst, number = disagreement(4000)
    return made, [f"Engine and JAX: {number} means over 4,000 futures differ by at most {worst:.1f} Monte Carlo standard errors."]


def _jobs(paths: Mapping[str, int], blocks: float) -> dict[str, Callable[[], float]]:
    """What is measured in turn, all in futures per second; everything was compiled before."""
    threads, many = os.cpu_count() or 1, paths["engine"]
    given, predictive = plain_jax.as_arrays(constant(paths["jax"])), plain_engine.Predictive(make_scenario())
    _jax(given, paths["jax"], seed=0)
    return {
        "engine": _rate(many, lambda: _engine(many)),
        "NumPy twin": _rate(paths["twin"], lambda: simulate_twin(constant(paths["twin"]), make_scenario(), paths=paths["twin"],
                                                                 seed=1, term_start=TERM_START)),
        "PyMC": lambda: predictive.paths_per_second(paths["pymc"]),
        "JAX": _rate(paths["jax"], lambda: _jax(given, paths["jax"], seed=1)),
        "random": _rate(many, lambda: _draw_all(round(blocks * many), threads)),
    }


def _engine(paths: int, seed: int = 1) -> xr.Dataset:
    return simulate(_source, make_scenario(), paths=paths, seed=seed, term_start=TERM_START)


def _jax(given: plain_jax.Arrays, paths: int, seed: int) -> list[dict[str, Any]]:
    return plain_jax.simulate_jax(given, calendar_of(make_scenario(), TERM_START), paths=paths, seed=seed, room=ROOM,
                                  threads=os.cpu_count() or 1)


def disagreement(paths: int, seed: int = 1) -> tuple[float, int]:
    """Largest difference of the means of engine and JAX version in Monte Carlo standard errors, and of how many means."""
    here, there = _engine(paths, seed), plain_jax.totals(_jax(plain_jax.as_arrays(constant(paths)), paths, seed))
    away = []
    for name in TOTALS:
        both = [np.reshape(values, (paths, -1)).astype(float) for values in (here[name].sum("month").to_numpy(), there[name])]
        error = np.sqrt(sum(values.var(axis=0) for values in both) / paths)
        away.append(np.abs(both[0].mean(axis=0) - both[1].mean(axis=0))[error > 0] / error[error > 0])
    every = np.concatenate(away)
    return float(every.max()), len(every)


def _source(part: slice) -> PathParameters:
    return constant(part.stop - part.start)


def _rate(number: int, job: Callable[[], object]) -> Callable[[], float]:
    """Paths per second of a job."""

    def timed() -> float:
        begin = time.perf_counter()
        job()
        return number / (time.perf_counter() - begin)

    return timed


def _blocks(paths: xr.Dataset) -> int:
    """Blocks that the kernel and the preparation need at least for these paths: tones counted as if pages shared blocks."""
    number, months = paths.sizes["path"], paths.sizes["month"]
    contacts = int(paths.contact.sum())
    topics = (paths.sizes["topic"] + 4) // 4
    fixed = number * (2 * months * ((paths.sizes["rank"] + 3) // 4) + 6 + months // 4)
    return fixed + contacts * (topics + 2) + int(paths.pages.sum()) // 4


def _draw_all(blocks: int, threads: int) -> None:
    """Draw so many blocks on all threads."""
    key = Noise(1).key("bound")
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(_draw, [key] * threads, [blocks // threads] * threads))


@numba.njit("float64(UniTuple(uint64, 2), int64)", nogil=True)
def _draw(key: tuple[int, int], blocks: int) -> float:
    total = 0.0
    for index in range(blocks):
        one, two, three, four = block(key, index, 0, 0)
        total += one + two + three + four
    return total


def main() -> None:
    """Print the lines of the engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each, in turn")
    parser.add_argument("--share", type=float, default=1.0, help="share of the usual paths, for a quick look")
    asked = parser.parse_args()
    found, notes = lines({name: max(1, round(count * asked.share / 1000)) * 1000 for name, count in PATHS.items()}, asked.runs)
    print(told(found), *notes, sep="\n")


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
