"""When events happen, against closed forms; every check is also shown to reject a wrong value."""

from datetime import date

import numpy as np
import pytest
from scipy.stats import chisquare, geom

from forecast.simulation.engine import simulate
from forecast.simulation.random import Noise
from forecast.simulation.shocks import NEVER, RATE, draw_occurrence, draw_shock
from tests.simulation.conftest import TERM_START, constant, event, make_scenario, source

PATH, MONTHS = np.arange(40_000), 48


def happens(*events, seed=1):
    return draw_occurrence(make_scenario(events=list(events)), Noise(seed), PATH, MONTHS)


def timed(name="shock", **when):
    return {key: value for key, value in event(id=name, **when).items() if key != "date" or "date" in when}


def share(hits, expected):
    """Whether a share of paths agrees with a probability, to four standard errors."""
    return abs(hits.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / len(hits))


def test_a_hazard_is_geometric():
    found = happens(timed(hazard=0.05))["shock"]
    count = np.bincount(found[found != NEVER], minlength=MONTHS)
    for hazard, right in ((0.05, True), (0.055, False)):
        chance = geom.pmf(np.arange(1, MONTHS + 1), hazard)
        all_of_it = np.append(count, (found == NEVER).sum()), np.append(chance, 1 - chance.sum()) * len(PATH)
        assert (chisquare(*all_of_it).pvalue > 1e-4) == right


def test_a_hazard_works_from_start_to_end_and_may_be_unsure():
    found = happens(timed(hazard={"beta": [2, 38]}, start="2026-01", end="2026-06"))["shock"]
    assert set(found) == {NEVER, *range(12, 18)}
    one = 2 / 40  # the mean of the beta; the first month sees no more of it
    assert share(found == 12, one)
    assert not share(found == 12, 1.2 * one)


def test_no_hazard_and_certainty():
    assert (happens(timed(hazard=0))["shock"] == NEVER).all()
    assert (happens(timed(hazard=1, start="2025-04"))["shock"] == 3).all()


def test_months_of_a_window_are_alike_likely():
    found = happens(timed(window=["2025-06", "2026-05"]))["shock"]
    count = np.bincount(found, minlength=MONTHS)
    assert count[5:17].sum() == len(PATH)
    assert chisquare(count[5:17]).pvalue > 1e-4
    assert chisquare(count[4:17]).pvalue < 1e-4


@pytest.mark.parametrize("chance", [0.3, {"uniform": [0.1, 0.5]}])
def test_an_event_may_not_happen_at_all(chance):
    found = happens(timed(date="2026-06", probability=chance))["shock"]
    assert set(found) == {NEVER, 17}
    assert share(found == 17, 0.3)
    assert not share(found == 17, 0.33)


def test_an_event_follows_another_after_a_delay():
    both = happens(timed("first", window=["2025-06", "2028-06"]), timed("then", after="first", delay_months={"uniform": [1, 4]}))
    later = both["then"] - both["first"]
    seen = both["then"] != NEVER
    assert (both["then"][~seen & (both["first"] <= 43)] == 0).sum() == 0
    assert set(later[seen]) == {1, 2, 3, 4}
    assert seen[both["first"] < 43].all()


def test_a_hazard_waits_for_the_other_event():
    both = happens(timed("first", date="2026-01", probability=0.5), timed("then", after="first", hazard=0.1))
    waits = both["then"][both["first"] == 12] - 12
    assert (both["then"][both["first"] == NEVER] == NEVER).all()
    assert waits[waits > 0].min() == 1
    assert share(waits == 1, 0.1)
    assert not share(waits == 1, 0.08)


def test_a_date_counts_only_once_the_other_has_happened():
    both = happens(timed("first", window=["2025-06", "2026-05"]), timed("then", date="2025-12", after="first"))
    np.testing.assert_array_equal(both["then"] == 11, both["first"] < 11)


def test_an_event_is_barred_by_another_of_the_same_month_or_before():
    both = happens(timed("first", window=["2025-06", "2026-05"]), timed("then", date="2025-12", unless="first"))
    np.testing.assert_array_equal(both["then"] == 11, both["first"] > 11)


def test_the_order_in_the_file_does_not_matter_and_others_do_not_move():
    first, then = timed("first", hazard=0.03), timed("then", after="first", hazard=0.1)
    one, other = happens(first, then), happens(then, first, timed("new", hazard=0.5))
    for name in ("first", "then"):
        np.testing.assert_array_equal(one[name], other[name])


def test_what_depends_on_a_changed_event_changes_alone():
    """Raising one hazard moves that event and the one that waits for it; a third stays, bit for bit."""
    rest = timed("then", after="first", hazard=0.1), timed("third", hazard=0.02)
    one, other = happens(timed("first", hazard=0.03), *rest), happens(timed("first", hazard=0.06), *rest)
    assert (one["first"] != other["first"]).any()
    assert (one["then"] != other["then"]).any()
    np.testing.assert_array_equal(one["third"], other["third"])


def run(events):
    given = source(constant(300))
    return simulate(given, make_scenario(events=events), paths=300, seed=3, term_start=TERM_START)


def test_an_added_event_leaves_every_month_before_it_bit_identical():
    known = [timed("war", hazard=0.03, effects={"rate": {"all": -0.4}})]
    before, after = run(known), run([*known, timed("summit", date="2026-06", effects={"rate": {"president": 2.0}, "state": 1})])
    early = slice(None, np.datetime64("2026-05"))
    for name in (name for name in before.data_vars if "month" in before[name].dims):
        np.testing.assert_array_equal(before[name].sel(month=early), after[name].sel(month=early))
    assert (before["contact"] != after["contact"]).any()


def test_an_official_multiplies_the_rate_of_the_rank_by_the_share_that_is_theirs():
    who = {"id": "secretary", "title": "A secretary", "reason": "A test.", "rank": "cabinet", "share": 0.4, "appetite": 0.5,
           "start": "2025-03", "end": "2026-02"}  # fmt: skip
    shock = draw_shock(make_scenario(cabinet=[who]), Noise(1), PATH[:3], MONTHS)
    assert shock.share()[0, 0].tolist() == [0.0] * 2 + [1.0] * 12 + [0.0] * 34
    np.testing.assert_allclose(np.exp(shock.size[:, 0, RATE + 2]), 1 + 0.4 * (np.exp(0.5) - 1))
    assert np.count_nonzero(shock.size) == 3


def test_the_engine_acts_on_each_path_from_its_own_month():
    """A thousandth of the rate from the event on, so that hardly a contact may follow it."""
    stop = timed(window=["2025-06", "2027-05"], effects={"rate": {"all": -6.9}})
    found, when = run([stop]), draw_occurrence(make_scenario(events=[stop]), Noise(3), np.arange(300), MONTHS)["shock"]
    count = found["contact"].sum(("rank", "outcome")).to_numpy()
    late = np.arange(MONTHS) >= when[:, None]
    assert 0 < count[late].mean() < 0.002 * count[~late].mean()
    assert found["month"].to_numpy()[0] == np.datetime64(date(2025, 1, 1))
