"""Counts of the registers against hand counts, exposure, the as-of cut, and nothing lost."""

import csv
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.errors import InputError
from forecast.panel.calendar import DAYS_PER_YEAR
from forecast.panel.registers import (
    CHANNEL,
    FIRST_DAY,
    REGION,
    administrations_since,
    load_countries,
    load_identifiers,
    load_register_panel,
)
from forecast.shipped import DATA

AS_OF = date(2024, 11, 4)


@pytest.fixture(scope="module")
def panel():
    return load_register_panel(AS_OF)


@pytest.fixture(scope="module")
def lines():
    with (DATA / "registers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_term(panel, country: str, channel: str) -> dict[str, int]:
    """Counts of one country and channel by name of term, zeros left out."""
    total = {}
    for number, term in zip(panel.count.sel(country=country, channel=channel).to_numpy(), panel.period["term"], strict=True):
        name = panel.administration[term].name
        total[name] = total.get(name, 0) + int(number)
    return {name: number for name, number in total.items() if number}


def test_counts_of_kazakhstan_by_hand(panel):
    """Counted by hand in registers.csv."""
    assert by_term(panel, "kazakhstan", "president_travel") == {}
    assert by_term(panel, "kazakhstan", "secretary_travel") == {
        "Bush 41": 1, "Clinton 1": 1, "Clinton 2": 1, "Bush 43 1": 1, "Bush 43 2": 2, "Obama 1": 1, "Obama 2": 1, "Trump 1": 1,
        "Biden": 1}  # fmt: skip
    assert by_term(panel, "kazakhstan", "visit_to_us") == {
        "Bush 41": 1, "Clinton 1": 1, "Clinton 2": 3, "Bush 43 1": 1, "Bush 43 2": 1, "Obama 1": 1, "Obama 2": 2, "Trump 1": 1,
        "Biden": 1}  # fmt: skip


def test_counts_of_mapped_names_by_hand(panel):
    """Türkiye and Czechia have two identifiers each; Belgrade before June 2006 counts as Yugoslavia."""
    assert by_term(panel, "turkiye", "president_travel") == {
        "Eisenhower 2": 1, "Bush 41": 1, "Clinton 2": 1, "Bush 43 1": 1, "Obama 1": 1, "Obama 2": 1}  # fmt: skip
    assert by_term(panel, "yugoslavia", "secretary_travel")["Clinton 2"] == 1
    assert by_term(panel, "yugoslavia", "secretary_travel")["Bush 43 1"] == 1
    assert set(by_term(panel, "serbia", "secretary_travel")) <= {"Bush 43 2", "Obama 1", "Obama 2", "Trump 1", "Biden"}


def test_every_entry_is_counted_or_left_out_with_a_reason(panel, lines):
    inside = [row for row in lines if str(FIRST_DAY) <= row["start"] <= str(AS_OF)]
    assert panel.count.sum() + len(panel.left_out) == len(inside)
    assert panel.left_out["reason"].str.len().min() > 5
    assert {"holy-see", "palestinian-authority"} <= set(panel.left_out["identifier"])
    assert "kazakhstan" not in set(panel.left_out["identifier"])


def test_totals_by_channel_follow_the_file(panel, lines):
    for channel in CHANNEL:
        inside = sum(row["register"] == channel and str(FIRST_DAY) <= row["start"] <= str(AS_OF) for row in lines)
        left = (panel.left_out["register"] == channel).sum()
        assert panel.count.sel(channel=channel).sum() == inside - left


def test_no_count_without_exposure_and_no_exposure_before_a_state_began(panel):
    counted = panel.count.sum("channel").to_numpy() > 0
    assert (panel.exposure.to_numpy()[counted] > 0).all()
    start = panel.country.set_index("country")["start"]
    before = panel.period["end"].to_numpy()[None] <= start.to_numpy()[:, None]
    assert (panel.exposure.to_numpy()[before] == 0).all()
    assert (panel.exposure.to_numpy()[~before & panel.country["end"].isna().to_numpy()[:, None]] > 0).all()


def test_exposure_by_hand(panel):
    """Kazakhstan is a state from 16 December 1991, so 401 days of Bush 41; Czechoslovakia ends with 1992."""
    term = [panel.administration[index].name for index in panel.period["term"]]
    kazakhstan = dict(zip(term, panel.exposure.sel(country="kazakhstan").to_numpy(), strict=True))
    assert kazakhstan["Bush 41"] == pytest.approx(401 / DAYS_PER_YEAR)
    assert kazakhstan["Reagan 2"] == 0
    gone = panel.exposure.sel(country="czechoslovakia").to_numpy()[[name == "Clinton 1" for name in term]]
    assert gone == 0
    total = panel.exposure.sel(country="france").sum()
    assert total == pytest.approx(((AS_OF - FIRST_DAY).days + 1) / DAYS_PER_YEAR)


def test_periods_are_the_terms_cut_at_the_covid_window(panel):
    period = panel.period
    assert (period["start"].to_numpy()[1:] == period["end"].to_numpy()[:-1]).all()
    assert period["start"].iloc[0].date() == FIRST_DAY
    assert period["end"].iloc[-1].date() == date(2024, 11, 5)
    inside = period[period["covid"] == 1]
    assert inside["start"].iloc[0].date() == date(2020, 3, 16)
    assert inside["end"].iloc[-1].date() == date(2021, 12, 31)
    assert [panel.administration[term].name for term in inside["term"]] == ["Trump 1", "Biden"]


@pytest.mark.parametrize("as_of", [date(1996, 11, 4), date(2020, 11, 2), date(2001, 1, 20)])
def test_an_early_panel_knows_nothing_later(panel, as_of):
    early = load_register_panel(as_of)
    assert early.period["end"].iloc[-1] == pd.Timestamp(as_of) + pd.Timedelta(days=1)
    assert (early.left_out["start"] <= pd.Timestamp(as_of)).all()
    assert early.country["start"].max() <= pd.Timestamp(as_of)
    assert not (early.country["end"] > pd.Timestamp(as_of)).any()
    whole = early.period["end"].isin(panel.period["end"]).to_numpy()
    same = early.country["country"].tolist()
    np.testing.assert_array_equal(early.count.to_numpy()[..., whole],
                                  panel.count.sel(country=same).to_numpy()[..., :len(whole)][..., whole])


def test_a_later_as_of_date_adds_the_entries_in_between(panel, lines):
    later = load_register_panel(date(2024, 12, 31))
    between = sum("2024-11-05" <= row["start"] <= "2024-12-31" for row in lines)
    assert between > 0
    assert later.count.sum() + len(later.left_out) == panel.count.sum() + len(panel.left_out) + between


def test_terms_since_1949_have_no_gap():
    terms = administrations_since()
    assert terms[0].start == FIRST_DAY
    assert all(one.end == two.start for one, two in zip(terms[:-1], terms[1:], strict=True))
    assert len({term.name for term in terms}) == len(terms) == 21


def test_every_identifier_of_the_register_is_a_state_or_explained(lines):
    known = set(load_countries()["country"]) | set(load_identifiers()["identifier"])
    assert {row["country"] for row in lines} <= known
    meant = set(load_identifiers()["country"]) - {""}
    assert meant <= set(load_countries()["country"])


def test_central_asia_is_a_region_of_its_own():
    countries = load_countries()
    assert set(countries["region"]) == set(REGION)
    five = countries.loc[countries["region"] == "central_asia", "country"]
    assert set(five) == {"kazakhstan", "kyrgyzstan", "tajikistan", "turkmenistan", "uzbekistan"}
    assert countries["source"].str.contains("Gleditsch and Ward").all()


def test_faults_of_the_table_are_named(tmp_path):
    path = tmp_path / "countries.csv"
    path.write_text("country,name,region,start,end,source\nxx,X,asia,1990-01-01,1989-01-01,s\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 2, column region"):
        load_countries(path)
    path.write_text("country,name,region,start,end,source\nxx,X,oceania,1990-01-01,1989-01-01,s\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 2, column end"):
        load_countries(path)
