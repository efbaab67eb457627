"""A whole run directory without sampler: for tests of what is done with one."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from forecast.pipeline import Request, read, run, run_to
from forecast.posterior import store
from tests.golden.example import posteriors


def write_run(request: Request, folder: Path) -> Path:
    """Run the real chain from the posteriors of :mod:`tests.golden.example`, but its report."""
    inputs = read(request)
    found = posteriors(inputs.panel, inputs.priors)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "fit", lambda *_: found)
        patch.setattr("forecast.report.files.copy_posteriors", lambda _, place: copy_posteriors(found, place))
        patch.setattr("forecast.pipeline.run.write_report", lambda *_: None)
        run_to(folder, inputs, request, lambda *_: None)
    return folder


def copy_posteriors(found, place: Path) -> None:
    """Write the posteriors of a run into its folder, without a cache that others see."""
    with TemporaryDirectory() as cache, pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "cache_directory", lambda: Path(cache))
        place.mkdir(parents=True, exist_ok=True)
        for name, one in found.items():
            shutil.copyfile(store.save(name, one.key, one.chains, one.gates, coord=one.coord), place / f"{name}.nc")


def stored_posteriors(inputs, *_):
    """In the place of a fit: the posteriors of :mod:`tests.golden.example`, with files in the cache as after one."""
    found = posteriors(inputs.panel, inputs.priors)
    for name, one in found.items():
        store.save(name, one.key, one.chains, one.gates, coord=one.coord)
    return found
