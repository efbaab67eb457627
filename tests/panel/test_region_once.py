"""Records of a region with every shared occasion once, in the record of the dyad that is forecast."""

from datetime import date
from functools import cache

import numpy as np
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
def once():
    return once_each(loaded(), REGION)


def test_the_record_of_the_first_dyad_stays_whole():
    alone = load_panel(REGION.folders["us_tm"], as_of=AS_OF)
    own = once().contact[once().contact["dyad"] == "us_tm"]
    assert own["id"].tolist() == alone.contact["id"].tolist()
    assert once().count.sel(dyad="us_tm").sum() == len(alone.contact)


def test_every_shared_occasion_is_in_one_record_and_every_other_contact_stays():
    before, after = loaded().contact, once().contact
    for table in (before, after):
        shared = table[table["occasion_id"] != ""].groupby("occasion_id")["dyad"].nunique()
        assert (shared.max() > 1) == (table is before)
    assert set(after["occasion_id"]) == set(before["occasion_id"])
    assert (after["occasion_id"] == "").sum() == (before["occasion_id"] == "").sum()
    assert 0 < len(before) - len(after) < (before["occasion_id"] != "").sum()


def test_it_is_with_the_first_of_the_dyads_that_took_part():
    before, after = loaded().contact, once().contact
    first = before[before["occasion_id"] != ""].groupby("occasion_id")["dyad"].agg(lambda one: min(one, key=DYADS.index))
    kept = after[after["occasion_id"] != ""].groupby("occasion_id")["dyad"].first()
    assert kept.to_dict() == first.to_dict()


def test_agenda_and_outcome_are_those_of_the_occasion_as_a_whole():
    whole, contact = REGION.shared.set_index("occasion_id"), once().contact
    more = set(map(tuple, REGION.occasions.loc[REGION.occasions["own_part"], ["dyad", "contact_id"]].to_numpy()))
    before = {(row.dyad, row.id): row for row in loaded().contact.itertuples()}
    changed = 0
    for place, row in enumerate(contact.itertuples()):
        known = before[row.dyad, row.id]
        if row.occasion_id in whole.index and (row.dyad, row.id) not in more:
            known = whole.loc[row.occasion_id]
            changed += before[row.dyad, row.id].agenda != row.agenda
        assert (row.agenda, row.outcome) == (known.agenda, known.outcome), row.id
        named = [topic for topic, there in zip(codes.TOPIC, once().topic[place], strict=True) if there]
        assert named == [topic for topic in codes.TOPIC if topic in row.agenda.split(";")]
        assert once().reported[place] == (row.agenda != "")
    assert changed >= 1  # else the rows alone would do


def test_tables_that_follow_the_contacts_stay_with_them():
    found = once()
    assert len(found.contact) == len(found.topic) == len(found.pages) == found.month_count.sum() == int(found.count.sum())
    assert found.contact["date"].is_monotonic_increasing
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
    order = sorted(DYADS, key=lambda name: name != dyad)
    found = once_each(load_panel([REGION.folders[name] for name in order], as_of=AS_OF), REGION)
    assert (found.contact["dyad"] == dyad).sum() == (loaded().contact["dyad"] == dyad).sum()
    assert set(found.contact["occasion_id"]) == set(once().contact["occasion_id"])
