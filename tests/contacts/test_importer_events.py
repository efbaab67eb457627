"""Event data: GDELT, ICEWS and POLECAT files in their true layout, with synthetic actors."""

from datetime import date

import pytest

from forecast.contacts.importers.events import full
from forecast.contacts.importers.series import Once
from forecast.errors import InputError
from tests.contacts.importing import FILES, dyad, series, value, zipped

FAULTS = FILES / "faults"
REMARKS = ("Outside check: never to be added to coded contacts",)
GDELT, ICEWS, POLECAT = FILES / "gdelt2.export.CSV", FILES / "icews.tab", FILES / "polecat.txt"


def faults(form, *paths, **option):
    with pytest.raises(InputError, match=r": expected .*, found ") as error:
        series(form, *paths, **option)
    return error.value.faults


def test_gdelt_events_consultations_and_visits_by_direction():
    table, remarks = series("gdelt", GDELT, code="SYN")
    assert [value(table, "2018", "events", way) for way in ("us_to_partner", "partner_to_us", "both")] == [2, 3, 5]
    assert [value(table, "2018", "consultations", way) for way in ("us_to_partner", "partner_to_us", "both")] == [1, 2, 3]
    assert value(table, "2018", "cooperation", "both") == 4
    assert value(table, "2018", "calls", "partner_to_us") == 1
    assert value(table, "2018", "visits", "both") == 2
    assert (value(table, "2018", "visits_made", "us_to_partner"), value(table, "2018", "visits_hosted", "both")) == (1, 1)
    assert value(table, "2018", "file_rows", "any") == 7
    assert value(table, "2019", "negotiations", "us_to_partner") == 1
    assert value(table, "2019", "visits", "both") == 0
    assert set(table["period"]) == {"2018", "2019"}
    assert "rows of any states after 2025-01-19 dropped: 1" in remarks


def test_gdelt_by_month_up_to_a_day():
    table, remarks = series("gdelt", GDELT, code="SYN", by="month", as_of=date(2018, 2, 20))
    assert sorted(set(table["period"])) == ["2018-01", "2018-02"]
    assert value(table, "2018-02", "events", "partner_to_us") == 2
    assert "rows of any states after 2018-02-20 dropped: 5" in remarks


def test_both_layouts_of_gdelt_1_are_read():
    table, _ = series("gdelt", FILES / "gdelt1_daily.export.CSV", FILES / "gdelt1_history.csv", code="SYN")
    assert value(table, "2014", "visits_made", "us_to_partner") == 1
    assert value(table, "2014", "events", "both") == 2
    assert value(table, "1999", "third_place_meetings", "partner_to_us") == 1


@pytest.mark.parametrize(("form", "path", "option"), [
    ("gdelt", GDELT, {"code": "SYN"}), ("icews", ICEWS, {}), ("polecat", POLECAT, {"code": "SYN"}),
    ("colt", FILES / "colt.csv", {"code": "SYN"})])
def test_zipped_equals_plain(tmp_path, form, path, option):
    plain, _ = series(form, path, **option)
    packed, _ = series(form, zipped(tmp_path / "packed.zip", path), **option)
    assert plain["value"].sum() > 0
    assert packed.equals(plain)


def test_rows_without_an_id_of_their_own_are_rows_of_their_own():
    """They collapsed into one, so that the share of a dyad could exceed one."""
    for key in ((), ("",), ("visit", "")):
        once = Once()
        assert [once.first("all", date(2020, 1, 1), key) for _ in range(3)] == [True] * 3
    long = ("9" * 5000,)
    once = Once()
    assert [once.first("all", date(2020, 1, 1), key) for key in (long, long, ("7",), ("7",), ("x", "7"), ("x", "7"))] == [
        True, False] * 3


@pytest.mark.parametrize(("form", "path", "option"), [
    ("gdelt", GDELT, {"code": "SYN"}), ("icews", ICEWS, {}), ("polecat", POLECAT, {"code": "SYN"}),
    ("colt", FILES / "colt.csv", {"code": "SYN"}), ("historian", FILES / "visits.xml", {})])
def test_a_row_of_any_states_counts_once_where_files_overlap(tmp_path, form, path, option):
    """The base of a share is deduplicated as its events are: else the share halves."""
    once, _ = series(form, path, **option)
    head, *rows = path.read_text().splitlines(keepends=True)
    part = tmp_path / f"part{path.suffix}"
    part.write_text(head + "".join(rows[:3]) if form in ("gdelt", "icews", "polecat") else path.read_text())
    twice, _ = series(form, path, part, **option)
    assert twice.drop(columns="note").equals(once.drop(columns="note"))


def test_icews_reads_names_of_states_and_codes_with_or_without_zero():
    table, _ = series("icews", ICEWS)
    assert value(table, "2015", "visits_made", "us_to_partner") == 2  # one Event ID on two days is two events
    assert value(table, "2015", "visits_hosted", "partner_to_us") == 1
    assert value(table, "2015", "cooperation", "partner_to_us") == 3
    assert [value(table, "2016", name, "both") for name in ("events", "cooperation", "visits")] == [1, 0, 0]
    assert value(table, "2016", "file_rows", "any") == 2


@pytest.mark.parametrize(("code", "whole"), [
    ("042", "042"), ("42", "042"), ("04", "040"), ("0841", "0841"), ("841", "0841"), ("190", "190"), ("1823", "1823"),
    ("10", "010"), ("00", None), ("999", "0999"), ("9", None), ("9999", None), ("visit", None)])
def test_cameo_codes_regain_their_zero(code, whole):
    assert full(code) == whole


def test_polecat_types_modes_and_lists_of_states():
    table, _ = series("polecat", POLECAT, code="SYN")
    ways = ("us_to_partner", "partner_to_us", "both")
    assert [value(table, "2022", "events", way) for way in ways] == [3, 3, 6]
    assert [value(table, "2022", "consultations", way) for way in ways] == [1, 2, 4]
    assert [value(table, "2022", "visits", way) for way in ways] == [1, 0, 1]
    assert [value(table, "2022", "calls", way) for way in ways] == [0, 1, 1]
    assert [value(table, "2022", "multilateral_talks", way) for way in ways] == [0, 0, 1]
    assert value(table, "2022", "third_party_talks", "partner_to_us") == 1
    assert value(table, "2022", "cooperation", "both") == 5
    assert value(table, "2022", "file_rows", "any") == 8


def test_polecat_files_with_surplus_names_or_tabs_are_read_alike():
    plain, _ = series("polecat", POLECAT, code="SYN")
    surplus, _ = series("polecat", FILES / "polecat_surplus_header.txt", code="SYN")
    assert surplus.equals(plain)
    tabs, _ = series("polecat", FILES / "polecat_surplus_tabs.txt", code="SYN")
    assert value(tabs, "2022", "file_rows", "any") == 4


def test_a_wrong_number_of_cells_is_told_by_row(tmp_path):
    rows = GDELT.read_text().splitlines()
    rows[2] = rows[2].rsplit("\t", 2)[0]
    path = tmp_path / "short.CSV"
    path.write_text("\n".join(rows))
    (fault,) = faults("gdelt", path, code="SYN")
    assert (fault.where, fault.found) == ("row 3, whole row", "59")
    assert "61 cells (GDELT 2.0)" in fault.expected


def test_a_row_of_machine_coded_events_that_cannot_be_read_is_left_out_and_said(tmp_path):
    path = tmp_path / "wrong.tab"
    path.write_text(ICEWS.read_text().replace("2015-04-01", "01.04.2015", 1))
    whole, (table, remarks) = series("icews", ICEWS)[0], series("icews", path)
    said = "rows with a day that cannot be read left out: 1"
    assert f"{said}, first {path}, row 5, column Event Date: '01.04.2015'" in remarks
    assert table["note"].str.contains(said, regex=False).all()
    assert not table["note"].str.contains(str(tmp_path), regex=False).any()
    assert value(table, "2015", "file_rows", "any") == value(whole, "2015", "file_rows", "any") - 1


def test_a_code_that_is_none_is_read_by_the_name_of_the_event_or_counted_among_events(tmp_path):
    rows = [line.split("\t") for line in (FAULTS / "mdy_dates.tab").read_text().splitlines()]
    path = tmp_path / "strange.tab"

    def read(code, text):
        row = [*rows[1]]
        row[rows[0].index("CAMEO Code")], row[rows[0].index("Event Text")] = code, text
        path.write_text("\n".join("\t".join(cells) for cells in (rows[0], row)))
        table, remarks = series("icews", path, about=dyad(partner="Kazakhstan"))
        return [value(table, "2017", name, "both") for name in ("events", "visits_hosted", "calls")], remarks

    assert read("043", "Host a visit") == ([1, 1, 0], REMARKS)
    assert read("13y", "Discuss by telephone")[0] == [1, 0, 1]
    found, remarks = read("13y", "Wave from afar")
    assert found == [1, 0, 0]
    assert ("rows of the dyad whose CAMEO Code is none of CAMEO, counted among events alone: 1, first "
            f"{path}, row 2, column CAMEO Code: '13y'") in remarks


def test_icews_with_american_days_and_without_a_column_of_codes(tmp_path):
    rows = [line.split("\t") for line in (FAULTS / "mdy_dates.tab").read_text().splitlines()]
    at = rows[0].index("CAMEO Code")
    path = tmp_path / "uncoded.tab"
    path.write_text("\n".join("\t".join(row[:at] + row[at + 1:]) for row in rows))
    for source in (FAULTS / "mdy_dates.tab", path):
        table, remarks = series("icews", source, by="month", about=dyad(partner="Kazakhstan"))
        assert value(table, "2017-01", "visits_hosted", "us_to_partner") == 1
        assert table["period"].unique().tolist() == ["2017-01"]
        assert remarks == REMARKS
    path.write_text(path.read_text().replace("Event Text", "Text"))
    assert [fault.where for fault in faults("icews", path)] == ["row 1, column CAMEO Code"]


def test_files_of_which_no_row_can_be_read_are_refused(tmp_path):
    path = tmp_path / "days.tab"
    path.write_text((FAULTS / "mdy_dates.tab").read_text().replace("1/17/2017", "17 Jan 2017"))
    (fault,) = faults("icews", path)
    assert fault.expected == "at least one row that can be read"
    assert "row 2, column Event Date: '17 Jan 2017'" in fault.remedy


@pytest.mark.parametrize(("form", "found"), [("gdelt", "2015-01-16"), ("gdelt", "2018116"), ("gdelt", "20150231"),
                                            ("gdelt", "٢٠١٥٠٢١٨")])
def test_days_are_read_strictly(tmp_path, form, found):
    path = tmp_path / "days.CSV"
    path.write_text(GDELT.read_text() + GDELT.read_text().splitlines()[0].replace("20180115", found, 1))
    table, remarks = series(form, path, code="SYN")
    assert any(f"row 11, column SQLDATE: '{found}'" in remark or "left out: 1" in remark for remark in remarks)
    assert table["value"].sum() == series(form, GDELT, code="SYN")[0]["value"].sum()


def test_an_unknown_type_of_polecat_counts_among_events(tmp_path):
    path = tmp_path / "types.txt"
    path.write_text(POLECAT.read_text().replace("SANCTION", "SANCTIONS"))
    table, remarks = series("polecat", path, code="SYN")
    assert value(table, "2022", "events", "both") == 6
    assert any("whose type is none of PLOVER, counted among events alone: 1" in remark for remark in remarks)


def test_missing_columns_are_told(tmp_path):
    path = tmp_path / "header.txt"
    path.write_text(POLECAT.read_text().replace("Recipient Country", "RecipientCountry"))
    (fault,) = faults("polecat", path, code="SYN")
    assert (fault.where, fault.remedy) == ("row 1, column Recipient Country", "Did you mean 'RecipientCountry'?")
    assert {fault.where for fault in faults("polecat", ICEWS, code="SYN")} >= {"row 1, column Actor Country"}


def test_text_that_is_not_utf_8_is_told_and_can_be_named(tmp_path):
    path = tmp_path / "latin.tab"
    path.write_bytes(ICEWS.read_bytes().replace(b"Synthetic event", b"Synth\xe9tique", 1))
    (fault,) = faults("icews", path)
    assert fault.where.startswith("line 2, byte ")
    assert fault.found == "byte 0xe9"
    assert "--encoding" in fault.remedy
    table, _ = series("icews", path, encoding="latin-1")
    assert table.equals(series("icews", ICEWS)[0])


def test_of_many_faults_fifty_are_told_and_the_rest_counted(tmp_path):
    path = tmp_path / "many.CSV"
    path.write_text("1\t2\n" * 73)
    told = faults("gdelt", path, code="SYN")
    assert len(told) == 51
    assert told[-1].found == "23 more"


def test_empty_files_and_workbooks_are_told(tmp_path):
    (tmp_path / "empty.CSV").touch()
    (tmp_path / "[Content_Types].xml").write_text("<Types/>")
    book = zipped(tmp_path / "book.xlsx", tmp_path / "[Content_Types].xml")
    told = faults("gdelt", tmp_path / "empty.CSV", book, code="SYN")
    assert [fault.found for fault in told] == ["an empty file", "a spreadsheet workbook"]


def test_the_code_is_asked_for_and_a_strange_one_is_remarked():
    (fault,) = faults("gdelt", GDELT)
    assert (fault.source, fault.where) == ("--code", "gdelt")
    _, remarks = series("gdelt", GDELT, code="Synthetia")
    assert remarks[0].startswith("no row is between 'USA' and 'Synthetia'")
