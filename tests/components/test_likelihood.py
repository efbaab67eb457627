"""PyTensor likelihoods against SciPy and against the formulas written out."""

import numpy as np
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy.special import expit, gammaln, logit, softmax
from scipy.stats import bernoulli as scipy_bernoulli
from scipy.stats import dirichlet, nbinom, poisson

from forecast.components.likelihood import binomial, exceedances, log_dirichlet, negative_binomial, ordered

PYTHON = Mode(linker="py", optimizer=None)  # as written: no rewriting, no compiling


def value(expression) -> np.ndarray:
    return expression.eval(mode=PYTHON)


def vector(values) -> pt.TensorVariable:
    return pt.constant(np.asarray(values, float))


COUNT = np.array([0, 0, 1, 3, 7, 40])
LOG_MEAN = np.array([-3.0, 1.0, 0.2, 1.5, 0.0, 3.5])


def counted(count, log_mean, spread) -> float:
    return weighted(count, np.ones(len(count)), log_mean, spread)


def weighted(count, weight, log_mean, spread) -> float:
    count, weight = np.asarray(count), np.asarray(weight, float)
    data = vector(weight * count), vector(weight), vector(exceedances(count, weight))
    return float(value(negative_binomial(*data, vector(log_mean), pt.constant(float(spread)))))


@pytest.mark.parametrize("spread", [0.05, 0.4, 1.0, 3.0])
def test_negative_binomial_equals_scipy_less_log_factorials(spread):
    size = spread**-2
    plain = nbinom.logpmf(COUNT, size, size / (size + np.exp(LOG_MEAN)))
    np.testing.assert_allclose(counted(COUNT, LOG_MEAN, spread), (plain + gammaln(COUNT + 1)).sum(), rtol=1e-9)


@pytest.mark.parametrize("spread", [1e-3, 1e-5, 1e-7])
def test_negative_binomial_tends_to_poisson_as_the_spread_vanishes(spread):
    """log NB - log Poisson = s^2 ((y - m)^2 - y) / 2 + O(s^4)."""
    limit = (poisson.logpmf(COUNT, np.exp(LOG_MEAN)) + gammaln(COUNT + 1)).sum()
    first = spread**2 * ((COUNT - np.exp(LOG_MEAN)) ** 2 - COUNT).sum() / 2
    assert counted(COUNT, LOG_MEAN, spread) - limit == pytest.approx(first, rel=0.1, abs=1e-9 * abs(limit))


@pytest.mark.parametrize("count", [[0, 0], [1, 0], [1, 1], [2, 0]])
def test_negative_binomial_with_few_contacts(count):
    plain = nbinom.logpmf(count, 4.0, 4.0 / (4.0 + np.exp([0.3, -1.0]))) + gammaln(np.add(count, 1))
    assert counted(count, [0.3, -1.0], 0.5) == pytest.approx(plain.sum(), rel=1e-12)


@pytest.mark.parametrize("log_mean", [-40.0, 40.0])
def test_negative_binomial_is_finite_at_extreme_means(log_mean):
    size, y, m = 4.0, 3, np.exp(log_mean)
    plain = gammaln(y + size) - gammaln(size) + y * log_mean - y * np.log(size + m) - size * np.log1p(m / size)
    assert counted([y], [log_mean], 0.5) == pytest.approx(plain, rel=1e-12)


def test_weights_of_cells_are_exponents_and_zero_leaves_a_cell_out():
    weight = np.array([1.0, 0.5, 0.0, 0.8, 1.0, 0.25])
    each = [weight[i] * counted(COUNT[i:i + 1], LOG_MEAN[i:i + 1], 0.4) for i in range(len(COUNT))]
    assert weighted(COUNT, weight, LOG_MEAN, 0.4) == pytest.approx(sum(each), rel=1e-12)
    assert abs(weighted(COUNT, weight, LOG_MEAN, 0.4) - counted(COUNT, LOG_MEAN, 0.4)) > 1


def test_binomial_equals_scipy_and_is_finite_at_extremes():
    named = np.array([[0, 1, 1], [1, 0, 0]])
    given = np.array([[-2.0, 0.5, 3.0], [-0.1, 2.0, -4.0]])
    plain = scipy_bernoulli.logpmf(named, expit(given)).sum()
    assert float(value(binomial(named, np.ones_like(named), pt.constant(given)))) == pytest.approx(plain, rel=1e-12)
    assert float(value(binomial(np.array([1, 0]), np.ones(2), vector([-800.0, 800.0])))) == -1600.0


def test_binomial_of_several_is_the_sum_over_each():
    each = [float(value(binomial(np.array([one]), np.ones(1), vector([0.7])))) for one in (1, 0, 0, 1, 1)]
    assert float(value(binomial(np.array([3.0]), np.array([5.0]), vector([0.7])))) == pytest.approx(sum(each), rel=1e-12)


SHARE = np.array([[0.6, 0.2, 0.15, 0.05], [0.1, 0.3, 0.4, 0.2]])
CODE = np.array([0, 1, 2, 3, 0, 1, 2, 3])
GROUP = np.array([0, 0, 0, 0, 1, 1, 1, 1])


def graded(code, group, location, share=SHARE) -> float:
    count = np.eye(len(share))[np.asarray(group)].T[:, :, None] * np.eye(share.shape[1])[np.asarray(code)]
    return float(value(ordered(pt.constant(count), vector(location)[None, :], pt.constant(share))))


def by_definition(code, cut, location) -> float:
    """log(F(c_k - l) - F(c_{k-1} - l)) with F the logistic function."""
    edges = np.concatenate([[-np.inf], cut, [np.inf]])
    return float(np.log(expit(edges[code + 1] - location) - expit(edges[code] - location)))


def test_ordered_logit_equals_the_difference_of_logistic_functions():
    location = np.random.default_rng(3).normal(0, 2, len(CODE))
    cut = logit(np.cumsum(SHARE, axis=1)[:, :-1])
    plain = [by_definition(k, cut[g], at) for k, g, at in zip(CODE, GROUP, location, strict=True)]
    assert graded(CODE, GROUP, location) == pytest.approx(sum(plain), rel=1e-11)


def test_ordered_logit_at_location_zero_gives_the_shares():
    assert graded(CODE, GROUP, np.zeros(8)) == pytest.approx(np.log(SHARE).sum(), rel=1e-12)


@pytest.mark.parametrize("location", [-3.0, 0.0, 2.5])
def test_ordered_probabilities_sum_to_one(location):
    total = sum(np.exp(graded([k], [1], [location])) for k in range(4))
    assert total == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(("location", "code"), [(-30.0, 3), (30.0, 0), (30.0, 1), (-30.0, 2)])
def test_ordered_logit_keeps_its_precision_far_out(location, code):
    """In the tail of a = c_k - l and b = c_(k-1) - l, F(a) - F(b) is exp(-|.|) times a difference of cut values."""
    cut = np.concatenate([[-np.inf], logit(np.cumsum(SHARE[0])[:-1]), [np.inf]])
    low, high = np.exp(cut[code]), np.exp(cut[code + 1])
    tail = np.log(high - low) - location if location > 0 else np.log(1 / low - 1 / high) + location
    assert graded([code], [0], [location]) == pytest.approx(tail, rel=1e-10)


def test_two_codes_are_a_bernoulli():
    share = np.array([[0.3, 0.7]])
    found = graded([0, 1, 1], [0, 0, 0], [0.5, -1.0, 2.0], share)
    chance = expit(np.array([0.5, -1.0, 2.0]) - logit(0.3))
    assert found == pytest.approx(scipy_bernoulli.logpmf([0, 1, 1], chance).sum(), rel=1e-12)


@pytest.mark.parametrize("concentration", [[6.0, 2.0, 1.0, 1.0], [1.0, 4.0, 4.0], [0.5, 0.5]])
def test_dirichlet_in_unbounded_values_has_the_jacobian_of_the_softmax(concentration):
    """Density of the shares times |d share / d raw|, by central differences; equal up to one constant."""
    concentration = np.array(concentration)
    rng, gaps = np.random.default_rng(4), []
    for raw in rng.normal(0, 1.5, (5, len(concentration) - 1)):
        share = softmax(np.append(raw, 0.0))
        step = 1e-5 * np.eye(len(raw))
        jacobian = [(softmax(np.append(raw + s, 0.0)) - softmax(np.append(raw - s, 0.0)))[:-1] / 2e-5 for s in step]
        plain = dirichlet.logpdf(share, concentration) + np.linalg.slogdet(np.array(jacobian))[1]
        gaps.append(float(value(log_dirichlet(vector(np.log(share)), concentration))) - plain)
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-7)
