"""A frozen forecast is what it was, or is refused; and its scores are those by hand."""

import hashlib
import json
import random
import re
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from forecast.contacts.codes import RANK
from forecast.errors import InputError
from forecast.evaluation.freezing import (
    ScenarioSummary,
    baseline_series,
    check_same_dyad,
    frozen_scenario,
    observed_counts,
    of_months,
    planned_power,
    score_frozen,
)
from forecast.evaluation.frozen import read_frozen, write_frozen
from forecast.evaluation.hub import model_output
from forecast.evaluation.scores import AROUND
from tests.evaluation.frozen.example import RANKS, contacts, frozen
from tests.evaluation.mutation import of_bytes, of_value
from tests.fixture.record import RECORD

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
    with pytest.raises(InputError, match=r"key sha256: expected [0-9a-f]{64}, the hash of its content"):
        read_frozen(tmp_path / "one.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": 1}'])
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "one.json").write_text(text)
    with pytest.raises(InputError, match="forecast freeze"):
        read_frozen(tmp_path / "one.json")


def test_contacts_before_inauguration_do_not_count():
    found = observed_counts(frozen(), contacts())
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
    forged(tmp_path / "one.json", json.loads(frozen().model_dump_json()) | {"format": 3})
    with pytest.raises(InputError, match=r"forecast\.format: expected 1 or 2, the forms that this version reads, found 3"):
        read_frozen(tmp_path / "one.json")


def forged(path, content):
    """A file whose hash is that of its content; infinity as the number that is read as such."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps({"sha256": digest, "forecast": content}).replace("Infinity", "1e999"))


def test_a_file_of_the_first_form_keeps_the_levels_of_its_tasks(tmp_path):
    """Byte by byte what was written before forecasts named their levels, with the hash it had then."""
    shutil.copy(Path(__file__).with_name("format_1.json"), tmp_path / "old.json")
    found, digest = read_frozen(tmp_path / "old.json")
    assert digest == "1ff2184471e5bb0772afa4e3d43a82e8ff0ddd9b588f18e4dca73b5ebe669153"
    assert (found.format, found.level) == (1, (0.05, 0.25, 0.5, 0.75, 0.95))
    assert (frozen().format, frozen().level) == (2, (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975))
    assert write_frozen(found, tmp_path / "again.json") == digest
    assert score_frozen(found, contacts(), UNTIL, "trump").over == 2


@pytest.mark.parametrize(("where", "value", "words"), [
    (("scenario", "one", "question", "visit", "probability"), 1.5, "a number of at most 1, found 1.5"),
    (("scenario", "one", "question", "visit", "probability"), True, "a number, found true"),
    (("scenario", "one", "question", "visit", "probability"), 1e999, "a finite number, found inf"),
    (("scenario", "one", "question", "visit", "draws"), [0], "4 entries, one for each path of draws, found 1"),
    (("scenario", "one", "question", "other"), {"probability": 0.5, "mcse": 0.1, "draws": [0] * 4}, "the id of a question"),
    (("scenario", "one", "month", "all"), [[1, 2, 1]], "2 entries, one for each month, found 1"),
    (("scenario", "one", "month", "all", 0), [], "at least one entry"),
    (("scenario", "one", "month", "all", 0), [1, 2], "4 paths in all, found 3"),
    (("scenario", "one", "month", "all", 0), [0] * 50_000 + [4], "at most 3000 entries, found a list of 50001"),
    (("scenario", "one", "month", "all", 0, 0), "1", "a whole number, found '1'"),
    (("scenario", "one", "month", "cabinet"), None, "a list, found null"),
    (("scenario", "one", "outcome"), {"trump": 0.3}, "add up to 1, found 0.3"),
    (("scenario", "one", "draws", 0), [[0, 1]], "2 months of 2 ranks"),
    (("scenario", "one", "draws"), [[[0, 1], [0, 1]]], "as many paths and draws in every scenario"),
    (("baseline", "trump"), {}, "the same baselines for every outcome"),
    (("baseline",), {"trump": {}}, "the keys harris, trump, found trump"),
    (("baseline", "trump", "steady"), {"all": [2.0, 1.0]}, "the keys all, cabinet, president, found all"),
    (("baseline", "trump", "steady", "all"), [1e9, 1e-9], "at most 36000 contacts a year"),
    (("baseline", "trump", "steady", "all"), [1.0, 0], "a number above 0"),
    (("month",), ["2025-01", "2025-03"], "months that follow one another"),
    (("month", 0), "2025-13", "a month written YYYY-MM"), (("month",), ["2024-01", "2024-02"], "2025-01, when the term begins"),
    (("rank",), ["president", "king"], "some of president"), (("rank",), ["cabinet"] * 2, "each entry once"),
    (("as_of",), 1730678400, "a day written YYYY-MM-DD"), (("level",), [0.5, 0.5], "levels that increase"),
    (("level",), [0.5, 1.0], "a number below 1"), (("questions", 0, "dyad"), "us_uz", "us_kz, or none, found us_uz"),
    (("questions", 0, "window"), ["2024-01", "2024-02"], "months within 2025-01 to 2025-02, found 2024-01 to 2024-02"),
    (("scenario", "one", "surprise"), 1, "no such key"), (("scenario", "../one"), {}, "lower-case letters"),
])
def test_a_forged_file_with_its_own_hash_is_valid_or_refused(tmp_path, where, value, words):
    content = json.loads(frozen().model_dump_json())
    holder = content
    for step in where[:-1]:
        holder = holder[step]
    holder[where[-1]] = value
    forged(tmp_path / "one.json", content)
    with pytest.raises(InputError, match=re.escape(words)):
        read_frozen(tmp_path / "one.json")


@pytest.mark.parametrize(("text", "words"), [
    ("[" * 3000 + "]" * 3000, "mappings and lists inside one another|deep nesting"), ('{"sha256": "\\ud800"}', "surrogate"),
    ('{"sha256": 1, "sha256": 2}', "twice"), ('{"sha256": NaN}', "NaN"), ("9" * 5000, "digits"), ("{", "valid JSON"),
    ('{"sha256": "x", "forecast": [1]}', "the keys sha256 and forecast"),
])
def test_what_is_no_such_file_is_one_message(tmp_path, text, words):
    (tmp_path / "one.json").write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_frozen(tmp_path / "one.json")
    assert len(caught.value.faults) == 1


def test_a_file_with_very_many_keys_is_refused_before_they_are_checked(tmp_path):
    content = json.loads(frozen().model_dump_json())
    content["questions"][0] |= {f"key{number}": 1 for number in range(100_000)}
    forged(tmp_path / "one.json", content)
    with pytest.raises(InputError, match="at most 100,000 keys"):
        read_frozen(tmp_path / "one.json")


def test_a_file_that_would_need_gigabytes_to_be_scored_is_refused(tmp_path):
    """A few thousand characters; with one histogram to the end of the grid, all cells of all scenarios are as long."""
    content = json.loads(frozen().model_dump_json())
    content |= {"month": [f"{2025 + number // 12}-{number % 12 + 1:02}" for number in range(120)], "questions": []}
    one = content["scenario"]["one"] | {"draws": [[[0, 0]] * 120], "question": {}}
    one["month"] = {key: [[0] * 2999 + [4]] + [[4]] * 119 for key in one["month"]}
    content["scenario"] = {f"s{number}": one for number in range(20)}
    content["baseline"] = {"trump": content["baseline"]["trump"]}
    forged(tmp_path / "one.json", content)
    with pytest.raises(InputError, match="need at most 10,000,000 probabilities, found 21,600,000") as caught:
        read_frozen(tmp_path / "one.json")
    assert len(caught.value.faults) == 1


def test_many_faults_are_counted(tmp_path):
    content = json.loads(frozen().model_dump_json())
    content |= {f"key{number}": 1 for number in range(30)}
    forged(tmp_path / "one.json", content)
    with pytest.raises(InputError, match=r"whole file: expected none of these faults, found 10 more") as caught:
        read_frozen(tmp_path / "one.json")
    assert len(caught.value.faults) == 21


def test_a_scenario_with_the_name_of_a_baseline_keeps_its_row():
    named = frozen(scenario={"steady": frozen().scenario["one"]})
    found = score_frozen(named, contacts(), UNTIL, "trump")
    assert found.months["forecaster"].unique().tolist() == ["steady", "steady (baseline)"]
    alone = score_frozen(frozen(), contacts(), UNTIL, "trump").months
    assert (found.months.query("forecaster == 'steady'")["crps"].tolist()
            == alone.query("forecaster == 'one'")["crps"].tolist())


def test_contacts_of_another_dyad_are_refused(tmp_path):
    folder = shutil.copytree(RECORD, tmp_path / "us_uz")
    described = (folder / "dyad.yaml").read_text()
    (folder / "dyad.yaml").write_text(described.replace("id: us_kz", "id: us_uz"))
    check_same_dyad(frozen(), RECORD)
    check_same_dyad(frozen(), RECORD / "contacts.csv")
    with pytest.raises(InputError, match="expected us_kz, the dyad of the forecast, found us_uz"):
        check_same_dyad(frozen(), folder)


def test_a_forecast_without_questions_is_scored():
    without = {name: one.model_copy(update={"question": {}}) for name, one in frozen().scenario.items()}
    found = score_frozen(frozen(scenario=without, questions=()), contacts(), UNTIL, "trump")
    assert found.questions.empty
    assert set(found.months["forecaster"]) == {"one", "open", "steady"}


def test_a_term_without_a_contact_is_scored():
    found = score_frozen(frozen(), contacts().iloc[:0], UNTIL, "trump")
    assert (found.months["count"] == 0).all()
    assert found.questions["answer"].unique().tolist() == ["no"]


def test_a_run_with_more_contacts_than_can_be_scored_is_not_frozen():
    paths = pd.DataFrame({"path": [0, 0], "month": [0, 1]} | {f"contact_{rank}": [0, 0] for rank in RANK.labels})
    paths["contact_cabinet"] = [1, 3000]
    told = ScenarioSummary(name="many", title="Many", outcome={"trump": 1.0}, assumes=(), questions=())
    with pytest.raises(InputError, match=r"scenario many: .* expected fewer than 3000 contacts a month, found 3000"):
        frozen_scenario(told, paths, pd.DataFrame(), pd.DataFrame(columns=["id"]))


@pytest.mark.parametrize("seed", range(50))
def test_a_damaged_file_is_refused_or_scored(tmp_path, seed):
    """Any other exception than InputError fails; so does a loss that is no number."""
    rng, path = random.Random(seed), tmp_path / "one.json"
    write_frozen(frozen(), path)
    if seed % 5 == 0:
        path.write_bytes(of_bytes(rng, path.read_bytes()))
    else:
        forged(path, of_value(rng, json.loads(path.read_bytes())["forecast"]))
    try:
        given, _ = read_frozen(path)
        found = score_frozen(given, contacts(), UNTIL, "trump")
    except InputError:
        return
    assert np.isfinite(found.months[["crps", "log_score"]]).all(axis=None)
    assert len(model_output(given)) > 0


def test_an_unknown_winner_is_refused():
    with pytest.raises(InputError, match="harris, trump"):
        score_frozen(frozen(), contacts(), UNTIL, "nobody")


def test_the_sequence_adds_up():
    found = score_frozen(frozen(), contacts(), UNTIL, "trump")
    months = found.months[found.months["rank"] != "all"].groupby(["forecaster", "month"])["crps"].sum()
    row = found.sequence.query("scenario == 'one' and month == '2025-02'").iloc[0]
    assert row["advantage"] == pytest.approx(months["steady", "2025-02"] - months["one", "2025-02"])
    assert row["evidence_better"] > 1 > row["evidence_worse"] > 0


def test_evidence_is_told_against_all_baselines_with_its_power():
    """Two baselines: a mean by scores, the least by likelihoods; power is a share of the four frozen paths."""
    two = {outcome: rates | {"busy": {"all": (9.0, 1.0), "president": (6.0, 1.0), "cabinet": (9.0, 1.0)}}
           for outcome, rates in frozen().baseline.items()}
    found = score_frozen(frozen(baseline=two), contacts(), UNTIL, "trump")
    last = found.sequence.query("scenario == 'one' and month == '2025-02'").set_index("baseline")
    single, every = last.loc[["steady", "busy"]], last.loc["all baselines"]
    for key in ("advantage", "evidence_better", "evidence_worse", "likelihood_worse"):
        assert every[key] == pytest.approx(single[key].mean())
    assert every["likelihood_better"] == single["likelihood_better"].min()
    by_hand = found.months.query("rank != 'all'").groupby("forecaster")["log_score"].sum()
    assert np.log(last.loc["steady", "likelihood_better"]) == pytest.approx(by_hand["steady"] - by_hand["one"], rel=1e-6)
    assert found.power["by"].tolist() == ["scores", "likelihoods"] * 2
    assert (found.power["power"] * 4 % 1 == 0).all()
    assert (found.power["months"] == 2).all()
    levels = found.power[["level_better", "level_worse"]].to_numpy()
    assert (levels[::2] == 20).all()
    assert (levels[1::2, 0] >= 20).all()
    assert np.isinf(levels[1::2, 1]).all()  # four paths do not know what happens once in twenty


def test_power_is_the_same_before_anything_happened():
    planned = planned_power(frozen())
    told = score_frozen(frozen(), contacts(), UNTIL, "trump").power
    pd.testing.assert_frame_equal(planned[planned["outcome"] == "trump"].drop(columns="outcome").reset_index(drop=True), told)
    assert set(planned["outcome"]) == set(frozen().baseline)


def test_power_is_high_beside_a_baseline_that_is_far_off_and_low_beside_one_that_is_near():
    beside_far, beside_near = (
        planned_power(frozen(baseline={outcome: {"other": dict.fromkeys(("all", *RANKS), rate)} for outcome in frozen().baseline})
                      ).query("scenario == 'one' and by == 'likelihoods'")["power"] for rate in ((900.0, 1.0), (0.5, 0.05)))
    assert (beside_far == 1).all()
    assert (beside_near.to_numpy() < 1).all()  # ten a year and widely spread: near what some of the paths hold


def test_series_of_a_baseline_share_one_rate_over_months():
    many, rate = 20_000, {"all": (2.0, 1.0), "president": (0.5, 0.05), "cabinet": (400.0, 20.0)}
    found = baseline_series(frozen(), rate, many)
    years = np.array([12, 28]) / 365.25
    assert found.shape == (many, 2, 2)
    for place, rank in enumerate(frozen().rank):
        shape, mean = rate[rank][0], rate[rank][0] / rate[rank][1] * years
        np.testing.assert_allclose(found[:, :, place].mean(axis=0), mean, rtol=0.08)
        together = np.cov(found[:, :, place].T)[0, 1]
        assert together == pytest.approx(mean.prod() / shape, abs=12 * np.sqrt((mean + mean**2 / shape).prod() / many))
        assert place or together > 0.05  # the weak rate of the first is shared


def test_evidence_of_the_months_so_far_does_not_depend_on_later_ones():
    early, late = (score_frozen(frozen(), contacts(), until, "trump").sequence for until in (date(2025, 2, 1), UNTIL))
    pd.testing.assert_frame_equal(early.reset_index(drop=True), late[late["month"] == "2025-01"].reset_index(drop=True))
