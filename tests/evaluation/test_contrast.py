"""Pairs of futures with separate shocks: the same parameters path by path, whatever the draws of each component."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from forecast.evaluation.quantity import QUANTITY, total, yearly_sums
from forecast.evaluation.variance import variance_table
from forecast.pipeline.futures import futures
from forecast.pipeline.request import weights_with_base
from forecast.posterior.pool import pooled
from forecast.simulation.engine import calendar_of, simulate
from forecast.simulation.prepare import apart_by, draws_of, parameters_of
from tests.conftest import some
from tests.golden.example import posteriors
from tests.golden.test_run import REQUEST

PATHS = 3990  # no multiple of the draws of contact frequency: the last paths of a run are not followed by the first ones
MORE = {"agenda": 26, "media": 34, "effectiveness": 14, "setting": 22}
"""Draws per chain besides the 20 of contact frequency: no component repeats with another."""


@pytest.fixture(scope="module")
def posterior(inputs):
    """Posteriors that differ in their number of draws, with parameters wide enough to be seen."""
    found = {}
    for name, one in posteriors(inputs.panel, inputs.priors).items():
        chosen = np.arange(MORE.get(name, 20)) % one.chains.sizes["draw"]
        chains = one.chains.isel(draw=chosen)
        rng = np.random.default_rng(len(name))
        wider = {key: values + 0.8 * rng.standard_normal((*values.shape[:2], *[1] * (values.ndim - 2)))
                 for key, values in chains.data_vars.items() if key in ("base", "pages_base") and "draw" in values.dims}
        found[name] = replace(one, chains=chains.assign(wider))
    return pooled(found, "us_kz")


@pytest.fixture(scope="module")
def tables(inputs, posterior):
    request = replace(REQUEST, paths=PATHS)
    return futures(inputs, posterior, weights_with_base(inputs.panel), request, lambda *_: None, lambda *_: None).tables


def years(inputs, posterior, name, seed):
    """Futures by year; another seed is the plain way to the same parameters and other shocks."""
    scenario, election = inputs.scenarios[name].model_copy(update={"questions": ()}), inputs.elections[name]
    given = parameters_of(posterior, scenario.chances, election, seed)
    paths = simulate(given, scenario, paths=PATHS, seed=seed, term_start=election.term_start)
    share = calendar_of(scenario, election.term_start).exposure.sum(axis=1) * 12
    return yearly_sums(paths.drop_vars(["match", "question"]).assign(month_share=("month", share)))


def test_whole_numbers_are_added_up_as_xarray_adds_them(inputs, posterior):
    found = years(inputs, posterior, "trump", REQUEST.seed)
    cases = ("contact", ("year", "outcome")), ("contact", ("rank",)), ("mention", ("year",)), ("tone_sum", ("side", "year"))
    for name, over in cases:
        xr.testing.assert_identical(total(found[name], *over), found[name].sum(over).drop_attrs().rename(None))


def test_the_distance_is_beyond_the_run_and_a_multiple_of_all_draws():
    assert apart_by([6000, 8000, 5000], 20_000) == 120_000
    assert apart_by([6000, 8000, 5000], 1_000_000) == 1_080_000
    for draws in (6000, 8000, 5000):
        assert apart_by([6000, 8000, 5000], 1_000_000) % draws == 0


def test_components_repeat_after_draws_of_their_own(posterior):
    assert len(set(draws_of(posterior).values())) > 3


def rolled(values: np.ndarray, draws: int) -> np.ndarray:
    """The fault that was published: paths rolled by three tenths of a run, which pairs other parameters where it wraps around."""
    return np.roll(values, -int(0.3 * PATHS / draws) * draws)


SOME = [one for one in QUANTITY if one.name in ("contact", "mention_share", "pages", "outcome_share")]


@pytest.mark.parametrize("quantity", some(SOME, SOME[:2]), ids=lambda one: one.name)
def test_separate_shocks_are_as_wide_as_another_seed_makes_them(inputs, posterior, tables, quantity):
    """Rolling the paths of one run against each other pairs other parameters, which made content up to a fifth too wide."""
    names, draws = list(inputs.scenarios), draws_of(posterior)["frequency"]
    assert PATHS % draws
    first, second = years(inputs, posterior, names[0], REQUEST.seed), years(inputs, posterior, names[1], REQUEST.seed + 1)
    same_run = years(inputs, posterior, names[1], REQUEST.seed)
    rows = tables.contrast[(tables.contrast["quantity"] == quantity.name) & (tables.contrast["pairing"] == "independent")]
    ratio, wrong = [], []
    for key in quantity.values(first)["key"].to_numpy():
        one, other, moved = (quantity.values(each).sel(key=key).to_numpy() for each in (first, second, same_run))
        told = rows[rows["key"] == str(key)].iloc[0]
        plain, old = (np.nanquantile(one - each, [0.05, 0.95]) for each in (other, rolled(moved, draws)))
        if np.ptp(plain) > 0:
            ratio.append((told["q95"] - told["q05"]) / np.ptp(plain))
            wrong.append(np.ptp(old) / np.ptp(plain))
    assert np.mean(ratio) == pytest.approx(1, abs=0.04)
    if quantity.name in ("contact", "pages"):  # the control must fail where parameters are wide beside the shocks
        assert np.mean(wrong) > 1.2


def test_the_spread_of_separate_shocks_is_that_of_the_split(inputs, posterior):
    """Standard deviations of contacts: those of ``variance.csv`` and of two plain runs, within five standard errors."""
    names, draws = list(inputs.scenarios), draws_of(posterior)["frequency"]
    split = variance_table(posterior["frequency"], inputs.scenarios, inputs.elections, paths=PATHS, seed=REQUEST.seed)
    told = split[split["pairing"] == "independent"].drop_duplicates("key").set_index("key")
    contact = next(one for one in QUANTITY if one.name == "contact")
    first, second = years(inputs, posterior, names[0], REQUEST.seed), years(inputs, posterior, names[1], REQUEST.seed + 1)
    same_run = years(inputs, posterior, names[1], REQUEST.seed)
    for key in ("all", "deputy", "assistant"):
        one, other, moved = (contact.values(each).sel(key=key).to_numpy() for each in (first, second, same_run))
        plain, wrong = one - other, one - rolled(moved, draws)
        batch = plain[:PATHS // draws * draws].reshape(-1, draws).std(axis=1)
        error = np.hypot(batch.std(ddof=1) / np.sqrt(len(batch)), told["sd_mcse"][key])
        assert plain.std() == pytest.approx(told["sd"][key], abs=5 * error), key
        if key == "all":  # negative control
            assert wrong.std() > told["sd"][key] + 5 * error
