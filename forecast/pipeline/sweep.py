"""A sweep: all points of a design, each kept as soon as it is done, here or on a Dask cluster."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

import forecast
from forecast.config import load_yaml
from forecast.errors import Fault, InputError
from forecast.evaluation.sweep.design import points
from forecast.evaluation.sweep.schema import OUTSIDE, Sweep
from forecast.pipeline.chain import Progress, fit
from forecast.pipeline.request import Request, read
from forecast.pipeline.sweep_point import Point, evaluate
from forecast.posterior import store
from forecast.simulation.language import find_scenario
from forecast.simulation.language.inherit import Merged, read_merged
from forecast.simulation.language.load import check_merged
from forecast.simulation.language.vary import reaches, with_values

CHUNK = 20
"""Points that are kept together: what is lost at most, per process, where a sweep is interrupted."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides the results of a sweep.

    Parameters
    ----------
    sweep : Sweep
    merged : tuple of Merged
        The scenarios, with their parents.
    values : tuple
        Values by point, in the order of ``sweep.vary``.
    request : Request
        Data, seed and default prior set.
    key : str
        Hash of all of it, of the posteriors used and of the code.
    """

    sweep: Sweep
    merged: tuple[Merged, ...]
    values: tuple[tuple[Any, ...], ...]
    request: Request
    key: str = ""

    @property
    def folder(self) -> Path:
        """Where points are kept."""
        return store.cache_directory() / "sweep" / f"{self.sweep.name}-{self.key}"

    def chunks(self) -> list[range]:
        """Numbers of the points that are kept together."""
        return [range(first, min(first + CHUNK, len(self.values))) for first in range(0, len(self.values), CHUNK)]

    def point(self, number: int) -> Point:
        """One point: its scenarios, prior set and as-of date."""
        given = dict(zip((one.path for one in self.sweep.vary), self.values[number], strict=True))
        priors, as_of = given.pop("priors", self.request.priors), given.pop("as_of", self.request.as_of)
        scenarios = tuple(check_merged(with_values(one, {path: value for path, value in given.items() if reaches(one, path)}))
                          for one in self.merged)
        day = as_of if isinstance(as_of, date) or as_of is None else date.fromisoformat(str(as_of))
        return Point(scenarios=scenarios, request=replace(self.request, priors=priors, as_of=day, paths=self.sweep.paths))


def plan(path: Path, request: Request, progress: Progress) -> Plan:
    """Read a sweep, check every point that differs in kind, and fit what it needs.

    Raises
    ------
    InputError
        Where the file, a path or a value is wrong; nothing long was done by then.
    """
    sweep = load_yaml(path, Sweep)
    found = Plan(sweep=sweep, merged=tuple(read_merged(find_scenario(name)) for name in sweep.scenarios),
                 values=tuple(points(sweep, request.seed)), request=replace(request, scenarios=sweep.scenarios))
    identities = []
    for number in _of_each_kind(found, path):
        point = found.point(number)
        inputs = read(point.request)
        identities.append({name: one.key for name, one in fit(inputs, point.request, progress).items()})
    return replace(found, key=_hash(found, identities))


def run(given: Plan, progress: Progress, scheduler: str | None = None, workers: int | None = None) -> pd.DataFrame:
    """Do what is missing, and return one row per point: values first, then quantities."""
    given.folder.mkdir(parents=True, exist_ok=True)
    missing = [chunk for chunk in given.chunks() if not _file(given, chunk).exists()]
    done = len(given.values) - sum(map(len, missing))
    progress("sweep", done, len(given.values))
    for chunk in (_on_cluster(given, missing, scheduler) if scheduler else _here(given, missing, workers)):
        done += len(chunk)
        progress("sweep", done, len(given.values))
    rows = [row for chunk in given.chunks() for row in json.loads(_file(given, chunk).read_text(encoding="utf-8"))]
    values = pd.DataFrame(list(given.values), columns=[one.path for one in given.sweep.vary])
    return pd.concat([values, pd.DataFrame(rows)], axis=1)


def _here(given: Plan, missing: Sequence[range], workers: int | None) -> Iterator[range]:
    if not missing:
        return
    with ProcessPoolExecutor(workers or os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_do, given, chunk): chunk for chunk in missing}
        for future in as_completed(running):
            _keep(given, running[future], future.result())
            yield running[future]


def _on_cluster(given: Plan, missing: Sequence[range], scheduler: str) -> Iterator[range]:
    from distributed import Client
    from distributed import as_completed as finished

    with Client(scheduler) as client:
        running = {client.submit(_do, given, chunk, pure=False): chunk for chunk in missing}
        for future in finished(list(running)):
            _keep(given, running[future], future.result())
            yield running[future]


def _do(given: Plan, chunk: range) -> list[dict[str, float]]:
    return [evaluate(given.point(number)) for number in chunk]


def _keep(given: Plan, chunk: range, rows: list[Mapping[str, float]]) -> None:
    target = _file(given, chunk)
    partial = target.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(rows), encoding="utf-8")
    os.replace(partial, target)


def _file(given: Plan, chunk: range) -> Path:
    return given.folder / f"{chunk.start:06d}.json"


def _of_each_kind(given: Plan, path: Path) -> list[int]:
    """First point of every combination of prior set and as-of date; the first and last of all are tried as well."""
    places = [place for place, one in enumerate(given.sweep.vary) if one.path in OUTSIDE]
    first: dict[tuple, int] = {}
    for number, values in enumerate(given.values):
        first.setdefault(tuple(str(values[place]) for place in places), number)
    _check_paths(given, path)
    for number in (0, len(given.values) - 1):
        given.point(number)
    return list(first.values())


def _check_paths(given: Plan, path: Path) -> None:
    """Refuse paths that lead into no scenario."""
    lost = [one.path for one in given.sweep.vary
            if one.path not in OUTSIDE and not any(reaches(scenario, one.path) for scenario in given.merged)]
    if lost:
        raise InputError([Fault(source=str(path), where=f"key vary, path {one}", expected="a key of one of the scenarios",
                                found="an event, official or question that none of them has",
                                remedy="See forecast scenario explain for the keys.") for one in lost])


def _hash(given: Plan, identities: Sequence[Mapping[str, str]]) -> str:
    content = {"sweep": given.sweep.model_dump(mode="json"), "values": given.values, "posteriors": identities,
               "scenarios": [check_merged(one).model_dump(mode="json") for one in given.merged], "seed": given.request.seed,
               "priors": given.request.priors, "code": _code()}
    return hashlib.blake2b(json.dumps(content, sort_keys=True, default=str).encode(), digest_size=12).hexdigest()


@cache
def _code() -> str:
    """Hash of the engine and of what is measured."""
    root, digest = Path(forecast.__file__).parent, hashlib.blake2b(digest_size=8)
    for path in sorted([*root.glob("simulation/**/*.py"), *root.glob("evaluation/sweep/*.py"), *root.glob("pipeline/sweep*.py")]):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()

