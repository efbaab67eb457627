"""The coming term of every state: fast formulas against slow twins, what the outcomes change, and the record of like cells."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom

from forecast.evaluation import countries as module
from forecast.evaluation.backtest_origin import Origin
from forecast.evaluation.backtest_registers import MEMBERS, Pooling, coming, forecasts, pool_members
from forecast.evaluation.baselines import BASELINE
from forecast.evaluation.countries import (
    FEW,
    WHOLE,
    comparable,
    forecast_cells,
    judge_pool,
    office_profile,
    outcome_contrasts,
    terms,
    thinned_forecast,
    weighted_quantile,
    window_shares,
)
from forecast.evaluation.scores import COUNT_LOSS, linear_pool, mixture
from forecast.panel.elections import load_election
from forecast.panel.registers import load_register_years

AS_OF = date(2024, 11, 4)
CELLS = pd.DataFrame({"country": ["a", "b", "a", "b"], "region": "r", "channel": ["x", "x", "y", "y"]})
WEIGHT = np.array([0.5, 0.3, 0.2])
SHARE = np.array([[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]])


def made_up(seed, effect=0.0, draws=7):
    """Members of four cells; `effect` moves the model alone."""
    rng = np.random.default_rng(seed)
    model = np.exp(rng.normal(0.3, 0.7, (draws, 4)) + effect * rng.uniform(0.2, 1.8, (draws, 1))), rng.uniform(1, 6, (draws, 4))
    others = [(rng.uniform(0.2, 4, (1, 4)), rng.uniform(0.5, 5, (1, 4))) for _ in MEMBERS[1:]]
    return dict(zip(MEMBERS, (model, *others), strict=True))


@pytest.fixture(scope="module")
def past():
    return load_register_years(AS_OF)


def slow_pmf(one, weight, part, top=400):
    """The pool's probabilities cell by cell and draw by draw."""
    found = np.zeros((4, top))
    for (mean, size), much in zip(one.values(), weight, strict=True):
        for draw in range(len(mean)):
            for cell in range(4):
                mu, phi = mean[draw, cell] * part[cell], size[draw, cell]
                found[cell] += much / len(mean) * nbinom.pmf(np.arange(top), phi, phi / (phi + mu))
    return found


def test_a_part_of_a_negative_binomial_is_one_of_a_part_of_its_mean():
    one, part = made_up(1), np.repeat(SHARE[:, 3], 2)
    whole = linear_pool([mixture(*member) for member in one.values()], WEIGHT)
    found, slow = thinned_forecast(whole, part).pmf, slow_pmf(one, WEIGHT, part)
    np.testing.assert_allclose(found[:, :40], slow[:, :40], atol=1e-8)
    assert np.abs(found[:, :40] - slow_pmf(one, WEIGHT, np.full(4, 0.5))[:, :40]).max() > 0.01  # another part is another forecast


def test_the_table_has_the_numbers_of_the_slow_pool():
    found = forecast_cells(CELLS, {"one": made_up(2)}, WEIGHT, window_shares(SHARE, 2025, 2))
    assert found["window"].unique().tolist() == [WHOLE, "2025", "2026", "2027", "2028"]
    for window, part in window_shares(SHARE, 2025, 2).items():
        slow = slow_pmf(made_up(2), WEIGHT, part)
        rows = found[found["window"] == window]
        np.testing.assert_allclose(rows["mean"], slow @ np.arange(slow.shape[1]), rtol=1e-6)
        np.testing.assert_allclose(rows["any"], 1 - slow[:, 0], atol=1e-8)
        for name, level in module.QUANTILES.items():
            np.testing.assert_array_equal(rows[name], (np.cumsum(slow, axis=1) < level - 1e-12).sum(axis=1))


def simulated(first, second, part, futures, rng):
    """Pairs of futures (future, cell) under two outcomes: with chance of their own, and with the same luck."""
    found = {pairing: [] for pairing in module.PAIRINGS}
    for _ in range(futures):
        name = MEMBERS[rng.choice(3, p=WEIGHT)]
        draw = rng.integers(len(first[name][0]))
        size = first[name][1][draw]
        share = [size / (size + one[name][0][draw] * part) for one in (first, second)]
        found["separate"].append([nbinom.ppf(rng.uniform(size=4), size, one) for one in share])
        luck = rng.uniform(size=4)
        found["paired"].append([nbinom.ppf(luck, size, one) for one in share])
    return {pairing: np.array(pairs) for pairing, pairs in found.items()}


def test_shares_of_futures_are_those_of_simulated_ones():
    first, second, part = made_up(3, effect=0.5), made_up(3), np.repeat(SHARE[:, 0], 2)
    found = module._futures(first, second, WEIGHT, part)
    futures = 3000
    pairs = simulated(first, second, part, futures, np.random.default_rng(4))
    for pairing, counts in pairs.items():
        apart = counts[:, 0] - counts[:, 1]
        for name, happened in (("more", apart > 0), ("equal", apart == 0), ("fewer", apart < 0)):
            expected = found[f"{name}_{pairing}"]
            error = np.sqrt(np.maximum(expected * (1 - expected), 1e-4) / futures)
            assert (np.abs(happened.mean(axis=0) - expected) < 4.5 * error).all(), (pairing, name)
    assert np.abs(found["more_paired"] - found["more_separate"]).max() > 0.03  # the two pairings are told apart


def test_outcomes_that_are_alike_change_nothing_and_swapped_ones_mirror():
    alike = outcome_contrasts(CELLS, {"one": made_up(5), "other": made_up(5)}, WEIGHT, window_shares(SHARE, 2025, 2))
    np.testing.assert_allclose(alike["equal_paired"], 1, atol=1e-9)
    np.testing.assert_allclose(alike["more_separate"], alike["fewer_separate"], atol=1e-9)
    assert (alike[["ratio_mean", "ratio_q05", "ratio_q95", "model_median"]] == 0).all(axis=None)
    assert (alike["ratio_greater"] - 0.5).abs().max() < 1e-9
    there = outcome_contrasts(CELLS, {"one": made_up(6, 0.6), "other": made_up(6)}, WEIGHT, window_shares(SHARE, 2025, 2))
    back = outcome_contrasts(CELLS, {"one": made_up(6), "other": made_up(6, 0.6)}, WEIGHT, window_shares(SHARE, 2025, 2))
    for pairing in module.PAIRINGS:
        np.testing.assert_allclose(there[f"more_{pairing}"], back[f"fewer_{pairing}"], atol=1e-9)
    np.testing.assert_allclose(there["ratio_mean"], -back["ratio_mean"])
    assert (there["model_median"] > 0).all()
    np.testing.assert_allclose(there["ratio_mean"], WEIGHT[0] * np.mean(np.log(made_up(6, 0.6)["hierarchical"][0])
                               - np.log(made_up(6)["hierarchical"][0]), axis=0)[np.tile(np.arange(4), 5)])


def test_a_weighted_quantile_is_that_of_repeated_values():
    values = np.random.default_rng(7).normal(size=(6, 3))
    times = np.array([1, 2, 3, 1, 2, 1])
    for level in (0.05, 0.4, 0.5, 0.95):
        slow = np.quantile(np.repeat(values, times, axis=0), level, axis=0, method="inverted_cdf")
        np.testing.assert_array_equal(weighted_quantile(values, times / times.sum(), level), slow)


def test_the_alternative_profile_is_that_of_all_states_without_the_pandemic(past):
    found = office_profile(past)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found.min() > 0.1
    year = {day.year: place for place, day in enumerate(past.start)}

    def with_more(calendar):
        count = past.count.copy()
        count[0, :, year[calendar]] += 500
        return office_profile(replace(past, count=count))

    np.testing.assert_array_equal(with_more(2019), found)  # of the term that the pandemic touched
    np.testing.assert_array_equal(with_more(2023), found)  # of the term that is not over
    assert (with_more(2009)[:, 0] > found[:, 0] + 0.02).all()


@pytest.mark.slow
def test_members_are_those_of_the_backtest(past):
    election = load_election("us_2024")
    first, second = election.outcomes
    origin = Origin(election=election, happened=first, other=second)
    given = coming(election, past)

    def model(origin, outcome):
        rate = np.full((3, len(past.country), 3), -1.0 + 0.4 * (outcome == second))
        return past.country["country"].tolist(), rate, np.full((3, 3), 2.0)

    assert given.chosen.sum() == past.country["end"].isna().sum()
    np.testing.assert_allclose(given.years, 4)
    few = {name: BASELINE[name] for name in ("smoothed",)}
    with pytest.MonkeyPatch.context() as patch:
        for name in [one for one in BASELINE if one not in few]:
            patch.delitem(BASELINE, name)
        judged = forecasts(origin, given, model)
    for outcome, names in ((first, MEMBERS), (second, ("hierarchical, placebo", *MEMBERS[1:]))):
        mine = pool_members(origin, given, model, outcome)
        assert tuple(mine) == MEMBERS
        for name, one in zip(names, mine.values(), strict=True):
            np.testing.assert_array_equal(judged[name].pmf, mixture(*one).pmf)
    np.testing.assert_array_equal(Pooling().now, np.full(3, 1 / 3))
    without = pool_members(origin, given, lambda *_: None, first)
    np.testing.assert_array_equal(without["hierarchical"][0], without["autoregression"][0])


def record(cells=400):
    rng = np.random.default_rng(8)
    expected = np.exp(rng.normal(0, 1.5, cells))
    losses = {f"{loss} {name}": 1 + 0.1 * rng.uniform(size=cells) + 0.5 * (name != "smoothed")
              for loss in COUNT_LOSS for name in module.JUDGED}
    return pd.DataFrame({"term": rng.choice(["2005-2009", "2009-2013", "2013-2017"], cells), "country": "a", "region": "r",
                         "channel": "x", "count": 0, "expected": expected, "held_80": 0.8, "held_95": 0.96, **losses})


def test_comparable_cells_are_as_large_and_never_few():
    table = record()
    within = comparable(table, "x", 1.0)
    assert within["expected"].between(0.5, 2).all()
    assert len(within) >= FEW
    far = comparable(table, "x", 1e4)
    assert sorted(far["expected"]) == sorted(table["expected"])[-FEW:]
    assert comparable(table, "none", 1.0).empty


def test_a_judgement_is_against_the_best_of_the_baselines():
    found = judge_pool(record()).set_index("loss_name")
    assert found["baseline"].to_dict() == dict.fromkeys(COUNT_LOSS, "smoothed")
    assert (found["skill"] < -0.3).all()
    assert (found["cells"] == 400).all()
    assert (found["terms"] == 3).all()
    np.testing.assert_allclose(found["held_95"], 0.96)
    level = record()
    for name in module.JUDGED:
        level[f"crps {name}"] = level["crps smoothed"]
    assert judge_pool(level).set_index("loss_name").loc["crps", "skill"] == 0
    assert judge_pool(record().iloc[:0]).empty


def test_a_history_adds_up_to_the_registers(past):
    found = module.state_history(past)
    assert found["count"].sum() == past.count.sum()
    assert terms(found)["count"].sum() == past.count.sum()
    assert found.loc[found["country"] == "uzbekistan", "term"].iloc[0] == "1989-1993"
    assert found.loc[found["country"] == "uzbekistan", "years"].max() <= 366 / 365.25
