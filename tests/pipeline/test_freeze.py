"""A run directory is frozen whole or not at all, and what is frozen is what the run says."""

import json
import shutil
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.errors import InputError
from forecast.evaluation.frozen.record import read_frozen, write_frozen
from forecast.evaluation.frozen.score import score_frozen
from forecast.pipeline import chain, read, run_to
from forecast.pipeline.freeze import freeze
from tests.fixture.record import RECORD
from tests.golden.example import posteriors
from tests.golden.test_run import REQUEST

TODAY = date(2024, 11, 4)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run without its report."""
    inputs = read(REQUEST)
    folder = tmp_path_factory.mktemp("frozen") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "fit", lambda *_: posteriors(inputs.panel, inputs.priors))
        patch.setattr("forecast.report.archive.copy_posteriors", lambda *_: None)
        patch.setattr("forecast.pipeline.output.write_report", lambda *_: None)
        run_to(folder, inputs, REQUEST, lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def frozen(run):
    return freeze(run, RECORD, TODAY)


def test_distributions_are_those_of_the_paths(run, frozen):
    paths = pd.read_parquet(run / "trajectories" / "trump.parquet")
    total = paths.groupby("path")["contact_cabinet"].sum()
    np.testing.assert_array_equal(frozen.scenario["trump"].term["cabinet"], np.bincount(total))
    assert all(sum(histogram) == REQUEST.paths for months in frozen.scenario["trump"].month.values() for histogram in months)
    first = np.array(frozen.scenario["trump"].draws)
    cabinet = paths["contact_cabinet"].to_numpy().reshape(REQUEST.paths, -1)
    np.testing.assert_array_equal(first[:, :, frozen.rank.index("cabinet")], cabinet[:len(first)])


def test_answers_are_those_of_the_run(run, frozen):
    told = pd.read_csv(run / "questions.csv").set_index(["scenario", "id"])["probability"]
    found = {(name, id): answer.probability for name, one in frozen.scenario.items() for id, answer in one.question.items()}
    assert found == told.to_dict()


def test_only_the_baseline_that_looks_at_the_winner_differs_between_outcomes(frozen):
    first, second = frozen.baseline["harris"], frozen.baseline["trump"]
    assert {name for name in first if first[name] != second[name]} == {"same party"}


def test_it_is_scored_after_a_while_without_its_run(frozen, tmp_path):
    write_frozen(frozen, tmp_path / "frozen.json")
    again, _ = read_frozen(tmp_path / "frozen.json")
    nothing = pd.read_csv(RECORD / "contacts.csv", parse_dates=["date"]).iloc[:0]
    found = score_frozen(again, nothing, date(2025, 6, 30), "trump")
    assert found.over == 6
    assert set(found.months["forecaster"]) == {"trump", *frozen.baseline["trump"]}
    assert np.isfinite(found.months["log_score"]).all()


@pytest.mark.parametrize("name", ["questions.csv", "trajectories/harris.parquet", "trajectories/trump_questions.parquet",
                                  "manifest.json"])
def test_a_run_of_which_something_is_gone_is_refused(run, tmp_path, name):
    folder = shutil.copytree(run, tmp_path / "run")
    (folder / name).unlink()
    with pytest.raises(InputError, match=name):
        freeze(folder, RECORD, TODAY)


def test_a_manifest_of_something_else_is_refused(run, tmp_path):
    folder = shutil.copytree(run, tmp_path / "run")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({key: value for key, value in manifest.items() if key != "gates"}))
    with pytest.raises(InputError, match="no key gates"):
        freeze(folder, RECORD, TODAY)


def test_data_that_changed_since_are_refused(run, tmp_path):
    data = shutil.copytree(RECORD, tmp_path / "us_kz")
    (data / "contacts.csv").write_text((data / "contacts.csv").read_text() + "\n")
    with pytest.raises(InputError, match="its hash"):
        freeze(run, data, TODAY)
