"""The machine-readable part of a run: manifest, tables, trajectories, posteriors."""

import json
import shutil
from collections.abc import Mapping
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr

from forecast.files import write_csv

DIGITS = "%.8g"


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a CSV whose bytes depend on the table alone; texts in it are no formulas of a spreadsheet."""
    write_csv(table, path, float_format=DIGITS)


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write every table as ``<name>.csv`` into a folder that exists."""
    for name, table in tables.items():
        write_table(table, folder / f"{name}.csv")


def write_manifest(manifest: Mapping[str, Any], path: Path) -> None:
    """Write what a run was made of, as JSON; a number that is none (a diagnostic of a sampler that is stuck) is null."""
    path.write_text(json.dumps(_numbers(manifest), indent=2, default=str, allow_nan=False) + "\n", encoding="utf-8")


def _numbers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _numbers(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


class TrajectoryFile:
    """Simulated futures of a scenario, one row per path and month; every block becomes a row group.

    Columns: ``path``, ``month``; ``contact_<rank>``, ``outcome_<code>`` (recorded contacts), ``unrecorded_<rank>``,
    ``travel_<direction>``, ``mention_<topic>``, ``pages_<side>``, ``tone_sum_<side>``. Where questions are asked,
    ``<name>_questions.parquet`` has one row per path and tells for each question how many contacts count.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self._questions: list[pa.Table] = []

    def add(self, paths: xr.Dataset) -> None:
        """Write a block of paths."""
        table = trajectory_table(paths)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table, row_group_size=table.num_rows)
        if "match" in paths and paths.sizes["question"]:
            self._questions.append(_question_table(paths))

    def close(self) -> None:
        """Complete the file."""
        if self._writer is not None:
            self._writer.close()
        if self._questions:
            target = self._path.with_name(f"{self._path.stem}_questions.parquet")
            pq.write_table(pa.concat_tables(self._questions), target, compression="zstd")


def trajectory_table(paths: xr.Dataset) -> pa.Table:
    """Simulated futures as rows, with the attributes of the dataset as metadata."""
    n_path, n_month = paths.sizes["path"], paths.sizes["month"]
    months = paths["month"].to_numpy().astype("datetime64[D]")
    column = {
        "path": pa.array(paths["path"].to_numpy().astype("int32").repeat(n_month)),
        "month": pa.array(np.tile(months, n_path)),
    }
    for name, values in _columns(paths).items():
        flat = values.transpose("path", "month", ...).to_numpy().reshape(n_path * n_month, -1)
        labels = values[values.dims[-1]].to_numpy()
        column |= {f"{name}_{label}": pa.array(flat[:, i]) for i, label in enumerate(labels)}
    return pa.table(column).replace_schema_metadata({str(key): str(value) for key, value in paths.attrs.items()})


def _question_table(paths: xr.Dataset) -> pa.Table:
    column = {"path": pa.array(paths["path"].to_numpy().astype("int32"))}
    match = paths["match"].transpose("question", "path").to_numpy()
    return pa.table(column | {str(name): pa.array(one) for name, one in zip(paths["question"].to_numpy(), match, strict=True)})


def _columns(paths: xr.Dataset) -> dict[str, xr.DataArray]:
    contact = paths["contact"]
    return {
        "contact": _sum(contact, "outcome"),
        "outcome": _sum(contact, "rank"),
        "unrecorded": paths["unrecorded"],
        "travel": paths["travel"],
        "mention": paths["mention"],
        "pages": paths["pages"],
        "tone_sum": paths["tone_sum"],
    }


def _sum(values: xr.DataArray, dim: str) -> xr.DataArray:
    """Sum over a short axis, slice by slice: numpy's own sum takes three times as long there."""
    return reduce(add, (values.isel({dim: place}, drop=True) for place in range(values.sizes[dim])))


def copy_posteriors(files: Mapping[str, Path], directory: Path) -> None:
    """Copy the posterior of every component into a run as ``<component>.nc``."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, source in files.items():
        shutil.copyfile(source, directory / f"{name}.nc")
