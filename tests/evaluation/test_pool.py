"""Scores of a pool of forecasters: the weights never see the term they are judged by."""

import numpy as np
import pytest
from scipy.special import logsumexp

from forecast.evaluation.skill import paired_difference, pool_scores
from forecast.posterior.pool import stacking_weights

SCORE = np.random.default_rng(9).normal(-20, 2, (3, 6))


def test_the_pool_is_weighted_by_the_terms_before():
    found = pool_scores(SCORE, stacking_weights)
    for term in range(6):
        weight = stacking_weights(SCORE[:, :term])
        assert found[term] == pytest.approx(logsumexp(np.log(weight) + SCORE[:, term]))


def test_a_term_changes_the_pool_at_itself_and_later_but_not_its_own_weights():
    changed = SCORE.copy()
    changed[0, 3] += 5
    before, after = (pool_scores(score, stacking_weights) for score in (SCORE, changed))
    np.testing.assert_array_equal(before[:3], after[:3])
    assert after[3] == pytest.approx(logsumexp(np.log(stacking_weights(SCORE[:, :3])) + changed[:, 3]))
    assert (before[4:] != after[4:]).all()


def test_terms_that_some_member_did_not_forecast_have_no_score():
    holes = SCORE.copy()
    holes[:, :2] = np.nan
    holes[1, 2] = np.nan
    assert np.isnan(pool_scores(holes, stacking_weights)[:3]).all()
    assert np.isfinite(pool_scores(holes, stacking_weights)[3:]).all()


def test_a_pool_is_never_worse_than_its_worst_member_nor_better_than_its_best():
    found = pool_scores(SCORE, stacking_weights)
    assert (found > SCORE.min(axis=0)).all()
    assert (found < SCORE.max(axis=0)).all()


def test_paired_differences_and_their_error():
    first, second = np.array([np.nan, -1.0, -2.0, -3.0]), np.array([-9.0, -2.0, -2.5, -2.0])
    found = paired_difference(first, second)
    assert found["difference"] == pytest.approx(0.5)
    assert found["error"] == pytest.approx(np.std([1.0, 0.5, -1.0], ddof=1) * np.sqrt(3))
    assert (found["better_in"], found["terms"]) == (2, 3)
