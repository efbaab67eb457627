"""Effects of covariates: off by default, in the model as in plain NumPy, in the future only where a scenario sets them."""

from dataclasses import replace

import numpy as np
import pytest
from pytensor.compile.mode import Mode

from forecast.components.covariates import AXIS, EFFECT, LAST, VALUE, away, chosen
from forecast.components.frequency.formulations import log_rate
from forecast.components.joint import knowing
from forecast.components.priors import Prior
from forecast.components.protocol import Future
from forecast.components.registry import COMPONENT
from forecast.errors import InputError
from forecast.panel.panel import load_panel
from forecast.posterior.posterior import draw_raw
from forecast.posterior.sampler import SamplerSettings, sample
from forecast.posterior.sensitivity import log_prior
from forecast.shipped import dyads
from tests.components import twin
from tests.components.example import SeededShocks, data_of, panel, priors_for
from tests.components.test_model import still
from tests.conftest import some

PYTHON = Mode(linker="py", optimizer=None)
DRIFT = "frequency_drift"
ON = Prior(distribution="normal_by_covariate", sd={"war_in_ukraine": 0.4, "trade": 0.2}, reason="A value of the test.")
TERM = {"president": "nobody yet", "type": "democratic", "midpoint": 2025.5 + np.arange(4.0)}


def switched(name=DRIFT, prior=ON):
    priors = {**priors_for(name), "covariates": prior}
    return knowing(data_of(name), priors, panel()), priors


def drawn(name, data, priors, draws):
    component = COMPONENT[name]
    raw = draw_raw(component, data, priors, np.random.default_rng(5), draws=draws)
    return raw, component.unpack(raw, data, priors)


def test_in_the_default_set_none_is_on_and_the_data_are_the_same_object():
    priors = priors_for(DRIFT)
    assert chosen(priors) == {}
    assert knowing(data_of(DRIFT), priors, panel()) is data_of(DRIFT)


@pytest.mark.parametrize("name", some([DRIFT, "frequency_occasion"], ["frequency_occasion"]))
def test_the_model_is_its_twin_with_covariates(name):
    data, priors = switched(name)
    component = COMPONENT[name]
    logp = component.model(data, priors).compile_logp(mode=PYTHON)
    raw, _ = drawn(name, data, priors, 4)
    raw = still(component, data, priors, raw)
    named = component.unpack(raw, data, priors)
    both = []
    for at in range(4):
        point = {str(key): values.to_numpy()[0, at] for key, values in raw.data_vars.items()}
        values = {str(key): one.to_numpy()[0, at] for key, one in named.data_vars.items() if "draw" in one.dims}
        effect = values.pop(EFFECT)
        moved = effect @ away(data.array)  # the twin knows no covariate: they are a known factor of the exposure
        exposed = replace(data, array={**data.array, "exposure": data.array["exposure"] * np.exp(moved)})
        prior = -0.5 * np.sum((effect / np.array([ON.sd[one] for one in data.coord[AXIS]])) ** 2)
        both.append((float(logp(point)), twin.log_prior(name, values) + twin.log_likelihood(name, exposed, values) + prior))
    model, slow = np.array(both).T
    assert np.ptp(model) > 10
    np.testing.assert_allclose(model - model[0], slow - slow[0], rtol=1e-9, atol=1e-7)


def test_a_held_out_term_is_scored_with_the_value_before_it():
    data, priors = switched()
    component, term = COMPONENT[DRIFT], 6
    named = {str(key): one.to_numpy()[0] for key, one in drawn(DRIFT, data, priors, 8)[1].data_vars.items() if "draw" in one.dims}
    later = data.array["term"] >= term
    other = replace(data, array={**data.array, VALUE: np.where(later, 40.0, data.array[VALUE])})
    np.testing.assert_array_equal(*(component.term_density(one, named, term)["term_score"] for one in (data, other)))
    assert not np.allclose(log_rate(data.array, named), log_rate(other.array, named))  # negative control


def test_a_future_adds_nothing_unless_a_scenario_sets_a_value():
    data, priors = switched()
    named = drawn(DRIFT, data, priors, 40)[1]
    values = {str(key): one.to_numpy()[0] if "draw" in one.dims else np.broadcast_to(one.to_numpy(), (40, *one.shape))
              for key, one in named.data_vars.items()}
    fixed = {key: np.full(40, prior.value) for key, prior in priors.items() if prior.distribution == "fixed"}
    assumed = {"state_persistence": np.full(40, 0.5), "state_loading": np.full(40, 0.2)}

    def rate(**covariate):
        take = (values | fixed | assumed).__getitem__
        return COMPONENT[DRIFT].project(take, data.coord, Future(**TERM, covariate=covariate), SeededShocks(40, 3))["log_rate"]

    usual = rate()
    place = data.coord[AXIS].index("war_in_ukraine")
    np.testing.assert_array_equal(rate(war_in_ukraine=np.full(4, np.nan)), usual)
    np.testing.assert_allclose(rate(war_in_ukraine=np.full(4, values[LAST][0, place])), usual, atol=1e-12)
    peace = rate(war_in_ukraine=(1.0, 1.0, 0.0, 0.0)) - usual
    np.testing.assert_allclose(peace[:, :, :2], 0, atol=1e-12)
    expected = -np.broadcast_to(values[EFFECT][:, [place], None], peace[:, :, 2:].shape)
    np.testing.assert_allclose(peace[:, :, 2:], expected, atol=1e-12)


def test_sensitivity_knows_the_prior_of_the_effects():
    data, priors = switched()
    named = drawn(DRIFT, data, priors, 3)[1]
    values = {str(key): one.to_numpy()[0] for key, one in named.data_vars.items() if "draw" in one.dims}
    values |= {"state_persistence": np.full(3, 0.5), "state_loading": np.full(3, 0.2)}
    found = log_prior(COMPONENT[DRIFT], priors, values, data.coord)["covariates"]
    sd = np.array([ON.sd[one] for one in data.coord[AXIS]])
    expected = -0.5 * ((values[EFFECT] / sd) ** 2).sum(axis=1)
    np.testing.assert_allclose(found - found[0], expected - expected[0])


def test_a_covariate_that_several_dyads_do_not_share_is_refused():
    several = load_panel([dyads()["us_kz"], dyads()["us_uz"]])
    with pytest.raises(InputError, match=r"covariates\.sd\.trade.*alike: war_in_ukraine.*--alone"):
        knowing(data_of(DRIFT), {"covariates": ON}, several)


@pytest.mark.slow
def test_planted_effects_are_found_and_effects_that_are_not_there_are_not():
    data, priors = switched(prior=ON.model_copy(update={"sd": {"trade": 0.5}}))
    component = COMPONENT[DRIFT]
    truth = {str(key): one.to_numpy()[0, 0] for key, one in drawn(DRIFT, data, priors, 1)[1].data_vars.items()
             if "draw" in one.dims}
    truth |= {"base": np.full_like(truth["base"], 2.0), "drift": np.array(0.0), "drift_lower": np.array(0.0)}
    found = []
    for effect in (0.6, 0.0):
        record = component.simulate(data, truth | {EFFECT: np.array([effect])}, np.random.default_rng(4))
        raw = sample(component.model(record, priors), SamplerSettings(seed=2, draws=500))
        found.append(component.unpack(raw, record, priors)[EFFECT].to_numpy().ravel())
    there, absent = found
    low, high = np.quantile(there, [0.005, 0.995])
    assert low < 0.6 < high
    assert low > 0
    assert np.quantile(absent, 0.005) < 0 < np.quantile(absent, 0.995)
