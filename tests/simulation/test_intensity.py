"""Counts of the engine are Poisson around the intensity."""

import numpy as np
import pytest

from forecast.simulation.engine import simulate
from forecast.simulation.expected import intensity
from tests.simulation.conftest import TERM_START, constant, make_scenario, source

PATHS = 6000
SHARED = {"paths": PATHS, "seed": 5, "term_start": TERM_START}


def test_counts_lie_around_it_path_by_path():
    given, scenario = source(constant(PATHS)), make_scenario()
    around = intensity(given, scenario, **SHARED).sum(axis=2)
    count = simulate(given, scenario, **SHARED)["contact"].sum(["month", "outcome"]).transpose("path", "rank").to_numpy()
    z = (count - around) / np.sqrt(around)
    assert np.abs(z.mean(axis=0)).max() < 4 / np.sqrt(PATHS)
    np.testing.assert_allclose(z.var(axis=0), 1, atol=0.12)
    assert count.sum(axis=1).var() > 1.3 * around.sum(axis=1).mean()  # counts of paths with one rate would not vary more


def test_other_paths_do_not_fit():
    """Negative control: intensities of another seed leave the frailty in the differences."""
    given, scenario = source(constant(PATHS)), make_scenario()
    around = intensity(given, scenario, **SHARED | {"seed": 6}).sum(axis=2)
    count = simulate(given, scenario, **SHARED)["contact"].sum(["month", "outcome"]).transpose("path", "rank").to_numpy()
    assert ((count - around) / np.sqrt(around)).var() == pytest.approx(1, abs=10)
    assert ((count - around) / np.sqrt(around)).var() > 1.3
