"""Exponential and logarithm in generated code against NumPy."""

import ctypes

import numpy as np
import pytest
from llvmlite import ir

from forecast.posterior.native import MachineCode
from forecast.posterior.native.operations import DOUBLE, exponential, log_of_one_plus


def evaluate(emit, values) -> np.ndarray:
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(DOUBLE, [DOUBLE]), "f")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(emit(builder, *function.args))
    code = MachineCode(module)
    call = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(code.address("f"))
    return np.array([call(value) for value in values])


def test_exponential_equals_numpy():
    x = np.concatenate([np.linspace(-707, 709, 4001), np.linspace(-2, 2, 4001), [0.0, -0.0]])
    np.testing.assert_allclose(evaluate(exponential, x), np.exp(x), rtol=6e-16)


@pytest.mark.parametrize(("x", "limit"), [(-1e4, 0.0), (-np.inf, 0.0), (1e4, np.inf), (np.inf, np.inf), (np.nan, np.nan)])
def test_exponential_far_out(x, limit):
    np.testing.assert_equal(evaluate(exponential, [x])[0], limit)


def test_log_of_one_plus_equals_numpy_between_zero_and_one():
    t = np.concatenate([np.linspace(0, 1, 4001), np.logspace(-300, 0, 2001), np.sqrt(2) - 1 + np.linspace(-1e-9, 1e-9, 101)])
    np.testing.assert_allclose(evaluate(log_of_one_plus, t), np.log1p(t), rtol=6e-16)
