"""``forecast calibrate`` on replications that are already there: verdicts, exit codes, files."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast import shipped
from forecast.components.registry import COMPONENT
from forecast.contacts.region import load_region
from forecast.kept import write_kept
from forecast.pipeline import Request, read
from forecast.pipeline.fits import outcomes
from forecast.pipeline.running_term import UpdateRequest, read_term
from forecast.posterior.calibration import (
    CONTRAST,
    LIKELIHOOD,
    NEXT_TERM,
    RANKS,
    RUNNING_TERM,
    Replication,
    _Kept,
    settings_of,
    studies,
)
from forecast.shipped import CASE

COUNT, SEED = 60, 20241104
WITHIN = date(2022, 6, 30)


def call(*arguments):
    return CliRunner().invoke(app, ["calibrate", "effectiveness", "--simulations", str(COUNT), *arguments])


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plant(rank, *, control=None, at="drift", within=None):
    """Replications with the given ranks of one quantity; those of all others are uniform."""
    request, uniform = Request(seed=SEED), np.random.default_rng(2).permutation(np.arange(COUNT) * RANKS // COUNT)
    inputs = read_term(request, UpdateRequest(as_of=within)).now if within else read(request)
    (study,) = studies(inputs.panel, inputs.priors, ["effectiveness"], SEED, outcomes(inputs), control=control)
    study.folder.mkdir(parents=True)
    for number in range(COUNT):
        found = {"drift": int(uniform[number]), "breadth": int(uniform[number]), LIKELIHOOD: int(uniform[-number - 1]),
                 **({f"{RUNNING_TERM}logit": int(uniform[number - 7])} if within else
                    {f"{NEXT_TERM}logit": int(uniform[number - 7]), f"{CONTRAST}logit": int(uniform[number - 9])})}
        found[at] = int(rank[number])
        write_kept(study.path(number), _Kept(rank=found, max_rhat=1.0, min_ess=400.0, divergences=0))
    return study


EVEN = np.random.default_rng(1).permutation(np.arange(COUNT) * RANKS // COUNT)
TOO_NARROW = np.where(EVEN < RANKS // 2, EVEN // 8, RANKS - 1 - (RANKS - 1 - EVEN) // 8)  # the truth lies outside too often


def test_uniform_ranks_pass_and_everything_is_written(cache):
    plant(EVEN)
    result = call("--out", "out")
    assert result.exit_code == 0, result.output
    summary = pd.read_csv(cache / "out" / "calibration_summary.csv")
    assert summary.loc[0, ["component", "replications", "quantities"]].tolist() == ["effectiveness", COUNT, 5]
    assert summary.loc[0, "uniform"]
    kinds = pd.read_csv(cache / "out" / "calibration.csv").set_index("quantity")["kind"]
    assert kinds.to_dict() == {"drift": "parameter", "breadth": "parameter", LIKELIHOOD: "log_likelihood",
                               f"{NEXT_TERM}logit": "next_term", f"{CONTRAST}logit": "contrast"}
    assert "Less than that can be wrong and pass" in result.output
    assert "Written: out/calibration.csv, calibration_summary.csv, calibration.pdf, .svg, .png" in result.stdout
    assert sorted(path.name for path in (cache / "out").iterdir()) == [
        "calibration.csv", "calibration.pdf", "calibration.png", "calibration.svg", "calibration_summary.csv",
        "manifest.json"]


def test_ranks_of_a_posterior_that_is_too_narrow_are_rejected(cache):
    plant(TOO_NARROW)
    result = call()
    assert result.exit_code == 1
    assert "Ranks are not uniform for effectiveness" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("at", "kind"), [(f"{NEXT_TERM}logit", "next_term"), (f"{CONTRAST}logit", "contrast")])
def test_a_wrong_projection_is_rejected_by_its_own_ranks(cache, at, kind):
    plant(TOO_NARROW, at=at)
    assert call("--out", "out").exit_code == 1
    summary = pd.read_csv(cache / "out" / "calibration_summary.csv").loc[0]
    assert summary["worst"] == at
    assert summary[f"p_ecdf_{kind}"] < 0.001 < 0.1 < summary["p_ecdf_parameter"]


@pytest.mark.parametrize(("rank", "rejected"), [(EVEN, 0), (TOO_NARROW, 1)])
def test_a_subtle_control_is_told_with_its_power_and_fails_nothing(cache, rank, rejected):
    plant(rank, control="subtle")
    result = call("--control", "subtle", "--out", "out")
    assert result.exit_code == 0, result.output
    told = " ".join(result.output.split())
    assert ("effectiveness, terms: the last quarter of every term taken for the next term's. "
            f"Rejected in {rejected} of 1 studies of {COUNT} replications (power" in told)
    summary = pd.read_csv(cache / "out" / "subtle_summary.csv").loc[0]
    assert summary[["control", "studies", "studies_rejected", "study_size"]].tolist() == ["terms", 1, rejected, COUNT]
    assert summary["power_high"] - summary["power_low"] > 0.9


def test_calibration_and_controls_of_one_folder_stay_together(cache):
    plant(EVEN)
    plant(TOO_NARROW, control="coarse")
    plant(EVEN, control="subtle")
    plant(EVEN, within=WITHIN)
    within = ("--within", "--as-of", str(WITHIN))
    for arguments in ((), within, ("--control", "coarse"), (), ("--control", "subtle"), within):
        result = call(*arguments, "--out", "out")
        assert result.exit_code == 0, result.stderr
    assert {f"{name}_summary.csv" for name in ("calibration", "control", "subtle", "within_calibration")} <= {
        path.name for path in (cache / "out").iterdir()}


@pytest.mark.parametrize(("rank", "code"), [(EVEN, 1), (TOO_NARROW, 0)])
def test_the_coarse_control_must_be_rejected(cache, rank, code):
    plant(rank, control="coarse")
    result = call("--control", "coarse")
    assert result.exit_code == code
    assert ("The control was not rejected for effectiveness" in result.stderr) == bool(code)


def test_only_what_is_missing_is_done(cache, monkeypatch):
    study = plant(EVEN)
    study.path(7).unlink()
    asked = []
    monkeypatch.setattr("forecast.posterior.calibration.run",
                        lambda wanted, count, *_: asked.extend(
                            number for one in wanted for number in range(count) if not one.path(number).exists()))
    call()
    assert asked == [7]


def test_a_term_that_runs_is_ranked_in_place_of_the_next(cache):
    governing, = outcomes(read_term(Request(seed=SEED), UpdateRequest(as_of=WITHIN)).now)
    assert (governing.president, governing.ahead) == ("Biden", 0)
    plant(TOO_NARROW, at=f"{RUNNING_TERM}logit", within=WITHIN)
    result = call("--within", "--as-of", str(WITHIN), "--out", "out")
    assert result.exit_code == 1
    assert "Ranks are not uniform for effectiveness" in result.stderr
    assert f"us_kz, the term that runs on {WITHIN}" in " ".join(result.output.split())
    row = pd.read_csv(cache / "out" / "within_calibration_summary.csv").loc[0]
    assert (row["replications"], row["worst"]) == (COUNT, f"{RUNNING_TERM}logit")
    assert (row["dyad"], row["as_of"]) == ("us_kz", str(WITHIN))
    assert row["p_ecdf_running_term"] < 0.001 < 0.1 < row["p_ecdf_parameter"]
    assert np.isnan(row["p_ecdf_next_term"])


@pytest.mark.parametrize("day", ["1952-12-01", "2025-06-30", "2035-12-01"])
def test_a_day_of_which_no_record_tells_is_refused_with_what_this_command_can_do(cache, day):
    result = call("--within", "--as-of", day)
    assert result.exit_code == 2
    assert "Give a day within a term, to which the record is coded; or leave --within out." in " ".join(result.stderr.split())
    assert "--later" not in result.stderr
    assert not list(cache.iterdir())


def test_without_a_day_no_term_runs(cache):
    result = call("--within")
    assert result.exit_code == 2
    assert "option --as-of" in result.stderr
    assert "a day within a term" in result.stderr
    assert not list(cache.iterdir())


def test_an_unknown_component_is_named_before_anything_is_done(cache):
    result = CliRunner().invoke(app, ["calibrate", "efectiveness"])
    assert result.exit_code == 2
    assert "Did you mean 'effectiveness'?" in result.stderr
    assert not list(cache.iterdir())


REGION = ("--region", CASE.region)


def test_the_fit_to_a_region_is_calibrated_as_it_is_and_in_files_of_its_own(cache, monkeypatch):
    monkeypatch.setattr("forecast.posterior.calibration.run", lambda wanted, *_: [shapes.append(one.shape) for one in wanted])
    monkeypatch.setattr("forecast.posterior.calibration.replications", lambda study, count: REPLICATIONS)
    shapes: list = []
    result = CliRunner().invoke(app, ["calibrate", "frequency_drift", *REGION, "--simulations", "20", "--out", "out"])
    assert result.exit_code == 0, result.output
    assert {*load_region(shipped.REGION).dyads} < {*shapes[0].coord["dyad"]}
    assert settings_of(shapes[0]).draws > settings_of(dyad_alone(shapes[0])).draws
    summary = pd.read_csv(cache / "out" / "region_calibration_summary.csv")
    assert summary.loc[0, ["component", "dyad"]].tolist() == ["frequency_drift", CASE.region]


def test_a_fit_to_a_region_is_asked_only_of_what_is_estimated_from_it(cache):
    result = CliRunner().invoke(app, ["calibrate", "agenda", "frequency_walk", *REGION])
    assert result.exit_code == 2
    assert "found agenda." in " ".join(result.stderr.split())


def test_without_components_all_that_are_estimated_from_the_region_are_calibrated(cache, monkeypatch):
    names: list[str] = []
    monkeypatch.setattr("forecast.posterior.calibration.run", lambda wanted, *_: names.extend(one.name for one in wanted))
    monkeypatch.setattr("forecast.posterior.calibration.replications", lambda study, count: REPLICATIONS)
    CliRunner().invoke(app, ["calibrate", *REGION, "--simulations", "20", "--out", "out"])
    assert names == [name for name, one in COMPONENT.items() if one.section == "frequency"]


REPLICATIONS = [Replication(rank={"drift": int(EVEN[number]), LIKELIHOOD: int(EVEN[-number - 1])}, max_rhat=1.0, min_ess=400.0,
                            divergences=0) for number in range(20)]


def dyad_alone(shape):
    return replace(shape, coord={**shape.coord, "dyad": shape.coord["dyad"][:1]})
