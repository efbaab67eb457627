"""The component of poles: against a twin in SciPy, its projection by hand, and its truth recovered by the sampler."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from pytensor.compile.mode import Mode
from scipy.stats import halfnorm, norm, poisson

from forecast.components.protocol import Component, Future
from forecast.components.registry import BESIDE, COMPONENT, POLES, PROJECTING, component_of, projecting
from forecast.panel import load_panel
from forecast.posterior import posterior
from forecast.posterior.calibration import replicate
from forecast.posterior.fit import pole_priors
from forecast.posterior.sampler import SamplerSettings, sample
from forecast.shipped import DYAD
from tests.components.example import SeededShocks

PYTHON = Mode(linker="py", optimizer=None)
POLE = BESIDE[POLES]
FUTURES = tuple(Future(president=name, type=kind, midpoint=np.arange(2025.55, 2029))
                for name, kind in (("Harris", "democratic"), ("Trump", "republican_trumpist")))


@pytest.fixture(scope="module")
def priors():
    return pole_priors().component[POLES]


@pytest.fixture(scope="module")
def data():
    return POLE.data(load_panel(DYAD))


def truth_of(data, priors, seed):
    """Named parameters drawn from the priors."""
    raw = posterior.draw_raw(POLE, data, priors, np.random.default_rng(seed), chains=1, draws=1)
    named = POLE.unpack(raw, data, priors)
    return raw, {str(name): values.to_numpy()[0, 0] for name, values in named.data_vars.items() if "draw" in values.dims}


def test_it_stands_beside_the_components_of_contacts_and_is_found_by_name():
    assert Component in type(POLE).__mro__
    assert component_of(POLES) is projecting(POLES) is POLE
    assert POLES not in {*COMPONENT, *PROJECTING}
    assert POLE.role == ""


def test_a_dyad_without_poles_or_without_a_list_by_then_lacks_them():
    panel = load_panel(DYAD)
    without = replace(panel, about=(panel.about[0].model_copy(update={"poles": None}),))
    assert "names no poles (key poles of dyad.yaml)" in POLE.lacking(without)
    assert POLE.lacking(panel) == ""
    assert "is complete by 1991-12-31" in POLE.lacking(replace(panel, as_of=date(1991, 12, 31)))


def test_cells_hold_every_meeting_on_a_list_once_and_no_day_outside_it(data):
    array = data.array
    assert array["count"].sum() == 50
    by_list = np.bincount(array["list"], array["exposure"])
    assert (array["exposure"] > 0).all()
    assert by_list[data.coord["list"].index("president_of_russia_to_kazakhstan")] == pytest.approx(
        (date(2024, 11, 5) - date(2013, 1, 1)).days / 365.25)
    assert 0.9 < array["covid"].max() < 1.0  # no administration year lies wholly inside
    assert data.coord["home"] == ("united_states",)


def log_density(data, priors, named):
    """Twin: density of the sampler's noise and of the counts, cell by cell."""
    array, total = data.array, 0.0
    for name in ("state_scale", "type_scale"):
        total += halfnorm.logpdf(named[name], scale=priors[name].sigma)
    total += norm.logpdf(named["base"], priors["base"].mu, priors["base"].sigma).sum()
    total += norm.logpdf(named["covid"], priors["covid"].mu, priors["covid"].sigma)
    state, kept = named["state"] / named["state_scale"], priors["state_persistence"].value
    fresh = (state[:, 1:] - kept * state[:, :-1]) / np.sqrt(1 - kept**2)
    total += norm.logpdf(state[:, 0]).sum() + norm.logpdf(fresh).sum()
    kind = named["type_effect"] / named["type_scale"]
    total += -0.5 * (len(kind) - 1) / len(kind) * (kind**2).sum()
    for cell in range(len(array["count"])):
        of, pole = array["list"][cell], data.coord["pole_of_list"][array["list"][cell]]
        log_rate = named["base"][of] + named["state"][data.coord["pole"].index(pole), array["year"][cell]]
        log_rate += named["covid"] * array["covid"][cell]
        log_rate += named["type_effect"][array["type"][cell]] if pole in data.coord["home"] else 0.0
        total += poisson.logpmf(array["count"][cell], array["exposure"][cell] * np.exp(log_rate))
    return total


def test_model_and_twin_differ_by_one_constant(data, priors):
    logp = POLE.model(data, priors).compile_logp(mode=PYTHON)
    difference, level = [], []
    for seed in range(4):
        raw, named = truth_of(data, priors, seed)
        model = float(logp({str(key): values.to_numpy()[0, 0] for key, values in raw.data_vars.items()}))
        difference.append(model - log_density(data, priors, named))
        level.append(model)
    assert np.ptp(level) > 10
    np.testing.assert_allclose(difference, difference[0], rtol=1e-9, atol=1e-7)


def test_the_twin_sees_every_parameter(data, priors):
    """Negative control: an omission in either would show."""
    _, named = truth_of(data, priors, 3)
    for name in set(named) - {"state_persistence"}:
        assert abs(log_density(data, priors, named | {name: named[name] * 1.1 + 0.01}) - log_density(data, priors, named)) > 1e-6


def test_pointwise_is_the_density_of_every_cell_and_simulation_has_its_mean(data, priors):
    _, named = truth_of(data, priors, 1)
    found = POLE.pointwise(data, {name: values[None] for name, values in named.items()})["count"]
    rate = np.exp(POLE.pointwise(replaced(data, 0), {name: values[None] for name, values in named.items()})["count"])  # P(0)
    mean = -np.log(rate[0])
    np.testing.assert_allclose(found[0], poisson.logpmf(data.array["count"], mean))
    rng = np.random.default_rng(2)
    drawn = np.array([POLE.simulate(data, named, rng).array["count"] for _ in range(400)])
    assert (abs(drawn.mean(axis=0) - mean) < 5 * np.sqrt(mean / 400) + 1e-9).all()


def replaced(data, count):
    return type(data)(array={**data.array, "count": np.full_like(data.array["count"], count)}, coord=data.coord)


@pytest.fixture(scope="module")
def taken(data, priors):
    chains = posterior.draw_prior(POLE, data, priors, np.random.default_rng(4), chains=2, draws=30)
    return posterior.Posterior(component=POLES, key="", chains=chains, coord=data.coord, gates=None, reused=False)


def test_the_projection_goes_on_as_the_autoregression_says(taken, data):
    """One step of a year a year, from the last year of the record, and none where no shock comes."""
    take = taken.taker().at(slice(0, 60))
    still = POLE.project(take, data.coord, FUTURES[0], lambda _, *shape: np.zeros((60, *shape)))["log_rate"]
    russia = data.coord["list"].index("president_of_russia_to_kazakhstan")
    last = take("state")[:, data.coord["pole"].index("russia"), -1]
    wanted = take("base")[:, russia, None] + last[:, None] * 0.7 ** np.arange(1, 5)
    np.testing.assert_allclose(still[:, russia], wanted)
    shocks = SeededShocks(60, 1)
    moved = POLE.project(take, data.coord, FUTURES[0], shocks)["log_rate"]
    noise = shocks("poles/state", len(data.coord["pole"]), 4)[:, data.coord["pole"].index("russia"), 0]
    np.testing.assert_allclose(moved[:, russia, 0] - still[:, russia, 0], take("state_scale") * np.sqrt(1 - 0.49) * noise)


def test_who_governs_moves_the_pole_at_home_and_no_other(taken, data):
    take = taken.taker().at(slice(0, 60))
    first, second = (POLE.project(take, data.coord, one, SeededShocks(60, 2))["log_rate"] for one in FUTURES)
    moved = (first != second).any(axis=(0, 2))
    assert [name for name, yes in zip(data.coord["pole_of_list"], moved, strict=True) if yes] == ["united_states"]


def test_the_years_of_a_dyad_are_the_cells_that_are_named(data):
    names = POLE.observations(data, load_panel(DYAD))["count"]
    assert len(set(names)) == len(data.array["count"])
    assert "president_of_china_to_kazakhstan, 2003-01-20" in names


@pytest.mark.sampling
@pytest.mark.slow
def test_a_truth_is_recovered_and_another_is_not(data, priors):
    """The truth ranks within the draws at one in a thousand; a level shifted by 1.5 does not (positive control)."""
    rng = np.random.default_rng(8)
    _, named = truth_of(data, priors, 8)
    long = type(data)(array={**data.array, "exposure": data.array["exposure"] * 20}, coord=data.coord)
    made = POLE.simulate(long, named, rng)
    raw = sample(POLE, made, priors, SamplerSettings(draws=600, tune=600, chains=2, target_accept=0.95))
    draws = {str(name): values.to_numpy().reshape(-1, *values.shape[2:]) for name, values in raw.data_vars.items()
             if "draw" in values.dims}
    total = POLE.pointwise(made, draws)["count"].sum(axis=1)

    def rank(values):
        return (POLE.pointwise(made, {name: np.asarray(one)[None] for name, one in values.items()})["count"].sum() > total).mean()

    assert 0.0005 < rank(named) < 0.9995
    assert rank(named | {"base": named["base"] + 1.5}) < 0.0005
    share = [(draws["base"][:, at] < named["base"][at]).mean() for at in range(len(named["base"]))]
    assert all(0.0005 < one < 0.9995 for one in share)


@pytest.mark.sampling
@pytest.mark.slow
def test_replications_of_calibration_rank_every_quantity(data, priors):
    found = replicate(POLE, data, priors, FUTURES, 0, 1)
    assert any(name.startswith("next term: log rate[president_of_russia") for name in found.rank)
    assert any(name.startswith("contrast: ") for name in found.rank)
