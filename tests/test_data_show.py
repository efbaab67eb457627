"""`forecast data show` through the command line."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from tests.fixture.record import RECORD


def call(*arguments):
    return CliRunner().invoke(app, ["data", *map(str, arguments)])


def test_tables_and_figure_are_written(tmp_path):
    result = call("show", RECORD, "--as-of", "2024-11-04", "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "recorded contacts with Kazakhstan up to 4 November 2024" in result.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "year.csv", "administration.csv", "topic.csv", "outcome.csv", "media.csv", "record.pdf", "record.svg", "record.png",
        "manifest.json"}
    total = pd.read_csv(tmp_path / "out" / "year.csv")["recorded_contacts"].sum()
    assert f"n = {total}" in result.stdout


def test_an_empty_record_says_that_there_is_nothing(tmp_path):
    call("new", "us_uz", "--partner", "Uzbekistan", "--iso2", "UZ", "--directory", tmp_path)
    result = call("show", tmp_path / "us_uz", "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "none yet" in result.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [("nowhere",), (RECORD, "--as-of", "2030-01-01"), (RECORD, "--as-of", "1980-01-01")])
def test_bad_input_ends_with_code_2(arguments):
    assert call("show", *arguments).exit_code == 2
