import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from forecast.simulation.random import PAGES_CAP, RATE_CAP, negative_binomial_quantile, normal_quantile, poisson_quantile

PROBABILITY = np.array([2.0**-53, 1e-13, 1e-9, 1e-3, 0.07, 0.3, 0.5, 0.8, 0.925, 0.97, 0.999, 1 - 1e-9])


def test_normal_quantile_is_that_of_scipy():
    found = [normal_quantile(p) for p in PROBABILITY]
    np.testing.assert_allclose(found, ndtri(PROBABILITY), rtol=1e-14, atol=1e-16)
    assert normal_quantile(0.5) == 0.0


@pytest.mark.parametrize("rate", [0.0, 1e-12, 0.02, 0.7, 5.0, 60.0, 500.0, 699.0, 700.1, 957.0, 2500.0, 6999.0])
def test_poisson_quantile_is_that_of_scipy(rate):
    found = [poisson_quantile(p, rate) for p in PROBABILITY]
    assert found == [max(value, 0) for value in stats.poisson.ppf(PROBABILITY, rate)]


def test_poisson_quantile_ends_at_the_last_uniform_and_above_the_cap():
    assert 700 < poisson_quantile(1 - 2.0**-53, 500.0) < 800
    assert poisson_quantile(0.5, 1e9) == poisson_quantile(0.5, RATE_CAP) == 7000
    assert 7550 < poisson_quantile(1 - 2.0**-53, RATE_CAP) < 7750


@pytest.mark.parametrize("probability", PROBABILITY)
def test_poisson_quantile_never_falls_with_the_rate(probability):
    counts = [poisson_quantile(probability, rate) for rate in np.geomspace(1e-3, RATE_CAP, 600)]
    assert (np.diff(counts) >= 0).all()
    assert counts[-1] > counts[0]


@pytest.mark.parametrize(("mean", "size"), [(0.01, 0.3), (2.5, 0.8), (2.5, 1e12), (40.0, 3.0), (500.0, 1e12)])
def test_negative_binomial_quantile_is_that_of_scipy(mean, size):
    none, ratio = np.exp(-size * np.log1p(mean / size)), mean / (mean + size)
    found = [negative_binomial_quantile(p, none, ratio, size) for p in PROBABILITY]
    wanted = (
        stats.poisson.ppf(PROBABILITY, mean)
        if size > 1e9
        else stats.nbinom.ppf(PROBABILITY, size, size / (size + mean))
    )
    assert found == list(wanted)


def test_negative_binomial_quantile_stops_at_the_cap():
    mean, size = 500.0, 0.01
    none, ratio = np.exp(-size * np.log1p(mean / size)), mean / (mean + size)
    assert stats.nbinom.ppf(1 - 1e-12, size, size / (size + mean)) > PAGES_CAP
    assert negative_binomial_quantile(1 - 1e-12, none, ratio, size) == PAGES_CAP


def test_quantiles_of_counts_reach_a_probability_exactly():
    """Where the distribution function is the probability itself, the count is the one that reaches it."""
    assert poisson_quantile(np.exp(-2.0), 2.0) == 0
    assert poisson_quantile(np.exp(-2.0) + 2.0 * np.exp(-2.0), 2.0) == 1
    assert negative_binomial_quantile(0.25, 0.25, 0.5, 2.0) == 0
    assert negative_binomial_quantile(0.25 + 0.25, 0.25, 0.5, 2.0) == 1  # P(1) = 1/4 * 1/2 * 2
    assert negative_binomial_quantile(0.25 + 0.25 + 0.1875, 0.25, 0.5, 2.0) == 2
