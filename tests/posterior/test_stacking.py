"""Weights of a pool: known optima, symmetry, and what must not happen."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from forecast.posterior.pool import CONCENTRATION, stacking_weights

RNG = np.random.default_rng(8)


def objective(weight, score, concentration=CONCENTRATION):
    return logsumexp(np.log(weight)[:, None] + score, axis=0).sum() + (concentration - 1) * np.log(weight).sum()


def test_weights_are_those_of_a_general_optimiser():
    score = RNG.normal(-20, 2, (4, 7))
    found = stacking_weights(score)
    other = minimize(lambda raw: -objective(softmax(np.append(raw, 0)), score), np.zeros(3), tol=1e-12)
    np.testing.assert_allclose(found, softmax(np.append(other.x, 0)), atol=1e-5)
    assert objective(found, score) > objective(np.full(4, 0.25), score)


def test_members_that_forecast_alike_weigh_alike_and_nothing_forecast_is_equal():
    np.testing.assert_allclose(stacking_weights(np.repeat(RNG.normal(size=(1, 5)), 3, axis=0)), 1 / 3)
    np.testing.assert_allclose(stacking_weights(np.full((4, 6), np.nan)), 0.25)


def test_one_member_that_is_far_better_everywhere_takes_all_but_the_prior():
    score = np.array([[0.0] * 7, [-50.0] * 7])
    np.testing.assert_allclose(stacking_weights(score), [8 / 9, 1 / 9])


def test_a_term_that_some_member_did_not_forecast_is_left_out_for_all():
    score = RNG.normal(size=(3, 6))
    holes = score.copy()
    holes[1, 2] = np.nan
    np.testing.assert_allclose(stacking_weights(holes), stacking_weights(np.delete(score, 2, axis=1)))


@pytest.mark.parametrize("shift", [-1000.0, 400.0])
def test_only_differences_between_members_matter(shift):
    score = RNG.normal(size=(3, 6))
    np.testing.assert_allclose(stacking_weights(score + shift), stacking_weights(score), atol=1e-9)
