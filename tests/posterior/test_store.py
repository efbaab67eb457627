"""Posteriors on disk: whole or not at all, and a damaged file is a file that is not there."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from forecast.posterior import fit, store
from forecast.posterior.fit import Job
from forecast.posterior.sampler import SamplerSettings
from tests.components.example import PASSED, data_of, default_priors

CHAINS = xr.Dataset({
    "base": (("chain", "draw", "rank"), np.arange(24.0).reshape(2, 4, 3)),
    "diverging": (("chain", "draw"), np.zeros((2, 4), np.int8)),
    "term_persistence": 0.7,
})  # fmt: skip


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path))
    return tmp_path / "posterior"


def test_what_was_saved_is_loaded(directory):
    path = store.save("media", "k1", CHAINS, PASSED)
    assert path == directory / "media-k1.nc"
    found, gates = store.load("media", "k1")
    assert gates == PASSED
    xr.testing.assert_identical(found.drop_attrs(), CHAINS)
    assert (found.attrs["component"], found.attrs["identity"]) == ("media", "k1")


def test_another_identity_or_component_is_not_there():
    store.save("media", "k1", CHAINS, PASSED)
    assert store.load("media", "k2") is None
    assert store.load("agenda", "k1") is None


def test_saving_again_replaces(directory):
    store.save("media", "k1", CHAINS, PASSED)
    store.save("media", "k1", CHAINS + 1, PASSED)
    assert store.load("media", "k1")[0]["base"][0, 0, 0] == 1
    assert len([*directory.iterdir()]) == 1


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def nonsense(path):
    path.write_bytes(b"no posterior " * 1000)


def without_gates(path):
    with xr.open_dataset(path, engine="h5netcdf") as file:
        content = file.load()
    content.drop_attrs().to_netcdf(path, engine="h5netcdf")


def with_old_gates(path):
    with xr.open_dataset(path, engine="h5netcdf") as file:
        content = file.load()
    content.assign_attrs(gates='{"max_rhat": 1.0}').to_netcdf(path, engine="h5netcdf")


def zeroed_middle(path):
    content = bytearray(path.read_bytes())
    content[64 : len(content) // 2] = bytes(len(content) // 2 - 64)
    path.write_bytes(content)


# h5netcdf's File warns when it is collected after an opening that failed
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
damages = pytest.mark.parametrize("damage", [cut, empty, nonsense, without_gates, with_old_gates, zeroed_middle])


@damages
def test_a_damaged_file_is_not_there(damage):
    damage(store.save("media", "k1", CHAINS, PASSED))
    assert store.load("media", "k1") is None


@damages
def test_a_damaged_file_is_fitted_again(damage, monkeypatch):
    job = Job(name="media", key="k1", data=data_of("media"), priors=default_priors().component["media"],
              settings=SamplerSettings())  # fmt: skip
    fitted = []

    def fit_again(jobs, progress):
        fitted.extend(job.name for job in jobs)
        store.save("media", "k1", CHAINS, PASSED)

    monkeypatch.setattr(fit, "_fit_all", fit_again)
    damage(store.save("media", "k1", CHAINS, PASSED))
    assert not fit.posteriors([job])["media"].reused
    assert fit.posteriors([job])["media"].reused
    assert fitted == ["media"]


@pytest.mark.parametrize(("rhat", "attempts"), [([1.02, 1.001], 2), ([1.001], 1), ([1.02, 1.02], 2)])
def test_a_posterior_that_fails_a_gate_is_drawn_once_more_and_no_more(monkeypatch, rhat, attempts):
    job = Job(name="media", key="k1", data=data_of("media"), priors=default_priors().component["media"],
              settings=SamplerSettings())  # fmt: skip
    asked, verdicts = [], iter(rhat)

    def draw(model, component, data, priors, settings, progress):
        asked.append(settings)
        return CHAINS

    monkeypatch.setattr("forecast.posterior.sampler.compiled", lambda *_: None)
    monkeypatch.setattr("forecast.posterior.sampler.draw", draw)
    monkeypatch.setattr("forecast.posterior.diagnose.diagnose", lambda _: replace(PASSED, max_rhat=next(verdicts)))
    fit.fit_one(job)
    assert [one.draws for one in asked] == [1250, 2500][:attempts]
    assert asked[-1].target_accept == (0.97 if attempts == 2 else 0.93)
    assert store.load("media", "k1")[1].max_rhat == rhat[-1]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_nothing(directory, monkeypatch, error):
    def half(self, path, **options):
        with open(path, "wb") as file:
            file.write(b"half")
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(xr.Dataset, "to_netcdf", half)
        with pytest.raises(type(error)):
            store.save("media", "k1", CHAINS, PASSED)
    assert [*directory.iterdir()] == []
    assert store.load("media", "k1") is None


def test_an_interrupted_write_keeps_what_was_there(monkeypatch):
    store.save("media", "k1", CHAINS, PASSED)

    def fail(*given):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(store.os, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            store.save("media", "k1", CHAINS + 1, PASSED)
    assert store.load("media", "k1")[0]["base"][0, 0, 0] == 0


def test_the_cache_is_the_users_where_none_is_chosen(monkeypatch):
    monkeypatch.delenv("FORECAST_CACHE")
    assert store.cache_directory().is_absolute()
    assert store.cache_directory().name == "bilateral-forecast"
