"""What the engine and the cache rely on, checked for every component of the registry."""

import re
from dataclasses import fields
from inspect import getdoc

import numpy as np
import pytest
from ruamel.yaml import YAML

from forecast.components.priors import SUPPORT, UNDRAWN
from forecast.components.protocol import Future, PathParameters
from forecast.components.registry import COMPONENT, PROJECTING, RECORDING, needs
from forecast.posterior.sampler import SamplerSettings
from forecast.posterior.store import identity
from tests.components.example import (
    DEFAULT,
    SeededShocks,
    data_of,
    draw_raw,
    draw_truth,
    panel,
    priors_for,
    projecting_posterior,
    scale_names,
)

PATHS = slice(13, 60)  # more than the 40 draws of the posterior
COUNT = PATHS.stop - PATHS.start
MIDPOINT = np.arange(2025.55, 2029)
TRUMP = Future(president="Trump", type="republican_trumpist", midpoint=MIDPOINT)
HARRIS = Future(president="Harris", type="democratic", midpoint=MIDPOINT)
SIZE = {"mechanism": 2, "direction": 4, "format": 5,
        "path": COUNT, "rank": 6, "topic": 15, "side": 2, "year_of_term": 4, "month_of_year": 12}

every = pytest.mark.parametrize("name", COMPONENT)
governed = pytest.mark.parametrize("name", [name for name, one in COMPONENT.items() if one.governed])
ASKED = [name for name, one in PROJECTING.items() if one.role]
"""What the engine asks, in the terms of PathParameters; the projection of any other has quantities and streams of its own."""
projecting = pytest.mark.parametrize("name", PROJECTING)
asked = pytest.mark.parametrize("name", ASKED)
governing = pytest.mark.parametrize("name", [name for name in PROJECTING if name != RECORDING])
asked_of_who_governs = pytest.mark.parametrize("name", [name for name in ASKED if name != RECORDING])
either = pytest.mark.parametrize("future", [TRUMP, HARRIS], ids=["known president", "unknown president"])


def documented_shapes() -> dict[str, tuple[int, ...]]:
    """Fields and shapes as the docstring of PathParameters states them."""
    found = {}
    for names, axes in re.findall(r"^(\w[\w, ]*) : \(([\w, ]+)\)$", getdoc(PathParameters), re.MULTILINE):
        shape = tuple(SIZE.get(axis) or int(axis) for axis in re.split(r",\s*", axes.rstrip(", ")))
        found |= dict.fromkeys(re.split(r",\s*", names), shape)
    return found


def projected(name: str, future: Future, seed: int = 3):
    posterior, shocks = projecting_posterior(name), SeededShocks(COUNT, seed)
    return PROJECTING[name].project(posterior.taker().at(PATHS), posterior.coord, future, shocks), shocks


@every
def test_the_registry_knows_each_component_by_its_own_name(name):
    assert COMPONENT[name].name == name


def test_the_default_priors_are_exactly_the_declared_needs():
    content = YAML(typ="safe").load(DEFAULT.read_text(encoding="utf-8"))["component"]
    assert {name: set(part) for name, part in content.items()} == {
        name: set(part) for name, part in needs().items()
    }


@every
def test_needs_have_known_supports_and_scales_and_assumptions_are_among_them(name):
    component = COMPONENT[name]
    assert set(component.needs.values()) <= set(SUPPORT)
    assert set(component.assumed) <= set(component.needs)
    needed = component.needed(data_of(name).coord)
    positive = {item for item, support in needed.items() if support in ("positive", "deviation")}
    assert set(scale_names(component)) == positive - set(component.assumed)


@every
def test_effort_departs_only_in_settings_that_exist(name):
    assert set(COMPONENT[name].effort) <= set(SamplerSettings().as_dict()) - {"seed"}


@every
def test_data_are_plain_finite_arrays_that_can_be_identified(name):
    data = COMPONENT[name].data(panel())
    for key, values in data.array.items():
        assert values.dtype in (np.dtype(np.int64), np.dtype(float)), key
        assert np.isfinite(values).all(), key
    assert all(isinstance(label, str) for labels in data.coord.values() for label in labels)
    again = identity(name, COMPONENT[name].data(panel()), priors_for(name), SamplerSettings())
    assert again == identity(name, data, priors_for(name), SamplerSettings())


@governed
def test_data_hold_no_contact_of_the_forecast_term(name):
    terms = [values for key, values in data_of(name).array.items() if key == "term"]
    assert terms or (name in PROJECTING and name not in ASKED)
    assert all(values.max() < len(data_of(name).coord["term"]) for values in terms)
    assert data_of(name).coord["term"][-1] == "Biden"


@every
def test_unpack_names_every_parameter_and_labels_every_known_axis(name):
    component, data = COMPONENT[name], data_of(name)
    raw = draw_raw(component, data, np.random.default_rng(1), chains=2, draws=3)
    named = component.unpack(raw, data, priors_for(name))
    constant = {item for item, support in component.needs.items() if support in UNDRAWN}
    constant |= {item for item, prior in priors_for(name).items() if prior.distribution.startswith("fixed")}
    assert set(component.needed(data.coord)) - set(component.assumed) - constant <= set(named.data_vars)
    for key, values in named.data_vars.items():
        if not values.dims:  # a constant of the data that the projection needs
            assert key not in component.needs, key
            assert np.isfinite(values), key
            continue
        assert values.dims[:2] == ("chain", "draw"), key
        assert values.shape[:2] == (2, 3), key
        assert np.isfinite(values).all(), key
    known = set(named.dims) & set(data.coord)
    assert {axis: named.sizes[axis] for axis in known} == {axis: len(data.coord[axis]) for axis in known}
    assert set(named.dims) - {"chain", "draw"} - known <= {"earlier_term", "pair"}


@projecting
@either
def test_projection_is_finite_and_has_the_documented_shapes(name, future):
    fields_of, _ = projected(name, future)
    shapes = documented_shapes()
    documented = shapes if name in ASKED else {key: (COUNT, *np.shape(values)[1:]) for key, values in fields_of.items()}
    assert fields_of
    assert {key: np.shape(values) for key, values in fields_of.items()} == {key: documented[key] for key in fields_of}
    assert all(np.isfinite(values).all() for values in fields_of.values())


def test_what_the_engine_does_not_ask_has_names_of_its_own():
    """A field of PathParameters that two components state would be that of either."""
    others = [key for name in PROJECTING if name not in ASKED for key in projected(name, TRUMP)[0]]
    assert set(others).isdisjoint(documented_shapes())


def test_projections_together_are_exactly_the_path_parameters():
    given = [key for name in ASKED for key in projected(name, TRUMP)[0]]
    assert sorted(given) == sorted(field.name for field in fields(PathParameters))
    assert sorted(given) == sorted(documented_shapes())
    PathParameters(**{key: values for name in ASKED for key, values in projected(name, TRUMP)[0].items()})


@either
def test_projected_values_respect_their_meaning(future):
    path = PathParameters(**{key: v for name in ASKED for key, v in projected(name, future)[0].items()})
    np.testing.assert_allclose(path.season.mean(axis=1), 1.0, rtol=1e-12)
    assert (path.season > 0).all()
    assert (np.diff(path.outcome_cut, axis=-1) > 0).all()
    assert (np.diff(path.tone_cut, axis=-1) > 0).all()
    assert min(path.dispersion.min(), path.pages_dispersion.min(), path.breadth_sd.min()) > 0
    assert ((path.state_persistence > 0) & (path.state_persistence < 1)).all()
    assert (path.state_loading >= 0).all()


@projecting
@either
def test_same_shocks_and_administration_give_identical_arrays(name, future):
    one, two = projected(name, future)[0], projected(name, future)[0]
    for key, values in one.items():
        np.testing.assert_array_equal(values, two[key], err_msg=key)


@governing
def test_other_administrations_give_other_arrays(name):
    one, trump = projected(name, HARRIS)[0], projected(name, TRUMP)[0]
    assert any((one[key] != trump[key]).any() for key in one)


@asked_of_who_governs
def test_other_shocks_give_other_arrays(name):
    one, shocks = projected(name, HARRIS)
    other = projected(name, HARRIS, seed=4)[0]
    assert shocks.asked, "an unknown president must draw a shock"
    assert any((one[key] != other[key]).any() for key in one)


@governing
def test_shocks_are_named_after_the_component(name):
    _, shocks = projected(name, HARRIS)
    assert {stream.split("/")[0] for stream in shocks.asked} <= {name}
    assert shocks.asked or name not in ASKED


@asked_of_who_governs
def test_a_known_president_needs_no_fresh_effect(name):
    _, known = projected(name, TRUMP)
    _, unknown = projected(name, HARRIS)
    assert not [stream for stream in known.asked if stream.endswith("president")]
    assert [stream for stream in unknown.asked if stream.endswith("president")]


@projecting
def test_projection_takes_the_draw_of_each_path(name):
    """Paths 13 and 53 share draw 13 of 40; their arrays differ by shocks only, so without shocks not at all."""
    posterior = projecting_posterior(name)
    found = PROJECTING[name].project(posterior.taker().at(PATHS), posterior.coord, TRUMP,
                                    lambda stream, *shape: np.zeros((COUNT, *shape)))  # fmt: skip
    for key, values in found.items():
        np.testing.assert_array_equal(values[0], values[40], err_msg=key)
        assert (values[0] != values[1]).any(), key


@every
def test_simulation_keeps_the_form_and_changes_exactly_the_observed(name):
    component, data = COMPONENT[name], data_of(name)
    rng = np.random.default_rng(2)
    found = component.simulate(data, draw_truth(component, data, rng), rng)
    assert found.coord == data.coord
    assert set(found.array) == set(data.array)
    changed = {key for key in data.array if not np.array_equal(found.array[key], data.array[key])}
    assert changed == set(component.observed)
    for key in changed:
        old, new = data.array[key], found.array[key]
        assert (new.dtype, new.ndim, new.shape[1:]) == (old.dtype, old.ndim, old.shape[1:]), key
        assert new.min() >= 0, key


@every
def test_simulation_does_not_touch_its_input_and_follows_its_seed(name):
    component, data = COMPONENT[name], data_of(name)
    before = {key: values.copy() for key, values in data.array.items()}
    truth = draw_truth(component, data, np.random.default_rng(2))
    one, two, other = (component.simulate(data, truth, np.random.default_rng(seed)) for seed in (7, 7, 8))
    for key, values in data.array.items():
        np.testing.assert_array_equal(values, before[key])
    for key in component.observed:
        np.testing.assert_array_equal(one.array[key], two.array[key])
    assert any(not np.array_equal(one.array[key], other.array[key]) for key in component.observed)


SHARES = {"agenda": ("mix", "topic"), "effectiveness": ("share", "outcome"), "setting": ("share", "direction")}


@governing
def test_profiles_have_draws_and_types_and_shares_sum_to_one(name):
    posterior = projecting_posterior(name)
    found = PROJECTING[name].profile(posterior.draws)
    for key, values in found.data_vars.items():
        assert values.dims[0] == "draw", key
        assert "type" in values.dims, key
        assert values.sizes["draw"] == 40, key
        assert np.isfinite(values).all(), key
    if name in SHARES:
        variable, axis = SHARES[name]
        assert (found[variable] >= 0).all()
        np.testing.assert_allclose(found[variable].sum(axis), 1.0, rtol=1e-12)
    if name == "media":
        assert (abs(found["tone"]) <= 1).all()
        assert (found["pages"] > 0).all()
