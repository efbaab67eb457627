"""Leave-one-out against exact answers of a conjugate model, and one observation that does not belong."""

import numpy as np
import pytest
from scipy.stats import nbinom, norm, poisson

from forecast.posterior.loo import good_k, leave_one_out, predictive, summary, transform

CHAINS, DRAWS = 4, 1500
SHAPE, RATE = 2.0, 0.5  # of the gamma prior of a Poisson mean


def posterior(count, rng):
    """Independent draws of the mean given counts, and the log likelihood (draw, observation)."""
    mean = rng.gamma(SHAPE + count.sum(), 1 / (RATE + len(count)), CHAINS * DRAWS)
    return mean, poisson.logpmf(count, mean[:, None])


def exact(count):
    """Log predictive probability of every count given the others: negative binomial."""
    shape, rate = SHAPE + count.sum() - count, RATE + len(count) - 1
    return nbinom.logpmf(count, shape, rate / (rate + 1))


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_densities_are_those_of_refits(rng):
    count = rng.poisson(3.0, 40)
    loo = leave_one_out(posterior(count, rng)[1], CHAINS)
    # importance sampling with benign weights: errors shrink with the root of the draws
    assert np.abs(loo.elpd_i - exact(count)).max() < 4 / np.sqrt(CHAINS * DRAWS)
    assert not loo.weak.any()
    assert loo.p_loo == pytest.approx(1, abs=0.6)  # one parameter


def test_an_observation_that_does_not_belong_has_a_heavy_tail(rng):
    count = np.append(rng.poisson(3.0, 9), 60)
    loo = leave_one_out(posterior(count, rng)[1], CHAINS)
    assert loo.weak.tolist() == [False] * 9 + [True]
    assert summary({"count": loo})["weak"].item() == 1


def test_weights_of_every_observation_sum_to_one(rng):
    loo = leave_one_out(posterior(rng.poisson(3.0, 5), rng)[1], CHAINS)
    np.testing.assert_allclose(np.exp(loo.log_weight).sum(axis=1), 1)


def test_an_observation_that_depends_on_no_parameter_is_exact_and_changes_nothing_else(rng):
    """Weights of a constant likelihood have no tail to fit; its density without it is its density."""
    density = posterior(rng.poisson(3.0, 40), rng)[1]
    known = np.log(0.3)
    loo = leave_one_out(np.column_stack([density, np.full(len(density), known), np.zeros(len(density))]), CHAINS)
    alone = leave_one_out(density, CHAINS)
    assert loo.certain.tolist() == [False] * 40 + [True, True]
    assert loo.elpd_i[-2:].tolist() == [known, 0.0]
    assert np.isneginf(loo.pareto_k[-2:]).all()
    assert not loo.weak[-2:].any()
    np.testing.assert_allclose(loo.log_weight[-2:], -np.log(len(density)))
    np.testing.assert_allclose(loo.elpd_i[:-2], alone.elpd_i, atol=1e-3)  # the tail's length hangs on all observations
    assert summary({"count": loo})["certain"].item() == 2
    assert loo.p_loo == pytest.approx(alone.p_loo, abs=0.02)


def test_all_observations_may_be_certain():
    loo = leave_one_out(np.full((CHAINS * DRAWS, 3), -1.5), CHAINS)
    assert (loo.elpd, loo.p_loo) == (-4.5, 0)
    assert summary({"count": loo})["weak"].item() == 0


def test_a_tail_of_equal_weights_is_bounded(rng):
    """Half of the draws share the smallest likelihood: the largest weights are equal, and none stands out."""
    density = np.where(rng.random((CHAINS * DRAWS, 1)) < 0.5, np.log(0.2), np.log(0.6))
    loo = leave_one_out(density, CHAINS)
    assert not loo.weak.any()
    assert not loo.certain.any()
    assert loo.elpd_i[0] == pytest.approx(-np.log(np.exp(-density).mean()))  # the harmonic mean, by definition


def test_a_tail_that_nothing_fits_is_not_relied_on(rng):
    """Over a quarter of the tail ties at its lower end."""
    density = -np.where(rng.random(CHAINS * DRAWS) < 0.99, 0.5, rng.random(CHAINS * DRAWS) + 0.5)[:, None]
    loo = leave_one_out(density, CHAINS)
    assert np.isposinf(loo.pareto_k[0])
    assert loo.weak.all()


def test_the_threshold_grows_with_the_draws_up_to_seven_tenths():
    assert good_k(100) == pytest.approx(0.5)
    assert good_k(5000) == 0.7


def test_predictive_probabilities_of_all_values_sum_to_one(rng):
    count = rng.poisson(3.0, 20)
    mean, density = posterior(count, rng)
    weight = leave_one_out(density, CHAINS).log_weight
    total = sum(predictive(weight, np.repeat(poisson.logpmf(value, mean)[:, None], 20, 1)) for value in range(40))
    np.testing.assert_allclose(total, 1, atol=1e-6)


def climbed(count, mean):
    return poisson.cdf(count - 1, mean), poisson.pmf(count, mean)


def test_transforms_of_a_calibrated_prediction_stay_in_the_band(rng):
    inside = [transform(*climbed(rng.poisson(3.0, 200), 3.0), rng).calibrated for _ in range(20)]
    assert sum(inside) >= 16  # 95 % bands: fewer than 16 of 20 with probability below 0.003


@pytest.mark.parametrize(("count", "words"), [
    (lambda rng: rng.negative_binomial(1, 1 / 4, 300), "predictions are too narrow"),
    (lambda rng: np.full(300, 3), "predictions are too wide"),
    (lambda rng: rng.poisson(2.2, 300), "predictions are too high"),
    (lambda rng: rng.poisson(4.0, 300), "predictions are too low"),
])
def test_transforms_of_a_wrong_prediction_leave_the_band(rng, count, words):
    pit = transform(*climbed(count(rng), 3.0), rng)
    assert not pit.calibrated
    assert pit.shape == words


def test_a_continuous_value_needs_no_randomisation(rng):
    pit = transform(norm.cdf(rng.normal(size=100)), np.zeros(100), rng)
    assert pit.outside in (0.0, 1.0)
