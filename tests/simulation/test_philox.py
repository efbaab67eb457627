import numpy as np
import pytest

from forecast.simulation.random import Noise, block, philox, unit

WORD = np.iinfo(np.uint64).max


def numpy_block(key, counter):
    """NumPy adds one to the counter before its first block."""
    start = (sum(int(word) << (64 * i) for i, word in enumerate(counter)) - 1) % 2**256
    words = np.array([start >> (64 * i) & int(WORD) for i in range(4)], dtype=np.uint64)
    return tuple(np.random.Philox(key=np.array(key, dtype=np.uint64), counter=words).random_raw(4))


@pytest.mark.parametrize(
    ("key", "counter"),
    [
        ((0, 0), (0, 0, 0, 0)),
        ((1, 2), (3, 4, 5, 6)),
        ((0x0123456789ABCDEF, 0xFEDCBA9876543210), (7, 0, 2**63, 2**64 - 1)),
        ((2**64 - 1, 2**64 - 1), (2**64 - 1, 2**64 - 1, 2**64 - 1, 2**64 - 1)),
    ],
)
def test_philox_is_that_of_numpy(key, counter):
    words = tuple(np.uint64(word) for word in key), tuple(np.uint64(word) for word in counter)
    assert philox(*words) == numpy_block(key, counter)


def test_philox_known_answer():
    """First block of the all-zero key and counter in the test vectors that come with Random123."""
    zero = np.uint64(0)
    found = philox((zero, zero), (zero, zero, zero, zero))
    assert [f"{word:016x}" for word in found] == [
        "16554d9eca36314c",
        "db20fe9d672d0fdc",
        "d7e772cee186176b",
        "7e68b68aec7ba23b",
    ]


def test_unit_is_strictly_inside_zero_and_one():
    assert unit(np.uint64(0)) == 2.0**-53
    assert unit(WORD) == 1.0 - 2.0**-53
    assert unit(np.uint64(1 << 63)) == 0.5


def test_block_places_index_month_and_path_in_the_counter():
    key = Noise(5).key("anything")
    raw = numpy_block(key, (11, 7, 3, 0))
    assert block(key, 3, 7, 11) == tuple(float(word >> np.uint64(11)) * 2.0**-53 for word in raw)
