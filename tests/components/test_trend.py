"""The clock of a drift beyond the record, and what it does to forecasts of planted growth that stops or goes on."""

from dataclasses import replace

import numpy as np
import pytest

from forecast.components.frequency.formulations import damped, end_of
from forecast.components.protocol import Future
from forecast.components.registry import COMPONENT, PROJECTING
from forecast.posterior.sampler import SamplerSettings, sample
from tests.components.example import SeededShocks, data_of, prior_posterior, priors_for, projecting_posterior

AHEAD = np.array([1.0, 2.0, 3.0, 4.0])
DRIFT, DAMPED = "frequency_drift", "frequency_damped"


def test_the_clock_is_the_sum_of_gardner_and_mckenzie_at_whole_years():
    end, left = 1.2, np.array([0.0, 0.3, 0.8, 0.98])
    found = 10 * (damped(end + AHEAD / 10, np.full(4, end), left) - end)
    expected = [[sum(one**k for k in range(1, int(h) + 1)) for h in AHEAD] for one in left]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert (np.diff(found, axis=0) > 0).all()


def test_the_clock_is_linear_within_the_record_and_everywhere_without_damping():
    decade = np.linspace(-2, 2, 17)
    assert (damped(decade, 0.5, 0.8)[decade <= 0.5] == decade[decade <= 0.5]).all()
    assert (damped(decade, 0.5, 1.0) == decade).all()
    assert (damped(decade, 0.5, 0.8)[decade > 0.6] < decade[decade > 0.6]).all()


def test_nearly_no_damping_is_close_to_none():
    decade = np.array([0.6, 0.9, 3.0])
    np.testing.assert_allclose(damped(decade, 0.5, 1 - 1e-9), decade, atol=1e-6)


def test_the_record_ends_with_the_last_year_that_is_used():
    data = data_of(DRIFT)
    array = data.array
    assert end_of(array) == array["decade"].max()
    held = COMPONENT[DRIFT].held_out(data, 6).array
    assert end_of(held) == end_of(array, before=6) == array["decade"][array["term"] == 5].max() < end_of(array)


def projected(name, damping, *, own=None):
    posterior = prior_posterior(DAMPED if own is not None else name)
    take = posterior.taker().at(slice(0, 40))

    def taken(variable):
        return np.full(40, own) if variable == "trend_damping" and own is not None else take(variable)

    future = Future(president="nobody yet", type="democratic", midpoint=2025.5 + np.arange(4.0), damping=damping)
    return COMPONENT[name].project(taken, posterior.coord, future, SeededShocks(40, 3))["log_rate"]


def test_a_damping_of_one_is_the_drift_exactly():
    assert (projected(DAMPED, None, own=1.0) == projected(DRIFT, None, own=1.0)).all()
    assert not np.allclose(projected(DAMPED, None, own=0.8), projected(DRIFT, None, own=0.8))


def test_what_a_future_asks_for_overrules_every_formulation():
    assert (projected(DAMPED, 1.0) == projected(DRIFT, 1.0, own=0.5)).all()
    assert (projected(DRIFT, 1.0) == projected(DRIFT, None)).all()
    stopped = projected(DRIFT, 0.0)
    phase = prior_posterior(DRIFT).taker().at(slice(0, 40))("phase")
    np.testing.assert_allclose(np.diff(stopped - phase[:, None, :], axis=-1), 0, atol=1e-12)  # one level for all years
    assert (projected("frequency_walk", 0.0) == projected("frequency_walk", None)).all()


def test_a_stopped_drift_reaches_every_member_of_the_pool():
    posterior = projecting_posterior("frequency")
    take = posterior.taker().at(slice(0, 40))
    future = Future(president="nobody yet", type="democratic", midpoint=2025.5 + np.arange(4.0))
    found = [PROJECTING["frequency"].project(take, posterior.coord, one, SeededShocks(40, 3))["log_rate"]
             for one in (future, replace(future, damping=0.0))]
    chosen = take("form")
    moved = (found[0] != found[1]).any(axis=(1, 2))
    drifting = np.isin(chosen, [number for number, member in enumerate(PROJECTING["frequency"].members) if member.form.drift])
    assert (moved == drifting).all()
    assert set(np.unique(drifting)) == {True, False}


def planted(growth_in_last_term: float) -> np.ndarray:
    """Score of the last term under drift and under damped, where rates grew by e per decade until the term before it.

    Many contacts a year, no noise beyond Poisson and no levels, so that the drift is known: what differs is the clock.
    """
    component, data = COMPONENT[DRIFT], data_of(DRIFT)
    array, last = data.array, len(data.coord["term"]) - 1
    end = end_of(array, before=last)
    decade = np.minimum(array["decade"], end) + growth_in_last_term * np.maximum(array["decade"] - end, 0)
    rate = np.exp(3.0 + decade)
    count = np.random.default_rng(8).poisson(array["exposure"][:, None] * rate * np.ones((1, len(data.coord["rank"]), 1)))
    grown = replace(data, array={**array, "count": count})
    none = {name: prior.model_copy(update={"sigma": 0.02}) for name, prior in priors_for(DRIFT).items()
            if name in ("type_scale", "president_scale", "term_scale", "term_rank_scale", "phase_scale", "overdispersion")}
    wide = {"base": priors_for(DRIFT)["base"].model_copy(update={"mu": 3.0}),
            "drift": priors_for(DRIFT)["drift"].model_copy(update={"sigma": 1.0})}
    before, priors = component.held_out(grown, last), priors_for(DRIFT) | none | wide
    chains = sample(component, before, priors, SamplerSettings(draws=300, tune=500, chains=2, target_accept=0.9))
    named = {str(key): values.to_numpy() for key, values in chains.data_vars.items() if "draw" in values.dims}
    left = np.random.default_rng(9).beta(8, 2, chains["drift"].shape)
    density = [component.term_density(grown, named, last)["term_score"],
               COMPONENT[DAMPED].term_density(grown, {**named, "trend_damping": left}, last)["term_score"]]
    return np.array([np.log(np.exp(one - one.max()).mean()) + one.max() for one in density])


@pytest.mark.sampling
def test_growth_that_stops_is_forecast_better_damped_and_steady_growth_is_not():
    drift, with_damping = planted(0.0)
    assert with_damping > drift + 2
    drift, with_damping = planted(1.0)
    assert drift >= with_damping - 0.5


def test_shares_of_outcomes_are_read_at_the_time_asked_for():
    component = COMPONENT["effectiveness"]
    draws = prior_posterior("effectiveness").draws
    usual = component.profile(draws)["share"]
    np.testing.assert_array_equal(component.profile(component.at(draws, 0.0))["share"], usual)
    growing = draws.assign(drift=0 * draws["drift"] + 0.5, mechanism_drift=0 * draws["mechanism_drift"])
    later = component.profile(component.at(growing, 2.0))["share"].sel(outcome=component.profile(draws)["outcome"][0])
    assert (later < usual.isel(outcome=0)).all()  # fewer without a result, of every type and draw
    still = growing.assign(drift=0 * draws["drift"])
    np.testing.assert_array_equal(component.profile(component.at(still, 2.0))["share"], usual)  # no trend: the same at any time
