"""Tallies against the values that they were made of."""

from functools import reduce
from operator import add

import numpy as np
import pytest

from forecast.evaluation.montecarlo import Tally, batch_of, describe, probability

DRAWS, BLOCK, BLOCKS = 80, 160, 5
BATCH = batch_of(BLOCK * BLOCKS, DRAWS)


def whole(values, step=1.0, order=range(BLOCKS)):
    part = [slice(i * BLOCK, (i + 1) * BLOCK) for i in order]
    return reduce(add, (Tally.of(values[one], batch_of(BLOCK, DRAWS, one.start), step) for one in part))


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_counts_are_described_exactly(rng):
    values = rng.poisson(rng.gamma(2, 20, BATCH.size)) - 30.0
    assert whole(values).describe() == pytest.approx(describe(values, BATCH), rel=1e-12)
    assert whole(values).probability(at_least=5) == pytest.approx(probability(values >= 5, BATCH), rel=1e-12)
    assert whole(values).probability(at_most=-3) == pytest.approx(probability(values <= -3, BATCH), rel=1e-12)


def test_the_mean_without_quantiles_is_that_of_the_description(rng, monkeypatch):
    """Differences of answers ask for no order: sorting them grew with the pairs of scenarios."""
    tally = whole(rng.poisson(3, BATCH.size).astype(float))
    told = tally.describe()
    monkeypatch.setattr(Tally, "_quantiles", None)
    assert tally.mean() == (told["mean"], told["mcse"])


def test_quantiles_on_a_grid_are_off_by_half_a_step_at_most(rng):
    values = rng.beta(2, 5, BATCH.size)
    values[rng.random(values.size) < 0.1] = np.nan
    found, true = whole(values, 0.01).describe(), describe(values, BATCH)
    for name in ("q05", "q25", "q50", "q75", "q95"):
        assert abs(found[name] - true[name]) <= 0.005 + 1e-12
    assert (found["mean"], found["mcse"]) == pytest.approx((true["mean"], true["mcse"]), rel=1e-12)
    assert max(abs(found[name] - true[name]) for name in ("q05", "q50", "q95")) > 1e-6  # it is a grid


def test_ties_count_half(rng):
    values = rng.integers(-1, 2, BATCH.size).astype(float)
    greater = (values > 0) + 0.5 * (values == 0)
    assert whole(values, 0.1).probability_greater() == pytest.approx(probability(greater, BATCH))


def test_the_order_of_blocks_changes_nothing_and_a_lost_block_does(rng):
    values = rng.poisson(np.repeat([3, 400, 0, 50, 7], BLOCK)).astype(float)
    one, other, lost = whole(values), whole(values, order=[3, 1, 4, 0, 2]), whole(values, order=[0, 1, 2, 4])
    np.testing.assert_array_equal(one.paths, other.paths)
    assert one.describe() == pytest.approx(other.describe(), rel=1e-12)
    assert (one.count, lost.count) == (values.size, values.size - BLOCK)


def test_where_no_path_has_a_value_every_number_is_nan():
    """Pages per contact of futures without contacts ended in an IndexError before."""
    nothing = np.full(BATCH.size, np.nan)
    for found in (whole(nothing, 0.01).describe(), describe(nothing, BATCH)):
        assert found.keys() == describe(np.zeros(BATCH.size), BATCH).keys()
        assert np.isnan(list(found.values())).all()
    assert np.isnan(whole(nothing).probability_greater()).all()
    assert np.isnan(probability(np.array([]), np.array([], int))).all()
