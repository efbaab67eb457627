"""The numbers of a comparison equal those that pandas counts from the files, by another way."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecast.components.completeness import eras_of
from forecast.contacts import codes
from forecast.errors import InputError
from forecast.evaluation.compare_administrations import ADJUSTED, CODED, agreements, chronology, compare_presidents, practice
from forecast.evaluation.visits import governed
from forecast.panel import load_panel
from forecast.panel.elections import load_administrations
from forecast.shipped import DYAD
from tests.fixture.record import frozen_panel

AS_OF = date(2025, 1, 19)
TERM = {"Trump": ("2017-01-20", "2021-01-20"), "Biden": ("2021-01-20", "2025-01-20")}


@pytest.fixture(scope="module")
def panel():
    return load_panel(as_of=AS_OF)


@pytest.fixture(scope="module")
def sides(panel):
    return governed(panel, ["Trump", "biden"])


@pytest.fixture(scope="module")
def found(panel, sides):
    return compare_presidents(panel, sides, 1)


@pytest.fixture(scope="module")
def files():
    contact = pd.read_csv(DYAD / "contacts.csv", keep_default_na=False)
    page = pd.read_csv(DYAD / "media.csv", keep_default_na=False)
    return contact, page[page["kind"] != "official"]


def of_term(contact, name):
    first, after = TERM[name]
    return contact[(contact["date"] >= first) & (contact["date"] < after)]


def rows(found, name, group):
    table = found.count[(found.count["president"] == name) & (found.count["group"] == group)]
    return table.set_index("key")


@pytest.mark.parametrize("name", TERM)
@pytest.mark.parametrize("column", ["us_rank", "format", "direction", "mechanism"])
def test_contacts_per_year_are_those_of_the_file(found, files, name, column):
    counted = of_term(files[0], name)[column].value_counts()
    table = rows(found, name, column)
    years = (pd.Timestamp(TERM[name][1]) - pd.Timestamp(TERM[name][0])).days / 365.25
    assert table["n"].to_dict() == {code: counted.get(code, 0) for code in CODED[column]}
    assert table["value"].to_numpy() == pytest.approx(table["n"].to_numpy() / years)
    assert table["n"].sum() == rows(found, name, "contacts")["n"].sum() == len(of_term(files[0], name))


@pytest.mark.parametrize("name", TERM)
def test_topics_and_outcomes_are_shares_of_what_the_file_holds(found, files, name):
    own = of_term(files[0], name)
    reported = own[own["agenda"] != ""]
    named = reported["agenda"].str.split(";").explode().value_counts()
    topics = rows(found, name, "agenda")
    assert topics["n"].to_dict() == {topic: named.get(topic, 0) for topic in codes.TOPIC}
    assert set(topics["of"]) == {len(reported)}
    outcome = rows(found, name, "outcome")
    assert outcome["value"].to_numpy() == pytest.approx(
        [(own["outcome"] == code).mean() for code in codes.OUTCOME.numbers])


@pytest.mark.parametrize("name", TERM)
@pytest.mark.parametrize(("side", "country"), [("partner", "KZ"), ("home", "US")])
def test_media_are_those_of_the_file(found, files, name, side, country):
    own = of_term(files[0], name)
    page = files[1][(files[1]["outlet_country"] == country) & files[1]["contact_id"].isin(own["id"])]
    assert rows(found, name, "pages").loc[side, "n"] == len(page)
    assert rows(found, name, "pages").loc[side, "value"] == pytest.approx(len(page) / len(own))
    assert rows(found, name, "coverage").loc[side, "n"] == page["contact_id"].nunique()
    assert rows(found, name, "tone").loc[side, "value"] == pytest.approx(page["tone"].mean())
    frames = found.frame[(found.frame["president"] == name) & (found.frame["side"] == side)].set_index("topic")["pages"]
    assert frames[frames > 0].to_dict() == page["frame"].value_counts().to_dict()


def test_differences_are_those_of_the_values_and_turn_with_the_order(panel, found):
    value = found.count.pivot_table(index=["group", "key"], columns="president", values="value", dropna=False)
    apart = found.difference.set_index(["group", "key"])["difference"]
    assert apart.to_numpy() == pytest.approx((value["Trump"] - value["Biden"]).loc[apart.index].to_numpy(), nan_ok=True)
    turned = compare_presidents(panel, governed(panel, ["Biden", "Trump"]), 1).difference
    assert turned["low"].to_numpy() == pytest.approx(-found.difference["high"].to_numpy(), nan_ok=True)


def test_every_contact_stands_in_the_chronology_once(panel, sides, files):
    table = chronology(panel, sides)
    both = pd.concat([of_term(files[0], name) for name in TERM])
    assert sorted(table["id"]) == sorted(both["id"])
    assert table.set_index("id")["sources"].to_dict() == both.set_index("id")["sources"].to_dict()
    assert table["date"].is_monotonic_increasing
    agreed = agreements(table)
    assert sorted(agreed["id"]) == sorted(both.loc[both["outcome"] > 0, "id"])


def test_visits_are_numbered_within_each_president(panel, sides):
    table = chronology(panel, sides)
    for one in sides:
        own = table[table["president"] == one.name]
        assert set(own["visit"]) == set(range(1, one.n_visit + 1))
        spread = own.groupby("visit")["direction"].nunique()
        assert set(spread) == {1}


def test_what_was_begun_and_dropped_is_what_the_file_says(panel, sides, files):
    table = practice(panel, sides).set_index(["president", "key"])
    contact = files[0]
    for name, (first, after) in TERM.items():
        own = contact[contact["mechanism"] == "c5plus1"]["date"]
        row = table.loc[(name, "c5plus1")]
        within = own.between(first, after, inclusive="left").sum()
        assert (row["before"], row["within"], row["after"]) == ((own < first).sum(), within, (own >= after).sum())
    assert table.loc[("Trump", "human_rights_dialogue"), "status"] == "begun"
    assert table.loc[("Biden", "bilateral_consultations"), "status"] == "dropped"
    assert table.loc[("Trump", "bilateral_consultations"), "status"] == "resumed"
    assert "none" not in table.index.get_level_values("key")


def test_the_first_president_of_a_record_has_no_term_before(panel):
    table = practice(panel, governed(panel, ["Bush 41", "Clinton"]))
    assert set(table.query("president == 'Bush 41'")["status"]) == {"no term before"}


def test_adjusted_contacts_are_contacts_over_the_recorded_share(panel, sides):
    eras = eras_of(panel.administration)[1]
    share = xr.DataArray(np.full((50, len(codes.RANK), len(eras)), 0.5), dims=("draw", "rank", "era"))
    share[:, codes.RANK.index("president")] = 1.0
    table = compare_presidents(panel, sides, 1, share)
    recorded, adjusted = (rows(table, "Trump", group)["value"] for group in ("us_rank", ADJUSTED))
    assert adjusted["cabinet"] == pytest.approx(2 * recorded["cabinet"])
    assert adjusted["president"] == pytest.approx(recorded["president"])
    assert adjusted["all"] == pytest.approx(2 * recorded.sum() - recorded["president"])


def test_a_name_that_is_not_known_is_told_with_the_nearest(panel):
    with pytest.raises(InputError, match=r"found 'Obbama'\. Did you mean 'Obama'\?"):
        governed(panel, ["Trump", "Obbama"])


@pytest.mark.parametrize(("names", "words"), [
    (["Trump"], "expected two names or more, found 1"), (["Obama", "Obama 2"], r"found Obama and Obama 2 \(Obama 2\)"),
    (["Biden", "biden"], "names without a common term"), ([], "expected two names or more, found 0")])
def test_names_that_cannot_be_compared_are_refused(panel, names, words):
    with pytest.raises(InputError, match=words):
        governed(panel, names)


def test_a_president_after_the_as_of_date_is_refused():
    with pytest.raises(InputError, match="expected one who governed between 1991 and 2016-01-01, the as-of date, found Trump"):
        governed(frozen_panel(date(2016, 1, 1)), ["Obama", "Trump"], load_administrations())


def thinned(panel, president, keep):
    """A panel in which so many contacts of a president are left, and no page of any."""
    own = np.flatnonzero(panel.contact["president"] == president)
    left = np.setdiff1d(np.arange(len(panel.contact)), own[keep:])
    return replace(panel, contact=panel.contact.iloc[left].reset_index(drop=True), topic=panel.topic[left],
                   reported=panel.reported[left], media=panel.media.iloc[:0], pages=np.zeros((len(left), 2), int))


@pytest.mark.parametrize("keep", [0, 1])
def test_a_term_with_one_contact_or_none_is_compared_and_a_record_without_pages_too(panel, keep):
    few = thinned(panel, "Biden", keep)
    one = governed(few, ["Trump", "Biden"])
    table = compare_presidents(few, one, 1)
    assert one[1].n_contact == one[1].n_visit == keep
    assert not table.has_pages
    assert set(table.count["group"]) == {"contacts", "us_rank", "format", "direction", "mechanism", "agenda", "outcome"}
    every = table.difference[table.difference["group"] == "contacts"].iloc[0]
    assert (every["n_first"], every["n_second"]) == (49, keep)
    assert every["beyond_zero"]
    assert table.difference.loc[table.difference["group"] == "outcome", "low"].isna().all() == (keep == 0)
    assert np.isnan(every["ratio"]) == (keep == 0)
