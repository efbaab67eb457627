"""The engine against closed forms; every check is also shown to reject a wrong value."""

from datetime import date
from itertools import product

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import nbinom

from forecast.contacts import codes
from forecast.panel.calendar import month_exposure
from forecast.simulation.engine import simulate
from tests.conftest import some, some_rows
from tests.simulation.conftest import CUT, RANKS, RATES, TERM_START, TOPICS, constant, event, make_scenario, question, source

PATHS = 4000
FLAT = {"season": np.ones(12), "state_loading": 0.0}
EXPOSURE = month_exposure(date(2025, 1, 1), date(2028, 12, 1), TERM_START).sum(axis=1)
ALIKE = FLAT | {
    "dispersion": np.inf,
    "mechanism_logit": np.full(RANKS, -1.0),
    "outcome_location": np.full(RANKS, 0.4),
    "direction_logit": np.tile([0.5, 0.3, -1.0, -0.5], (RANKS, 1)),
    "outcome_breadth": 0.0,
    "topic_logit": np.tile(np.linspace(-3, 1, TOPICS), (RANKS, 1)),
}


def run(*, seed=1, events=(), **changed):
    scenario = make_scenario(events=list(events))
    return simulate(
        source(constant(PATHS, **changed)), scenario, paths=PATHS, seed=seed, term_start=TERM_START
    )


def score(excess):
    """How many Monte Carlo standard errors the mean over paths lies from zero."""
    return abs(np.mean(excess)) / (np.std(excess) / np.sqrt(len(excess)))


def agrees(excess):
    return score(excess) < 4


def year_of_contacts(found):
    """Contacts of February to December 2026, which lie in one year of the term: (path, rank)."""
    return found.contact.sum("outcome").isel(month=slice(13, 24)).sum("month").to_numpy().astype(float)


@pytest.fixture(scope="module")
def dispersed():
    return year_of_contacts(run(**FLAT, dispersion=3.0))


@pytest.mark.parametrize("rank", range(RANKS))
def test_mean_of_a_year(dispersed, rank):
    expected = RATES[rank] * EXPOSURE[13:24].sum()
    assert agrees(dispersed[:, rank] - expected)
    assert not agrees(dispersed[:, rank] - 1.15 * expected)


@pytest.mark.parametrize("rank", [2, 3, 4])
def test_recorded_contacts_are_the_recorded_share_of_all(rank):
    found = run(**FLAT, dispersion=3.0)
    recorded = found.contact.isel(rank=rank).sum(("month", "outcome")).to_numpy().astype(float)
    missed = found.unrecorded.isel(rank=rank).sum("month").to_numpy().astype(float)
    share = constant(1).recorded_share[0, rank]
    assert agrees(recorded - share * (recorded + missed))
    assert not agrees(recorded - (share + 0.03) * (recorded + missed))


@pytest.mark.parametrize("rank", [2, 3, 4])
def test_variance_of_a_year_is_negative_binomial(dispersed, rank):
    expected = RATES[rank] * EXPOSURE[13:24].sum()
    squared = (dispersed[:, rank] - expected) ** 2
    assert agrees(squared - (expected + expected**2 / 3.0))
    assert not agrees(squared - (expected + expected**2 / 5.0))
    assert not agrees(squared - expected)


def test_frailty_is_independent_between_years_and_ranks():
    count = run(**FLAT, dispersion=1.0).contact.sum("outcome").to_numpy().astype(float)
    mean = RATES * EXPOSURE[:, None]
    one, other = (count - mean)[:, 13:24].sum(axis=1), (count - mean)[:, 25:36].sum(axis=1)
    assert agrees(one[:, 3] * other[:, 3])
    assert agrees(one[:, 3] * one[:, 4])
    first, second = (count - mean)[:, 13:18].sum(axis=1), (count - mean)[:, 18:24].sum(axis=1)
    assert not agrees(first[:, 3] * second[:, 3])  # halves of one year share it


@pytest.mark.parametrize("apart", [0, 1, 6])
def test_relation_state_makes_months_covary(apart):
    persistence, loading = 0.8, 0.5
    found = run(season=np.ones(12), dispersion=np.inf, state_loading=loading, state_persistence=persistence)
    mean = RATES * EXPOSURE[:, None]
    excess = found.contact.sum("outcome").to_numpy() - mean
    cabinet, deputy = excess[:, : 48 - apart, 2], excess[:, apart:, 3]
    scale = (mean[: 48 - apart, 2] * mean[apart:, 3]).mean()
    product = (cabinet * deputy).mean(axis=1)
    assert agrees(product - scale * np.expm1(loading**2 * persistence**apart))
    assert not agrees(product - scale * np.expm1(loading**2 * 0.3 ** (apart + 1)))
    assert agrees(excess.mean(axis=(1, 2)))  # the state does not move the mean


def test_season_multiplies_months():
    season = np.ones(12)
    season[[3, 9]] = 0.5, 1.5
    count = run(dispersion=np.inf, state_loading=0.0, season=season).contact.sum(("outcome", "rank"))
    april = count.isel(month=[3, 15, 27, 39]).sum("month").to_numpy()
    expected = RATES.sum() * EXPOSURE[[3, 15, 27, 39]].sum()
    assert agrees(april - 0.5 * expected)
    assert not agrees(april - expected)


def test_step_multiplies_the_rate_by_its_exponential():
    count = run(**FLAT, dispersion=np.inf, events=[event(effects={"rate": {"cabinet": 0.5}})]).contact.sum(
        "outcome"
    )
    expected = RATES * EXPOSURE[17:].sum()
    after = count.isel(month=slice(17, None)).sum("month").to_numpy()
    assert agrees(after[:, 2] - np.exp(0.5) * expected[2])
    assert not agrees(after[:, 2] - expected[2])
    assert agrees(after[:, 3] - expected[3])


@pytest.mark.parametrize(("topic", "breadth"), some_rows(product((0, 7, 14), (0.0, 1.2)), [(0, 1.2), (7, 0.0), (14, 1.2)]))
def test_topic_probability(topic, breadth):
    found = run(**ALIKE | {"breadth_sd": breadth})
    point, weight = np.polynomial.hermite_e.hermegauss(60)
    each = expit(ALIKE["topic_logit"][0][:, None] + breadth * point)
    some = 1 - np.prod(1 - each, axis=0)
    probability = np.sum(weight * each[topic] / some) / np.sqrt(2 * np.pi)
    contacts = found.contact.sum(("month", "rank", "outcome")).to_numpy().astype(float)
    mentions = found.mention.isel(topic=topic).sum("month").to_numpy()
    assert agrees(mentions - probability * contacts)
    assert not agrees(mentions - 1.1 * probability * contacts)


def test_every_contact_names_a_topic_however_rare_topics_are():
    found = run(**ALIKE | {"topic_logit": np.full((RANKS, TOPICS), -6.0), "breadth_sd": 2.0})
    contacts = found.contact.sum(("rank", "outcome"))
    assert (found.mention.sum("topic") >= contacts).all()
    share = found.mention.sum(("path", "month")) / contacts.sum()
    assert share.to_numpy() == pytest.approx(float(share.mean()), rel=0.05)  # none is preferred


def mixture(value_without, value_with):
    """Average over contacts outside and inside a standing mechanism."""
    inside = expit(-1.0)
    return (1 - inside) * value_without + inside * value_with


def outcome_probability(cut=CUT):
    below = mixture(*(expit(one - 0.4) for one in cut))
    return np.diff(below, prepend=0.0, append=1.0)


@pytest.mark.parametrize("outcome", some(range(4), (0, 3)))
def test_outcome_frequency(outcome):
    count = run(**ALIKE).contact.sum(("month", "rank")).to_numpy().astype(float)
    assert agrees(count[:, outcome] - outcome_probability()[outcome] * count.sum(axis=1))
    assert not agrees(count[:, outcome] - outcome_probability(CUT[[0, 0]])[outcome] * count.sum(axis=1))


def test_outcome_rises_with_breadth():
    wide, narrow = (
        run(**ALIKE | {"outcome_breadth": value}).contact.sum(("path", "month", "rank"))
        for value in (1.0, -1.0)
    )
    assert (wide * [0, 1, 2, 3]).sum() / wide.sum() > (narrow * [0, 1, 2, 3]).sum() / narrow.sum()


@pytest.mark.parametrize("side", [0, 1])
def test_pages_and_tone(side):
    log_mean, more, cut, location, warmer = (
        [0.3, 0.9],
        [0.5, 0.2],
        [[-2.0, 0.5], [-1.0, 1.0]],
        [0.2, -0.3],
        [0.8, 0.4],
    )
    found = run(
        **ALIKE
        | {
            "pages_log_mean": np.repeat(log_mean, RANKS).reshape(2, RANKS),
            "known_elsewhere": 0.2,
            "pages_outcome": more,
            "tone_location": np.repeat(location, RANKS).reshape(2, RANKS),
            "tone_outcome": warmer,
            "tone_cut": cut,
        }
    )
    agreed = 1 - outcome_probability()[0]
    each = np.exp(np.array(log_mean)[:, None] + np.outer(more, [0, 1]))
    size = np.array([[1.5], [0.8]])
    recorded = 1 - (1 - 0.2) * nbinom.pmf(0, size, size / (size + each)).prod(axis=0)  # by outcome: some page, or elsewhere
    whole = each[side] * [1 - agreed, agreed]
    by_outcome = whole / recorded
    contacts = found.contact.sum(("month", "rank", "outcome")).to_numpy().astype(float)
    pages = found.pages.isel(side=side).sum("month").to_numpy().astype(float)
    assert agrees(pages - by_outcome.sum() * contacts)
    assert not agrees(pages - np.exp(log_mean[side]) * contacts)
    assert not agrees(pages - whole.sum() * contacts)  # as if nobody had to report a contact
    tone = [1 - expit(np.array(cut[side]) - location[side] - shift).sum() for shift in (0.0, warmer[side])]
    total = found.tone_sum.isel(side=side).sum("month").to_numpy()
    mean = by_outcome @ tone / by_outcome.sum()
    assert agrees(total - mean * pages)
    assert not agrees(total - tone[0] * pages)


def test_common_random_numbers_shrink_a_difference():
    added = [event(effects={"rate": {"all": 0.1}})]

    def total(**options):
        return run(**options).contact.sum(("month", "rank", "outcome")).to_numpy().astype(float)

    plain, paired, independent = total(), total(events=added), total(events=added, seed=2)
    expected = (np.exp(0.1) - 1) * RATES.sum() * EXPOSURE[17:].sum()
    assert (paired - plain).mean() == pytest.approx(expected, rel=0.15)
    assert np.var(paired - plain) < 0.1 * np.var(independent - plain)


def setting_share(direction):
    chance = np.exp(ALIKE["direction_logit"][0])
    return (chance / chance.sum())[direction]


@pytest.mark.parametrize("direction", some(range(4), (0, 3)))
def test_direction_frequency(direction):
    found = run(**ALIKE)
    total = found.contact.sum(("month", "rank", "outcome")).to_numpy().astype(float)
    count = found.travel.isel(direction=direction).sum("month").to_numpy()
    assert agrees(count - setting_share(direction) * total)
    assert not agrees(count - (setting_share(direction) + 0.02) * total)


def test_a_question_counts_the_contacts_that_meet_all_of_its_conditions():
    """Travel, format, mechanism and window are independent here, so that expected counts are products."""
    year = ["2026-01", "2026-12"]
    asked = [question("visits", direction=["us_to_partner"], format=["visit"], mechanism="standing", window=year),
             question("calls", rank=["deputy"], direction=["remote"], format=["call", "video"])]  # fmt: skip
    scenario = make_scenario(questions=asked)
    found = simulate(source(constant(PATHS, **ALIKE)), scenario, paths=PATHS, seed=1, term_start=TERM_START).match.to_numpy()
    visits = RATES.sum() * EXPOSURE[12:24].sum() * setting_share(0) * 0.9 * expit(-1.0)
    calls = RATES[3] * EXPOSURE.sum() * setting_share(3) * 0.8
    for count, expected in zip(found.T, (visits, calls), strict=True):
        assert agrees(count - expected)
        assert not agrees(count - 1.15 * expected)


def test_a_question_on_a_rare_topic_counts_contacts_not_mentions():
    asked = [question("any", topic=list(codes.TOPIC.labels)), question("all")]
    scenario = make_scenario(questions=asked)
    found = simulate(source(constant(PATHS, **ALIKE)), scenario, paths=PATHS, seed=1, term_start=TERM_START)
    np.testing.assert_array_equal(found.match[:, 0], found.match[:, 1])
    np.testing.assert_array_equal(found.match[:, 1], found.contact.sum(("month", "rank", "outcome")))
