"""A rewritten PyTensor graph as loops over fixed arrays: one handler per kind of operation.

All shapes are known, so that transposes, reshapes and slices cost nothing: they are other views of the same memory.
"""

from collections.abc import Callable, Mapping
from functools import singledispatchmethod

import numpy as np
from llvmlite import ir
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.op import Op
from pytensor.graph.traversal import toposort
from pytensor.scalar.basic import Add, Mul, ScalarMaximum
from pytensor.tensor.basic import Alloc, Join, MakeVector, ScalarFromTensor, Split, TensorFromScalar
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.math import Dot
from pytensor.tensor.shape import Reshape, SpecifyShape
from pytensor.tensor.subtensor import IncSubtensor, Subtensor, indices_from_subtensor

from forecast.posterior.native.array import INT, Array, copy, loop, merged
from forecast.posterior.native.elementary import DOUBLE, number
from forecast.posterior.native.scalar import UnsupportedError, emit
from forecast.posterior.native.view import padded, part_of
from forecast.posterior.native.workshop import Workshop, add

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
