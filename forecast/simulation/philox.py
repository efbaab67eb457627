"""Philox4x64-10, a counter-based random generator, for compiled code.

A number is a pure function of a key and a counter, so that any draw of any path can be computed at any time,
in any order, on any thread. Bit for bit the generator of :class:`numpy.random.Philox` (which adds one to the
counter before its first block).

References
----------
Salmon, Moraes, Dror and Shaw (2011), doi 10.1145/2063384.2063405.
"""

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

ROUNDS = 10
MULTIPLIER = (np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157))
WEYL = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B))
STEP = 2.0**-53
DISCARD = np.uint64(11)


@intrinsic
def _high(_context: object, left: types.Integer, right: types.Integer) -> tuple:
    """Upper 64 bits of a product of two unsigned 64-bit integers (one machine instruction)."""

    def codegen(_context: object, builder: ir.IRBuilder, _signature: object, words: tuple) -> ir.Value:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(words[0], wide), builder.zext(words[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(left, right), codegen


@numba.njit(cache=True, nogil=True)
def philox(key: tuple, counter: tuple) -> tuple:
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
        first, third = _high(MULTIPLIER[1], third) ^ second ^ one, _high(MULTIPLIER[0], first) ^ fourth ^ two
        second, fourth = other, low
        one, two = one + WEYL[0], two + WEYL[1]
    return first, second, third, fourth


@numba.njit(cache=True, nogil=True)
def unit(word: np.uint64) -> float:
    """Uniform number strictly inside (0, 1) from the upper 53 bits of a word; 0 becomes 2**-53."""
    return float(max(np.int64(word >> DISCARD), 1)) * STEP  # signed: one machine instruction


@numba.njit(cache=True, nogil=True)
def block(key: tuple, path: int, month: int, index: int) -> tuple:
    """Four uniform numbers: slots ``4 * index`` to ``4 * index + 3`` of a stream at a path and month."""
    words = philox(key, (np.uint64(index), np.uint64(month), np.uint64(path), np.uint64(0)))
    return unit(words[0]), unit(words[1]), unit(words[2]), unit(words[3])
