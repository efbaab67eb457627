"""Projection of the registers: without shocks it continues the last term, and effects enter as they say."""

import numpy as np
import pytest

from forecast.components.protocol import Future
from forecast.components.registers import country_effects, log_rate, project
from tests.components.register_example import COMPONENT, draw_raw, priors, small, values_at

DRAWS = 4000


@pytest.fixture(scope="module")
def named():
    data = small()
    raw = draw_raw(data, np.random.default_rng(3))
    found = values_at(COMPONENT.unpack(raw, data, priors()), 0)
    return data, found | {"term_persistence": np.array(0.7)}


def repeated(named, **changed):
    """The same parameters in every draw."""
    return {name: np.broadcast_to(values, (DRAWS, *np.shape(values))) for name, values in (named | changed).items()}


def last_of(data):
    kind, person = (data.coord[name][data.array[f"{name}_of_term"][-1]] for name in ("type", "president"))
    return Future(president=person, type=kind, midpoint=np.zeros(4))


def test_country_effects_are_those_of_the_likelihood(named):
    data, one = named
    found = country_effects({name: np.asarray(values)[None] for name, values in one.items()}, data)[0]
    none = {name: np.zeros_like(one[name]) for name in ("term_level", "covid", "region_term", "region_type")}
    shared = log_rate(data, one | none)
    np.testing.assert_allclose(found, shared[:, :, 0])


def test_without_shocks_the_last_term_goes_on(named):
    """A persistence of one and no steps: the log rate of the last period outside COVID-19."""
    data, one = named
    quiet = {"walk_scale": np.array(0.0), "region_term_scale": np.array(0.0), "term_persistence": np.array(1.0)}
    rate, size = project(repeated(one, **quiet), data, last_of(data), np.random.default_rng(0))
    calm = np.flatnonzero(data.array["covid"] == 0)[-1]
    np.testing.assert_allclose(rate[0], log_rate(data, one)[:, :, calm], atol=1e-10)
    np.testing.assert_allclose(rate, np.broadcast_to(rate[:1], rate.shape))
    np.testing.assert_allclose(size[0], [one[f"overdispersion_{name}"] ** -2 for name in ("president", "secretary", "visit")])


def test_shocks_have_the_stated_sizes(named):
    data, one = named
    rate, _ = project(repeated(one), data, last_of(data), np.random.default_rng(1))
    own = one["walk_scale"] ** 2 + one["region_term_scale"] ** 2 * (1 - 0.7**2)
    assert rate.var(axis=0).mean() == pytest.approx(own, rel=0.1)


def test_a_new_president_is_a_fresh_draw_and_types_shift(named):
    data, one = named
    new = Future(president="Nobody", type=data.coord["type"][0], midpoint=np.zeros(4))
    rate, _ = project(repeated(one), data, new, np.random.default_rng(2))
    own = one["walk_scale"] ** 2 + one["region_term_scale"] ** 2 * (1 - 0.7**2) + one["president_scale"] ** 2
    assert rate.var(axis=0).mean() == pytest.approx(own, rel=0.1)
    other = Future(president="Nobody", type=data.coord["type"][1], midpoint=np.zeros(4))
    again, _ = project(repeated(one), data, other, np.random.default_rng(2))
    shift = one["type_effect"][1] - one["type_effect"][0]
    region = (one["region_type"][:, 1] - one["region_type"][:, 0])[data.array["region_of_country"]]
    np.testing.assert_allclose((again - rate)[0], shift + region[:, None], atol=1e-10)
