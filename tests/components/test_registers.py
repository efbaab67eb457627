"""The register model against a slow twin written from its docstring, and recovery on a few countries."""

from datetime import date

import numpy as np
import pytest
from pytensor.compile.mode import Mode
from scipy.stats import halfnorm, nbinom, norm

from forecast.components.registers import log_rate
from forecast.components.registers.model import SCALES, fresh_parts, means_of_regions, owners, walk_steps
from forecast.components.registry import ACROSS, needs
from forecast.panel.registers import load_register_panel
from forecast.posterior.fit import Job, _needed
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.posterior.store import identity
from tests.components.example import PASSED
from tests.components.register_example import CHANNEL, COMPONENT, draw_raw, priors, small, values_at

PYTHON = Mode(linker="py", optimizer=None)
def twin_prior(data, named) -> float:
    """Loops and SciPy densities, from the docstring."""
    given, total = priors(), 0.0
    for name, prior in given.items():
        if prior.distribution == "half_normal":
            total += halfnorm.logpdf(named[name], scale=prior.sigma)
    total += norm.logpdf(named["covid"], given["covid"].mu, given["covid"].sigma).sum()
    total += norm.logpdf(named["region_base"], given["region_base"].mu, given["region_base"].sigma).sum()
    zero_sum = [named["type_effect"] / named["type_scale"], named["region_type"].T / named["region_type_scale"]]
    total += sum(-0.5 * 2 / 3 * (effect**2).sum() for effect in zero_sum)  # variance 3/2 along directions that sum to zero
    total += norm.logpdf(named["president_effect"] / named["president_scale"]).sum()
    region = named["region_channel"]
    total += norm.logpdf(region, named["region_base"][:, None], named["region_channel_scale"]).sum()
    for place, of in enumerate(data.array["region_of_country"]):
        total += norm.logpdf(named["country_level"][place], region[1, of], named["country_scale"])
        total += norm.logpdf(named["country_visit"][place], region[2, of] - region[1, of], named["country_visit_scale"])
    kinds, people, gap = data.array["type_of_term"], data.array["president_of_term"], data.array["gap"]
    rest = named["term_level"] - named["type_effect"][kinds] - named["president_effect"][people]
    total += norm.logpdf(rest[0], given["base"].mu, given["base"].sigma).sum()
    for term in range(1, len(rest)):
        total += norm.logpdf(rest[term], rest[term - 1], named["walk_scale"] * np.sqrt(gap[term - 1])).sum()
        kept, wave = 0.7 ** gap[term - 1], named["region_term"]
        total += norm.logpdf(wave[:, term], kept * wave[:, term - 1], named["region_term_scale"] * np.sqrt(1 - kept**2)).sum()
    return total + norm.logpdf(named["region_term"][:, 0], 0, named["region_term_scale"]).sum()


def twin_rest(data, named) -> tuple[float, float]:
    """Log density of the pinned means and log probability of the counts, cell by cell."""
    array, weight = data.array, data.array["region_weight"]
    region, region_of = named["region_channel"], array["region_of_country"]
    effect = [named["country_level"] + (region[0] - region[1])[region_of], named["country_level"],
              named["country_level"] + named["country_visit"]]
    taken = [np.average(one, weights=array["country_weight"][:, at]) for at, one in enumerate(effect)]
    wave = named["region_term"].copy()
    of_region = [np.average(row, weights=own if own.any() else None) for row, own in zip(wave, weight, strict=True)]
    wave -= np.array(of_region)[:, None]
    of_term = [np.average(row, weights=own if own.any() else None) for row, own in zip(wave.T, weight.T, strict=True)]
    wave -= np.array(of_term)
    total = 0.0
    for country, channel, period in zip(*np.nonzero(np.broadcast_to(array["exposure"][:, None] > 0, array["count"].shape)),
                                        strict=True):
        term, of = array["term_of_period"][period], region_of[country]
        eta = (effect[channel][country] - taken[channel] + named["term_level"][term, channel] + wave[of, term]
               + named["region_type"][of, array["type_of_term"][term]] + named["covid"][channel] * array["covid"][period])
        mean, size = array["exposure"][country, period] * np.exp(eta), named[f"overdispersion_{CHANNEL[channel]}"] ** -2
        total += nbinom.logpmf(array["count"][country, channel, period], size, size / (size + mean))
    return norm.logpdf([*taken, *of_region, *of_term], 0, 0.03).sum(), total


def both(data):
    logp = COMPONENT.model(data, priors()).compile_logp(mode=PYTHON)
    raw = draw_raw(data, np.random.default_rng(3), draws=4)
    named = COMPONENT.unpack(raw, data, priors())
    model, slow = [], []
    for at in range(4):
        point, values = values_at(raw, at), values_at(named, at)
        slow.append(twin_prior(data, values) + sum(twin_rest(data, values)))
        unit = point.pop("scale_unit")  # the sampler moves in its logarithm
        model.append(float(logp(point | {"scale_unit_log__": np.log(unit)})) - np.log(unit).sum())
    return np.array(model), np.array(slow)


def test_model_and_twin_differ_by_one_constant():
    model, slow = both(small())
    assert np.ptp(model) > 10
    np.testing.assert_allclose(model - model[0], slow - slow[0], rtol=1e-9, atol=1e-6)


def test_the_twin_sees_every_parameter():
    """Negative control: moving any one parameter changes the twin."""
    data = small()
    named = values_at(COMPONENT.unpack(draw_raw(data, np.random.default_rng(4)), data, priors()), 0)

    def density(values):
        return twin_prior(data, values) + sum(twin_rest(data, values))

    for name, values in named.items():
        moved = values * np.linspace(0.9, 1.0, values.size).reshape(values.shape) if values.ndim else values * 0.9
        assert abs(density(named | {name: moved}) - density(named)) > 1e-6, name


def test_the_component_stands_beside_those_of_the_dyad():
    assert ACROSS["registers"].name == COMPONENT.name == COMPONENT.section == "registers"
    assert "registers" not in needs()
    assert set(priors()) == set(COMPONENT.needs)
    positive = {name for name, kind in COMPONENT.needs.items() if kind == "positive"}
    assert set(SCALES) == positive
    assert len(SCALES) == len(positive)
    assert set(COMPONENT.effort) <= set(SamplerSettings().as_dict())


def test_a_stored_posterior_has_every_parameter_that_is_asked_of_it():
    """The level of the first term has its prior in the model and no draws: asking for it called every stored fit broken."""
    data = small()
    named = COMPONENT.unpack(draw_raw(data, np.random.default_rng(1)), data, priors())
    job = Job(name="registers", key="", data=data, priors=priors(), settings=SamplerSettings())
    fixed = {name for name, kind in COMPONENT.needs.items() if kind == "persistence"}
    assert set(_needed(job)) - fixed == set(COMPONENT.needs) - fixed - {"base"} <= set(named.data_vars)


def test_what_is_later_than_the_as_of_date_changes_nothing():
    """The posterior's identity as of a date does not see entries after it, and does see those before."""
    one = identity("registers", COMPONENT.data(load_register_panel(date(2016, 11, 7))), priors(), SamplerSettings())
    again = identity("registers", COMPONENT.data(load_register_panel(date(2016, 11, 7))), priors(), SamplerSettings())
    later = identity("registers", COMPONENT.data(load_register_panel(date(2016, 12, 7))), priors(), SamplerSettings())
    assert one == again != later
    assert "Trump 1" not in COMPONENT.data(load_register_panel(date(2017, 1, 19))).coord["term"]


def test_structure_by_hand():
    """A walk's steps and an AR(1)'s fresh parts have unit variance where the covariance is the one they claim."""
    gap = np.array([1.0, 0.5, 2.0])
    time = np.concatenate([[0.0], gap.cumsum()])
    ar = fresh_parts(gap, 0.7)
    np.testing.assert_allclose(ar @ 0.7 ** np.abs(time[:, None] - time) @ ar.T, np.eye(4), atol=1e-12)
    walk = walk_steps(gap, 1.5)
    np.testing.assert_allclose(walk @ (1.5**2 + np.minimum(time[:, None], time)) @ walk.T, np.eye(4), atol=1e-12)
    means, rest = means_of_regions(np.array([[1.0, 3.0], [0.0, 0.0]]))
    effect = np.array([[2.0, 4.0], [1.0, 3.0]])
    np.testing.assert_allclose(means @ effect.ravel(), [3.5, 2.0, -1.5, 0.5])
    np.testing.assert_allclose((rest @ effect.ravel()).reshape(2, 2), [[0.0, 0.0], [0.5, 0.5]])
    assert len(owners(("country_scale", "country_visit_scale", "region_channel_scale", "walk_scale", "region_term_scale"),
                      4, 2, 3)) == 4 + 4 + 6 + 9 + 6  # fmt: skip


def test_data_are_those_of_the_panel():
    data = small()
    assert data.coord["region"] == ("central_asia", "eastern_asia", "western_asia", "western_europe", "northern_africa")
    np.testing.assert_allclose(data.array["country_weight"].sum(axis=0), 1)
    assert data.array["region_weight"].sum() == data.array["count"].sum()
    assert (data.array["gap"] > 0).all()


def test_simulated_counts_have_the_mean_of_the_log_rate():
    """Means over many simulations within five standard errors; nothing where there is no exposure."""
    data = small()
    truth = values_at(COMPONENT.unpack(draw_raw(data, np.random.default_rng(5)), data, priors()), 0)
    truth |= {f"overdispersion_{name}": np.array(0.3) for name in CHANNEL}
    rng = np.random.default_rng(6)
    drawn = np.array([COMPONENT.simulate(data, truth, rng).array["count"] for _ in range(400)])
    mean = data.array["exposure"][:, None] * np.exp(log_rate(data, truth))
    error = np.sqrt((mean + 0.09 * mean**2) / 400)
    assert (np.abs(drawn.mean(axis=0) - mean) <= 5 * error + 1e-12).mean() > 0.995
    unseen = np.broadcast_to(data.array["exposure"][:, None] == 0, mean.shape)
    assert drawn[:, unseen].sum() == 0


def test_profile_adds_the_deviation_of_the_region():
    data = small()
    named = COMPONENT.unpack(draw_raw(data, np.random.default_rng(7), draws=3), data, priors()).isel(chain=0)
    found = COMPONENT.profile(named)["type_effect"]
    assert found.dims == ("draw", "type", "region", "channel")
    np.testing.assert_allclose(found.sum("type"), 0, atol=1e-12)
    np.testing.assert_allclose(found.isel(region=2, channel=1),
                               named["type_effect"].isel(channel=1) + named["region_type"].isel(region=2))  # fmt: skip


@pytest.mark.slow  # compiling takes a minute
@pytest.mark.sampling
def test_a_president_planted_in_the_registers_is_found_as_the_sum_with_his_type():
    """One term of half the entries: type and person together lie below the others, and the one has what the other has not."""
    from forecast.evaluation.informed_priors import informed
    from forecast.posterior.sampler import sample

    data, rng = small(), np.random.default_rng(9)
    truth = values_at(COMPONENT.unpack(draw_raw(data, rng), data, priors()), 0)
    level = np.full(truth["term_level"].shape, 1.0)
    level[data.coord["term"].index("Trump 1")] -= np.log(2)
    quiet = {name: np.array(0.05) for name in truth if name.startswith("overdispersion")}
    made = COMPONENT.simulate(data, truth | quiet | {"term_level": level, "region_term": 0 * truth["region_term"],
                                                     "region_type": 0 * truth["region_type"]}, rng)
    found = sample(COMPONENT, made, priors(), SamplerSettings(draws=300, tune=400, chains=2, target_accept=0.9))
    drawn = Posterior(component="registers", key="", chains=found, coord=data.coord, gates=PASSED, reused=False).draws
    of = informed(drawn, COMPONENT.profile(drawn)["type_effect"], made, "western_europe")
    trump, kind, obama = (of.names.index(name) for name in ("Trump", "republican_trumpist", "Obama"))
    both = of.covariance[np.ix_([trump, kind], [trump, kind])]
    assert of.mean[trump] + of.mean[kind] < -0.15
    assert of.mean[trump] < of.mean[obama] - 0.03
    assert both[0, 1] < 0
    assert both.sum() < both[0, 0] + both[1, 1]


@pytest.mark.slow  # compiling takes a minute
@pytest.mark.sampling
def test_levels_and_covid_are_recovered():
    """Simulated at the levels of the data: levels and the effect of COVID-19 within four posterior standard deviations."""
    from forecast.posterior.sampler import sample

    data = small()
    rng = np.random.default_rng(8)
    truth = values_at(COMPONENT.unpack(draw_raw(data, rng), data, priors()), 0)
    truth |= {"term_level": rng.normal(1.0, 0.2, truth["term_level"].shape), "covid": np.array([-1.0, -0.5, -1.5])}
    made = COMPONENT.simulate(data, truth, rng)
    found = sample(COMPONENT, made, priors(), SamplerSettings(draws=300, tune=400, chains=2, target_accept=0.9))
    for name in ("term_level", "covid"):
        draws = found[name].to_numpy().reshape(600, -1)
        distance = np.abs(draws.mean(axis=0) - truth[name].ravel()) / draws.std(axis=0)
        assert distance.max() < 4, name
        shifted = np.abs(draws.mean(axis=0) - truth[name].ravel() - 2) / draws.std(axis=0)
        assert shifted.max() > 4, name  # the check can fail
