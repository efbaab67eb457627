"""Whatever keeps the program from making machine code itself, nutpie's own compiler takes over, and one line says why."""

import sys

import numpy as np
import pytest

from forecast.components.registry import COMPONENT
from forecast.posterior import native, sampler
from forecast.posterior.sampler import SamplerSettings, draw
from tests.components.example import data_of, priors_for

NAME = "setting"


def model_of(name):
    return COMPONENT[name].model(data_of(name), priors_for(name))


@pytest.fixture
def plain(monkeypatch):
    """Models that nutpie's own compiler was asked for, which takes a minute and is not run."""
    asked = []
    monkeypatch.setattr(sampler, "_compile_plain", lambda model: asked.append(model) or "by nutpie")
    return asked


def missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "forecast.posterior.native", None)


def without_llvm(monkeypatch):
    def refuse(module):
        raise RuntimeError("LLVM has other flags now\nand more lines")

    monkeypatch.setattr(native, "MachineCode", refuse)


def with_other_fields(monkeypatch):
    def refuse(**fields):
        raise TypeError("unexpected keyword argument '_n_dim'")

    monkeypatch.setattr(native, "NativeModel", refuse)


def read_otherwise(monkeypatch):
    def refuse(model, mean):
        raise AttributeError("no attribute 'coordinates'")

    monkeypatch.setattr(native.NativeModel, "_make_model", refuse)


@pytest.mark.parametrize(("failure", "told"), [
    (missing, "import of forecast.posterior.native halted"),
    pytest.param(without_llvm, "RuntimeError: LLVM has other flags now", marks=pytest.mark.slow),
    pytest.param(with_other_fields, "TypeError: unexpected keyword argument '_n_dim'", marks=pytest.mark.slow),
    (read_otherwise, "AttributeError: no attribute 'coordinates'"),
])  # fmt: skip
def test_any_failure_ends_in_the_other_compiler_and_one_line(failure, told, plain, monkeypatch, capsys):
    failure(monkeypatch)
    model = model_of(NAME)
    assert sampler._compile(model) == "by nutpie"
    assert plain == [model]
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("note: nutpie compiles this model, which takes longer: ")
    assert told in said


def test_where_nothing_fails_nothing_is_said(plain, capsys):
    assert isinstance(sampler._compile(model_of(NAME)), native.NativeModel)
    assert not plain
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_both_compilers_give_the_same_posterior(monkeypatch):
    """The same seed, and rounding apart the same density: quantiles agree within a few Monte Carlo standard errors."""
    component, data, priors = COMPONENT[NAME], data_of(NAME), priors_for(NAME)
    settings = SamplerSettings(draws=500, tune=500, chains=2, seed=4)
    own, other = (draw(make(model_of(NAME)), component, data, priors, settings)
                  for make in (native.compile_native, sampler._compile_plain))  # fmt: skip
    for name in ("administration_scale", "rank_scale"):
        one, two = own[name].to_numpy().ravel(), other[name].to_numpy().ravel()
        spread = np.hypot(one.std(), two.std()) / np.sqrt(100)  # at least a hundred independent draws of a thousand
        assert abs(one.mean() - two.mean()) < 4 * spread, name
