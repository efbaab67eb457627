"""Months after events against placebo dates: what is found where something is, and nothing where nothing is."""

from datetime import date
from math import exp, sqrt

import numpy as np
import pytest

from forecast.contacts import codes
from forecast.evaluation.event_effects import (
    COLUMNS,
    RATE,
    TAU,
    TAU_SCALE,
    TOPIC,
    Monthly,
    compared,
    event_effects,
    monthly_counts,
    normal_normal,
    placebo_dates,
    season_factor,
)
from forecast.panel import load_panel
from forecast.panel.events import find_events, load_kinds
from tests.contacts.example import contact, write_dyad
from tests.fixture.record import frozen_panel

TERMS, LENGTH, WINDOW = 8, 48, 6
TERM = np.repeat(np.arange(TERMS), LENGTH)
RATES = np.geomspace(0.2, 2.5, TERMS)
MANY = np.array([1, 1, 1, 2, 2, 3, 4, 4])
"""Events of each term: the more contacts, the more events."""
UNEVEN = np.array([0, 0, 0, 1, 1, 4, 8, 10])
SEEDS = 200
HIGHEST = 0.05 + 3 * sqrt(0.05 * 0.95 / SEEDS)


def drawn(rng, many=MANY):
    """Months of events, anywhere in their term."""
    month = [rng.choice(LENGTH, size=size, replace=False) + LENGTH * term for term, size in enumerate(many)]
    return np.sort(np.concatenate(month))


def after(at, window=WINDOW):
    found = np.zeros(len(TERM), bool)
    for months in range(1, window + 1):
        found[at[at + months < len(TERM)] + months] = True
    return found


def record(count, term=TERM):
    month = np.arange("1993-01", len(count), dtype="datetime64[M]")
    return Monthly(month=month, term=term, name=((RATE, "all"),), yes=np.asarray(count, float)[None],
                   base=np.ones((1, len(count))))


def row(count, at, *, window=WINDOW, seed=0, placebos=99, term=TERM):
    (found,) = compared(record(count, term), at, window, np.random.default_rng([9, seed]), placebos)
    return found


def clustered(rng, rate):
    """Contacts that come in runs: independent months with gamma rates, each carried on into the next two."""
    shock = rng.gamma(1.5, 1 / 1.5, len(rate))
    return rng.poisson(rate * np.convolve(shock, np.ones(3) / 3, "same"))


def alarms(draw, *, term=TERM, many=MANY):
    """The p of events that do nothing in records whose terms differ."""
    found = []
    for seed in range(SEEDS):
        rng = np.random.default_rng([1, seed])
        found.append(row(draw(rng, RATES[TERM]), drawn(rng, many), seed=seed, term=term)["p"])
    return np.array(found)


# Is what is there found, and what is not there not?


@pytest.mark.parametrize(("draw", "many"), [
    (lambda rng, rate: rng.poisson(rate), UNEVEN), (clustered, MANY),
    pytest.param(lambda rng, rate: rng.poisson(rate), 4 * MANY, marks=pytest.mark.slow)],
    ids=["uneven", "in runs", "many events"])
def test_events_that_do_nothing_raise_no_more_alarms_than_said_where_terms_differ(draw, many):
    p = alarms(draw, many=many)
    assert (p <= 0.05).mean() <= HIGHEST
    # at most uniform: ties of counts make it conservative, never the other way
    for level in (0.1, 0.25, 0.5, 0.75):
        assert (p <= level).mean() <= level + 3 * sqrt(level * (1 - level) / SEEDS)
    assert p.mean() < 0.6  # and is not stuck at one


def test_without_administrations_the_same_record_raises_false_alarms():
    """The negative control: taken as one term, more events where there are more contacts look like an effect."""
    p = alarms(lambda rng, rate: rng.poisson(rate), term=np.zeros_like(TERM), many=UNEVEN)
    assert (p <= 0.05).mean() > 0.5


def test_twice_as_many_contacts_after_events_are_found():
    found = []
    for seed in range(60):
        rng = np.random.default_rng([2, seed])
        at = drawn(rng)
        found.append(row(rng.poisson(RATES[TERM] * np.where(after(at), 2.0, 1.0)), at, seed=seed))
    power = np.mean([one["p"] <= 0.05 for one in found])
    assert power >= 0.9  # measured: 1.00 with 18 events and 340 contacts
    assert exp(np.mean([np.log(one["ratio"]) for one in found])) == pytest.approx(2.0, rel=0.1)
    assert np.mean([one["seen_from"] <= 2 for one in found]) > 0.9
    # single events: the halves draw their mean towards one, and most of the effect is left
    assert 1.4 < exp(np.mean([np.log(one["pooled"]) for one in found])) < 2.1
    assert np.mean([one["pooled_q05"] > 1 for one in found]) > 0.8


def test_the_mean_of_single_events_that_do_nothing_is_one():
    mean, covered = [], []
    for seed in range(100):
        rng = np.random.default_rng([3, seed])
        found = row(rng.poisson(RATES[TERM]), drawn(rng), seed=seed, placebos=19)
        mean.append(np.log(found["pooled"]))
        covered.append(found["pooled_q05"] < 1 < found["pooled_q95"])
    assert abs(np.mean(mean)) < 4 * np.std(mean) / 10
    assert np.mean(covered) > 0.9 - 3 * sqrt(0.9 * 0.1 / 100)


# What is counted.


def test_the_ratio_is_that_of_mantel_and_haenszel_with_half_a_contact_on_either_side():
    count, at = np.arange(len(TERM)) % 5, np.array([10, 11, 60, 100])
    one = after(at)
    other = ~one & ~np.isin(np.arange(len(TERM)), at)
    above = below = 0.5
    for term in range(TERMS):
        y, e, z, f = (values[mask & (term == TERM)].sum() for mask in (one, other) for values in (count, np.ones(len(TERM))))
        above, below = above + y * f / (e + f), below + z * e / (e + f)
    assert row(count, at)["ratio"] == pytest.approx(above / below)


def test_windows_that_overlap_are_counted_once_and_months_with_an_event_only_after_another():
    count = np.ones(len(TERM))
    alone, twice = row(count, np.array([10, 60, 110]), window=3), row(count, np.array([10, 11, 11, 60, 110]), window=3)
    assert (alone["event_months"], alone["months_after"], alone["months_other"]) == (3, 9, 3 * LENGTH - 12)
    assert (twice["event_months"], twice["months_after"], twice["months_other"]) == (4, 10, 3 * LENGTH - 13)
    assert twice["contacts_after"] == 10  # 11, after 10, is among them


def test_an_event_whose_months_after_reach_beyond_the_record_counts_nowhere():
    count = np.zeros(len(TERM))
    count[-3:] = 50
    count[::4] += 1
    early, late = np.array([10, 60, 110, 340]), np.array([10, 60, 110, 340, len(TERM) - 4])
    without, found = row(count, early), row(count, late)
    assert found["event_months"] == 4
    assert found["months_after"] == without["months_after"]
    assert found["contacts_other"] < without["contacts_other"] - 100
    assert found["ratio"] > without["ratio"]  # the burst at the end is in neither


def test_placebo_dates_are_as_many_in_each_term_and_have_their_months_after():
    at = np.array([5, 6, 7, 60, 370])
    dates = placebo_dates(at, TERM, WINDOW, np.random.default_rng(1), 500)
    by_term = np.add.reduceat(dates, np.arange(0, len(TERM), LENGTH), axis=1)
    assert (by_term == [3, 1, 0, 0, 0, 0, 0, 1]).all()
    assert not dates[:, -WINDOW:].any()
    drawn_at = dates[:, :LENGTH].mean(axis=0)  # every month alike
    assert np.abs(drawn_at - 3 / LENGTH).max() < 5 * sqrt(3 / LENGTH / 500)


@pytest.mark.parametrize(("at", "window", "why"), [
    ([10, 60], 6, "2 months with events and the months after on record, 3 needed"),
    ([10, 60, len(TERM) - 3], 6, "2 months with events and the months after on record, 3 needed"),
    (range(0, 384, 5), 12, "other months to compare with, 12 needed"),
    ([], 3, "0 months with events")])
def test_the_record_is_silent_where_there_is_too_little(at, window, why):
    found = row(np.ones(len(TERM)), np.array([*at], int), window=window)
    assert why in found["silent"]
    assert "ratio" not in found


def test_the_record_is_silent_of_what_it_hardly_has():
    count = np.zeros(len(TERM))
    count[[20, 70, 120, 300]] = 1
    assert row(count, np.array([10, 60, 110]))["silent"] == "3 of the 5 contacts needed to compare"


def test_the_season_is_that_of_months_in_excess_of_their_term_and_drawn_to_one():
    month = np.arange("1993-01", len(TERM), dtype="datetime64[M]")
    september = month.astype(int) % 12 == 8
    count = np.where(september, 4.0, 1.0)
    factor = season_factor(count, TERM, month)
    assert len(np.unique(factor)) == 2
    expected = (4 + 11) / 12 * 32
    assert factor[september][0] == pytest.approx((25 + 4 * 32) / (25 + expected))
    assert season_factor(RATES[TERM], TERM, month) == pytest.approx(np.ones(len(TERM)))  # growth is no season


# Single events.


def test_pooling_agrees_with_a_plain_sum_over_the_grid():
    estimate, variance = np.array([0.8, -0.3, 0.4, 0.1]), np.array([0.2, 0.1, 0.4, 0.05])
    mu = np.linspace(-6, 6, 4001)
    density = np.exp(-0.5 * (TAU[:, None] / TAU_SCALE) ** 2 - 0.5 * sum(
        np.log(v + TAU[:, None] ** 2) + (d - mu) ** 2 / (v + TAU[:, None] ** 2) for d, v in zip(estimate, variance, strict=True)))
    density /= density.sum()
    mean, low, high, spread, pooled = normal_normal(estimate, variance)
    assert mean == pytest.approx((density * mu).sum(), abs=1e-4)
    cumulative = density.sum(axis=0).cumsum()
    assert (low, high) == pytest.approx((mu[cumulative.searchsorted(0.05)], mu[cumulative.searchsorted(0.95)]), abs=0.01)
    assert spread == pytest.approx((density * TAU[:, None]).sum(), abs=1e-4)
    share = TAU[:, None] ** 2 / (variance[0] + TAU[:, None] ** 2)
    assert pooled[0] == pytest.approx((density * (mu + share * (estimate[0] - mu))).sum(), abs=1e-4)
    assert ((pooled - mean) * (estimate - mean) >= 0).all()
    assert (np.abs(pooled - mean) <= np.abs(estimate - mean)).all()


# From a record on disk.

KINDS = """\
kinds:
  meeting:
    title: Presidents meet
    contacts: {rank: [president]}
    source: a synthetic kind for tests
"""


def days(year):
    return [date(year, month, 15) for month in range(1, 13)]


@pytest.fixture
def dyad(tmp_path):
    """A deputy every second month, and presidents who meet in four months in a row, every second year."""
    ordinary = [contact(f"{day}") for year in range(2001, 2025) for day in days(year)[::2]]
    summit = {"us_rank": "president", "partner_rank": "president", "format": "visit", "direction": "us_to_partner",
              "place": "City, XX"}
    top = [contact(f"{day}", slug="summit", **summit) for year in range(2002, 2024, 2) for day in days(year)[3:7]]
    folder = write_dyad(tmp_path / "us_xx", sorted(ordinary + top, key=lambda one: one["id"]))
    (folder / "events.yaml").write_text(KINDS)
    return folder


def test_contacts_that_are_the_events_count_nowhere(dyad):
    panel = load_panel(dyad, as_of=date(2024, 11, 4))
    events = find_events(panel, load_kinds(dyad, "us_xx"))
    table = event_effects(panel, events, seed=1, windows=(3,), placebos=499).set_index(["quantity", "key"])
    found = table.loc[(RATE, "all")]
    assert found["events"] == 44
    assert found["ratio"] == pytest.approx(1, abs=0.15)
    assert found["p"] > 0.1
    assert table.loc[(RATE, "president"), "silent"] == "0 of the 5 contacts needed to compare"
    # the control: with them, a summit that follows a summit is taken for what summits bring
    at = (events["meeting"].day.astype("datetime64[M]") - np.datetime64("2000-01")).astype(int)
    record_with = monthly_counts(panel, np.ones(len(panel.contact), bool))
    assert record_with.month[0] == np.datetime64("2000-01")
    counted = next(compared(record_with, at, 3, np.random.default_rng(1), 499))
    assert counted["ratio"] > 1.5
    assert counted["p"] < 0.01


def test_the_same_seed_gives_the_same_table_and_another_one_other_placebos():
    panel = frozen_panel()
    events = find_events(panel, load_kinds(None, "us_kz"))
    one, again, other = (event_effects(panel, events, seed=seed, windows=(6,), placebos=49) for seed in (4, 4, 5))
    assert one.equals(again)
    assert list(one) == list(COLUMNS)
    assert one["ratio"].equals(other["ratio"])
    assert not one["p"].equals(other["p"])


def test_a_kind_alone_has_the_placebos_that_it_has_among_others():
    panel = frozen_panel()
    events = find_events(panel, load_kinds(None, "us_kz"))
    whole = event_effects(panel, events, seed=4, windows=(3, 6), placebos=49)
    alone = event_effects(panel, {"c5plus1": events["c5plus1"]}, seed=4, windows=(6,), placebos=49)
    same = whole[(whole["kind"] == "c5plus1") & (whole["months"] == 6)].reset_index(drop=True)
    assert alone["p"].equals(same["p"])


def test_months_hold_every_whole_month_of_the_record_and_every_measure():
    panel = frozen_panel()
    found = monthly_counts(panel, np.ones(len(panel.contact), bool))
    start = panel.about[0].relations_start
    assert found.month[0] == np.datetime64(start, "M") + np.timedelta64(1, "M")
    assert found.month[-1] == np.datetime64("2024-10")
    day = panel.contact["date"].to_numpy().astype("datetime64[M]")
    whole = (day >= found.month[0]) & (day <= found.month[-1])
    assert found.yes[0].sum() == whole.sum()
    assert found.yes[1:1 + len(codes.RANK)].sum(axis=0) == pytest.approx(found.yes[0])
    place = found.name.index((TOPIC, "security"))
    named = panel.topic[:, codes.TOPIC.labels.index("security")]
    assert found.yes[place].sum() == named[whole].sum()
    assert found.base[place].sum() == (panel.reported & ~named)[whole].sum()
    january = int(np.flatnonzero(found.month == np.datetime64("2021-01"))[0])
    # a term begins on the 20th: February is its first month
    assert np.diff(found.term[january - 1:january + 2]).tolist() == [0, 1]
