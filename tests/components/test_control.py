"""Wrong assumptions: each changes what it says and nothing else, in the same shapes, so that nothing is compiled again."""

import numpy as np
import pytest

from forecast.components.control import narrower, other_persistence, shifted_phase, shifted_terms
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT
from tests.components.example import data_of, priors_for

every = pytest.mark.parametrize("name", COMPONENT)


@every
def test_a_component_names_its_controls_and_each_keeps_the_form(name):
    component, data, priors = COMPONENT[name], data_of(name), priors_for(name)
    controls = component.controls(priors)
    assert controls
    assert len({one.name for one in controls}) == len(controls)
    before = {key: values.copy() for key, values in data.array.items()}
    for one in controls:
        assert one.name.isalpha()
        found, assumed = one.assume(data, priors)
        assert {key: (v.shape, v.dtype) for key, v in found.array.items()} == {
            key: (v.shape, v.dtype) for key, v in data.array.items()}
        assert found.coord == data.coord
        changed = {key for key, values in data.array.items() if not np.array_equal(values, found.array[key])}
        changed |= {key for key, prior in priors.items() if assumed[key] != prior}
        assert len(changed) == 1, one.name
        assert not changed & set(component.observed)
        assert set(assumed) == set(priors)
    for key, values in data.array.items():
        np.testing.assert_array_equal(values, before[key])


def fixed(value):
    return Prior(distribution="fixed", value=value, reason="A value of the test.")


@pytest.mark.parametrize(("true", "assumed"), [(0.7, 0.5), (0.2, 0.0), (0.1, 0.3), (0.0, 0.2)])
def test_a_wrong_persistence_is_a_persistence(true, assumed):
    control = other_persistence("kept", {"kept": fixed(true)})
    assert control.assume(None, {"kept": fixed(true)})[1]["kept"].value == assumed
    assert control.told == f"a persistence of {assumed:g} assumed where {true:g} is true"


def test_the_years_of_a_term_move_on_by_one_and_its_last_becomes_its_first():
    data = ComponentData(array={"year": np.array([0, 1, 2, 3, 0])}, coord={"year": ("1", "2", "3", "4")})
    assert shifted_phase("year").assume(data, {})[0].array["year"].tolist() == [1, 2, 3, 0, 1]


def test_the_last_quarter_of_every_term_but_the_latest_goes_to_the_next():
    data = ComponentData(array={"term": np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2])}, coord={})
    assert shifted_terms().assume(data, {})[0].array["term"].tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]


def test_a_prior_is_narrowed_by_a_factor():
    prior = Prior(distribution="half_normal", sigma=0.8, reason="A value of the test.")
    assert narrower("scale").assume(None, {"scale": prior})[1]["scale"].sigma == pytest.approx(0.4)
