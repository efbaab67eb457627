"""``forecast check``, whole: on the shipped data in the slow lane, and quickly on a component with certain observations."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.components.registry import COMPONENT
from tests.fixture.record import RECORD

runner = CliRunner()


def checked(tmp_path, monkeypatch, *options):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    found = runner.invoke(app, ["check", "--quiet", "--out", str(tmp_path / "check"), *options], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    assert (tmp_path / "check" / "check.html").exists()
    return tmp_path / "check" / "tables"


@pytest.mark.slow
@pytest.mark.sampling
def test_certain_observations_are_counted_and_lean_on_nothing(tmp_path, monkeypatch):
    """A meeting in a third country can be nothing but a meeting: three of 65 formats depend on no parameter."""
    tables = checked(tmp_path, monkeypatch, "--component", "setting", "--draws", "100", "--data", str(RECORD))
    row = pd.read_csv(tables / "loo.csv").set_index("quantity").loc["format"]
    assert (row["observations"], row["certain"]) == (65, 3)
    each = pd.read_csv(tables / "loo_observations.csv").query("quantity == 'format'")
    sure = each[each["pareto_k"] == float("-inf")]
    assert len(sure) == 3
    assert (sure["elpd"] == 0).all()
    assert (sure["weak"] == 0).all()
    text = pd.read_csv(tables / "verdicts.csv").set_index("area").loc["leave-one-out", "text"]
    assert "for 65 observations, 3 of which depend on no parameter" in text


@pytest.mark.slow
def test_the_shipped_data_are_checked_to_the_end(tmp_path, monkeypatch):
    tables = checked(tmp_path, monkeypatch)
    verdicts = pd.read_csv(tables / "verdicts.csv")
    assert verdicts.groupby("area")["component"].nunique().eq(len(COMPONENT)).all()
    converged = verdicts[verdicts["area"] == "convergence"]
    assert (converged["verdict"] == "passed").all()
    loo = pd.read_csv(tables / "loo.csv")
    assert loo[["elpd", "se", "p_loo"]].notna().all(axis=None)
    formats = loo[(loo["component"] == "setting") & (loo["quantity"] == "format")].iloc[0]
    assert 0 < formats["certain"] < formats["observations"]
