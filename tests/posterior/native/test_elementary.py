"""Exponential and logarithm in generated code against NumPy."""

import ctypes

import numpy as np
import pytest
from llvmlite import ir
from pytensor.scalar import math as special
from scipy.special import expit

from forecast.posterior.native import MachineCode
from forecast.posterior.native.operations import DOUBLE, SCALAR, exponential, exponential_less_one, log_of_one_plus, logarithm

TINY = np.finfo(float).smallest_subnormal
CLOSE, COMPOSED = 6e-16, 9e-16
"""Largest relative differences: three roundings of a double, and four where one of them is made of two others."""


def evaluate(emit, values) -> np.ndarray:
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(DOUBLE, [DOUBLE]), "f")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(emit(builder, *function.args))
    code = MachineCode(module)
    call = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(code.address("f"))
    return np.array([call(value) for value in values])


def both_signs(x) -> np.ndarray:
    return np.concatenate([x, -x])


SMALL = both_signs(np.concatenate([np.logspace(-320, -1, 2001), [0.0]]))
NEAR = np.concatenate([np.linspace(-707, 709, 4001), np.linspace(708, 709.7, 101), np.linspace(-2, 2, 4001), SMALL])
POSITIVE = np.concatenate([np.logspace(-323, 308, 4001), np.linspace(0.4, 3, 4001), 2.0 ** np.arange(-1074, 1024),
                           np.sqrt(0.5) + np.linspace(-1e-9, 1e-9, 101), np.sqrt(2) + np.linspace(-1e-9, 1e-9, 101),
                           [TINY, np.finfo(float).tiny, np.finfo(float).max]])
ABOVE = np.concatenate([np.linspace(-1 + 1e-12, 4, 8001), np.logspace(-3, 308, 4001), -1 + np.logspace(-15, -1, 501), SMALL,
                        np.sqrt(0.5) - 1 + np.linspace(-1e-9, 1e-9, 101), np.sqrt(2) - 1 + np.linspace(-1e-9, 1e-9, 101)])


FAR = np.concatenate([np.linspace(-700, 700, 4001), np.linspace(-3, 3, 4001), [0.0, -0.0]])
BELOW_ZERO = -np.concatenate([np.logspace(-300, 2, 4001), np.log(2) + np.linspace(-1e-9, 1e-9, 101)])


def softplus(x) -> np.ndarray:
    return np.logaddexp(0, x)


def log_of_one_less_exp(x) -> np.ndarray:
    with np.errstate(divide="ignore"):  # of the branch that is not taken
        return np.where(x < -np.log(2), np.log1p(-np.exp(x)), np.log(-np.expm1(x)))


@pytest.mark.parametrize(("emit", "exact", "x"), [
    (exponential, np.exp, NEAR), (exponential_less_one, np.expm1, NEAR), (logarithm, np.log, POSITIVE),
    (log_of_one_plus, np.log1p, ABOVE)])
def test_equals_numpy(emit, exact, x):
    np.testing.assert_allclose(evaluate(emit, x), exact(x), rtol=CLOSE, atol=TINY)


@pytest.mark.parametrize(("emit", "exact", "x"), [
    (SCALAR[special.Softplus], softplus, FAR), (SCALAR[special.Sigmoid], expit, FAR),
    (SCALAR[special.Log1mexp], log_of_one_less_exp, BELOW_ZERO)])
def test_what_is_made_of_them_keeps_its_digits(emit, exact, x):
    np.testing.assert_allclose(evaluate(emit, x), exact(x), rtol=COMPOSED)


NO_NUMBER = (np.nan, np.nan)
LIMITS = {
    exponential: [(-708.01, 0.0), (-715.0, 0.0), (-740.0, 0.0), (-1e4, 0.0), (-np.inf, 0.0), (709.75, np.inf), (1e4, np.inf),
                  (np.inf, np.inf), NO_NUMBER],
    exponential_less_one: [(-708.01, -1.0), (-740.0, -1.0), (-1e4, -1.0), (-np.inf, -1.0), (709.75, np.inf), (1e4, np.inf),
                           (np.inf, np.inf), (-0.0, -0.0), NO_NUMBER],
    logarithm: [(0.0, -np.inf), (-0.0, -np.inf), (-1e-300, np.nan), (-np.inf, np.nan), (np.inf, np.inf), (1.0, 0.0), NO_NUMBER],
    log_of_one_plus: [(-1.0, -np.inf), (-1.5, np.nan), (-np.inf, np.nan), (np.inf, np.inf), (-0.0, -0.0), NO_NUMBER],
}


@pytest.mark.parametrize(("emit", "x", "limit"), [(emit, *pair) for emit, pairs in LIMITS.items() for pair in pairs])
def test_far_out(emit, x, limit):
    np.testing.assert_equal(evaluate(emit, [x])[0], limit)
