"""A coming term of several dyads: as each alone, together where they share their fate, and who is first."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from forecast import shipped
from forecast.components.registry import CONTACTS, POOL
from forecast.contacts.region import load_region
from forecast.evaluation import region
from forecast.evaluation.rate_ratio import rate_ratio_tables
from forecast.evaluation.region import ALL, COMMON, GOVERNS, WITH_LEVEL, region_tables
from forecast.panel import load_panel
from forecast.panel.elections import load_election, of_dyad
from forecast.panel.region import with_common_unit
from forecast.pipeline.records import RegionForecast
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior, draw_prior
from forecast.report.region_figures import RegionContent, draw_effects, draw_futures
from forecast.report.style import COLUMNS, MM, TALLEST, captions_apart, drawn_at, scenario_marks, to_grey
from forecast.simulation.scenario import find_scenario, load_scenario
from tests.components.example import PASSED, every_prior
from tests.conftest import some
from tests.report.measured import faults

DYADS, UNIT = ("us_kz", "us_tm"), "both"
PATHS, SEED = 2000, 5


@cache
def panel(as_of=date(2017, 6, 30)):
    return with_common_unit(load_panel([shipped.dyad(name) for name in DYADS], as_of=as_of), UNIT)


@cache
def members(as_of=date(2017, 6, 30)):
    """Formulations drawn from their priors, with scores by which the two records prefer different ones."""
    found = {}
    for number, member in enumerate(POOL[CONTACTS].members):
        if member.lacking(panel(as_of)):
            continue
        data = member.data(panel(as_of))
        chains = draw_prior(member, data, every_prior(member.name), np.random.default_rng(number), chains=2, draws=100)
        terms = len(data.coord["term"])
        score = np.full((2, terms), np.nan)
        score[:, 2:] = -20 + np.array([[2.0 * number], [-2.0 * number]])
        chains = chains.assign(term_score=(("record", "term"), score), term_score_error=(("record", "term"), 0 * score),
                               term_score_rhat=("term", 1 + 0 * score[0]),
                               term_score_together=("term", score.sum(axis=0)),
                               term_score_together_error=("term", 0 * score[0]))
        found[member.name] = Posterior(component=member.name, key="prior", chains=chains, coord=data.coord, gates=PASSED,
                                       reused=False)
    return found


@cache
def scenarios():
    return {name: load_scenario(find_scenario(name)) for name in shipped.CASE.scenarios}


@cache
def elections():
    return {name: load_election(one.election, of_dyad(shipped.DYAD, "elections.yaml")) for name, one in scenarios().items()}


@cache
def tables():
    return region_tables(members(), panel(), scenarios(), elections(), paths=PATHS, seed=SEED)


def row(table, **wanted):
    found = table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize("dyad", DYADS)
def test_the_contrast_of_a_dyad_is_that_of_a_run_of_this_dyad(dyad):
    own = pooled(members(), dyad)[CONTACTS]
    ratio, _ = rate_ratio_tables({"posterior": own}, scenarios(), elections(), paths=PATHS, seed=SEED)
    for rank in ("all", "president", "deputy"):
        alone = row(ratio, key=rank, formulation="pool", levels="shared", distribution="posterior")
        found = row(tables().contrast, dyad=dyad, rank=rank)
        np.testing.assert_allclose(found[["q05", "q50", "q95", "p_greater"]].astype(float),
                                   alone[["q05", "q50", "q95", "p_greater"]].astype(float), rtol=1e-9, atol=1e-9)


def test_dyads_share_the_shocks_of_the_model_and_have_chance_of_their_own():
    number = np.arange(50)
    first, second = (region._OwnChance(SEED, dyad) for dyad in DYADS)
    for stream in ("component/frequency/term", "component/frequency/president"):
        np.testing.assert_array_equal(first.normal(stream, number, 3), second.normal(stream, number, 3))
    for stream in ("total", "frailty", "state"):
        assert not np.allclose(first.normal(stream, number, 3), second.normal(stream, number, 3))


def test_dyads_share_their_fate_path_by_path_and_the_sum_is_of_such_paths():
    """Ratios of the outcomes go together in two dyads on the same path, and not where the paths of one are moved."""
    of = {dyad: row(tables().forecast, dyad=dyad, scenario="trump", rank="all") for dyad in (*DYADS, ALL)}
    found = {dyad: pooled(region._scored_together(members()), dyad)[CONTACTS] for dyad in DYADS}
    other, whole = (region._draw(found, scenarios()[name], elections()[name], PATHS, SEED) for name in ("harris", "trump"))
    both = np.log(np.array([other[dyad].expected[:, 0] / whole[dyad].expected[:, 0] for dyad in DYADS]))
    correlation = np.corrcoef(both)[0, 1]
    moved = np.corrcoef(both[0], np.roll(both[1], 7))[0, 1]
    assert correlation > 4 / np.sqrt(200)  # 200 draws are independent of one another
    assert abs(moved) < 4 / np.sqrt(200)
    assert of[ALL]["mean"] == pytest.approx(together().count[:, 0].mean())
    assert of[ALL]["q95"] > of["us_tm"]["q95"]


@cache
def together(paths=PATHS):
    weighed = region._scored_together(members())
    found = {dyad: pooled(weighed, dyad)[CONTACTS] for dyad in (*DYADS, UNIT)}
    return region._together(found, panel(), scenarios()["trump"], elections()["trump"], paths, SEED)


def test_a_dyad_has_its_own_occasions_and_those_shared_that_it_attends():
    """The parts that are drawn apart add up to what a run of the dyad expects; a shared occasion is none of its own."""
    found = {dyad: pooled(region._scored_together(members()), dyad)[CONTACTS] for dyad in DYADS}
    whole = region._draw(found, scenarios()["trump"], elections()["trump"], PATHS, SEED)
    for dyad in DYADS:
        np.testing.assert_allclose(together().expected[dyad], whole[dyad].expected, rtol=1e-9)
    every = sum(together().expected.values())
    assert (together().distinct < every).all()
    assert (together().distinct > np.maximum(*together().expected.values())).mean() > 0.99


def test_the_sum_counts_one_and_the_same_occasion_in_every_record():
    """What the sum has beyond the dyads' own contacts are the shared occasions of the path, in at most every record."""
    found = {dyad: pooled(region._scored_together(members()), dyad)[CONTACTS] for dyad in (*DYADS, UNIT)}
    apart = {dyad: replace(found[dyad], coord=POOL[CONTACTS].apart(found[dyad].coord)) for dyad in DYADS}
    own = region._draw(apart, scenarios()["trump"], elections()["trump"], PATHS, SEED)
    (unit,) = region._draw({UNIT: found[UNIT]}, scenarios()["trump"], elections()["trump"], PATHS, SEED).values()
    shared = together().count - sum(one.count for one in own.values())
    assert ((shared >= 0) & (shared <= len(DYADS) * unit.count)).all()
    assert shared[unit.count[:, 0] == 0].max() == 0 < shared.max()
    away = together().count[:, 0] - sum(together().expected.values())[:, 0]
    assert abs(away.mean()) < 4 * away.std() / np.sqrt(PATHS)


def test_the_region_weighs_formulations_by_all_records_and_a_dyad_by_its_own():
    first, second = (np.bincount(pooled(members(), dyad)[CONTACTS].chains["form"].to_numpy().ravel()).argmax()
                     for dyad in DYADS)
    assert first != second
    forms = [pooled(region._scored_together(members()), dyad)[CONTACTS].chains["form"].to_numpy()
             for dyad in (*DYADS, UNIT)]
    for one in forms[1:]:
        np.testing.assert_array_equal(one, forms[0])
    share = np.bincount(forms[0].ravel()) / forms[0].size  # the scores cancel in the sum
    assert share.max() - share.min() < 0.02


def test_who_is_first_is_a_race_of_contacts_that_fall_anywhere():
    """Streams of single dyads beside one of shared occasions, which each dyad attends by chance; nobody's occasions are none."""
    rng, many, most = np.random.default_rng(2), 100_000, 12
    own, shared, share = np.array([0.7, 0.2]), 0.9, np.array([0.8, 0.4])
    distinct = own.sum() + shared * (1 - np.prod(1 - share))
    found = region._first(region._Together(
        expected={dyad: np.full((1, 1), value) for dyad, value in zip(DYADS, own + share * shared, strict=True)},
        distinct=np.full((1, 1), distinct), count=np.zeros((1, 1))))
    when = rng.exponential(1 / own, (many, 2))
    occasion = np.cumsum(rng.exponential(1 / shared, (many, most)), axis=1)
    attends = rng.random((many, most, 2)) < share
    with_others = np.where(attends, occasion[:, :, None], np.inf).min(axis=1)  # the first shared one of each dyad
    earliest = np.minimum(when, with_others)
    first = (earliest == earliest.min(axis=1, keepdims=True)) & (earliest < 1)
    for place, dyad in enumerate(DYADS):
        seen = first[:, place].mean()
        assert found[dyad].item() == pytest.approx(seen, abs=4 * np.sqrt(seen * (1 - seen) / many))
    assert sum(one.item() for one in found.values()) > -np.expm1(-distinct)  # both may be first


def test_shared_occasions_are_a_row_of_their_own_and_nobody_is_first_in_it():
    found = row(tables().forecast, dyad=UNIT, scenario="harris", rank="president")
    assert 0 < found["p_any"] < 1
    assert np.isnan(found["p_first"])
    both = [row(tables().forecast, dyad=dyad, scenario="harris", rank="president") for dyad in DYADS]
    assert all(0 < one["p_first"] < one["p_any"] + 4 * one["p_any_mcse"] for one in both)


def test_effects_are_centred_over_terms_and_the_common_one_reaches_a_dyad_by_its_response():
    effects = tables().effects
    for (_, _), part in effects.groupby(["dyad", "part"]):
        assert part["mean"].sum() == pytest.approx(0, abs=1e-9)
    assert set(effects["part"]) == {GOVERNS, WITH_LEVEL}
    assert set(effects.loc[effects["dyad"] == COMMON, "part"]) == {GOVERNS}
    counted = effects[(effects["dyad"] == "us_kz") & (effects["part"] == GOVERNS)]
    seen = panel().seen.sel(dyad="us_kz").to_numpy().sum()
    assert counted["recorded"].sum() == seen == (load_panel([shipped.dyad("us_kz")], as_of=date(2017, 6, 30)).count.sum())


def figured(found, ahead=None):
    """What figures are made of; `ahead`: scenarios of another horizon than the shipped ones."""
    told = RegionForecast(region=load_region(shipped.region("central_asia")), panel=panel(), scenarios=ahead or scenarios(),
                          elections=elections(), tables=found, failed=())
    return RegionContent(panel=told.panel, tables=found, marks=scenario_marks({name: name for name in scenarios()}, {}),
                         title="Two states", paths=PATHS, horizon=told.horizon, years=told.years, failed=told.failed)


def boxes_ahead(figure):
    """Highest value of the boxes of each panel of futures."""
    return [max(part[:, 1].max() for patch in ax.patches for part in patch.get_path().to_polygons())
            for ax in figure.axes[1::2]]


@pytest.mark.parametrize(("end", "years", "told"), [
    (date(2028, 12, 1), (date(2029, 1, 1) - date(2025, 1, 20)).days / 365.25, "2025\N{EN DASH}2028"),
    (date(2026, 6, 1), (date(2026, 7, 1) - date(2025, 1, 20)).days / 365.25, "2025-01 to 2026-06")])
def test_an_average_year_is_over_the_years_that_are_forecast(end, years, told):
    """The first month begins with the term, and a shorter horizon is not counted by the calendar years that it touches."""
    shorter = {name: one.model_copy(update={"horizon": one.horizon.model_copy(update={"end": end})})
               for name, one in scenarios().items()}
    content = figured(tables(), shorter)
    assert content.years == pytest.approx(years, abs=0.005)
    figure = draw_futures(content)
    for dyad, top in zip(content.panel.records, boxes_ahead(figure), strict=True):
        highest = max(row(tables().forecast, dyad=dyad, scenario=name, rank=ALL)["q95"] for name in content.marks)
        assert top == pytest.approx(highest / content.years, rel=1e-6)
    assert any(told in text.get_text() for text in figure.axes[1].texts)
    assert told in figure.axes[-1].get_xlabel().replace("\n", " ")
    assert faults(figure) == []


def test_a_drift_is_called_none_of_growth():
    """Its sign is open."""
    assert "growth" not in "".join(text.get_text() for text in draw_effects(figured(tables())).texts)


def test_figures_name_every_dyad_and_every_scenario():
    content = figured(tables())
    for figure in (draw_futures(content), draw_effects(content)):
        words = {text.get_text() for ax in figure.axes for text in (*ax.texts, ax.title, *ax.get_yticklabels(),
                                                                    *[ax._left_title])}
        assert any("Kazakhstan" in one for one in words)
        assert any("Turkmenistan" in one for one in words)
        assert faults(figure) == []


@pytest.mark.parametrize("column", some(COLUMNS, ("single",)))
def test_printed_figures_have_whole_words_in_either_column_also_without_colour(column):
    content = figured(tables())
    for draw in (draw_futures, draw_effects):
        with drawn_at(COLUMNS[column]), captions_apart() as apart:
            figure = draw(content)
        assert [bool(title and note) for title, note in apart] == [True]
        assert figure.get_size_inches()[0] / MM == pytest.approx(COLUMNS[column])
        assert figure.get_size_inches()[1] / MM <= TALLEST
        to_grey(figure)
        assert faults(figure) == []
        with drawn_at(COLUMNS[column]):
            assert faults(draw(content)) == []
        assert faults(draw(content)) == []


def test_bars_are_contacts_and_boxes_stand_beside_the_axis_of_time():
    """A few days before the first whole year are no year of their own, and no bar goes on behind the last day on record."""
    figure = draw_futures(figured(tables()))
    past, ahead = figure.axes[:2]
    last = past.get_xlim()[1]
    corners = [part for patch in past.patches for part in patch.get_path().to_polygons()]
    count = panel().seen.sel(dyad="us_kz").sum("rank").to_numpy()
    tops = sorted(part[:, 1].max() for part in corners)
    assert [top for top in tops if top > 0] == sorted([count[0] + count[1], *count[2:][count[2:] > 0]])
    assert max(part[:, 0].max() for part in corners) <= last + 1e-9
    assert last == pytest.approx(2017.49, abs=0.01)
    assert past.get_position().x1 < ahead.get_position().x0
    assert "2025" in ahead.get_xlabel() or "2025" in figure.axes[3].get_xlabel()


def test_tables_are_the_same_for_the_same_seed_and_others_for_another():
    one, again, other = (region_tables(members(), panel(), scenarios(), elections(), paths=100, seed=seed)
                         for seed in (SEED, SEED, SEED + 1))
    pd.testing.assert_frame_equal(again.forecast, one.forecast)
    assert not again.forecast["mean"].equals(other.forecast["mean"])
