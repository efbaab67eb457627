"""Compile a model once in a process: models whose graphs are equal share the compiled code."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from forecast.components.priors import Prior
from forecast.components.protocol import Component, ComponentData

if TYPE_CHECKING:
    from nutpie.sample import CompiledModel
    from pymc import Model


class Compiler:
    """Compiled models of one process, found again by their graph.

    Everything that a model takes from data and priors is shared data, so that refits on data of equal shape, other prior
    sets and the formulations of one component differ in these values alone.
    """

    def __init__(self) -> None:
        self._known: list[tuple[Model, CompiledModel]] = []

    def __call__(self, component: Component, data: ComponentData, priors: Mapping[str, Prior]) -> "CompiledModel":
        """The compiled model of a component that holds `data` and `priors`."""
        given = component.model(data, priors)
        for model, code in self._known:
            if _equal(model, given):
                return code.with_data(**{variable.name: variable.get_value() for variable in given.data_vars})
        self._known.append((given, _compile(given)))
        return self._known[-1][1]


def _compile(model: "Model") -> "CompiledModel":
    import nutpie
    import pytensor

    # Code from PyTensor's disk cache rounds differently from code just compiled: the seed would not decide every draw.
    with pytensor.config.change_flags(numba__cache=False):
        return nutpie.compile_pymc_model(model)


def _equal(one: "Model", other: "Model") -> bool:
    """Whether two models are the same function of their free values and shared data, constants included."""
    from pytensor.graph.basic import equal_computations

    names = [[variable.name for variable in (*model.value_vars, *model.data_vars)] for model in (one, other)]
    if names[0] != names[1]:
        return False
    inputs = ([*model.value_vars, *model.data_vars] for model in (one, other))
    return equal_computations([one.logp()], [other.logp()], *inputs)
