"""The same random numbers under both outcomes: what they save in the variance of a difference, given the parameters."""

import numpy as np
import pytest

from forecast.simulation.engine import simulate
from tests.simulation.conftest import RATES, TERM_START, constant, make_scenario, source

PATHS = 4000


def totals(log_ratio, seed):
    given = constant(PATHS, log_rate=np.repeat(np.log(RATES)[:, None] + log_ratio, 4, axis=1))
    found = simulate(source(given), make_scenario(), paths=PATHS, seed=seed, term_start=TERM_START)
    return found.contact.sum(["month", "rank", "outcome"]).to_numpy().astype(float)


def gain(log_ratio, seed):
    """Variance of the difference with unrelated numbers, over that with the numbers of another seed, or of the same one."""
    one, paired, unrelated = totals(0.0, 1), totals(log_ratio, seed), totals(log_ratio, 2)
    return np.var(one - unrelated) / np.var(one - paired)


def test_shared_numbers_save_a_factor_of_twenty():
    assert gain(-0.1, seed=1) > 20


def test_numbers_of_another_seed_save_nothing():
    assert gain(-0.1, seed=3) == pytest.approx(1, abs=5 * np.sqrt(4 / PATHS))
