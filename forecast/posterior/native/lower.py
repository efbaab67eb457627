"""A rewritten PyTensor graph as loops over fixed arrays: one handler per kind of operation.

All shapes are known, so that transposes, reshapes and slices cost nothing: they are other views of the same memory.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import singledispatchmethod
from math import prod
from typing import Any

import numpy as np
from llvmlite import ir
from pytensor.graph.basic import Apply as AnyApply
from pytensor.graph.basic import Constant
from pytensor.graph.basic import Variable as AnyVariable
from pytensor.graph.op import Op
from pytensor.graph.traversal import toposort
from pytensor.scalar.basic import Add, Mul, ScalarMaximum
from pytensor.tensor.basic import Alloc, Join, MakeVector, ScalarFromTensor, Split, TensorFromScalar
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.math import Dot
from pytensor.tensor.shape import Reshape, SpecifyShape
from pytensor.tensor.subtensor import IncSubtensor, Subtensor, indices_from_subtensor

from forecast.posterior.native.operations import DOUBLE, INT, Array, UnsupportedError, copy, emit, fill, loop, merged, number

Apply = AnyApply[Any]
Variable = AnyVariable[Any, Any]

START = {Add: 0.0, Mul: 1.0, ScalarMaximum: -np.inf}
"""Where a reduction begins."""

class Lowering:
    """Emit the code of a graph into a function.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where the code goes.
    memory : callable
        Gives a pointer to as many doubles as asked for.
    known : mapping of Variable to Array
        Where the inputs of the graph are.
    """

    def __init__(self, builder: ir.IRBuilder, memory: Callable[[int], ir.Value], known: Mapping[Variable, Array]) -> None:
        self._builder, self._make, self._known = builder, Workshop(builder, memory), dict(known)

    def run(self, outputs: list[Variable]) -> list[Array]:
        """Emit everything that the outputs need, and say where they are.

        Raises
        ------
        UnsupportedError
            Where an operation, an index or a shape is not known when code is made.
        """
        for node in toposort(outputs, blockers=self._known):
            made = self.lower(node.op, node)
            self._known.update(zip(node.outputs, made if isinstance(made, list) else [made], strict=True))
        return [self._of(variable) for variable in outputs]

    @singledispatchmethod
    def lower(self, op: Op, node: Apply) -> Array | list[Array]:
        """Where the outputs of a node are."""
        raise UnsupportedError(str(op))

    @lower.register
    def _(self, op: Elemwise, node: Apply) -> list[Array]:
        b, shape = self._builder, _shape(node.outputs[0])
        given = [self._of(x).spread(shape) for x in node.inputs]
        made = [self._make.new(shape) for _ in node.outputs]
        flat = merged([*given, *made])
        with loop(b, flat[0].shape) as index:
            values = emit(b, op.scalar_op, [x.get(b, index) for x in flat[:len(given)]])
            for target, value in zip(flat[len(given):], values, strict=True):
                target.put(b, index, value)
        return made

    @lower.register
    def _(self, op: CAReduce, node: Apply) -> Array:
        if type(op.scalar_op) not in START:
            raise UnsupportedError(str(op))
        given, scalar = self._of(node.inputs[0]), op.scalar_op
        axes = range(len(given.shape)) if op.axis is None else op.axis

        def step(total: ir.Value, value: ir.Value) -> ir.Value:
            return add(self._builder, total, value) if isinstance(scalar, Add) else emit(self._builder, scalar, [total, value])[0]

        return self._make.reduced(given, axes, START[type(scalar)], step)

    @lower.register
    def _(self, op: Dot, node: Apply) -> Array:
        left, right = (self._of(x) for x in node.inputs)
        if len(left.shape) == 1:
            left = Array(left.pointer, (1, *left.shape), (0, *left.stride), left.offset)
        if len(right.shape) == 1:
            right = Array(right.pointer, (*right.shape, 1), (*right.stride, 0), right.offset)
        made = self._make.product(left, right)
        shape = _shape(node.outputs[0])
        kept = [axis for axis in range(2) if node.inputs[axis].type.ndim == 2]
        return Array(made.pointer, shape, tuple(made.stride[axis] for axis in kept))

    @lower.register
    def _(self, op: DimShuffle, node: Apply) -> Array:
        given = self._of(node.inputs[0])
        pick = [(1, 0) if axis == "x" else (given.shape[axis], given.stride[axis]) for axis in op.new_order]
        return Array(given.pointer, tuple(n for n, _ in pick), tuple(step for _, step in pick), given.offset)

    @lower.register
    def _(self, op: Reshape, node: Apply) -> Array:
        given, shape = self._of(node.inputs[0]), _shape(node.outputs[0])
        if not given.contiguous:
            plain = self._make.new(given.shape)
            copy(self._builder, given, plain)
            given = plain
        return Array(given.pointer, shape, Array.rows(given.pointer, shape).stride, given.offset)

    @lower.register(SpecifyShape)
    @lower.register(TensorFromScalar)
    @lower.register(ScalarFromTensor)
    def _(self, op: Op, node: Apply) -> Array:
        return self._of(node.inputs[0])

    @lower.register
    def _(self, op: Alloc, node: Apply) -> Array:
        made = self._make.new(_shape(node.outputs[0]))
        given = self._of(node.inputs[0])
        copy(self._builder, padded(given, len(made.shape)), made)
        return made

    @lower.register
    def _(self, op: Subtensor, node: Apply) -> Array:
        return part_of(self._of(node.inputs[0]), indices_from_subtensor(node.inputs[1:], op.idx_list))

    @lower.register
    def _(self, op: IncSubtensor, node: Apply) -> Array:
        given, part = (self._of(x) for x in node.inputs[:2])
        made = self._make.new(given.shape)
        copy(self._builder, given, made)
        target = part_of(made, indices_from_subtensor(node.inputs[2:], op.idx_list))
        copy(self._builder, padded(part, len(target.shape)), target, add=not op.set_instead_of_inc)
        return made

    @lower.register
    def _(self, op: MakeVector, node: Apply) -> Array:
        made = self._make.new(_shape(node.outputs[0]))
        for place, value in enumerate(node.inputs):
            made.put(self._builder, [ir.Constant(INT, place)], self._of(value).get(self._builder, []))
        return made

    @lower.register
    def _(self, op: Join, node: Apply) -> Array:
        made, start = self._make.new(_shape(node.outputs[0])), 0
        for part in map(self._of, node.inputs):
            place = [slice(None)] * op.axis + [slice(start, start + part.shape[op.axis])]
            copy(self._builder, part, part_of(made, place))
            start += part.shape[op.axis]
        return made

    @lower.register
    def _(self, op: Split, node: Apply) -> list[Array]:
        given, start, made = self._of(node.inputs[0]), 0, []
        for output in node.outputs:
            stop = start + _shape(output)[op.axis]
            made.append(part_of(given, [slice(None)] * op.axis + [slice(start, stop)]))
            start = stop
        return made

    def _of(self, variable: Variable) -> Array:
        if variable not in self._known:
            if not isinstance(variable, Constant):
                raise UnsupportedError(str(variable))
            self._known[variable] = self._literal(np.asarray(variable.data, dtype=float))
        return self._known[variable]

    def _literal(self, values: np.ndarray) -> Array:
        module = self._builder.module
        kind = ir.ArrayType(DOUBLE, values.size)
        place = ir.GlobalVariable(module, kind, f"constant{len(module.globals)}")
        place.linkage, place.global_constant = "private", True
        place.initializer = ir.Constant(kind, [number(x) for x in values.ravel()])
        return Array.rows(self._builder.bitcast(place, DOUBLE.as_pointer()), values.shape)


def _shape(variable: Variable) -> tuple[int, ...]:
    shape = getattr(variable.type, "shape", ())
    if None in shape:
        raise UnsupportedError(f"shape {shape} of {variable}")
    return tuple(shape)


# Arrays made by loops over other arrays: reductions and matrix products.

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


# Other views of the same array: parts of it, and more axes.

def padded(array: Array, axes: int) -> Array:
    """With leading axes of length one."""
    missing = axes - len(array.shape)
    return Array(array.pointer, (1,) * missing + array.shape, (0,) * missing + array.stride, array.offset)


def part_of(given: Array, index: Sequence[Any]) -> Array:
    """A part of an array; slices and positions are constants."""
    shape, stride, offset = list(given.shape), list(given.stride), given.offset
    dropped = []
    for axis, part in enumerate(index):
        if isinstance(part, slice):
            start, stop, step = slice(*map(_bound, (part.start, part.stop, part.step))).indices(given.shape[axis])
            shape[axis] = len(range(start, stop, step))
            stride[axis] = step * given.stride[axis]
        else:
            start = _number(part) % given.shape[axis]
            dropped.append(axis)
        offset += start * given.stride[axis]
    kept = [axis for axis in range(len(shape)) if axis not in dropped]
    return Array(given.pointer, tuple(shape[a] for a in kept), tuple(stride[a] for a in kept), offset)


def _bound(part: object) -> int | None:
    return None if part is None else _number(part)


def _number(part: object) -> int:
    if isinstance(part, (int, np.integer)):
        return int(part)
    if isinstance(part, Constant):
        return int(part.data)
    raise UnsupportedError(f"index {part}")
