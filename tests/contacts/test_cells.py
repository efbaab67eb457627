"""Cells of records read strictly, and any bytes at all in the place of a file of contacts."""

import re
import shutil
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli import app
from forecast.contacts.cells import address, addresses, countries, day, place
from forecast.contacts.codes import OUTCOME
from forecast.contacts.load import load_later, read_folder
from forecast.contacts.record import CONTACT, MEDIA
from forecast.contacts.table import read_table
from forecast.errors import InputError
from forecast.panel.series import month, number, part_of_time, year
from forecast.shipped import DYAD as SHIPPED
from tests.contacts.example import DYAD, contact, page, write, write_dyad

FAULTS = Path(__file__).parent / "faults"


@pytest.mark.parametrize("cell", ["2024-02-31", "2023-02-29", "0000-01-01", "0001-01-01", "1699-12-31", "2200-01-01",
                                  "9999-12-31", "99999-01-01", "99999", "9" * 5000, "٢٠١٨-٠١-١٦", " 2018-01-16", "2018-01-16\n",
                                  "20180116",
                                  "2018-W03-2", "2018-01-16T00:00", "", "nan"])
def test_a_cell_that_is_no_day(cell):
    assert day(cell)


@pytest.mark.parametrize("cell", ["2024-02-29", "1866-01-01", "2025-01-19"])
def test_a_day(cell):
    assert day(cell) is None


@pytest.mark.parametrize("cell", ["9" * 400, "9" * 5000, "1e400", "-1e999", "٣", "1_000", " 5", "5 ", "+5", "NaN", "nan", "inf",
                                  "-Infinity", "0x10", "1,5", "", "1.", ".5", "１"])
def test_a_cell_that_is_no_number(cell):
    assert number(cell)
    assert CONTACT["outcome"](cell).expected == f"one of {', '.join(OUTCOME)}"
    assert MEDIA["tone"](cell)


@pytest.mark.parametrize("cell", ["0", "-1.5", "1e5", "2.5E-3", "1100000000000"])
def test_a_number(cell):
    assert number(cell) is None


@pytest.mark.parametrize(("check", "cell"), [(year, "20١8"), (month, "2018-0١"), (part_of_time, "201٨"),
                                             (part_of_time, "2018-13"), (part_of_time, "9" * 5000)])
def test_a_cell_that_is_no_part_of_time(check, cell):
    assert check(cell)


@pytest.mark.parametrize(("cell", "remedy"), [
    ("London, UK", "Did you mean 'GB' (Britain (UK))?"), ("Atlantis, ZZ", "Use the code of ISO 3166-1"), ("Moscow, SU", "'RU'"),
    ("Nowhere, QQ", "Use the code"), ("Astana", "Write it as"), ("Astana, Kazakhstan", "Write it as"),
    ("Astana, kz", "Write it as")])
def test_a_place_in_no_country(cell, remedy):
    assert remedy in place(cell).remedy


@pytest.mark.parametrize("cell", ["London, GB", "Pristina, XK", "Astana, KZ", "TM"])
def test_a_place(cell):
    assert place(cell) is None


def test_countries_are_those_of_iso_3166_and_kosovo():
    assert len(countries()) == 250
    assert {"KZ", "US", "GB", "TW", "PS", "XK", "VA"} < countries().keys()
    assert not {"UK", "ZZ", "EU", "SU", "AN"} & countries().keys()


@pytest.mark.parametrize("cell", [
    "https://example.org/a;https://example.org/b", "https://example.org/a; https://example.org/b", "https://example.org/a;",
    "https://example.org/a,https://example.org/b", "https://example.org/a|www.example.org/b", "https://example.org/a  https://b.org",
    "example.org/a", "https://localhost/a", "https://.../a", "ftp://example.org/a", "https://example.org;b.org/a", "",
    "https://example.org/" + "a" * 3000, "https://" + "a." * 60_000 + "\t"])
def test_addresses_are_joined_by_a_space(cell):
    begun = time.process_time()
    assert addresses(cell)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("cell", [
    "https://example.org/a https://example.org/b", "http://example.org", "https://example.org/a;v=1?b=1;c=2",
    "https://web.example.org/20130226/http://www.example.org/x", "https://example.org/новости", "https://example.org?x=https%3A%2F%2Fy"])
def test_addresses(cell):
    assert addresses(cell) is None
    assert " " in cell or address(cell) is None


def test_the_shipped_record_passes_the_stricter_checks():
    assert read_folder(SHIPPED).faults == ()


@pytest.fixture
def own(tmp_path):
    call("new", "us_uz", "--partner", "Uzbekistan", "--iso2", "UZ", "--directory", tmp_path)
    return tmp_path / "us_uz"


def call(*arguments):
    return CliRunner().invoke(app, ["data", *(str(one) for one in arguments)])


def test_semicolons_between_addresses_are_refused_by_row_and_column(own):
    shutil.copy(FAULTS / "sources_semicolon.csv", own / "contacts.csv")
    found = call("check", own)
    assert found.exit_code == 2
    assert "row 2, column sources: expected page addresses joined by one space" in found.stderr
    assert "no ';' between them" in found.stderr


def test_line_ends_of_old_macs_are_read_and_rows_can_be_added(own):
    old_mac = FAULTS / "contacts_cr_only.csv"
    assert b"\n" not in old_mac.read_bytes()
    assert len(read_table(old_mac, tuple(CONTACT)).rows) == 2
    assert call("add", own, old_mac).exit_code == 0
    assert "2 contacts" in call("check", own).output
    shutil.copy(old_mac, own / "contacts.csv")
    assert "2 contacts" in call("check", own).output


def test_rows_after_blank_lines_keep_their_numbers(tmp_path):
    folder = write_dyad(tmp_path / "d", [contact(), contact("2018-02-01", outcome="7")], [page(contact()["id"])])
    lines = (folder / "contacts.csv").read_text().splitlines()
    (folder / "contacts.csv").write_text("\n".join([lines[0], lines[1], "", "", lines[2], ""]))
    assert [fault.where for fault in read_folder(folder).faults] == [
        "row 3, whole row", "row 4, whole row", "row 5, column outcome"]


@pytest.mark.parametrize(("spoilt", "where", "found"), [
    ("\x00", "row 3, whole row", "the character 0x00"), ("\x1b[2J", "row 3, whole row", "the character 0x1b")])
def test_control_characters_are_told_by_row(tmp_path, spoilt, where, found):
    note = "x" * 5000 + spoilt  # beyond the first bytes, by which the form of a file is known
    folder = write_dyad(tmp_path / "d", [contact(), contact("2018-02-01", outcome_note=note)])
    (fault,) = read_folder(folder).faults
    assert (fault.where, fault.found) == (where, found)


def test_long_cells_are_cut_in_messages_and_refused(tmp_path):
    folder = write_dyad(tmp_path / "d", [contact(outcome_note="x" * 20_001), contact("2018-02-01", us_rank="y" * 19_999)])
    faults = read_folder(folder).faults
    assert [fault.where for fault in faults] == ["row 2, column outcome_note", "row 3, column us_rank"]
    assert faults[0].expected == "at most 20,000 characters"
    assert all(len(str(fault)) < 600 for fault in faults)
    (folder / "contacts.csv").write_text((folder / "contacts.csv").read_text().replace("y" * 19_999, "y" * 140_000))
    assert "field larger than field limit" in read_folder(folder).faults[0].found


@pytest.mark.parametrize(("line", "key", "words"), [
    ("partner_iso2: XX", "partner_iso2: UK", "a country of ISO 3166-1. Did you mean 'GB'"),
    ("partner_iso2: XX", "partner_iso2: ZZ", "a country of ISO 3166-1"),
    ("coded_until: 2025-01-19", f"coded_until: {date.today() + timedelta(days=2)}", "a day that has come"),
    ("coded_until: 2025-01-19", "coded_until: 1999-01-01", "the day on which relations start, 2000-01-01, or a later one"),
    ("relations_start: 2000-01-01", "relations_start: 0001-01-01", "a day from 1700-01-01 on")])
def test_dyad_yaml_is_read_strictly(tmp_path, line, key, words):
    folder = write_dyad(tmp_path / "d", [contact()], dyad=DYAD.replace(line, key))
    (fault,) = read_folder(folder).faults
    assert words in fault.expected
    assert key.partition(":")[0] in fault.where


@pytest.fixture
def in_the_west(monkeypatch):
    """A clock that is a day or two behind the one that is ahead of all others."""
    monkeypatch.setenv("TZ", "Etc/GMT+12")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the system has no clocks of other places")
def test_a_day_has_come_where_it_has_come_anywhere(tmp_path, in_the_west):
    ahead = datetime.now(UTC) + timedelta(hours=14)
    assert ahead.date() > date.today()
    for until, right in ((ahead.date(), True), (ahead.date() + timedelta(days=1), False)):
        folder = write_dyad(tmp_path / f"{until}", [contact()], dyad=DYAD.replace("2025-01-19", f"{until}"))
        assert (not read_folder(folder).faults) == right
        write(tmp_path / "later.csv", [contact()])
        if right:
            assert load_later(tmp_path / "later.csv", until)[1] == until


def test_codes_left_to_users_are_the_partner_s_alone(tmp_path):
    folder = write_dyad(tmp_path / "d", [contact(direction="third_country", place="Nowhere, XY")])
    (fault,) = read_folder(folder).faults
    assert (fault.where, fault.expected) == ("row 2, column place", "City, ISO2, with a country of ISO 3166-1")


UNTIL = date(2018, 1, 31)


@pytest.mark.parametrize(("cell", "where", "words"), [
    ({"format": "call", "direction": "remote", "place": "Washington, US"}, "row 2, column place",
     "an empty cell for a remote contact"),
    ({"format": "video", "direction": "partner_to_us"}, "row 2, column direction", "remote for a video"),
    ({"place": "Almaty, KZ"}, "row 2, column place", "a place in US for partner_to_us"),
    ({"direction": "us_to_partner"}, "row 2, column place", "a place in the partner state for us_to_partner"),
    ({"direction": "third_country"}, "row 2, column place", "a place in a third country for third_country"),
    ({"place": "Atlantis, ZZ"}, "row 2, column place", "with a country of ISO 3166-1"),
    ({"id": "2018-01-15-x"}, "row 2, column id", "an id that begins with the date"),
    ({"id": "2018-02-01-x", "date": "2018-02-01"}, "row 2, column date", "2018-01-31, to which contacts are coded")])
def test_later_contacts_alone_are_read_as_strictly_as_in_a_folder(tmp_path, cell, where, words):
    write(tmp_path / "later.csv", [contact(**cell)])
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        load_later(tmp_path / "later.csv", UNTIL)
    (fault,) = caught.value.faults
    assert fault.where == where
    assert words in fault.expected


def test_later_contacts_are_coded_up_to_a_day_that_has_come(tmp_path):
    write(tmp_path / "later.csv", [contact()])
    rows, until = load_later(tmp_path / "later.csv", UNTIL)
    assert (len(rows), until) == (1, UNTIL)
    folder = write_dyad(tmp_path / "d", [contact()])
    assert load_later(folder, None)[1] == date(2025, 1, 19)
    assert load_later(folder, UNTIL)[1] == UNTIL
    ahead = date.today() + timedelta(days=2)
    for path in (tmp_path / "later.csv", folder):
        with pytest.raises(InputError, match="option --coded-until: expected a day that has come"):
            load_later(path, ahead)
    with pytest.raises(InputError, match=r"a day up to 2025-01-19, to which .* is coded, found 2025-01-20"):
        load_later(folder, date(2025, 1, 20))


HEAD = ",".join(CONTACT).encode()
CELLS = st.one_of(st.text(max_size=30), st.sampled_from(list(contact().values())),
                  st.sampled_from(["9" * 5000, '"', "\r", "\x00", "=1"]))
ROWS = st.lists(st.lists(CELLS, min_size=14, max_size=18), max_size=5)
FILES = st.one_of(
    st.binary(max_size=2000),
    st.builds(lambda head, body: head + body, st.sampled_from([HEAD, b"\xef\xbb\xbf" + HEAD, HEAD.replace(b",", b";")]),
              st.binary(max_size=600)),
    st.builds(lambda rows, end, mark: HEAD + end + end.join(mark.join(row).encode() for row in rows), ROWS,
              st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n"]), st.sampled_from([",", '","', "\t"])))


@settings(max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=FILES)
def test_any_bytes_are_contacts_or_faults(tmp_path, content):
    folder = tmp_path / "d"
    if not folder.exists():
        write_dyad(folder, [contact()])
    (folder / "contacts.csv").write_bytes(content)
    read = read_folder(folder)
    assert read.faults or len(read.contact.rows) > 0
    assert all(len(str(fault)) < 2000 for fault in read.faults)
