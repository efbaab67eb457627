"""A whole run directory without sampler: for tests of what is done with one."""

from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from forecast.pipeline import Request, read, run, run_to
from forecast.posterior import store
from tests.golden.example import posteriors


def write_run(request: Request, folder: Path, report=lambda *_: None, *, kept: bool = True) -> Path:
    """Run the real chain from the posteriors of :mod:`tests.golden.example`, with a given report; some tables are rough.

    Everything is estimated from the dyad's own record. Files of the posteriors, which take long to write, are `kept` where
    somebody reads them.
    """
    inputs = read(replace(request, alone=True))
    found = posteriors(inputs.panel, inputs.priors)
    with rough(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "fit", lambda *_: found)
        patch.setattr("forecast.report.files.copy_posteriors", lambda _, place: copy_posteriors(found, place) if kept else None)
        patch.setattr("forecast.pipeline.run.write_report", report)
        run_to(folder, inputs, request, lambda *_: None)
    return folder


@contextmanager
def rough():
    """Tables of runs that take long, of few futures."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("administration_tables", "drift_table"):
            patch.setattr(run, name, partial(_rough, getattr(run, name)))
        yield


def _rough(table, *given, paths, seed):
    """A table of few futures."""
    return table(*given, paths=min(paths, 40), seed=seed)


_FILES = {}
"""Files of posteriors that this process wrote before, beside the posteriors themselves, which keep their place in memory so."""


def copy_posteriors(found, place: Path) -> None:
    """Write the posteriors of a run into its folder, without a cache that others see."""
    with TemporaryDirectory() as cache, pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "cache_directory", lambda: Path(cache))
        place.mkdir(parents=True, exist_ok=True)
        for name, one in found.items():
            if id(one) not in _FILES:
                _FILES[id(one)] = one, store.save(name, one.key, one.chains, one.gates, coord=one.coord).read_bytes()
            (place / f"{name}.nc").write_bytes(_FILES[id(one)][1])


def stored_posteriors(inputs, *_):
    """In the place of a fit: the posteriors of :mod:`tests.golden.example`, with files in the cache as after one."""
    found = posteriors(inputs.panel, inputs.priors)
    for name, one in found.items():
        store.save(name, one.key, one.chains, one.gates, coord=one.coord)
    return found
