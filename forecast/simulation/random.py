"""Named random streams: every number is a pure function of seed, stream, path, month and slot.

The key of a stream is a hash of the seed and the stream's name. Scenarios that share a seed therefore share
all noise (common random numbers), whatever else they contain, and neither chunks nor threads change a number.

Philox4x64-10, a counter-based random generator, for compiled code
------------------------------------------------------------------
A number is a pure function of a key and a counter, so that any draw of any path can be computed at any time,
in any order, on any thread. Bit for bit the generator of :class:`numpy.random.Philox` (which adds one to the
counter before its first block).

Quantile functions for compiled code
------------------------------------
One uniform number in, one count or normal number out.

Inversion keeps common random numbers coupled: on one uniform number a higher rate never gives a lower count.

References
----------
Salmon, Moraes, Dror and Shaw (2011), doi 10.1145/2063384.2063405.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from math import exp, log, pi, sqrt
from typing import Any, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import ArrayLike
from scipy.special import ndtri

from forecast.sources import compiled

Key = tuple[np.uint64, np.uint64]
Four = tuple[np.uint64, np.uint64, np.uint64, np.uint64]
Floats = tuple[float, float, float, float]
Rational = tuple[tuple[float, ...], tuple[float, ...]]
"""Coefficients of numerator and denominator, the highest power first."""


@dataclass(frozen=True)
class Noise:
    """All random numbers that belong to one seed.

    Parameters
    ----------
    seed : int
        Any integer.
    """

    seed: int

    def key(self, stream: str) -> Key:
        """Philox key of a stream: the first 128 bits of BLAKE2b over seed and name."""
        digest = blake2b(f"{self.seed}/{stream}".encode()).digest()
        low, high = (int.from_bytes(digest[at:at + 8], "little") for at in (0, 8))
        return np.uint64(low), np.uint64(high)

    def at(self, stream: str, path: ArrayLike, month: ArrayLike, slot: ArrayLike) -> np.ndarray:
        """Uniform numbers at given places.

        Parameters
        ----------
        stream : str
            Name of the quantity.
        path, month, slot : array_like of int
            Places, broadcast against one another.

        Returns
        -------
        numpy.ndarray
            Numbers strictly inside (0, 1), in the broadcast shape.
        """
        place = np.broadcast_arrays(path, month, slot)
        flat = (np.ascontiguousarray(item, dtype=np.int64).ravel() for item in place)
        found: np.ndarray = _uniform(self.key(stream), *flat).reshape(place[0].shape)
        return found

    def uniform(self, stream: str, path: np.ndarray, *shape: int) -> np.ndarray:
        """Uniform numbers of some paths, shape (path, *shape): month 0, slots in C order of the shape."""
        slot = np.arange(int(np.prod(shape, dtype=np.int64)))
        return self.at(stream, np.asarray(path)[:, None], 0, slot).reshape(-1, *shape)

    def normal(self, stream: str, path: np.ndarray, *shape: int) -> np.ndarray:
        """Return standard normals of some paths, shape (path, *shape), by inversion of :meth:`uniform`."""
        return ndtri(self.uniform(stream, path, *shape))


@compiled(numba.njit, nogil=True)
def _uniform(key: Key, path: np.ndarray, month: np.ndarray, slot: np.ndarray) -> np.ndarray:
    out, four = np.empty(path.size), (0.0, 0.0, 0.0, 0.0)
    for i in range(path.size):
        if i == 0 or slot[i] >> 2 != slot[i - 1] >> 2 or path[i] != path[i - 1] or month[i] != month[i - 1]:
            four = block(key, path[i], month[i], slot[i] >> 2)
        out[i] = four[slot[i] & 3]
    return out


# Philox4x64-10, a counter-based random generator, for compiled code.

ROUNDS = 10
MULTIPLIER = (np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157))
WEYL = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B))
STEP = 2.0**-53
DISCARD = np.uint64(11)


@intrinsic
def _high(_context: object, left: types.Integer, right: types.Integer) -> tuple[Any, Any]:
    """Upper 64 bits of a product of two unsigned 64-bit integers (one machine instruction)."""

    def codegen(_context: object, builder: ir.IRBuilder, _signature: object, words: tuple[ir.Value, ir.Value]) -> ir.Value:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(words[0], wide), builder.zext(words[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(left, right), codegen


high = cast("Callable[[np.uint64, np.uint64], np.uint64]", _high)  # numba itself hands in the context


@compiled(numba.njit, nogil=True)
def philox(key: Key, counter: Four) -> Four:
    """One block of Philox4x64-10.

    Parameters
    ----------
    key : tuple of 2 uint64
        The stream.
    counter : tuple of 4 uint64
        The place in the stream, least significant word first.

    Returns
    -------
    tuple of 4 uint64
        Random bits.
    """
    first, second, third, fourth = counter
    one, two = key
    for _ in range(ROUNDS):
        low, other = MULTIPLIER[0] * first, MULTIPLIER[1] * third
        first, third = high(MULTIPLIER[1], third) ^ second ^ one, high(MULTIPLIER[0], first) ^ fourth ^ two
        second, fourth = other, low
        one, two = one + WEYL[0], two + WEYL[1]
    return first, second, third, fourth


@compiled(numba.njit, nogil=True)
def unit(word: np.uint64) -> float:
    """Uniform number strictly inside (0, 1) from the upper 53 bits of a word; 0 becomes 2**-53."""
    return float(max(np.int64(word >> DISCARD), np.int64(1))) * STEP  # signed: one machine instruction


@compiled(numba.njit, nogil=True)
def block(key: Key, path: int, month: int, index: int) -> Floats:
    """Four uniform numbers: slots ``4 * index`` to ``4 * index + 3`` of a stream at a path and month."""
    words = philox(key, (np.uint64(index), np.uint64(month), np.uint64(path), np.uint64(0)))
    return unit(words[0]), unit(words[1]), unit(words[2]), unit(words[3])


# Quantile functions for compiled code.

RATE_CAP = 7000.0  # contacts per month and rank: a guard against heavy tails
FROM_NOTHING = 700.0  # rate to which counting begins at zero; beyond, exp(-rate) would leave the range of a double
BELOW = 12.0  # standard deviations below the mean at which it begins there: what lies lower is less than 1e-30
PAGES_CAP = 10_000  # pages of one contact and side: a guard against heavy tails
NEGLIGIBLE = 1e-18  # probabilities that no longer move a sum near one

# Rational approximations of the normal quantile (algorithm AS 241, doi 10.2307/2347330): relative error 1e-16
CENTRE = (
    (2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987,
     13731.69376550946, 1971.5909503065513, 133.14166789178438, 3.3871328727963665),
    (5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597,
     5394.196021424751, 687.1870074920579, 42.31333070160091, 1.0),
)
MIDDLE = (
    (0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
     3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496835),
    (1.0507500716444169e-09, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
     0.6897673349851, 1.6763848301838038, 2.053191626637759, 1.0),
)
TAIL = (
    (2.0103343992922881e-07, 2.7115555687434876e-05, 0.0012426609473880784, 0.026532189526576124,
     0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103),
    (2.0442631033899397e-15, 1.421511758316446e-07, 1.8463183175100548e-05, 0.0007868691311456133,
     0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1.0),
)


@compiled(numba.njit, nogil=True)
def _ratio(x: float, table: Rational) -> float:
    above, below = 0.0, 0.0
    for i in range(8):
        above, below = above * x + table[0][i], below * x + table[1][i]
    return above / below


@compiled(numba.njit, nogil=True)
def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile of a probability inside (0, 1) (doi 10.2307/2347330)."""
    centred = probability - 0.5
    if abs(centred) <= 0.425:
        near: float = centred * _ratio(0.180625 - centred * centred, CENTRE)
        return near
    distance = sqrt(-log(min(probability, 1.0 - probability)))
    size: float = _ratio(distance - 1.6, MIDDLE) if distance <= 5.0 else _ratio(distance - 5.0, TAIL)
    return size if centred > 0.0 else -size


@compiled(numba.njit, nogil=True)
def poisson_quantile(probability: float, rate: float) -> int:
    """Smallest count whose Poisson distribution function reaches the probability; rates are capped at 7,000.

    Where the rate is large the first probability is by Stirling's series, https://dlmf.nist.gov/5.11.E1, whose fourth term is
    below 1e-16 there.
    """
    rate = min(rate, RATE_CAP)
    mass, count = exp(-rate), 0
    if rate > FROM_NOTHING:
        count = int(rate - BELOW * sqrt(rate))
        rest = 1 / (12 * count) - 1 / (360 * count**3)
        mass = exp(count - rate - count * log(count / rate) - rest) / sqrt(2 * pi * count)
    total = mass
    while probability > total and (mass > NEGLIGIBLE or count < rate):
        count += 1
        mass *= rate / count
        total += mass
    return count


@compiled(numba.njit, nogil=True)
def negative_binomial_quantile(probability: float, none: float, ratio: float, size: float) -> int:
    """Smallest count whose negative-binomial distribution function reaches the probability, at most 10,000.

    Parameters
    ----------
    probability : float
        Inside (0, 1).
    none, ratio, size : float
        P(0), mean / (mean + size), and the size of the distribution.
    """
    mass, total, count, step = none, none, 0, 2.0
    while probability > total and count < PAGES_CAP and (mass > NEGLIGIBLE or step >= 1.0):
        step = ratio * (count + size) / (count + 1)
        count += 1
        mass *= step
        total += mass
    return count
