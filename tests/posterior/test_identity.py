"""A posterior is refitted where something that decides it changed, and only there."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import forecast
from forecast import sources
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.registry import ACROSS, COMPONENT, component_of
from forecast.posterior import store as module
from forecast.posterior.fit import plan
from forecast.posterior.sampler import SamplerSettings
from forecast.posterior.store import identity, source_hash
from tests.components.example import data_of, default_priors, panel, priors_for
from tests.conftest import some

DATA = ComponentData(array={"count": np.array([[1, 2], [3, 4]]), "covid": np.array([0.0, 0.5])},
                     coord={"rank": ("president", "cabinet")})  # fmt: skip
PRIORS = {
    "base": Prior(distribution="normal", mu=0.0, sigma=1.5, reason="A value of the test."),
    "share": Prior(distribution="dirichlet", concentration=(1.0, 2.0, 3.0), reason="A value of the test."),
}
SETTINGS = SamplerSettings()


def key(name="frequency_drift", data=DATA, priors=PRIORS, settings=SETTINGS):
    return identity(name, data, priors, settings)


def with_array(**changed):
    return ComponentData(array={**DATA.array, **changed}, coord=DATA.coord)


def test_the_same_content_has_the_same_identity_whatever_its_order_and_layout():
    turned = ComponentData(array=dict(reversed([*with_array(count=np.asfortranarray(DATA.array["count"])).array.items()])),
                           coord=dict(DATA.coord))  # fmt: skip
    assert key(data=turned) == key()
    assert key(priors=dict(reversed(PRIORS.items()))) == key()
    assert key(settings=SamplerSettings()) == key()
    assert len(key()) == 32


@pytest.mark.parametrize(
    "data",
    [
        with_array(count=np.array([[1, 2], [3, 5]])),
        with_array(count=np.array([[1, 3], [2, 4]])),
        with_array(count=np.array([1, 2, 3, 4])),
        with_array(count=np.array([[1, 2], [3, 4]], np.int32)),
        with_array(covid=np.array([0.0, np.nextafter(0.5, 1)])),
        with_array(extra=np.array([1])),
        ComponentData(array={"counts": DATA.array["count"], "covid": DATA.array["covid"]}, coord=DATA.coord),
        ComponentData(array=DATA.array, coord={"rank": ("cabinet", "president")}),
    ],
    ids=["value", "order", "shape", "type", "last bit", "one more", "name", "labels"],
)
def test_other_data_are_another_posterior(data):
    assert key(data=data) != key()


@pytest.mark.parametrize(
    ("name", "changed"),
    [("base", {"mu": 0.1}), ("base", {"sigma": 1.4}), ("share", {"concentration": (1.0, 3.0, 2.0)})],
)
def test_other_priors_are_another_posterior(name, changed):
    assert key(priors=PRIORS | {name: PRIORS[name].model_copy(update=changed)}) != key()


def test_other_reasons_are_the_same_posterior():
    told = {name: prior.model_copy(update={"reason": "Said in other words."}) for name, prior in PRIORS.items()}
    assert told != PRIORS
    assert key(priors=told) == key()


@pytest.mark.parametrize("changed", [{name: value + 1} for name, value in SETTINGS.as_dict().items()])
def test_every_setting_of_the_sampler_counts(changed):
    assert key(settings=replace(SETTINGS, **changed)) != key()


def test_components_have_identities_of_their_own():
    assert len({key(name=name) for name in COMPONENT}) == len(COMPONENT)


def test_other_versions_of_the_sampler_are_another_posterior(monkeypatch):
    before = key()
    monkeypatch.setattr(module, "_version", lambda package: "0.0")
    assert key() != before


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A copy of the source that a test may change."""
    copy = tmp_path / "forecast"
    shutil.copytree(Path(forecast.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__", "data"))
    monkeypatch.setattr(sources, "_root", lambda: copy)
    _anew()
    yield copy
    _anew()


def _anew() -> None:
    source_hash.cache_clear()
    sources.imports.cache_clear()
    sources._inside.cache_clear()


def changed_keys(path) -> set[str]:
    """Components whose identity changes with one byte more in a file."""
    before = {name: key(name=name) for name in KNOWN}
    path.write_bytes(path.read_bytes() + b"\n")
    _anew()
    return {name for name in KNOWN if key(name=name) != before[name]}


KNOWN = (*COMPONENT, *ACROSS)


@pytest.mark.parametrize("section", sorted({component_of(name).section for name in KNOWN}))
def test_a_changed_model_concerns_its_own_component_and_its_variants_only(tree, section):
    folder = tree / "components"
    model = folder / section / "model.py" if (folder / section).is_dir() else folder / f"{section}.py"
    assert changed_keys(model) == {name for name in KNOWN if component_of(name).section == section}


ALL = ["components/likelihood.py", "components/linear.py", "components/priors.py", "components/protocol.py", "panel/panel.py",
       "contacts/codes.py", "panel/calendar.py", "posterior/sampler.py", "posterior/attempt.py", "posterior/posterior.py",
       "posterior/groups.py", "posterior/native/__init__.py", "posterior/native/lower.py", "posterior/native/operations.py"]
NONE = ["components/registry.py", "posterior/fit.py", "posterior/store.py", "posterior/pool.py", "posterior/loo.py",
        "simulation/kernel.py", "report/page.py", "pipeline/run.py", "console.py", "__init__.py"]


@pytest.mark.parametrize("file", some(ALL, ALL[::4]))
def test_a_changed_module_that_all_of_them_import_concerns_all(tree, file):
    assert changed_keys(tree / file) == set(KNOWN)


@pytest.mark.parametrize("file", some(NONE, NONE[::4]))
def test_a_changed_module_that_no_fit_imports_concerns_none(tree, file):
    assert changed_keys(tree / file) == set()


def test_a_new_import_of_a_component_is_followed_without_being_told(tree):
    """Also one within a function, of a module that nobody has heard of."""
    new = tree / "components" / "helper_of_the_test.py"
    new.write_text("VALUE = 1\n", encoding="utf-8")
    agenda = tree / "components" / "agenda.py"
    late = "\n\ndef late():\n    from forecast.components import helper_of_the_test\n    return helper_of_the_test\n"
    agenda.write_text(agenda.read_text(encoding="utf-8") + late, encoding="utf-8")
    _anew()
    assert changed_keys(new) == {"agenda"}


PROGRAM = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*(name for name in sys.modules if name.split(".")[0] == "forecast"))
"""


@pytest.mark.parametrize("name", some(["frequency_drift", "agenda", "registers"], ["frequency_drift"]))
def test_nothing_that_python_imports_for_a_component_is_missed(name):
    own = type(component_of(name)).__module__
    run = subprocess.run([sys.executable, "-c", PROGRAM, own, *module.DRAWING], check=True, capture_output=True, text=True)
    imported = set(run.stdout.split())
    assert {own, "forecast.panel.panel", "forecast.posterior.sampler"} <= imported
    others = {type(component_of(other)).__module__ for other in KNOWN} - {own}
    passed = {found for found in imported if any(found == one or found.startswith(f"{one}.") for one in others)}
    followed = sources.reached([own, *module.DRAWING], without=module.SILENT)
    assert imported - passed - {"forecast"} - module.SILENT <= set(followed)


def test_what_a_fit_calls_to_draw_is_what_is_followed():
    """Modules of the sampler's room that the file of the fits imports, but for the store and the priors' names."""
    found = {name for name in sources.imports(sources.path_of("forecast.posterior.fit")) if name.startswith("forecast.posterior.")
             and sources.path_of(name)}  # fmt: skip
    assert found - {"forecast.posterior.store"} <= set(sources.reached(module.DRAWING))


def test_line_endings_do_not_matter(tree):
    before = key()
    for path in tree.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    _anew()
    assert key() == before


def test_a_plan_has_one_job_per_component_with_its_own_effort():
    jobs = plan(panel(), default_priors(), SETTINGS)
    assert [job.name for job in jobs] == list(COMPONENT)
    for job in jobs:
        assert job.settings == replace(SETTINGS, **COMPONENT[job.name].effort)
        assert job.key == key(job.name, data_of(job.name), priors_for(job.name), job.settings)
