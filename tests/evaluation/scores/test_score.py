"""Scores against closed forms and a second way to compute each, to 1e-9; and what is refused."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from forecast.errors import ForecastError
from forecast.evaluation.scores import POISSON, REST, CountForecast, brier, crps, energy, log_score, mixture, pool, ranked, rules

MEAN, SIZE = np.array([0.03, 1.2, 9.0, 80.0]), np.array([0.4, 3.0, 1.5, 20.0])
COUNT = np.array([0, 4, 2, 111])


@pytest.fixture
def forecast():
    return mixture(MEAN, SIZE)


PROGRAM = """
import sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from forecast.evaluation.scores import rules
with ThreadPoolExecutor(4) as threads:
    found = list(threads.map(lambda _: float(rules().crps_ensemble(1.0, np.array([0.0, 1.0, 0.0, 0.0]))), range(4)))
assert found == 4 * [3 / 4 - 6 / 16 / 2], found
assert not [name for name in sys.modules if "scoringrules" in name]
from numba import njit
assert njit(lambda x: x + 1)(1) == 2
import scoringrules
assert scoringrules.crps_ensemble(1.0, np.array([0.0, 1.0, 0.0, 0.0]), backend="numba") == found[0]
"""


def test_the_library_of_scores_compiles_nothing_and_stays_whole_for_others():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)


def test_a_single_draw_is_the_negative_binomial(forecast):
    k = np.arange(forecast.pmf.shape[1] - 1)
    for cell, (mean, size) in enumerate(zip(MEAN, SIZE, strict=True)):
        np.testing.assert_allclose(forecast.pmf[cell, :-1], nbinom.pmf(k, size, size / (size + mean)), atol=1e-9)
    np.testing.assert_allclose(forecast.mean, MEAN, rtol=1e-6)


def test_crps_and_log_score_agree_with_scoringrules_closed_forms(forecast):
    np.testing.assert_allclose(crps(forecast, COUNT), rules().crps_negbinom(COUNT, SIZE, mu=MEAN), atol=1e-9, rtol=1e-9)
    np.testing.assert_allclose(log_score(forecast, COUNT), -nbinom.logpmf(COUNT, SIZE, SIZE / (SIZE + MEAN)), atol=1e-9)


def test_crps_of_a_mixture_by_its_other_definition():
    """E|X - y| - E|X - X'| / 2, summed over the support."""
    found = mixture(np.array([[1.0, 7.0], [4.0, 2.0]]), np.array([[2.0, 1e9], [5.0, 0.7]]))
    k = np.arange(found.pmf.shape[1])
    distance = np.abs(k[:, None] - k)
    wanted = [p @ np.abs(k - y) - p @ distance @ p / 2 for p, y in zip(found.pmf, (3, 0), strict=True)]
    np.testing.assert_allclose(crps(found, np.array([3, 0])), wanted, atol=1e-9)


def test_large_sizes_are_poisson():
    found = mixture(np.array([2.5]), np.array([POISSON]))
    k = np.arange(found.pmf.shape[1] - 1)
    np.testing.assert_allclose(found.pmf[0, :-1], poisson.pmf(k, 2.5), atol=1e-9)


def test_a_pool_is_the_mean_of_its_members_and_may_have_grids_of_any_length():
    narrow, wide = mixture(np.array([1.0]), np.array([1e9])), mixture(np.array([40.0]), np.array([1.0]))
    found = pool([narrow, wide], np.array([0.25, 0.75]))
    assert found.pmf[0, 0] == pytest.approx(0.25 * narrow.pmf[0, 0] + 0.75 * wide.pmf[0, 0])
    assert found.mean[0] == pytest.approx(0.25 * 1 + 0.75 * wide.mean[0])


def test_ordinals_topics_and_vectors_agree_with_their_definitions():
    rng = np.random.default_rng(0)
    share, code = rng.dirichlet(np.ones(4), 30), rng.integers(0, 4, 30)
    wanted = ((np.cumsum(share, axis=1) - (np.arange(4) >= code[:, None])) ** 2).sum(axis=1)
    np.testing.assert_allclose(ranked(share, code), wanted, atol=1e-9)
    chance, event = rng.random(20), rng.integers(0, 2, 20)
    np.testing.assert_allclose(brier(chance, event), (chance - event) ** 2, atol=1e-9)
    draws, happened = rng.normal(size=(1, 40, 3)), rng.normal(size=(1, 3))
    apart = np.linalg.norm(draws[0, :, None] - draws[0], axis=2)
    wanted = np.linalg.norm(draws[0] - happened, axis=1).mean() - apart.mean() / 2
    np.testing.assert_allclose(energy(draws, happened), wanted, atol=1e-9)


def test_the_truth_scores_best_on_average():
    """Propriety: a wrong mean or width loses, by more than its Monte Carlo error."""
    rng = np.random.default_rng(3)
    count = rng.negative_binomial(2.0, 2.0 / 7.0, 20_000)  # mean 5, size 2
    for mean, size in ((4.0, 2.0), (5.0, 0.8), (5.0, 1e9)):
        for loss in (crps, log_score):
            true, wrong = (loss(CountForecast(np.repeat(mixture(np.array([m]), np.array([s])).pmf, len(count), axis=0)), count)
                           for m, s in ((5.0, 2.0), (mean, size)))
            gain = wrong - true
            assert gain.mean() > 4 * gain.std() / np.sqrt(len(gain))


@pytest.mark.parametrize(("count", "words"), [
    (np.array([1, 2]), "one for each of 4 cells"), (np.array([-1, 0, 0, 0]), "not negative"),
    (np.array([0.5, 0, 0, 0]), "Counts must be whole"), (np.array([np.nan] * 4), "4 of them not finite"),
])
def test_conflicting_counts_are_refused(forecast, count, words):
    with pytest.raises(ForecastError, match=words):
        crps(forecast, count)


def test_empty_or_impossible_forecasts_are_refused():
    for pmf, words in ((np.zeros((0, 3)), "some cells, not"), (np.array([[0.5, 0.6]]), "must add up to one in every cell"),
                       (np.array([[1.5, -0.5]]), "must not be negative")):
        with pytest.raises(ForecastError, match=words):
            CountForecast(pmf)
    for call, words in (
        (lambda: brier(np.array([]), np.array([])), "No score without probabilities: found 0 values"),
        (lambda: brier(np.array([1.2]), np.array([1.0])), "Probabilities must lie between 0 and 1"),
        (lambda: ranked(np.array([[0.4, 0.4]]), np.array([0])), "add up to one for each of 1 cases"),
        (lambda: ranked(np.array([[0.5, 0.5]]), np.array([2])), "Codes must lie between 0 and 1, not at 2 or 2"),
        (lambda: energy(np.zeros((1, 5, 2)), np.zeros((1, 3))), r"shapes \(1, 5, 2\) and \(1, 3\)"),
        (lambda: mixture(np.array([-1.0]), np.array([1.0])), "must be finite and not negative"),
    ):
        with pytest.raises(ForecastError, match=words):
            call()


def test_a_count_beyond_the_grid_costs_the_rest_and_its_part_of_a_heavy_tail():
    """1e-10 / ((y + 1)(y + 2)), on the grid and beyond it, however long the grid is that other cells need."""
    sure = CountForecast(np.array([[0.5, 0.5, 0.0]]))
    for count in (2, 3, 40):
        wanted = -np.log(1e-10 / ((count + 1) * (count + 2)))
        for forecast in (sure, sure.widened(10), sure.widened(500)):
            np.testing.assert_allclose(log_score(forecast, np.array([count])), wanted)
    assert log_score(sure, np.array([40]))[0] == pytest.approx(30.48, abs=0.01)  # 691 once


def test_where_a_grid_ends_makes_no_difference():
    """The same cell beside one of many contacts, whose grid is longer."""
    alone, beside = mixture(np.array([0.5]), np.array([POISSON])), mixture(np.array([0.5, 80.0]), np.array([POISSON, 1.0]))
    assert alone.pmf.shape[1] < 30 < beside.pmf.shape[1]
    assert log_score(alone, np.array([30])) == pytest.approx(log_score(beside, np.array([30, 80]))[:1])


def test_scores_of_what_a_forecast_thought_of_are_minus_the_log_of_its_probability(forecast):
    probability = forecast.pmf[np.arange(len(COUNT)), COUNT]
    np.testing.assert_array_equal(log_score(forecast, COUNT), -np.log(probability))


def test_the_rest_adds_less_than_it_is(forecast):
    """No forecaster gains more than the rest: what all counts are given adds up to 1 + 1e-10 at most."""
    count = np.arange(200_000)
    given = np.maximum(np.pad(forecast.pmf[0], (0, len(count) - forecast.pmf.shape[1])), REST / ((count + 1.0) * (count + 2.0)))
    assert 1 < given.sum() < 1 + REST * 1.001
