"""COLT leader travel: heads apart from others, both ways of writing a day, journeys without one."""

import pytest

from forecast.errors import InputError
from tests.contacts.importing import FILES, series, value

COLT = FILES / "colt.csv"


def test_journeys_are_counted_by_direction_and_rank():
    table, remarks = series("colt", COLT, code="SYN")
    assert value(table, "2010", "trips", "partner_to_us") == 2
    assert value(table, "2010", "heads_trips", "partner_to_us") == 1
    assert value(table, "2010", "other_trips", "partner_to_us") == 1
    assert value(table, "2010", "trips_met_host", "both") == 1
    assert value(table, "2011", "trips", "us_to_partner") == 1
    assert value(table, "2011", "file_rows", "any") == 2
    assert "rows of the dyad without a date left out: 1" in remarks


def test_days_in_american_order_fall_into_their_month():
    table, _ = series("colt", COLT, code="SYN", by="month")
    assert value(table, "2010-09", "other_trips", "partner_to_us") == 1


def test_a_day_that_is_none_is_told_by_row_though_notes_run_over_lines(tmp_path):
    path = tmp_path / "colt.csv"
    path.write_text(COLT.read_text().replace("9/20/2010", "20/9/2010"))
    with pytest.raises(InputError, match=r"row 3, column TripStartDate: expected .*, found '20/9/2010'") as error:
        series("colt", path, code="SYN")
    (fault,) = error.value.faults
    assert (fault.where, fault.found) == ("row 3, column TripStartDate", "'20/9/2010'")


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "colt.csv"
    path.write_bytes(b"\xef\xbb\xbf" + COLT.read_bytes())
    assert series("colt", path, code="SYN")[0].equals(series("colt", COLT, code="SYN")[0])
