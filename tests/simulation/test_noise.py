from hashlib import blake2b

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


@pytest.mark.parametrize("slots", [3, 4, 9])
def test_numbers_are_those_of_philox_in_numpy(slots):
    """Key: BLAKE2b of seed and name, low word first; counter: four slots at a time, month, path; from the upper 53 bits."""
    digest = blake2b(b"5/arrivals").digest()
    key = np.frombuffer(digest[:16], dtype="<u8")
    assert Noise(5).key("arrivals") == tuple(key)

    def number(path, month, slot):
        start = (slot // 4 + (month << 64) + (path << 128) - 1) % 2**256  # NumPy adds one before its first block
        words = np.array([start >> (64 * i) & (2**64 - 1) for i in range(4)], dtype=np.uint64)
        return float(np.random.Philox(key=key, counter=words).random_raw(4)[slot % 4] >> np.uint64(11)) * 2.0**-53

    path = np.array([0, 3, 70_000])
    wanted = np.array([[number(int(one), 0, slot) for slot in range(slots)] for one in path])
    found = Noise(5).uniform("arrivals", path, slots)
    assert np.array_equal(found, wanted)
    np.testing.assert_allclose(Noise(5).normal("arrivals", path, slots), stats.norm.ppf(wanted), rtol=1e-12)
    month = np.array([[2], [7]])
    found = Noise(5).at("arrivals", 3, month, [1, 6])
    assert np.array_equal(found, [[number(3, 2, 1), number(3, 2, 6)], [number(3, 7, 1), number(3, 7, 6)]])
    one_after_another = Noise(5).at("arrivals", [3, 3, 4, 4], [2, 7, 7, 7], [1, 1, 1, 6])  # each differs from the last in one way
    assert np.array_equal(one_after_another, [number(*place) for place in ((3, 2, 1), (3, 7, 1), (4, 7, 1), (4, 7, 6))])
    assert np.array_equal(Noise(5).at("arrivals", 3, 2, [6, 4, 8, 4]), [number(3, 2, slot) for slot in (6, 4, 8, 4)])
    assert np.array_equal(Noise(5).at("arrivals", [3, 4, 3], 2, 6), [number(one, 2, 6) for one in (3, 4, 3)])


def test_shapes_are_those_of_paths_and_axes():
    path = np.arange(4)
    for draw in (Noise(1).uniform, Noise(1).normal):
        assert [draw("a", path, *shape).shape for shape in ((), (1,), (2, 3))] == [(4,), (4, 1), (4, 2, 3)]
    assert Noise(1).uniform("a", [1, 2], 2).shape == (2, 2)
