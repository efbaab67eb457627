"""Contacts of neighbours beside a dyad's own: models as the formula says, and the dyad's parameters as of a fit to it alone."""

from datetime import date
from functools import cache

import numpy as np
import pytest
from pytensor.compile.mode import Mode
from scipy.stats import norm

from forecast.components import neighbours
from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT
from forecast.contacts.region import region_of
from forecast.panel import load_panel
from forecast.panel.region import once_each
from forecast.posterior.posterior import draw_prior, draw_raw
from tests.components import twin
from tests.components.example import data_of, every_prior

NAMES = ("agenda", "effectiveness", "setting")
PREFIXES = {"agenda": ("",), "effectiveness": ("", "mechanism_"), "setting": ("",)}
DYADS = ("us_kz", "us_tm", "us_kg")
POINTS = 3
every = pytest.mark.parametrize("name", NAMES)


@cache
def panel():
    region = region_of(DYADS)
    return once_each(load_panel([region.folders[name] for name in DYADS], as_of=date(2021, 1, 20)), region)


@cache
def beside(name):
    return COMPONENT[name].data(panel())


def rows_of(data, chosen):
    """Data with some of the contacts alone."""
    axes = COMPONENT["agenda"].axes | COMPONENT["effectiveness"].axes | COMPONENT["setting"].axes
    array = {key: values[chosen] if axes[key][0] == "contact" else values for key, values in data.array.items()}
    return ComponentData(array=array, coord=data.coord)


SLOPES = {("effectiveness", ""): ("drift", "breadth"), ("effectiveness", "mechanism_"): ("drift",), ("setting", ""): ("drift",)}


def blocks(name):
    """Names of all departures."""
    return [f"{prefix}neighbour_{block}" for prefix in PREFIXES[name]
            for block in ("base", "type", "rank", "term", *SLOPES.get((name, prefix), ()))]


def departed(name, named, dyad, term, kind):
    """Parameters of a dyad in one term as a dyad alone would have them, all departures but those of ranks with the type."""
    if dyad == 0:
        return named
    found, place = dict(named), dyad - 1
    for prefix in PREFIXES[name]:
        effect = named[f"{prefix}type_effect"].copy()
        effect[kind] = (effect[kind] + named[f"{prefix}neighbour_base"][place] + named[f"{prefix}neighbour_type"][place, kind]
                        + named[f"{prefix}neighbour_term"][place, term])
        found[f"{prefix}type_effect"] = effect
        found[f"{prefix}rank_effect"] = named[f"{prefix}rank_effect"] + named[f"{prefix}neighbour_rank"][place]
        for slope in SLOPES.get((name, prefix), ()):
            found[f"{prefix}{slope}"] = named[f"{prefix}{slope}"] + named[f"{prefix}neighbour_{slope}"][place]
    if name == "setting":  # formats are learned from the dyad alone
        found |= {key: np.ones_like(named[key]) for key in ("visit_share", "remote_share")}
    return found


def log_likelihood(name, data, named):
    """Contacts of every dyad and term under the parameters that it has there."""
    total, place = 0.0, data.array[neighbours.ARRAY]
    for dyad in range(len(data.coord["dyad"])):
        for term, kind in enumerate(data.array["type_of_term"]):
            chosen = np.flatnonzero((place == dyad) & (data.array["term"] == term))
            if len(chosen):
                total += twin.log_likelihood(name, rows_of(data, chosen), departed(name, named, dyad, term, kind))
    return total


def log_prior(name, named, priors):
    """Of the dyad's own parameters, and of departures dyad by dyad."""
    total = twin.log_prior(name, named, {key: one for key, one in priors.items() if key not in departure_scales(name)})
    for prefix in PREFIXES[name]:
        level, departure = (named[f"{prefix}{scale}"] for scale in neighbours.SCALES)
        total += sum(norm.logpdf(abs(value), 0, priors[f"{prefix}{scale}"].sigma)
                     for scale, value in zip(neighbours.SCALES, (level, departure), strict=True))
        total += exchangeable("free", named[f"{prefix}neighbour_base"] / level, priors)
        for axis, tie in (("type", "tree"), ("rank", "zero_sum"), ("term", "free")):
            total += exchangeable(tie, named[f"{prefix}neighbour_{axis}"] / departure, priors)
        for slope in SLOPES.get((name, prefix), ()):
            total += exchangeable("free", named[f"{prefix}neighbour_{slope}"] / departure, priors)
    return total


def exchangeable(tie, effect, priors):
    """Differences of the parts of neighbours to that of the dyad: precision I - 11'/(n + 1), in whatever axes follow.

    x' (I - 11'/(n + 1)) x is the sum over neighbours of their squares, less that of their sum by n + 1.
    """
    fixed, number = {"type_correlation": priors["type_correlation"].value}, len(effect)
    return (sum(twin._log_effect(tie, one, fixed) - zero(tie, one, fixed) for one in np.atleast_2d(effect.T).T)
            - (twin._log_effect(tie, effect.sum(axis=0) / np.sqrt(number + 1), fixed)
               - zero(tie, effect[0], fixed)))


def zero(tie, like, fixed):
    """Log density at no departure, so that only squares count."""
    return twin._log_effect(tie, 0.0 * like, fixed)


def departure_scales(name):
    return {f"{prefix}{scale}" for prefix in PREFIXES[name] for scale in neighbours.SCALES}


def values_of(chains, at):
    return {str(key): values.to_numpy()[0, at] for key, values in chains.data_vars.items() if "draw" in values.dims}


@every
def test_the_model_and_a_sum_over_dyads_and_terms_differ_by_one_constant(name):
    component, data, priors = COMPONENT[name], beside(name), every_prior(name)
    logp = component.model(data, priors).compile_logp(mode=Mode(linker="py", optimizer=None))
    raw = draw_raw(component, data, priors, np.random.default_rng(11), chains=1, draws=POINTS)
    named = component.unpack(raw, data, priors)
    model = np.array([float(logp({str(key): values.to_numpy()[0, at] for key, values in raw.data_vars.items()}))
                      for at in range(POINTS)])
    points = [values_of(named, at) for at in range(POINTS)]
    slow = np.array([log_prior(name, one, priors) + log_likelihood(name, data, one) for one in points])
    assert np.ptp(model) > 10
    np.testing.assert_allclose(model - model[0], slow - slow[0], rtol=1e-9, atol=1e-6)


@every
def test_every_departure_moves_the_likelihood(name):
    """Negative control: a departure that played no part would be in neither."""
    data = beside(name)
    truth = values_of(draw_prior(COMPONENT[name], data, every_prior(name), np.random.default_rng(3), chains=1, draws=1), 0)
    before = log_likelihood(name, data, truth)
    for key in blocks(name):
        assert abs(log_likelihood(name, data, truth | {key: 2 * truth[key] + 0.5}) - before) > 1e-3, key


@every
def test_the_log_likelihood_of_single_contacts_sums_to_that_of_all(name):
    data = beside(name)
    drawn = draw_prior(COMPONENT[name], data, every_prior(name), np.random.default_rng(5), chains=1, draws=2)
    arrays = {str(key): values.to_numpy()[0] for key, values in drawn.data_vars.items() if "draw" in values.dims}
    each = COMPONENT[name].pointwise(data, arrays)
    for at in range(2):
        assert sum(one[at].sum() for one in each.values()) == pytest.approx(log_likelihood(name, data, values_of(drawn, at)))


@every
def test_the_dyad_that_is_forecast_has_what_a_fit_to_it_alone_has(name):
    component, data, alone = COMPONENT[name], beside(name), data_of(name)
    drawn = draw_prior(component, data, every_prior(name), np.random.default_rng(1), chains=2, draws=4)
    chains, coord = component.of_dyad(drawn, data.coord, "us_kz")
    priors = component.used(every_prior(name), alone.coord)
    own = draw_prior(component, alone, priors, np.random.default_rng(1), chains=2, draws=4)
    extra = {scale for scale in departure_scales(name) if scale in chains}
    assert set(chains.data_vars) - extra == set(own.data_vars)
    assert coord["dyad"] == ("us_kz",)
    assert set(coord) == set(alone.coord)
    for key in set(own.data_vars) & set(chains.data_vars):
        np.testing.assert_array_equal(chains[key].values, drawn[key].values)


@every
def test_a_dyad_alone_needs_no_scale_of_departures(name):
    component = COMPONENT[name]
    assert not departure_scales(name) & set(component.needed(data_of(name).coord))
    assert departure_scales(name) <= set(component.needed(beside(name).coord))
    assert neighbours.ARRAY not in data_of(name).array


def test_topics_of_neighbours_depart_and_those_of_the_dyad_do_not():
    data = beside("agenda")
    drawn = draw_prior(COMPONENT["agenda"], data, every_prior("agenda"), np.random.default_rng(3), chains=1, draws=1)
    truth = {key: np.zeros_like(value) for key, value in values_of(drawn, 0).items()}
    truth["base"] = np.full_like(truth["base"], -2.0)
    truth["neighbour_base"][1, 4] = 6.0
    found = COMPONENT["agenda"].simulate(data, truth, np.random.default_rng(4)).array["named"]
    share = [found[data.array[neighbours.ARRAY] == dyad].mean(axis=0) for dyad in range(3)]
    assert share[2][4] > 0.9
    assert max(share[0].max(), share[1].max(), np.delete(share[2], 4).max()) < 0.5


def test_formats_are_learned_from_the_dyad_alone():
    component, data = COMPONENT["setting"], beside("setting")
    drawn = draw_prior(component, data, every_prior("setting"), np.random.default_rng(5), chains=1, draws=2)
    arrays = {str(key): values.to_numpy()[0] for key, values in drawn.data_vars.items() if "draw" in values.dims}
    form, own = component.pointwise(data, arrays)["format"], data.array[neighbours.ARRAY] == 0
    assert not form[:, ~own].any()  # of no weight in leaving out, and in their place
    assert (form[:, own] < 0).any()


@every
def test_observations_name_the_dyad_of_a_neighbours_contact(name):
    data = beside(name)
    for names in COMPONENT[name].observations(data, panel()).values():
        assert len(set(names)) == len(names) == len(data.array["rank"])
        assert [not one.startswith(DYADS[1:]) for one in names] == (data.array[neighbours.ARRAY] == 0).tolist()


@every
def test_the_dyad_of_every_contact_is_that_of_its_row(name):
    table = panel().contact[panel().reported] if name == "agenda" else panel().contact
    assert [DYADS[place] for place in beside(name).array[neighbours.ARRAY]] == table["dyad"].tolist()


@every
def test_replicated_records_are_compared_with_the_dyads_own_contacts(name):
    data, table = beside(name), panel().contact
    alone = load_panel(region_of(DYADS).folders[DYADS[0]], as_of=panel().as_of)
    own = COMPONENT[name].data(alone)
    for family, same in zip(COMPONENT[name].families(data), COMPONENT[name].families(own), strict=True):
        np.testing.assert_array_equal(family.of(data.array), same.of(own.array))
        assert family.labels(data) == same.labels(own)
    assert len(table) > len(alone.contact)


@every
def test_simulated_contacts_depart_as_their_likelihood_says(name):
    """Parameters at which all contacts are nearly certain, dyad by dyad: simulated ones then have the likelihood of certainty."""
    data = beside(name)
    drawn = values_of(draw_prior(COMPONENT[name], data, every_prior(name), np.random.default_rng(8), chains=1, draws=1), 0)
    truth = {key: 6.0 * value if "neighbour_" in key and "scale" not in key else value for key, value in drawn.items()}
    made, wrong = ([log_likelihood(name, COMPONENT[name].simulate(data, one, np.random.default_rng(seed)), truth)
                    for seed in range(3)] for one in (truth, truth | {key: -truth[key] for key in blocks(name)}))
    assert min(made) > max(wrong) + 50
