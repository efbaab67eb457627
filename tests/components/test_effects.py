"""Structure of the effects: the covariances that the docstrings promise, exactly."""

import numpy as np
import pytest

from forecast.components.effects import ar1_matrix, walk_matrix, zero_sum_basis


@pytest.mark.parametrize("n", [2, 3, 6, 12])
def test_zero_sum_effects_sum_to_zero_with_unit_variances_and_equal_correlations(n):
    basis = zero_sum_basis(n)
    covariance = basis @ basis.T
    assert basis.shape == (n, n - 1)
    np.testing.assert_allclose(basis.sum(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.diag(covariance), 1.0, rtol=1e-12)
    np.testing.assert_allclose(covariance[~np.eye(n, dtype=bool)], -1 / (n - 1), rtol=1e-12)


@pytest.mark.parametrize("coefficient", [0.0, 0.3, 0.7, 0.95])
def test_autoregressive_levels_have_the_stationary_covariance(coefficient):
    matrix = ar1_matrix(9, coefficient)
    term = np.arange(9)
    expected = coefficient ** np.abs(term[:, None] - term[None, :])
    np.testing.assert_allclose(matrix @ matrix.T, expected, atol=1e-12)


def test_autoregressive_levels_follow_the_recursion():
    noise = np.random.default_rng(1).normal(size=9)
    level = [noise[0]]
    for z in noise[1:]:
        level.append(0.7 * level[-1] + np.sqrt(1 - 0.7**2) * z)
    np.testing.assert_allclose(ar1_matrix(9, 0.7) @ noise, level, rtol=1e-12)


def test_a_walk_steps_back_from_zero_at_the_last_term():
    steps = np.random.default_rng(2).normal(size=8)
    level = np.zeros(9)
    for j in range(8, 0, -1):
        level[j - 1] = level[j] - steps[j - 1]
    np.testing.assert_allclose(walk_matrix(9) @ steps, level, rtol=1e-12)
    assert walk_matrix(9)[-1].tolist() == [0.0] * 8


def test_the_variance_of_a_walk_grows_by_one_per_term_back():
    matrix = walk_matrix(6)
    np.testing.assert_allclose(np.diag(matrix @ matrix.T), [5, 4, 3, 2, 1, 0])
