"""Tables of poles: rows, factors, and whether meetings and contacts move together, with planted truths."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.components.registry import BESIDE, POLES
from forecast.contacts.dyad import load_dyad
from forecast.evaluation import poles
from forecast.evaluation.poles import COLUMNS, TOGETHER, moved_together, pole_tables, together_table
from forecast.evaluation.questions import components_of, condition, past_windows, resolve
from forecast.panel import load_panel
from forecast.panel.elections import load_election
from forecast.panel.poles import load_poles
from forecast.posterior import posterior
from forecast.posterior.fit import pole_priors
from forecast.report.columns import file_of_path
from forecast.shipped import DYAD
from forecast.simulation.poles import pole_futures
from forecast.simulation.scenario import Question
from tests.simulation.conftest import event, make_scenario, question

EVE, BEGINS = date(2024, 11, 4), date(2025, 1, 20)
RUSSIA, CHINA = "president_of_russia_to_kazakhstan", "president_of_china_to_kazakhstan"


@pytest.fixture(scope="module")
def panel():
    return load_panel(DYAD)


@pytest.fixture(scope="module")
def record():
    return load_poles(load_dyad(DYAD), EVE)


@pytest.fixture(scope="module")
def made(panel, record):
    data, priors = BESIDE[POLES].data(panel), pole_priors().component[POLES]
    chains = posterior.draw_prior(BESIDE[POLES], data, priors, np.random.default_rng(4), chains=2, draws=200)
    found = posterior.Posterior(component=POLES, key="", chains=chains, coord=data.coord, gates=None, reused=False)
    effect = {"rate": {"pole": {"turkey": 0.2, "russia": 0.5}}}
    scenarios = {"plain": make_scenario(name="plain"), "moved": make_scenario(name="moved", events=[event(
        date="2025-01", effects=effect)])}
    elections = dict.fromkeys(scenarios, load_election("us_2024"))
    return found, scenarios, elections, pole_tables(found, panel, record, scenarios, elections, paths=2000, seed=7)


def test_rows_are_the_futures_described_and_columns_are_documented(made, record):
    found, scenarios, elections, tables = made
    assert tuple(tables.poles.columns) == COLUMNS == tuple(one.name for one in file_of_path("poles.csv").columns)
    assert tuple(tables.poles_together.columns) == TOGETHER == tuple(one.name
                                                                     for one in file_of_path("poles_together.csv").columns)
    future = pole_futures(found, record, scenarios["plain"], elections["plain"], paths=2000, seed=7)
    rows = tables.poles.set_index(["scenario", "quantity", "pole", "list", "window"]).sort_index()
    total = sum(future.count[name].sum(axis=1, dtype=int) for name in record.list.index[record.list["pole"] == "china"])
    row = rows.loc[("plain", "meetings", "china", "all", "2025-2028")]
    assert row["mean"] == pytest.approx(total.mean())
    assert row["p_any"] == pytest.approx((total > 0).mean())
    assert row["q95"] == np.quantile(total, 0.95)
    by_year = rows.loc[("plain", "meetings", "china", CHINA)]["mean"]
    assert by_year.drop("2025-2028").sum() == pytest.approx(by_year["2025-2028"])
    assert 0 < row["mcse"] < 0.2 * row["mean"]


def test_assumed_factors_are_shown_for_poles_with_a_forecast_and_without(made):
    table = made[3].poles
    factor = table[table["quantity"] == "assumed_factor"].set_index(["scenario", "pole", "window"])
    assert set(factor.index.get_level_values("scenario")) == {"moved"}
    assert factor.loc[("moved", "turkey", "2026"), ["mean", "forecast"]].tolist() == [pytest.approx(np.exp(0.2)), "no"]
    assert factor.loc[("moved", "russia", "2026"), ["mean", "forecast"]].tolist() == [pytest.approx(np.exp(0.5)), "yes"]
    assert not (table["pole"] == "turkey")[table["quantity"] == "meetings"].any()


def test_futures_that_are_known_are_not_simulated_again(made, panel, record, monkeypatch):
    found, scenarios, elections, tables = made
    known = {name: pole_futures(found, record, one, elections[name], paths=2000, seed=7) for name, one in scenarios.items()}
    fewer = {name: pole_futures(found, record, one, elections[name], paths=100, seed=7) for name, one in scenarios.items()}
    again = []

    def noted(*given, **named):
        again.append(given[2].name)
        return pole_futures(*given, **named)

    monkeypatch.setattr(poles, "pole_futures", noted)

    def made_of(futures):
        return pole_tables(found, panel, record, scenarios, elections, paths=2000, seed=7, known=futures).poles

    pd.testing.assert_frame_equal(made_of(known), tables.poles)
    assert again == []
    pd.testing.assert_frame_equal(made_of(fewer), tables.poles)
    assert len(again) == len(scenarios)


def test_a_dyad_without_poles_has_empty_tables(panel):
    found = pole_tables(None, panel, None, {}, {}, paths=10, seed=1)
    assert found.poles.empty
    assert found.poles_together.empty


# Together: a planted link is seen, none is not, and a link through memory alone is what placebos are for.

YEARS, STUDIES = 32, 300


def studies(link, memory=0.0):
    rng = np.random.default_rng(5)
    for _ in range(STUDIES):
        noise = rng.normal(size=(3, YEARS))
        for series in noise:
            for year in range(1, YEARS):
                series[year] = memory * series[year - 1] + np.sqrt(1 - memory**2) * series[year]
        first, second = (0.8 * (np.sqrt(1 - link) * own + np.sqrt(link) * noise[2]) for own in noise[:2])
        yield moved_together(rng.poisson(4 * np.exp(first)), rng.poisson(12 * np.exp(second)))


def within(share, wanted):
    """Whether a share of studies is what is wanted, up to four binomial errors."""
    return abs(share - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / STUDIES)


def test_without_a_link_the_interval_covers_none_as_often_as_it_says_and_placebos_are_alike():
    found = pd.DataFrame(studies(0.0))
    assert within(((found["low"] < 0) & (found["high"] > 0)).mean(), 0.9)
    assert (found["placebo_p"] < 0.05).mean() < 0.05 + 4 * np.sqrt(0.05 * 0.95 / STUDIES)
    assert abs(found["correlation"].mean()) < 4 * found["correlation"].std() / np.sqrt(STUDIES)


def test_a_link_is_seen_by_interval_and_placebo():
    """Positive control."""
    found = pd.DataFrame(studies(0.9))
    assert (found["low"] > 0).mean() > 0.9
    assert (found["placebo_p"] < 0.05).mean() > 0.8


def test_memory_alone_misleads_the_interval_and_the_placebo_less():
    found = pd.DataFrame(studies(0.0, memory=0.9))
    missed = ((found["low"] > 0) | (found["high"] < 0)).mean()
    assert missed > 0.1 + 4 * np.sqrt(0.09 / STUDIES)
    assert (found["placebo_p"] < 0.05).mean() < missed


def test_what_so_many_years_show_is_what_they_show():
    """A correlation as large as is told is found in four of five studies of normal series."""
    rng, n = np.random.default_rng(6), 32
    r = moved_together(rng.poisson(5, n), rng.poisson(5, n))["detectable"]
    first = rng.normal(size=(2000, n))
    second = r * first + np.sqrt(1 - r**2) * rng.normal(size=(2000, n))
    seen = np.array([np.corrcoef(one, other)[0, 1] for one, other in zip(first, second, strict=True)])
    share = (np.sqrt(n - 4) * np.arctanh(seen) > 1.96).mean()
    assert abs(share - 0.8) < 0.05


def test_the_record_of_years_is_whole_and_its_correlations_are_of_the_counts(panel, record):
    table = together_table(panel, record).set_index(["list", "contacts"])
    assert table.loc[(RUSSIA, "all"), "years"] == 11
    assert table.loc[(CHINA, "all"), ["first", "last"]].tolist() == [date(2004, 1, 20), date(2023, 1, 20)]
    assert "president_of_kazakhstan_to_china" not in table.index.get_level_values(0)  # six years are too few
    assert ((table["low"] < table["correlation"]) & (table["correlation"] < table["high"])).all()


# Questions about lists.

def ask(name=CHINA, **changed):
    return Question.model_validate({**question(), "contacts": None, "meetings": {"list": name}, "window": ["2025-01", "2025-12"],
                                    **changed})


def test_a_question_about_a_list_leans_on_poles_and_says_so():
    assert components_of(ask()) == (POLES,)
    assert condition(ask()) == f"at least 1 meeting on the list {CHINA}"


def test_past_windows_are_those_on_which_the_list_was_complete(panel, record):
    found = past_windows([ask()], panel, BEGINS, record).set_index("first")
    assert list(found.index) == [date(year, 1, 20) for year in (2005, 2009, 2013, 2017, 2021)]
    assert found["count"].tolist() == [1, 1, 1, 1, 0]
    assert past_windows([ask()], panel, BEGINS).empty


@pytest.mark.parametrize(("asked", "until", "wanted"), [
    (ask(window=["2024-07", "2024-12"]), date(2024, 12, 31), ("yes", 1)),
    (ask(window=["2024-07", "2024-12"]), date(2024, 8, 1), ("yes", 1)),
    (ask(window=["2024-08", "2024-12"]), date(2024, 11, 4), ("open", 0)),
    (ask(window=["2024-08", "2024-12"]), date(2024, 12, 31), ("no", 0)),
    (ask(window=["2024-08", "2025-02"]), date(2025, 3, 1), ("open", 0)),  # the list ends before the window does
])
def test_a_list_decides_a_question_once_it_is_complete_to_the_end(panel, asked, until, wanted):
    assert resolve(asked, panel.contact, until, date(2021, 1, 20), load_poles(load_dyad(DYAD), until)) == wanted


def test_without_meetings_a_question_about_them_stays_open(panel):
    assert resolve(ask(), panel.contact, date(2026, 1, 1), BEGINS) == ("open", 0)
