"""Every shipped series is described column by column, typed, and cut at the as-of date."""

from datetime import date

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.errors import InputError
from forecast.panel.series import FOLDER, described, load_series

every = pytest.mark.parametrize("name", described())


def test_the_files_are_exactly_those_described():
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(described())


@every
def test_every_column_is_described_and_every_cell_of_its_kind(name):
    frame = load_series(name, date(2025, 1, 19))
    header = (FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(frame.columns) == set(header)
    assert len(frame)


@every
def test_nothing_later_than_the_cut_enters(name):
    early, late = load_series(name, date(2017, 3, 15)), load_series(name, date(2025, 1, 19))
    assert len(early) < len(late)
    for column in early.select_dtypes("datetime").columns:
        assert not (early[column] > pd.Timestamp(2017, 3, 15)).any()


def test_a_fiscal_year_enters_once_it_has_ended():
    years = [load_series("aid_annual", day)["fiscal_year"].max().year for day in (date(2010, 9, 29), date(2010, 9, 30))]
    assert years == [2009, 2010]


@pytest.mark.parametrize(("cell", "column"), [("x", "us_exports_musd"), ("19922", "year")])
def test_a_wrong_cell_is_told_by_row_and_column(tmp_path, cell, column):
    frame = pd.read_csv(FOLDER / "trade_annual.csv", dtype=str)
    frame.loc[3, column] = cell
    frame.to_csv(tmp_path / "trade_annual.csv", index=False)
    with pytest.raises(InputError, match=f"row 5, column {column}"):
        load_series("trade_annual", date(2024, 11, 4), tmp_path)


def test_a_column_that_is_not_described_is_told(tmp_path):
    pd.read_csv(FOLDER / "trade_annual.csv", dtype=str).assign(tariff="1").to_csv(tmp_path / "trade_annual.csv", index=False)
    with pytest.raises(InputError, match="row 1, column tariff"):
        load_series("trade_annual", date(2024, 11, 4), tmp_path)


def test_the_command_lists_all_and_explains_one():
    listed = CliRunner().invoke(app, ["data", "sources"]).stdout
    assert all(f"{name}: " in listed for name in described())
    one = CliRunner().invoke(app, ["data", "sources", "trade_annual"]).stdout
    assert "million US dollars" in one
    wrong = CliRunner().invoke(app, ["data", "sources", "trade_anual"])
    assert wrong.exit_code == 2
    assert "Did you mean" in wrong.stderr
