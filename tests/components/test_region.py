"""Contact frequency of several dyads in one fit: counted once, the model as its formula says, and each dyad as if alone."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
import xarray as xr
from pytensor.compile.mode import Mode
from scipy.stats import norm

from forecast import shipped
from forecast.components.frequency.formulations import contact_cells
from forecast.components.frequency.region import with_shared
from forecast.components.protocol import ComponentData, Future
from forecast.components.registry import CONTACTS, POOL
from forecast.panel import load_panel
from forecast.panel.region import shared_rows, with_common_unit
from forecast.posterior.posterior import draw_prior, draw_raw
from tests.components.example import priors_for

FORMS = tuple(member.name for member in POOL[CONTACTS].members)
MEMBER = {member.name: member for member in POOL[CONTACTS].members}
DYADS = ("us_kz", "us_tm")
UNIT = "both"
every = pytest.mark.parametrize("name", FORMS)


@cache
def two():
    return load_panel([shipped.dyad(name) for name in DYADS], as_of=date(2017, 6, 30))


@cache
def panel():
    return with_common_unit(two(), UNIT)


@cache
def data_of(name):
    return MEMBER[name].data(panel())


@cache
def drawn(name, draws=6):
    rng = np.random.default_rng(3)
    return draw_prior(MEMBER[name], data_of(name), priors_for(name), rng, chains=1, draws=draws)


def arrays(chains):
    return {str(name): values.to_numpy()[0] if "draw" in values.dims else values.to_numpy()
            for name, values in chains.data_vars.items()}


def test_every_occasion_is_counted_once():
    before, after = two().contact, panel().contact
    common = before[shared_rows(before)]
    assert common["occasion_id"].nunique() > 3
    assert (common.groupby("occasion_id")["dyad"].nunique() == 2).all()
    assert len(after) == len(before) - len(common) + common["occasion_id"].nunique() == int(panel().count.sum())
    assert (after["dyad"] == UNIT).sum() == common["occasion_id"].nunique()
    assert panel().dyad == (*DYADS, UNIT)
    assert panel().month_count.sum() == len(after) == len(panel().topic) == len(panel().pages)


def test_the_common_unit_is_observed_from_its_first_occasion_on():
    first = panel().contact.loc[panel().contact["dyad"] == UNIT, "date"].min()
    exposure = panel().exposure.sel(dyad=UNIT).to_numpy()
    before = panel().year["end"] <= first
    assert before.any()
    assert (exposure[before] < 1e-8).all()
    assert exposure[~before].sum() == pytest.approx((np.datetime64("2017-07-01") - first.to_datetime64())
                                                    / np.timedelta64(1, "D") / 365.25, abs=0.01)


def test_pages_stay_with_their_contacts():
    def of(one):
        found = one.media.assign(id=one.contact["id"].to_numpy()[one.media["contact"]])
        return sorted(zip(found["id"], found["outlet"], strict=True))
    kept = set(panel().contact["id"])
    assert of(panel()) == [row for row in of(two()) if row[0] in kept]


def test_without_a_common_occasion_nothing_changes():
    apart = replace(two(), contact=two().contact.assign(occasion_id=""))
    found = with_common_unit(apart, UNIT)
    assert found.dyad == DYADS
    assert not found.shared
    assert found.attended.tolist() == [1, 1]


@every
def test_the_model_is_the_formula_of_its_cells(name):
    """PyMC's graph against the plain NumPy of the cells, up to a constant, at points drawn from the prior."""
    member, data, priors = MEMBER[name], data_of(name), priors_for(name)
    if member.lacking(panel()):
        pytest.skip("the record does not allow this formulation")
    raw = draw_raw(member, data, priors, np.random.default_rng(1), draws=5)
    logp = member.model(data, priors).compile_logp(mode=Mode(linker="py", optimizer=None))
    points = [{str(key): values.to_numpy()[0, at] for key, values in raw.data_vars.items()} for at in range(5)]
    model = np.array([float(logp(one)) - sum(norm.logpdf(values).sum() for values in one.values()) for one in points])
    named = arrays(member.unpack(raw, data, priors))
    slow = _log_likelihood(member, data, named, priors)
    assert np.ptp(model) > 10
    np.testing.assert_allclose(model - model[0], slow - slow[0], rtol=1e-7, atol=1e-5)


def _log_likelihood(member, data, named, priors):
    found = member.pointwise(data, named)
    power = member.powers(data, priors)
    return sum((values * power.get(quantity, 1.0)).sum(axis=1) for quantity, values in found.items())


@every
def test_cells_of_a_dyad_are_those_of_its_own_parameters(name):
    """A fit to several, seen from one dyad, has the form of a fit to that dyad alone, and the same rates."""
    member, data, chains = MEMBER[name], data_of(name), drawn(name)
    together, _ = contact_cells(member.form, data.array, arrays(chains))
    for place, dyad in enumerate(data.coord["dyad"]):
        own, coord = member.of_dyad(chains, data.coord, dyad)
        alone = data.array | {"count": data.array["count"][[place]], "exposure": data.array["exposure"][[place]]}
        mean, _ = contact_cells(member.form, alone, arrays(own))
        assert coord["dyad"] == (dyad,)
        np.testing.assert_allclose(mean[:, 0], together[:, place], rtol=1e-9)


def test_dyads_differ_in_what_is_their_own_and_agree_in_the_rest():
    chains, data = drawn("frequency_drift"), data_of("frequency_drift")
    first, second = (MEMBER["frequency_drift"].of_dyad(chains, data.coord, dyad)[0] for dyad in DYADS)
    for name in ("base", "type_effect", "president_effect", "term_level", "term_scale", "drift"):
        assert not np.allclose(first[name], second[name]), name
    for name in ("phase", "term_rank_level", "overdispersion", "drift_lower", "season"):
        xr.testing.assert_equal(first[name], second[name])


def normals(seed):
    def shocks(name, *shape):
        return np.random.default_rng([seed, *name.encode()]).standard_normal((COUNT, *shape))
    return shocks


COUNT = 4000
FUTURE = Future(president="Nobody", type="democratic", midpoint=np.array([2017.5, 2018.5, 2019.5, 2020.5]))


def projected(dyad, shocks):
    """Log rates of a dyad alone and with the occasions that it shares, all from one draw."""
    member, data = MEMBER["frequency_drift"], data_of("frequency_drift")
    one = drawn("frequency_drift").isel(draw=[0])
    chains, coord = member.of_dyad(one, data.coord, dyad)

    def take(name):
        values = chains[name]
        row = values.to_numpy()[0] if "draw" in values.dims else values.to_numpy()[None]
        return np.repeat(row, COUNT, axis=0)
    apart = {name: labels for name, labels in coord.items() if name != "shared"}
    return (member.project(take, apart, FUTURE, shocks), member.project(take, coord, FUTURE, shocks),
            {name: values.to_numpy() for name, values in chains.data_vars.items()})


def test_a_projection_adds_the_occasions_that_the_dyad_attends():
    own, both, named = projected("us_kz", normals(1))
    extra = np.exp(both["log_rate"]) - np.exp(own["log_rate"])
    assert (extra > 0).all()
    unit, _, _ = projected(UNIT, normals(1))
    np.testing.assert_allclose(extra, float(named["attended"]) * np.exp(unit["log_rate"]), rtol=1e-6)


def test_levels_of_the_coming_term_have_their_scale_and_their_correlation():
    (first, _, named), (second, _, _) = projected("us_kz", normals(2)), projected("us_tm", normals(2))
    fixed, _, _ = projected("us_kz", lambda name, *shape: normals(2)(name, *shape) if not name.startswith("frequency/term/")
                            and name != "frequency/term" else np.zeros((COUNT, *shape)))
    still, _, _ = projected("us_tm", lambda name, *shape: normals(2)(name, *shape) if not name.startswith("frequency/term/")
                            and name != "frequency/term" else np.zeros((COUNT, *shape)))
    level = (first["log_rate"] - fixed["log_rate"])[:, 0, 0]
    other = (second["log_rate"] - still["log_rate"])[:, 0, 0]
    persistence, correlation = (float(named[name]) for name in ("term_persistence", "dyad_correlation"))
    scale = named["term_scale"][0, 0] * np.sqrt(1 - persistence**2)
    assert level.std() == pytest.approx(scale, rel=4 / np.sqrt(2 * COUNT))
    assert np.corrcoef(level, other)[0, 1] == pytest.approx(correlation, abs=4 * (1 - correlation**2) / np.sqrt(COUNT))


def test_two_negative_binomials_are_added_by_their_moments():
    rng, many = np.random.default_rng(4), 400_000
    one = {"log_rate": np.log(np.full((1, 1, 1), 6.0)), "dispersion": np.full((1, 1, 1), 3.0)}
    two = {"log_rate": np.log(np.full((1, 1, 1), 2.5)), "dispersion": np.full((1, 1, 1), 1.5)}
    found = with_shared(one, two, np.array([0.8]))
    mean, size = np.exp(found["log_rate"].item()), found["dispersion"].item()
    total = rng.poisson(rng.gamma(3, 6 / 3, many)) + rng.poisson(0.8 * rng.gamma(1.5, 2.5 / 1.5, many))
    assert mean == pytest.approx(8.0)
    assert mean == pytest.approx(total.mean(), abs=4 * total.std() / np.sqrt(many))
    assert mean + mean**2 / size == pytest.approx(total.var(), rel=4 * np.sqrt(4 / many))  # kurtosis of these counts is below 5


def test_simulated_records_have_the_expected_counts():
    member, data = MEMBER["frequency_drift"], data_of("frequency_drift")
    truth = {name: values[0] if np.ndim(values) and len(values) == 6 and name != "attended" else values
             for name, values in arrays(drawn("frequency_drift")).items()}
    mean, size = contact_cells(member.form, data.array, truth)
    rng = np.random.default_rng(5)
    count = np.array([member.simulate(data, truth, rng).array["count"].sum(axis=(1, 2)) for _ in range(300)])
    variance = (mean + mean**2 / size).sum(axis=(1, 2))
    assert np.all(np.abs(count.mean(axis=0) - mean.sum(axis=(1, 2))) < 4.5 * np.sqrt(variance / 300))


def test_one_dyad_is_seen_as_it_is():
    member = MEMBER["frequency_drift"]
    data = member.data(load_panel(shipped.dyad("us_tm"), as_of=date(2012, 1, 1)))
    chains = draw_prior(member, data, priors_for("frequency_drift"), np.random.default_rng(1), draws=3)
    found, coord = member.of_dyad(chains, data.coord, "us_tm")
    assert found is chains
    assert coord == dict(data.coord)
    assert not {"dyad_response", "dyad_type_effect"} & set(chains.data_vars)
    assert isinstance(data, ComponentData)
