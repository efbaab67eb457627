"""Machine code of a model's log density and gradient, made in about a second and the same in every process.

PyTensor derives the gradient and simplifies the graph. What is left are a few dozen loops over arrays of fixed shape, which
go to LLVM without the steps between (typing and inlining of hundreds of small functions) that make up nearly all of the time
to compile. The code has no addresses and no names of its process in it, so that it is the same in every process.

Why it exists
-------------
Compiling one component took 1 s against 30 s or more by way of Numba, and sampling was up to three times as fast; JAX was slower
on both (measured with nutpie 0.16 and PyTensor 3 on two cores).

What it costs
-------------
:func:`compile_native` fills fields of nutpie's compiled model that are private there, so that the versions of nutpie and llvmlite
are bounded in ``pyproject.toml``. It is the only door to this package, and :mod:`forecast.posterior.sampler` falls back to
nutpie's own compiler, with a line that says so, on whatever it raises. A test compares density and gradient with PyTensor's
interpreter for every component.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, cast

import llvmlite.binding as llvm
import numpy as np
import pytensor.tensor as pt
from llvmlite import ir
from nutpie.compile_pymc import CompiledPyMCModel, make_user_data
from pytensor.graph.basic import Variable as AnyVariable
from pytensor.graph.replace import clone_replace
from pytensor.graph.rewriting.utils import rewrite_graph
from pytensor.graph.traversal import toposort

from forecast.posterior.native.lower import Lowering
from forecast.posterior.native.operations import DOUBLE, INT, Array, Memory, copy, loop

if TYPE_CHECKING:
    from pymc import Model


# The two functions that nutpie calls, around the code of a graph.

POINTER = DOUBLE.as_pointer()
Variable = AnyVariable[Any, Any]
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


# From LLVM code to machine code in memory.

class MachineCode:
    """Loaded machine code of a module.

    Parameters
    ----------
    module : llvmlite.ir.Module
        Its functions can be called by other programs.
    """

    def __init__(self, module: ir.Module) -> None:
        machine = _machine()
        module.triple = llvm.get_process_triple()
        module.data_layout = str(machine.target_data)
        parsed = llvm.parse_assembly(str(module))
        parsed.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = options.slp_vectorization = True
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(parsed, builder)
        self._engine = llvm.create_mcjit_compiler(parsed, machine)
        self._engine.finalize_object()

    def address(self, function: str) -> int:
        """Where a function begins."""
        found: int = self._engine.get_function_address(function)
        return found


@cache
def _once() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def _machine() -> llvm.TargetMachine:
    _once()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3)


# A PyMC model as machine code that nutpie samples from.

LEFT_OUT = ("inplace", "BlasOpt", "cxx_only", "numba", "local_careduce_fusion", "selection_dot_to_indexing")
"""Rewrites that bring in operations of other compilers."""


@dataclass(frozen=True)
class Address:
    """A function of loaded code, which stays loaded as long as this lives."""

    address: int
    code: MachineCode


class NativeModel(CompiledPyMCModel):  # type: ignore[misc]  # nutpie has no types
    """A compiled model for data of one shape."""

    def with_data(self, **updates: np.ndarray) -> "NativeModel":
        """The same code with other data.

        Raises
        ------
        ValueError
            Where the shape of data differs from that the code was made for.
        """
        for name, values in updates.items():
            if np.shape(values) != self.shared_data[name].shape:
                raise ValueError(f"{name} has shape {np.shape(values)}, compiled for {self.shared_data[name].shape}")
        found: NativeModel = super().with_data(**updates)
        return found


def compile_native(model: "Model") -> NativeModel:
    """Compile the log density of a model.

    Raises
    ------
    UnsupportedError
        Where the graph has an operation that is not translated.
    Exception
        Whatever PyTensor, LLVM or nutpie raise where they are not as this package knows them.
    """
    values = list(model.value_vars)
    shapes = [tuple(variable.type.shape) for variable in values]
    data = {variable: pt.TensorType("float64", shape=variable.get_value().shape)(variable.name)
            for variable in model.data_vars}
    (logp,) = _sized(_simple(clone_replace([model.logp()], data, rebuild_strict=False), "canonicalize"))
    free = [variable for variable in model.unobserved_value_vars if variable not in values]
    module = ir.Module("model")
    inputs = values, list(data.values())
    add_density(module, *inputs, _simple([logp, *cast("list[Variable]", pt.grad(logp, values))]))
    add_expand(module, *inputs, _simple([*values, *clone_replace(free, data, rebuild_strict=False)]))
    code = MachineCode(module)
    names = [variable.name for variable in (*values, *free)]
    found = _packed(model, code, names, shapes + [tuple(variable.type.shape) for variable in free])
    found._make_model(np.zeros(found.n_dim))  # nutpie reads every field: better refused here than while it samples
    return found


def _sized(outputs: list[Variable]) -> list[Variable]:
    """The same graph built anew, so that every type has the shape that constants now tell."""
    made: dict[Variable, Variable] = {}
    for node in toposort(outputs):
        again = node.op.make_node(*(made.get(variable, variable) for variable in node.inputs))
        made.update(zip(node.outputs, again.outputs, strict=True))
    return [made.get(variable, variable) for variable in outputs]


def _simple(outputs: list[Variable], how: str = "fast_run") -> list[Variable]:
    return cast("list[Variable]", rewrite_graph(outputs, include=(how,), exclude=LEFT_OUT))


def _packed(model: "Model", code: MachineCode, names: list[str], shapes: list[tuple[int, ...]]) -> NativeModel:
    """The code as nutpie wants it."""
    stop = np.cumsum([prod(shape) for shape in shapes]).tolist()
    slices = [slice(end - prod(shape), end) for end, shape in zip(stop, shapes, strict=True)]
    size = stop[len(model.value_vars) - 1]
    keys = {variable: variable.name for variable in model.data_vars}
    data = {variable.name: np.array(variable.get_value(), order="C") for variable in model.data_vars}
    return NativeModel(
        dims={}, _coords={}, _n_dim=size, _shapes=dict(zip(names, shapes, strict=True)), n_expanded=stop[-1],
        compiled_logp_func=Address(code.address("density"), code), compiled_expand_func=Address(code.address("expand"), code),
        initial_point_func=lambda seed: np.random.default_rng(seed).uniform(-1, 1, size), shared_data=data,
        shared_var_keys=keys, user_data=make_user_data(keys, data), shape_info=(names, slices, shapes), logp_func=None,
        expand_func=None, reparameterized_names=[])
