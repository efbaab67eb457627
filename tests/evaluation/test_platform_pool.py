"""The pool of forecasters: equal weights below ten resolved questions; from then on they find the better forecaster."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from forecast.errors import InputError
from forecast.evaluation.platform import CountedWindow, PlatformForecast, read_platform, text_of
from forecast.evaluation.platform_pool import (
    ENOUGH,
    EQUAL,
    POOL,
    Decided,
    check_outcome,
    check_same,
    decide,
    lessons,
    losses,
    pool_forecasters,
    pool_sentences,
    read_others,
    undecided,
)
from forecast.evaluation.platform_questions import platform_file
from forecast.evaluation.questions import OPEN
from forecast.posterior.pool import stacking_weights
from forecast.simulation.scenario import Question
from tests.evaluation.frozen.example import contacts, frozen, scenario
from tests.simulation.conftest import question

JANUARY, FEBRUARY = date(2025, 1, 31), date(2025, 2, 28)


def asked(many):
    """Ours: a forecast of so many binary questions, each of another number of contacts and so a fact of its own."""
    questions = tuple(Question.model_validate(question(f"q{place}", window=("2025-01", "2025-02"), at_least=place + 1))
                      for place in range(many))
    answers = {one.id: {"probability": 0.5, "mcse": 0.01, "draws": [0, 1, 0, 0]} for one in questions}
    found = platform_file(frozen(questions=questions, scenario={"one": scenario({"trump": 1.0}) | {"question": answers}},
                                 baseline={"trump": frozen().baseline["trump"]}))
    return found.model_copy(update={"questions": found.questions[:many], "forecasts": found.forecasts[:many]})


def told(ours, name, chances, **changed):
    """Another's forecasts of our questions; None where there is none."""
    forecasts = tuple(PlatformForecast(question=one.id, probability_yes=float(chance))
                      for one, chance in zip(ours.questions, chances, strict=True) if chance is not None)
    return ours.model_copy(update={"forecaster": name, "forecasts": forecasts} | changed)


def decided(ours, answers):
    """One answer a day; None is open."""
    return {one.id: Decided(answer=OPEN) if answer is None else Decided(answer=answer, on=date(2025, 2, 1 + place % 28))
            for place, (one, answer) in enumerate(zip(ours.questions, answers, strict=True))}


def weights(found):
    return found.forecasters.set_index("forecaster")["weight"]


# Weights.

def drawn(rng, many, noise):
    """Events with their chances, and forecasters who see the log odds of each with some noise."""
    odds = rng.normal(0, 1.5, many)
    events = np.where(rng.random(many) < 1 / (1 + np.exp(-odds)), "yes", "no")
    return events, [1 / (1 + np.exp(-odds - rng.normal(0, one, many))) for one in noise]


@pytest.mark.parametrize("resolved", [0, 1, ENOUGH - 1])
def test_below_ten_resolved_questions_weights_are_exactly_equal(resolved):
    """However much better one of them is."""
    ours = asked(20)
    others = [told(ours, "right", [0.99] * 20), told(ours, "wrong", [0.01] * 20)]
    found = pool_forecasters([ours, *others], decided(ours, ["yes"] * resolved + [None] * (20 - resolved)))
    assert (weights(found) == 1 / 3).all()
    assert found.resolved == resolved
    assert found.forecasters["equal_weight"].all()
    assert f"{resolved} of the 10 resolved questions" in next(pool_sentences(found))
    pooled = found.pooled.pivot(index="id", columns="forecaster", values="probability_yes")
    np.testing.assert_array_equal(pooled[POOL], pooled[EQUAL])


def test_from_ten_on_they_are_learned():
    ours = asked(ENOUGH)
    others = [told(ours, "right", [0.9] * ENOUGH), told(ours, "wrong", [0.2] * ENOUGH)]
    found = pool_forecasters([ours, *others], decided(ours, ["yes"] * ENOUGH))
    expected = stacking_weights(np.log([[0.5] * ENOUGH, [0.9] * ENOUGH, [0.2] * ENOUGH]))
    np.testing.assert_allclose(weights(found), expected)
    assert weights(found)["right"] > 0.5
    assert not found.forecasters["equal_weight"].any()


def test_learned_weights_find_the_better_forecaster():
    """Positive control: of 40 questions, in 100 repetitions; the worse one's log odds are off by 2."""
    rng, better = np.random.default_rng(1), []
    ours = asked(40)
    for _ in range(100):
        events, (good, bad) = drawn(rng, 40, (0.0, 2.0))
        found = lessons([told(ours, "good", good), told(ours, "bad", bad)], decided(ours, events)).weights()[0]
        better.append(found[0])
    assert np.mean(np.array(better) > 0.5) > 0.95
    assert np.mean(better) > 0.75


def test_learned_weights_prefer_none_of_two_that_are_alike():
    """Negative control: both see the log odds with as much noise; the mean weight is one half within its Monte Carlo error."""
    rng, first = np.random.default_rng(2), []
    ours = asked(40)
    for _ in range(200):
        events, (one, other) = drawn(rng, 40, (1.0, 1.0))
        first.append(lessons([told(ours, "a", one), told(ours, "b", other)], decided(ours, events)).weights()[0][0])
    error = np.std(first, ddof=1) / np.sqrt(len(first))
    assert error > 0
    assert abs(np.mean(first) - 0.5) < 3 * error


def test_two_that_say_the_same_have_the_same_weight():
    ours = asked(20)
    others = [told(ours, name, [0.7] * 20) for name in ("a", "b")]
    found = weights(pool_forecasters([ours, *others], decided(ours, ["yes"] * 20)))
    assert found["a"] == pytest.approx(found["b"])
    assert found["a"] > found["forecast"]


def test_a_resolved_question_is_pooled_by_what_was_decided_on_earlier_days():
    ours = asked(14)
    answers = decided(ours, ["yes"] * 13 + [None])
    others = [told(ours, "right", [0.9] * 14)]
    found = pool_forecasters([ours, *others], answers).pooled.query("forecaster == 'right'").set_index("id")["weight"]
    for place in range(13):
        score = np.log([[0.5] * place, [0.9] * place])
        expected = stacking_weights(score)[1] if place >= ENOUGH else 0.5
        assert found[f"one.q{place}"] == pytest.approx(expected)
    assert found["one.q13"] == pytest.approx(stacking_weights(np.log([[0.5] * 13, [0.9] * 13]))[1])


def test_an_answer_changes_no_weight_of_its_own_question():
    ours = asked(14)
    others = [told(ours, "right", np.linspace(0.6, 0.9, 14))]
    before = pool_forecasters([ours, *others], decided(ours, ["yes"] * 14)).pooled
    after = pool_forecasters([ours, *others], decided(ours, ["yes"] * 11 + ["no"] + ["yes"] * 2)).pooled
    same = [f"one.q{place}" for place in range(12)]
    for name in ("weight", "probability_yes"):
        np.testing.assert_array_equal(*(one.set_index("id").loc[same, name] for one in (before, after)))
    assert not before["weight"].equals(after["weight"])


def test_what_some_did_not_answer_teaches_nothing_and_is_pooled_by_the_others():
    ours = asked(12)
    others = [told(ours, "all", [0.9] * 12), told(ours, "some", [0.4] * 9 + [None] * 3)]
    found = pool_forecasters([ours, *others], decided(ours, ["yes"] * 12))
    assert found.resolved == 9
    last = found.pooled[found.pooled["id"] == "one.q11"].set_index("forecaster")
    assert list(last.index) == ["forecast", "all", POOL, EQUAL]
    assert last.loc[POOL, "probability_yes"] == pytest.approx(0.7)
    shared = found.scores.query("loss == 'Brier score'").set_index("forecaster")
    assert dict(shared["questions"]) == {"forecast": 9, "all": 9, "some": 9, POOL: 9, EQUAL: 9}
    assert dict(shared["answered"]) == {"forecast": 12, "all": 12, "some": 9, POOL: 12, EQUAL: 12}


def test_a_fact_that_is_asked_twice_teaches_once_given_who_won():
    """Under the winner and with the election open: ten facts, not twenty, and the answers given who won count."""
    answers = {f"q{place}": {"probability": 0.5, "mcse": 0.01, "draws": [0, 1, 0, 0]} for place in range(10)}
    questions = tuple(Question.model_validate(question(id, window=("2025-01", "2025-02"), at_least=place + 1))
                      for place, id in enumerate(answers))
    scenarios = {"open": {"harris": 0.5, "trump": 0.5}, "one": {"trump": 1.0}}
    base = frozen(questions=questions, scenario={name: scenario(outcome) | {"question": answers}
                                                 for name, outcome in scenarios.items()})
    ours = platform_file(base)
    binary = tuple(one for one in ours.questions if one.type == "binary")
    ours = ours.model_copy(update={"questions": binary, "forecasts": tuple(ours.forecasts[ours.questions.index(one)]
                                                                          for one in binary)})
    other = told(ours, "other", [0.2 if one.rule.given is None else 0.8 for one in binary])
    found = lessons([ours, other], {one.id: Decided(answer="yes", on=date(2025, 2, 1)) for one in binary})
    np.testing.assert_allclose(np.exp(found.score[1]), 0.8)
    assert found.score.shape == (2, 10)


# The pool itself.

def test_a_pool_of_distributions_is_their_weighted_mean_and_can_be_read(tmp_path):
    ours = platform_file(frozen())
    cdf = {one.question: tuple(value ** 2 for value in one.continuous_cdf) for one in ours.forecasts if one.continuous_cdf}
    other = ours.model_copy(update={"forecaster": "other", "as_of": date(2024, 12, 24), "forecasts": tuple(
        one.model_copy(update={"continuous_cdf": cdf[one.question]}) if one.question in cdf else one for one in ours.forecasts)})
    found = pool_forecasters([ours, other], undecided(ours))
    for id, values in found.file.forecast.items():
        np.testing.assert_allclose(values, (ours.forecast[id] + other.forecast[id]) / 2)
    (tmp_path / "pool.json").write_text(text_of(found.file), encoding="utf-8")
    again = read_platform(tmp_path / "pool.json")
    assert (again.forecaster, again.as_of) == (POOL, date(2024, 12, 24))
    assert "other could know the news of 50 more days than this forecast." in [*pool_sentences(found)]


def test_a_pool_with_a_forecaster_from_after_our_closing_can_be_read(tmp_path):
    """Whoever was asked later had questions that closed later."""
    ours = asked(2)
    late = told(ours, "late", [0.2, 0.3], as_of=date(2025, 2, 10))
    found = pool_forecasters([ours, late], undecided(ours))
    (tmp_path / "pool.json").write_text(text_of(found.file), encoding="utf-8")
    assert read_platform(tmp_path / "pool.json").as_of == date(2025, 2, 10)


def test_scores_are_means_of_losses_of_resolved_questions():
    ours = asked(3)
    found = pool_forecasters([ours, told(ours, "other", [0.8, 0.4, 0.5])], decided(ours, ["yes", "no", None]))
    means = found.scores.set_index(["loss", "forecaster"])["mean"]
    assert means["Brier score", "other"] == pytest.approx((0.04 + 0.16) / 2)
    assert means["log score", "other"] == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)
    assert means["Brier score", POOL] == pytest.approx((0.35 ** 2 + 0.45 ** 2) / 2)
    assert found.answers == {"yes": 1, "no": 1, "number": 0, "open": 1, "void": 0}


def test_what_was_said_to_be_impossible_has_a_score():
    ours = asked(1)
    found = losses(ours.questions[0], np.array([0.0]), "yes")
    assert found["log_score"] == pytest.approx(-np.log(1e-12))
    numeric = platform_file(frozen()).questions[1]
    assert np.isfinite(losses(numeric, np.linspace(0, 1, 201), "5000")["log_score"])


# How questions come out.

def test_questions_are_decided_by_coded_contacts():
    file = platform_file(frozen())
    known = {one.id: decide(one, contacts(), FEBRUARY, "trump") for one in file.questions}
    assert known["one.visit"] == Decided(answer="yes", on=date(2025, 1, 25))  # the day of the meeting after inauguration
    assert known["one.number.all.2025-01.2025-02"] == Decided(answer="3", on=FEBRUARY)
    assert known["one.number.president.2025-01.2025-02"] == Decided(answer="1", on=FEBRUARY)
    assert known["open.number.cabinet.2025-01.2025-02"].answer == "2"
    assert {one.answer for id, one in known.items() if id.startswith("other.")} == {"void"}
    early = {one.id: decide(one, contacts(), JANUARY, "trump") for one in file.questions}
    assert early["one.visit"].answer == "yes"
    assert early["one.number.all.2025-01.2025-02"] == Decided(answer="open")
    assert not early["one.number.all.2025-01.2025-02"].known


@pytest.mark.parametrize(("bound", "answer", "on"), [
    ({"at_least": 2}, "yes", date(2025, 2, 3)), ({"at_least": 4}, "no", FEBRUARY), ({"at_most": 2}, "no", date(2025, 2, 20)),
    ({"at_most": 3}, "yes", FEBRUARY),
])
def test_the_day_of_an_answer_is_that_after_which_nothing_could_change_it(bound, answer, on):
    content = question("q", window=("2025-01", "2025-02"))
    del content["at_least"]
    one = asked(1).questions[0]
    rule = one.rule.model_copy(update={"asks": Question.model_validate(content | bound)})
    assert decide(one.model_copy(update={"rule": rule}), contacts(), FEBRUARY, "trump") == Decided(answer=answer, on=on)


def test_months_before_the_term_do_not_count():
    one = platform_file(frozen()).question["one.number.all.2025-01.2025-02"]
    january = one.rule.model_copy(update={"counts": CountedWindow(rank="president", first="2025-01", last="2025-01")})
    assert decide(one.model_copy(update={"rule": january}), contacts(), FEBRUARY, "trump").answer == "1"


# Files of others.

def test_names_and_questions_that_do_not_fit_are_told_together(tmp_path):
    ours = asked(3)
    others = {"twin": told(ours, ours.forecaster, [0.1] * 3), "pool": told(ours, POOL, [0.1] * 3),
              "empty": told(ours, "empty", [None] * 3),
              "other": told(ours, "other", [0.1] * 3, questions=tuple(
                  one.model_copy(update={"id": "one.q7"}) if one.id == "one.q1" else one for one in ours.questions)),
              "rule": told(ours, "rule", [0.1] * 3, questions=tuple(
                  one.model_copy(update={"rule": one.rule.model_copy(update={"given": "harris"})}) for one in ours.questions))}
    only = (PlatformForecast(question="one.q7", probability_yes=0.1),)
    others["other"] = others["other"].model_copy(update={"forecasts": only})
    with pytest.raises(InputError, match="key forecaster") as raised:
        check_same(ours, [(Path(name), file) for name, file in others.items()])
    text = str(raised.value)
    assert "twin: key forecaster: expected a name that is not that of this program, found 'forecast'" in text
    assert "pool: key forecaster: expected a name that is not that of the pool" in text
    assert "empty: key forecasts: expected a forecast, found none" in text
    assert "other: question one.q7: expected a question of this forecast, found none of that id. Did you mean" in text
    assert text.count("rule: question one.q") == 3
    assert "key rule: expected what this forecast has, because it decides the answer, found something else" in text


def test_of_the_questions_of_another_forecast_the_first_twenty_are_told():
    ours = asked(30)
    another = told(ours, "other", [0.1] * 30, questions=tuple(
        one.model_copy(update={"rule": one.rule.model_copy(update={"dyad": "us_uz"})}) for one in ours.questions))
    with pytest.raises(InputError, match=r"found 10 more\. Perhaps these are questions of another forecast\.") as raised:
        check_same(ours, [(Path("other"), another)])
    assert len(raised.value.faults) == 21


def test_faults_of_all_files_are_told(tmp_path):
    ours = asked(1)
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="found no key") as raised:
        read_others([tmp_path / "a.json", tmp_path / "b.json"], ours)
    assert [Path(fault.source).name for fault in raised.value.faults] == ["a.json", "b.json"]


@pytest.mark.parametrize(("later", "outcome", "words"), [
    (True, None, "who won: one of harris, trump, found nothing"), (True, "trmp", "found 'trmp'. Did you mean 'trump'"),
    (False, "trump", "option --later: expected contacts coded later"),
])
def test_contacts_and_who_won_belong_together(later, outcome, words):
    with pytest.raises(InputError, match=words):
        check_outcome(frozen(), later, outcome)
