"""Scalar operations of PyTensor as LLVM instructions on doubles.

Every value is a double, booleans are 0 and 1. No operation is reordered.
"""

import math
from collections.abc import Callable
from functools import reduce

from llvmlite import ir
from pytensor.graph.basic import Constant
from pytensor.scalar import basic
from pytensor.scalar import math as special
from pytensor.scalar.basic import ScalarOp

from forecast.posterior.native.elementary import DOUBLE, exponential, log_of_one_plus, number

Emit = Callable[..., ir.Value]


class UnsupportedError(Exception):
    """A graph has an operation that is not translated."""


def call(builder: ir.IRBuilder, name: str, *args: ir.Value) -> ir.Value:
    """Call a function of the C library, or an intrinsic of LLVM, that depends on its arguments alone."""
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(DOUBLE, [DOUBLE] * len(args)), name)
        function.attributes.add("nounwind")
        if not name.startswith("llvm."):
            function.attributes.add("readnone")
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
    return lambda b, *args: call(b, f"llvm.{name}.f64", *args)


def _compare(symbol: str) -> Emit:
    return lambda b, x, y: b.uitofp(b.fcmp_ordered(symbol, x, y), DOUBLE)


def _switch(b: ir.IRBuilder, condition: ir.Value, yes: ir.Value, no: ir.Value) -> ir.Value:
    return b.select(b.fcmp_unordered("!=", condition, number(0)), yes, no)


def _decay(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """exp(-|x|), which never overflows."""
    return exponential(b, b.fneg(call(b, "llvm.fabs.f64", x)))


def _softplus(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    above = b.select(b.fcmp_ordered(">", x, number(0)), x, number(0))
    return b.fadd(above, log_of_one_plus(b, _decay(b, x)))


def _sigmoid(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    decay = _decay(b, x)
    top = b.select(b.fcmp_ordered(">", x, number(0)), number(1), decay)
    return b.fdiv(top, b.fadd(number(1), decay))


def _log1mexp(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    far = call(b, "log1p", b.fneg(exponential(b, x)))
    near = call(b, "llvm.log.f64", b.fneg(call(b, "expm1", x)))
    return b.select(b.fcmp_ordered("<", x, number(-math.log(2))), far, near)


SCALAR: dict[type[ScalarOp], Emit] = {
    basic.Add: _fold("fadd"), basic.Mul: _fold("fmul"), basic.Sub: _fold("fsub"), basic.TrueDiv: _fold("fdiv"),
    basic.Neg: lambda b, x: b.fneg(x), basic.Sqr: lambda b, x: b.fmul(x, x), basic.Identity: lambda _, x: x,
    basic.Reciprocal: lambda b, x: b.fdiv(number(1), x), basic.Cast: lambda _, x: x, basic.Second: lambda _, x, y: y,
    basic.Exp: exponential, basic.Log: _intrinsic("log"), basic.Sqrt: _intrinsic("sqrt"), basic.Abs: _intrinsic("fabs"),
    basic.Log1p: lambda b, x: call(b, "log1p", x), basic.Expm1: lambda b, x: call(b, "expm1", x),
    basic.ScalarMaximum: _intrinsic("maxnum"), basic.ScalarMinimum: _intrinsic("minnum"),
    basic.GE: _compare(">="), basic.GT: _compare(">"), basic.LE: _compare("<="), basic.LT: _compare("<"),
    basic.EQ: _compare("=="), basic.Switch: _switch,
    basic.IsInf: lambda b, x: b.uitofp(b.fcmp_ordered("==", call(b, "llvm.fabs.f64", x), number(math.inf)), DOUBLE),
    special.Softplus: _softplus, special.Sigmoid: _sigmoid, special.Log1mexp: _log1mexp,
}  # fmt: skip
