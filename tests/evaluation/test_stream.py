from functools import reduce

import numpy as np
import pytest

from forecast.evaluation.montecarlo import batch_of, probability
from forecast.evaluation.stream import ALL, Histogram, stream
from forecast.simulation.engine import simulate
from tests.simulation.conftest import TERM_START, constant, make_scenario, question, source

PATHS, DRAWS = 300, 80
SCENARIO = make_scenario(questions=[question("visit", rank=["president"], at_least=2)])
SHARED = {"paths": PATHS, "seed": 3, "term_start": TERM_START}


def last(**options):
    *_, found = stream(source(constant(PATHS)), SCENARIO, **SHARED, draws=DRAWS, **options)
    return found


@pytest.fixture(scope="module")
def paths():
    return simulate(source(constant(PATHS)), SCENARIO, **SHARED)


def test_histograms_hold_exactly_what_the_paths_hold(paths):
    found, total = last(block=64), paths.contact.sum(["month", "rank", "outcome"]).to_numpy()
    np.testing.assert_array_equal(found.paths[0].sum(axis=0), np.bincount(total, minlength=found.paths.shape[-1]))
    for level in (0.05, 0.5, 0.95):
        assert found.quantile(ALL, level) == np.quantile(total, level, method="inverted_cdf")
    event = (paths.match.sel(question="visit") >= 2).to_numpy()
    assert found.chance("visit", 2) == pytest.approx(probability(event, batch_of(PATHS, DRAWS)))


@pytest.mark.parametrize("options", [{"block": 1}, {"block": 77, "threads": 1}, {"block": 10_000, "threads": 2}])
def test_blocks_and_threads_change_nothing(options):
    one, other = last(block=64), last(**options)
    np.testing.assert_array_equal(one.paths, other.paths)


def test_histograms_add_in_any_order():
    rng = np.random.default_rng(0)
    parts = [Histogram(key=("all",), paths=rng.integers(0, 9, (1, 4, length))) for length in (5, 9, 2)]
    forward, backward = (reduce(Histogram.__add__, order) for order in (parts, parts[::-1]))
    np.testing.assert_array_equal(forward.paths, backward.paths)


def test_a_lost_block_would_be_noticed():
    whole = last(block=64)
    *_, before, _ = stream(source(constant(PATHS)), SCENARIO, **SHARED, draws=DRAWS, block=64)
    assert before.paths[0].sum() == 256
    assert whole.paths[0].sum() == PATHS
