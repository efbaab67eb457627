"""A made-up run of the frozen record in a folder of its own, as ``forecast_run`` and ``forecast_record``."""

import os
import shutil
from functools import cache

import pytest

import forecast
from forecast import api, shipped
from forecast.pipeline import run as pipeline_run
from tests.fixture.record import RECORD
from tests.golden.run_directory import stored_posteriors

PATHS = 200


def once():
    """Posteriors in the place of a fit, made once for each record and prior set."""
    known = {}

    def fit(inputs, *_):
        key = inputs.panel.dyad, inputs.panel.as_of, inputs.priors.model_dump_json()
        if key not in known:
            known[key] = stored_posteriors(inputs)
        return known[key]

    return fit


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The folder, which is also where the tests of a module run; the shipped record is the frozen one there."""
    folder, before = tmp_path_factory.mktemp("api"), os.getcwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_CACHE", str(folder / "cache"))
        patch.setattr(shipped, "DYAD", shutil.copytree(RECORD, folder / "forecast_record"))
        fit = once()
        patch.setattr(pipeline_run, "fit", fit)
        patch.setattr(api, "fit_all", fit)
        patch.setattr(api, "read_results", cache(api.read_results))  # every example reads the same directory
        os.chdir(folder)
        yield folder
        os.chdir(before)


@pytest.fixture(scope="module")
def made(place):
    """The run in memory, which also lies in ``forecast_run``."""
    found = forecast.run(paths=PATHS, threads=1)
    found.report("forecast_run")
    return found
