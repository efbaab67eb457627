import numpy as np

from forecast.evaluation.montecarlo import batch_of, describe, probability

PATHS, DRAWS = 20_000, 500


def test_paths_of_one_draw_share_a_batch():
    batch = batch_of(PATHS, DRAWS)
    assert all(len(np.unique(batch[draw::DRAWS])) == 1 for draw in range(0, DRAWS, 37))


def test_quantiles_are_those_of_numpy():
    values = np.random.default_rng(1).gamma(2.0, size=PATHS)
    found = describe(values, batch_of(PATHS, DRAWS))
    np.testing.assert_allclose([found["q05"], found["q50"], found["q95"]], np.quantile(values, [0.05, 0.5, 0.95]))


def test_error_knows_that_paths_of_one_draw_are_no_independent_sample():
    """The spread of means over replications is met; the naive error of independent paths is far below it."""
    means, errors, naive = [], [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        values = np.tile(rng.standard_normal(DRAWS), PATHS // DRAWS) + 0.3 * rng.standard_normal(PATHS)
        means.append(values.mean())
        errors.append(describe(values, batch_of(PATHS, DRAWS))["mcse"])
        naive.append(values.std() / np.sqrt(PATHS))
    true = np.std(means, ddof=1)
    wobble = 4 / np.sqrt(2 * 59)  # four standard errors of a standard deviation from 60 replications
    assert abs(np.mean(errors) / true - 1) < wobble
    assert abs(np.mean(naive) / true - 1) > wobble


def test_paths_without_a_value_are_left_out():
    values = np.array([1.0, np.nan, 3.0, 5.0] * 100)
    assert describe(values, batch_of(400, 400))["mean"] == 3.0


def test_probability_counts_events():
    event = np.arange(PATHS) % 4 == 0
    share, error = probability(event, batch_of(PATHS, DRAWS))
    assert share == 0.25
    assert 0 <= error < 0.01
