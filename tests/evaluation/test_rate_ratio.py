"""The log rate ratio: closed forms, the region of practical equivalence, the trap of means, and prior against posterior."""

import gc
import weakref
from dataclasses import replace
from datetime import date
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import gaussian_kde, norm

from forecast.components.registry import COMPONENT, PROJECTING
from forecast.errors import InputError
from forecast.evaluation import rate_ratio
from forecast.evaluation.contrast import contrast_cells, load_equivalence, log_ratio
from forecast.evaluation.montecarlo import batch_of
from forecast.evaluation.quantity import QUANTITY
from forecast.evaluation.rate_ratio import DENSITY, THIN, _density, _Draws, prior_belief, rate_ratio_tables
from forecast.pipeline import Request, read
from forecast.pipeline import run as chain
from forecast.simulation.prepare import future_of
from forecast.simulation.random import Noise
from tests.components.example import projecting_posterior
from tests.evaluation.test_variance import EFFECTS, only
from tests.fixture.record import RECORD
from tests.golden.example import as_next, posteriors
from tests.golden.test_run import REQUEST

BOUND = np.log(1.1)
PATHS, DRAWS = 40_000, 4000
PLACES = ["all", "president"]
PARTS = ["p_more", "p_equal", "p_fewer"]


# from values to rows

def rows(ratio, base=20.0, blocks=1):
    """Rows of the contrast of two scenarios whose expected contacts have a log ratio, one number per path."""
    def of(level):
        return xr.DataArray(np.column_stack([level, 0.1 * level]), dims=("path", "key"), coords={"key": PLACES})

    second = np.full(len(ratio), base)
    contact = xr.Dataset({"contact": (("path", "year", "rank", "outcome"), np.ones((len(ratio), 1, 1, 1))),
                          "unrecorded": (("path", "year", "rank"), np.zeros((len(ratio), 1, 1)))},
                         coords={"rank": ["president"], "year": [2025], "outcome": [0]})
    expected = {"one": {"contact": of(second * np.exp(ratio))}, "other": {"contact": of(second)}}
    years = dict.fromkeys(expected, contact)
    cells = [cell for cell in contrast_cells(years, {"other": contact}, expected, QUANTITY[:1])
             if cell.label["pairing"] == "expected"]
    batch = batch_of(len(ratio), DRAWS)
    if blocks == 1:
        return pd.DataFrame([cell.row({"frequency": batch}) for cell in cells])
    found = []
    for cell in cells:
        parts = np.array_split(np.arange(len(ratio)), blocks)
        tally = reduce(add, (replace(cell, values=cell.values[part]).tally({"frequency": batch[part]}) for part in parts))
        found.append(cell.row_of(tally))
    return pd.DataFrame(found)


def of(table, quantity, key="all"):
    return table[(table["quantity"] == quantity) & (table["key"] == key)].iloc[0]


def test_the_ratio_of_a_known_posterior_is_its_closed_form():
    mean, sd = 0.12, 0.4
    row = of(rows(np.random.default_rng(1).normal(mean, sd, PATHS)), "log_rate_ratio")
    for name, level in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95)):
        assert abs(row[name] - norm.ppf(level, mean, sd)) < 5 * row[f"{name}_mcse"]
    true = {"p_more": norm.sf(BOUND, mean, sd), "p_fewer": norm.cdf(-BOUND, mean, sd)}
    true["p_equal"] = 1 - sum(true.values())
    for name, value in true.items():
        assert abs(row[name] - value) < 5 * row[f"{name}_mcse"]
        assert row[f"{name}_mcse"] < 0.01
    assert row[PARTS].sum() == pytest.approx(1, abs=1e-12)
    assert abs(row["p_greater"] - norm.sf(0, mean, sd)) < 5 * row["p_greater_mcse"]


@pytest.mark.parametrize(("effect", "parts"), [(0.3, (1, 0, 0)), (0.096, (1, 0, 0)), (0.095, (0, 1, 0)), (0.0, (0, 1, 0)),
                                               (-0.095, (0, 1, 0)), (-0.096, (0, 0, 1)), (-2.0, (0, 0, 1))])
@pytest.mark.parametrize("blocks", [1, 4])
def test_planted_effects_fall_into_their_part(effect, parts, blocks):
    """The bound is log(1.1) = 0.0953: the grid of the tallies, 0.001, could not tell 0.095 from it."""
    row = of(rows(np.full(400, effect), blocks=blocks), "log_rate_ratio")
    assert tuple(row[PARTS]) == parts


def test_a_president_not_yet_seen_is_more_on_average_and_no_more_in_the_ratio():
    """The trap: z and -z are as probable, yet the mean difference is positive. The median and the ratio do not fall into it."""
    spread = 0.6
    table = rows(spread * np.random.default_rng(2).standard_normal(PATHS))
    ratio, difference = of(table, "log_rate_ratio"), of(table, "contact")
    assert difference["mean"] > 20 * (np.exp(spread**2 / 2) - 1) - 5 * difference["mcse"] > 3
    assert difference["mean"] > 10 * difference["mcse"]
    assert abs(ratio["q50"]) < 5 * ratio["q50_mcse"]
    assert abs(ratio["p_more"] - ratio["p_fewer"]) < 5 * np.hypot(ratio["p_more_mcse"], ratio["p_fewer_mcse"])
    assert abs(difference["q50"]) < 5 * difference["q50_mcse"]
    assert "arithmetic" in difference["of"]


def test_an_effect_that_is_there_moves_the_ratio():
    """The control of the trap: the same spread about a true effect."""
    ratio = of(rows(0.4 + 0.6 * np.random.default_rng(2).standard_normal(PATHS)), "log_rate_ratio")
    assert ratio["q50"] > 10 * ratio["q50_mcse"]
    assert ratio["p_more"] > 2 * ratio["p_fewer"]


def test_blocks_give_the_probabilities_of_one():
    values = np.random.default_rng(3).normal(0.05, 0.3, 8000)
    held, streamed = rows(values), rows(values, blocks=5)
    exact = [*PARTS, *(f"{name}_mcse" for name in PARTS), "p_greater", "mean", "mcse"]
    pd.testing.assert_frame_equal(held[exact], streamed[exact], rtol=1e-10)
    ratio = held["quantity"] == "log_rate_ratio"
    for name in ("q05", "q25", "q50", "q75", "q95"):
        np.testing.assert_allclose(held.loc[ratio, name], streamed.loc[ratio, name], atol=0.00051)
    assert held.loc[~ratio, PARTS].isna().all(axis=None)


def test_a_rate_that_has_no_number_any_more_has_a_ratio():
    assert log_ratio(np.array([1.0, 0.0, 0.0, np.exp(50)]), np.array([0.0, 1.0, 0.0, 1.0])).tolist() == [20, -20, 0, 20]


# the region

def test_the_region_is_symmetric_and_argued_for():
    rate = load_equivalence().rate
    assert rate.bound == pytest.approx(BOUND)
    assert len(rate.reason) > 100


@pytest.mark.parametrize(("text", "told"), [("rate: {share: 0, reason: x}", "rate.share"), ("rate: {share: 0.1}", "rate.reason"),
                                            ("rate: {share: .nan, reason: x}", "rate.share"),
                                            ("rate: {share: 0.1, reason: x, case: y}", "rate.case")])
def test_a_region_that_is_none_is_refused(tmp_path, text, told):
    path = tmp_path / "equivalence.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=told):
        load_equivalence(path)


# before and after the data

@pytest.fixture(scope="module")
def inputs():
    return as_next(Request(data=RECORD, as_of=date(2019, 6, 30)))


@pytest.fixture(scope="module")
def found(inputs):
    """One formulation with some thousands of draws."""
    one = posteriors(inputs.panel, inputs.priors)["frequency_drift"]
    return replace(one, chains=one.chains.isel(draw=np.arange(DRAWS // 2) % 20))


@pytest.fixture
def one_formulation(monkeypatch):
    monkeypatch.setitem(PROJECTING, "frequency", COMPONENT["frequency_drift"])


def table_of(belief, inputs):
    ratio, density = rate_ratio_tables(belief, inputs.scenarios, inputs.elections, paths=DRAWS, seed=5)
    assert list(density) == list(DENSITY)
    return ratio[ratio["key"] == "all"].set_index(["distribution", "levels"])


def test_planted_type_effects_are_told_from_their_prior(found, inputs, one_formulation):
    """After the data: the planted normal. Before: type and president effects of the prior set, in closed form.

    Effects of types of two parties differ with variance 3 whatever ties types of one party.
    """
    rng = np.random.default_rng(6)
    planted = np.stack([rng.normal(0.3, 0.05, (2, DRAWS // 2)), np.zeros((2, DRAWS // 2)), np.zeros((2, DRAWS // 2))], axis=-1)
    after = only(found)
    none = {name: 0 * after.chains[name] for name in EFFECTS}
    after = replace(after, chains=after.chains.assign(none | {"type_effect": (("chain", "draw", "type"), planted)}))
    priors = inputs.priors.component["frequency"]
    before = prior_belief(found, inputs.panel, priors, 5)
    table = table_of({"prior": before, "posterior": after}, inputs)
    told = table.loc[("posterior", "shared")]
    assert told["q50"] == pytest.approx(0.3, abs=5 * told["q50_mcse"])
    assert told["q95"] - told["q05"] == pytest.approx(3.29 * 0.05, rel=0.08)
    assert told["p_more"] > 0.99
    centre = priors["type_centre"].values
    kind, man = (priors[f"{name}_scale"].sigma for name in ("type", "president"))
    prior = table.loc[("prior", "shared")]
    assert abs(prior["mean"] - (centre["democratic"] - centre["republican_trumpist"])) < 5 * prior["mcse"]
    assert prior["q95"] - prior["q05"] > 4 * (told["q95"] - told["q05"])
    drawn = before.chains
    effect = drawn["type_effect"][..., 0] - drawn["type_effect"][..., 2]
    trump = found.coord["president"].index("Trump")
    assert effect.var() == pytest.approx(3 * kind**2, rel=0.15)
    assert drawn["president_effect"][..., trump].var() == pytest.approx(man**2, rel=0.2)
    assert 0.1 < prior["p_fewer"] < 0.9


def test_levels_of_their_own_widen_the_ratio_and_shared_ones_cancel(found, inputs, one_formulation):
    planted = only(found, term_scale=0.3)
    chains = planted.chains.assign({name: 0 * planted.chains[name] for name in EFFECTS})
    table = table_of({"posterior": replace(planted, chains=chains)}, inputs)
    shared, separate = table.loc[("posterior", "shared")], table.loc[("posterior", "separate")]
    assert (shared["q05"], shared["q50"], shared["q95"]) == pytest.approx((0, 0, 0), abs=1e-9)
    assert shared["p_equal"] == 1
    fresh = 0.3 * np.sqrt(2 * (1 - 0.7**2))  # two draws of the part of an AR(1) that is not carried over
    assert (separate["q95"] - separate["q05"]) == pytest.approx(3.29 * fresh, rel=0.06)
    assert separate["p_greater"] == pytest.approx(0.5, abs=5 * separate["p_greater_mcse"])


def test_a_president_not_yet_seen_is_the_same_one_with_levels_of_their_own(found, inputs, one_formulation):
    """She comes second here, since it is the shocks of the second scenario that are drawn anew."""
    planted = only(found, president_scale=0.3)
    chains = planted.chains.assign({name: 0 * planted.chains[name] for name in EFFECTS})
    turned = replace(inputs, scenarios=dict(reversed(inputs.scenarios.items())))
    assert list(turned.scenarios) == ["trump", "harris"]
    table = table_of({"posterior": replace(planted, chains=chains)}, turned)
    shared, separate = table.loc[("posterior", "shared")], table.loc[("posterior", "separate")]
    assert shared["q95"] == pytest.approx(separate["q95"], abs=1e-9)
    assert shared["q95"] > 0.3


def test_the_pool_after_the_data_is_the_row_of_the_contrast(monkeypatch):
    inputs = read(REQUEST)
    monkeypatch.setattr(chain, "fit", lambda *_: posteriors(inputs.panel, inputs.priors))
    run = chain.compute(inputs, REQUEST, lambda *_: None)
    table = run.administration.rate_ratio
    pool = table.query("formulation == 'pool' and distribution == 'posterior' and levels == 'shared'").set_index("key")
    told = run.tables.contrast.query("quantity == 'log_rate_ratio'").set_index("key")
    columns = ["mean", "mcse", "q05", "q50", "q95", *PARTS, "p_greater"]
    pd.testing.assert_frame_equal(pool[columns], told.loc[pool.index, columns], rtol=1e-9, atol=1e-12)
    weights = table.drop_duplicates("formulation").set_index("formulation")["weight"]
    assert weights.drop("pool").sum() == pytest.approx(weights["pool"]) == pytest.approx(1)
    density = run.administration.rate_ratio_density
    for _, curve in density.groupby(["formulation", "distribution", "levels"]):
        assert np.trapezoid(curve["density"], curve["log_ratio"]) == pytest.approx(1, abs=0.03)


def test_a_single_scenario_has_no_ratio(inputs):
    one = {name: inputs.scenarios[name] for name in list(inputs.scenarios)[:1]}
    ratio, density = rate_ratio_tables({}, one, inputs.elections, paths=100, seed=1)
    assert ratio.empty
    assert density.empty


@pytest.mark.parametrize("many", [50, THIN, 3 * THIN])
def test_densities_are_those_of_scipy(many):
    values, grid = np.random.default_rng(many).standard_t(4, many) * 0.2 + 1, np.linspace(-3, 5, 161)
    thin = np.random.default_rng(many).permutation(values)[:THIN]
    np.testing.assert_allclose(_density(values)(grid), gaussian_kde(thin)(grid), rtol=1e-11)
    assert np.isnan(_density(np.full(many, 0.3))(grid)).all()


def test_what_is_drawn_does_not_wait_for_the_garbage_collector(inputs, found, one_formulation):
    election = next(iter(inputs.elections.values()))
    gc.disable()
    try:
        draws = _Draws(found.taker(), found, None, np.arange(50), Noise(1))
        draws.project(future_of(election, next(iter(election.outcomes))), 0)
        gone = weakref.ref(draws)
        del draws
        assert gone() is None
    finally:
        gc.enable()


def test_shocks_are_drawn_once_for_all_distributions(inputs, monkeypatch):
    """Every formulation of the pool and the pool, before the data and after: the same path has the same shocks."""
    found, drawn, draw = projecting_posterior("frequency"), [], rate_ratio._drawn_normals
    belief = {"prior": found, "posterior": found}

    def noted(noise, number, *what):
        drawn.append((number[0], *what))
        return draw(noise, number, *what)

    monkeypatch.setattr(rate_ratio, "MEMBER_PATHS", 300)
    monkeypatch.setattr(rate_ratio, "CHUNK", 256)
    monkeypatch.setattr(rate_ratio, "_drawn_normals", noted)
    shared, _ = rate_ratio_tables(belief, inputs.scenarios, inputs.elections, paths=600, seed=5)
    assert len(set(drawn)) == len(drawn) > 0

    class Apart(_Draws):
        def __init__(self, *given):
            super().__init__(*given[:5])

    monkeypatch.setattr(rate_ratio, "_Draws", Apart)
    apart, _ = rate_ratio_tables(belief, inputs.scenarios, inputs.elections, paths=600, seed=5)
    assert len(drawn) > 5 * len(set(drawn))
    pd.testing.assert_frame_equal(shared, apart)
