"""Other views of the same array: parts of it, and more axes."""

import numpy as np
from pytensor.graph.basic import Constant

from forecast.posterior.native.array import Array
from forecast.posterior.native.scalar import UnsupportedError


def padded(array: Array, axes: int) -> Array:
    """With leading axes of length one."""
    missing = axes - len(array.shape)
    return Array(array.pointer, (1,) * missing + array.shape, (0,) * missing + array.stride, array.offset)


def part_of(given: Array, index: list) -> Array:
    """A part of an array; slices and positions are constants."""
    shape, stride, offset = list(given.shape), list(given.stride), given.offset
    dropped = []
    for axis, part in enumerate(index):
        if isinstance(part, slice):
            start, stop, step = slice(*map(_number, (part.start, part.stop, part.step))).indices(given.shape[axis])
            shape[axis] = len(range(start, stop, step))
            stride[axis] = step * given.stride[axis]
        else:
            start = _number(part) % given.shape[axis]
            dropped.append(axis)
        offset += start * given.stride[axis]
    kept = [axis for axis in range(len(shape)) if axis not in dropped]
    return Array(given.pointer, tuple(shape[a] for a in kept), tuple(stride[a] for a in kept), offset)


def _number(part: object) -> int | None:
    if part is None or isinstance(part, (int, np.integer)):
        return part
    if isinstance(part, Constant):
        return int(part.data)
    raise UnsupportedError(f"index {part}")
