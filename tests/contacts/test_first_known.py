"""The optional column ``first_known`` of contacts.csv: checked, read, cut at the as-of date, kept by every command."""

import csv
import shutil
from datetime import date

import pandas as pd
import pytest

from forecast.contacts.edit import append, compare_records
from forecast.contacts.load import check_dyad, load_contacts
from forecast.errors import InputError
from tests.fixture.record import RECORD


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(RECORD, tmp_path / "us_kz")
    return tmp_path / "us_kz"


def rows_of(folder):
    with (folder / "contacts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def known(folder, day):
    """Write the column, empty but in the first row."""
    rows = [row | {"first_known": day if number == 0 else ""} for number, row in enumerate(rows_of(folder))]
    write(folder / "contacts.csv", rows)
    return rows


def test_a_record_without_the_column_is_whole_and_knows_no_day(folder):
    assert check_dyad(folder) == ()
    assert load_contacts(folder).contact["first_known"].isna().all()


def test_days_are_read_and_empty_cells_are_unknown(folder):
    rows = known(folder, "2019-05-06")
    assert check_dyad(folder) == ()
    found = load_contacts(folder).contact.set_index("id")["first_known"]
    assert found[rows[0]["id"]] == pd.Timestamp(2019, 5, 6)
    assert found.notna().sum() == 1


def test_a_day_after_the_as_of_date_is_not_known_yet(folder):
    known(folder, "2019-05-06")
    assert load_contacts(folder, date(2019, 5, 6)).contact["first_known"].notna().sum() == 1
    assert load_contacts(folder, date(2019, 5, 5)).contact["first_known"].notna().sum() == 0


def test_a_contact_known_before_it_took_place_is_refused(folder):
    rows = known(folder, "1980-01-01")
    (fault,) = check_dyad(folder)
    assert fault.where == "row 2, column first_known"
    assert fault.expected == f"{rows[0]['date']}, the day of the contact, or later"
    assert fault.found == "'1980-01-01'"


def test_a_cell_that_is_no_day_is_refused(folder):
    known(folder, "May 2019")
    (fault,) = check_dyad(folder)
    assert (fault.where, fault.expected) == ("row 2, column first_known", "a date as YYYY-MM-DD")


def test_a_misspelt_optional_column_is_still_refused(folder):
    write(folder / "contacts.csv", [row | {"first_knwon": ""} for row in rows_of(folder)])
    assert [(fault.where, fault.expected) for fault in check_dyad(folder)] == [
        ("row 1, column first_knwon", "a column of the codebook")]


def test_rows_with_the_column_are_added_to_a_record_that_has_it_only(folder, tmp_path):
    rows = rows_of(folder)
    more = tmp_path / "rows.csv"
    write(more, [rows[-1] | {"id": f"{rows[-1]['date']}-another", "first_known": "2024-12-01"}])
    told = ("column first_known: expected a column of .*found 'first_known', an optional one that it does not have. "
            "Add the column to contacts.csv, with empty cells, or leave it out")
    with pytest.raises(InputError, match=told):
        append(folder, more)
    assert len(rows_of(folder)) == len(rows)
    known(folder, "")
    assert append(folder, more) == ("contacts.csv", 1)
    assert rows_of(folder)[-1]["first_known"] == "2024-12-01"


def test_a_difference_in_the_column_is_told(folder, tmp_path):
    before = tmp_path / "before"
    shutil.copytree(folder, before)
    rows = known(folder, "2019-05-06")
    (line,) = compare_records(before, folder).to_dict("records")
    assert (line["key"], line["column"], line["old"], line["new"]) == (rows[0]["id"], "first_known", "", "2019-05-06")
