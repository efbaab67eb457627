"""Covariates: what is known on a day and no more, for which dyads, and how gaps, held-out terms and the future are filled."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.contacts import load_contacts
from forecast.contacts.dyad import load_dyad
from forecast.errors import InputError
from forecast.panel.covariates import (
    covariate_table,
    departures,
    going_on,
    in_units,
    last_known,
    load_covariates,
    within_term,
)
from forecast.panel.elections import load_administrations
from forecast.panel.panel import build_panel, load_panel, year_table
from forecast.shipped import dyads

KZ, UZ = (load_dyad(dyads()[name]) for name in ("us_kz", "us_uz"))


def table(about, as_of):
    year = year_table(load_administrations(), (date(1991, 12, 25), date.fromordinal(as_of.toordinal() + 1)))
    found = covariate_table(about, year, as_of)
    return found.set_axis(year["start"].dt.year, axis=1)


def test_values_are_those_of_the_series_one_year_before():
    found = table([KZ], date(2024, 11, 4))
    assert found.loc["un_votes", 1994] == pytest.approx(0.3514 / 0.1)  # the session of 1992
    assert found.loc["trade", 1993] == pytest.approx(np.log(35.5) / 0.6931)
    assert found.loc["war_in_ukraine", 2021] == 0
    assert found.loc["war_in_ukraine", 2022] == pytest.approx((365 - 35) / 365)  # 20 January to 24 February without
    assert found.loc["war_in_ukraine", [2023, 2024]].tolist() == [1, 1]
    assert np.isnan(found.loc["un_votes", 2024])  # the source ends


def test_a_period_goes_on_as_long_as_it_lasts_and_a_series_with_its_last_value():
    early = date(2022, 3, 1)
    now, year = table([KZ], early), table([KZ], date(2021, 1, 19))
    assert now.loc["war_in_ukraine"].iloc[-1] < 0.2
    found = dict(zip(now.index, going_on(now, early), strict=True))
    assert found["war_in_ukraine"] == 1
    assert found["trade"] == now.loc["trade"].dropna().iloc[-1]
    assert going_on(year, date(2021, 1, 19))[list(year.index).index("war_in_ukraine")] == 0
    value, used = now.to_numpy(), np.ones(now.shape[1], bool)
    at = list(now.index).index("war_in_ukraine")
    assert departures(value, used, going_on(now, early))[at, 0] == -1
    assert departures(value, used & (np.arange(len(used)) < 30), going_on(now, early))[at].tolist() == [0] * len(used)  # held out


def test_in_a_term_that_runs_years_that_have_begun_have_what_was_observed():
    panel = load_panel(dyads()["us_kz"], as_of=date(2023, 6, 30))
    found = within_term(panel, date(2021, 1, 20), {"war_in_ukraine": 0.0}, ["war_in_ukraine", "trade"])
    assert found["war_in_ukraine"].tolist() == [0, pytest.approx((365 - 35) / 365), 1, 0]  # 2024 is the scenario's
    assert np.isfinite(found["trade"][:3]).all()
    assert np.isnan(found["trade"][3])


def test_in_the_year_of_a_successor_the_successors_part_counts_and_the_years_before_stay_observed():
    terms = [one if one.name != "Biden" else replace(one, end=date(2022, 6, 1)) for one in load_administrations()]
    terms.append(replace(terms[-1], name="successor", president="successor", start=date(2022, 6, 1), end=date(2025, 1, 20)))
    panel = build_panel([load_contacts(dyads()["us_kz"], date(2023, 6, 30))], terms, date(2023, 6, 30))
    found = within_term(panel, date(2021, 1, 20), {"war_in_ukraine": 0.5}, ["war_in_ukraine"])
    assert found["war_in_ukraine"].tolist() == [0, 1, 1, 0.5]


def test_days_before_relations_began_are_no_days_of_a_period():
    late = KZ.model_copy(update={"relations_start": date(2022, 6, 1)})
    year = year_table(load_administrations(), (date(2022, 6, 1), date(2024, 11, 5)))
    assert covariate_table([late], year, date(2024, 11, 4)).loc["war_in_ukraine"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("as_of", [date(2000, 11, 6), date(2008, 11, 3), date(2020, 11, 2), date(2022, 3, 1)])
def test_nothing_later_than_the_day_is_known_and_what_was_known_stays(as_of):
    early, late = table([KZ], as_of), table([KZ], date(2024, 11, 4))
    whole = early.columns[:-1]  # of the last year a part was observed
    np.testing.assert_array_equal(early[whole].to_numpy(), late.loc[early.index, whole].to_numpy())
    last = early.columns[-1]
    yearly = [name for name, one in load_covariates().items() if one.series]
    np.testing.assert_array_equal(early.loc[yearly, last].to_numpy(), late.loc[yearly, last].to_numpy())
    assert early.loc["war_in_ukraine"].max() == (0 if as_of.year < 2022 else pytest.approx(6 / 41))  # 20 January to 1 March


def test_a_year_that_has_not_ended_is_not_known():
    """The administration year from January 2021 has the value of 2020, which on 4 November 2020 was not there."""
    early = table([KZ], date(2020, 12, 30))
    assert 2021 not in early.columns
    assert early.loc["trade", 2020] == table([KZ], date(2024, 11, 4)).loc["trade", 2020]


def test_of_several_dyads_only_what_is_the_same_for_all_is_known():
    day = date(2024, 11, 4)
    assert table([KZ, UZ], day).index.tolist() == ["war_in_ukraine"]
    assert table([UZ], day).index.tolist() == ["war_in_ukraine", "trade", "aid"]  # votes are of the first dyad
    assert not np.array_equal(table([UZ], day).loc["trade"], table([KZ], day).loc["trade"], equal_nan=True)


def test_years_are_measured_from_the_last_value_and_gaps_have_the_one_before():
    value = np.array([[np.nan, 2.0, np.nan, 5.0, 4.0, np.nan], [np.nan] * 6])
    used = np.ones(6, bool)
    np.testing.assert_array_equal(departures(value, used), [[-2, -2, -2, 1, 0, 0], [0] * 6])
    np.testing.assert_array_equal(last_known(value, used), [4, np.nan])


def test_a_held_out_term_has_the_value_before_it_and_later_values_say_nothing():
    value, used = np.array([[1.0, 3.0, 9.0, 7.0]]), np.array([True, True, False, False])
    other = np.where(used, value, -100.0)
    np.testing.assert_array_equal(departures(value, used), [[-2, 0, 0, 0]])
    np.testing.assert_array_equal(departures(other, used), departures(value, used))
    assert not np.array_equal(departures(other, used | True), departures(value, used | True))  # negative control


def test_a_scenario_gives_one_number_or_one_for_each_year_in_the_units_of_the_source():
    found = in_units({"war_in_ukraine": 0.5, "trade": (100.0, 200.0, 400.0, 800.0)})
    np.testing.assert_array_equal(found["war_in_ukraine"], [0.5] * 4)
    np.testing.assert_allclose(np.diff(found["trade"]), np.log(2) / 0.6931)


def test_every_covariate_has_values_for_some_shipped_dyad():
    panel = load_panel(dyads()["us_kz"])
    found = covariate_table(panel.about, panel.year, panel.as_of)
    assert set(found.index) == set(load_covariates())
    assert found.notna().any(axis=1).all()
    assert (found.max(axis=1) > found.min(axis=1)).all()


def test_a_wrong_catalogue_is_refused_with_its_key(tmp_path):
    path = tmp_path / "covariates.yaml"
    path.write_text("covariates:\n  rain:\n    title: Rain\n    unit: a millimetre\n    reason: Nobody knows why.\n")
    with pytest.raises(InputError, match=r"covariates\.rain.*either the key period"):
        load_covariates(path)
