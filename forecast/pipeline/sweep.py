"""A sweep: all points of a design, each kept as soon as it is done, here or on a Dask cluster."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from forecast.kept import Kept, read_kept, write_kept
from forecast.pipeline.chain import Progress
from forecast.pipeline.cluster import check_scheduler, results
from forecast.pipeline.sweep_plan import Plan, plan
from forecast.pipeline.sweep_point import evaluate
from forecast.placement import sweep_cache
from forecast.workers import worker_processes

__all__ = ["Plan", "check_scheduler", "plan", "run"]

Row = Mapping[str, tuple[float, float]]
"""Value and error of every quantity of a point."""
Number = float | None
"""None for a quantity that is no number, such as shares of no pages."""


class _Chunk(Kept):
    """Points that are kept together."""

    rows: Annotated[list[Annotated[dict[str, tuple[Number, Number]], Field(min_length=1)]], Field(min_length=1)]

    def numbers(self) -> list[Row]:
        return [{name: tuple(np.nan if one is None else one for one in pair) for name, pair in row.items()} for row in self.rows]


def run(given: Plan, progress: Progress, scheduler: str | None = None,
        workers: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Do what is missing, and return one row per point, values first, then quantities; and the same with their errors.

    Raises
    ------
    InputError
        Where the scheduler does not answer, or the cache cannot be written.
    """
    sweep_cache()
    for _ in range(2):  # once more for what only shows beside the others, such as other quantities
        known = _kept(given)
        missing = [chunk for chunk in given.chunks() if chunk not in known]
        if not missing:
            break
        done = len(given.values) - sum(map(len, missing))
        progress("sweep", done, len(given.values))
        for chunk in (_on_cluster(given, missing, scheduler) if scheduler else _here(given, missing, workers)):
            done += len(chunk)
            progress("sweep", done, len(given.values))
    else:
        known = _kept(given)
    return _tables(given, [row for chunk in given.chunks() for row in known[chunk].numbers()])


def _tables(given: Plan, rows: Sequence[Row]) -> tuple[pd.DataFrame, pd.DataFrame]:
    values = pd.DataFrame(list(given.values), columns=[one.path for one in given.sweep.vary])
    each = [pd.DataFrame([{name: pair[which] for name, pair in row.items()} for row in rows]) for which in (0, 1)]
    return tuple(pd.concat([values, numbers], axis=1) for numbers in each)


def _kept(given: Plan) -> dict[range, _Chunk]:
    """Chunks that are done."""
    chunks = {_file(given, chunk): chunk for chunk in given.chunks()}
    found = read_kept(chunks, _Chunk, lambda one: {name for row in one.rows for name in row}, lambda path, one: _wrong(
        one, len(chunks[path])))
    return {chunks[path]: one for path, one in found.items()}


def _wrong(one: _Chunk, points: int) -> str | None:
    if len(one.rows) != points:
        return f"{len(one.rows)} points, expected {points}"
    return "points of different quantities" if any(row.keys() != one.rows[0].keys() for row in one.rows) else None


def _here(given: Plan, missing: Sequence[range], workers: int | None) -> Iterator[range]:
    with worker_processes(workers or os.cpu_count() or 1) as pool:
        running = {pool.submit(_do, given, chunk): chunk for chunk in missing}
        for future in as_completed(running):
            _keep(given, running[future], future.result())
            yield running[future]


def _on_cluster(given: Plan, missing: Sequence[range], scheduler: str) -> Iterator[range]:
    for chunk, rows in results(scheduler, _do, given, missing):
        _keep(given, chunk, rows)
        yield chunk


def _do(given: Plan, chunk: range) -> list[Row]:
    return [evaluate(given.point(number)) for number in chunk]


def _keep(given: Plan, chunk: range, rows: Sequence[Row]) -> None:
    write_kept(_file(given, chunk), _Chunk(rows=[{name: (_number(pair[0]), _number(pair[1])) for name, pair in row.items()}
                                                 for row in rows]))


def _number(value: float) -> Number:
    return float(value) if np.isfinite(value) else None


def _file(given: Plan, chunk: range) -> Path:
    return given.folder / f"{chunk.start:06d}.json"
