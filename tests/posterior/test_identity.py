"""A posterior is refitted where something that decides it changed, and only there."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import forecast.components
import forecast.posterior
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT, priors_of
from forecast.posterior import store as module
from forecast.posterior.fit import plan
from forecast.posterior.sampler import SamplerSettings
from forecast.posterior.store import identity, source_hash
from tests.components.example import data_of, default_priors, panel

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
    monkeypatch.setattr(module, "version", lambda package: "0.0")
    assert key() != before


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A copy of the components' source that a test may change."""
    copy = tmp_path / "components"
    shutil.copytree(Path(forecast.components.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(forecast.components, "__file__", str(copy / "__init__.py"))
    source_hash.cache_clear()
    yield copy
    source_hash.cache_clear()


def changed_keys(path) -> set[str]:
    """Components whose identity changes with a comment added to a file."""
    before = {name: key(name=name) for name in COMPONENT}
    path.write_bytes(path.read_bytes() + b"# changed\n")
    source_hash.cache_clear()
    return {name for name in COMPONENT if key(name=name) != before[name]}


@pytest.mark.parametrize("section", sorted({one.section for one in COMPONENT.values()}))
def test_a_changed_model_concerns_its_own_component_and_its_variants_only(sources, section):
    model = sources / section / "model.py" if (sources / section).is_dir() else sources / f"{section}.py"
    assert changed_keys(model) == {name for name, one in COMPONENT.items() if one.section == section}


@pytest.mark.parametrize("file", ["likelihood.py", "linear.py", "priors.py", "administration.py"])
def test_a_changed_shared_module_concerns_all(sources, file):
    assert changed_keys(sources / file) == set(COMPONENT)


@pytest.mark.parametrize("file", ["frequency/project.py", "frequency/checks.py", "registers/project.py", "registry.py"])
def test_a_changed_projection_profile_or_simulation_concerns_none(sources, file):
    assert changed_keys(sources / file) == set()


@pytest.fixture
def sampling(tmp_path, monkeypatch):
    """A copy of the source that samples."""
    copy = tmp_path / "posterior"
    shutil.copytree(Path(forecast.posterior.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(forecast.posterior, "__file__", str(copy / "__init__.py"))
    source_hash.cache_clear()
    yield copy
    source_hash.cache_clear()


@pytest.mark.parametrize("file", ["sampler.py", "attempt.py", "posterior.py", "groups.py",
                                  *(f"native/{path.name}" for path in (Path(forecast.posterior.__file__).parent / "native").glob(
                                      "*.py"))])
def test_a_changed_sampler_or_its_machine_code_concerns_all(sampling, file):
    assert changed_keys(sampling / file) == set(COMPONENT)


@pytest.mark.parametrize("file", ["pool.py", "fit.py", "store.py"])
def test_what_comes_after_the_draws_concerns_none(sampling, file):
    assert changed_keys(sampling / file) == set()


def test_every_module_that_is_named_exists():
    root = Path(forecast.posterior.__file__).parent
    assert all(list(root.glob(pattern)) for pattern in module.SAMPLING)


def test_line_endings_do_not_matter(sources):
    before = key()
    for path in sources.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    source_hash.cache_clear()
    assert key() == before


def test_a_plan_has_one_job_per_component_with_its_own_effort():
    jobs = plan(panel(), default_priors(), SETTINGS)
    assert [job.name for job in jobs] == list(COMPONENT)
    for job in jobs:
        assert job.settings == replace(SETTINGS, **COMPONENT[job.name].effort)
        assert job.key == key(job.name, data_of(job.name), priors_of(default_priors(), job.name), job.settings)
