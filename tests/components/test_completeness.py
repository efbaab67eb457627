"""Capture histories: the quadrature, the likelihood against simulation, and recovery of the recorded share."""

from datetime import date
from itertools import product

import numpy as np
import pytest
import xarray as xr
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import binomtest, norm

from forecast.components.capture import history_shares, pattern, recorded_share
from forecast.components.completeness import SCALES, eras_of
from forecast.components.registry import COMPONENT
from forecast.posterior.posterior import Posterior
from tests.components.example import PASSED, data_of, default_priors, draw_raw, prior_posterior
from tests.fixture.record import frozen_panel

LOGIT = np.array([[[[-0.5, 0.3, -1.2]]], [[[1.0, -2.0, 0.0]]]])  # (draw, rank, era, list)


def test_histories_are_integrals_over_visibility():
    spread = np.array([0.8, 0.3])
    found = history_shares(LOGIT, spread)
    for draw, (number, history) in product(range(2), enumerate(pattern(3))):
        def at(visibility, draw=draw, history=history):
            p = expit(LOGIT[draw, 0, 0] + spread[draw] * visibility)
            return np.prod(np.where(history == 1, p, 1 - p)) * norm.pdf(visibility)
        assert found[draw, 0, 0, number] == pytest.approx(quad(at, -9, 9)[0], abs=1e-5)
    assert np.allclose(found.sum(axis=-1), 1)
    assert np.allclose(recorded_share(LOGIT, spread), 1 - found[..., 0])


def test_visibility_that_differs_hides_contacts():
    shares = [recorded_share(LOGIT, np.full(2, spread)) for spread in (0.0, 0.7, 1.4)]
    assert (np.diff(shares, axis=0) < 0).all()


def test_data_count_every_contact_once():
    data = data_of("completeness")
    record = data.array["history"].sum() + data.array["unlisted"].sum()
    assert record == data_of("frequency_drift").array["count"].sum()


def test_the_future_is_recorded_as_the_last_era_was():
    posterior = prior_posterior("completeness")
    found = COMPONENT["completeness"].project(posterior.taker().at(slice(0, 40)), posterior.coord, None, None)
    share = COMPONENT["completeness"].profile(posterior.draws)["share"]
    np.testing.assert_allclose(found["recorded_share"], share.isel(era=-1), rtol=1e-12)
    assert not np.allclose(found["recorded_share"], share.isel(era=0))


def test_an_early_record_knows_no_later_era():
    data = COMPONENT["completeness"].data(frozen_panel(date(2010, 1, 1)))
    assert data.coord["era"] == ("1989-2000", "2001-")
    assert data.array["history"].shape[:2] == (6, 2)


@pytest.mark.parametrize("as_of", [date(2024, 11, 4), date(2020, 11, 2), date(2016, 11, 7), date(2008, 11, 3)])
def test_the_last_era_is_never_that_of_one_administration(as_of):
    terms = frozen_panel(as_of).administration
    of_term, eras = eras_of(terms)
    assert len({term.president for term, era in zip(terms, of_term, strict=True) if era == of_term[-1]}) == 2
    assert (np.diff(of_term) >= 0).all()
    assert set(of_term) == set(range(len(eras)))


def test_eras_of_the_whole_record_begin_with_their_first_president():
    of_term, eras = eras_of(frozen_panel().administration)
    assert eras == ("1989-2000", "2001-2016", "2017-")
    assert of_term.tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 2]


def fitted_coverage(truths, spread, seed):
    """How often 90 % intervals of the shares hold the truth, over records simulated from the prior."""
    import nutpie

    component, data, priors = COMPONENT["completeness"], data_of("completeness"), default_priors().component["completeness"]
    compiled, rng, hit, total = nutpie.compile_pymc_model(component.model(data, priors)), np.random.default_rng(seed), [], []
    for number in range(truths):
        raw = draw_raw(component, data, rng)
        if spread is not None:
            raw["scale_unit"][..., -1] = spread / priors[SCALES[-1]].sigma  # of visibility
        named = component.unpack(raw, data, priors)
        truth = {str(name): values.to_numpy()[0, 0] for name, values in named.data_vars.items()}
        true = share_of(component, named, data).to_numpy()[0]
        record = component.simulate(data, truth, rng).array["history"]
        tree = nutpie.sample(compiled.with_data(history_count=record.reshape(-1, 7).astype(float)), draws=600, tune=600,
                             chains=2, cores=2, seed=number, target_accept=0.95, progress_bar=False)
        drawn = component.unpack(tree["posterior"].to_dataset().reset_coords(drop=True), data, priors)
        share = share_of(component, drawn, data)
        low, high = (share.quantile(level, dim="draw").to_numpy() for level in (0.05, 0.95))
        hit.append(((low <= true) & (true <= high)).mean())
        total.append(_inside_total(share, true, record.sum(axis=-1)))
    return np.mean(hit), total


def share_of(component, named: xr.Dataset, data) -> xr.DataArray:
    posterior = Posterior(component="completeness", key="", chains=named, coord=data.coord, gates=PASSED, reused=False)
    return component.profile(posterior.draws)["share"]


def _inside_total(share: xr.DataArray, truth: np.ndarray, listed: np.ndarray) -> bool:
    """Whether the interval of the number of all contacts holds the truth."""
    estimate = (listed / share).sum(("rank", "era"))
    low, high = np.quantile(estimate, (0.05, 0.95))
    return bool(low <= (listed / truth).sum() <= high)


@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say():
    cells, total = fitted_coverage(100, None, 11)
    assert 0.85 <= cells <= 0.95
    assert binomtest(sum(total), 100, 0.9).pvalue > 0.001


@pytest.mark.slow
def test_visibility_beyond_the_prior_is_not_covered():
    """The negative control: contacts that differ far more than assumed make the intervals miss."""
    _, total = fitted_coverage(40, 4.0, 12)
    assert binomtest(sum(total), 40, 0.9, alternative="less").pvalue < 0.001
