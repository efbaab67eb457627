"""A frozen forecast is what it was, or is refused; and its scores are those by hand."""

import hashlib
import json
from datetime import date

import numpy as np
import pytest
from scipy.stats import poisson

from forecast.errors import InputError
from forecast.evaluation.frozen.record import read_frozen, write_frozen
from forecast.evaluation.frozen.score import observed, of_months, score_frozen
from forecast.evaluation.scores.counts import AROUND
from tests.evaluation.frozen.example import RANKS, contacts, frozen

UNTIL = date(2025, 2, 28)


def test_it_comes_back_as_it_was_written(tmp_path):
    digest = write_frozen(frozen(), tmp_path / "one.json")
    found, again = read_frozen(tmp_path / "one.json")
    assert (found, again) == (frozen(), digest)
    assert write_frozen(frozen(), tmp_path / "two.json") == digest
    assert write_frozen(frozen(made_of={"seed": 2}), tmp_path / "three.json") != digest


def test_any_change_is_noticed(tmp_path):
    write_frozen(frozen(), tmp_path / "one.json")
    content = json.loads((tmp_path / "one.json").read_text())
    content["forecast"]["scenario"]["one"]["question"]["visit"]["probability"] = 0.9
    (tmp_path / "one.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="sha256"):
        read_frozen(tmp_path / "one.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": 1}'])
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "one.json").write_text(text)
    with pytest.raises(InputError, match="forecast freeze"):
        read_frozen(tmp_path / "one.json")


def test_contacts_before_inauguration_do_not_count():
    found = observed(frozen(), contacts())
    assert {key: one.tolist() for key, one in found.items()} == {"all": [1, 2], "president": [1, 0], "cabinet": [0, 2]}


def test_histograms_become_probabilities_with_a_little_around_them():
    found = of_months(frozen().scenario["one"], RANKS, 2)
    around = poisson([[0.5], [1], [2]]).pmf(np.arange(found.pmf.shape[1]))
    np.testing.assert_allclose(found.pmf[0], (1 - AROUND) * pad(np.array([1, 2, 1]) / 4, found) + AROUND * np.array([1, 2, 1]) / 4
                               @ around, atol=1e-9)
    np.testing.assert_allclose(found.pmf[3], (1 - AROUND) * pad(np.array([1.0]), found) + AROUND * around[0], atol=1e-9)
    assert (found.pmf[:, :8] > 0).all()


def pad(share, found):
    return np.pad(share, (0, found.pmf.shape[1] - len(share)))


def test_scores_by_hand_and_only_of_what_happened():
    found = score_frozen(frozen(), contacts(), UNTIL, "trump")
    assert set(found.months["forecaster"]) == {"one", "open", "steady"}
    row = found.months.query("forecaster == 'one' and rank == 'president' and month == '2025-01'").iloc[0]
    chance = (1 - AROUND) * np.array([3 / 4, 1 / 4, 0]) + AROUND * np.array([3 / 4, 1 / 4]) @ poisson([[0.5], [1]]).pmf([0, 1, 2])
    cdf = np.cumsum(chance)
    assert row["crps"] == pytest.approx(((cdf - np.array([0, 1, 1])) ** 2).sum(), rel=1e-5)
    assert row["log_score"] == pytest.approx(-np.log(chance[1]))
    steady = found.months.query("forecaster == 'steady' and rank == 'cabinet' and month == '2025-01'").iloc[0]
    assert steady["mean"] == pytest.approx(3 * 12 / 365.25)  # twelve days of that January belong to the term
    asked = found.questions.set_index("scenario").loc["one"]
    assert (asked["answer"], asked["contacts"], asked["brier"]) == ("yes", 1, pytest.approx(0.75**2))
    assert asked["log_score"] == pytest.approx(-np.log(0.25))


def test_what_is_not_over_is_not_scored():
    found = score_frozen(frozen(), contacts(), date(2025, 2, 10), "trump")
    assert (found.over, set(found.months["month"])) == (1, {"2025-01"})
    assert found.questions["answer"].unique().tolist() == ["yes"]  # one contact settles it, whatever comes
    with pytest.raises(InputError, match="the first month"):
        score_frozen(frozen(), contacts(), date(2025, 1, 25), "trump")


def test_baselines_are_those_of_the_winner():
    """One of them looks at years under the same type of administration."""
    mean = {outcome: score_frozen(frozen(), contacts(), UNTIL, outcome).months.query(
        "forecaster == 'steady' and rank == 'cabinet'")["mean"].sum() for outcome in ("trump", "harris")}
    assert mean["harris"] / mean["trump"] == pytest.approx(5 / 3)


def test_another_form_is_told_apart_from_a_change(tmp_path):
    content = json.loads(frozen().model_dump_json()) | {"format": 2}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    (tmp_path / "one.json").write_text(json.dumps({"sha256": digest, "forecast": content}))
    with pytest.raises(InputError, match="forecast.format"):
        read_frozen(tmp_path / "one.json")


def test_an_unknown_winner_is_refused():
    with pytest.raises(InputError, match="harris, trump"):
        score_frozen(frozen(), contacts(), UNTIL, "nobody")


def test_the_sequence_adds_up():
    found = score_frozen(frozen(), contacts(), UNTIL, "trump")
    months = found.months[found.months["rank"] != "all"].groupby(["forecaster", "month"])["crps"].sum()
    row = found.sequence.query("scenario == 'one' and month == '2025-02'").iloc[0]
    assert row["advantage"] == pytest.approx(months["steady", "2025-02"] - months["one", "2025-02"])
    assert row["evidence_better"] > 0
    assert (row["evidence_better"] > 1) == (row["evidence_worse"] < 1)
