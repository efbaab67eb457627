"""Tests of uniform ranks: calibrated p-values, power against the usual faults, and the right reading of dependence."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from forecast.evaluation.skill import holm
from forecast.evaluation.uniformity import LEVEL, band, chi_square, difference, ecdf, uniformity

RANKS, REPLICATIONS, STUDIES = 100, 200, 300
TESTS = {"chi-square": chi_square, "ecdf": ecdf}
every = pytest.mark.parametrize("test", TESTS.values(), ids=TESTS)


@every
def test_p_values_of_uniform_ranks_are_uniform_enough(test):
    """A share of 10 % below 0.1, as a binomial of the studies allows."""
    rng = np.random.default_rng(1)
    p = np.array([test(rng.integers(RANKS, size=REPLICATIONS), RANKS) for _ in range(STUDIES)])
    low, high = binom.ppf([0.001, 0.999], STUDIES, 0.1)
    assert low <= (p < 0.1).sum() <= high


def conjugate(rng, *, prior_sd=1.0, shift=0.0) -> np.ndarray:
    """Ranks of a normal mean with one observation; the posterior is exact where the arguments are left alone."""
    truth = rng.normal(size=REPLICATIONS)
    seen = truth + rng.normal(size=REPLICATIONS)
    variance = 1 / (1 / prior_sd**2 + 1)
    draws = rng.normal(variance * seen + shift, np.sqrt(variance), size=(RANKS - 1, REPLICATIONS))
    return (draws < truth).sum(axis=0)


@every
def test_an_exact_posterior_passes(test):
    assert test(conjugate(np.random.default_rng(2)), RANKS) > LEVEL


@every
@pytest.mark.parametrize("fault", [{"prior_sd": 0.5}, {"prior_sd": 4.0, "shift": 0.3}, {"shift": 0.4}])
def test_a_wrong_posterior_is_rejected(test, fault):
    assert test(conjugate(np.random.default_rng(3), **fault), RANKS) < LEVEL


def test_holm_is_the_stepdown_procedure():
    np.testing.assert_allclose(holm(np.array([0.04, 0.01, 0.03, 0.9])), [0.09, 0.04, 0.09, 0.9])


@pytest.mark.slow
def test_the_joint_verdict_holds_its_level_over_dependent_quantities():
    """Twenty quantities that nearly repeat each other: wrongly rejected in no more studies than a binomial allows."""
    rng, rejected = np.random.default_rng(4), 0
    for _ in range(60):
        common = rng.normal(size=REPLICATIONS)
        score = norm.cdf(0.95 * common[:, None] + np.sqrt(1 - 0.95**2) * rng.normal(size=(REPLICATIONS, 20)))
        rank = pd.DataFrame(np.minimum((score * RANKS).astype(int), RANKS - 1)).rename(columns=str)
        rejected += uniformity(rank, RANKS)["p_ecdf_joint"].min() < 0.05
    assert rejected <= binom.ppf(0.999, 60, 0.05)


def test_the_band_holds_95_percent_of_calibrated_lines_and_not_those_of_a_wrong_posterior():
    low, high = band(REPLICATIONS, RANKS)
    rng = np.random.default_rng(5)

    def inside(rank) -> bool:
        line = difference(rank, RANKS)
        return bool(((line >= low) & (line <= high)).all())

    kept = sum(inside(rng.integers(RANKS, size=REPLICATIONS)) for _ in range(STUDIES))
    assert binom.ppf(0.001, STUDIES, 0.95) <= kept
    assert not inside(conjugate(rng, shift=0.5))


@pytest.mark.parametrize("quantities", [22, 65])
def test_one_wrong_quantity_among_many_is_rejected_by_either_test(quantities):
    rng = np.random.default_rng(6)
    rank = pd.DataFrame(rng.integers(RANKS, size=(REPLICATIONS, quantities))).rename(columns=str)
    rank["wrong"] = conjugate(rng, shift=0.7)
    joint = uniformity(rank, RANKS).set_index("quantity")[["p_chi_square_joint", "p_ecdf_joint"]]
    assert (joint.loc["wrong"] < LEVEL / 2).all()
    assert (joint.drop("wrong").to_numpy() > LEVEL / 2).all()
