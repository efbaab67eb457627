"""Registers of the Office of the Historian: who moved, when, and what is told of broken files."""

import re
from datetime import date

import pytest

from forecast.errors import InputError
from tests.contacts.importing import FILES, dyad, series, value, zipped

ALL = (FILES / "president_travels.xml", FILES / "secretary_travels.xml", FILES / "visits.xml")


def test_travels_and_visits_are_counted_by_who_moved():
    table, remarks = series("historian", *ALL)
    assert value(table, "2001", "secretary_travels", "us_to_partner") == 2
    assert value(table, "2000", "leader_visits", "partner_to_us") == 2
    assert value(table, "2000", "register_visits", "any") == 3
    assert value(table, "1974", "president_travels", "us_to_partner") == 0
    assert list(table.columns) == ["source", "period", "measure", "direction", "value", "note"]
    assert set(table["source"]) == {"historian"}
    assert remarks == ("Outside check: never to be added to coded contacts",)
    assert table["note"].str.endswith("Outside check: never to be added to coded contacts").all()


def test_a_register_that_was_not_given_says_nothing_not_zero():
    table, _ = series("historian", ALL[2])
    assert set(table["measure"]) == {"register_visits", "leader_visits"}


def test_months_and_another_state():
    table, _ = series("historian", ALL[0], by="month", about=dyad(register_country="japan"))
    assert value(table, "1974-11", "president_travels", "us_to_partner") == 1
    assert value(table, "1974-11", "register_president", "any") == 2
    assert set(table["period"]) == {"1974-11", "1975-05"}


def test_zipped_equals_plain_and_a_file_twice_counts_once(tmp_path):
    plain, _ = series("historian", *ALL)
    packed, _ = series("historian", zipped(tmp_path / "registers.zip", *ALL))
    assert packed.equals(plain)
    twice, remarks = series("historian", *ALL, ALL[2])
    assert value(twice, "2000", "leader_visits", "partner_to_us") == 2
    assert "repeated rows of the dyad counted once: 2" in remarks


def test_nothing_later_than_the_as_of_day_enters():
    table, remarks = series("historian", *ALL, as_of=date(2001, 2, 24))
    assert value(table, "2001", "secretary_travels", "us_to_partner") == 1
    assert value(table, "2001", "register_secretary", "any") == 2
    assert "rows of any states after 2001-02-24 dropped: 1" in remarks
    assert table["note"].str.contains("rows of any states after 2001-02-24 dropped: 1").all()


def test_every_broken_element_is_told_in_one_pass(tmp_path):
    path = tmp_path / "broken.xml"
    path.write_text(ALL[1].read_text().replace("2001-02-24</start-date>", "24 Feb 2001</start-date>")
                    .replace('role="secretary">\n        <id>Travel-1256', 'role="envoy">\n        <id>Travel-1256')
                    .replace(' id="egypt"', ""))
    with pytest.raises(InputError, match=r"trip 1 \(id Travel-1233-secretary\), start-date: expected ") as error:
        series("historian", path)
    places = [fault.where for fault in error.value.faults]
    assert places == [
        "trip 1 (id Travel-1233-secretary), start-date", "trip 2 (id Travel-1232-secretary), start-date",
        "trip 2 (id Travel-1232-secretary), country", "trip 3 (id Travel-1256-secretary), role"]


@pytest.mark.parametrize(("content", "where", "found"), [
    (b"<people><person/></people>", "root element", "<people>"),
    (b"<visits></visits>", "whole file", "none"),
    (b"<visits>\n<visit></visits>", "line 2, column", "mismatched tag"),
    (b"", "line 1, column 1", "no element found"),
    (b'<?xml version="1.0" encoding="UTF-8"?>\n<visits><visitor>Chr\xe9tien</visitor></visits>', "line 2", "invalid token"),
])
def test_other_files_are_told(tmp_path, content, where, found):
    path = tmp_path / "file.xml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(found)) as error:
        series("historian", path)
    (fault,) = error.value.faults
    assert fault.where.startswith(where)
    assert found in fault.found
    assert fault.source == str(path)


def test_a_missing_file_and_a_broken_archive_are_told_together(tmp_path):
    good = zipped(tmp_path / "good.zip", ALL[2]).read_bytes()
    (tmp_path / "bad.zip").write_bytes(good[:60] + b"\x00" * 40 + good[100:])
    with pytest.raises(InputError, match="No such file or directory") as error:
        series("historian", tmp_path / "none.xml", tmp_path / "bad.zip")
    assert [fault.source for fault in error.value.faults] == [
        str(tmp_path / "none.xml"), str(tmp_path / "bad.zip/visits.xml")]
    assert error.value.faults[0].found == "No such file or directory"
