"""Baselines on series whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from forecast.errors import ForecastError
from forecast.evaluation.baselines import gamma
from forecast.evaluation.baselines.all import BASELINE
from forecast.evaluation.baselines.history import TERM, History
from forecast.evaluation.baselines.library import library
from forecast.evaluation.baselines.tempered import tempered

YEARS, SERIES = 40, 60


def history(rate, seed=0, party=None, years=YEARS):
    """Poisson counts at given rates, (series,) or (series, year); the last year is a part of one."""
    rng = np.random.default_rng(seed)
    rate = np.broadcast_to(np.asarray(rate, float).reshape(-1, 1) if np.ndim(rate) < 2 else rate, (np.shape(rate)[0], years))
    exposure = np.ones(rate.shape)
    exposure[:, -1] = 0.8
    party = np.array(party or ["democratic"] * years)
    return History(count=rng.poisson(rate * exposure)[None], exposure=exposure, party=party, coming="democratic")


@pytest.fixture
def rates():
    return np.random.default_rng(1).gamma(1.5, 1.0, SERIES)


def test_all_history_is_the_conjugate_posterior(rates):
    past = history(rates)
    found = gamma.all_history(past)
    shape, years = gamma.empirical_prior(past.count[0].sum(axis=1), past.exposure.sum(axis=1))
    np.testing.assert_allclose(found.shape[0], shape + past.count[0].sum(axis=1))
    np.testing.assert_allclose(found.years[0], years + past.exposure.sum(axis=1))
    assert shape == pytest.approx(scipy.stats.gamma.fit(rates, floc=0)[0], rel=0.15)  # as if the rates themselves were seen
    assert np.corrcoef(found.mean[0], rates)[0, 1] > 0.96


def test_windows_look_where_they_say():
    """Rates that jump: short memories follow, long ones do not."""
    rate = np.repeat([[0.5] * (YEARS - 6) + [6.0] * 6], SERIES, axis=0)
    mean = {name: one(history(rate)).mean.mean() for name, one in BASELINE.items()}
    assert mean["all history"] < 2
    for name in ("last term", "last four years", "smoothed", "statsmodels smoothing"):
        assert mean[name] > 4, name


def test_same_party_takes_years_of_the_coming_type():
    party = (["democratic"] * 4 + ["republican"] * 4) * 5
    rate = np.where(np.array(party) == "democratic", 5.0, 1.0)[None].repeat(SERIES, axis=0)
    past = history(rate, party=party)
    assert gamma.same_party(past).mean.mean() == pytest.approx(5, rel=0.1)
    assert gamma.same_party(replace(past, coming="republican")).mean.mean() == pytest.approx(1, rel=0.15)
    unknown = gamma.same_party(replace(past, coming="republican_trumpist"))
    np.testing.assert_array_equal(unknown.mean, gamma.all_history(past).mean)


def test_the_decay_is_learned():
    rng = np.random.default_rng(2)
    wandering = np.exp(np.cumsum(rng.normal(0, 0.45, (SERIES, YEARS)), axis=1))
    still = np.repeat(rng.gamma(2, 1, (SERIES, 1)), YEARS, axis=1)
    assert gamma.best_decay(history(wandering)) < gamma.best_decay(history(still))


def test_tempering_widens_where_terms_differ_and_not_where_they_do_not(rates):
    rng = np.random.default_rng(3)
    restless = np.repeat(rng.gamma(2, 3, (SERIES, YEARS // TERM)), TERM, axis=1)
    for rate, wider in ((restless, True), (np.repeat(rates[:, None] * 4, YEARS, axis=1), False)):
        past = history(rate)
        plain, found = gamma.all_history(past), tempered(gamma.all_history)(past)
        np.testing.assert_allclose(found.mean, plain.mean)
        assert (found.shape < 0.6 * plain.shape).all() == wider


def test_the_library_finds_a_level_and_a_width():
    found = library(history(np.full(SERIES, 4.0)))
    assert found.mean.mean() == pytest.approx(4, rel=0.1)
    quiet = library(history(np.zeros(SERIES) + 1e-9))
    assert (quiet.mean > 0).all()


@pytest.mark.parametrize("name", BASELINE)
def test_nothing_later_than_the_history_counts(name):
    past = history(np.random.default_rng(4).gamma(1, 2, 12), years=24)
    cut = past.until(20)
    again = replace(past, count=np.concatenate([past.count[:, :, :20], past.count[:, :, 20:] + 50], axis=2)).until(20)
    np.testing.assert_array_equal(BASELINE[name](cut).mean, BASELINE[name](again).mean)


def test_conflicting_shapes_are_refused():
    past = history(np.ones(3))
    with pytest.raises(ForecastError):
        replace(past, exposure=past.exposure[:2])
