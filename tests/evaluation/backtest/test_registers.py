"""Backtest of the registers: who is forecast, that nobody peeks, and what pooling does."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.errors import ForecastError
from forecast.evaluation.backtest_origin import coverage_table, origins, skill_table
from forecast.evaluation.backtest_registers import LEVEL_KNOWN, MEMBERS, POOL, backtest, check_blind, forecasts, target
from forecast.evaluation.baselines import BASELINE
from forecast.panel.elections import load_election, load_elections
from forecast.panel.registers import administrations_since, load_register_years
from forecast.shipped import DATA

KNOWN = date(2025, 1, 19)


@pytest.fixture(scope="module")
def chosen():
    return origins(load_elections(), administrations_since(), KNOWN, first=1952, last=1960)


@pytest.fixture(scope="module")
def whole():
    return load_register_years(KNOWN)


@pytest.fixture(scope="module")
def past(chosen):
    return {one.label: load_register_years(one.as_of) for one in chosen}


def made_up(origin, outcome):
    """In place of a posterior: the same rate everywhere, higher under the outcome that happened."""
    known = load_register_years(origin.as_of)
    rate = np.full((20, len(known.country), 3), 1.0 + 0.5 * (outcome == origin.happened))
    return known.country["country"].tolist(), rate, np.full((20, 3), 2.0)


def test_every_election_since_1952_has_who_won_and_who_did_not():
    found = origins(load_elections(), administrations_since(), KNOWN)
    assert [one.election.date.year for one in found] == list(range(1952, 2021, 4))
    assert {one.label: (one.happened, one.other) for one in found}["2017-2021"] == ("trump", "hillary_clinton")
    for one in found:
        assert one.election.date.weekday() == 1
        assert 2 <= one.election.date.day <= 8
        assert one.as_of < one.election.date


def test_an_election_without_its_winner_is_refused():
    odd = load_election("us_2016").model_copy(update={"outcomes": load_election("us_2024").outcomes})
    unknown = {name: one.model_copy(update={"president": name}) for name, one in odd.outcomes.items()}
    odd = odd.model_copy(update={"outcomes": unknown})
    with pytest.raises(ForecastError, match="Name the winner"):
        origins([odd], administrations_since(), KNOWN)
    with pytest.raises(ForecastError, match="No election"):
        origins(load_elections(), administrations_since(), KNOWN, first=2030)


def test_the_past_is_cut_and_the_target_is_the_term(chosen, past, whole):
    origin = chosen[1]
    given = target(origin, past[origin.label], whole)
    assert given.past.start[-1] == date(1956, 1, 20)
    assert given.past.exposure.max() <= 366 / 365.25
    entries = pd.read_csv(DATA / "registers.csv", parse_dates=["start"])
    france = given.past.country.loc[given.chosen, "country"].tolist().index("france")
    inside = entries["start"].between("1957-01-20", "1961-01-19") & (entries["country"] == "france")
    assert given.count[:, france].sum() == inside.sum()


def test_what_comes_later_changes_nothing_that_was_known(tmp_path, chosen):
    """The registers up to a day, from a file in which every later row is another one."""
    entries = pd.read_csv(DATA / "registers.csv", dtype=str, keep_default_na=False)
    later = entries["start"] > chosen[1].as_of.isoformat()
    entries.loc[later, "country"] = "kazakhstan"
    entries[~later | (entries.index % 2 == 0)].to_csv(tmp_path / "registers.csv", index=False)
    one, other = load_register_years(chosen[1].as_of), load_register_years(chosen[1].as_of, tmp_path / "registers.csv")
    np.testing.assert_array_equal(one.count, other.count)
    assert not np.array_equal(load_register_years(KNOWN).count, load_register_years(KNOWN, tmp_path / "registers.csv").count)


def test_no_forecaster_peeks(chosen, past, whole):
    origin = chosen[2]
    check_blind(lambda given: forecasts(origin, given, made_up), target(origin, past[origin.label], whole), seed=1)


def test_a_forecaster_that_peeks_is_caught(chosen, past, whole):
    origin = chosen[2]

    def cheat(given):
        found = forecasts(origin, given, made_up)
        sharp = found["smoothed"].widened(int(given.count.max()) + 1)
        happened = np.eye(sharp.pmf.shape[1])[given.count.ravel()]
        return found | {"cheat": type(sharp)(0.99 * sharp.pmf + 0.01 * happened)}

    with pytest.raises(ForecastError, match=r"^cheat changed"):
        check_blind(cheat, target(origin, past[origin.label], whole), seed=1)


@pytest.mark.slow
def test_every_cell_has_every_forecaster_and_weights_come_from_terms_before(chosen, past, whole):
    scores, weight = backtest(chosen, past, whole, made_up)
    assert set(scores["forecaster"]) == {*BASELINE, *MEMBERS, POOL, "hierarchical, placebo", "pool, placebo", LEVEL_KNOWN}
    assert scores.groupby("forecaster").size().nunique() == 1
    np.testing.assert_allclose(weight[chosen[0].label], 1 / 3)
    assert weight[chosen[2].label][MEMBERS.index("hierarchical")] < 0.2  # three journeys a year to everyone are a poor forecast
    table = skill_table(scores, "crps", tuple(BASELINE), measure="all", key=["term", "country", "channel"])
    best = table.set_index("forecaster").loc[table["baseline"].iloc[0]]
    assert best["skill"] == 0
    assert table.set_index("forecaster").loc[list(BASELINE), "loss"].min() == best["loss"]
    assert coverage_table(scores).set_index("forecaster").loc[POOL, "calibrated_80"] == pytest.approx(0.8, abs=0.1)
    with pytest.raises(ForecastError, match="not every forecaster"):
        skill_table(scores.drop(index=3), "crps", tuple(BASELINE), measure="all", key=["term", "country", "channel"])
    known = scores[scores["forecaster"] == LEVEL_KNOWN].groupby(["term", "channel"])[["mean", "count"]].sum()
    np.testing.assert_allclose(known["mean"], known["count"], rtol=0.02)
    scores = scores[scores["forecaster"] != LEVEL_KNOWN].reset_index(drop=True)
    changed = replace(whole, count=whole.count + 1)
    again, _ = backtest(chosen[:1], past, changed, made_up)
    again = again[again["forecaster"] != LEVEL_KNOWN].reset_index(drop=True)
    first = scores[scores["term"] == chosen[0].label].reset_index(drop=True)
    np.testing.assert_array_equal(first["mean"], again["mean"])  # another future, the same forecasts
    assert (again["count"] == first["count"] + 4).all()
