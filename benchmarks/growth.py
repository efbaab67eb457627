"""How seconds and memory grow with what is asked: paths, scenarios, questions, simulated dyads and contacts of the record.

Run ``python -m benchmarks.growth`` (``make bench-growth``), a quarter of an hour on two idle cores. Every size is measured in a
process of its own, the best of as many repetitions as fit into three seconds. The exponent is the slope of log seconds (or
megabytes) over log size by least squares, with its standard error; where a part that does not grow is large at small sizes it
says little, and the slope between the two largest sizes says more. Posteriors are made of noise, records of contacts are made up.

What is measured: ``paths`` by the engine, block by block, with totals of contacts; ``futures`` all that a run makes of its paths
but files and figures; ``scenarios`` and ``questions`` the same with 500 futures of each scenario; ``dyads`` the futures of a
region; ``contacts`` the reading of a record, and one evaluation of the density and gradient of each likelihood.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.compare import digits, machine, put, table
from benchmarks.memory import tallied
from benchmarks.peak import peak_mb

SIZES = {
    "paths": (1000, 10_000, 100_000, 1_000_000), "futures": (1000, 3000, 10_000, 30_000, 100_000),
    "scenarios": (1, 2, 4, 8, 16, 26), "questions": (10, 30, 100, 300, 1000), "dyads": (1, 2, 5, 10, 20),
    "contacts": (100, 300, 1000, 3000, 10_000, 20_000),
}
MANY = 10_000_000
"""Paths of the engine that are measured too where that is asked for: six minutes."""
HEAD = ("what grows", "sizes", "at the least", "at the most", "exponent of seconds", "between the last two", "MB",
        "exponent of MB")
LONG = 3.0
"""Seconds after which nothing is repeated."""
FEW = 500
Jobs = Iterator[tuple[str, Callable[[], object]]]


# What is measured at a size, by name.

def paths(size: int) -> Jobs:
    """The engine."""
    from tests.simulation.conftest import make_scenario

    tallied(make_scenario(), 64)
    yield "paths of the engine", lambda: tallied(make_scenario(), size)


def futures(size: int) -> Jobs:
    """Two scenarios with many futures."""
    yield "futures of a run, two scenarios", _futures(("harris", "trump"), size)


def scenarios(size: int) -> Jobs:
    """Many scenarios with few futures."""
    every = [path.stem for path in sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml")) if "2028" not in path.stem]
    yield "scenarios of a run", _futures((*every,)[:size], FEW)


def questions(size: int) -> Jobs:
    """Two scenarios with many questions."""
    yield "questions of a run", _futures(("harris", "trump"), FEW, size)


def _futures(names: tuple[str, ...], number: int, asked: int | None = None) -> Callable[[], object]:
    from benchmarks.made_up import posteriors_in
    from forecast.pipeline import Request, read
    from forecast.pipeline.run import fit, only_futures, pooled
    from forecast.pipeline.scenario import answer

    request = Request(scenarios=names, alone=True, paths=number)
    inputs = read(request)
    if asked:
        inputs = replace(inputs, scenarios={name: _asking(one, asked) for name, one in inputs.scenarios.items()})
    cache = tempfile.TemporaryDirectory()
    kept = posteriors_in(cache.name)
    kept.__enter__()  # as long as the process
    _HELD.extend((cache, kept))
    pooled(fit(inputs, request, lambda *_: None), inputs.panel.dyad[0])
    few = replace(request, paths=64)
    only_futures(inputs, few, lambda *_: None)
    return lambda: answer(inputs, only_futures(inputs, request, lambda *_: None).answered)


_HELD: list[Any] = []


def _asking(scenario: Any, number: int) -> Any:
    """The scenario with so many questions about contacts."""
    own = [one for one in scenario.questions if one.contacts]
    asked = tuple(own[place % len(own)].model_copy(update={"id": f"asked_{place}"}) for place in range(number))
    return scenario.model_copy(update={"questions": asked})


def dyads(size: int) -> Jobs:
    """Futures of a region of made-up dyads, parameters drawn from the priors."""
    from forecast import shipped
    from forecast.components.registry import CONTACTS, POOL
    from forecast.evaluation.region import region_tables
    from forecast.panel import load_panel
    from forecast.panel.elections import load_election, of_dyad
    from forecast.panel.region import with_common_unit
    from forecast.simulation.scenario import find_scenario, load_scenario

    panel = load_panel(_dyads(size), as_of=date(2024, 11, 4))
    panel = with_common_unit(panel, "together") if size > 1 else panel
    member = next(one for one in POOL[CONTACTS].members if one.name == "frequency_drift")
    known = {member.name: _drawn(member, panel)}
    cases = {name: load_scenario(find_scenario(name)) for name in shipped.CASE.scenarios}
    elections = {name: load_election(one.election, of_dyad(shipped.DYAD, "elections.yaml")) for name, one in cases.items()}
    yield "dyads of a region", lambda: region_tables(known, panel, cases, elections, paths=4000, seed=1)


def _dyads(number: int) -> list[Path]:
    """Folders of made-up dyads of 100 contacts."""
    from tests.fixture.made_up import NAME, write_made_up

    root, folders = tempfile.TemporaryDirectory(), []
    _HELD.append(root)
    for place in range(number):
        folder = write_made_up(Path(root.name) / f"dyad{place}", 100)
        name = f"us_x{chr(ord('a') + place)}"
        for file in folder.iterdir():
            text = file.read_text(encoding="utf-8").replace(NAME, name).replace("-made-up-", f"-made-up-{name}-")
            file.write_text(text, encoding="utf-8")
        folders.append(folder.rename(folder.with_name(name)))
    return folders


def _drawn(member: Any, panel: Any) -> Any:
    """Draws from the priors, with scores of past terms that are all alike."""
    from forecast.posterior.posterior import Posterior, draw_prior
    from tests.components.example import PASSED, every_prior

    data = member.data(panel)
    chains = draw_prior(member, data, every_prior(member.name), np.random.default_rng(1), chains=2, draws=100)
    terms, records = len(data.coord["term"]), len(panel.records)
    score = np.where(np.arange(terms) < 2, np.nan, -20.0)
    both = ("record", "term") if records > 1 else ("term",)
    own = np.tile(score, (records, 1)) if records > 1 else score
    scores = {"term_score": (both, own), "term_score_error": (both, 0 * own), "term_score_rhat": ("term", 1 + 0 * score)}
    together = {"term_score_together": ("term", score), "term_score_together_error": ("term", 0 * score)}
    return Posterior(component=member.name, key="prior", chains=chains.assign(scores | together), coord=data.coord, gates=PASSED,
                     reused=False)


def contacts(size: int) -> Jobs:
    """A made-up record read, and the likelihoods of its components."""
    from forecast.panel import load_panel
    from tests.fixture.made_up import NAME, write_made_up

    root = tempfile.TemporaryDirectory()
    _HELD.append(root)
    folder = write_made_up(Path(root.name) / NAME, size)
    yield "contacts, the record read and checked", lambda: load_panel(folder, as_of=date(2024, 11, 4))
    panel = load_panel(folder, as_of=date(2024, 11, 4))
    for name in ("frequency_drift", "agenda", "effectiveness", "media", "setting"):
        yield f"contacts, one gradient of {name}", _gradient(name, panel)


def _gradient(name: str, panel: Any) -> Callable[[], object]:
    from forecast.components.registry import COMPONENT
    from forecast.posterior.native import compile_native
    from tests.components.example import every_prior
    from tests.posterior.native.test_model import evaluate

    component = COMPONENT[name]
    data = component.data(panel)
    code = compile_native(component.model(data, component.used(every_prior(name), data.coord)))
    point = np.random.default_rng(1).normal(0, 0.3, code.n_dim)
    return lambda: evaluate(code, point)


# Sizes in turn, and what they grow like.

KIND: Mapping[str, Callable[[int], Jobs]] = {
    "paths": paths, "futures": futures, "scenarios": scenarios, "questions": questions, "dyads": dyads, "contacts": contacts}


def measured(kind: str, size: int) -> None:
    """Print the seconds of every job of a size, and the most memory of this process, as one line of JSON."""
    np.seterr(all="ignore")
    print(json.dumps({"seconds": {name: _best(job) for name, job in KIND[kind](size)}, "mb": peak_mb()}))


def _best(job: Callable[[], object]) -> float:
    begin, found = time.perf_counter(), []
    while not found or (time.perf_counter() - begin + found[-1] < LONG and len(found) < 1000):
        start = time.perf_counter()
        job()
        found.append(time.perf_counter() - start)
    return min(found)


def rows(kind: str, sizes: Sequence[int]) -> list[tuple[str, ...]]:
    """Lines of the table about one kind."""
    points = []
    for size in sizes:
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.growth", "--kind", kind, "--size", str(size)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{kind} {size} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        points.append(json.loads(done.stdout.splitlines()[-1]))
    memory = [point["mb"] for point in points]
    found = []
    for name in points[0]["seconds"]:
        seconds = [point["seconds"][name] for point in points]
        found.append((name, f"{sizes[0]:,} to {sizes[-1]:,}", _short(seconds[0]), _short(seconds[-1]), _exponent(sizes, seconds),
                      f"{_slopes(sizes, seconds)[-1]:.2f}", f"{memory[0]:,.0f} to {memory[-1]:,.0f}", _exponent(sizes, memory)))
    return found


def _short(seconds: float) -> str:
    unit, name = next((unit, name) for unit, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")) if seconds >= unit or unit == 1e-6)
    return f"{digits(seconds / unit)} {name}"


def _slopes(sizes: Sequence[int], values: Sequence[float]) -> np.ndarray:
    slopes: np.ndarray = np.diff(np.log(values)) / np.diff(np.log(sizes))
    return slopes


def _exponent(sizes: Sequence[int], values: Sequence[float]) -> str:
    """Slope of the logarithms by least squares, with its standard error."""
    x, y = np.log(sizes), np.log(values)
    if len(x) < 3:
        return f"{_slopes(sizes, values)[-1]:.2f}"
    centred = x - x.mean()
    slope = centred @ y / (centred @ centred)
    rest = y - y.mean() - slope * centred
    return f"{slope:.2f} ± {np.sqrt(rest @ rest / (len(x) - 2) / (centred @ centred)):.2f}"


def main() -> None:
    """Print the table, or one point of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(SIZES), help="kinds, separated by commas")
    parser.add_argument("--most", type=int, help="the largest size of any kind, for a quick look")
    parser.add_argument("--many", action="store_true", help=f"the engine up to {MANY:,} paths: six minutes more")
    parser.add_argument("--page", type=Path, help="a page with a place for the table")
    parser.add_argument("--kind", choices=KIND, help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.kind:
        measured(asked.kind, asked.size)
        return
    sizes = SIZES | ({"paths": (*SIZES["paths"], MANY)} if asked.many else {})
    before = machine()
    limit = partial(min, asked.most) if asked.most else int
    found = [row for kind in asked.only.split(",") for row in rows(kind, sorted({limit(size) for size in sizes[kind]}))]
    put(f"{datetime.now(UTC):%Y-%m-%d}, {before}\n\n{table(HEAD, found)}", asked.page, "growth")


if __name__ == "__main__":
    main()
