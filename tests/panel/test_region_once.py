"""Records of a region with every shared occasion once, in the record of the dyad that is forecast."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from forecast.contacts import codes
from forecast.contacts.region import region_of
from forecast.panel import load_panel
from forecast.panel.region import once_each

DYADS = ("us_tm", "us_kz", "us_uz", "us_kg", "us_tj")
AS_OF = date(2024, 11, 4)
REGION = region_of(DYADS)


@cache
def loaded():
    return load_panel([REGION.folders[name] for name in DYADS], as_of=AS_OF)


@cache
def of_first(dyad):
    order = sorted(DYADS, key=lambda name: name != dyad)
    return once_each(load_panel([REGION.folders[name] for name in order], as_of=AS_OF), REGION)


def once():
    return of_first(DYADS[0])


def test_the_record_of_the_first_dyad_stays_whole():
    alone = load_panel(REGION.folders["us_tm"], as_of=AS_OF)
    own = once().contact[once().contact["dyad"] == "us_tm"]
    assert own["id"].tolist() == alone.contact["id"].tolist()
    assert once().count.sel(dyad="us_tm").sum() == len(alone.contact)


MORE = set(map(tuple, REGION.occasions.loc[REGION.occasions["own_part"], ["dyad", "contact_id"]].to_numpy()))
"""Contacts that are a bilateral meeting besides."""


def alone(table):
    """Contacts that are a shared occasion and nothing else."""
    besides = [key in MORE for key in zip(table["dyad"], table["id"], strict=True)]
    return table[(table["occasion_id"] != "") & ~np.array(besides)]


def test_every_shared_occasion_is_in_one_record_and_every_other_contact_stays():
    before, after = loaded().contact, once().contact
    for table in (before, after):
        assert (alone(table).groupby("occasion_id")["dyad"].nunique().max() > 1) == (table is before)
    assert set(after["occasion_id"]) == set(before["occasion_id"])
    assert len(before) - len(after) == len(alone(before)) - len(alone(after)) > 20


@pytest.mark.parametrize("dyad", DYADS)
def test_bilateral_meetings_beside_an_occasion_stay_in_every_record(dyad):
    found = of_first(dyad).contact
    assert not MORE - set(zip(found["dyad"], found["id"], strict=True))


def test_it_is_with_the_first_of_the_dyads_that_took_part():
    before, after = loaded().contact, alone(once().contact)
    first = before[before["occasion_id"] != ""].groupby("occasion_id")["dyad"].agg(lambda one: min(one, key=DYADS.index))
    for row in after.itertuples():
        assert row.dyad == first[row.occasion_id]


@pytest.mark.parametrize("dyad", DYADS)
def test_agenda_and_outcome_of_others_are_those_of_the_occasion_as_a_whole(dyad):
    whole, found = REGION.shared.set_index("occasion_id"), of_first(dyad)
    before = {(row.dyad, row.id): row for row in loaded().contact.itertuples()}
    for place, row in enumerate(found.contact.itertuples()):
        key = row.dyad, row.id
        other = row.occasion_id in whole.index and key not in MORE and row.dyad != dyad
        known = whole.loc[row.occasion_id] if other else before[key]
        assert (row.agenda, row.outcome) == (known.agenda, known.outcome), row.id
        named = [topic for topic, there in zip(codes.TOPIC, found.topic[place], strict=True) if there]
        assert named == [topic for topic in codes.TOPIC if topic in row.agenda.split(";")]
        assert found.reported[place] == (row.agenda != "")


def test_a_coding_as_a_whole_is_taken_where_a_row_says_otherwise():
    """On a table of occasions made up for this: shipped ones in which the first dyad took no part agree."""
    row = next(one for one in alone(once().contact).itertuples() if one.dyad != DYADS[0] and one.agenda)
    shared = REGION.shared[REGION.shared["occasion_id"] != row.occasion_id].copy()
    shared = pd.concat([shared, REGION.shared.iloc[[0]].assign(occasion_id=row.occasion_id, agenda="", outcome=3)])
    found = once_each(loaded(), replace(REGION, shared=shared))
    place = found.contact.index[found.contact["id"] == row.id][0]
    assert found.contact.loc[place, ["agenda", "outcome"]].tolist() == ["", 3]
    assert not found.reported[place]
    assert not found.topic[place].any()


def counted(media):
    """Places of contacts with pages of news or analysis of either side."""
    return media.loc[(media["kind"] != "official") & (media["side"] != "other"), "contact"].astype(int)


def test_tables_that_follow_the_contacts_stay_with_them():
    found = once()
    assert len(found.contact) == len(found.topic) == len(found.pages) == found.month_count.sum() == int(found.count.sum())
    assert found.contact["date"].is_monotonic_increasing
    assert np.flatnonzero(found.pages.sum(axis=1)).tolist() == sorted(set(counted(found.media)))
    pages = found.media[found.media["dyad"] == "us_kz"]
    assert len(pages)
    assert (found.contact["id"].to_numpy()[pages["contact"].to_numpy(int)] == pages["contact_id"]).all()
    np.testing.assert_array_equal(found.contact.index, np.arange(len(found.contact)))


def test_records_without_a_shared_occasion_stay_as_they_are():
    early = load_panel([REGION.folders[name] for name in DYADS], as_of=date(1998, 1, 1))
    assert (early.contact["occasion_id"] == "").all()
    assert once_each(early, REGION).contact.equals(early.contact)


@pytest.mark.parametrize("dyad", DYADS)
def test_whichever_dyad_comes_first_keeps_its_contacts(dyad):
    own = of_first(dyad).contact
    assert (own["dyad"] == dyad).sum() == (loaded().contact["dyad"] == dyad).sum()
    assert set(own["occasion_id"]) == set(once().contact["occasion_id"])
