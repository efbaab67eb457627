"""One compilation per graph: which models share code, without compiling any."""

import numpy as np
import pytest

from forecast.components.registry import COMPONENT
from forecast.posterior import sampler
from forecast.posterior.sampler import Compiler
from tests.components.example import data_of, draw_truth, priors_for


class Code:
    def __init__(self, model) -> None:
        self.values = {variable.name: variable.get_value() for variable in model.data_vars}

    def with_data(self, **values):
        found = Code.__new__(Code)
        found.values = values
        return found


@pytest.fixture
def compiled(monkeypatch):
    models = []

    def compile_one(model):
        models.append(model)
        return Code(model)

    monkeypatch.setattr(sampler, "_compile", compile_one)
    return models


FREQUENCY = [name for name in COMPONENT if name.startswith("frequency")]


def test_all_formulations_but_recording_share_one_compilation_and_keep_their_own_data(compiled):
    compile_model = Compiler()
    found = {name: compile_model(COMPONENT[name], data_of(name), priors_for(name)) for name in FREQUENCY}
    assert len(compiled) == 2  # recording has histories besides
    matrices = [found[name].values["rate_matrix"] for name in FREQUENCY]
    assert not np.array_equal(matrices[0], matrices[1])


@pytest.mark.parametrize("name", ["agenda", "effectiveness", "media", "setting", "completeness"])
def test_simulated_data_and_other_priors_need_no_other_compilation(compiled, name):
    component, compile_model, rng = COMPONENT[name], Compiler(), np.random.default_rng(3)
    data = component.simulate(data_of(name), draw_truth(component, data_of(name), rng), rng)
    wide = {key: prior.model_copy(update={"sigma": 2.0} if prior.sigma else {}) for key, prior in priors_for(name).items()}
    compile_model(component, data_of(name), priors_for(name))
    compile_model(component, data, priors_for(name))
    compile_model(component, data_of(name), wide)
    assert len(compiled) == 1


@pytest.mark.parametrize("name", ["frequency_drift", "frequency_walk", "agenda", "media", "completeness"])
def test_wrong_assumptions_need_no_other_compilation_and_reach_the_model(compiled, name):
    component, compile_model = COMPONENT[name], Compiler()
    right = compile_model(component, data_of(name), priors_for(name))
    for control in component.controls(priors_for(name)):
        other = compile_model(component, *control.assume(data_of(name), priors_for(name)))
        assert any(not np.array_equal(values, other.values[key]) for key, values in right.values.items()), control.name
    assert len(compiled) == 1


def test_components_and_other_shapes_are_compiled_anew(compiled):
    compile_model = Compiler()
    for name in ("agenda", "media", "frequency_drift"):
        compile_model(COMPONENT[name], data_of(name), priors_for(name))
    assert len(compiled) == 3
