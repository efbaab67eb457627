"""Model output goes out and comes back, faults are named by row, and equal forecasts score alike."""

import numpy as np
import pytest

from forecast.errors import InputError
from forecast.evaluation.freezing import observed_counts
from forecast.evaluation.hub import ANSWER, OUTPUT_COLUMNS, model_output, tasks
from forecast.evaluation.hub_models import read_model_output, side_by_side
from forecast.evaluation.scores import rules
from tests.evaluation.frozen.example import contacts, frozen


@pytest.fixture
def file(tmp_path):
    model_output(frozen()).to_csv(tmp_path / "ours.csv", index=False)
    return tmp_path / "ours.csv"


def test_every_task_has_a_mean_quantiles_and_samples_and_every_question_probabilities():
    found = model_output(frozen())
    assert list(found.columns) == list(OUTPUT_COLUMNS)
    counts = found.groupby(["scenario_id", "output_type"]).size().unstack()
    assert (counts["mean"] == 4).all()
    assert (counts["quantile"] == 4 * len(frozen().level)).all()
    assert (counts["sample"] == 4 * 4).all()
    assert (found[found["output_type"] == "pmf"].groupby("scenario_id")["value"].sum() == 1).all()


def test_samples_are_paired_over_months_and_ranks():
    """One id is one path: contacts of its months and ranks together."""
    found = model_output(frozen()).query("output_type == 'sample' and scenario_id == 'one' and output_type_id == '1'")
    assert found.set_index(["rank", "target_month"])["value"].to_dict() == {
        ("president", "2025-01"): 1, ("president", "2025-02"): 0, ("cabinet", "2025-01"): 0, ("cabinet", "2025-02"): 1}


def test_it_comes_back(file):
    found = read_model_output(file, frozen())
    np.testing.assert_allclose(found["value"], model_output(frozen())["value"])


@pytest.mark.parametrize(("old", "new", "words"), [
    ("2025-01,president", "2025-13,president", "row 2, column target_month"),
    ("2025-01,president", "2025-01,presidnt", "president"),
    ("quantile,0.05", "quantile,5", "between 0 and 1"), ("pmf,yes,0.25", "pmf,yes,0.5", "add up to 1"),
    ("pmf,yes,", "pmf,maybe,", "no or yes"), ("mean,NA,", "mean,NA,-", "0 or more"), ("mean,NA,", "mean,NA,x", "a number"),
    ("output_type_id", "id", "no output_type_id"), ("quantile,0.05,", "quantile,0.05,7", "do not decrease"),
    ("sample,1,", "sample,0,", "a repetition"),
])
def test_faults_are_named(file, old, new, words):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=words):
        read_model_output(file, frozen())


@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n", b'a,b\n"1,2\n3'])
def test_what_is_no_csv_file_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "theirs.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"theirs\.csv: (whole file|header)"):
        read_model_output(tmp_path / "theirs.csv", frozen())


def test_scores_are_those_of_scoringrules_and_equal_forecasts_score_alike(file):
    given, found = frozen(), read_model_output(file, frozen())
    table = side_by_side({"ours": model_output(given), "theirs": found}, given, "trump", observed_counts(given, contacts()),
                         {"visit": True}, 2)
    assert set(table["scenario"]) == {"one", "open"}
    mean = table.groupby(["loss", "scenario", "model"])["value"].mean().unstack()
    np.testing.assert_allclose(mean["ours"], mean["theirs"])
    row = table.query("model == 'ours' and scenario == 'one' and task == 'president 2025-01' and loss == 'CRPS of samples'")
    assert row["value"].iloc[0] == pytest.approx(rules().crps_ensemble(1.0, np.array([0.0, 1.0, 0.0, 0.0])))
    assert table.query("model == 'ours' and scenario == 'one' and loss == 'Brier score'")["value"].tolist() == [0.75**2]


def test_who_leaves_tasks_out_is_compared_on_the_others(file):
    given, whole = frozen(), read_model_output(file, frozen())
    short = whole[(whole["output_type"] != "sample") | (whole["target_month"] == "2025-02")]
    table = side_by_side({"whole": whole, "short": short}, given, "trump", observed_counts(given, contacts()), {"visit": True}, 2)
    crps = table[(table["loss"] == "CRPS of samples") & (table["scenario"] == "one")]
    assert crps[crps["shared"]].groupby("model").size().to_dict() == {"whole": 2, "short": 2}
    assert crps[~crps["shared"]]["model"].tolist() == ["whole"] * 2
    assert table[table["loss"] != "CRPS of samples"]["shared"].all()


def test_tasks_ask_for_what_is_written():
    found = tasks(frozen())["rounds"][0]
    assert found["round_id"] == "origin_date"
    contact, asked = found["model_tasks"]
    assert contact["task_ids"]["target_month"]["optional"] == ["2025-01", "2025-02"]
    assert asked["output_type"]["pmf"]["output_type_id"]["required"] == list(ANSWER)
    assert list(contact["task_ids"]) == list(asked["task_ids"]) == list(OUTPUT_COLUMNS[:6])
