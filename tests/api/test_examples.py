"""Every name of the Python interface has an example, and every example runs as it stands."""

import doctest
import inspect

import pytest

import forecast
from forecast import api
from forecast.api import objects
from forecast.report import plots

MODULES = (api, objects, plots)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
NAMES = {f"{module.__name__}.{name}": one for module in MODULES for name, one in vars(module).items()
         if getattr(one, "__module__", None) == module.__name__ and not name.startswith("_") and callable(one)}
PARTS = {f"{name}.{part}": value for name, one in NAMES.items() if inspect.isclass(one)
         for part, value in vars(one).items() if not part.startswith("_") and (callable(value) or isinstance(value, property))}
EXAMPLES = [test for module in MODULES for test in doctest.DocTestFinder().find(module) if test.examples]


LONG = {"forecast.api.backtest", "forecast.api.run", "forecast.api.fit", "forecast.api.freeze"}


@pytest.mark.parametrize("test", [pytest.param(test, id=test.name, marks=[pytest.mark.slow] if test.name in LONG else [])
                                  for test in EXAMPLES])
def test_an_example_runs_as_it_stands(made, test):
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    assert runner.run(test).failed == 0, test.name


def test_every_name_has_an_example():
    assert {*NAMES, *PARTS} == {test.name for test in EXAMPLES}


def test_the_package_gives_the_names_of_the_interface_and_no_other():
    assert set(forecast.API) == set(api.__all__)
    assert all(getattr(forecast, name) is getattr(api, name) for name in forecast.API)
    with pytest.raises(AttributeError, match="module 'forecast' has no attribute 'forecast_all'"):
        _ = forecast.forecast_all


def test_every_name_states_its_types_and_the_stub_repeats_the_names():
    for name in forecast.API:
        hints = inspect.signature(getattr(api, name) if not inspect.isclass(getattr(api, name)) else getattr(api, name).__init__)
        assert all(one.annotation is not inspect.Parameter.empty for key, one in hints.parameters.items() if key != "self"), name
    stub = (api.Path(forecast.__file__).with_suffix(".pyi")).read_text(encoding="utf-8")
    assert {line.rsplit(" as ")[1] for line in stub.splitlines() if line.startswith("from forecast.api")} == set(forecast.API)
