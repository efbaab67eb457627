"""Fits of several prior sets side by side: what is refused before any of them, and what is not believed after."""

from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from cli import app
from forecast import shipped
from forecast.components.registry import CONTACTS, POOL
from forecast.errors import GateError, InputError
from forecast.pipeline import Request, fits, read
from tests.fixture.record import RECORD
from tests.golden.example import posteriors

QUIET = lambda *_: None  # noqa: E731


def test_two_prior_sets_of_one_name_are_refused_before_any_fit(tmp_path, monkeypatch):
    copy = tmp_path / "mine.yaml"
    copy.write_bytes(shipped.find_priors("default").read_bytes())
    monkeypatch.setattr(fits, "fit_missing", lambda *_: pytest.fail("fitted"))
    requests = [Request(data=RECORD, priors=one) for one in ("default", str(copy))]
    with pytest.raises(InputError, match=r"mine.yaml: key name, as of .*prior sets of different names, found 'default' twice"):
        fits.fit_grid(requests, QUIET)


@pytest.mark.parametrize("worse", [False, True])
def test_a_pool_of_which_a_fit_failed_a_gate_is_not_scored(monkeypatch, worse):
    inputs = read(Request(data=RECORD, alone=True))
    found = {name: replace(one, chains=one.chains.assign(term_score_error=0 * one.chains["term_score"]))
             for name, one in posteriors(inputs.panel, inputs.priors).items()
             if name in {member.name for member in POOL[CONTACTS].members}}
    last = next(reversed(found))
    if worse:
        found[last] = replace(found[last], gates=replace(found[last].gates, divergences=3))
    monkeypatch.setattr(fits, "posteriors", lambda *_: found)
    if worse:
        with pytest.raises(GateError, match=last):
            fits.pool_skill(inputs, Request(data=RECORD), QUIET)
    scores = fits.pool_skill(inputs, Request(data=RECORD, ignore_gates=worse), QUIET).scores
    assert set(scores["administrations"]) == {"with", "without"}
    assert np.isfinite(scores["score"]).all()


@pytest.mark.parametrize("words", [["--registers", "--within"]])
def test_two_backtests_at_once_are_refused(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["backtest", *words])
    assert result.exit_code == 2
    assert "different backtests" in result.output
    assert not list(tmp_path.iterdir())
