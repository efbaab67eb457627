"""Posteriors on disk: whole or not at all, and a damaged file is told and fitted again."""

import json
import os
import pickle
import shutil
from dataclasses import asdict, replace

import h5py
import numpy as np
import pytest
import xarray as xr

from forecast.errors import Fault, ForecastError, InputError
from forecast.posterior import fit, store
from forecast.posterior.fit import Job
from forecast.posterior.sampler import SamplerSettings
from tests.components.example import PASSED, data_of, default_priors, prior_posterior, priors_for
from tests.conftest import some_rows

CHAINS = xr.Dataset({
    "base": (("chain", "draw", "rank"), np.arange(24.0).reshape(2, 4, 3)),
    "diverging": (("chain", "draw"), np.zeros((2, 4), np.int8)),
    "term_persistence": 0.7,
})  # fmt: skip
JOB = Job(name="media", key="k1", data=data_of("media"), priors=default_priors().component["media"],
          settings=SamplerSettings())  # fmt: skip


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


def zeroed_middle(path):
    content = bytearray(path.read_bytes())
    content[64 : len(content) // 2] = bytes(len(content) // 2 - 64)
    path.write_bytes(content)


def longer(path):
    path.write_bytes(path.read_bytes() + b"x")


def of_another_component(path):
    other = store.save("agenda", "k1", CHAINS, PASSED)
    shutil.copyfile(other, path)
    other.unlink()


def of_other_inputs(path):
    shutil.move(store.save("media", "k2", CHAINS, PASSED), path)


def an_older_form(path):
    """One group, gates in the attributes, no seal: what earlier versions wrote."""
    CHAINS.assign_attrs(component="media", identity="k1", gates=json.dumps(asdict(PASSED))).to_netcdf(path, engine="h5netcdf")


def forged(change):
    """A file that was changed and sealed again."""

    def damage(path):
        path.write_bytes(store.opened(path.read_bytes()))
        with h5py.File(path, "r+") as file:
            change(file)
        store.add(path)

    damage.__name__ = change.__name__
    return damage


def without_gates(file):
    del file.attrs["gates"]


def with_old_gates(file):
    file.attrs["gates"] = '{"max_rhat": 1.0}'


def with_gates_of_another_type(file):
    file.attrs["gates"] = json.dumps(asdict(PASSED) | {"max_rhat": "1.0"})


def with_a_deep_attribute(file):
    file.attrs["variables"] = "[" * 50_000


def without_a_variable(file):
    del file["posterior/base"]


def without_a_variable_and_its_mention(file):
    del file["posterior/base"]
    known = json.loads(file.attrs["variables"])
    del known["posterior"]["base"]
    file.attrs["variables"] = json.dumps(known)


def without_a_number(file):
    file["posterior/base"][0, 0, 0] = np.nan


def of_text(file):
    del file["posterior/base"]
    file["posterior/base"] = np.full((2, 4, 3), b"one")


def of_another_shape(file):
    del file["posterior/base"]
    file["posterior/base"] = np.zeros((2, 4, 2))


# h5netcdf's File warns when it is collected after an opening that failed
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SEAL = "does not match its seal"
DAMAGES = [
    (cut, SEAL), (empty, SEAL), (nonsense, SEAL), (zeroed_middle, SEAL), (longer, SEAL), (an_older_form, SEAL),
    (of_another_component, r"of another component or of other inputs \(agenda, k1\)"),
    (of_other_inputs, r"of another component or of other inputs \(media, k2\)"),
    (forged(without_gates), "is no posterior of this version"),
    (forged(with_old_gates), "max_rhat_at: expected this key, found nothing"),
    (forged(with_gates_of_another_type), "max_rhat: expected a number"),
    (forged(with_a_deep_attribute), "is no posterior of this version"), (forged(without_a_variable), "is no posterior of this"),
    (forged(without_a_variable_and_its_mention), "it has no base"), (forged(without_a_number), "base is not a finite number"),
    (forged(of_text), "base is not a finite number"), (forged(of_another_shape), r"base has the shape \(2, 4, 2\)"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "why"), DAMAGES)
def test_a_damaged_file_is_told(damage, why):
    damage(store.save("media", "k1", CHAINS, PASSED))
    with pytest.raises(store.DamagedPosteriorError, match=why):
        store.load("media", "k1", ["base"])


def test_any_changed_bytes_are_told():
    path = store.save("media", "k1", CHAINS, PASSED)
    whole, rng = path.read_bytes(), np.random.default_rng(1)
    for place in rng.integers(0, len(whole), 300):
        content = bytearray(whole)
        content[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(content)
        with pytest.raises(store.DamagedPosteriorError, match=SEAL):
            store.load("media", "k1")


@pytest.mark.parametrize(("damage", "why"), some_rows(DAMAGES, DAMAGES[::6]))
def test_a_damaged_file_is_fitted_again_with_one_line(damage, why, monkeypatch):
    fitted, told = [], []

    def fit_again(jobs, progress):
        fitted.extend(job.name for job in jobs)
        store.save("media", "k1", CHAINS, PASSED)

    monkeypatch.setattr(fit, "_fit_all", fit_again)
    monkeypatch.setattr(fit, "_needed", lambda job: ["base"])
    damage(store.save("media", "k1", CHAINS, PASSED))
    assert not fit.posteriors([JOB], notice=told.append)["media"].reused
    assert fit.posteriors([JOB], notice=told.append)["media"].reused
    assert fitted == ["media"]
    assert len(told) == 1
    assert "\n" not in told[0]
    assert "media-k1.nc" in told[0]
    assert told[0].endswith("The component is fitted again.")


def test_the_line_goes_to_standard_error(capsys, monkeypatch):
    monkeypatch.setattr(fit, "_fit_all", lambda jobs, progress: store.save("media", "k1", CHAINS, PASSED))
    monkeypatch.setattr(fit, "_needed", lambda job: [])
    cut(store.save("media", "k1", CHAINS, PASSED))
    fit.posteriors([JOB])
    assert capsys.readouterr().err.count("fitted again") == 1


def test_a_fit_that_does_not_come_back_is_an_error(monkeypatch):
    monkeypatch.setattr(fit, "_fit_all", lambda jobs, progress: None)
    with pytest.raises(ForecastError, match="a moment ago and is gone"):
        fit.posteriors([JOB])
    monkeypatch.setattr(fit, "_fit_all", lambda jobs, progress: cut(store.save("media", "k1", CHAINS, PASSED)))
    with pytest.raises(ForecastError, match="check the disk"):
        fit.posteriors([JOB])


def test_faults_of_a_worker_arrive_whole():
    fault = Fault(source="a.nc", where="the cache", expected="room", found="none", remedy="Make some.")
    again = pickle.loads(pickle.dumps(InputError([fault])))
    assert again.faults == (fault,)
    assert str(again) == str(fault)


@pytest.mark.parametrize(("rhat", "attempts"), [([1.02, 1.001], 2), ([1.001], 1), ([1.02, 1.02], 2)])
def test_a_posterior_that_fails_a_gate_is_drawn_once_more_and_no_more(monkeypatch, rhat, attempts):
    asked, verdicts = [], iter(rhat)

    def draw(model, component, data, priors, settings, progress):
        asked.append(settings)
        return prior_posterior("media").chains

    monkeypatch.setattr("forecast.posterior.sampler.compiled", lambda *_: None)
    monkeypatch.setattr("forecast.posterior.attempt.draw", draw)
    monkeypatch.setattr("forecast.posterior.attempt.diagnose", lambda _: replace(PASSED, max_rhat=next(verdicts)))
    fit.fit_one(JOB)
    assert [one.draws for one in asked] == [1250, 2500][:attempts]
    assert asked[-1].target_accept == (0.97 if attempts == 2 else 0.93)
    assert store.load("media", "k1")[1].max_rhat == rhat[-1]


@pytest.mark.parametrize("again", [False, True])
def test_what_is_told_of_a_fit_begins_before_its_model_is_compiled_and_ends_when_it_is_kept(monkeypatch, again):
    heard, verdicts = [], iter([1.02, 1.001] if again else [1.001])
    name, settings = "frequency_drift", SamplerSettings(draws=20, tune=30, chains=2)
    job = Job(name=name, key="k1", data=data_of(name), priors=priors_for(name), settings=settings)
    refits = len(job.data.coord["term"]) - 2

    def compiled(*_):
        heard.append("compiled")

    def draw(model, component, data, priors, own, progress):
        for done in (own.iterations // 2, own.iterations):
            progress(done, own.iterations)
        return prior_posterior(name).chains.drop_vars("term_score")

    monkeypatch.setattr("forecast.posterior.sampler.compiled", compiled)
    monkeypatch.setattr("forecast.posterior.attempt.draw", draw)
    monkeypatch.setattr("forecast.posterior.attempt.with_data", lambda model, *_: model)
    monkeypatch.setattr("forecast.posterior.attempt.diagnose", lambda _: replace(PASSED, max_rhat=next(verdicts)))
    monkeypatch.setattr(store, "save", lambda *_, **__: heard.append("kept"))
    fit.fit_one(job, lambda done, total: heard.append((done, total)))
    first, second, refit = 2 * (30 + 20), 2 * (30 + 40) if again else 0, 2 * (400 + 500)
    total = first + second + refits * refit
    assert heard[0] == (0, first + refits * refit)
    assert heard[1:4] == ["compiled", (first // 2, total - second), (first, total - second)]
    assert heard[-3:] == [(total - 1, total), "kept", (total, total)]
    told = [one[0] for one in heard if isinstance(one, tuple)]
    assert told == sorted(told)
    assert len(told) == 2 + 2 * (1 + again + refits)


@pytest.mark.parametrize(("error", "raised"), [(OSError("disk full"), InputError), (KeyboardInterrupt(), KeyboardInterrupt)])
def test_an_interrupted_write_leaves_nothing(directory, monkeypatch, error, raised):
    def half(self, *given, **options):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(xr.DataTree, "to_netcdf", half)
        with pytest.raises(raised, match="disk full" if raised is InputError else None):
            store.save("media", "k1", CHAINS, PASSED)
    assert [*directory.iterdir()] == []
    assert store.load("media", "k1") is None


def test_an_interrupted_write_keeps_what_was_there(monkeypatch):
    store.save("media", "k1", CHAINS, PASSED)

    def fail(*given):
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr("forecast.outputs.os.replace", fail)
        with pytest.raises(InputError, match=r"No space left on device.*FORECAST_CACHE"):
            store.save("media", "k1", CHAINS + 1, PASSED)
    assert store.load("media", "k1")[0]["base"][0, 0, 0] == 0


def test_what_killed_processes_left_is_swept(directory, monkeypatch):
    store.save("media", "k1", CHAINS, PASSED)
    (directory / ".forecast-killed.partial").mkdir()
    monkeypatch.setattr(fit, "_needed", lambda job: [])
    fit.posteriors([JOB])
    assert [path.name for path in directory.iterdir()] == ["media-k1.nc"]


def test_the_cache_is_the_users_where_none_is_chosen(monkeypatch):
    monkeypatch.delenv("FORECAST_CACHE")
    assert store.cache_directory().is_absolute()
    assert store.cache_directory().name == "bilateral-forecast"
