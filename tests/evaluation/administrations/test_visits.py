"""Intervals over visits: right where visits are the cases, too narrow where contacts are taken for them, and able to see."""

import numpy as np
import pytest

from forecast.evaluation.visits import MEAN, PER_CONTACT, RATE, SHARE, Cases, central_interval, draw, sizes, two_sided_p, value_of

REPLICATIONS, DRAWS, YEARS = 400, 1000, 4.0
NOMINAL = 0.95
ERROR = 3 * np.sqrt(NOMINAL * (1 - NOMINAL) / REPLICATIONS)
"""Three Monte Carlo errors of a coverage."""


def term(rng, visits_per_year, share=0.4, size=(1, 1, 1, 2, 4)):
    """Visits of a term: contacts of each, and whether all of its contacts name a topic."""
    contacts = rng.choice(size, rng.poisson(visits_per_year * YEARS))
    named = contacts * (rng.random(len(contacts)) < share)
    return contacts, named


def cases(contacts, named, *, by_contact=False):
    """Contacts per year and share that names the topic, visit by visit or, wrongly, contact by contact."""
    if by_contact:
        named, contacts = np.repeat(named > 0, contacts).astype(float), np.ones(contacts.sum())
    part, whole = np.stack([contacts, named], axis=1).astype(float), np.stack([contacts, contacts], axis=1).astype(float)
    return Cases(part=part, whole=whole, years=YEARS)


def covered(rng, first, second, *, by_contact=False):
    """Whether the interval of the difference holds the true one, for rate and share: shape (2,)."""
    kind = np.array([RATE, SHARE])
    sides = [cases(*term(rng, *one), by_contact=by_contact) for one in (first, second)]
    drawn = [draw(one, kind, sizes(sides, kind), rng, DRAWS) for one in sides]
    low, high = central_interval(drawn[0] - drawn[1])
    mean_size = np.mean((1, 1, 1, 2, 4))
    truth = np.array([(first[0] - second[0]) * mean_size, first[1] - second[1]])
    return (low <= truth) & (truth <= high), (low > 0) | (high < 0)


def over(rng, *given, **named):
    return np.mean([covered(rng, *given, **named) for _ in range(REPLICATIONS)], axis=0)


@pytest.mark.parametrize(("first", "second"), [((12, 0.4), (12, 0.4)), ((6, 0.2), (15, 0.5))])
def test_intervals_hold_the_truth_as_often_as_they_say(first, second):
    held, _ = over(np.random.default_rng(1), first, second)
    assert np.abs(held - NOMINAL).max() <= ERROR


def test_no_difference_is_seldom_taken_for_one():
    _, found = over(np.random.default_rng(2), (12, 0.4), (12, 0.4))
    assert found.max() <= 1 - NOMINAL + ERROR


def test_contacts_taken_for_cases_give_intervals_that_are_too_narrow():
    held, _ = over(np.random.default_rng(3), (12, 0.4), (12, 0.4), by_contact=True)
    assert held.max() < NOMINAL - ERROR


def test_a_planted_difference_is_found():
    _, found = over(np.random.default_rng(4), (6, 0.15), (24, 0.75))
    assert found.min() > 0.9


def one_measure(kind, part, whole, years=YEARS):
    upright = [np.array(one, float).reshape(-1, 1) for one in (part, whole)]
    return Cases(part=upright[0], whole=upright[1], years=years), np.array([kind])


def test_a_rate_of_single_contacts_has_its_jeffreys_posterior():
    side, kind = one_measure(RATE, [1] * 7, [1] * 7)
    drawn = draw(side, kind, np.ones(1), np.random.default_rng(5), 40_000)[:, 0] * YEARS
    assert abs(drawn.mean() - 7.5) < 5 * np.sqrt(7.5 / 40_000)
    assert abs(drawn.var() - 7.5) < 0.3


def test_what_was_never_seen_is_not_taken_for_impossible():
    side, kind = one_measure(RATE, [0] * 7, [1] * 7)
    low, high = central_interval(draw(side, kind, np.ones(1), np.random.default_rng(6)))
    assert value_of(side, kind) == 0
    assert 0 < low[0] < 0.01 < 0.5 < high[0] * YEARS < 4


def test_a_share_of_no_contact_is_missing_and_one_of_a_single_contact_is_wide():
    empty, kind = one_measure(SHARE, [], [])
    assert np.isnan(value_of(empty, kind)).all()
    single, _ = one_measure(SHARE, [1], [1])
    low, high = central_interval(draw(single, kind, np.ones(1), np.random.default_rng(7)))
    assert low[0] < 0.3 < 0.95 < high[0]


def test_a_mean_stays_between_its_ends_and_pages_per_contact_above_zero():
    tone, kind = one_measure(MEAN, [-2, 3, 1], [2, 3, 4])
    drawn = draw(tone, kind, np.full(1, 3.0), np.random.default_rng(8))
    assert (np.abs(drawn) <= 1).all()
    assert value_of(tone, kind) == pytest.approx(2 / 9)
    pages, kind = one_measure(PER_CONTACT, [0, 0], [1, 2])
    assert (draw(pages, kind, np.ones(1), np.random.default_rng(9)) > 0).all()


def test_p_is_that_of_both_sides_and_never_zero():
    drawn = np.linspace(-1, 3, 1000)[:, None]
    assert two_sided_p(drawn)[0] == pytest.approx(0.5, abs=0.005)
    assert two_sided_p(np.ones((1000, 1)))[0] == pytest.approx(2 / 1001)
