"""What a benchmark refits is simulated at a draw of the fit, whatever the prior fixes."""

import numpy as np
import pytest

from benchmarks.data import given
from benchmarks.one import last_draw
from forecast.posterior.posterior import draw_prior


@pytest.mark.parametrize("name", ["media", "effectiveness"])
def test_a_record_is_simulated_at_the_last_draw(name):
    component, data, priors, _ = given(name)
    drawn = draw_prior(component, data, component.used(priors, data.coord), np.random.default_rng(3), draws=2)
    found = component.simulate(data, last_draw(drawn), np.random.default_rng(1))
    assert (found.array.keys(), found.coord) == (data.array.keys(), data.coord)
    assert any("draw" not in values.dims for values in drawn.data_vars.values())  # what is fixed, without which nothing is drawn
