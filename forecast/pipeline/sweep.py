"""A sweep: all points of a design, each kept as soon as it is done, here or on a Dask cluster."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from forecast.pipeline.chain import Progress
from forecast.pipeline.sweep_plan import Plan, plan
from forecast.pipeline.sweep_point import evaluate

__all__ = ["Plan", "plan", "run"]


def run(given: Plan, progress: Progress, scheduler: str | None = None,
        workers: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Do what is missing, and return one row per point, values first, then quantities; and the same with their errors."""
    given.folder.mkdir(parents=True, exist_ok=True)
    missing = [chunk for chunk in given.chunks() if not _file(given, chunk).exists()]
    done = len(given.values) - sum(map(len, missing))
    progress("sweep", done, len(given.values))
    for chunk in (_on_cluster(given, missing, scheduler) if scheduler else _here(given, missing, workers)):
        done += len(chunk)
        progress("sweep", done, len(given.values))
    rows = [row for chunk in given.chunks() for row in json.loads(_file(given, chunk).read_text(encoding="utf-8"))]
    values = pd.DataFrame(list(given.values), columns=[one.path for one in given.sweep.vary])
    each = [pd.DataFrame([{name: pair[which] for name, pair in row.items()} for row in rows]) for which in (0, 1)]
    return tuple(pd.concat([values, numbers], axis=1) for numbers in each)


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


def _do(given: Plan, chunk: range) -> list[dict[str, tuple[float, float]]]:
    return [evaluate(given.point(number)) for number in chunk]


def _keep(given: Plan, chunk: range, rows: list[Mapping[str, tuple[float, float]]]) -> None:
    target = _file(given, chunk)
    partial = target.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(rows), encoding="utf-8")
    os.replace(partial, target)


def _file(given: Plan, chunk: range) -> Path:
    return given.folder / f"{chunk.start:06d}.json"
