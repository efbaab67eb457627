import gc
import threading
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import typer.main
import typer.testing
from matplotlib.figure import Figure
from PIL import Image
from xdist.scheduler import LoadFileScheduling

import forecast.cli  # noqa: F401  what the program sets before NumPy is imported


def some(cases, fast):
    """Cases of a parametrized test of which the continuous integration takes some, and the slow lane all."""
    cases = list(cases)
    return [one if one in fast else pytest.param(one, marks=pytest.mark.slow) for one in cases]


def some_rows(cases, fast):
    """The same of cases that have several arguments each."""
    return [one if one in fast else pytest.param(*one, marks=pytest.mark.slow) for one in cases]


@contextmanager
def vector_only():
    """Figures in one form and not in three: for tests of what stands beside them."""
    from forecast.report import style

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "_METADATA", {"svg": style._METADATA["svg"]})
        yield


@pytest.fixture
def vector_figures():
    with vector_only():
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_tree_of_commands():
    """The commands of a program are laid out once and not anew whenever one is invoked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.testing._get_command))
        patch.setattr(typer.main, "get_command", cache(typer.main.get_command))
        yield


def pytest_collection_finish():
    """What is there when tests begin stays: looking through it for garbage again and again takes a twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _regions_read_once():
    """The records of a region are read once in a process, and not by every command that a test gives; changed ones anew."""
    from forecast.pipeline import request

    load, known = request.load_panel, {}

    def load_panel(folders, **given):
        if not isinstance(folders, list):
            return load(folders, **given)
        files = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for one in folders for path in sorted(one.iterdir()))
        key = files, tuple(given.items())
        if key not in known:
            known[key] = load(folders, **given)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request, "load_panel", load_panel)
        yield


@pytest.fixture(scope="session", autouse=True)
def _presidents_compared_once():
    """Two presidents of one panel are compared once in a process, and not for every page of the same made-up run."""
    from forecast.report import administrations_page

    compare, known = administrations_page.compare_presidents, {}

    def compared(panel, sides, seed, share=None):
        if share is not None:
            return compare(panel, sides, seed, share)
        key = id(panel), repr(sides), seed
        if key not in known:
            known[key] = panel, compare(panel, sides, seed)  # the panel, so that nothing else takes its place in memory
        return known[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(administrations_page, "compare_presidents", compared)
        yield


@pytest.fixture(scope="session", autouse=True)
def _files_parsed_once():
    """A YAML text that is read again and again is parsed twice, and copied from then on: reading lines takes longer than most."""
    from forecast import config

    parse, seen, known = config.content_of, set(), {}

    def content(text):
        if text in known:
            return deepcopy(known[text])
        found = parse(text)
        if text in seen:
            known[text] = deepcopy(found)
        seen.add(text)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "content_of", content)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_helping_process():
    """Runs within a test compute and draw in the process of the test.

    Tests share the processors as it is; what helpers are and how they end is tested where they are (``test_workers``,
    ``report/test_studio``, ``golden/test_run`` and every test that starts the program).
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forecast.report.run.figure_worker", lambda figures=True: nullcontext())
        yield


@pytest.fixture(scope="module")
def inputs(request):
    """What the ``REQUEST`` of a module asks for."""
    from forecast.pipeline import read

    return read(request.module.REQUEST)


@pytest.fixture(scope="module")
def posterior(inputs):
    """Made-up posteriors in the place of its fits."""
    from tests.golden.example import posteriors

    return posteriors(inputs.panel, inputs.priors)


@cache
def stand_in(form):
    """The bytes of a file of a form in which no figure is drawn: a picture of noise, or next to nothing."""
    if form == "svg":
        return b'<svg xmlns="http://www.w3.org/2000/svg" width="400pt" height="200pt"><path d="M 0 0 L 9 9"/></svg>'
    file = BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (40, 60), np.uint8)).save(file, "png")
    return file.getvalue() if form == "png" else b"%PDF-1.4\n" + 60 * b"% no drawing in the quick lane\n"


SAVE = Figure.savefig


def _save(figure, target, *, format=None, **options):
    if format in ("pdf", "png"):
        target.write(stand_in(format))
    else:
        SAVE(figure, target, format=format, **options)


@contextmanager
def drawn_in_no_form():
    """Figures are made and not drawn, in any form: for tests of the words and numbers of a page."""
    def save(figure, target, *, format=None, **_):
        target.write(stand_in(format))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", save)
        yield


@pytest.fixture
def undrawn():
    with drawn_in_no_form():
        yield


@pytest.fixture(scope="session", autouse=True)
def _drawn_as_svg(pytestconfig):
    """In the quick lane a figure is drawn as SVG; its other files are there, and stand in for the same drawing.

    Tests of what is in them ask for `every_form`; a whole run in all forms is written by ``golden/test_run`` and by every test
    that starts the program.
    """
    with pytest.MonkeyPatch.context() as patch:
        if pytestconfig.option.markexpr == "not slow":
            patch.setattr(Figure, "savefig", _save)
        yield


@contextmanager
def in_every_form():
    """Figures are drawn in all forms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", SAVE)
        yield


@pytest.fixture
def every_form():
    with in_every_form():
        yield


@pytest.fixture(scope="session")
def right(tmp_path_factory):
    """One of every kind that commands read, nothing wrong with it; no test changes it."""
    from tests.walk.right import write_right

    folder = tmp_path_factory.mktemp("right")
    write_right(folder)
    return folder


@pytest.fixture
def own_end(monkeypatch):
    """Locks that an end takes and never gives back are this test's own: the process goes on with other tests."""
    from forecast import placement

    for name in ("_MAKING", "_PLACING"):
        monkeypatch.setattr(placement, name, threading.Lock())


FIRST = ("docs/test_tutorials", "report/test_browser", "api/test_run", "pipeline/test_update", "report/test_sliders_browser",
         "golden/test_run", "pipeline/test_second_dyad", "posterior/native/test_model", "test_workers", "api/test_examples",
         "contracts/test_toy_component", "report/test_elicit_browser", "pipeline/test_ledger", "pipeline/test_archive",
         "report/test_figures_beside_runs", "test_walk_inputs", "test_cli_calibrate", "report/test_paper",
         "pipeline/test_condition", "contacts/test_spreadsheets", "test_mutations", "pipeline/test_freeze", "test_cli_sweep",
         "report/test_one_outcome", "test_any_dyad", "test_cli_print", "pipeline/test_countries")
"""Files of ten seconds or more."""


TOGETHER = {"tests/api/": "api", "tests/test_walk_inputs.py": "right", "tests/test_mutations.py": "right"}
"""Folders and files that share what takes long to lay out: one process takes all of a name."""


class ByFile(LoadFileScheduling):
    """Files are handed out whole, and those that stay together as one file."""

    def _split_scope(self, nodeid):
        return next((name for place, name in TOGETHER.items() if nodeid.startswith(place)), super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items):
    """Long files first, so that processes that share the files end at about the same time."""
    place = {Path(__file__).parent / f"{name}.py": number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path, len(FIRST)))


def pytest_addoption(parser):
    parser.addoption("--refresh-golden", action="store_true", help="rewrite the golden files from this run")


def pytest_make_parametrize_id(config, val, argname):
    """Names of cases that are the same in every process: neither addresses of functions nor bytes with the time in them."""
    return argname if isinstance(val, bytes) or (callable(val) and not isinstance(val, type)) else None
