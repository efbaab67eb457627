"""A component from outside goes all the way: fit, gates, checks, calibration, projection, run and report; no file knows it.

Fits run in processes of their own, which find the component through the environment.
"""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.components.registry import ACROSS, COMPONENT, PROJECTING, VARIABLE, needs, priors_of, registered
from forecast.errors import InputError
from forecast.evaluation.prior_check import check_priors
from forecast.pipeline import Request, read, run, run_to
from forecast.pipeline.fits import calibrate, check_to, outcomes, read_sets
from forecast.posterior.fit import plan, posteriors
from forecast.posterior.loo import leave_one_out
from forecast.posterior.sampler import SamplerSettings
from forecast.posterior.store import source_hash
from forecast.report import files as archive
from forecast.report.prior_findings import Warned, warning_sentences
from tests.contracts.toy import TOY
from tests.fixture.record import RECORD
from tests.golden.example import posteriors as frozen

ROOT = Path(__file__).parents[2]
ENTRY = "tests.contracts.toy:TOY"
PRIORS = """name: with_toy
title: The default set and priors of a component from outside
extends: default
component:
  toy:
    base: {distribution: normal, mu: 2.0, sigma: 1.0, reason: A few contacts a year.}
    type_scale: {distribution: half_normal, sigma: 0.5, reason: Types may differ by a half.}
"""


def silent(*_):
    """No progress is told."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("FORECAST_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def prior_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("priors") / "with_toy.yaml"
    path.write_text(PRIORS, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def toy(cache):
    with registered(ENTRY) as component:
        yield component


@pytest.fixture(scope="module")
def request_of(prior_file):
    return Request(data=RECORD, priors=str(prior_file), paths=100, seed=3, as_of=date(2019, 6, 30), threads=1, draws=300)


@pytest.fixture(scope="module")
def inputs(toy, request_of):
    return read(request_of)


@pytest.fixture(scope="module")
def fitted(inputs):
    (job,) = plan(inputs.panel, inputs.priors, SamplerSettings(seed=3), draws=300, names=("toy",))
    return job, posteriors([job])["toy"]


def test_it_is_registered_for_as_long_as_it_is_asked_for(toy, monkeypatch):
    assert COMPONENT["toy"] is PROJECTING["toy"] is toy is TOY
    assert "toy" in needs()
    with pytest.raises(InputError, match=r"a component with a name of its own, found toy"), registered(ENTRY):
        pass


@pytest.mark.parametrize(("entry", "message"), [
    ("tests.contracts.toy:TOYS", "expected module:object, a component that can be imported"),
    ("tests.contracts.nowhere:TOY", "No module named 'tests.contracts.nowhere'"),
    ("no colon", "expected module:object"),
    ("tests.contracts.toy:linear", "inherits from forecast.components.protocol.Component"),
])  # fmt: skip
def test_an_entry_that_names_no_component_is_refused(entry, message):
    with pytest.raises(InputError, match=message), registered(entry):
        pass
    assert ACROSS.keys().isdisjoint(COMPONENT)


def test_a_component_that_does_not_say_what_it_must_cannot_be_made():
    half = type("Half", (type(TOY).__mro__[1],), {"name": "half"})
    with pytest.raises(TypeError, match=r"abstract methods .*simulate"):
        half()


def test_fit_and_gates_and_the_effects_are_those_of_the_record(fitted):
    job, posterior = fitted
    assert posterior.gates.failures == ()
    assert not posterior.reused
    found = TOY.pointwise(job.data, {name: values.transpose("draw", ...).to_numpy() for name, values in posterior.draws.items()})
    assert leave_one_out(found["yearly"], 1).elpd < 0
    by_type = np.bincount(job.data.array["type_of_year"], job.data.array["yearly"], minlength=len(job.data.coord["type"]))
    years = np.bincount(job.data.array["type_of_year"], job.data.array["exposure"], minlength=len(by_type))
    seen = years > 2
    rate = np.exp(posterior.draws["base"] + posterior.draws["type_effect"]).transpose("draw", "type").to_numpy()
    spread = rate.std(axis=0)[seen]
    assert (abs(rate.mean(axis=0)[seen] - by_type[seen] / years[seen]) < 3 * spread).all()


def test_what_decides_its_posterior_includes_its_own_file(toy, monkeypatch, tmp_path):
    module, before = sys.modules[type(TOY).__module__], source_hash("toy")
    changed = tmp_path / "toy.py"
    changed.write_bytes(Path(module.__file__).read_bytes() + b"\n")
    monkeypatch.setattr(module, "__file__", str(changed))
    source_hash.cache_clear()
    assert source_hash("toy") != before
    source_hash.cache_clear()


def test_it_is_checked_and_reported_like_any_other(inputs, request_of, fitted, tmp_path):
    content = check_to(tmp_path / "check", inputs, request_of, ("toy",), silent)
    trust = content.trust["toy"]
    assert trust.observation["yearly"][0].startswith("year ")
    assert set(trust.pit) == set(trust.loo) == {"yearly"}
    assert [one.family.name for one in trust.predictive] == ["years"]
    assert {"prior_base", "prior_administrations"} <= set(trust.sensitivity.columns)
    assert not trust.overlap.empty
    page = next((tmp_path / "check").glob("*.html")).read_text(encoding="utf-8")
    assert "Toy" in page


def test_its_priors_are_checked_and_a_planted_one_is_named(inputs, prior_file):
    chosen, default = read_sets(str(prior_file))
    assert default.component["toy"] == chosen.component["toy"]
    given = priors_of(chosen, "toy")
    data = TOY.data(inputs.panel)
    assert [one.kind for one in check_priors(TOY, data, given, given, seed=1, draws=100).findings] == ["fine"]
    wild = {**given, "base": given["base"].model_copy(update={"mu": 12.0})}
    check = check_priors(TOY, data, wild, given, seed=1, draws=100)
    told = warning_sentences(Warned(finding=check.findings[0], also=()))
    assert "toy.base" in told["driver"]
    assert told["remedy"].endswith("Lower mu of the base.")
    assert check.curve["years"].shape == (100, len(data.array["yearly"]))


def test_two_replications_of_calibration_rank_parameters_and_projection(inputs):
    found = calibrate(inputs, ["toy"], 2, 5, silent, workers=1)
    rank = found.rank["toy"]
    assert len(rank) == 2
    assert {"base", "type_scale", "log likelihood", "next term: log rate", "contrast: log rate"} <= set(rank.columns)
    assert rank.to_numpy().min() >= 0


def test_it_is_projected_from_its_posterior(inputs, fitted):
    posterior = fitted[1]
    first, second = (PROJECTING["toy"].project(posterior.taker().at(slice(0, 50)), posterior.coord, future, None)["toy_rate"]
                     for future in outcomes(inputs))
    assert first.shape == (50,)
    assert (first != second).any()


@pytest.mark.slow
def test_a_run_with_it_has_its_posterior_and_the_same_numbers_of_all_others(inputs, request_of, fitted, monkeypatch, tmp_path):
    others = {name: one for name, one in frozen(inputs.panel, inputs.priors).items() if name != "toy"}
    copy = archive.copy_posteriors
    monkeypatch.setattr(archive, "copy_posteriors", lambda given, folder: copy(
        {name: path for name, path in given.items() if name == "toy"}, folder))
    request = replace(request_of, draws=None)
    monkeypatch.setattr(run, "fit", lambda *_: {**others, "toy": fitted[1]})
    found = run_to(tmp_path / "run", inputs, request, silent)
    monkeypatch.setattr(run, "fit", lambda *_: others)
    without = run.compute(inputs, request, silent)
    for name in ("summary", "contrast"):
        pd.testing.assert_frame_equal(getattr(found.tables, name), getattr(without.tables, name), check_exact=True)
    assert len(found.tables.summary) > 100
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["gates"]["toy"]["divergences"] == 0
    assert [path.name for path in (tmp_path / "run" / "posterior").iterdir()] == ["toy.nc"]
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert len(page) > 100_000


def test_without_it_its_priors_are_refused(prior_file):
    """In a process that was not told of it, whatever the other tests registered here."""
    code = ("from pathlib import Path\nfrom forecast.components.prior_file import load_priors\n"
            "from forecast.components.registry import COMPONENT, needs\n"
            f"print('toy' in COMPONENT)\nload_priors(Path({str(prior_file)!r}), needs())")
    told = {name: value for name, value in os.environ.items() if name != VARIABLE}
    found = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, cwd=ROOT)
    assert found.stdout == "False\n"
    assert "expected a registered component, found 'toy'" in found.stderr
