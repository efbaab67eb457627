"""Every PyMC model against its slow twin in SciPy, on the panel and on simulated data."""

import numpy as np
import pytest
from pytensor.compile.mode import Mode

from forecast.components.registry import COMPONENT
from tests.components import twin
from tests.components.example import data_of, draw_raw, draw_truth, priors_for, trends

PYTHON = Mode(linker="py", optimizer=None)  # as written: no rewriting, no compiling
POINTS = 4
ALIKE = ("frequency_walk", "frequency_discount", "frequency_damped")
"""Formulations whose graph is that of others in the fast lane: only constants differ."""
LONG = ("frequency_recording", "frequency_occasion", "frequency_drift")
"""Formulations that the fast lane judges by one test, on simulated data; the slow lane does the rest, and the first wholly."""


def lane(slow):
    """All components, some of them in the slow lane."""
    return pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] if name in slow else [])
                                            for name in COMPONENT])


def still(component, data, priors, raw):
    """Raw draws in which values that no named parameter depends on (of another form) are the same at all points."""
    found, named = raw.copy(deep=True), component.unpack(raw, data, priors)
    for key, values in raw.data_vars.items():
        for at in np.ndindex(values.shape[2:]):
            moved = raw.copy(deep=True)
            moved[key][(slice(None), slice(None), *at)] = 1.5
            if component.unpack(moved, data, priors).equals(named):
                found[key][(slice(None), slice(None), *at)] = 1.5
    return found


def both(name, data, changed=None):
    """Log densities of model and twin at a few points drawn from the prior."""
    component, priors = COMPONENT[name], priors_for(name)
    logp = component.model(data, priors).compile_logp(mode=PYTHON)
    raw = draw_raw(component, data, np.random.default_rng(11), draws=POINTS)
    if name.startswith(("frequency", "media")):
        raw = still(component, data, priors, raw)
    named = component.unpack(raw, data, priors)
    model, slow = [], []
    for at in range(POINTS):
        point = {str(key): values.to_numpy()[0, at] for key, values in raw.data_vars.items()}
        values = {str(key): values.to_numpy()[0, at] for key, values in named.data_vars.items() if "draw" in values.dims}
        values |= trends(component)
        slow.append(twin.log_prior(name, values) + twin.log_likelihood(name, data, values))
        model.append(float(logp(point)))
    return np.array(model), np.array(slow)


@lane(ALIKE + LONG)
def test_model_and_twin_differ_by_one_constant_on_the_panel(name):
    model, slow = both(name, data_of(name))
    assert np.ptp(model) > 10  # points that the density tells apart
    np.testing.assert_allclose(model - model[0], slow - slow[0], rtol=1e-9, atol=1e-7)


@lane(ALIKE + LONG[:1])
def test_model_and_twin_differ_by_one_constant_on_simulated_data(name):
    rng = np.random.default_rng(12)
    data = COMPONENT[name].simulate(data_of(name), draw_truth(COMPONENT[name], data_of(name), rng), rng)
    model, slow = both(name, data)
    np.testing.assert_allclose(model - model[0], slow - slow[0], rtol=1e-9, atol=1e-7)


@lane(ALIKE + LONG)
def test_the_twin_sees_every_parameter(name):
    """Negative control: moving any one parameter changes the twin, so an omission in either would show."""
    component, data = COMPONENT[name], data_of(name)
    truth = draw_truth(component, data, np.random.default_rng(13))

    def density(values):
        return twin.log_prior(name, values) + twin.log_likelihood(name, data, values)

    for key, values in truth.items():
        values = values + np.zeros(2) if key in trends(component) else values
        moved = truth | {key: (0.1 + values) * np.linspace(0.9, 1.0, values.size).reshape(values.shape) if values.ndim
                         else (0.1 + values) * 0.9}  # fmt: skip
        assert abs(density(moved) - density(truth)) > 1e-6, key
