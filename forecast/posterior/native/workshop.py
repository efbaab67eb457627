"""Arrays made by loops over other arrays: reductions and matrix products."""

from collections.abc import Callable, Sequence
from math import prod

from llvmlite import ir

from forecast.posterior.native.array import Array, copy, fill, loop
from forecast.posterior.native.elementary import DOUBLE, number

WIDE = 8
"""Columns from which on rows are computed at once."""

Step = Callable[[ir.Value, ir.Value], ir.Value]


class Workshop:
    """Makes new arrays in the code of one function.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where the code goes.
    memory : callable
        Gives a pointer to as many doubles as asked for.
    """

    def __init__(self, builder: ir.IRBuilder, memory: Callable[[int], ir.Value]) -> None:
        self.builder, self._memory = builder, memory

    def new(self, shape: Sequence[int]) -> Array:
        """An array in row-major order, without values."""
        return Array.rows(self._memory(prod(shape)), tuple(shape))

    def filled(self, shape: Sequence[int], value: float) -> Array:
        """An array of one value."""
        made = self.new(shape)
        fill(self.builder, made, number(value))
        return made

    def reduced(self, given: Array, axes: Sequence[int], start: float, step: Step) -> Array:
        """Reduce over some axes, beginning with `start`."""
        axes = tuple(axes)
        kept = tuple(axis for axis in range(len(given.shape)) if axis not in axes)

        def value(index: list[ir.Value]) -> ir.Value:
            return given.get(self.builder, [index[(*kept, *axes).index(axis)] for axis in range(len(given.shape))])

        if kept and kept[-1] == len(given.shape) - 1 and given.shape[-1] >= WIDE:
            return self._by_row(given, kept, axes, start, lambda total, index: step(total, value(index)))
        return self._one_by_one([given.shape[axis] for axis in kept], [given.shape[axis] for axis in axes], start, value, step)

    def _by_row(self, given: Array, kept: tuple[int, ...], axes: tuple[int, ...], start: float,
                step: Callable[[ir.Value, list[ir.Value]], ir.Value]) -> Array:
        """Whole rows at once: the innermost loop runs along the last axis, which is kept."""
        b, made = self.builder, self.filled([given.shape[axis] for axis in kept], start)
        with loop(b, [given.shape[axis] for axis in (*axes, *kept)]) as index:
            gone, place = index[:len(axes)], index[len(axes):]
            made.put(b, place, step(made.get(b, place), [*place, *gone]))
        return made

    def _one_by_one(self, kept: list[int], gone: list[int], start: float, value: Callable[[list[ir.Value]], ir.Value],
                    step: Step) -> Array:
        """Reduce over the last axes, one kept element after the other."""
        b, made = self.builder, self.new(kept)
        with b.goto_entry_block():
            total = b.alloca(DOUBLE)
        with loop(b, kept) as outer:
            b.store(number(start), total)
            with loop(b, gone) as inner:
                b.store(step(b.load(total, typ=DOUBLE), value([*outer, *inner])), total)
            made.put(b, outer, b.load(total, typ=DOUBLE))
        return made

    def product(self, left: Array, right: Array) -> Array:
        """Matrix product; the innermost loop runs along memory wherever the factors allow."""
        b, (rows, inner), columns = self.builder, left.shape, right.shape[1]

        def factor(i: ir.Value, j: ir.Value, k: ir.Value) -> ir.Value:
            return b.fmul(left.get(b, [i, k]), right.get(b, [k, j]), flags=("contract",))

        if columns >= WIDE:
            made, order = self.filled((rows, columns), 0.0), (0, 2, 1)
        elif left.stride[1] == 1:
            right = self._by_column(right)
            return self._one_by_one([rows, columns], [inner], 0.0, lambda at: factor(*at), lambda x, y: add(b, x, y))
        else:
            made, order = self.filled((columns, rows), 0.0).transposed, (2, 1, 0)
        with loop(b, [(rows, columns, inner)[axis] for axis in order]) as index:
            i, j, k = (index[order.index(axis)] for axis in range(3))
            made.put(b, [i, j], add(b, made.get(b, [i, j]), factor(i, j, k)))
        return made

    def _by_column(self, given: Array) -> Array:
        """The same matrix with its columns in one piece."""
        if given.shape[1] == 1:
            return given
        made = self.new(given.shape[::-1]).transposed
        copy(self.builder, given, made)
        return made


def add(builder: ir.IRBuilder, left: ir.Value, right: ir.Value) -> ir.Value:
    """Sums alone may be reordered, so that they run in the width of the machine."""
    return builder.fadd(left, right, flags=("reassoc", "contract"))
