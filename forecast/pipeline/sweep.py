"""A sweep: all points of a design, each kept as soon as it is done, here or on a Dask cluster."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

import forecast
from forecast.console import Progress
from forecast.errors import Fault, InputError
from forecast.kept import Kept, read_kept, write_kept
from forecast.pipeline.request import read
from forecast.pipeline.sweep_plan import Plan, evaluate, plan_sweep, switching_paths
from forecast.pipeline.together import with_questions_of
from forecast.placement import sweep_cache
from forecast.simulation.scenario.load import check_merged
from forecast.workers import go_with, worker_processes

__all__ = ["Plan", "check_scheduler", "sweep_manifest", "plan_sweep", "run"]

Row = Mapping[str, tuple[float, float]]
"""Value and error of every quantity of a point."""
Number = float | None
"""None for a quantity that is no number, such as shares of no pages."""


def _or_nan(one: Number) -> float:
    return np.nan if one is None else one


class _Chunk(Kept):
    """Points that are kept together."""

    rows: Annotated[list[Annotated[dict[str, tuple[Number, Number]], Field(min_length=1)]], Field(min_length=1)]

    def numbers(self) -> list[Row]:
        return [{name: (_or_nan(mean), _or_nan(error)) for name, (mean, error) in row.items()} for row in self.rows]


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


def sweep_manifest(given: Plan) -> dict[str, Any]:
    """What a sweep is of, for whoever reads its tables: the manifest of its folder."""
    inputs = read(given.point(0).request)
    varied = {one.path for one in given.sweep.vary}
    return {
        "dyad": inputs.panel.dyad[0],
        "as_of": None if "as_of" in varied else inputs.panel.as_of.isoformat(),
        "priors": None if "priors" in varied else inputs.priors.name,
        "seed": given.request.seed,
        "sweep": given.sweep.model_dump(mode="json", exclude_none=True),
        "scenarios": [with_questions_of(check_merged(one), inputs.panel.dyad[0]).model_dump(mode="json") for one in given.merged],
        "between": switching_paths(given),
        "hashes": inputs.hashes,
        "versions": {"forecast": forecast.__version__},
    }


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


# Work on a Dask cluster: a scheduler that does not answer, or goes away, is one message within seconds.

PATIENCE = 4
"""Seconds in which a scheduler must answer."""


def check_scheduler(address: str) -> None:
    """Ask a scheduler who it is; to be called before any long work.

    Raises
    ------
    InputError
        Where there is none at the address, or Dask is not installed.
    """
    go_with("dask")
    try:
        import distributed
    except ImportError:
        raise InputError([_fault(address, "the package distributed", "none installed",
                                 "Install it with: pip install bilateral-forecast[sweep]")]) from None
    try:
        asyncio.run(asyncio.wait_for(_ask(distributed, address), PATIENCE))
    except Exception as error:  # whatever answers there may send anything, and Dask trusts it
        found = "no answer" if isinstance(error, TimeoutError) else str(error).partition("\n")[0][:200] or type(error).__name__
        raise InputError([_fault(address, f"a Dask scheduler that answers within {PATIENCE} seconds", found,
                                 "Start one with: dask scheduler, or check the address.")]) from None


def results[T, R](address: str, call: Callable[[Any, T], R], given: Any, parts: Sequence[T]) -> Iterator[tuple[T, R]]:
    """Parts of some work with their results, in the order in which they are done.

    Raises
    ------
    InputError
        Where the scheduler does not answer, or goes away.
    """
    check_scheduler(address)
    from distributed import Client, as_completed

    for name in ("distributed", "distributed.client", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # losing the scheduler is told once, below
    with Client(address, timeout=PATIENCE) as client:
        running = {client.submit(call, given, part, pure=False): part for part in parts}
        for future in as_completed(list(running)):
            yield running[future], _result(future, address)


def _result(future: Any, address: str) -> Any:
    from distributed import CancelledError
    from distributed.comm.core import CommClosedError

    try:
        return future.result()
    except (CancelledError, CommClosedError, TimeoutError):
        raise InputError([_fault(address, "a scheduler that stays", "it went away while its workers were busy",
                                 "Start it again, and the same command goes on from what was finished.")]) from None


async def _ask(distributed: Any, address: str) -> None:
    if address.startswith(("tcp://", "tls://")):  # Dask would try again and again where nobody listens
        _, writer = await asyncio.open_connection(*distributed.comm.get_address_host_port(address))
        writer.close()
    async with distributed.rpc(address, timeout=PATIENCE) as scheduler:
        who = await scheduler.identity()
        if who.get("type") != "Scheduler":
            raise ValueError(f"a {who.get('type')}")


def _fault(address: str, expected: str, found: str, remedy: str) -> Fault:
    return Fault(source="command line", where=f"option --scheduler {address}", expected=expected, found=found, remedy=remedy)
