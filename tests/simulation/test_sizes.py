"""Sizes that a scenario may assume: drawn right also far in a tail, and refused where no rate, chance or wait can be so large."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import truncnorm

from forecast.errors import ForecastError, InputError
from forecast.simulation.engine import simulate
from forecast.simulation.random import RATE_CAP
from forecast.simulation.scenario import load_scenario
from forecast.simulation.scenario.values import FAMILY
from tests.simulation.conftest import RATES, TERM_START, constant, event, make_scenario, question, source
from tests.simulation.example import EVENT, HEAD, fault_of

PROBABILITY = np.array([2.0**-53, 1e-9, 0.001, 0.05, 0.5, 0.95, 0.999, 1 - 1e-9, 1 - 2.0**-53])
TAILS = [
    (-0.5, 0.05, 0.0, 1.0),
    (0.5, 0.05, -1.0, 0.0),
    (0.0, 1.0, 2.0, 3.0),
    (0.0, 1.0, -3.0, -2.0),
    (1.0, 0.3, 12.0, 14.0),
    (0.0, 1.0, 37.0, 60.0),
    (0.0, 1.0, -60.0, -37.0),
    (0.0, 1.0, 0.5, 1e300),
    (0.0, 1.0, 5.0, 5.0000001),
]
INSIDE = [(0.1, 0.1, 0.0, 0.5), (0.0, 1.0, -1.0, 2.0), (0.2, 0.1, 0.2, 0.4), (0.2, 0.1, -1e300, 0.4)]


def before(p, mean, sd, low, high):
    """The formula without reflection."""
    below, above = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    return np.clip(mean + sd * ndtri(below + p * (above - below)), low, high)


@pytest.mark.parametrize("parameters", [*TAILS, *INSIDE])
def test_a_truncated_normal_has_the_quantiles_of_scipy(parameters):
    mean, sd, low, high = parameters
    found = FAMILY["truncated_normal"].quantile(PROBABILITY, *parameters)
    p = PROBABILITY[1:-1] if parameters in INSIDE else PROBABILITY  # there the last bit of a uniform is lost near the ends
    true = truncnorm.ppf(p, (low - mean) / sd, (high - mean) / sd, mean, sd)
    np.testing.assert_allclose(found[1:-1] if parameters in INSIDE else found, true, rtol=1e-8, atol=1e-12)
    assert (np.diff(found) >= 0).all()
    assert low <= found.min() <= found.max() <= high


def test_the_formula_without_reflection_is_wrong_in_the_upper_tail_only():
    upper, lower = TAILS[0], TAILS[1]
    assert FAMILY["truncated_normal"].quantile(0.5, *upper) == pytest.approx(0.0034206, rel=1e-4)
    assert before(0.5, *upper) == 1.0
    assert before(0.5, *lower) == pytest.approx(-0.0034206, rel=1e-4)


@pytest.mark.parametrize("parameters", INSIDE)
def test_where_the_mean_lies_between_the_ends_not_a_bit_has_changed(parameters):
    p = np.random.default_rng(1).random(2000)
    assert (FAMILY["truncated_normal"].quantile(p, *parameters) == before(p, *parameters)).all()


@pytest.mark.parametrize("parameters", [(0.0, 1.0, 1e160, 1e161), (0.0, 1.0, -1e300, -1e200), (0.0, 1e-300, 1.0, 2.0)])
def test_ends_beyond_all_numbers_of_deviations_give_the_nearer_end(parameters):
    found = FAMILY["truncated_normal"].quantile(PROBABILITY, *parameters)
    np.testing.assert_allclose(found, min(parameters[2:], key=abs), rtol=1e-9)


def with_size(key, value):
    return HEAD + EVENT.replace("      rate:\n        president: 0.5\n", f"      {key}\n".replace("VALUE", value))


RATE, TOPIC, OUTCOME, STATE, TONE = (
    "rate: {all: VALUE}",
    "topic: {trade: VALUE}",
    "outcome: VALUE",
    "state: VALUE",
    "tone: {home: VALUE}",
)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (RATE, "100", "a log rate from -6.9 to 6.9"),
        (RATE, "50", "a log rate"),
        (RATE, "-50", "a log rate"),
        (RATE, "1e308", "a log rate"),
        (RATE, "9" * 400, "a number of at most 18 digits"),
        (RATE, "9" * 5000, "a number of at most 18 digits"),
        (RATE, "{normal: [0, 3]}", "normal [0, 3] has -9.27 to 9.27 (0.1 and 99.9 %)"),
        (RATE, "{normal: [0, 1e308]}", "a log rate"),
        (RATE, "{uniform: [-1e308, 1e308]}", "a log rate"),
        (RATE, "{lognormal: [0, 1e5]}", "a log rate"),
        (RATE, "{student_t: [0.5, 0, 1]}", "a log rate"),
        (RATE, "{truncated_normal: [0, 1, 90, 100]}", "a log rate"),
        (RATE, "{normal: [true, 1]}", "2 numbers"),
        (RATE, '"0.1"', "a number, or one distribution"),
        (RATE, '{normal: "12"}', "2 numbers"),
        (TOPIC, "7", "log odds from -6.9 to 6.9"),
        (OUTCOME, "-40", "log odds"),
        (TONE, "{home: 1}", "a distribution that is known"),
        (TONE, "8", "log odds"),
        (STATE, "11", "standard deviations of the relation's swings, from -10 to 10"),
    ],
)
def test_a_size_that_nothing_has_is_refused_with_line_and_key(write, key, value, words):
    fault = fault_of(write(with_size(key, value)))
    assert fault.where.startswith("line 19, key events.0.effects.")
    assert words in fault.expected
    assert len(str(fault)) < 700


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (RATE, "6.9"),
        (RATE, "-6.9"),
        (RATE, "{normal: [0, 2]}"),
        (RATE, "{student_t: [3, 0, 0.5]}"),
        (STATE, "{normal: [0, 3]}"),
        (RATE, "{truncated_normal: [-0.5, 0.05, 0, 1]}"),
        (TOPIC, "{laplace: [0, 1]}"),
        (OUTCOME, "{gamma: [2, 2]}"),
    ],
)
def test_a_size_that_can_be_argued_for_is_read(write, key, value):
    assert load_scenario(write(with_size(key, value))).events[0].effects.size()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("half_life_months: 4", "half_life_months: 1e308", "a number of at most 1200"),
        ("half_life_months: 4", "half_life_months: true", "a number"),
        ("half_life_months: 4", 'half_life_months: "4"', "a number"),
        ("date: 2026-09", "hazard: {beta: [1e-300, 1e-300]}\n    start: 2025-06-15", "a month written YYYY-MM"),
        ("date: 2026-09", "window: [2026-01-15, 2026-02-20]", "a month written YYYY-MM"),
        ("date: 2026-09", "date: 202609", "a month"),
        ("date: 2026-09", "date: 2026-02-31", "a date of the calendar"),
    ],
)
def test_a_time_that_cannot_be_is_refused(write, old, new, words):
    assert words in fault_of(write((HEAD + EVENT).replace(old, new))).expected


def test_a_wait_of_any_length_is_a_wait_beyond_the_horizon():
    """The cast to whole months wrapped round to a negative month before."""
    waits = event(id="later", date=None, after="shock", delay_months={"lognormal": [0.0, 2.2]})
    scenario = make_scenario(events=[event(date="2025-02"), waits])
    from forecast.simulation.random import Noise
    from forecast.simulation.shocks import NEVER, draw_occurrence

    long = scenario.model_copy(
        update={
            "events": (
                scenario.events[0],
                scenario.events[1].model_copy(
                    update={"delay_months": scenario.events[1].delay_months.model_copy(update={"parameters": (90.0, 1.0)})}
                ),
            )
        }
    )
    assert (draw_occurrence(long, Noise(1), np.arange(500), 48)["later"] == NEVER).all()


OFFICIAL = "  - {{id: {}, title: A, reason: R, rank: {}, share: {}, appetite: 0.1{}}}\n"


@pytest.mark.parametrize(
    ("officials", "words"),
    [
        ([("a", "cabinet", 0.8, ""), ("b", "cabinet", 0.8, "")], "0.8 + 0.8 = 1.6"),
        (
            [("a", "cabinet", 0.6, ""), ("b", "deputy", 0.9, ""), ("c", "cabinet", 0.5, ", start: 2026-01")],
            "0.6 + 0.5 = 1.1",
        ),
        ([("a", "cabinet", "{uniform: [0.4, 0.6]}", ""), ("b", "cabinet", 0.5, "")], "0.59 + 0.5 = 1.09"),
        (
            [("a", "cabinet", 0.4, ", end: 2026-06"), ("b", "cabinet", 0.4, ", start: 2026-06"), ("c", "cabinet", 0.4, "")],
            "0.4 + 0.4 + 0.4 = 1.2",
        ),
    ],
)
def test_shares_of_one_rank_beyond_all_of_it_are_refused(write, officials, words):
    text = HEAD + "cabinet:\n" + "".join(OFFICIAL.format(*one) for one in officials)
    fault = fault_of(write(text))
    last = len(officials) - 1
    assert (fault.where, fault.found) == (f"line {12 + last}, key cabinet.{last}.share", words)
    assert "shares of cabinet contacts that add up to at most 1" in fault.expected


@pytest.mark.parametrize(
    "officials",
    [
        [("a", "cabinet", 0.8, ""), ("b", "deputy", 0.8, "")],
        [("a", "cabinet", 0.7, ""), ("b", "cabinet", 0.3, "")],
        [("a", "cabinet", 0.8, ", end: 2026-05"), ("b", "cabinet", 0.8, ", start: 2026-06")],
    ],
)
def test_shares_that_fit_are_read(write, officials):
    assert load_scenario(write(HEAD + "cabinet:\n" + "".join(OFFICIAL.format(*one) for one in officials))).cabinet


def run(log_rate, **changed):
    given = constant(
        50,
        log_rate=np.repeat(log_rate[:, None], 4, axis=1),
        dispersion=np.inf,
        state_loading=0.0,
        recorded_share=np.full(len(RATES), 0.9),
    )
    return simulate(source(given), make_scenario(**changed), paths=50, seed=1, term_start=TERM_START)


def test_more_contacts_than_can_be_drawn_are_told_and_never_cut():
    log_rate = np.log(RATES)
    log_rate[2] = np.log(12 * 4000.0)
    short = {"horizon": {"start": "2025-06", "end": "2025-07"}}
    assert run(log_rate, **short)["contact"].sum(("month", "outcome")).to_numpy()[:, 2].mean() > 7000  # two months of about 4,000
    with pytest.raises(
        ForecastError,
        match=r"Scenario synthetic: future \d+, month 2 of the horizon: \S+ contacts \(cabinet, "
        r"recorded or not\) are expected; at most 7,000",
    ):
        run(log_rate, **short, events=[event(date="2025-07", effects={"rate": {"all": 1.0}})])
    log_rate[2] = np.log(12 * 2 * RATE_CAP)
    with pytest.raises(ForecastError, match="narrow the priors"):
        run(log_rate, **short)


def test_matches_of_a_question_stay_at_the_most_that_can_be_held():
    """One future of very many contacts, none of which makes the count begin again at zero."""
    log_rate = np.log(RATES)
    log_rate[2] = np.log(12 * 5000.0)
    found = run(log_rate, horizon={"start": "2025-06", "end": "2026-12"}, questions=[question("all")])
    assert found["contact"].sum(("month", "rank", "outcome")).min() > 70_000
    assert (found["match"] == 65_535).all()


def test_a_file_of_the_shared_kind_is_refused_as_a_whole(write):
    """A size of a hundred was capped at 700 contacts a month before, without a word."""
    with pytest.raises(InputError, match=r"line 19, key events\.0\.effects\.rate\.all: expected a log rate from -6\.9 to 6\.9"):
        load_scenario(write(with_size(RATE, "100")))
