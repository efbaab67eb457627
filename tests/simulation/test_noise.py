import numpy as np
import pytest
from scipy import stats

from forecast.simulation.random import Noise

PATH = np.arange(2000)


def test_numbers_depend_on_place_alone():
    noise = Noise(1)
    whole = noise.uniform("a", PATH, 6)
    assert np.array_equal(noise.uniform("a", PATH[700:710], 6), whole[700:710])
    assert np.array_equal(noise.at("a", PATH[::-1], 0, 5), whole[::-1, 5])
    assert np.array_equal(noise.uniform("a", PATH, 2, 3), whole.reshape(-1, 2, 3))


@pytest.mark.parametrize(
    "other",
    [
        Noise(1).uniform("b", PATH),
        Noise(2).uniform("a", PATH),
        Noise(1).at("a", PATH, 1, 0),
        Noise(1).at("a", PATH, 0, 1),
    ],
)
def test_another_seed_stream_month_or_slot_is_independent(other):
    one = Noise(1).uniform("a", PATH)
    assert one.shape == other.shape == PATH.shape
    assert not (one == other).any()
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(len(PATH))


def test_seed_and_name_do_not_run_together():
    assert Noise(1).key("2/a") != Noise(12).key("/a")


def test_uniform_and_normal_have_their_distributions():
    uniform, normal = Noise(3).uniform("x", PATH, 20).ravel(), Noise(3).normal("x", PATH, 20).ravel()
    assert stats.kstest(uniform, "uniform").pvalue > 1e-3
    assert stats.kstest(normal, "norm").pvalue > 1e-3
    assert stats.kstest(normal * 1.05, "norm").pvalue < 1e-3  # the check can fail
