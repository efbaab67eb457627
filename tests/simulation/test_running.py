"""A term that runs: contacts so far stand in every path, and move state and frailty as the exact posterior says.

The exact posterior of the state comes from a grid (forward filter of a hidden Markov chain), without a particle and without the
engine's code; that of the frailty is a gamma.
"""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.stats import kstest, norm

from forecast.panel.calendar import month_exposure
from forecast.simulation.engine import calendar_of, simulate
from forecast.simulation.expected import intensity
from forecast.simulation.random import Noise
from forecast.simulation.running import Running, condition_on_past
from forecast.simulation.shocks import draw_shock
from tests.simulation.conftest import RANKS, TERM_START, constant, make_scenario, question, source

PATHS, SEED, MONTHS = 4000, 11, 48
SLOTS = 12
"""Months that are over, all in the first year of the term but the last days of January."""
UNEVEN = {"dispersion": 2.0, "state_loading": 0.6}
HALF = 6


def running(count, months=SLOTS, recorded=1.0):
    """A term of which so many months are over, with given contacts by slot and rank."""
    scenario = make_scenario()
    whole = month_exposure(scenario.horizon.start, scenario.horizon.end, TERM_START)
    seen = np.where(np.arange(MONTHS)[:, None] < months, whole, 0.0) * recorded
    slot = np.argwhere(seen > 0)
    count = np.asarray(count, np.int64)
    contact = np.zeros((MONTHS, RANKS, 4), np.int64)
    np.add.at(contact[:, :, 0], slot[:, 0], count)
    return Running(last=date(2025, 12, 31), seen=seen, left=whole - seen, month=slot[:, 0], year=slot[:, 1], count=count,
                   exposure=seen[slot[:, 0], slot[:, 1]], own=np.ones(len(slot), bool),
                   known={"contact": contact})


def conditioned(given, count, **changed):
    scenario, path, noise = make_scenario(), np.arange(PATHS), Noise(SEED)
    term = running(count, **changed)
    shock = draw_shock(scenario, noise, path, MONTHS)
    return condition_on_past(given, shock, term, calendar_of(scenario, TERM_START).month_of_year, noise, path)


def exact(given, points=161):
    """Cells of the state, their chances at the start, those of a step, and the parameters of a path."""
    one = {name: getattr(given, name)[0] for name in ("log_rate", "season", "dispersion", "state_loading", "state_persistence")}
    edge = np.linspace(-4.5, 4.5, points + 1)
    x = (edge[1:] + edge[:-1]) / 2
    rho = one["state_persistence"]
    step = np.diff(norm.cdf((edge[None] - rho * x[:, None]) / np.sqrt(1 - rho**2)), axis=1)
    start = np.diff(norm.cdf(edge))
    return x, start / start.sum(), step / step.sum(axis=1, keepdims=True), one


def test_the_state_of_a_poisson_term_is_that_of_the_grid():
    """Without frailty the filter has nothing to integrate, and the grid is exact."""
    given = constant(PATHS, dispersion=1e13, state_loading=0.6)
    count = np.zeros((SLOTS, RANKS), int)
    count[6:, 3] = 4  # busy from the seventh month on: about 7 a year are usual
    state = conditioned(given, count)[0].state
    x, belief, step, one = exact(given)
    calendar = calendar_of(make_scenario(), TERM_START)
    exposure = calendar.exposure[:SLOTS, 0]
    for slot in range(SLOTS):
        belief = belief @ step if slot else belief
        climate = np.exp(0.6 * x - 0.18)
        mean = np.exp(one["log_rate"][:, 0])[:, None] * one["season"][calendar.month_of_year[slot]] * exposure[slot] * climate
        belief = belief * np.exp((count[slot][:, None] * np.log(mean) - mean).sum(axis=0))
        belief /= belief.sum()
    truth, sd = belief @ x, np.sqrt(belief @ x**2 - (belief @ x) ** 2)
    assert abs(truth) > 0.5  # the contacts do move it
    assert abs(state.mean() - truth) < 4 * sd / np.sqrt(PATHS) + 0.03  # a finite number of particles is a little behind
    assert state.std() == pytest.approx(sd, rel=0.08)


def test_frailty_without_a_state_is_gamma_again():
    given = constant(PATHS, dispersion=2.0, state_loading=0.0)
    count = np.zeros((SLOTS, RANKS), int)
    count[:, 1], count[:, 4] = 1, 0
    frailty = conditioned(given, count)[0].frailty
    calendar = calendar_of(make_scenario(), TERM_START)
    expected = np.exp(given.log_rate[0, :, 0]) * (given.season[0][calendar.month_of_year[:SLOTS]] @ calendar.exposure[:SLOTS, 0])
    shape, rate = 2.0 + count.sum(axis=0), 2.0 + expected
    assert kstest(frailty[:, 1, 0] * rate[1], "gamma", args=(shape[1],)).pvalue > 1e-3
    assert kstest(frailty[:, 4, 0] * rate[4], "gamma", args=(shape[4],)).pvalue > 1e-3
    assert kstest(frailty[:, 1, 0] * 2, "gamma", args=(2.0,)).pvalue < 1e-9  # control: that of a year to come
    assert kstest(frailty[:, 1, 2] * 2, "gamma", args=(2.0,)).pvalue > 1e-3  # and a year to come is not touched


def test_what_came_before_a_successor_tells_neither_of_the_state_nor_of_a_frailty():
    """Its rate was another: half a year that was all but silent, or busy, leaves the same beliefs, and stands in the futures."""
    given, noise, path = constant(PATHS, **UNEVEN), Noise(SEED), np.arange(PATHS)
    scenario = make_scenario()
    shock, month = draw_shock(scenario, noise, path, MONTHS), calendar_of(scenario, TERM_START).month_of_year
    found = []
    for many in (0, 9):
        count = np.zeros((SLOTS, RANKS), int)
        count[:HALF, 3], count[HALF:, 3] = many, 1
        term = replace(running(count), own=np.arange(SLOTS) >= HALF)
        found.append(condition_on_past(given, shock, term, month, noise, path))
    (quiet, unseen), (busy, more) = found
    np.testing.assert_array_equal(quiet.state, busy.state)
    np.testing.assert_array_equal(quiet.frailty, busy.frailty)
    assert more[:, :HALF, 3].sum() > unseen[:, :HALF, 3].sum() == 0
    np.testing.assert_array_equal(more[:, HALF:], unseen[:, HALF:])
    assert not np.array_equal(condition_on_past(given, shock, running(count), month, noise, path)[0].state, busy.state)  # control


def test_nothing_observed_leaves_the_term_as_it_was():
    given = constant(PATHS)
    known = conditioned(given, np.zeros((1, RANKS), int), months=1, recorded=1e-9)[0]
    assert kstest(known.frailty[:, 2, 0] * 5, "gamma", args=(5.0,)).pvalue > 1e-3
    assert kstest(known.state, "norm").pvalue > 1e-3


def total_ranks(wrong=1.0, rounds=80):
    """Where the rest of a year drawn from the model lies among its futures, given its first half: uniform if all is right."""
    scenario, given, rng = make_scenario(), constant(200, **UNEVEN), np.random.default_rng(5)
    truth = simulate(source(constant(rounds, **UNEVEN)), scenario, paths=rounds, seed=77, term_start=TERM_START)
    contact = truth["contact"].sum("outcome").transpose("path", "month", "rank").to_numpy().astype(int)
    place = []
    for path in range(rounds):
        term = running(np.round(contact[path, :HALF] * wrong).astype(int), months=HALF)
        future = simulate(source(given), scenario, paths=200, seed=path, term_start=TERM_START, running=term)
        rest = future["contact"].transpose("path", "month", "rank", "outcome").to_numpy()[:, HALF:SLOTS].sum(axis=(1, 2, 3))
        happened = contact[path, HALF:SLOTS].sum()
        place.append(((rest < happened).sum() + rng.uniform() * ((rest == happened).sum() + 1)) / 201)
    return np.array(place)


def test_futures_of_a_term_drawn_from_the_model_are_calibrated():
    assert kstest(total_ranks(), "uniform").pvalue > 0.005


def test_and_those_of_a_term_misread_are_not():
    """Negative control: three times the contacts are told to have happened."""
    assert kstest(total_ranks(wrong=3.0), "uniform").pvalue < 0.005


def test_what_happened_stands_in_every_path_and_the_rest_follows():
    count = np.arange(SLOTS * RANKS).reshape(SLOTS, RANKS) % 3
    scenario = make_scenario(questions=[question(at_least=1)])
    term = running(count)
    term = replace(term, known=term.known | {"match": np.array([7])})
    paths = simulate(source(constant(300)), scenario, paths=300, seed=SEED, term_start=TERM_START, running=term)
    contact = paths["contact"].sum("outcome").transpose("path", "month", "rank").to_numpy()
    assert (contact[:, :SLOTS] == count).all()
    assert contact[:, SLOTS:].sum() > 0
    rest = contact[:, SLOTS:].sum(axis=(1, 2))
    assert (paths["match"].to_numpy()[:, 0] == 7 + rest).all()
    assert paths["unrecorded"].to_numpy()[:, :SLOTS].sum() > 0


def test_days_that_are_not_yet_on_record_are_still_to_come():
    """A term of which half of the last weeks is on record goes on to receive the other half."""
    half = running(np.zeros((SLOTS, RANKS), int), recorded=0.5)
    scenario, given = make_scenario(), source(constant(2000))
    common = {"paths": 2000, "seed": SEED, "term_start": TERM_START}
    late = simulate(given, scenario, **common, running=half)["contact"].transpose("path", "month", "rank", "outcome").to_numpy()
    assert late[:, :SLOTS].sum() > 0
    around = intensity(given, scenario, **common, running=half, of=slice(SLOTS)).sum()
    assert late[:, :SLOTS].sum() == pytest.approx(around, rel=5 / np.sqrt(around))


def test_chunks_and_threads_do_not_change_a_bit():
    term, given, scenario = running(np.ones((SLOTS, RANKS), int)), source(constant(600)), make_scenario()
    common = {"paths": 600, "seed": SEED, "term_start": TERM_START, "running": term}
    one = simulate(given, scenario, **common, chunk=600, threads=1)
    other = simulate(given, scenario, **common, chunk=64, threads=2)
    assert one.identical(other)
