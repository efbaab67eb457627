"""Power of calibration: counted as it is, and planned as simulated studies have it."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from forecast.evaluation.uniformity import (
    LEVEL,
    POWER,
    STUDY,
    Power,
    rejects,
    simulated_power,
    smallest_shift,
    smallest_width,
    uniformity,
)

RANKS = 100


def ranks(count, *, wrong=1.0, quantities=5, seed=1):
    rng = np.random.default_rng(seed)
    found = rng.integers(RANKS, size=(count, quantities))
    found[:, 0] = found[:, 0] * wrong
    return pd.DataFrame(found).rename(columns=str)


def test_uniform_ranks_are_seldom_rejected_and_gross_faults_always():
    right, gross = Power.of(ranks(10 * STUDY), RANKS), Power.of(ranks(10 * STUDY, wrong=0.4), RANKS)
    assert (right.studies, right.size, gross.rejected) == (10, STUDY, 10)
    assert right.rejected <= binom.ppf(0.999, 10, LEVEL)
    assert right.low == 0
    assert gross.high == 1
    assert gross.low == pytest.approx(0.025 ** (1 / 10))  # Clopper and Pearson where all are rejected


def test_studies_share_no_replication():
    """One wrong block of three is one rejected study."""
    found = pd.concat([ranks(STUDY, seed=2), ranks(STUDY, wrong=0.3), ranks(STUDY, seed=3), ranks(7, wrong=0.0)])
    counted = Power.of(found, RANKS)
    assert (counted.studies, counted.rejected) == (3, 1)


@pytest.mark.parametrize("count", [20, 2 * STUDY - 1])
def test_few_replications_are_one_study_whose_interval_says_so(count):
    counted = Power.of(ranks(count, wrong=0.2), RANKS)
    assert (counted.size, counted.studies, counted.rejected) == (count, 1, 1)
    assert counted.low < 0.05


@pytest.mark.parametrize(("shift", "quantities"), [(0.0, 1), (0.4, 1), (0.6, 20)])
def test_the_planned_power_is_that_of_the_joint_test(shift, quantities):
    """Against the verdict on whole tables, with all but one quantity uniform; its chi-square adds little to a shift."""
    count, tables, rng = 40, 40, np.random.default_rng(5)
    seen = 0
    for _ in range(tables):
        found = rng.integers(RANKS, size=(count, quantities))
        found[:, 0] = rng.binomial(RANKS - 1, from_normal(rng, shift, count))
        table = uniformity(pd.DataFrame(found).rename(columns=str), RANKS)
        seen += table["p_ecdf_joint"].iloc[0] < LEVEL / 2
    low, high = binom.ppf([0.001, 0.999], tables, simulated_power(count, quantities, RANKS, shift=shift))
    assert low <= seen <= high + 1


def from_normal(rng, shift, count):
    from scipy.special import ndtr

    return ndtr(rng.standard_normal(count) + shift)


def test_more_replications_see_less_and_more_quantities_hide_more():
    assert smallest_shift(200, 30, RANKS) < smallest_shift(40, 30, RANKS)
    assert smallest_shift(40, 1, RANKS) <= smallest_shift(40, 60, RANKS)
    assert 1 < smallest_width(200, 30, RANKS) < smallest_width(40, 30, RANKS)
    shift = smallest_shift(200, 30, RANKS)
    assert simulated_power(200, 30, RANKS, shift=shift) >= POWER > simulated_power(200, 30, RANKS, shift=round(shift - 0.1, 6))


def test_a_fault_beyond_all_that_is_tried_is_none():
    assert np.isnan(smallest_width(5, 60, RANKS))


def test_a_verdict_is_of_either_test():
    assert not rejects(uniformity(ranks(200), RANKS))
    assert rejects(uniformity(ranks(200, wrong=0.5), RANKS))
