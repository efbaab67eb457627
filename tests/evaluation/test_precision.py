"""When to stop: errors of known size."""

import numpy as np
import pytest

from forecast.evaluation.montecarlo import batch_of, precision, probability

DRAWS = 4000


def watched(rng, paths, spread):
    """A probability of about a half; `spread` is the standard deviation of its value between posterior draws."""
    chance = np.clip(rng.normal(0.5, spread, DRAWS), 0, 1)[np.arange(paths) % DRAWS]
    return "it", *probability((rng.random(paths) < chance).astype(float), batch_of(paths, DRAWS))


def test_the_worst_probability_is_named():
    found = precision([("a", 0.5, 0.01), ("b", 0.1, 0.02)], 4000)
    assert (found.of, found.error) == ("b", 0.02)


def test_paths_alone_make_the_error():
    found = precision([watched(np.random.default_rng(1), 40_000, 0.0)], 40_000)
    assert found.error == pytest.approx(0.5 / np.sqrt(40_000), rel=0.5)
    assert found.reached(0.005)
    assert not found.reached(0.001)
    assert not found.out_of_reach(0.0015)  # more paths would do
    assert "Allow more futures (--paths)" in found.told(0.0015)


def test_draws_can_put_a_precision_out_of_reach():
    """Draws that differ by 0.3 leave an error of 0.3 / sqrt(4000), however many paths."""
    found = precision([watched(np.random.default_rng(2), 400_000, 0.3)], 400_000)
    assert found.of_draws == pytest.approx(0.3 / np.sqrt(DRAWS), rel=0.5)
    assert found.out_of_reach(0.0005)
    told = found.told(0.0005)
    assert "fit with more draws (--draws); --paths N goes on" in told
    assert f"Of it {found.of_futures:.5f} comes from the number of futures" in told
    assert f"{found.of_draws:.5f} from the number of posterior draws" in told
    assert found.of_futures**2 + found.of_draws**2 == pytest.approx(found.error**2)
    assert found.of_futures == pytest.approx(0.5 / np.sqrt(400_000), rel=0.15)
