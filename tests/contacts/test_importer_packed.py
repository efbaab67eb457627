"""Packed files, old line ends, foreign forms, and files that are made to harm."""

import bz2
import gzip
import lzma
import zipfile

import pytest

from forecast.contacts.importers import stream
from forecast.errors import InputError
from tests.contacts.importing import FILES, dyad, series, value, zipped

GDELT, ICEWS, COLT, VISITS = (FILES / name for name in ("gdelt2.export.CSV", "icews.tab", "colt.csv", "visits.xml"))
PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
EACH = [("gdelt", GDELT, {"code": "SYN"}), ("icews", ICEWS, {}), ("colt", COLT, {"code": "SYN"}), ("historian", VISITS, {})]


def faults(form, *paths, **option):
    with pytest.raises(InputError, match=r": expected .*, found ") as error:
        series(form, *paths, **option)
    return error.value.faults


def only(form, path, content, **option):
    path.write_bytes(content)
    (fault,) = faults(form, path, **option)
    return fault


@pytest.mark.parametrize("pack", PACK)
@pytest.mark.parametrize(("form", "path", "option"), EACH)
def test_packed_equals_plain(tmp_path, pack, form, path, option):
    (tmp_path / "events").write_bytes(PACK[pack](path.read_bytes()))
    plain, told = series(form, path, **option)[0], []
    found, _ = series(form, tmp_path / "events", progress=lambda *step: told.append(step[1:]), **option)
    assert found.equals(plain)
    assert plain["value"].sum() > 0
    assert told[-1][0] == told[-1][1]


def test_a_row_of_gdelt_in_gzip_is_one_event():
    table, _ = series("gdelt", FILES / "faults" / "gdelt_row.gz", code="KAZ")
    assert value(table, "2015", "visits_hosted", "us_to_partner") == 1
    assert value(table, "2015", "file_rows", "any") == 1


@pytest.mark.parametrize("pack", PACK)
def test_a_packed_file_that_breaks_off_is_told_once(tmp_path, pack):
    whole = PACK[pack](GDELT.read_bytes() * 50)
    fault = only("gdelt", tmp_path / "events", whole[:len(whole) // 2], code="SYN")
    assert (fault.where, fault.expected) == ("whole file", "a readable file or zip archive")


def test_an_archive_that_breaks_off_is_told_once(tmp_path):
    whole = zipped(tmp_path / "events.zip", GDELT).read_bytes()
    assert only("gdelt", tmp_path / "events.zip", whole[:-40], code="SYN").found == "a zip archive that breaks off"


@pytest.mark.parametrize("pack", [*PACK, "zip"])
def test_no_more_is_unpacked_than_a_table_can_have(tmp_path, monkeypatch, pack):
    monkeypatch.setattr(stream, "ALWAYS", 1 << 20)
    content = GDELT.read_bytes().splitlines(keepends=True)[0] * 9_000
    path = tmp_path / "events"
    if pack == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("events.CSV", content)
    else:
        path.write_bytes(PACK[pack](content))
    (fault,) = faults("gdelt", path, code="SYN")
    assert "(200 for each packed one)" in fault.expected


def test_members_of_an_archive_share_what_may_be_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "ALWAYS", 1 << 20)
    path = tmp_path / "events.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"{number}.CSV", GDELT.read_bytes().splitlines(keepends=True)[0] * 3000)
    (fault,) = faults("gdelt", path, code="SYN")
    assert fault.source == f"{path}/3.CSV"  # each alone would do
    assert fault.expected.startswith(f"at most {200 * path.stat().st_size:,} bytes unpacked")


@pytest.mark.parametrize(("content", "found"), [
    (b"PAR1....", "a Parquet file"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office workbook (xls)"),
    (b"%PDF-1.7", "a PDF file"), (b"\x28\xb5\x2f\xfd...", "a Zstandard file"), ("a\tb".encode("utf-16"), "UTF-16 text"),
    (gzip.compress(b"%PDF-1.7"), "a PDF file"), (b"\xe9\xf0" * 500, "bytes that are no utf-8 text")])
def test_foreign_forms_are_named(tmp_path, content, found):
    assert only("gdelt", tmp_path / "events", content, code="SYN").found == found


@pytest.mark.parametrize(("form", "path", "option"), EACH)
def test_line_ends_of_old_macs_and_of_windows_are_read(tmp_path, form, path, option):
    plain = series(form, path, **option)[0]
    for end in (b"\r", b"\r\n"):
        (tmp_path / "events").write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", end))
        assert series(form, tmp_path / "events", **option)[0].equals(plain)


def test_a_row_that_breaks_off_among_whole_ones_is_told(tmp_path):
    rows = GDELT.read_bytes().rstrip().rsplit(b"\t", 4)[0]
    fault = only("gdelt", tmp_path / "events", rows, code="SYN")
    assert (fault.expected, fault.found) == ("61 cells (GDELT 2.0)", "57")  # so many has a row of 2013


def test_a_column_twice_is_told(tmp_path):
    text = COLT.read_text()
    fault = only("colt", tmp_path / "colt", text.replace("TripEndDate", "TripStartDate", 1).encode(), code="SYN")
    assert (fault.where, fault.found) == ("row 1, column TripStartDate", "it 2 times")


def test_a_quotation_mark_that_is_never_closed_swallows_no_rows(tmp_path):
    rows = (FILES / "faults" / "colt_met_1.0.csv").read_text().splitlines()
    rows[1] = rows[1].replace("1.0", '"1.0')
    fault = only("colt", tmp_path / "colt", "\n".join(rows).encode(), code="KAZ")
    assert fault.expected == "well-formed cells"


@pytest.mark.parametrize(("cell", "met"), [("1.0", 1), ("1", 1), ("TRUE", 1), ("True", 1), ("yes ", 1), ("Y", 1), ("1.", 1),
                                           ("0", 0), ("0.0", 0), ("no", 0), ("False", 0), ("", 0), ("NA", 0), ("2", None),
                                           ("0.5", None), ("1.05", None), ("oui", None), ("10", None)])
def test_whether_the_host_was_met(tmp_path, cell, met):
    text = (FILES / "faults" / "colt_met_1.0.csv").read_text()
    path = tmp_path / "colt.csv"
    path.write_text(text.replace("yes ", "0").replace("1.0", cell))
    if met is None:
        (fault,) = faults("colt", path, code="KAZ")
        assert (fault.where, fault.found) == ("row 2, column MetHostHoGS", repr(cell))
    else:
        assert value(series("colt", path, code="KAZ")[0], "2018", "trips_met_host", "partner_to_us") == met


def test_the_journeys_of_the_faults_met_a_host_twice():
    table, _ = series("colt", FILES / "faults" / "colt_met_1.0.csv", code="KAZ")
    assert value(table, "2018", "trips_met_host", "partner_to_us") == 2
    assert value(table, "2018", "trips", "both") == 3


@pytest.mark.parametrize(("cell", "read"), [("2018-01-16 00:00:00", True), ("2018-01-16T00:00", True), ("1/16/2018", True),
                                            ("2018-01-16 soon", False), ("2018-02-31 00:00:00", False), ("2018-02-31", False)])
def test_days_of_journeys_are_read_whole(tmp_path, cell, read):
    path = tmp_path / "colt.csv"
    path.write_text((FILES / "faults" / "colt_met_1.0.csv").read_text().replace("2018-01-16", cell, 1))
    if read:
        assert value(series("colt", path, code="KAZ", by="month")[0], "2018-01", "trips", "both") == 3
    else:
        assert [fault.where for fault in faults("colt", path, code="KAZ")] == ["row 2, column TripStartDate"]


@pytest.mark.parametrize(("head", "words"), [
    ('<?xml version="1.0" encoding="klingon"?>', "unknown encoding: klingon"),
    ('<?xml version="1.0" encoding="hex"?>', "not a text encoding"),
    ('<?xml version="1.0" encoding="shift_jis"?>', "multi-byte encodings are not supported"),
    ('<!DOCTYPE visits [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>', "one of 'visits'"),
    ('<!DOCTYPE visits [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "one of 'visits'"),
    ('<!DOCTYPE visits SYSTEM "http://example.org/visits.dtd">', "one of 'visits'")])
def test_xml_that_is_not_read(tmp_path, head, words):
    body = VISITS.read_text()
    body = body[body.index("<visits"):]
    assert words in only("historian", tmp_path / "visits.xml", (head + body).encode()).found


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_xml_in_the_encoding_that_it_declares(tmp_path, encoding):
    body = VISITS.read_text()
    body = body[body.index("<visits"):]
    path = tmp_path / "visits.xml"
    path.write_bytes(f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>{body}'.encode(encoding))
    assert series("historian", path)[0].equals(series("historian", VISITS)[0])


def test_registers_of_great_depth_or_length_are_refused(tmp_path):
    deep = "<visits><visit>" + "<a>" * 50_000
    assert only("historian", tmp_path / "deep.xml", deep.encode()).expected == "at most 30 elements inside one another"
    long = "<visits><visit><id>" + "x" * (2 << 20) + "</id></visit></visits>"
    assert only("historian", tmp_path / "long.xml", long.encode()).expected == "at most 1,048,576 characters in one <visit>"


def test_a_name_of_the_partner_that_no_file_has_is_remarked():
    _, remarks = series("icews", ICEWS, about=dyad(partner="Nowhere"))
    assert remarks[0].startswith("no row is between 'United States' and 'Nowhere'")
