"""Coverage and transforms of forecasters who are right, too narrow, and too high."""

import numpy as np
import pytest

from forecast.evaluation.scores import CountForecast, mixture
from forecast.evaluation.uniformity import COVERAGE_LEVEL, calibrated, inside_interval, pit

CELLS = 4000


@pytest.fixture
def drawn():
    """Counts of many means, most of them small, with their right forecasts."""
    rng = np.random.default_rng(5)
    mean, size = rng.gamma(0.4, 4.0, CELLS), np.full(CELLS, 2.0)
    return rng.poisson(mean * rng.gamma(size, 1 / size)), mean, size


def off(values, wanted):
    """Distance from what is wanted, in standard errors."""
    return abs(values.mean() - wanted) / (values.std() / np.sqrt(len(values)))


@pytest.mark.parametrize("level", COVERAGE_LEVEL)
def test_a_right_forecaster_covers_what_it_says(drawn, level):
    count, mean, size = drawn
    assert off(calibrated(mixture(mean, size), count, level), level) < 4
    assert inside_interval(mixture(mean, size), count, level).mean() > level  # whole counts cover more


def test_a_narrow_forecaster_covers_less_and_the_check_sees_it(drawn):
    count, mean, _ = drawn
    assert off(calibrated(mixture(mean, np.full(CELLS, 1e9)), count, 0.95), 0.95) > 6


def test_the_transform_of_a_right_forecaster_is_even_and_of_a_high_one_is_not(drawn):
    count, mean, size = drawn
    right, high = pit(mixture(mean, size), count), pit(mixture(1.5 * mean, size), count)
    assert max(off(right[:, place], 0.1) for place in range(10)) < 4
    assert high.mean(axis=0)[:3].sum() > right.mean(axis=0)[:3].sum() + 0.03
    np.testing.assert_allclose(right.sum(axis=1), 1)


def test_an_outcome_held_for_impossible_lies_outside():
    found = CountForecast(np.array([[1.0, 0.0, 0.0]]))
    assert calibrated(found, np.array([2]), 0.95)[0] == pytest.approx(0.0, abs=1e-6)
    assert pit(found, np.array([2]))[0, -1] == pytest.approx(1.0)
