"""A made-up run of the frozen record in a folder of its own, as ``forecast_run`` and ``forecast_record``."""

import os
import shutil
from contextlib import contextmanager
from functools import cache

import pytest

import forecast
from forecast import api, shipped
from forecast.pipeline import run as pipeline_run
from tests.conftest import vector_only
from tests.fixture.record import RECORD
from tests.golden.run_directory import stored_posteriors

PATHS = 600


def once():
    """Posteriors in the place of a fit, made once for each record and prior set."""
    known = {}

    def fit(inputs, *_):
        key = inputs.panel.dyad, inputs.panel.as_of, inputs.priors.model_dump_json()
        if key not in known:
            known[key] = stored_posteriors(inputs)
        return known[key]

    return fit


@contextmanager
def at(folder, fit):
    """The folder as the working one, its record as the shipped one, and posteriors that need no sampler."""
    before = os.getcwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_CACHE", str(folder / "cache"))
        patch.setattr(shipped, "DYAD", folder / "forecast_record")
        patch.setattr(shipped, "dyads", lambda: {"us_kz": folder / "forecast_record"})
        patch.setattr(pipeline_run, "fit", fit)
        patch.setattr(api, "fit_all", fit)
        patch.setattr(api, "read_results", cache(api.read_results))  # every example reads the same directory
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """The folder, what stands in for a fit, and the run, made once."""
    folder, fit = tmp_path_factory.mktemp("api"), once()
    shutil.copytree(RECORD, folder / "forecast_record")
    with at(folder, fit):
        found = forecast.run(paths=PATHS, threads=1)
        with vector_only():
            found.report("forecast_run")
    return folder, fit, found


@pytest.fixture(scope="module")
def place(home):
    """The folder, which is also where the tests of a module run."""
    with at(*home[:2]):
        yield home[0]


@pytest.fixture(scope="module")
def made(place, home):
    """The run in memory, which also lies in ``forecast_run``."""
    return home[2]
