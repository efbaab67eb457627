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
from forecast.report.columns import COUNTED, FUTURES, variables

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


def as_json(content: Mapping[str, Any]) -> str:
    """What a command prints for programs: tables as lists of rows, and null for a number that is none."""
    return json.dumps(_numbers(content), indent=2, ensure_ascii=False, default=str, allow_nan=False)


def _numbers(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        value = value.to_dict("records")
    if isinstance(value, Mapping):
        return {str(key): _numbers(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(one) for one in value]
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        return f"{value:%Y-%m-%d}"
    return None if value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)) else value


class TrajectoryFile:
    """Simulated futures of a scenario, one row per path and month; every block becomes a row group.

    Columns: ``path``, ``month``; ``contact_<rank>``, ``outcome_<code>`` (recorded contacts), ``unrecorded_<rank>``,
    ``travel_<direction>``, ``mention_<topic>``, ``pages_<side>``, ``tone_sum_<side>``. Where questions are asked,
    ``questions/<name>.parquet`` has one row per path and tells for each question how many contacts count.
    """

    def __init__(self, run: Path, scenario: str) -> None:
        self._path = run / FUTURES.format(scenario=scenario)
        self._counted = run / COUNTED.format(scenario=scenario)
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
            self._counted.parent.mkdir(exist_ok=True)
            pq.write_table(pa.concat_tables(self._questions), self._counted, compression="zstd")


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


def write_relation(future: Mapping[str, xr.DataArray], path: Path) -> None:
    """Write the relation index of the futures that are held: one row per path and month, a column ``index_<weights>`` each.

    Parameters
    ----------
    future : mapping of str to DataArray
        Set of weights -> index, per cent of the base level, (path, month).
    """
    first = next(iter(future.values())).transpose("path", "month")
    column = {"path": pa.array(first["path"].to_numpy().astype("int32").repeat(first.sizes["month"])),
              "month": pa.array(np.tile(first["month"].to_numpy().astype("datetime64[D]"), first.sizes["path"]))}
    column |= {f"index_{name}": pa.array(one.transpose("path", "month").to_numpy().astype("float32").ravel())
               for name, one in future.items()}
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(column), path, compression="zstd")


# Trajectories as people read them: counts by label, with the meaning and the unit of each.

def readable(paths: xr.Dataset) -> xr.Dataset:
    """Simulated futures with the counts that their Parquet file has.

    Returns
    -------
    Dataset
        Variables of :func:`forecast.report.columns.variables`, each (path, month, its axis), with long name and units; the one
        whose axis has its own name is called ``outcome_count``.
    """
    return _named({prefix: values.transpose("path", "month", ...).rename({values.dims[-1]: variables()[prefix][0]})
                   for prefix, values in _columns(paths).items()}, paths.attrs)


def read_futures(path: Path) -> xr.Dataset:
    """Simulated futures of a file of :class:`TrajectoryFile`, as :func:`readable` gives them."""
    table = pq.read_table(path)
    found = {}
    for prefix, (axis, _, _) in variables().items():
        labels = [name.removeprefix(f"{prefix}_") for name in table.column_names if name.startswith(f"{prefix}_")]
        values = [_by_month(table, f"{prefix}_{label}") for label in labels]
        found[prefix] = xr.concat(values, dim=axis).assign_coords({axis: _numbered(labels)}).transpose("path", "month", axis)
    return _named(found, {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()})


def read_relation(path: Path) -> dict[str, xr.DataArray]:
    """Relation index of a file of :func:`write_relation`: set of weights -> (path, month)."""
    table = pq.read_table(path)
    return {name.removeprefix("index_"): _by_month(table, name) for name in table.column_names if name.startswith("index_")}


def _by_month(table: pa.Table, name: str) -> xr.DataArray:
    """A column of rows that are in the order of paths and months, (path, month)."""
    number = table["path"].to_numpy()
    months = len(number) // len(np.unique(number))
    month = table["month"].slice(0, months).cast("timestamp[ns]").to_numpy()
    return xr.DataArray(table[name].to_numpy().reshape(-1, months), dims=("path", "month"),
                        coords={"path": number[::months], "month": month})


def _numbered(labels: list[str]) -> list[Any]:
    """Labels of codes that are numbers as numbers."""
    return [int(label) for label in labels] if all(label.isdecimal() for label in labels) else labels


def _named(found: Mapping[str, xr.DataArray], attrs: Mapping[Any, Any]) -> xr.Dataset:
    """A data set of counts with their long names and units."""
    told = {}
    for prefix, values in found.items():
        axis, text, unit = variables()[prefix]
        name = f"{prefix}_count" if prefix == axis else prefix
        told[name] = values.reset_coords(drop=True).assign_attrs(long_name=text, units=unit).rename(name)
    return xr.Dataset(told, attrs={str(key): str(value) for key, value in attrs.items()})


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
