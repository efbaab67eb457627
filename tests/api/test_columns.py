"""What is said of columns is what the files of a run have: every column, none that is not there, of the type that is told."""

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

from forecast.report import columns
from forecast.report.columns import BOOLEAN, DATE, FILES, INTEGER, NUMBER, columns_in, file_of_path

TYPES = {INTEGER: "iuf", NUMBER: "iuf", BOOLEAN: "b"}


@pytest.fixture(scope="module")
def folder(made, place):
    return place / "forecast_run"


@pytest.fixture(scope="module")
def found(folder):
    return dict(columns_in(folder))


def test_every_column_of_every_file_is_described_and_none_besides(found):
    used = {}
    for file, names in found.items():
        kind = file_of_path(file)
        assert kind is not None, file
        told = [kind.column(name) for name in names]
        assert None not in told, (file, names[told.index(None)])
        used.setdefault(kind.name, set()).update(one.name for one in told)
        place = {column.name: number for number, column in enumerate(kind.columns)}
        assert file == "tables/contact.csv" or [place[one.name] for one in told] == sorted(place[one.name] for one in told), file
    of_other_runs = {"update.csv", "update_questions.csv", "update_scores.csv", "update_months.csv",  # of a term that runs
                     "two_terms.csv", "two_terms_contrast.csv"}  # with --then: tests/pipeline/test_two_terms.py
    assert used == {kind.name: {one.name for one in kind.columns} for kind in FILES if kind.name not in of_other_runs}


def test_a_column_that_nobody_described_is_found_out(found):
    assert file_of_path("summary.csv").column("strange") is None
    assert file_of_path("strange.csv") is None
    assert file_of_path("trajectories/harris.parquet").column("contact_cabinet").unit == "contacts per month"


def test_types_are_those_of_the_files(folder, found):
    for file, names in found.items():
        kind = file_of_path(file)
        if file.endswith(".parquet"):
            schema = pq.read_schema(folder / file)
            assert [str(schema.field(name).type) for name in names] == [kind.column(name).dtype for name in names], file
            continue
        table = columns.read_csv(folder / file, file)
        for name in names:
            dtype, values = kind.column(name).dtype, table[name]
            if dtype in TYPES and values.notna().any():
                assert values.dtype.kind in TYPES[dtype], (file, name)
            if dtype == INTEGER:
                assert (values.dropna() % 1 == 0).all(), (file, name)
            if dtype == DATE:
                assert pd.to_datetime(values).notna().all(), (file, name)


def test_the_dictionary_beside_the_files_is_of_these_files(folder, found):
    told = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    assert {file: tuple(one["name"] for one in part["columns"]) for file, part in told.items()} == found
    assert all(set(one) == {"name", "description", "unit", "dtype"} and one["description"] for part in told.values()
               for one in part["columns"])
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert "columns.json" in manifest["files"]


def test_the_command_prints_all_of_it():
    from typer.testing import CliRunner

    from cli import app

    told = CliRunner().invoke(app, ["schema"]).output
    assert all(kind.name in told and all(one.name in told for one in kind.columns) for kind in FILES)
    assert json.loads(CliRunner().invoke(app, ["schema", "--json"]).output) == json.loads(json.dumps(columns.schema()))
