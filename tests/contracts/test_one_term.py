"""A record of one term, as a young relation has it: nothing has levels between terms, and everything must go on without them."""

from datetime import date

import numpy as np
import pytest

from forecast import shipped
from forecast.components.protocol import Future
from forecast.components.registry import COMPONENT, CONTACTS, POOL
from forecast.panel import load_panel
from forecast.posterior.attempt import Count, term_scores
from forecast.posterior.groups import rows, scalars
from forecast.posterior.pool import stacking_weights
from forecast.posterior.posterior import Posterior, draw_prior
from forecast.posterior.sampler import SamplerSettings
from tests.components.example import PASSED, SeededShocks, every_prior

COUNT = 12
NEXT = Future(president="Clinton", type="democratic", midpoint=np.arange(1993.55, 1997))


@pytest.fixture(scope="module")
def panel():
    found = load_panel(shipped.dyad("us_kz"), as_of=date(1992, 6, 30))
    assert len(found.administration) == 1
    assert len(found.contact) > 0
    return found


def drawn(name, panel):
    component, rng = COMPONENT[name], np.random.default_rng(4)
    if component.lacking(panel):
        pytest.skip("the record does not allow this component")
    data = component.data(panel)
    return component, data, draw_prior(component, data, every_prior(name), rng, chains=2, draws=6)


@pytest.mark.parametrize("name", COMPONENT)
def test_draws_are_named_read_and_compared_with_the_record(name, panel):
    component, data, chains = drawn(name, panel)
    every = rows(chains)
    assert {len(values) for values in every.values() if values.ndim} == {COUNT}
    assert all(np.isfinite(values).all() for values in every.values())
    assert scalars(chains, data.coord)
    for key, values in component.pointwise(data, every).items():
        assert values.shape[0] == COUNT, key
        assert np.isfinite(values).all(), key
    truth = {key: values[0] if values.ndim else values for key, values in every.items()}
    again = component.simulate(data, truth, np.random.default_rng(1))
    assert {key: values.ndim for key, values in again.array.items()} == {key: values.ndim for key, values in data.array.items()}


@pytest.mark.parametrize("name", [name for name, one in COMPONENT.items() if hasattr(one, "project")])
def test_the_next_term_is_projected(name, panel):
    component, data, chains = drawn(name, panel)
    posterior = Posterior(component=name, key="prior", chains=chains, coord=data.coord, gates=PASSED, reused=False)
    found = component.project(posterior.taker().at(slice(0, COUNT)), data.coord, NEXT, SeededShocks(COUNT, 3))
    assert found
    assert all(len(values) == COUNT and np.isfinite(values).all() for values in found.values())


@pytest.mark.parametrize("as_of", [date(1992, 6, 30), date(1996, 11, 4)])
@pytest.mark.parametrize("name", [one.name for one in POOL[CONTACTS].members])
def test_where_no_term_can_be_forecast_from_two_before_it_no_formulation_has_a_score(name, as_of):
    component, panel = COMPONENT[name], load_panel(shipped.dyad("us_kz"), as_of=as_of)
    if component.lacking(panel):
        pytest.skip("the record does not allow this component")
    data, settings = component.data(panel), SamplerSettings()
    found = term_scores(None, component, data, every_prior(name), settings, Count(None, component, data, settings))
    assert set(found) == {"term_score", "term_score_error", "term_score_rhat"}
    assert all(one.dims == ("term",) and one.size == len(data.coord["term"]) and one.isnull().all() for one in found.values())
    assert stacking_weights(np.array([found["term_score"]] * 3)) == pytest.approx([1 / 3] * 3)
