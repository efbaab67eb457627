"""Where the uncertainty comes from: planted sources are found, absent ones are not, and the term is that of the engine."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import xarray as xr

from forecast.components.registry import COMPONENT, PROJECTING
from forecast.evaluation.variance import variance_table
from forecast.pipeline import Request
from forecast.posterior.pool import pooled
from forecast.simulation.engine import calendar_of, simulate
from forecast.simulation.expected import Expected, expected_values, monthly_contacts
from forecast.simulation.prepare import future_of, parameters
from forecast.simulation.random import Noise
from forecast.simulation.shocks import RANKS, RATE, STATE, draw_shock
from forecast.simulation.uncertainty_sources import (
    GOVERNED,
    SOURCES,
    ComingTerm,
    Draws,
    draws_in,
    source_of_stream,
    source_of_variable,
)
from tests.fixture.record import RECORD
from tests.golden.example import as_next, posteriors

SCALES = ("term_scale", "term_rank_scale", "president_scale", "administration_rank_scale")
EFFECTS = ("type_effect", "president_effect", "type_rank_effect", "president_rank_effect")
SEED = 5


@pytest.fixture(scope="module")
def inputs():
    return as_next(Request(data=RECORD, as_of=date(2019, 6, 30)))


@pytest.fixture(scope="module")
def posterior(inputs):
    """One formulation in the place of the pool."""
    found = pooled(posteriors(inputs.panel, inputs.priors), inputs.panel.dyad[0])
    members = posteriors(inputs.panel, inputs.priors)
    return found | {"frequency": members["frequency_drift"]}


@pytest.fixture(autouse=True)
def one_formulation(monkeypatch):
    monkeypatch.setattr(COMPONENT["frequency_drift"], "role", "contacts", raising=False)  # as its pool has
    monkeypatch.setitem(PROJECTING, "frequency", COMPONENT["frequency_drift"])


def only(found, *varying, **fixed):
    """A posterior in which nothing varies but some variables; scales of shocks are zero unless given."""
    zero = dict.fromkeys(SCALES, 0.0) | {"base": 7.0, "overdispersion": 1e-7, "state_loading": 0.0} | fixed
    chains = found.chains
    for name in chains.data_vars:
        if name not in varying and name != "diverging" and "draw" in chains[name].dims:
            mean = zero.get(name, chains[name].mean(("chain", "draw")))
            chains = chains.assign({name: 0 * chains[name] + mean})
    return replace(found, chains=chains)


def shares(found, inputs, pairing, key="all"):
    table = variance_table(found, inputs.scenarios, inputs.elections, paths=800, seed=SEED)
    rows = table[(table["pairing"] == pairing) & (table["key"] == key)].set_index("source")
    assert rows["share"].sum() == pytest.approx(1, abs=1e-9)
    return rows["share"]


@pytest.mark.parametrize(("variable", "source"), [("type_effect", "type"), ("president_effect", "president"),
                                                  ("drift", "parameters")])
def test_a_planted_source_gets_everything(posterior, inputs, variable, source):
    """Types differ in the mean: a common factor alone would leave no difference."""
    found = only(posterior["frequency"], variable)
    apart = found.chains["type_effect"] + np.array([0.0, 0.0, 0.5])
    found = replace(found, chains=found.chains.assign(type_effect=apart))
    assert shares(found, inputs, "expected")[source] == pytest.approx(1, abs=1e-9)
    assert shares(found, inputs, "independent")[source] > 0.8  # the rest is chance in counts


@pytest.mark.parametrize(("variable", "source"), [("type_rank_effect", "type"), ("president_rank_effect", "president")])
def test_deviations_of_a_rank_belong_to_type_and_president(posterior, inputs, variable, source):
    """They nearly cancel in the total, and are small beside chance in counts."""
    found = only(posterior["frequency"], variable)
    assert shares(found, inputs, "expected", "president")[source] == pytest.approx(1, abs=1e-9)


def test_a_shock_of_the_term_is_found(posterior, inputs):
    found = only(posterior["frequency"], term_scale=0.3)
    assert shares(found, inputs, "independent")["term"] > 0.95


def test_a_new_presidents_draw_counts_as_president(posterior, inputs):
    for scale in ("president_scale", "administration_rank_scale"):
        found = only(posterior["frequency"], **{scale: 0.3})
        assert shares(found, inputs, "expected", "president")["president"] == pytest.approx(1, abs=1e-9)


def test_without_administration_effects_administrations_have_no_share(posterior, inputs):
    varying = [name for name in posterior["frequency"].chains.data_vars
               if name not in (*EFFECTS, *SCALES, "base", "overdispersion")]
    found = only(posterior["frequency"], *varying, term_scale=0.3, overdispersion=0.3, base=1.0)
    for key in ("all", "president"):
        found_shares = shares(found, inputs, "independent", key)
        assert found_shares[["type", "president"]].abs().max() < 1e-9
        assert found_shares["count"] > 0.05


def test_chance_and_state_have_no_part_in_expected_values(posterior, inputs):
    assert not {"state", "count"} & set(shares(posterior["frequency"], inputs, "expected").index)
    assert {"state", "count"} < set(shares(posterior["frequency"], inputs, "independent").index)


def test_all_chains_are_seen(posterior, inputs):
    """A source that varies in one chain alone: steps of the number of chains once saw another one only."""
    found = posterior["frequency"]
    chains, draws = found.chains.sizes["chain"], draws_in(found)
    still = only(found)
    apart = xr.where(still.chains["chain"] == 1, found.chains["type_effect"], still.chains["type_effect"])
    planted = replace(still, chains=still.chains.assign(type_effect=apart.transpose(*found.chains["type_effect"].dims)))
    table = variance_table(planted, inputs.scenarios, inputs.elections, paths=draws // chains, seed=SEED)
    rows = table[(table["pairing"] == "expected") & (table["key"] == "all")].set_index("source")
    assert rows["sd"].iloc[0] > 0
    assert rows["share"]["type"] == pytest.approx(1, abs=1e-9)


@pytest.mark.slow
def test_events_of_two_futures_are_their_own(posterior):
    """As in contrast.csv: the split once gave both futures the same event, and a difference that was far too narrow."""
    inputs = as_next(Request(data=RECORD, as_of=date(2019, 6, 30), scenarios=("pandemic_harris",)))
    scenario, election = inputs.scenarios["pandemic_harris"], inputs.elections["pandemic_harris"]
    found, paths = only(posterior["frequency"]), 3000
    given = parameters(posterior | {"frequency": found}, future_of(election, scenario.outcome), SEED)
    one, other = (simulate(given, scenario, paths=paths, first=first, seed=SEED, term_start=election.term_start)["contact"]
                  .sum(("month", "rank", "outcome")).to_numpy().astype(float) for first in (0, 10**6))
    twice = {"one": scenario, "two": scenario}
    table = variance_table(found, twice, dict.fromkeys(twice, election), paths=paths, seed=SEED)
    told = table[(table["pairing"] == "independent") & (table["key"] == "all")]["sd"].iloc[0]
    assert np.log(told / (one - other).std()) == pytest.approx(0, abs=0.2)
    assert told > 3 * np.sqrt(2 * one.mean())  # chance in counts alone


class Pool:
    """Two formulations: one in which administrations differ, one in which they do not."""

    def __init__(self, component):
        self.component = component

    def project(self, take, coord, future, shocks):
        fields = self.component.project(take, coord, future, shocks)
        differs = (take("form") == 1) & (future.type == "democratic")
        rank_years = np.broadcast_to(1e14, fields["log_rate"].shape)  # Poisson, told per rank and year
        return fields | {"log_rate": fields["log_rate"] + 0.8 * differs[:, None, None], "dispersion": rank_years}


def test_formulation_is_a_source_where_there_are_several(posterior, inputs, monkeypatch):
    assert "formulation" not in shares(posterior["frequency"], inputs, "expected").index
    one = only(posterior["frequency"])
    form = np.random.default_rng(1).integers(2, size=[one.chains.sizes[axis] for axis in ("chain", "draw")])
    found = replace(one, chains=one.chains.assign(form=(("chain", "draw"), form)))
    monkeypatch.setitem(PROJECTING, "frequency", Pool(PROJECTING["frequency"]))
    assert shares(found, inputs, "expected")["formulation"] == pytest.approx(1, abs=1e-9)
    assert shares(found, inputs, "independent")["formulation"] > 0.9


class Members:
    """Formulations with draws of their own, which project alike."""

    def __init__(self, component, count):
        self.component, self.count = component, count

    def project(self, take, coord, future, shocks):
        form = take("form")
        parts = [self.component.project(lambda name, k=k: take(f"{k}/{name}"), coord, future, shocks) for k in range(self.count)]
        wide = [one | {"dispersion": np.broadcast_to(one["dispersion"], one["log_rate"].shape)} for one in parts]
        return {key: np.choose(form.reshape(-1, *[1] * (values.ndim - 1)), [one[key] for one in wide])
                for key, values in wide[0].items()}


def test_identical_formulations_with_draws_of_their_own_have_no_share(posterior, inputs, monkeypatch):
    """Switching such a formulation would swap all its draws: that once gave a share of a fifth to nothing."""
    one, count, rng = posterior["frequency"].chains, 4, np.random.default_rng(3)
    chains = xr.Dataset({f"{k}/{name}": values.isel(draw=rng.permutation(one.sizes["draw"])) if "draw" in values.dims else values
                         for k in range(count) for name, values in one.drop_vars(["draw", "chain"], errors="ignore").items()})
    form = rng.permutation(one.sizes["chain"] * one.sizes["draw"]) % count
    chains = chains.assign(form=(("chain", "draw"), form.reshape(one.sizes["chain"], one.sizes["draw"])))
    monkeypatch.setitem(PROJECTING, "frequency", Members(PROJECTING["frequency"], count))
    found = replace(posterior["frequency"], chains=chains)
    table = variance_table(found, inputs.scenarios, inputs.elections, paths=1500, seed=SEED)
    rows = table[(table["source"] == "formulation") & (table["key"] == "all")]
    assert len(rows) == 2
    assert (rows["share"].abs() < 4 * rows["share_mcse"]).all()
    assert (rows["share"].abs() < 0.1).all()  # with 40 draws; half of what it once was


def test_sources_are_told_by_the_last_part_of_a_name():
    assert source_of_variable("frequency_drift/type_effect") == source_of_variable("type_effect") == "type"
    assert source_of_variable("frequency_walk/president_scale") == "president"
    assert source_of_variable("frequency_walk/term_level") == "parameters"
    assert source_of_variable("form") == "formulation"
    assert source_of_stream("frequency_drift/president") == "president"
    assert source_of_stream("frequency_drift/term_rank") == "term"


def _term(posterior, inputs, name, paths):
    scenario, election = inputs.scenarios[name], inputs.elections[name]
    number, calendar = np.arange(paths), calendar_of(scenario, election.term_start)
    found = posterior["frequency"]
    shock = draw_shock(scenario, Noise(SEED), number, len(calendar.month_of_year))
    return ComingTerm(draws=Draws(found=found, row=number % draws_in(found)), future=future_of(election, scenario.outcome),
                      shock=shock,
                      calendar=calendar, noise=Noise(SEED), number=number)


@pytest.fixture(scope="module", params=["harris", "trump_ukraine_ceasefire"])
def case(request, posterior):
    inputs = as_next(Request(data=RECORD, as_of=date(2019, 6, 30), scenarios=(request.param,)))
    scenario, election = inputs.scenarios[request.param], inputs.elections[request.param]
    given = parameters(posterior, future_of(election, scenario.outcome), SEED)
    return inputs, request.param, given, scenario, election.term_start


def test_expected_values_of_chunks_in_any_order_are_those_of_all(case):
    _, _, given, scenario, start = case
    whole = expected_values(given, scenario, paths=200, seed=SEED, term_start=start, chunk=200)
    found = Expected(scenario, seed=SEED, term_start=start)
    for some in (slice(150, 200), slice(0, 64), slice(64, 150)):
        found.add(some, given(some))
    for name, values in found.values().items():
        xr.testing.assert_identical(values, whole[name])


def test_expected_contacts_by_month_are_those_of_the_formula(case):
    """The factor of all shifts is left out where there is none: it is exactly one."""
    _, _, given, scenario, start = case
    calendar, drawn = calendar_of(scenario, start), given(slice(0, 50))
    for shifted in (False, True):
        shock = draw_shock(scenario, Noise(SEED), np.arange(50), len(calendar.month_of_year))
        if not shifted:
            shock = shock._replace(size=np.zeros_like(shock.size))
        size = shock.size[:, :, RATE:RATE + RANKS] + drawn.state_loading[:, None, None] * shock.size[:, :, STATE, None]
        told = (np.einsum("pry,my->prm", np.exp(drawn.log_rate), calendar.exposure)
                * np.exp(np.einsum("psr,psm->prm", size, shock.share())) * drawn.season[:, None, calendar.month_of_year])
        found = monthly_contacts(drawn.log_rate, drawn.season, drawn.state_loading, shock, calendar)
        np.testing.assert_array_equal(found, told)


def test_expected_contacts_are_those_of_the_run(posterior, case):
    inputs, name, given, scenario, start = case
    told = expected_values(given, scenario, paths=200, seed=SEED, term_start=start)["contact"]
    found = _term(posterior, inputs, name, 200).contacts(GOVERNED)
    np.testing.assert_allclose(found, told.isel(key=slice(1, None)).to_numpy(), rtol=1e-9)


def test_simulated_contacts_have_the_distribution_of_the_engine(posterior, case):
    inputs, name, given, scenario, start = case
    paths = 4000
    run = simulate(given, scenario, paths=paths, seed=SEED, term_start=start)["contact"].sum(("month", "rank", "outcome"))
    found = _term(posterior, inputs, name, paths).contacts(frozenset(SOURCES)).sum(axis=1)
    error = np.hypot(found.std(), run.std()) / np.sqrt(paths)
    assert abs(found.mean() - run.mean()) < 4 * error
    assert np.log(found.std() / float(run.std())) == pytest.approx(0, abs=0.12)
    calm = _term(posterior, inputs, name, paths).contacts(frozenset(SOURCES) - {"count", "state"}).sum(axis=1)
    assert np.log(calm.std() / float(run.std())) < -0.005  # what is off is missed


def test_a_single_scenario_has_no_difference(posterior, inputs):
    one = {"harris": inputs.scenarios["harris"]}
    assert variance_table(posterior["frequency"], one, inputs.elections, paths=40, seed=1).empty


def test_two_scenarios_that_assume_the_same_have_no_variance_to_share(posterior, inputs):
    name = next(iter(inputs.scenarios))
    twice = {"one": inputs.scenarios[name], "two": inputs.scenarios[name]}
    table = variance_table(posterior["frequency"], twice, dict.fromkeys(twice, inputs.elections[name]), paths=400, seed=SEED)
    expected, seen = (table[table["pairing"] == pairing] for pairing in ("expected", "independent"))
    assert (expected["sd"] == 0).all()
    assert expected[["share", "share_mcse"]].isna().all(axis=None)
    assert (seen["sd"] > 0).all()  # two futures of one scenario still differ
