"""Between the points of a sweep: what is known exactly is found, the told error holds, and nonsense is told to be nonsense."""

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from forecast.evaluation.surrogate import BOUND, Axis, _design, _terms_to, grid_error, largest_error, smooth

AXES = (Axis(low=-1, high=2), Axis(low=0, high=1), Axis(kinds=3))
BLOCK = len(AXES) + 2


def sample(rng, count):
    return np.column_stack([rng.uniform(-1, 2, count), rng.uniform(0, 1, count), rng.integers(0, 3, count)])


def chance(points):
    return 1 / (1 + np.exp(-points[:, 0] + points[:, 2] * points[:, 1]))[:, None]


def fitted(values, count=600):
    points = sample(np.random.default_rng(1), count)
    return points, smooth(points, values(points), AXES, np.arange(count) // BLOCK)


def test_a_polynomial_is_found_exactly():
    def values(points):
        x, z, kind = points.T
        return np.column_stack([x ** 3 - z * x, (kind == 1) * z, 0 * x + 4])

    _, found = fitted(values)
    new = sample(np.random.default_rng(2), 200)
    np.testing.assert_allclose(found.at(new), values(new), atol=1e-9)
    assert found.largest.max() < 1e-9


def test_the_told_error_covers_points_that_were_never_seen():
    _, found = fitted(chance)
    new = sample(np.random.default_rng(2), 200)
    missed = np.abs(found.at(new) - chance(new)).max()
    assert missed < BOUND
    assert missed < 3 * found.largest[0] < 3 * BOUND


def test_a_fit_to_shuffled_points_is_told_to_be_none():
    rng = np.random.default_rng(3)
    _, found = fitted(lambda points: rng.permutation(chance(points)))
    assert found.largest[0] > 10 * BOUND


def test_groups_are_left_out_as_if_everything_were_fitted_anew():
    rng = np.random.default_rng(4)
    points, group = sample(rng, 200), np.arange(200) // BLOCK
    values = chance(points) + rng.normal(0, 0.1, (200, 1))
    found = smooth(points, values, AXES, group)
    degree = max(sum(axis.degrees(9)[one] for axis, one in zip(AXES, term, strict=True)) for term, coef in zip(
        found.terms, found.coef[:, 0], strict=True) if coef)
    design = _design(points, AXES, _terms_to(AXES, degree))
    missed = [values[group == one] - design[group == one] @ np.linalg.lstsq(design[group != one], values[group != one])[0]
              for one in np.unique(group)]
    assert found.largest[0] == pytest.approx(np.abs(np.concatenate(missed)).max())


def test_points_that_alone_know_a_kind_count_as_not_fitted():
    points = np.column_stack([np.linspace(0, 1, 60), np.repeat([0, 1], [55, 5])])
    found = smooth(points, (points[:, 1] * 5.0)[:, None], (Axis(), Axis(kinds=2)), np.arange(60) // 5)
    assert found.largest[0] == pytest.approx(5)


LEVELS = (np.array([0.0, 1.0, 2.0, 4.0]), None, np.array([-1.0, 0.0, 1.0]))


def on_grid(function, levels=LEVELS):
    return function(*np.meshgrid(*(np.arange(2.0) if one is None else one for one in levels), indexing="ij"))[..., None]


def test_of_a_grid_the_error_of_a_square_is_known():
    found = grid_error(LEVELS, on_grid(lambda x, kind, z: x**2 + 10 * kind + z))
    assert found == pytest.approx([2.0])  # (2 - 1)(4 - 2) f'' / 2


def test_of_many_assumptions_errors_add_up():
    levels = [np.arange(3.0)] * 6
    found = grid_error(levels, on_grid(lambda *axes: sum(axis**2 for axis in axes), levels))
    assert found == pytest.approx([6 / 4])  # of each, h^2 f'' / 8 = 1 / 4; 1 where it is left out


def test_of_a_grid_the_told_error_covers_random_points():
    levels = (np.linspace(-1, 2, 13), None, np.linspace(0, 1, 5))

    def function(x, kind, z):
        return 1 / (1 + np.exp(-x + kind * z))

    values, rng = on_grid(function, levels), np.random.default_rng(5)
    points = np.column_stack([rng.uniform(-1, 2, 200), rng.integers(0, 2, 200), rng.uniform(0, 1, 200)])
    read = RegularGridInterpolator((levels[0], [0, 1], levels[2]), values[..., 0])(points)
    missed, told = np.abs(read - function(*points.T)).max(), grid_error(levels, values)[0]
    assert missed <= told < BOUND
    shuffled = rng.permutation(values.ravel()).reshape(values.shape)
    assert grid_error(levels, shuffled)[0] > 10 * BOUND


def test_of_two_values_nothing_can_be_left_out():
    assert np.isnan(grid_error((np.array([0.0, 1.0]),), np.array([[0.0], [1.0]]))).all()
    assert largest_error([0.1, float("nan")]) is None
    assert largest_error([0.1, 0.2]) == 0.2
