"""Texts of users in CSV files for people are never formulas; numbers and dates are what they were."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast
from forecast.files import literal
from forecast.report.files import write_table
from forecast.report.tables import ReportTable
from forecast.report.tables import write_printed_table as write_report_table


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n@x", " =1", "- a dash",
                                  "\uff1d1"])
def test_a_formula_becomes_a_text(text):
    assert literal(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["-1", "+1", "-0.5", "1e-3", "+.5", "2018-01-16", "a=b", "x - y", "", "'=1", 3, -1.5, None])
def test_numbers_dates_and_plain_texts_stay(cell):
    assert literal(cell) is cell


def test_a_table_is_written_with_numbers_as_numbers(tmp_path):
    table = pd.DataFrame({
        "=title": ["=1+1", "plain"], "size": [-1.25, np.nan], "count": [-3, 4], "date": pd.to_datetime(["2018-01-16", None]),
        "kind": pd.Categorical(["@x", "-1"]), "mixed": [None, "-y"], "yes": [True, False]})
    write_table(table, tmp_path / "table.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "table.csv").read_text(encoding="utf-8"))))
    assert rows == [["'=title", "size", "count", "date", "kind", "mixed", "yes"],
                    ["'=1+1", "-1.25", "-3", "2018-01-16", "'@x", "", "True"], ["plain", "", "4", "", "-1", "'-y", "False"]]
    assert table["=title"].tolist() == ["=1+1", "plain"]


def test_a_table_without_formulas_has_the_bytes_that_pandas_writes(tmp_path):
    table = pd.DataFrame({"a": ["x", None], "b": [1 / 3, -1e9], "c": pd.Series([1.5, None], dtype=object), "d": [-1, 2]})
    write_table(table, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text() == table.to_csv(index=False, float_format="%.8g", lineterminator="\n")


def test_tables_of_a_report_are_written_so_too(tmp_path):
    values = pd.DataFrame({("=a", "q50"): [-1.0]}, index=["@key"])
    printed = pd.DataFrame({("a", "median"): ["1"]}, index=["key"])
    path, _ = write_report_table(ReportTable(name="t", caption="c", note="n", values=values, printed=printed), tmp_path)
    assert path.read_text().splitlines() == ["key,'=a_q50", "'@key,-1.0"]


def test_no_other_module_writes_tables_for_people_by_itself():
    package = Path(forecast.__file__).parent
    found = {path.relative_to(package).as_posix() for path in package.rglob("*.py") if ".to_csv(" in path.read_text()}
    assert found == {"files.py"}
