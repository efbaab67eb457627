"""A PyMC model as machine code that nutpie samples from.

PyTensor derives the gradient and simplifies the graph; what is left are a few dozen loops over arrays of fixed shape, which
go to LLVM without the steps between (typing and inlining of hundreds of small functions) that make up nearly all of the
time to compile. The code has no addresses and no names of its process in it, so that it is the same in every process.
"""

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pytensor.tensor as pt
from llvmlite import ir
from nutpie.compile_pymc import CompiledPyMCModel, make_user_data
from pytensor.graph.basic import Variable
from pytensor.graph.replace import clone_replace
from pytensor.graph.rewriting.utils import rewrite_graph
from pytensor.graph.traversal import toposort

from forecast.posterior.native.function import add_density, add_expand
from forecast.posterior.native.machine import MachineCode

if TYPE_CHECKING:
    from pymc import Model

LEFT_OUT = ("inplace", "BlasOpt", "cxx_only", "numba", "local_careduce_fusion", "selection_dot_to_indexing")
"""Rewrites that bring in operations of other compilers."""


@dataclass(frozen=True)
class Address:
    """A function of loaded code, which stays loaded as long as this lives."""

    address: int
    code: MachineCode


class NativeModel(CompiledPyMCModel):
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
        return super().with_data(**updates)


def compile_native(model: "Model") -> NativeModel:
    """Compile the log density of a model.

    Raises
    ------
    UnsupportedError
        Where the graph has an operation that is not translated.
    """
    values = list(model.value_vars)
    shapes = [tuple(variable.type.shape) for variable in values]
    data = {variable: pt.TensorType("float64", shape=variable.get_value().shape)(variable.name)
            for variable in model.data_vars}
    (logp,) = _sized(_simple(clone_replace([model.logp()], data, rebuild_strict=False), "canonicalize"))
    free = [variable for variable in model.unobserved_value_vars if variable not in values]
    module = ir.Module("model")
    inputs = values, list(data.values())
    add_density(module, *inputs, _simple([logp, *pt.grad(logp, values)]))
    add_expand(module, *inputs, _simple([*values, *clone_replace(free, data, rebuild_strict=False)]))
    code = MachineCode(module)
    names = [variable.name for variable in (*values, *free)]
    return _packed(model, code, names, shapes + [tuple(variable.type.shape) for variable in free])


def _sized(outputs: list[Variable]) -> list[Variable]:
    """The same graph built anew, so that every type has the shape that constants now tell."""
    made: dict[Variable, Variable] = {}
    for node in toposort(outputs):
        again = node.op.make_node(*(made.get(variable, variable) for variable in node.inputs))
        made.update(zip(node.outputs, again.outputs, strict=True))
    return [made.get(variable, variable) for variable in outputs]


def _simple(outputs: list[Variable], how: str = "fast_run") -> list[Variable]:
    return rewrite_graph(outputs, include=(how,), exclude=LEFT_OUT)


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
