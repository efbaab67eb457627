"""Each planted fault is named by file, row, column, what was expected, what was found, and the remedy."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from forecast.contacts import check_dyad, load_contacts
from forecast.contacts.load import load_later
from forecast.errors import InputError
from tests.contacts.example import DYAD, contact, page, second, write, write_dyad

FIRST = contact("2018-01-01", "first")
CONTACT_FAULT = [
    ("id", {"id": ""}, "some text", "''", "Fill the cell in."),
    ("id", {"id": FIRST["id"], "date": FIRST["date"]}, "its own id", "'2018-01-01-first'",
     "Row 2 has it too"),
    ("id", {"id": FIRST["id"] + " ", "date": FIRST["date"]}, "its own id", "'2018-01-01-first '", "Row 2 has it too"),
    ("id", {"id": FIRST["id"] + "\u00a0", "date": FIRST["date"]}, "its own id", "'2018-01-01-first\\xa0'", "Row 2 has it too"),
    ("id", {"id": "2018-02-01-synthetic"}, "begins with the date, 2018-01-16-", "'2018-02-01-synthetic'",
     "Correct one of them."),
    ("date", {"date": "16.01.2018"}, "a date as YYYY-MM-DD", "'16.01.2018'", "Write it as in 2018-01-16."),
    ("date", {"date": "20180116"}, "a date as YYYY-MM-DD", "'20180116'", "Write it as in 2018-01-16."),
    ("date", {"date": "2018-02-30"}, "a day of the calendar", "'2018-02-30'", "Correct month or day."),
    ("date", {"id": "1999-12-31-x", "date": "1999-12-31"}, "2000-01-01, when relations start", "'1999-12-31'",
     "Correct it."),
    ("date", {"date_precision": "month"}, "the 15th", "'2018-01-16'", "Give that, or precision day."),
    ("us_rank", {"us_rank": "cabinett"}, "one of president, ", "'cabinett'", "Did you mean 'cabinet'?"),
    ("us_rank", {"us_rank": "cabinet "}, "one of president, ", "'cabinet '", "Did you mean 'cabinet'?"),
    ("partner_rank", {"partner_rank": "qq"}, "one of president, ", "'qq'",
     "Use one of: deputy, minister, "),
    ("format", {"format": "meting"}, "one of visit, meeting", "'meting'", "Did you mean 'meeting'?"),
    ("mechanism", {"mechanism": "c5plus"}, "one of c5plus1, ", "'c5plus'", "Did you mean 'c5plus1'?"),
    ("agenda", {"agenda": "trade;sekurity"}, "not 'sekurity'", "'trade;sekurity'",
     "Did you mean 'security'?"),
    ("agenda", {"agenda": "trade; china"}, "not ' china'", "'trade; china'", "Did you mean 'china'?"),
    ("agenda", {"agenda": "trade;china;trade"}, "each code once", "'trade;china;trade'",
     "Remove the second 'trade'."),
    ("outcome", {"outcome": "4"}, "one of 0, 1, 2, 3", "'4'", "Use one of: 0, 1, 2, 3."),
    ("outcome", {"outcome": "1.0"}, "one of 0, 1, 2, 3", "'1.0'", "Use one of: 0, 1, 2, 3."),
    ("sources", {"sources": ""}, "page addresses", "''", "Give the address of each page"),
    ("sources", {"sources": "https://example.org/a example"}, "page addresses",
     "'https://example.org/a example'", "Give the address of each page"),
    ("sources", {"sources": "https://example.org/a  https://example.org/b"}, "joined by one space",
     "'https://example.org/a  https://example.org/b'", "Give the address"),
    ("place", {"place": "Washington"}, "City, ISO2", "'Washington'", "Write it as in 'Berlin, DE'."),
    ("place", {"place": "Synthetic City, XX"}, "a place in US for partner_to_us", "'Synthetic City, XX'",
     "Correct place or direction."),
    ("place", {"direction": "us_to_partner"}, "a place in XX for us_to_partner", "'Washington, US'",
     "Correct place or direction."),
    ("place", {"direction": "third_country"}, "a place in a third country", "'Washington, US'",
     "Correct place or direction."),
    ("place", {"direction": "remote", "format": "call"}, "an empty cell for a remote contact",
     "'Washington, US'", "Correct place or direction."),
    ("direction", {"format": "letter", "place": ""}, "remote for a letter", "'partner_to_us'",
     "Correct the format or the direction."),
    ("direction", {"direction": "remote", "place": ""}, "a direction in person for a meeting", "'remote'",
     "Correct the format or the direction."),
]


BORDERS = DYAD.replace("2000-01-01", "2000-01-16").replace("2025-01-19", "2024-05-10")
"""Relations begin after the 15th of a month, and the coding ends before that of another one."""


@pytest.mark.parametrize(("day", "changed", "wrong"), [
    ("2000-01-15", {}, None), ("1999-12-15", {}, "2000-01-16, when relations start, or later"),
    ("2024-05-15", {}, None), ("2024-06-15", {}, "2024-05-10, to which the record is coded, or earlier"),
    ("2018-03-15", {"first_known": "2018-03-05"}, None),
    ("2018-03-15", {"first_known": "2018-02-28"}, "2018-03-01, the first day of the month of the contact, or later"),
    ("2000-01-15", {"date_precision": "day"}, "2000-01-16, when relations start, or later"),
    ("2024-05-15", {"date_precision": "day"}, "2024-05-10, to which the record is coded, or earlier"),
    ("2018-03-15", {"date_precision": "day", "first_known": "2018-03-05"}, "2018-03-15, the day of the contact, or later")])
def test_a_month_is_compared_as_a_month_and_a_day_as_a_day(tmp_path, day, changed, wrong):
    row = contact(day, date_precision="month", first_known="") | changed
    faults = check_dyad(write_dyad(tmp_path / "us_xx", [row], dyad=BORDERS))
    assert [fault.expected for fault in faults] == ([wrong] if wrong else [])


def test_a_month_that_the_record_covers_in_part_stands_on_the_nearest_day_that_it_covers(tmp_path):
    days = ("2000-01-15", "2018-03-15", "2024-05-15")
    folder = write_dyad(tmp_path / "us_xx", [contact(day, date_precision="month") for day in days], dyad=BORDERS)
    expected = ["2000-01-16", "2018-03-15", "2024-05-10"]
    assert load_contacts(folder).contact["date"].dt.strftime("%Y-%m-%d").tolist() == expected
    assert load_contacts(folder, date(2024, 5, 10)).contact["date"].dt.strftime("%Y-%m-%d").tolist() == expected
    assert len(load_contacts(folder, date(2024, 5, 9)).contact) == 2
    found, until = load_later(folder / "contacts.csv", date(2024, 5, 10))
    assert (found["date"].max(), until) == (pd.Timestamp(2024, 5, 10), date(2024, 5, 10))
    with pytest.raises(InputError, match="2024-04-30, to which contacts are coded"):
        load_later(folder / "contacts.csv", date(2024, 4, 30))


def one(folder):
    (fault,) = check_dyad(folder)
    return fault


@pytest.mark.parametrize(("column", "cell", "expected", "found", "remedy"), CONTACT_FAULT)
def test_contact_fault(tmp_path, column, cell, expected, found, remedy):
    folder = write_dyad(tmp_path / "d", [FIRST, contact() | cell], [page(FIRST["id"])])
    fault = one(folder)
    assert fault.source == str(folder / "contacts.csv")
    assert fault.where == f"row 3, column {column}"
    assert expected in fault.expected
    assert fault.found == found
    assert fault.remedy.startswith(remedy)


@pytest.mark.parametrize(("column", "cell", "expected", "remedy"), [
    ("contact_id", {"contact_id": "2018-01-01-frist"}, "an id of contacts.csv",
     "Did you mean '2018-01-01-first'?"),
    ("contact_id", {"contact_id": "elsewhere"}, "an id of contacts.csv",
     "Add the contact, or correct the id."),
    ("outlet_country", {"outlet_country": "USA"}, "one of XX, US, RU", "Did you mean 'US'?"),
    ("kind", {"kind": "blog"}, "one of news, official, analysis", "Use one of: analysis, news, official."),
    ("date", {"date": "2018-13-01"}, "a day of the calendar", "Correct month or day."),
    ("url", {"url": "example.org/a"}, "a page address", "Give it in full, with https://."),
    ("url", {"url": "https://example.org/0"}, "its own contact_id and url", "Row 2 has it too"),
    ("tone", {"tone": "2"}, "one of -1, 0, 1", "Use one of: -1, 0, 1."),
    ("tone", {"tone": ""}, "one of -1, 0, 1", "Use one of: -1, 0, 1."),
    ("frame", {"frame": "trades"}, "one of security, ", "Did you mean 'trade'?"),
])
def test_media_fault(tmp_path, column, cell, expected, remedy):
    media = [page(FIRST["id"], "https://example.org/0"), page(FIRST["id"]) | cell]
    folder = write_dyad(tmp_path / "d", [FIRST], media)
    fault = one(folder)
    assert (fault.source, fault.where) == (str(folder / "media.csv"), f"row 3, column {column}")
    assert expected in fault.expected
    assert fault.found == repr(cell[column])
    assert fault.remedy.startswith(remedy)


def test_second_coding_faults(tmp_path):
    folder = write_dyad(tmp_path / "d", [FIRST])
    write(folder / "second_coding.csv", [second(FIRST["id"], tone_partner="2"), second("elsewhere", outcome="9")])
    faults = check_dyad(folder)
    assert {Path(fault.source).name for fault in faults} == {"second_coding.csv"}
    assert [fault.where for fault in faults] == [
        "row 2, column tone_partner", "row 3, column outcome", "row 3, column id"]


def test_all_faults_of_all_files_in_one_pass(tmp_path):
    contacts = [contact() | cell for _, cell, *_ in CONTACT_FAULT]
    media = [page(FIRST["id"], f"https://example.org/{tone}", tone=tone) for tone in ("8", "9")]
    folder = write_dyad(tmp_path / "d", [FIRST, *contacts], media,
                        DYAD.replace("partner_iso2: XX", "partner_iso2: xx"))
    faults = check_dyad(folder)
    said = {(Path(fault.source).name, fault.where) for fault in faults}
    # the rules between cells need the dyad, which is at fault here; the checks of single cells do not
    single = ("us_rank", "partner_rank", "format", "mechanism", "agenda", "outcome", "sources")
    planted = {("contacts.csv", f"row {row}, column {column}")
               for row, (column, *_) in enumerate(CONTACT_FAULT, start=3) if column in single}
    assert len(planted) == 13
    assert planted <= said
    assert {("media.csv", "row 2, column tone"), ("media.csv", "row 3, column tone")} <= said
    assert ("dyad.yaml", "line 3, key partner_iso2") in said


def test_a_contact_without_agenda_or_place_is_valid(tmp_path):
    assert check_dyad(write_dyad(tmp_path / "d", [contact(agenda="", place="")])) == ()


def test_a_missing_file_is_named_once(tmp_path):
    folder = write_dyad(tmp_path / "d", [contact()])
    (folder / "contacts.csv").unlink()
    fault = one(folder)
    assert str(fault).startswith(f"{folder / 'contacts.csv'}: whole file: expected a readable file")


def test_pages_of_a_ragged_contact_are_no_orphans(tmp_path):
    folder = write_dyad(tmp_path / "d", [FIRST])
    path = folder / "contacts.csv"
    path.write_text(path.read_text().replace(",medium", ""))
    assert one(folder).where == "row 2, whole row"
