"""Structure of the effects: the covariances that the docstrings promise, exactly."""

import numpy as np
import pytest

from forecast.components.linear import ar1_matrix, chain_matrix, tree_basis, walk_matrix, zero_sum_basis


@pytest.mark.parametrize("n", [2, 3, 6, 12])
def test_zero_sum_effects_sum_to_zero_with_unit_variances_and_equal_correlations(n):
    basis = zero_sum_basis(n)
    covariance = basis @ basis.T
    assert basis.shape == (n, n - 1)
    np.testing.assert_allclose(basis.sum(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.diag(covariance), 1.0, rtol=1e-12)
    np.testing.assert_allclose(covariance[~np.eye(n, dtype=bool)], -1 / (n - 1), rtol=1e-12)


@pytest.mark.parametrize(("group", "correlation"), [([0, 1, 1], 0.0), ([0, 1, 2], 0.5), ([3, 1, 2, 0, 4], 0.9)])
def test_a_flat_tree_or_one_without_correlation_is_the_zero_sum_basis(group, correlation):
    np.testing.assert_allclose(tree_basis(np.array(group), correlation), zero_sum_basis(len(group)), atol=1e-12)


@pytest.mark.parametrize("correlation", [0.1, 0.5, 0.9])
def test_contrasts_between_parties_keep_their_variance_and_within_one_it_shrinks(correlation):
    basis = tree_basis(np.array([0, 1, 1]), correlation)
    other, party, apart = basis
    np.testing.assert_allclose(basis.sum(axis=0), 0.0, atol=1e-12)
    between = [((one - two) ** 2).sum() for one, two in ((other, party), (other, apart), (party, apart))]
    np.testing.assert_allclose(between, [3, 3, 3 * (1 - correlation)], rtol=1e-12)
    np.testing.assert_allclose((basis**2).sum(axis=1), [1 + correlation / 3, *[1 - 2 * correlation / 3] * 2], rtol=1e-12)


@pytest.mark.parametrize("correlation", [0.0, 0.35, 0.7])
def test_chains_have_unit_variances_a_power_of_the_correlation_within_and_none_between(correlation):
    matrix = chain_matrix(np.array([-1, -1, 0, 1, 2, 3, -1]), correlation)
    steps = {(0, 2): 1, (0, 4): 2, (2, 4): 1, (1, 3): 1, (1, 5): 2, (3, 5): 1}
    expected = np.eye(7)
    for (one, two), step in steps.items():
        expected[one, two] = expected[two, one] = correlation**step
    np.testing.assert_allclose(matrix @ matrix.T, expected, atol=1e-12)


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
