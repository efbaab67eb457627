"""Totals with the drift going on and stopped, against values worked out by hand."""

from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.components.frequency import Frequency
from forecast.components.frequency.formulations import damped
from forecast.components.registry import COMPONENT, PROJECTING
from forecast.evaluation.administration import (
    DRIFT_COLUMNS,
    DRIFT_KEYS,
    GOES_ON,
    STOPPED,
    WEIGHED,
    _term,
    drift_table,
    drifting,
)
from forecast.pipeline.request import Request, read
from forecast.simulation.prepare import future_of
from forecast.simulation.uncertainty_sources import SOURCES, Draws, draws_in
from tests.components.example import prior_posterior, projecting_posterior
from tests.fixture.record import RECORD

PATHS, SEED, GROWTH = 2000, 5, 0.8
STILL = ("type_effect", "president_effect", "term_level", "term_rank_level", "phase", "covid", "season", "drift_lower")


@pytest.fixture(scope="module")
def inputs():
    return read(Request(data=RECORD, as_of=date(2024, 11, 4)))


def steady(name):
    """A posterior in which rates are e^4 a year and grow by ``GROWTH`` per decade, without any other effect or shock."""
    found = prior_posterior(name)
    chains = found.chains
    fixed = dict.fromkeys((*STILL, *(key for key in chains.data_vars if str(key).endswith("_scale"))), 0.0)
    fixed |= {"base": 4.0, "drift": GROWTH, "overdispersion": 1e-4, "state_loading": 0.0, "trend_damping": 0.5}
    return replace(found, chains=chains.assign({key: 0 * chains[key] + value for key, value in fixed.items() if key in chains}))


def table_of(found, inputs):
    return drift_table(found, inputs.scenarios, inputs.elections, paths=PATHS, seed=SEED)


@pytest.mark.parametrize(("name", "left"), [("frequency_drift", 1.0), ("frequency_damped", 0.5)])
def test_totals_grow_by_the_clock_of_each(name, left, inputs, monkeypatch):
    monkeypatch.setitem(PROJECTING, "frequency", COMPONENT[name])
    found = steady(name)
    table = table_of(found, inputs)
    scenario = next(iter(inputs.scenarios))
    rows = table[(table["scenario"] == scenario) & (table["key"] == "all")].set_index("drift")
    future = future_of(inputs.elections[scenario], inputs.scenarios[scenario].outcome)
    end = float(found.chains["trend_end"])
    at_end = (future.midpoint - 2009.05) / 10
    expected = {drift: np.exp(GROWTH * damped(at_end, end, damping)).mean()
                for drift, damping in ((WEIGHED, left), (GOES_ON, 1.0), (STOPPED, 0.0))}
    for drift in (WEIGHED, GOES_ON):
        ratio = rows.loc[drift, "mean"] / rows.loc[STOPPED, "mean"]
        error = ratio * np.hypot(rows.loc[drift, "mcse"], rows.loc[STOPPED, "mcse"]) / rows.loc[STOPPED, "mean"]
        assert ratio == pytest.approx(expected[drift] / expected[STOPPED], abs=max(5 * error, 0.005))
    assert rows.loc[GOES_ON, "mean"] > 1.1 * rows.loc[STOPPED, "mean"]


def test_a_formulation_without_a_drift_is_the_same_in_all_three(inputs, monkeypatch):
    monkeypatch.setitem(PROJECTING, "frequency", COMPONENT["frequency_walk"])
    table = table_of(prior_posterior("frequency_walk"), inputs)
    one, *others = (table[table["drift"] == drift].drop(columns="drift").reset_index(drop=True)
                    for drift in (WEIGHED, GOES_ON, STOPPED))
    assert all(one.equals(other) for other in others)
    assert (table["drifting"] == 0).all()


@pytest.mark.parametrize("name", ["frequency_damped", "frequency_walk"])
def test_a_term_damped_after_another_is_the_term_made_anew(name, inputs, monkeypatch):
    """Only what the drift does not reach is taken over: the dispersion of shared occasions follows their rate."""
    monkeypatch.setitem(PROJECTING, "frequency", DispersionOfRate(COMPONENT[name]))
    found, scenario = prior_posterior(name), next(iter(inputs.scenarios.values()))
    election, number = inputs.elections[scenario.name], np.arange(300)

    def fresh(damping):
        term = _term(Draws(found=found, row=number % draws_in(found)), scenario, election, number, SEED)
        return replace(term, future=replace(term.future, damping=damping))

    term, every = fresh(None), frozenset(SOURCES)
    told = {}
    for damping in (None, 1.0, 0.0):
        term = term.damped(damping)
        told[damping] = term.contacts(every)
        np.testing.assert_array_equal(told[damping], fresh(damping).contacts(every))
    if COMPONENT[name].form.drift:
        assert (told[1.0] != told[0.0]).any()


def test_only_formulations_whose_drift_goes_on_otherwise_are_projected_again(inputs, monkeypatch):
    """Of the pool, each time of all sources and of parameters: what has no drift once, a plain one twice, a damped one thrice."""
    found, scenario = projecting_posterior("frequency"), next(iter(inputs.scenarios.values()))
    election, number, every = inputs.elections[scenario.name], np.arange(300), frozenset(SOURCES)

    def fresh(damping):
        term = _term(Draws(found=found, row=number % draws_in(found)), scenario, election, number, SEED)
        return replace(term, future=replace(term.future, damping=damping))

    expected = {damping: fresh(damping).contacts(every) for damping in (None, 1.0, 0.0)}
    times, project = Counter(), Frequency.project
    monkeypatch.setattr(Frequency, "project", lambda self, *given: times.update([self.name]) or project(self, *given))
    term = fresh(None)
    for damping, contacts in expected.items():
        term = term.damped(damping)
        np.testing.assert_array_equal(term.contacts(every), contacts)
    by_form = {member.name: 2 * (1 + member.form.drift + member.form.damped) for member in PROJECTING["frequency"].members}
    assert dict(times) == by_form


class DispersionOfRate:
    """A formulation whose dispersion follows its rate, as that of occasions that dyads share does."""

    def __init__(self, component):
        self.component = component

    def project(self, *given):
        found = self.component.project(*given)
        return found | {"dispersion": np.exp(found["log_rate"] / 4)}


def test_the_pool_says_what_share_of_its_draws_drifts(inputs):
    found = projecting_posterior("frequency")
    members = PROJECTING["frequency"].members
    by_hand = np.mean([members[int(number)].form.drift for number in found.chains["form"].to_numpy().ravel()])
    assert drifting(found) == pytest.approx(by_hand)
    assert 0 < by_hand < 1
    table = table_of(found, inputs)
    assert list(table.columns) == list(DRIFT_COLUMNS)
    assert len(table) == 3 * len(DRIFT_KEYS) * len(inputs.scenarios)


@pytest.mark.parametrize("name", ["frequency_drift", "frequency_occasion"])
def test_factors_of_another_damping_are_those_of_a_term_that_begins_with_it(name, inputs, monkeypatch):
    """They are inverted only where their size is another: of occasions everywhere, of contacts nowhere."""
    monkeypatch.setitem(PROJECTING, "frequency", COMPONENT[name])
    found, scenario = prior_posterior(name), next(iter(inputs.scenarios))

    def term():
        draws = Draws(found=found, row=np.arange(60) % draws_in(found))
        return _term(draws, inputs.scenarios[scenario], inputs.elections[scenario], np.arange(60), SEED)

    first, on = term(), frozenset(SOURCES)
    sizes = [first.damped(damping)._fields(on)["dispersion"] for damping in (1.0, 0.0)]
    assert (sizes[0] != sizes[1]).any() == (name == "frequency_occasion")
    first.damped(1.0).contacts(on)
    after = first.damped(1.0)
    after.contacts(on)
    after = after.damped(0.0)
    np.testing.assert_array_equal(after.contacts(on), term().damped(0.0).contacts(on))
    assert len([key for key in after._kept if key[0] == "factors"]) == 1
