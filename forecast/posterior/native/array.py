"""Arrays in generated code: a pointer with a fixed shape and fixed strides, and loops over them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from llvmlite import ir

from forecast.posterior.native.elementary import DOUBLE

INT = ir.IntType(64)


@dataclass(frozen=True)
class Array:
    """A strided view; shape, strides and offset (in doubles) are known when code is made."""

    pointer: ir.Value
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int = 0

    @classmethod
    def rows(cls, pointer: ir.Value, shape: Sequence[int]) -> "Array":
        """An array in row-major order."""
        stride, size = [], 1
        for length in reversed(shape):
            stride.insert(0, size)
            size *= length
        return cls(pointer, tuple(shape), tuple(stride))

    @property
    def transposed(self) -> "Array":
        """With the axes in reverse order."""
        return replace(self, shape=self.shape[::-1], stride=self.stride[::-1])

    @property
    def contiguous(self) -> bool:
        """Whether it is in row-major order without gaps."""
        plain = Array.rows(self.pointer, self.shape).stride
        return all(n == 1 or mine == its for n, mine, its in zip(self.shape, self.stride, plain, strict=True))

    def spread(self, shape: Sequence[int]) -> "Array":
        """Broadcast axes of length one."""
        stride = tuple(0 if own == 1 and n != 1 else step for own, n, step in zip(self.shape, shape, self.stride, strict=True))
        return replace(self, shape=tuple(shape), stride=stride)

    def at(self, builder: ir.IRBuilder, index: Sequence[ir.Value]) -> ir.Value:
        """Address of an element."""
        place: ir.Value = ir.Constant(INT, self.offset)
        for number, stride in zip(index, self.stride, strict=True):
            if stride:
                place = builder.add(place, builder.mul(number, ir.Constant(INT, stride), flags=("nsw",)), flags=("nsw",))
        return builder.gep(self.pointer, [place], source_etype=DOUBLE)

    def get(self, builder: ir.IRBuilder, index: Sequence[ir.Value]) -> ir.Value:
        """Load an element."""
        return builder.load(self.at(builder, index), typ=DOUBLE)

    def put(self, builder: ir.IRBuilder, index: Sequence[ir.Value], value: ir.Value) -> None:
        """Store an element."""
        builder.store(value, self.at(builder, index))


class Memory:
    """Scratch arrays of one call: small ones on the stack, others on the heap; the compiler sees that no two overlap.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where the code goes, at its start.
    """

    SMALL = 256

    def __init__(self, builder: ir.IRBuilder) -> None:
        self._builder, self._taken = builder, []
        byte = ir.IntType(8).as_pointer()
        self._malloc = self._declared("malloc", ir.FunctionType(byte, [INT]))
        self._malloc.return_value.attributes.add("noalias")
        self._free = self._declared("free", ir.FunctionType(ir.VoidType(), [byte]))

    def __call__(self, size: int) -> ir.Value:
        """Pointer to as many doubles."""
        if size <= self.SMALL:
            with self._builder.goto_entry_block():
                return self._builder.alloca(DOUBLE, ir.Constant(INT, size))
        self._taken.append(self._builder.call(self._malloc, [ir.Constant(INT, 8 * size)]))
        return self._builder.bitcast(self._taken[-1], DOUBLE.as_pointer())

    def free(self) -> None:
        """Give the heap back what was taken."""
        for block in self._taken:
            self._builder.call(self._free, [block])

    def _declared(self, name: str, kind: ir.FunctionType) -> ir.Function:
        return self._builder.module.globals.get(name) or ir.Function(self._builder.module, kind, name)


@contextmanager
def loop(builder: ir.IRBuilder, shape: Sequence[int]) -> Iterator[list[ir.Value]]:
    """Nested loops; the body sees one index per axis."""
    if not shape:
        yield []
        return
    if shape[0] == 1:
        with loop(builder, shape[1:]) as inner:
            yield [ir.Constant(INT, 0), *inner]
        return
    before, body, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
    builder.branch(body)
    builder.position_at_end(body)
    index = builder.phi(INT)
    index.add_incoming(ir.Constant(INT, 0), before)
    with loop(builder, shape[1:]) as inner:
        yield [index, *inner]
    following = builder.add(index, ir.Constant(INT, 1), flags=("nsw",))
    index.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, ir.Constant(INT, shape[0])), body, after)
    builder.position_at_end(after)


def merged(arrays: Sequence[Array]) -> list[Array]:
    """The same elements of arrays of one shape with as few axes as their strides allow: long loops run fastest."""
    shape: list[int] = []
    strides: list[list[int]] = []  # one list per axis, outermost first
    for axis, length in enumerate(arrays[0].shape):
        own = [array.stride[axis] for array in arrays]
        if length == 1:
            continue
        if shape and all(outer == step * length for outer, step in zip(strides[-1], own, strict=True)):
            shape[-1], strides[-1] = shape[-1] * length, own
        else:
            shape.append(length)
            strides.append(own)
    return [replace(array, shape=tuple(shape), stride=tuple(step[place] for step in strides))
            for place, array in enumerate(arrays)]


def fill(builder: ir.IRBuilder, target: Array, value: ir.Value) -> None:
    """Set all elements."""
    with loop(builder, target.shape) as index:
        target.put(builder, index, value)


def copy(builder: ir.IRBuilder, source: Array, target: Array, *, add: bool = False) -> None:
    """Set all elements to those of a broadcast source, or add them."""
    source, target = merged([source.spread(target.shape), target])
    with loop(builder, target.shape) as index:
        value = source.get(builder, index)
        target.put(builder, index, builder.fadd(target.get(builder, index), value) if add else value)
