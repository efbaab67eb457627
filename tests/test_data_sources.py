"""`forecast data sources` through the command line."""

import pytest
from typer.testing import CliRunner

from cli import app
from forecast.panel.series import SERIES, find_series

NAMES = sorted(path.stem for path in SERIES.glob("*.csv"))


def call(*arguments):
    return CliRunner().invoke(app, ["data", "sources", *arguments])


@pytest.mark.parametrize("options", [(), ("--markdown",)])
def test_the_list_has_every_file_with_span_unit_and_caveat(options):
    result = call(*options)
    assert result.exit_code == 0
    for name in NAMES:
        series = find_series(name)
        assert all(words in result.stdout for words in (name, series.unit, series.countries, series.caveat))
    assert "1992 to " in result.stdout


@pytest.mark.parametrize("name", NAMES)
def test_a_series_is_shown_with_every_column_and_code(name):
    series = find_series(name)
    plain, marked = call(name).stdout, call(name, "--markdown").stdout
    for column, item in series.columns.items():
        assert f"| {column} | {item.kind} | {item.unit} |" in marked
        assert column in plain
        assert all(f"| {column} | {code} | {words} |" in marked for code, words in item.codes.items())
    assert series.source in plain


def test_an_unknown_series_ends_with_code_2():
    result = call("trade_anual")
    assert result.exit_code == 2
    assert "Did you mean 'trade_annual'?" in result.stderr
