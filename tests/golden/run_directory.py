"""A whole run directory without sampler: for tests of what is done with one."""

from pathlib import Path

import pytest

from forecast.pipeline import Request, read, run, run_to
from forecast.posterior import store
from tests.golden.example import posteriors


def write_run(request: Request, folder: Path) -> Path:
    """Run the real chain from the posteriors of :mod:`tests.golden.example`, but its report."""
    inputs = read(request)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "fit", lambda *_: posteriors(inputs.panel, inputs.priors))
        patch.setattr("forecast.report.files.copy_posteriors", lambda *_: None)
        patch.setattr("forecast.pipeline.run.write_report", lambda *_: None)
        run_to(folder, inputs, request, lambda *_: None)
    return folder


def stored_posteriors(inputs, *_):
    """In the place of a fit: the posteriors of :mod:`tests.golden.example`, with files in the cache as after one."""
    found = posteriors(inputs.panel, inputs.priors)
    for name, one in found.items():
        store.save(name, one.key, one.chains, one.gates, coord=one.coord)
    return found
