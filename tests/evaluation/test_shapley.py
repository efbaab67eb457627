"""Shares of variance: exact sums, known answers, and an error that tells the truth."""

import numpy as np
import pytest

from forecast.evaluation.variance import split_variance

PATHS = 4000
BATCH = np.arange(PATHS) * 40 // PATHS


def split(difference, noise):
    """Sources are the columns of the noise; off is zero, their mean."""
    names = [chr(97 + column) for column in range(noise.shape[1])]

    def given(on):
        return difference(*(noise[:, place] * (name in on) for place, name in enumerate(names)))[:, None]

    return split_variance(given, names, BATCH)


def independent(seed, count=2):
    return np.random.default_rng(seed).standard_normal((PATHS, count))


def test_shares_of_a_sum_are_its_variances():
    found = split(lambda a, b, c: 2 * a + b + c, independent(1, 3))
    assert found.share.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(found.share[:, 0], [4 / 6, 1 / 6, 1 / 6], atol=4 * found.error.max())
    assert found.sd[0] ** 2 == pytest.approx(6, rel=0.15)


@pytest.mark.parametrize("tail", [0.3, 1.0])
def test_the_error_of_the_standard_deviation_is_that_of_repeated_studies(tail):
    """Differences with a heavy tail, whose standard deviation a few thousand paths know badly, say so."""
    found = [split(lambda a, b: np.exp(tail * a) + b, independent(seed)) for seed in range(60)]
    sd, error = (np.array([getattr(one, name)[0] for one in found]) for name in ("sd", "sd_error"))
    assert sd.std() == pytest.approx(np.sqrt((error**2).mean()), rel=0.35)
    assert sd.std() > (0.005, 0.05)[tail == 1.0]


def test_an_interaction_belongs_to_both_and_shares_still_sum_to_one():
    noise = independent(2)
    found = split(lambda a, b: a * b, noise)
    np.testing.assert_allclose(found.share[:, 0], 0.5)
    alone = [np.var(noise[:, 0] * 0), np.var(0 * noise[:, 1])]  # one source at a time: nothing is explained
    assert sum(alone) == 0


def test_dependent_sources_get_the_covariance_of_their_steps():
    rng, correlation = np.random.default_rng(3), -0.9
    a, b = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], PATHS).T
    found = split(lambda a, b: a + 2 * b, np.column_stack([a, b]))
    exact = np.array([1 + 2 * correlation, 4 + 2 * correlation]) / (5 + 4 * correlation)
    assert exact[0] < 0
    np.testing.assert_allclose(found.share[:, 0], exact, atol=4 * found.error.max())
    assert found.share.sum() == pytest.approx(1, abs=1e-12)


def test_an_independent_copy_may_stand_for_a_source_without_a_mean():
    noise, copy = independent(4), independent(5)

    def given(on):
        first = np.where(noise[:, 0] > 0, 3.0, 1.0) if "a" in on else np.where(copy[:, 0] > 0, 3.0, 1.0)
        return (first + ("b" in on) * noise[:, 1])[:, None]

    found = split_variance(given, ["a", "b"], BATCH)
    np.testing.assert_allclose(found.share[:, 0], [0.5, 0.5], atol=4 * found.error.max())
    assert found.share.sum() == pytest.approx(1, abs=1e-12)


def test_error_meets_the_spread_of_replications():
    found = [split(lambda a, b: np.exp(0.3 * a + 0.3 * b), independent(seed)) for seed in range(60)]
    true = np.std([one.share[0, 0] for one in found], ddof=1)
    told = np.mean([one.error[0, 0] for one in found])
    assert abs(told / true - 1) < 4 / np.sqrt(2 * 59)


def test_what_does_not_vary_has_no_shares():
    found = split(lambda a, b: 0 * a, independent(6))
    assert np.isnan(found.share).all()
    assert found.sd[0] == found.sd_error[0] == 0


def grouped(seed, means, count=PATHS):
    """Paths of some groups whose difference has a mean of its own in each; everything else is alike."""
    noise = np.random.default_rng(seed).standard_normal((count, 1))
    group = np.random.default_rng(seed + 100).permutation(count) % len(means)
    mean = np.array(means)[group]
    return split_variance(lambda on: mean[:, None] + noise * ("a" in on), ["a"], np.arange(count) * 40 // count, group)


def test_identical_groups_have_no_share():
    found = [grouped(seed, [0.0] * 4) for seed in range(40)]
    share = np.array([one.between[0] for one in found])
    assert abs(share.mean()) < 4 * share.std(ddof=1) / np.sqrt(len(share))  # no bias
    assert max(abs(one.between[0]) / one.between_error[0] for one in found) < 5
    assert share.max() < 0.01


def test_groups_that_differ_have_the_share_of_the_variance_of_their_means():
    found = grouped(1, [0.0, 1.0])
    assert found.between[0] == pytest.approx(0.25 / 1.25, abs=4 * found.between_error[0])
    assert 0 < found.between_error[0] < 0.02
    assert found.share.sum() + found.between[0] == pytest.approx(1, abs=1e-12)
    assert found.sd[0] ** 2 == pytest.approx(1.25, rel=0.1)


def test_a_source_may_count_in_one_group_alone():
    noise, group = independent(8), np.arange(PATHS) % 2
    found = split_variance(lambda on: (noise[:, :1] * ("a" in on) * (group == 0)[:, None] + noise[:, 1:] * ("b" in on)),
                           ["a", "b"], BATCH, group)
    np.testing.assert_allclose(found.share[:, 0], [1 / 3, 2 / 3], atol=4 * found.error.max())


@pytest.mark.parametrize("level", [0.0, 3.7, 1e6])
def test_a_difference_that_is_the_same_on_every_path_has_no_shares(level):
    found = split(lambda a, b: level + 0 * a + 0 * b, independent(6))
    assert found.sd.tolist() == [0.0]
    assert np.isnan(found.share).all()


def test_a_small_variance_beside_a_large_mean_is_still_one():
    found = split(lambda a, b: 1000 + 0.1 * a + 0.1 * b, independent(7))
    np.testing.assert_allclose(found.share[:, 0], [0.5, 0.5], atol=0.05)
