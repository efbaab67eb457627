"""Baselines on series whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from scipy.stats import nbinom

from forecast.errors import ForecastError
from forecast.evaluation import baselines
from forecast.evaluation.baselines import BASELINE, TERM, History, smoothing_library, tempered

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
    found = baselines.all_history(past)
    shape, years = baselines.empirical_prior(past.count[0].sum(axis=1), past.exposure.sum(axis=1))
    np.testing.assert_allclose(found.shape[0], shape + past.count[0].sum(axis=1))
    np.testing.assert_allclose(found.years[0], years + past.exposure.sum(axis=1))
    assert shape == pytest.approx(scipy.stats.gamma.fit(rates, floc=0)[0], rel=0.15)  # as if the rates themselves were seen
    assert np.corrcoef(found.mean[0], rates)[0, 1] > 0.96


def test_a_single_series_knows_its_rate_as_well_as_its_counts_and_no_better():
    """Eighty contacts in four years: half a count and eighteen days are added, by hand; the old estimate had sizes of 162,755."""
    count = np.full((1, 1, 20), 20)
    past = History(count=count, exposure=np.ones((1, 20)), party=np.array(["democratic"] * 20), coming="democratic")
    found = baselines.last_four_years(past)
    assert (found.shape[0, 0], found.years[0, 0]) == (80.5, 4.05)
    assert baselines.empirical_prior(np.array([80.0]), np.array([4.0])) == baselines.WEAK == (0.5, 0.05)


def test_a_surprise_costs_a_single_series_no_more_than_its_counts_allow():
    """240 where 80 were expected: the negative binomial with size 80.5 by scipy, and no forecaster loses very much more."""
    party = (["democratic"] * 4 + ["republican"] * 4) * 2 + ["democratic"] * 4
    count = np.random.default_rng(5).poisson(20, (1, 1, 20))
    past = History(count=count, exposure=np.ones((1, 20)), party=np.array(party), coming="republican")
    for name, forecaster in BASELINE.items():
        rate = forecaster(past)
        loss = -scipy.stats.nbinom(rate.shape[0, 0], rate.years[0, 0] / (rate.years[0, 0] + 4)).logpmf(240)
        assert rate.shape[0, 0] <= count.sum() + 1, name
        assert loss < 85, name  # a Poisson around 80 loses 106


@pytest.mark.parametrize(("series", "shape"), [(2, 0.5), (3, 0.5), (200, 2.0)])
def test_the_prior_is_learned_where_there_are_series_to_learn_it_from(series, shape):
    """The hyperparameters of simulated groups come back; two or three series cannot give them."""
    rng, found = np.random.default_rng(6), []
    for _ in range(20):
        rates = rng.gamma(2.0, 1.5, series)
        found.append(baselines.empirical_prior(rng.poisson(rates * 20).astype(float), np.full(series, 20.0)))
    assert np.mean([one[0] for one in found]) == pytest.approx(shape, rel=0.08)
    if series == 200:
        assert np.mean([one[0] / one[1] for one in found]) == pytest.approx(3.0, rel=0.08)


def test_few_series_would_teach_a_shape_without_an_expectation():
    """Why four: the shape that maximises the likelihood of three true rates is often without bound, of many it is not."""
    rng = np.random.default_rng(7)
    far = {many: np.mean([scipy.stats.gamma.fit(rng.gamma(2.0, 1.5, many), floc=0)[0] > 20 for _ in range(300)])
           for many in (3, 30)}
    assert far[3] > 0.05
    assert far[30] == 0


def test_series_that_are_alike_share_what_all_their_counts_know():
    """Counts less spread than Poisson's: the estimate has no maximum, the prior is that of one rate for all."""
    shape, years = baselines.empirical_prior(np.full(6, 2.0), np.full(6, 4.0))
    assert shape == 12.5
    assert shape / years == pytest.approx(0.5, rel=0.05)
    assert baselines.empirical_prior(np.zeros(6), np.full(6, 4.0)) == baselines.WEAK


def test_the_library_knows_a_level_no_better_than_its_counts():
    """Errors smaller than those of Poisson counts: the size by moments would be a million."""
    past = History(count=np.full((1, 1, 6), 5), exposure=np.ones((1, 6)), party=np.array(["democratic"] * 6), coming="democratic")
    assert smoothing_library(past).shape[0, 0] == 30.5
    assert smoothing_library(past).mean[0, 0] == pytest.approx(5)


def test_the_library_is_as_wide_as_the_counts_of_a_year():
    """Counts with a frailty of each year: the size of a whole term would be four times as large, and leave out too many."""
    rng, size, mean = np.random.default_rng(5), 2.0, 12.0
    count = rng.poisson(rng.gamma(size, mean / size, (1, SERIES, YEARS)))
    past = History(count=count, exposure=np.ones((SERIES, YEARS)), party=np.array(["democratic"] * YEARS), coming="democratic")
    found = smoothing_library(past)
    assert found.shape[0] == pytest.approx(size, rel=0.25)
    come = rng.poisson(rng.gamma(size, mean / size, (SERIES, 200)))
    one_year = nbinom(found.shape[0], found.years[0] / (found.years[0] + 1))
    beyond = (come > one_year.ppf(0.95)[:, None]).mean()
    assert beyond == pytest.approx(0.045, abs=0.02)
    narrow = nbinom(4 * found.shape[0], 4 * found.years[0] / (4 * found.years[0] + 1))
    assert (come > narrow.ppf(0.95)[:, None]).mean() > 0.09


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
    assert baselines.same_party(past).mean.mean() == pytest.approx(5, rel=0.1)
    assert baselines.same_party(replace(past, coming="republican")).mean.mean() == pytest.approx(1, rel=0.15)
    unknown = baselines.same_party(replace(past, coming="republican_trumpist"))
    np.testing.assert_array_equal(unknown.mean, baselines.all_history(past).mean)


def test_the_decay_is_learned():
    rng = np.random.default_rng(2)
    wandering = np.exp(np.cumsum(rng.normal(0, 0.45, (SERIES, YEARS)), axis=1))
    still = np.repeat(rng.gamma(2, 1, (SERIES, 1)), YEARS, axis=1)
    assert baselines.best_decay(history(wandering)) < baselines.best_decay(history(still))


def test_tempering_widens_where_terms_differ_and_not_where_they_do_not(rates):
    rng = np.random.default_rng(3)
    restless = np.repeat(rng.gamma(2, 3, (SERIES, YEARS // TERM)), TERM, axis=1)
    for rate, wider in ((restless, True), (np.repeat(rates[:, None] * 4, YEARS, axis=1), False)):
        past = history(rate)
        plain, found = baselines.all_history(past), tempered(baselines.all_history)(past)
        np.testing.assert_allclose(found.mean, plain.mean)
        assert (found.shape < 0.6 * plain.shape).all() == wider


def test_the_library_finds_a_level_and_a_width():
    found = smoothing_library(history(np.full(SERIES, 4.0)))
    assert found.mean.mean() == pytest.approx(4, rel=0.1)
    quiet = smoothing_library(history(np.zeros(SERIES) + 1e-9))
    assert (quiet.mean > 0).all()


@pytest.mark.parametrize("name", BASELINE)
def test_nothing_later_than_the_history_counts(name):
    past = history(np.random.default_rng(4).gamma(1, 2, 12), years=24)
    cut = past.until(20)
    again = replace(past, count=np.concatenate([past.count[:, :, :20], past.count[:, :, 20:] + 50], axis=2)).until(20)
    np.testing.assert_array_equal(BASELINE[name](cut).mean, BASELINE[name](again).mean)


def test_conflicting_shapes_are_refused():
    past = history(np.ones(3))
    with pytest.raises(ForecastError, match="do not belong to exposures of shape"):
        replace(past, exposure=past.exposure[:2])
