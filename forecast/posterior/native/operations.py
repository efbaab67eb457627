r"""Arrays in generated code: a pointer with a fixed shape and fixed strides, and loops over them.

Exponential and logarithm without branches and calls, so that loops over them run in the width of the machine
-------------------------------------------------------------------------------------------------------------
:math:`e^x = 2^n e^r` with :math:`n = \lfloor x / \log 2 \rceil`, :math:`|r| \le \log(2)/2` and Taylor's series of :math:`e^r`;
:math:`e^x - 1 = 2^n (e^r - 1) + (2^n - 1)` with the series from its second term on;
:math:`\log u = k \log 2 + 2\,\mathrm{artanh}\,s` with :math:`s = (m - 1) / (m + 1)` and :math:`u = 2^k m`,
:math:`\sqrt{1/2} \le m < \sqrt 2`; :math:`\log(1 + x)` is :math:`\log u` of the rounded sum :math:`u` and the part
:math:`(x - (u - 1)) / u` that rounding lost. All are within 2e-16 times a few of the exact values. One call of the C library in a
loop keeps all of the loop from running in the width of the machine: that took more than half of a density with counts.

Scalar operations of PyTensor as LLVM instructions on doubles
-------------------------------------------------------------
Every value is a double, booleans are 0 and 1. No operation is reordered.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import pytensor.scalar.math as special
from llvmlite import ir
from pytensor.graph.basic import Constant
from pytensor.scalar import basic
from pytensor.scalar.basic import ScalarOp

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
        size = 1
        stride: list[int] = []
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
        self._builder = builder
        self._taken: list[Any] = []
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
    builder.branch(body if shape[0] else after)  # an empty axis leaves a body that nothing reaches
    builder.position_at_end(body)
    index = builder.phi(INT)
    if shape[0]:
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


# Exponential and logarithm without branches and calls, so that loops over them run in the width of the machine.

DOUBLE, BITS = ir.DoubleType(), ir.IntType(64)
ROUND = 1.5 * 2**52  # adding it rounds to a whole number, which then stands in the last bits
LOG2_HIGH, LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # log(2) in two parts
TERMS_EXP, TERMS_LOG = 13, 11
LOWEST = 0x3FE6A09E667F3BCD  # bits of sqrt(1/2), the least factor beside a power of two
BIAS, WIDTH, SUBNORMAL = 1023, 52, 54  # of exponents; bits below them; powers of two that make the smallest numbers normal


def number(value: float) -> ir.Constant:
    """A double."""
    return ir.Constant(DOUBLE, float(value))


def exponential(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """exp(x); zero below -708 and infinite above 709.7."""
    b = builder
    rest, power = _reduced(b, x)
    series = _horner(b, rest, [1 / math.factorial(n) for n in range(TERMS_EXP)])
    value = b.bitcast(b.add(b.bitcast(series, BITS), power), DOUBLE)
    return _far_out(b, x, value, 0)


def exponential_less_one(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """exp(x) - 1; -1 below -708 and infinite above 709.7."""
    b = builder
    rest, power = _reduced(b, x)
    series = b.fmul(rest, _horner(b, rest, [1 / math.factorial(n) for n in range(1, TERMS_EXP + 1)]))
    half = b.bitcast(b.add(b.bitcast(number(0.5), BITS), power), DOUBLE)  # 2^n itself is none where n is 1024
    value = b.fmul(number(2), b.fadd(b.fmul(half, series), b.fsub(half, number(0.5))))
    return b.select(b.fcmp_ordered("==", x, number(0)), x, _far_out(b, x, value, -1))


def _reduced(b: ir.IRBuilder, x: ir.Value) -> tuple[ir.Value, ir.Value]:
    """What is left of x beside n log(2), and n where a double has its exponent."""
    shifted = b.fadd(b.fmul(x, number(1 / math.log(2))), number(ROUND))
    whole = b.fsub(shifted, number(ROUND))
    rest = b.fsub(b.fsub(x, b.fmul(whole, number(LOG2_HIGH))), b.fmul(whole, number(LOG2_LOW)))
    return rest, b.shl(b.bitcast(shifted, BITS), ir.Constant(BITS, WIDTH))


def _far_out(b: ir.IRBuilder, x: ir.Value, value: ir.Value, below: float) -> ir.Value:
    """The value where the exponent of its power of two fits into a double, and its limits beyond."""
    value = b.select(b.fcmp_ordered("<", x, number(-708)), number(below), value)
    value = b.select(b.fcmp_ordered(">", x, number(709.7)), number(math.inf), value)
    return b.select(b.fcmp_unordered("uno", x, x), x, value)


def logarithm(builder: ir.IRBuilder, u: ir.Value) -> ir.Value:
    """log(u); -inf at zero and not a number below it."""
    b = builder
    small = b.fcmp_ordered("<", u, number(2.0**(1 - BIAS)))
    normal = b.select(small, b.fmul(u, number(2.0**SUBNORMAL)), u)
    moved = b.select(small, number(-SUBNORMAL), number(0))
    return _beyond(b, u, _log(b, normal, moved, number(0)))


def log_of_one_plus(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """log(1 + x); -inf at -1 and not a number below it."""
    b = builder
    u = b.fadd(number(1), x)
    lost = b.fsub(x, b.fsub(u, number(1)))
    return b.select(b.fcmp_ordered("==", x, number(0)), x, _beyond(b, u, _log(b, u, number(0), b.fdiv(lost, u))))


def _log(b: ir.IRBuilder, u: ir.Value, moved: ir.Value, rest: ir.Value) -> ir.Value:
    """log(u) of a normal number u > 0, with `moved` more powers of two, and what is to be added to it."""
    bits = b.add(b.bitcast(u, BITS), ir.Constant(BITS, (BIAS << WIDTH) - LOWEST))
    exponent = b.or_(b.lshr(bits, ir.Constant(BITS, WIDTH)), b.bitcast(number(2.0**WIDTH), BITS))
    k = b.fadd(b.fsub(b.bitcast(exponent, DOUBLE), number(2.0**WIDTH + BIAS)), moved)
    fraction = b.and_(bits, ir.Constant(BITS, (1 << WIDTH) - 1))
    above = b.fsub(b.bitcast(b.add(fraction, ir.Constant(BITS, LOWEST)), DOUBLE), number(1))
    s = b.fdiv(above, b.fadd(number(2), above))
    series = _horner(b, b.fmul(s, s), [2 / (2 * n + 1) for n in range(TERMS_LOG)])
    low = b.fadd(rest, b.fmul(k, number(LOG2_LOW)))
    return b.fadd(b.fmul(k, number(LOG2_HIGH)), b.fadd(b.fmul(s, series), low))


def _beyond(b: ir.IRBuilder, u: ir.Value, value: ir.Value) -> ir.Value:
    """The logarithm of u where it is a number, and its limits elsewhere."""
    value = b.select(b.fcmp_ordered("==", u, number(math.inf)), u, value)
    value = b.select(b.fcmp_ordered("==", u, number(0)), number(-math.inf), value)
    return b.select(b.fcmp_unordered("<", u, number(0)), number(math.nan), value)


def _horner(b: ir.IRBuilder, x: ir.Value, coefficient: list[float]) -> ir.Value:
    total = number(coefficient[-1])
    for value in reversed(coefficient[:-1]):
        total = b.fadd(b.fmul(total, x, flags=("contract",)), number(value), flags=("contract",))
    return total


# Scalar operations of PyTensor as LLVM instructions on doubles.

Emit = Callable[..., ir.Value]


class UnsupportedError(Exception):
    """A graph has an operation that is not translated."""


def intrinsic(builder: ir.IRBuilder, name: str, *args: ir.Value) -> ir.Value:
    """An operation of LLVM that most machines have as an instruction."""
    name = f"llvm.{name}.f64"
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(DOUBLE, [DOUBLE] * len(args)), name)
        function.attributes.add("nounwind")
    return builder.call(function, args)


def emit(builder: ir.IRBuilder, op: ScalarOp, args: list[ir.Value]) -> list[ir.Value]:
    """Values of a scalar operation, which may be composite.

    Raises
    ------
    UnsupportedError
        Where an operation is not known.
    """
    if isinstance(op, basic.Composite):
        known = dict(zip(op.fgraph.inputs, args, strict=True))
        for node in op.fgraph.toposort():
            inputs = [number(x.data) if isinstance(x, Constant) else known[x] for x in node.inputs]
            known.update(zip(node.outputs, emit(builder, node.op, inputs), strict=True))
        return [number(x.data) if isinstance(x, Constant) else known[x] for x in op.fgraph.outputs]
    if type(op) not in SCALAR:
        raise UnsupportedError(str(op))
    return [SCALAR[type(op)](builder, *args)]


def _fold(name: str) -> Emit:
    return lambda b, *args: reduce(getattr(b, name), args)


def _intrinsic(name: str) -> Emit:
    return lambda b, *args: intrinsic(b, name, *args)


def _compare(symbol: str) -> Emit:
    return lambda b, x, y: b.uitofp(b.fcmp_ordered(symbol, x, y), DOUBLE)


def _switch(b: ir.IRBuilder, condition: ir.Value, yes: ir.Value, no: ir.Value) -> ir.Value:
    return b.select(b.fcmp_unordered("!=", condition, number(0)), yes, no)


def _decay(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """exp(-|x|), which never overflows and is zero beyond 708."""
    return exponential(b, b.fneg(intrinsic(b, "fabs", x)))


def _softplus(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    above = b.select(b.fcmp_ordered(">", x, number(0)), x, number(0))
    return b.fadd(above, log_of_one_plus(b, _decay(b, x)))


def _sigmoid(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    decay = _decay(b, x)
    top = b.select(b.fcmp_ordered(">", x, number(0)), number(1), decay)
    return b.fdiv(top, b.fadd(number(1), decay))


def _log1mexp(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    far = log_of_one_plus(b, b.fneg(exponential(b, x)))
    near = logarithm(b, b.fneg(exponential_less_one(b, x)))
    return b.select(b.fcmp_ordered("<", x, number(-math.log(2))), far, near)


SCALAR: dict[type[ScalarOp], Emit] = {
    basic.Add: _fold("fadd"), basic.Mul: _fold("fmul"), basic.Sub: _fold("fsub"), basic.TrueDiv: _fold("fdiv"),
    basic.Neg: lambda b, x: b.fneg(x), basic.Sqr: lambda b, x: b.fmul(x, x), basic.Identity: lambda _, x: x,
    basic.Reciprocal: lambda b, x: b.fdiv(number(1), x), basic.Cast: lambda _, x: x, basic.Second: lambda _, x, y: y,
    basic.Exp: exponential, basic.Log: logarithm, basic.Sqrt: _intrinsic("sqrt"), basic.Abs: _intrinsic("fabs"),
    basic.Log1p: log_of_one_plus, basic.Expm1: exponential_less_one,
    basic.ScalarMaximum: _intrinsic("maxnum"), basic.ScalarMinimum: _intrinsic("minnum"),
    basic.GE: _compare(">="), basic.GT: _compare(">"), basic.LE: _compare("<="), basic.LT: _compare("<"),
    basic.EQ: _compare("=="), basic.Switch: _switch,
    basic.IsInf: lambda b, x: b.uitofp(b.fcmp_ordered("==", intrinsic(b, "fabs", x), number(math.inf)), DOUBLE),
    special.Softplus: _softplus, special.Sigmoid: _sigmoid, special.Log1mexp: _log1mexp,
}  # fmt: skip
