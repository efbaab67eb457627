"""Named random streams: every number is a pure function of seed, stream, path, month and slot.

The key of a stream is a hash of the seed and the stream's name. Scenarios that share a seed therefore share
all noise (common random numbers), whatever else they contain, and neither chunks nor threads change a number.
"""

from dataclasses import dataclass
from hashlib import blake2b

import numba
import numpy as np
from scipy.special import ndtri

from forecast.simulation.philox import block

Key = tuple[np.uint64, np.uint64]


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

    def at(self, stream: str, path: np.ndarray, month: np.ndarray, slot: np.ndarray) -> np.ndarray:
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
        return _uniform(self.key(stream), *flat).reshape(place[0].shape)

    def uniform(self, stream: str, path: np.ndarray, *shape: int) -> np.ndarray:
        """Uniform numbers of some paths, shape (path, *shape): month 0, slots in C order of the shape."""
        slot = np.arange(int(np.prod(shape, dtype=np.int64)))
        return self.at(stream, np.asarray(path)[:, None], 0, slot).reshape(-1, *shape)

    def normal(self, stream: str, path: np.ndarray, *shape: int) -> np.ndarray:
        """Return standard normals of some paths, shape (path, *shape), by inversion of :meth:`uniform`."""
        return ndtri(self.uniform(stream, path, *shape))


@numba.njit(cache=True, nogil=True)
def _uniform(key: tuple, path: np.ndarray, month: np.ndarray, slot: np.ndarray) -> np.ndarray:
    out, four = np.empty(path.size), (0.0, 0.0, 0.0, 0.0)
    for i in range(path.size):
        if i == 0 or slot[i] >> 2 != slot[i - 1] >> 2 or path[i] != path[i - 1] or month[i] != month[i - 1]:
            four = block(key, path[i], month[i], slot[i] >> 2)
        out[i] = four[slot[i] & 3]
    return out
