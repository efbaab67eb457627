"""Files of public platforms: they come back as they were, say what the platforms allow, and every fault is named."""

import json
import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.contacts import codes
from forecast.errors import InputError
from forecast.evaluation.hub import hub_files
from forecast.evaluation.platform import (
    LARGEST,
    CountedWindow,
    PlatformFile,
    PlatformForecast,
    PlatformQuestion,
    Rule,
    questions_of,
    read_platform,
    text_of,
)
from forecast.evaluation.platform_questions import (
    CODING_DAYS,
    count_forecast,
    counts_of,
    platform_cdf,
    platform_file,
    step_of,
)
from forecast.evaluation.scores import crps
from forecast.panel.elections import load_election
from forecast.simulation.scenario import Question
from tests.evaluation.frozen.example import frozen, scenario
from tests.simulation.conftest import question

LETTERS = list("abcxyz0189 .,:;#'\"\\/{}[]&*!|>%@`?-äğқ漢🙂")


def random_text(rng):
    return "t" + "".join(rng.choice(LETTERS, rng.integers(1, 60))).strip()


def some(rng, labels):
    """Some of the codes, or None for any."""
    many = rng.integers(0, len(labels))
    return None if not many else [str(one) for one in rng.choice(labels, many, replace=False)]


def random_question(rng, place):
    """A binary question of any codes and window, or a numeric one of any range."""
    first, length = rng.integers(0, 40), rng.integers(0, 8)
    months = [f"{2025 + at // 12}-{at % 12 + 1:02}" for at in (first, first + length)]
    rule = {"dyad": "us_kz", "partner": random_text(rng), "election": "us_2024", "given": [None, "trump"][rng.integers(2)],
            "begins": "2025-01-20"}  # fmt: skip
    base = {"id": f"q{place}", "title": random_text(rng), "description": random_text(rng),
            "resolution_criteria": random_text(rng), "fine_print": random_text(rng), "open_time": "2024-11-04T00:00:00Z",
            "scheduled_close_time": "2024-12-31T23:59:59Z", "scheduled_resolve_time": "2030-01-01T12:00:00Z",
            "unit": "contacts"[:rng.integers(9)]}  # fmt: skip
    if rng.integers(2):
        low, wide = rng.normal(0, 100), rng.exponential(1000) + 1
        scaling = {"range_min": low, "range_max": low + wide, "zero_point": [None, low - wide][rng.integers(2)]}
        ends = {"open_lower_bound": bool(rng.integers(2)), "open_upper_bound": bool(rng.integers(2))}
        counts = {"rank": ["all", *codes.RANK.labels][rng.integers(7)], "first": months[0], "last": months[1]}
        resolved = [None, "annulled", "12.5", "above_upper_bound"][rng.integers(4)]
        return base | {"type": "numeric", "scaling": scaling, "resolution": resolved, "rule": rule | {"counts": counts}} | ends
    kind = {"rank": some(rng, codes.RANK.labels), "topic": some(rng, codes.TOPIC.labels),
            "format": some(rng, codes.FORMAT.labels), "direction": some(rng, codes.DIRECTION.labels),
            "outcome": [None, 2][rng.integers(2)], "mechanism": [None, "standing", "none"][rng.integers(3)]}  # fmt: skip
    bound = [{"at_least": int(rng.integers(1, 9))}, {"at_most": int(rng.integers(0, 9))}][rng.integers(2)]
    about = {"contacts": {key: value for key, value in kind.items() if value is not None}}
    if not rng.integers(4):
        about = {"meetings": {"list": "visits"}}
    asks = {"id": f"q{place}", "text": random_text(rng), "background": random_text(rng), "window": months,
            "resolution": random_text(rng)} | bound | about  # fmt: skip
    resolved = [None, "yes", "no", "annulled"][rng.integers(4)]
    return base | {"type": "binary", "resolution": resolved, "rule": rule | {"asks": asks}}


def random_forecast(rng, one):
    if one["type"] == "binary":
        return {"question": one["id"], "probability_yes": float(rng.random())}
    cdf = np.sort(rng.random(201))
    cdf[0] = cdf[0] if one["open_lower_bound"] else 0.0
    cdf[-1] = cdf[-1] if one["open_upper_bound"] else 1.0
    return {"question": one["id"], "continuous_cdf": cdf.tolist()}


def random_file(seed, many=100):
    rng = np.random.default_rng(seed)
    questions = [random_question(rng, place) for place in range(many)]
    return PlatformFile.model_validate({"forecaster": "expert", "as_of": "2024-11-04", "questions": questions,
                                        "forecasts": [random_forecast(rng, one) for one in questions if rng.random() < 0.9]})


@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_questions_come_back_as_they_were(tmp_path, seed):
    file = random_file(seed)
    text = text_of(file)
    (tmp_path / "file.json").write_text(text, encoding="utf-8")
    again = read_platform(tmp_path / "file.json")
    assert again == file
    assert text_of(again) == text
    assert {one.type for one in again.questions} == {"binary", "numeric"}
    asked = [Question.model_validate(one) for one in questions_of(again, tmp_path)]
    assert asked == [one.rule.asks for one in file.questions if one.rule.asks]


def test_questions_of_a_forecast_come_back_whatever_they_ask(tmp_path):
    """Through the words and codes of an export, not only through a file."""
    rng = np.random.default_rng(5)
    asked = [Question.model_validate(one["rule"]["asks"]) for place in range(250)
             if (one := random_question(rng, place))["type"] == "binary"][:100]  # fmt: skip
    assert len(asked) == 100
    inside = [one.model_copy(update={"window": (date(2025, 1, 1), date(2025, 2, 1))}) for one in asked]
    one = scenario({"trump": 1.0})
    answers = {each.id: {"probability": float(rng.random()), "mcse": 0.01, "draws": [0, 1, 0, 0]} for each in inside}
    file = platform_file(frozen(questions=tuple(inside), scenario={"one": one | {"question": answers}},
                                baseline={"trump": frozen().baseline["trump"]}))
    (tmp_path / "file.json").write_text(text_of(file), encoding="utf-8")
    again = read_platform(tmp_path / "file.json")
    assert [Question.model_validate(each) for each in questions_of(again, tmp_path)] == inside
    np.testing.assert_allclose([again.forecast[f"one.{id}"][0] for id in answers],
                               np.clip([each["probability"] for each in answers.values()], 0.001, 0.999))


# What a platform takes.

HISTOGRAM = st.lists(st.integers(0, 1000), min_size=1, max_size=400).filter(any).map(tuple)


@settings(max_examples=60, deadline=None)
@given(HISTOGRAM, HISTOGRAM)
def test_distributions_are_such_as_the_platform_takes(histogram, other):
    """The rules of its serializer, on values as it rounds them; also where the range was chosen by another histogram."""
    for deciding in (histogram, other):
        cdf = np.round(platform_cdf(counts_of(histogram), step_of(deciding)), 10)
        steps = np.round(np.diff(cdf), 9)
        assert len(cdf) == 201
        assert cdf[0] == 0
        assert cdf[-1] <= 0.999
        assert steps.min() >= np.round(0.01 / 200, 9)
        assert steps.max() <= 0.2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=120).filter(any).map(tuple))
def test_a_distribution_gives_back_the_probabilities_of_counts(histogram):
    """But for the 1.1 % that the platform wants elsewhere."""
    given, step = counts_of(histogram), step_of(histogram)
    file = platform_file(frozen())
    scaling = file.questions[1].scaling.model_copy(update={"range_max": -0.5 + 200 * step})
    found = count_forecast(np.array(platform_cdf(given, step)), scaling)
    both = np.zeros((2, max(found.pmf.shape[1], given.pmf.shape[1])))
    both[0, :found.pmf.shape[1] - 1], both[1, :given.pmf.shape[1]] = found.pmf[0, :-1], given.pmf[0]
    inside = found.pmf.shape[1] - 1
    if step <= 1:
        assert np.abs(both[0, :inside] - 0.989 * both[1, :inside] - 0.01 / inside).max() < 1e-8
    assert found.pmf[0, -1] < 0.002 + 1e-9


def test_one_wild_future_of_many_does_not_make_the_range_coarse():
    calm = (0,) * 50 + (10_000,) * 20
    assert step_of((*calm, *(0,) * 700, 1)) == step_of(calm) == 1.0


def test_the_score_of_a_distribution_is_that_of_its_counts():
    """By hand: sum over counts of (F - 1)^2, with F as it was published."""
    file = platform_file(frozen())
    one = next(one for one in file.questions if one.id == "one.number.president.2025-01.2025-02")
    cdf = file.forecast[one.id]
    at = cdf[5::5]  # a step is a fifth of a contact
    expected = (at[:1] ** 2).sum() + ((1 - at[1:]) ** 2).sum()
    assert crps(count_forecast(cdf, one.scaling), np.array([1.0]))[0] == pytest.approx(expected)


# Rules in sentences.

def exported(**changed):
    kind = {"rank": ["president", "cabinet"], "topic": ["energy"], "direction": ["us_to_partner"], "mechanism": "none",
            "outcome": 2}  # fmt: skip
    asked = Question.model_validate(question("visit", window=("2025-01", "2025-02"), **kind))
    return platform_file(frozen(questions=(asked,)), "a" * 64, load_election("us_2024"), **changed)


@pytest.mark.parametrize(("first", "last", "days"), [
    ("2024-12", "2025-02", (date(2025, 1, 20), date(2025, 2, 28))),
    ("2028-06", "2029-01", (date(2028, 6, 1), date(2029, 1, 19)))])
def test_days_outside_the_term_count_in_no_rule(first, last, days):
    rule = Rule(dyad="us_kz", partner="Kazakhstan", election="us_2024", begins=date(2025, 1, 20),
                counts=CountedWindow(rank="all", first=first, last=last))
    assert rule.days == days


def test_rules_say_what_counts_when_who_codes_and_what_is_void():
    one = exported().questions[0]
    assert one.title == ("How many? (if Trump wins the election of 5 November 2024 (President of the United States))")
    for part in ("official United States–Kazakhstan contacts in the record us_kz, dated from 20 January 2025 to 28 February "
                 "2025, both days included, of which all of this holds:",
                 "president (the President of the United States) or cabinet (secretaries",
                 "us_to_partner (the US principal is in the partner state)", "energy (oil, gas", "no standing mechanism",
                 "coded 2 (memorandum, plan, or funding announced or signed) or higher",
                 "resolves as yes if their number is at least 1, and as no otherwise"):
        assert part in one.resolution_criteria
    for part in ("Who decides: coders of the record us_kz", "coded up to 28 February 2025",
                 "Void: unless Trump wins the election of 5 November 2024", "annulled, which is neither yes nor no",
                 "Days before 20 January 2025", "By counting."):
        assert part in one.fine_print
    assert (one.open_time, one.scheduled_close_time) == ("2024-11-04T00:00:00Z", "2025-01-20T00:00:00Z")
    assert one.scheduled_resolve_time == f"{date(2025, 3, 1) + timedelta(days=CODING_DAYS)}T00:00:00Z"


def test_questions_and_hub_name_the_two_states_of_the_forecast():
    forecast = frozen(home="Synthetic Aland", partner="Synthetic Beland")
    told = "".join(one.model_dump_json() for one in platform_file(forecast, "a" * 64, load_election("us_2024")).questions)
    assert "official Synthetic Aland–Synthetic Beland contacts" in told
    assert "the Synthetic Aland side was led by" in told
    assert "Official contacts: Synthetic Aland and Synthetic Beland, " in hub_files(forecast, "a" * 64, "team", "model")[
        "hub-config/admin.json"]
    assert "United States–" not in told
    assert frozen().home == "United States"  # files that name none were made before other states could be named


def test_with_the_election_open_nothing_is_void():
    one = exported().question["open.visit"]
    assert one.title == "How many?"
    assert "counts whoever wins the election; it is never void" in one.fine_print
    assert one.rule.given is None


def test_totals_of_years_are_asked_where_the_horizon_has_several_and_taken_from_all_paths_of_a_run():
    two = {"month": ("2025-12", "2026-01"), "questions": (), "scenario": {"one": scenario({"trump": 1.0}) | {"question": {}}},
           "baseline": {"trump": frozen().baseline["trump"]}}  # fmt: skip
    kept = platform_file(frozen(**two))
    assert [one.id for one in kept.questions][-2:] == ["one.number.all.2025-12.2025-12", "one.number.all.2026-01.2026-01"]
    given = platform_file(frozen(**two), years={"one": {"2025": (0, 0, 8), "2026": (8,)}})
    assert [one.scaling for one in given.questions] == [one.scaling for one in kept.questions]
    one = given.questions[-2]
    assert count_forecast(given.forecast[one.id], one.scaling).quantile(0.5)[0] == 2
    assert "8 simulated futures" in one.description
    assert "4 simulated futures" in kept.questions[-2].description


def test_what_is_over_on_the_day_of_the_forecast_is_not_asked_and_what_goes_on_closes_at_its_end(tmp_path):
    """A forecast from within the term: its first month is over, and its second has begun."""
    asked = tuple(Question.model_validate(question(name, window=window)) for name, window in (
        ("over", ("2025-01", "2025-01")), ("goes_on", ("2025-01", "2025-02")), ("begins", ("2025-02", "2025-02"))))
    answers = {one.id: {"probability": 0.5, "mcse": 0.01, "draws": [0, 1, 0, 0]} for one in asked}
    given = {"scenario": {"one": scenario({"trump": 1.0}) | {"question": answers}}, "questions": asked,
             "baseline": {"trump": frozen().baseline["trump"]}}  # fmt: skip
    found = platform_file(frozen(as_of=date(2025, 1, 31), frozen_on=date(2025, 2, 1), **given))
    closes = {one.id: one.scheduled_close_time for one in found.questions if one.type == "binary"}
    assert closes == {"one.goes_on": "2025-03-01T00:00:00Z", "one.begins": "2025-02-01T00:00:00Z"}
    (tmp_path / "file.json").write_text(text_of(found), encoding="utf-8")
    assert read_platform(tmp_path / "file.json") == found
    with pytest.raises(InputError, match="expected one whose window is not over, found none, as of 2025-02-28"):
        platform_file(frozen(as_of=date(2025, 2, 28), frozen_on=date(2025, 3, 1), **given))


def test_scenarios_that_assume_events_are_not_asked():
    assumed = {"one": scenario({"trump": 1.0}), "summit": scenario({"trump": 1.0}) | {"assumes": ["summit"]}}
    found = platform_file(frozen(scenario=assumed, baseline={"trump": frozen().baseline["trump"]}))
    assert {one.id.partition(".")[0] for one in found.questions} == {"one"}
    with pytest.raises(InputError, match="expected one without assumed events, found assumptions in summit"):
        platform_file(frozen(scenario={"summit": assumed["summit"]}, baseline={"trump": frozen().baseline["trump"]}))


def test_a_day_of_closing_lies_between_the_forecast_and_the_end_of_the_first_window():
    found = exported(close=date(2025, 2, 1))
    assert {one.scheduled_close_time for one in found.questions} == {"2025-02-02T00:00:00Z"}
    for day in (date(2024, 11, 4), date(2025, 3, 1)):
        with pytest.raises(InputError, match=r"option --close: expected a day after 2024-11-04, .* up to 2025-02-28"):
            exported(close=day)


# Faults.

def changed(path, value):
    """An export as JSON, with one value replaced; None removes it."""
    content = json.loads(text_of(exported()))
    *steps, last = path
    place = content
    for step in steps:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return content


CDF = ["forecasts", 1, "continuous_cdf"]
FAULTS = [
    (["format"], 2, "key format: expected 1"), (["forecaster"], ..., "an object with the keys forecaster"),
    (["forecaster"], " a", "one line of printable characters"), (["as_of"], "soon", "a day written YYYY-MM-DD"),
    (["as_of"], "2025-01-20", r"key forecasts.0: expected a forecast from before 2025-01-20T00:00:00Z"),
    (["strange"], 1, "key strange: expected no such key"), (["questions"], [], "at least one entry"),
    (["questions", 0, "type"], "date", "key questions.0.type"),
    (["questions", 0, "type"], "numeric", "a value, as the question is"),
    (["questions", 1, "type"], "binary", "none, as the question is binary"),
    (["questions", 1, "id"], "one.visit", "each question once, found one.visit 2 times"),
    (["questions", 0, "id"], "one visit", "printable characters without a space"),
    (["questions", 0, "open_time"], "2024-11-04", "a time written YYYY-MM-DDTHH:MM:SSZ"),
    (["questions", 0, "open_time"], "2024-02-30T00:00:00Z", "a time written YYYY-MM-DDTHH:MM:SSZ"),
    (["questions", 0, "scheduled_close_time"], "2024-01-01T00:00:00Z", "open_time before it"),
    (["questions", 0, "resolution"], "maybe", "yes, no, annulled, ambiguous or null, found 'maybe'"),
    (["questions", 1, "resolution"], "many", "a number as a text"), (["questions", 1, "resolution"], "nan", "a number as a text"),
    (["questions", 0, "rule", "asks"], ..., "one of the keys asks and counts"),
    (["questions", 0, "rule", "asks", "at_least"], 0, "key questions.0.rule.asks.at_least"),
    (["questions", 0, "rule", "asks", "dyad"], "us_uz", "key questions.0.rule.asks.dyad: expected us_kz, or none"),
    (["questions", 1, "rule", "counts", "rank"], "king", "key questions.1.rule.counts.rank"),
    (["questions", 1, "rule", "counts", "last"], "2024-12", "months from 2025-01 on"),
    (["questions", 1, "scaling", "range_min"], 1e9, "range_min below range_max"),
    (["questions", 1, "scaling", "zero_point"], 3, "a number outside the range"),
    (["questions", 1, "scaling"], None, "a value, as the question is numeric"),
    (["forecasts", 0, "question"], "one.vist", "the id of a question of the file, such as one.visit, found 'one.vist'"),
    (["forecasts", 0, "probability_yes"], 1.5, "a number of at most 1, found 1.5"),
    (["forecasts", 0, "probability_yes"], None, "key forecasts.0.probability_yes: expected a value"),
    (["forecasts", 1, "probability_yes"], 0.5, "no such key, as the question is numeric"),
    ([*CDF, 7], 0.9, "key forecasts.1.continuous_cdf.8: expected values that do not decrease"),
    ([*CDF, 0], 1e-9, "key forecasts.1.continuous_cdf.0: expected 0, as this bound is not open"),
    ([*CDF, 3], "0.1", "key forecasts.1.continuous_cdf.3: expected a number"),
    (CDF, [0.0] * 200, "at least 201 entries"), (CDF, [0.0] * 202, "at most 201 entries"),
]


@pytest.mark.parametrize(("path", "value", "words"), FAULTS)
def test_faults_are_named_by_their_key(tmp_path, path, value, words):
    (tmp_path / "bad.json").write_text(json.dumps(changed(path, value)), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_platform(tmp_path / "bad.json")


def test_all_faults_of_a_file_are_told_at_once(tmp_path):
    content = changed(["forecasts", 0, "probability_yes"], 2)
    content["questions"][0]["open_time"], content["as_of"] = "today", "now"
    (tmp_path / "bad.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="a day written YYYY-MM-DD") as raised:
        read_platform(tmp_path / "bad.json")
    assert [fault.where for fault in raised.value.faults] == [
        "key as_of", "key questions.0.open_time", "key forecasts.0.probability_yes"]


def test_of_many_faults_the_first_twenty_are_told(tmp_path):
    content = changed(["format"], 1)
    content["forecasts"] = [{"question": f"none{place}", "probability_yes": 0.5} for place in range(50)]
    (tmp_path / "bad.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="found 30 more") as raised:
        read_platform(tmp_path / "bad.json")
    assert len(raised.value.faults) == 21


@pytest.mark.parametrize(("text", "words"), [
    ("[" * 100 + "]" * 100, "valid JSON"), ("[]", "found a list"), ("{}", "found no key"), ("", "valid JSON"),
    ('{"forecaster": NaN}', "NaN, which is no number of JSON"), (" " * (LARGEST + 1), f"at most {LARGEST:,} bytes"),
])
def test_what_is_no_such_file_is_refused(tmp_path, text, words):
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_platform(tmp_path / "bad.json")


def test_questions_of_one_id_must_be_one_question(tmp_path):
    content = json.loads(text_of(exported()))
    asks = next(one for one in content["questions"] if one["id"] == "open.visit")["rule"]["asks"]
    asks["at_least"] = 2
    (tmp_path / "bad.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"rule.asks: expected the question that visit is before, found another of that id"):
        questions_of(read_platform(tmp_path / "bad.json"), tmp_path / "bad.json")


def test_nothing_is_written_that_could_not_be_read():
    file = exported()
    bad = file.model_copy(update={"forecasts": (PlatformForecast(question="none", probability_yes=0.5),)})
    with pytest.raises(InputError, match="the id of a question of the file"):
        text_of(bad)


def test_keys_are_those_of_the_platform():
    """Of the schemas Question, QuestionScaling, BinaryForecast and NumericForecast, but for the rule in codes and the unit."""
    published = {"id", "title", "description", "open_time", "scheduled_resolve_time", "scheduled_close_time", "type",
                 "resolution", "open_upper_bound", "open_lower_bound", "resolution_criteria", "fine_print",
                 "scaling"}  # fmt: skip
    assert set(PlatformQuestion.model_fields) - published == {"rule", "unit"}
    one = json.loads(text_of(exported()))
    assert set(one["forecasts"][0]) == {"question", "probability_yes"}
    assert set(one["forecasts"][1]) == {"question", "continuous_cdf"}
    assert set(one["questions"][1]["scaling"]) == {"range_max", "range_min", "zero_point"}
    assert math.isclose(one["questions"][1]["scaling"]["range_min"], -0.5)
