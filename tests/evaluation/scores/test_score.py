"""Scores against closed forms and a second way to compute each, to 1e-9; and what is refused."""

import re
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from forecast.errors import ForecastError
from forecast.evaluation import scores
from forecast.evaluation.scores import (
    LONGEST,
    POISSON,
    REST,
    CountForecast,
    brier,
    crps,
    each_draw,
    energy_score,
    linear_pool,
    log_score,
    mixture,
    of_shares,
    ranked,
    reach,
    rules,
)

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
    found = linear_pool([narrow, wide], np.array([0.25, 0.75]))
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
    np.testing.assert_allclose(energy_score(draws, happened), wanted, atol=1e-9)


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
        (lambda: energy_score(np.zeros((1, 5, 2)), np.zeros((1, 3))), r"shapes \(1, 5, 2\) and \(1, 3\)"),
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


@pytest.mark.parametrize(("call", "what", "values", "strange"), [
    (lambda: crps(mixture(MEAN, SIZE), np.array([np.nan, 1, 2, np.inf])), "counts", 4, 2),
    (lambda: ranked(np.zeros((0, 2)), np.array([0])), "shares", 0, 0),
    (lambda: ranked(np.array([[0.5, 0.5]]), np.array([np.nan])), "codes", 1, 1),
    (lambda: brier(np.array([np.nan, 0.5]), np.array([0, 1])), "probabilities", 2, 1),
    (lambda: brier(np.array([0.5]), np.array([])), "events", 0, 0),
    (lambda: energy_score(np.zeros((0, 2, 2)), np.zeros((1, 2))), "draws", 0, 0),
    (lambda: energy_score(np.zeros((1, 2, 2)), np.array([[np.inf, 0]])), "vectors", 2, 1),
])
def test_what_is_missing_is_named_and_counted(call, what, values, strange):
    with pytest.raises(ForecastError, match=rf"^No score without {what}: found {values} values, {strange} of them not finite\.$"):
        call()


WHOLE = "Counts must be whole, not negative, and one for each of 4 cells."
SUMS = "Probabilities of counts must not be negative, and must add up to one in every cell."
MEANS = "Means of counts must be finite and not negative, sizes positive."
AXES = "A forecast of counts must have the axes (cell, count) and some cells, not (2,)."
CHANCES = "Probabilities must lie between 0 and 1 and have the shape of the events, which are 0 or 1."


@pytest.mark.parametrize(("call", "words"), [
    (lambda: CountForecast(np.array([0.5, 0.5])), AXES),
    (lambda: CountForecast(np.array([[0.5, 0.4999]])), SUMS),
    (lambda: CountForecast(np.array([[1.0], [0.9]])), SUMS),
    (lambda: CountForecast(np.array([[1.5, -0.5]])), SUMS),
    (lambda: log_score(mixture(MEAN, SIZE), np.array([0, 1, 2])), WHOLE),
    (lambda: log_score(mixture(MEAN, SIZE), np.array([0, 1, 2, -1])), WHOLE),
    (lambda: log_score(mixture(MEAN, SIZE), np.array([0, 1, 2, 0.5])), WHOLE),
    (lambda: mixture(np.array([np.inf]), np.array([1.0])), MEANS),
    (lambda: mixture(np.array([-1.0]), np.array([1.0])), MEANS),
    (lambda: mixture(np.array([1.0]), np.array([0.0])), MEANS),
    (lambda: ranked(np.array([1.0]), np.array([0])),
     "Shares must have the axes (case, code) and add up to one for each of 1 cases."),
    (lambda: ranked(np.array([[0.5, 0.5]]), np.array([0, 1])),
     "Shares must have the axes (case, code) and add up to one for each of 2 cases."),
    (lambda: ranked(np.array([[0.5, 0.4]]), np.array([0])),
     "Shares must have the axes (case, code) and add up to one for each of 1 cases."),
    (lambda: ranked(np.array([[0.5, 0.5]] * 2), np.array([0, -1])), "Codes must lie between 0 and 1, not at -1 or 0."),
    (lambda: ranked(np.array([[0.5, 0.5]] * 2), np.array([0, 2])), "Codes must lie between 0 and 1, not at 0 or 2."),
    (lambda: brier(np.array([0.5]), np.array([0, 1])), CHANCES),
    (lambda: brier(np.array([0.5]), np.array([0.5])), CHANCES),
    (lambda: brier(np.array([-0.1]), np.array([0])), CHANCES),
    (lambda: brier(np.array([1.1]), np.array([0])), CHANCES),
    (lambda: energy_score(np.zeros((5, 2)), np.zeros((5, 2))),
     "Draws of vectors must have the axes (case, draw, axis); shapes (5, 2) and (5, 2)."),
    (lambda: energy_score(np.zeros((2, 5, 2)), np.zeros((1, 2))),
     "Draws of vectors must have the axes (case, draw, axis); shapes (2, 5, 2) and (1, 2)."),
])
def test_what_does_not_fit_is_refused_in_words(call, words):
    with pytest.raises(ForecastError, match=rf"^{re.escape(words)}$"):
        call()


def test_sums_may_round_and_bounds_count():
    """Files round; an event that is certain, a first code, one draw and one case are no error."""
    assert CountForecast(np.array([[0.5, 0.5 + 5e-7]])).cdf[0].tolist() == [0.5, 1.0]
    assert ranked(np.array([[0.5, 0.5 + 5e-7]]), np.array([0]))[0] == pytest.approx(0.25)
    assert brier(np.array([0.0, 1.0]), np.array([0, 1])).tolist() == [0, 0]
    assert energy_score(np.array([[[3.0, 4.0]]]), np.zeros((1, 2)))[0] == pytest.approx(5.0)
    assert crps(CountForecast(np.array([[0.0, 1.0]])), np.array([0]))[0] == pytest.approx(1.0)


def test_quantiles_are_the_smallest_counts_that_reach_a_level():
    one = CountForecast(np.array([[0.25, 0.5, 0.25], [0.0, 0.0, 1.0]]))
    assert {level: one.quantile(level).tolist() for level in (0.2, 0.25, 0.26, 0.75, 0.76)} == {
        0.2: [0, 2], 0.25: [0, 2], 0.26: [1, 2], 0.75: [1, 2], 0.76: [2, 2]}
    tenths = CountForecast(np.full((1, 10), 0.1))
    assert [tenths.quantile(level)[0] for level in (0.3, 0.6, 0.8, 0.9)] == [2, 5, 7, 8]  # sums of tenths round
    assert one.cells(np.array([1])).pmf.tolist() == [[0.0, 0.0, 1.0]]
    assert one.widened(5).pmf.tolist() == [[0.25, 0.5, 0.25, 0, 0], [0, 0, 1, 0, 0]]
    assert one.widened(2).pmf.tolist() == one.pmf.tolist()


def test_grids_reach_as_far_as_tails_do():
    """mean + 8 sd of a Poisson + 18 (1 + mean / size), of all draws but one in ten thousand, and two more."""
    assert reach(np.array([[4.0]]), np.array([[2.0]])) == 4 + 16 + 54 + 2
    assert reach(np.array([[1e6]]), np.array([[1e12]])) == LONGEST == 3000
    mean = np.full((10_001, 1), 4.0)
    mean[5] = 400.0
    assert reach(mean, np.full_like(mean, 2.0)) == 76
    mean[6] = 400.0
    assert reach(mean, np.full_like(mean, 2.0)) > 1000


def test_grids_end_where_hardly_anything_is_left_and_what_is_left_is_on_the_last_count():
    found, k = mixture(np.array([2.5, 0.5]), np.array([POISSON])).pmf, np.arange(100)
    last = int(np.argmax(poisson.sf(k, 2.5) < REST))
    assert found.shape == (2, last + 1)
    assert found[0, -1] == pytest.approx(poisson.sf(last - 1, 2.5), rel=1e-4)
    np.testing.assert_allclose(found[0, :-1], poisson.pmf(k[:last], 2.5), rtol=1e-9)
    cut = mixture(np.array([2900.0]), np.array([POISSON])).pmf
    assert cut.shape == (1, LONGEST)
    assert cut[0, -1] == pytest.approx(poisson.sf(LONGEST - 2, 2900.0), rel=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-15)


def test_a_mixture_is_the_mean_of_its_draws_whatever_is_worked_on_at_a_time(monkeypatch):
    mean, size = np.array([[0.0, 7.0, 2.0], [4.0, 2.0, 30.0]]), np.array([[2.0, 1e13, 1.0], [5.0, 0.7, 2.0]])
    found, k = mixture(mean, size).pmf, np.arange(25)
    wanted = (poisson.pmf(k, 7.0) + nbinom.pmf(k, 0.7, 0.7 / 2.7)) / 2
    np.testing.assert_allclose(found[1, :25], wanted, atol=1e-12)
    assert found[0, 0] == pytest.approx((1 + nbinom.pmf(0, 5.0, 5 / 9)) / 2)
    for cells in (1, 2 * 2 * 400, 10**9):
        monkeypatch.setattr(scores, "CELLS_AT_A_TIME", cells)
        np.testing.assert_array_equal(mixture(mean, size).pmf, found)
    np.testing.assert_array_equal(mixture(mean, np.array(3.0)).pmf, mixture(mean, np.full((2, 3), 3.0)).pmf)


def test_draw_by_draw_probabilities_keep_their_digits():
    mean, size = np.array([[0.3], [5.0]]), np.array([[0.5], [1e11]])
    k = np.arange(12)
    for found, one in zip(each_draw(mean, size, 12), (nbinom.pmf(k, 0.5, 0.5 / 0.8), poisson.pmf(k, 5.0)), strict=True):
        np.testing.assert_allclose(found, one[None], rtol=1e-8)


def test_shares_of_paths_have_a_thousandth_around_them():
    share = np.array([[0.25, 0.0, 0.75], [0.0, 1.0, 0.0]])
    found, k = of_shares(share).pmf, np.arange(12)
    around = poisson.pmf(k, np.array([[0.5], [1.0], [2.0]]))
    wanted = 0.999 * np.pad(share, [(0, 0), (0, 9)]) + 0.001 * share @ around
    np.testing.assert_allclose(found[:, :12], wanted, atol=1e-12)


def test_few_counts_on_a_long_grid_take_no_square_of_it():
    """Totals of a long record: a kernel for each of 300,000 counts would take gigabytes."""
    share = np.zeros((1, 300_000))
    share[0, [12, 299_999]] = 0.75, 0.25
    tracemalloc.start()
    found = of_shares(share).pmf
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6
    assert found[0, 12] == pytest.approx(0.999 * 0.75 + 0.001 * 0.75 * poisson.pmf(12, 12))
    assert found[0, 299_999] == pytest.approx(0.999 * 0.25)
    short = np.pad(share[:, :13] / 0.75, [(0, 0), (0, LONGEST)])
    assert np.array_equal(of_shares(short).pmf[0, :40], of_shares(short[:, :-14]).pmf[0, :40])


def test_a_pool_takes_as_many_weights_as_members():
    one = CountForecast(np.array([[1.0]]))
    with pytest.raises(ValueError, match="shorter"):
        linear_pool([one, one], np.array([1.0]))


def test_counts_beyond_a_grid_are_scored_as_if_it_went_on():
    short = CountForecast(np.array([[0.5, 0.5]]))
    assert [crps(short, np.array([count]))[0] for count in (0, 2, 4)] == pytest.approx([0.25, 1.25, 3.25])
    assert log_score(short, np.array([2]))[0] == pytest.approx(-np.log(1e-10 / (3 * 4)))
    sure = CountForecast(np.array([[1.0]]))
    assert [crps(sure, np.array([3]))[0], log_score(sure, np.array([0]))[0]] == [3, 0]


def test_scores_take_columns_of_any_type():
    """As tables hold them: numbers as objects, events as truth values."""
    assert brier(np.array([0.5, 1.0], object), np.array([True, False])).tolist() == [0.25, 1.0]
    assert ranked(np.array([[0, 1]]), np.array([0], object)).tolist() == [1.0]


def test_draws_of_means_and_sizes_are_as_many():
    with pytest.raises(ValueError, match="shorter"):
        list(each_draw(np.ones((2, 1)), np.ones((1, 1)), 3))
