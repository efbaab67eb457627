"""Machine code of every component against the graph as PyTensor's interpreter evaluates it."""

import ctypes
import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from forecast.components.registry import COMPONENT
from forecast.posterior.native import compile_native
from forecast.posterior.native.operations import UnsupportedError
from tests.components import register_example
from tests.components.example import data_of, draw_truth, panel, priors_for
from tests.conftest import some

PYTHON = Mode(linker="py", optimizer=None)  # as written: no rewriting, no compiling
DOUBLES = ctypes.POINTER(ctypes.c_double)
KIND = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, DOUBLES, DOUBLES, DOUBLES, ctypes.c_void_p)


def evaluate(code, x) -> tuple[int, float, np.ndarray]:
    """Return code, log density and gradient."""
    value, gradient = np.zeros(1), np.zeros(len(x))
    found = KIND(code.compiled_logp_func.address)(
        len(x), *(array.ctypes.data_as(DOUBLES) for array in (x, gradient, value)), code.user_data.ctypes.data)
    return found, value[0], gradient


def interpreter(model, *, slopes=True):
    """Density and gradient of a model by PyTensor's interpreter, as a function of a point."""
    density = model.logp()
    outputs = [density, *(pt.grad(density, model.value_vars) if slopes else ())]

    def at(x) -> tuple[float, np.ndarray]:
        place, given = 0, {}
        for variable in model.value_vars:
            size = int(np.prod(variable.type.shape))
            given[variable] = x[place:place + size].reshape(variable.type.shape)
            place += size
        value, *gradient = (output.eval(given, mode=PYTHON) for output in outputs)
        return float(value), np.concatenate([np.zeros(0), *(slope.ravel() for slope in gradient)])

    return at


OTHERS = [name for name in COMPONENT if not name.startswith("frequency")]
"""Formulations of frequency have one graph."""
QUICK = [name for name in OTHERS if name not in ("media", "setting")]
"""What the others are made of is in these; of media an axis without elements is compiled below."""


@pytest.fixture(scope="module", params=some(COMPONENT, ("frequency_recording", *QUICK)))
def case(request):
    model = COMPONENT[request.param].model(data_of(request.param), priors_for(request.param))
    return request.param, model, compile_native(model)


def test_density_and_gradient_equal_those_of_the_interpreter(case):
    _, model, code = case
    assert agrees(model, code)


def test_so_it_is_for_the_registers_whose_effects_are_sampled_as_they_are():
    model = register_example.COMPONENT.model(register_example.small(), register_example.priors())
    code = compile_native(model)
    assert agrees(model, code)


def test_an_axis_without_elements_is_no_loop():
    bare = replace(panel(), media=panel().media.iloc[:0], pages=panel().pages[:] * 0)
    data = COMPONENT["media"].data(bare)
    assert len(data.array["elsewhere"]) == 0
    model = COMPONENT["media"].model(data, priors_for("media"))
    assert agrees(model, compile_native(model))


def agrees(model, code) -> bool:
    """Whether both are equal at two random points; where they are not, it says by how much."""
    expected = interpreter(model)
    for seed in range(2):
        x = np.random.default_rng(seed).normal(0, 0.8, code.n_dim)
        failed, value, gradient = evaluate(code, x)
        density, slopes = expected(x)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-9, atol=1e-10 * np.abs(slopes).max())
        assert not failed
        assert value == pytest.approx(density, rel=1e-12)
    return True


def test_other_data_are_seen_without_compiling(case):
    name, model, code = case
    rng = np.random.default_rng(5)
    component, data = COMPONENT[name], data_of(name)
    other = component.model(component.simulate(data, draw_truth(component, data, rng), rng), priors_for(name))
    shapes = {v.name: v.get_value().shape for v in model.data_vars}
    values = {v.name: v.get_value() for v in other.data_vars if v.get_value().shape == shapes[v.name]}
    x = rng.normal(0, 0.5, code.n_dim)
    if len(values) == len(shapes):
        assert evaluate(code.with_data(**values), x)[1] == pytest.approx(interpreter(other, slopes=False)(x)[0], rel=1e-12)
    assert evaluate(code.with_data(**values), x)[1] != evaluate(code, x)[1]


def test_data_of_another_shape_are_refused(case):
    code = case[2]
    name, values = next(iter(code.shared_data.items()))
    with pytest.raises(ValueError, match="compiled for"):
        code.with_data(**{name: np.concatenate([values, values])})


def test_a_point_without_a_finite_density_is_reported(case):
    code = case[2]
    assert evaluate(code, np.full(code.n_dim, np.nan))[0] != 0


def test_an_operation_that_is_not_translated_is_named():
    with pm.Model() as model:
        x = pm.Normal("x", 0, 1, shape=3)
        pm.Potential("odd", pt.gammaln(pt.exp(x)).sum())
    with pytest.raises(UnsupportedError, match=r"^psi$"):
        compile_native(model)


PROGRAM = """
import hashlib, numpy as np
from forecast.components.registry import COMPONENT
from forecast.posterior.sampler import SamplerSettings, sample
from tests.components.example import data_of, priors_for
for seed in (1, 1, 2):
    settings = SamplerSettings(draws=30, tune=60, chains=2, seed=seed)
    found = sample(COMPONENT["completeness"], data_of("completeness"), priors_for("completeness"), settings)
    print(hashlib.md5(np.ascontiguousarray(found["list_rank"].to_numpy()).tobytes()).hexdigest())
"""


@pytest.mark.slow
@pytest.mark.sampling
def test_the_seed_decides_every_draw_in_every_process():
    """Bit for bit, compiled anew in each process; another seed differs."""
    runs = [subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stdout.split()
            for _ in range(2)]  # fmt: skip
    assert runs[0] == runs[1]
    first, again, other = runs[0]
    assert first == again != other
    assert first != hashlib.md5(b"").hexdigest()
