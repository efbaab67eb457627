"""Kinds of events: which there are, on which days they took place, and what is wrong with a file of them."""

from datetime import date

import numpy as np
import pytest

from forecast.errors import InputError
from forecast.panel import load_panel
from forecast.panel.events import find_events, load_kinds, names_known
from forecast.shipped import DYAD, dyads
from tests.contacts.example import contact, write_dyad
from tests.fixture.record import frozen_panel

EVE = date(2024, 11, 4)


def day(text):
    return np.array(text.split(), "datetime64[D]").tolist()


@pytest.fixture(scope="module")
def found():
    return find_events(load_panel(DYAD, as_of=EVE), load_kinds(DYAD, "us_kz"))


def test_days_are_those_of_the_record_and_of_the_series(found):
    assert found["presidential_meeting"].day.tolist() == day(
        "1992-05-19 1994-02-14 1997-11-18 1999-12-21 2001-12-21 2005-05-15 2006-09-29 2010-04-11 2012-03-26 2014-03-25 "
        "2015-09-29 2016-03-31 2017-05-21 2018-01-16 2019-09-25 2023-09-19")
    # the election of 1 December 1991 lies before relations start
    assert found["presidential_election"].day.tolist() == day("1999-01-10 2005-12-04 2011-04-03 2015-04-26 2019-06-09 2022-11-20")
    assert found["war_2022"].day.tolist() == day("2022-02-24")
    assert found["new_president"].day.tolist() == day("2019-03-20")
    assert len(found["c5plus1"].day) == 29


def test_contacts_of_an_event_and_of_its_visit_are_its_own(found):
    contact = load_panel(DYAD, as_of=EVE).contact
    own = set(contact.loc[found["presidential_meeting"].own, "id"])
    assert "2018-01-16-trump-nazarbayev-washington" in own
    assert "2018-01-16-pence-nazarbayev-washington" in own  # the same visit
    assert "1999-12-20-gore-nazarbayev-joint-commission" in own  # its day before
    assert "2014-03-10-obama-nazarbayev-call" not in own  # a call is no meeting
    assert not found["presidential_election"].own.any()
    assert (contact.loc[found["c5plus1"].own, "occasion_id"] != "").sum() == 29


def test_nothing_later_than_the_as_of_date_is_an_event():
    early = find_events(load_panel(DYAD, as_of=date(2015, 10, 1)), load_kinds(DYAD, "us_kz"))
    assert [len(one.day) for one in early.values()] == [11, 1, 0, 4, 0]


def test_kinds_of_one_partner_are_not_those_of_another():
    assert list(load_kinds(dyads()["us_uz"], "us_uz")) == ["presidential_meeting", "c5plus1", "war_2022"] == list(
        names_known("us_uz"))
    assert len(names_known(None)) == 5
    assert names_known("us_xx") is None


def test_a_contact_known_only_to_the_month_is_an_event_and_a_dyad_without_a_region_has_no_occasions(tmp_path):
    top = {"us_rank": "president", "partner_rank": "president", "format": "meeting"}
    folder = write_dyad(tmp_path / "us_xx", [contact("2010-05-15", date_precision="month", **top), contact("2012-06-01", **top)])
    panel = load_panel(folder, as_of=EVE)
    events = find_events(panel, load_kinds(folder, "us_xx"))
    assert events["presidential_meeting"].day.tolist() == day("2010-05-15 2012-06-01")
    assert not len(events["c5plus1"].day)
    assert frozen_panel().dyad == ("us_kz",)  # the fixture has the region's id, and so its occasions


ONE = """\
kinds:
  mine:
    title: Mine
    source: a synthetic kind for tests
"""


@pytest.mark.parametrize(("line", "words"), [
    ("    contacts: {rank: [presidnt]}", "codes of rank: president, vice_president"),
    ("    contacts: {rank: []}", "codes of rank"),
    ("    contacts: {ranks: [president]}", "keys of rank, partner_rank, format, direction, mechanism, not 'ranks'"),
    ("    contacts: {}", "at least one of the keys rank"),
    ("    occasions: c5plus2", "key kinds.mine.occasions: expected a kind of occasions of a region, found 'c5plus2'. "
                               "Did you mean 'c5plus1'?"),
    ("    series: {name: period, where: {category: kz_president}}", "found 'period'. Did you mean 'periods'?"),
    ("    series: {name: periods, where: {categry: kz_president}}", "key kinds.mine.series.where.categry: expected a column of "
                                                                    "the series, found 'categry'. Did you mean 'category'?"),
    ("    series: {name: periods, where: {category: kz_presidant}}", "expected a value of the column, found 'kz_presidant'. "
                                                                     "Did you mean 'kz_president'?"),
    ("    series: {name: trade_annual, where: {partner: Kazakhstan}}", "a series whose rows have a day or a month"),
    ("    dyads: [us_kz]", "one of the keys contacts, occasions and series"),
    ("    occasions: c5plus1\n    contacts: {rank: [president]}", "one of the keys contacts, occasions and series"),
    ("    contact: {rank: [president]}", "Did you mean 'contacts'?"),
])
def test_a_faulty_file_is_told_by_its_key(line, words, tmp_path):
    (tmp_path / "events.yaml").write_text(f"{ONE}{line}\n")
    with pytest.raises(InputError, match=r"kinds\.mine") as told:
        load_kinds(tmp_path, "us_kz")
    assert words in str(told.value)
