"""A run in memory and the same run read back from its directory say the same; errors say what is wrong."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure
from typer.testing import CliRunner

import forecast
from cli import app
from forecast.components.registry import BESIDE, COMPONENT
from forecast.errors import InputError
from forecast.outputs import sha256
from forecast.report.columns import file_of_path
from tests.conftest import some, vector_only
from tests.fixture.second import write_second_dyad


def columns_of(file):
    return [one.name for one in file_of_path(file).columns]


@pytest.fixture(scope="module")
def back(made):
    return forecast.load_run("forecast_run")


def test_tables_read_back_are_those_of_the_run(made, back):
    for name in ("summary", "contrast", "questions", "questions_past", "agenda", "variance", "rate_ratio", "identification"):
        pd.testing.assert_frame_equal(back.table(name), made.table(name), rtol=1e-7, atol=1e-12, check_dtype=False, obj=name)


def test_futures_read_back_are_those_of_the_run(made, back):
    for name in made.scenarios:
        xr.testing.assert_identical(back.trajectories(name), made.trajectories(name))
    for one in made.trajectories("trump").data_vars.values():
        assert one.attrs["long_name"]
        assert one.attrs["units"]


@pytest.fixture(scope="module")
def posterior(made):
    """Read from its files."""
    return made.posterior


def test_posteriors_read_back_are_those_of_the_run_and_say_what_each_variable_is(posterior, back):
    mine, told = posterior, back.posterior
    assert set(told.children) == {*COMPONENT, *BESIDE}
    for component, branch in told.children.items():
        xr.testing.assert_identical(branch.to_dataset(), mine[component].to_dataset())
        for group in branch.children.values():
            for name, values in group.data_vars.items():
                assert {"long_name", "units"} <= set(values.attrs), (component, group.name, name)
            assert set(group.coords) >= set(group.dims) - {"cell", "pair", "earlier_term", "year_of_term", "month_of_year"}


@pytest.mark.parametrize("name", some(COMPONENT, ("frequency_occasion", "media")))
def test_components_say_what_each_of_their_parameters_is(posterior, name):
    groups = posterior[name].children
    names = {str(one) for group in ("posterior", "fixed", "held_out") if group in groups for one in groups[group].data_vars}
    assert names <= set(COMPONENT[name].meaning)
    if COMPONENT[name].section == name:  # variants of one component share what they say
        assert names == set(COMPONENT[name].meaning)


@pytest.mark.slow
def test_figures_of_a_run_read_back_are_those_of_the_run(made, back):
    assert back.plot.names() == made.plot.names()
    for name in made.plot.names():
        texts = [sorted(text.get_text() for ax in getattr(run.plot, name)().axes for text in ax.texts) for run in (made, back)]
        assert texts[0] == texts[1], name


def test_a_copy_of_a_run_is_the_run(back, place):
    (folder,) = back.report("another")
    for path in sorted((place / "forecast_run").rglob("*")):
        if path.is_file():
            assert (folder / path.relative_to(place / "forecast_run")).read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
def test_figures_that_a_run_went_without_are_drawn_when_it_is_read_back(made, place):
    command = ["run", "--no-figures", "--out", "plain", "--paths", "600", "--threads", "1", "--quiet"]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.output
    assert "report.html" not in told.output
    assert "figures/" not in told.output
    assert not {"report.html", "figures"} & {path.name for path in (place / "plain").iterdir()}
    with vector_only():
        (folder,) = forecast.load_run("plain").report("drawn")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(json.loads((folder / "manifest.json").read_text())["files"]) == names - {"manifest.json"}
    assert names == {path.relative_to(place / "forecast_run").as_posix()
                     for path in (place / "forecast_run").rglob("*") if path.is_file()}
    pages = [(one / "report.html").read_text() for one in (folder, place / "forecast_run")]
    seen = [re.sub(r"(?s)<svg.*?</svg>|<[^>]*>", "", page) for page in pages]
    assert seen[0] == seen[1]


def test_a_rank_is_drawn_into_given_axes(made):
    axes = Figure().subplots(1, 2)
    assert made.plot.history(rank="deputy", ax=axes[1]) is axes[1].figure
    assert not axes[0].lines
    assert axes[1].patches
    with pytest.raises(InputError, match=r"argument rank: expected a rank, found depty. Did you mean 'deputy'"):
        made.plot.history(rank="depty")


def test_objects_are_run_as_given_and_the_manifest_holds_their_hash(place):
    priors = forecast.load_priors()
    scenario = forecast.load_scenario("trump")
    one, other = (forecast.run(scenario.model_copy(update={"title": title}), priors=priors, paths=40, threads=1)
                  for title in ("One", "Another"))
    hashes = [run.manifest["us_kz"]["hashes"] for run in (one, other)]
    assert hashes[0]["priors"] == hashes[1]["priors"]
    assert hashes[0]["scenario trump"] != hashes[1]["scenario trump"]
    assert one.contrast.empty
    with pytest.raises(InputError, match=r"two scenarios for a difference"):
        one.plot.contrast()


PAIRS = (("harris", "trump"), ("trump_belt_and_road", "trump"))


@pytest.mark.parametrize("pair", some(PAIRS, PAIRS[1:]), ids=" ".join)
def test_the_order_in_which_scenarios_are_named_changes_no_number(place, pair):
    """Differences are of the first outcome minus the second, and of what extends a scenario minus that one."""
    one, other = (forecast.run(list(named), paths=40, threads=1) for named in (pair, pair[::-1]))
    assert one.scenarios == other.scenarios == pair
    assert set(one.contrast["first"]) == {pair[0]}
    for table in ("summary", "contrast", "questions", "questions_contrast"):
        assert one.table(table).to_csv() == other.table(table).to_csv()


@pytest.mark.slow
def test_several_dyads_are_told_apart(place):
    second = write_second_dyad(place / "us_uz")
    run = forecast.run("trump", dyads=["forecast_record", second], paths=40, threads=1)
    assert run.dyads == ("us_kz", "us_uz")
    assert run.summary["dyad"].unique().tolist() == ["us_kz", "us_uz"]
    assert set(run.posterior.children) == {"us_kz", "us_uz"}
    assert list(run.contrast) == ["dyad", *columns_of("contrast.csv")]  # of one scenario: columns, and no rows
    folders = run.report("both")
    assert [folder.name for folder in folders] == ["us_kz", "us_uz"]
    back = forecast.load_run("both")
    assert back.dyads == run.dyads
    pd.testing.assert_frame_equal(back.summary, run.summary, rtol=1e-7, atol=1e-12, check_dtype=False)
    assert back.contrast.empty
    with pytest.raises(InputError, match=r"dyad: expected a dyad of the run, found 'us_tj'"):
        run.trajectories("trump", dyad="us_tj")
    with pytest.raises(InputError, match=r"expected dyads of different names"):
        forecast.run("trump", dyads=["forecast_record", "forecast_record"], paths=40)


def test_errors_name_what_is_wrong(made, place):
    with pytest.raises(InputError, match=r"expected a file or a shipped scenario, found neither. Did you mean 'trump'"):
        forecast.load_scenario("trumpp")
    with pytest.raises(InputError, match=r"argument paths: expected 1 or more, found 0"):
        forecast.run(paths=0)
    for name in ("scenarios", "dyads"):
        with pytest.raises(InputError, match=rf"argument {name}: expected {name}, or None for the shipped ones, found none"):
            forecast.run(**{name: []}, paths=40)
    with pytest.raises(InputError, match=r"scenario: expected a scenario of the run, found 'haris'. Did you mean 'harris'"):
        made.trajectories("haris")
    with pytest.raises(InputError, match=r"table: expected a table of a run, found 'sumary'. Did you mean 'summary'"):
        made.table("sumary")


@pytest.mark.slow
def test_a_run_that_was_changed_is_refused(made, place):
    (folder,) = made.report("changed")
    path = folder / "summary.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("harris", "harrys", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"summary.csv: whole file: expected the file as the program wrote it"):
        forecast.load_run("changed")


def test_a_run_of_an_older_version_is_refused_by_the_columns_that_it_lacks(made, place):
    """Its manifest agrees with its files, and nobody reads of a key that is missing somewhere in a figure."""
    shutil.copytree("forecast_run", place / "old")
    manifest = json.loads((place / "old" / "manifest.json").read_text(encoding="utf-8"))
    for name, column in (("variance.csv", "sd_mcse"), ("identification.csv", "prior_mean")):
        path = place / "old" / name
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table.drop(columns=column).to_csv(path, index=False)
        manifest["files"][name] = sha256(path)
    (place / "old" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match="every column that forecast run of this version writes") as told:
        forecast.load_run("old")
    found = {(Path(one.source).name, one.where, one.found) for one in told.value.faults}
    assert found == {("variance.csv", "column sd_mcse", "none"), ("identification.csv", "column prior_mean", "none")}
    assert all("repeat it with forecast run" in one.remedy for one in told.value.faults)


def test_figures_without_the_data_of_the_run_are_refused(made, place):
    other = write_second_dyad(place / "us_other")
    with pytest.raises(InputError, match=r"its hash in forecast_run/manifest.json"):
        forecast.load_run("forecast_run", data=other).plot.names()


@pytest.mark.slow
def test_a_frozen_run_is_the_frozen_directory(made):
    day = pd.Timestamp("2024-11-05").date()
    one, other = forecast.freeze(made, frozen_on=day), forecast.freeze("forecast_run", frozen_on=day)
    assert one.scenario == other.scenario
    assert json.loads(one.model_dump_json())["baseline"] == json.loads(other.model_dump_json())["baseline"]
    assert np.isfinite([value for rates in one.baseline["trump"].values() for pair in rates.values() for value in pair]).all()
