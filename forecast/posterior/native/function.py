"""The two functions that nutpie calls, around the code of a graph."""

from collections.abc import Callable
from math import prod

from llvmlite import ir
from pytensor.graph.basic import Variable

from forecast.posterior.native.array import INT, Array, Memory, copy, loop
from forecast.posterior.native.elementary import DOUBLE
from forecast.posterior.native.lower import Lowering

POINTER = DOUBLE.as_pointer()
FAILED = 3
"""What nutpie takes for a point where the density is not finite."""


def add_density(module: ir.Module, values: list[Variable], data: list[Variable], outputs: list[Variable]) -> None:
    """``density(n, x, gradient, value, data)``."""
    kind = ir.FunctionType(INT, [INT, POINTER, POINTER, POINTER, INT.as_pointer()])
    function = ir.Function(module, kind, "density")
    _, x, gradient, value, given = function.args

    def finish(builder: ir.IRBuilder, found: list[Array]) -> ir.Value:
        density, *slopes = found
        builder.store(density.get(builder, []), value)
        _write(builder, slopes, gradient)
        return _finite(builder, Array.rows(value, (1,)), Array.rows(gradient, (sum(prod(s.shape) for s in slopes),)))

    _body(function, (x, given), values, data, outputs, finish)


def add_expand(module: ir.Module, values: list[Variable], data: list[Variable], outputs: list[Variable]) -> None:
    """``expand(n, m, x, expanded, data)``: the values as they are, and on their own scales."""
    function = ir.Function(module, ir.FunctionType(INT, [INT, INT, POINTER, POINTER, INT.as_pointer()]), "expand")
    _, _, x, expanded, given = function.args

    def finish(builder: ir.IRBuilder, found: list[Array]) -> ir.Value:
        _write(builder, found, expanded)
        return ir.Constant(INT, 0)

    _body(function, (x, given), values, data, outputs, finish)


def _body(function: ir.Function, pointers: tuple[ir.Value, ir.Value], values: list[Variable], data: list[Variable],
          outputs: list[Variable], finish: Callable[[ir.IRBuilder, list[Array]], ir.Value]) -> None:
    """Read the inputs, run the graph, and write the outputs."""
    for argument in function.args:
        if isinstance(argument.type, ir.PointerType):
            argument.attributes.add("noalias")
    x, given = pointers
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    memory = Memory(builder)
    known, place = {}, 0
    for variable in values:
        known[variable] = Array.rows(builder.gep(x, [ir.Constant(INT, place)], source_etype=DOUBLE), variable.type.shape)
        place += prod(variable.type.shape)
    for number, variable in enumerate(data):
        address = builder.load(builder.gep(given, [ir.Constant(INT, number)], source_etype=INT), typ=INT)
        known[variable] = Array.rows(builder.inttoptr(address, POINTER), variable.type.shape)
    code = finish(builder, Lowering(builder, memory, known).run(outputs))
    memory.free()
    builder.ret(code)


def _write(builder: ir.IRBuilder, found: list[Array], target: ir.Value) -> None:
    place = 0
    for array in found:
        start = builder.gep(target, [ir.Constant(INT, place)], source_etype=DOUBLE)
        copy(builder, array, Array.rows(start, array.shape))
        place += prod(array.shape)


def _finite(builder: ir.IRBuilder, *arrays: Array) -> ir.Value:
    """0 where all values are finite: only then is zero times each of them zero."""
    total = builder.alloca(DOUBLE)
    builder.store(ir.Constant(DOUBLE, 0.0), total)
    for array in arrays:
        with loop(builder, array.shape) as index:
            product = builder.fmul(array.get(builder, index), ir.Constant(DOUBLE, 0.0))
            builder.store(builder.fadd(builder.load(total, typ=DOUBLE), product), total)
    good = builder.fcmp_ordered("==", builder.load(total, typ=DOUBLE), ir.Constant(DOUBLE, 0.0))
    return builder.select(good, ir.Constant(INT, 0), ir.Constant(INT, FAILED))
