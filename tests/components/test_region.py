"""Contact frequency of several dyads in one fit: counted once, the model as its formula says, and each dyad as if alone."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
import xarray as xr
from pytensor.compile.mode import Mode
from scipy.stats import beta, nbinom, norm

from forecast import shipped
from forecast.components.frequency.formulations import contact_cells, end_of
from forecast.components.frequency.region import with_shared
from forecast.components.priors import UNDRAWN
from forecast.components.protocol import ComponentData, Future
from forecast.components.registry import CONTACTS, POOL
from forecast.panel import load_panel
from forecast.panel.region import shared_rows, with_common_unit
from forecast.posterior.posterior import draw_prior, draw_raw
from tests.components.example import every_prior

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
    return draw_prior(MEMBER[name], data_of(name), every_prior(name), rng, chains=1, draws=draws)


def arrays(chains):
    return {str(name): values.to_numpy()[0] if "draw" in values.dims else values.to_numpy()
            for name, values in chains.data_vars.items()}


def test_every_occasion_is_counted_once_and_the_first_by_its_dyads():
    before, after = two().contact, panel().contact
    common = before[shared_rows(before)]
    common = common[common["occasion_id"] != common.loc[common["date"].idxmin(), "occasion_id"]]
    assert common["occasion_id"].nunique() >= 3
    assert (common.groupby("occasion_id")["dyad"].nunique() == 2).all()
    assert len(after) == len(before) - len(common) + common["occasion_id"].nunique() == int(panel().count.sum())
    assert (after["dyad"] == UNIT).sum() == common["occasion_id"].nunique()
    assert panel().dyad == (*DYADS, UNIT)
    assert panel().month_count.sum() == len(after) == len(panel().topic) == len(panel().pages)


def test_the_common_unit_is_observed_from_the_day_after_its_first_occasion_on():
    first = two().contact.loc[shared_rows(two().contact), "date"].min() + np.timedelta64(1, "D")
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
    assert found.attended.shape == (2, len(found.administration), 2)
    assert not found.attended.any()


@every
def test_the_model_is_the_formula_of_its_cells(name):
    """PyMC's graph against the plain NumPy of the cells, up to a constant, at points drawn from the prior."""
    member, data, priors = MEMBER[name], data_of(name), every_prior(name)
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
    for place, dyad in enumerate(data.coord["record"]):
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


def projected_unit(shocks):
    """The occasions that all share, from the parameters that stand beside those of a dyad."""
    member, data = MEMBER["frequency_drift"], data_of("frequency_drift")
    chains, coord = member.of_dyad(drawn("frequency_drift").isel(draw=[0]), data.coord, "us_tm")

    def take(name):
        values = chains[f"shared/{name}" if f"shared/{name}" in chains else name]
        row = values.to_numpy()[0] if "draw" in values.dims else values.to_numpy()[None]
        return np.repeat(row, COUNT, axis=0)
    apart = {name: labels for name, labels in coord.items() if name != "shared"} | {"dyad": (UNIT,)}
    return member.project(take, apart, FUTURE, shocks)


def test_a_projection_adds_the_occasions_that_the_dyad_attends():
    own, both, named = projected("us_tm", normals(1))
    extra = np.exp(both["log_rate"]) - np.exp(own["log_rate"])
    assert (extra > 0).all()
    unit = projected_unit(normals(1))
    share = extra / np.exp(unit["log_rate"])
    np.testing.assert_allclose(share, share[:, :1, :1] * np.ones_like(share), rtol=1e-9)
    yes, no = named["attended"]
    expected = beta(yes + 0.5, no + 0.5)
    assert share[:, 0, 0].mean() == pytest.approx(expected.mean(), abs=4 * expected.std() / np.sqrt(COUNT))
    assert share[:, 0, 0].std() == pytest.approx(expected.std(), rel=0.1)


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
    chains = drawn("frequency_drift").isel(draw=0)
    truth = {str(name): values.to_numpy()[0] if "chain" in values.dims else values.to_numpy() for name, values in chains.items()}
    mean, size = contact_cells(member.form, data.array, truth)
    rng = np.random.default_rng(5)
    count = np.array([member.simulate(data, truth, rng).array["count"].sum(axis=(1, 2)) for _ in range(300)])
    variance = (mean + mean**2 / size).sum(axis=(1, 2))
    assert np.all(np.abs(count.mean(axis=0) - mean.sum(axis=(1, 2))) < 4.5 * np.sqrt(variance / 300))


def scored(name="frequency_drift", back=1, **array):
    """Scores of a term from the end of the record, (score, data, draws, term, cells expected without holding anything out)."""
    member, chains = MEMBER[name], drawn(name)
    data = replace(data_of(name), array={**data_of(name).array, **array})
    term = len(data.coord["term"]) - back
    named = {str(key): values.to_numpy() for key, values in chains.data_vars.items() if "draw" in values.dims}
    cells = contact_cells(member.form, data.array, named | {"trend_end": np.asarray(end_of(data.array, before=term))})
    within = data.array["term"] == term
    return member.term_density(data, named, term), data, term, [values[..., within] for values in cells]


def log_mass(count, mean, size):
    return nbinom.logpmf(count, size, size / (size + mean))


def test_the_score_of_a_term_is_that_of_each_record_with_what_it_shares():
    """By hand: moments of the dyad's own and shared counts, and its whole record."""
    found, data, term, (mean, size) = scored()
    assert found["term_score"].shape == (1, 6, len(DYADS))
    yes, no = data.array["attended"][1, :term].sum(axis=0)
    assert yes > 0
    extra = (yes + 0.5) / (yes + no + 1) * mean[0, 2, 2]
    whole = mean[0, 2, 1] + extra
    spread = whole**2 / (mean[0, 2, 1] ** 2 / size[0, 2, 1] + extra**2 / size[0, 2, 2])
    happened = two().count.to_numpy()[1][:, data.array["term"] == term]
    assert found["term_score"][0, 2, 1] == pytest.approx(log_mass(happened, whole, spread).sum(), rel=1e-9)


def test_all_records_together_count_an_occasion_once():
    whole = data_of("frequency_drift").array["count"].copy()
    whole[-1, 0, -1] = 2  # two in the unit, of which the records that attended have each
    found, data, term, (mean, size) = scored(count=whole)
    count = data.array["count"][..., data.array["term"] == term]
    assert found["term_score_together"].shape == (1, 6)
    np.testing.assert_allclose(found["term_score_together"], log_mass(count, mean, size).sum(axis=(-1, -2, -3)), rtol=1e-9)
    assert (np.abs(found["term_score_together"] - found["term_score"].sum(axis=-1)) > 0.01).all()  # negative control


def test_before_their_first_common_occasion_dyads_are_scored_apart():
    found, data, term, (mean, size) = scored(back=2)
    assert not data.array["attended"][:, :term].any()
    assert data.array["attended"][:, term].any()
    happened = two().count.to_numpy()[..., data.array["term"] == term]
    by_hand = log_mass(happened, mean[..., :2, :, :], size[..., :2, :, :]).sum(axis=(-1, -2))
    np.testing.assert_allclose(found["term_score"], by_hand, rtol=1e-9)
    np.testing.assert_allclose(found["term_score_together"], by_hand.sum(axis=-1), rtol=1e-9)


@pytest.mark.parametrize("back", [1, 2])
def test_a_score_knows_no_attendance_and_no_pandemic_of_its_own_term(back):
    found, data, term, _ = scored(back=back)
    attended, covid = data.array["attended"].copy(), data.array["covid"].copy()
    attended[:, term:] += [[[0, 4]], [[7, 0]]]
    covid[data.array["term"] >= term] = 1.0
    later, *_ = scored(back=back, attended=attended, covid=covid)
    for name, values in found.items():
        np.testing.assert_array_equal(values, later[name])
    earlier = data.array["attended"].copy()  # negative control: what came before counts
    earlier[:, term - 1] += [[0, 4], [7, 0]]
    assert not np.allclose(found["term_score"], scored(back=back, attended=earlier)[0]["term_score"])


@every
def test_what_a_fit_needs_is_what_it_has(name):
    """A stored posterior is read back only where it has every parameter with a prior."""
    member, data = MEMBER[name], data_of(name)
    alone = member.data(load_panel(shipped.dyad("us_kz"), as_of=date(2012, 1, 1)))
    for one in (data, alone):
        priors = member.used(every_prior(name), one.coord)
        chains = draw_prior(member, one, priors, np.random.default_rng(1), draws=2)
        missing = {parameter for parameter, support in member.needed(one.coord).items() if support not in UNDRAWN} - set(chains)
        assert not missing
        assert not (set(member.needs) - set(member.needed(one.coord))) & set(chains.data_vars)


def test_without_administrations_no_dyad_has_effects_of_its_own():
    priors = POOL[CONTACTS].without_administrations(every_prior("frequency_drift"))
    chains = draw_prior(MEMBER["frequency_drift"], data_of("frequency_drift"), priors, np.random.default_rng(1), draws=200)
    one, _ = MEMBER["frequency_drift"].of_dyad(chains, data_of("frequency_drift").coord, "us_kz")
    assert one["type_effect"].std() < 0.05 < drawn("frequency_drift", 200)["type_effect"].std()


def test_one_dyad_is_seen_as_it_is():
    member = MEMBER["frequency_drift"]
    data = member.data(load_panel(shipped.dyad("us_tm"), as_of=date(2012, 1, 1)))
    chains = draw_prior(member, data, every_prior("frequency_drift"), np.random.default_rng(1), draws=3)
    found, coord = member.of_dyad(chains, data.coord, "us_tm")
    assert found is chains
    assert coord == dict(data.coord)
    assert not {"dyad_response", "dyad_type_effect"} & set(chains.data_vars)
    assert isinstance(data, ComponentData)
