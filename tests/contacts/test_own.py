"""A record of one's own: laid out, grown, compared."""

import re

import pytest
from typer.testing import CliRunner

from cli import app
from forecast.contacts import check_dyad, load_contacts, load_dyad
from forecast.contacts.codebook import lay_out
from forecast.contacts.edit import append, compare_records, count_rows
from forecast.errors import InputError
from tests.contacts.example import contact, page, write, write_dyad


@pytest.fixture
def folder(tmp_path):
    return write_dyad(tmp_path / "us_xx", [contact()])


def test_a_new_dyad_is_empty_and_without_faults(tmp_path):
    folder = lay_out(tmp_path / "mine", "us_uz", "Uzbekistan", "UZ")
    assert check_dyad(folder) == ()
    assert len(load_contacts(folder).contact) == 0
    assert "| c5plus1 |" in (folder / "README.md").read_text()
    assert [path.name for path in folder.parent.iterdir()] == ["us_uz"]


def test_what_only_the_coder_can_say_is_asked_for_until_it_is_said(tmp_path):
    """A reason that nobody gave is no fault: the record is read. One contact is told as one."""
    folder = lay_out(tmp_path / "mine", "us_uz", "Uzbekistan", "UZ")
    write(folder / "contacts.csv", [contact()])
    told = CliRunner().invoke(app, ["data", "check", str(folder)], catch_exceptions=False).stdout
    assert "1 contact, no media pages" in told
    assert re.findall(r"  (\w+) in dyad.yaml is still the line of the template", told) == ["relations_start_reason",
                                                                                          "coded_until_reason"]
    text = (folder / "dyad.yaml").read_text(encoding="utf-8")
    (folder / "dyad.yaml").write_text(re.sub("replace this by.*", "a made-up dyad for tests", text), encoding="utf-8")
    assert "template" not in CliRunner().invoke(app, ["data", "check", str(folder)], catch_exceptions=False).stdout


def test_a_new_folder_speaks_of_its_own_partner(tmp_path):
    """The third dyad's own code is among the countries of outlets, and that of no other partner."""
    text = (lay_out(tmp_path, "us_uz", "Uzbekistan", "UZ") / "README.md").read_text()
    assert "| outlet_country | UZ, US, RU, CN, TR, UK, other |" in text
    assert "| UZ | Uzbekistan |" in text
    assert not re.search(r"KZ|Kazakh", text + (tmp_path / "us_uz" / "dyad.yaml").read_text())


@pytest.mark.parametrize("partner", ["O'Zb: #1 \"x\"", "{a: b}", "Côte d'Ivoire", "no", "- x", "[/x] $y$"])
def test_any_name_of_a_partner_is_written_as_it_was_typed(tmp_path, partner):
    assert load_dyad(lay_out(tmp_path, "us_xx", partner, "XX")).partner == partner


def test_pages_of_the_partner_are_compared_by_its_own_code(tmp_path):
    """As in the shipped layout: a dyad folder each, or the tables alone."""
    for name, tone in (("old", "0"), ("new", "1")):
        write_dyad(tmp_path / name, [contact()], [page(contact()["id"], outlet_country="XX", tone=tone)])
    found = compare_records(tmp_path / "old", tmp_path / "new")
    assert found[["file", "column", "old", "new"]].to_numpy().tolist() == [["media.csv", "tone", "0", "1"]]
    for name in ("old", "new"):
        (tmp_path / name / "dyad.yaml").unlink()
    assert len(compare_records(tmp_path / "old", tmp_path / "new")) == 1


def test_a_country_that_the_dyad_does_not_code_is_told_with_its_own_codes(tmp_path):
    folder = write_dyad(tmp_path / "us_xx", [contact()], [page(contact()["id"], outlet_country="DE")])
    with pytest.raises(InputError, match="expected one of XX, US, RU, CN, TR, UK, other, found 'DE'"):
        compare_records(folder, folder)


@pytest.mark.parametrize(("name", "iso2", "words"), [
    ("Us Uz", "UZ", "argument NAME: expected "), ("us_uz", "UZB", "option --iso2: expected "),
    ("us_xx", "UZ", "argument NAME: expected a new folder, found one that exists"),
])
def test_a_wrong_name_or_an_existing_folder_leaves_nothing(folder, name, iso2, words):
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(InputError, match=words):
        lay_out(folder.parent, name, "Uzbekistan", iso2)
    assert sorted(folder.parent.rglob("*")) == before


def test_rows_are_appended_and_old_bytes_stay(folder, tmp_path):
    old = (folder / "contacts.csv").read_bytes()
    write(tmp_path / "rows.csv", [contact("2019-02-03"), contact("2017-02-03")])
    assert append(folder, tmp_path / "rows.csv") == ("contacts.csv", 2)
    assert (folder / "contacts.csv").read_bytes().startswith(old)
    assert load_contacts(folder).contact["date"].dt.year.tolist() == [2017, 2018, 2019]
    write(tmp_path / "pages.csv", [page("2019-02-03-synthetic")])
    assert append(folder, tmp_path / "pages.csv") == ("media.csv", 1)


def test_columns_may_stand_in_another_order(folder, tmp_path):
    row = contact("2019-02-03")
    write(tmp_path / "rows.csv", [dict(reversed(row.items()))])
    append(folder, tmp_path / "rows.csv")
    assert load_contacts(folder).contact["us_rank"].tolist() == ["deputy", "deputy"]


def test_one_faulty_row_keeps_all_out_and_is_told_by_its_own_number(folder, tmp_path):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write(tmp_path / "rows.csv", [contact("2019-02-03"), contact("2019-02-04", us_rank="depty"), contact()])
    with pytest.raises(InputError, match="row 3, column us_rank: expected ") as error:
        append(folder, tmp_path / "rows.csv")
    told = [(fault.source, fault.where) for fault in error.value.faults]
    assert told == [(str(tmp_path / "rows.csv"), "row 3, column us_rank"), (str(tmp_path / "rows.csv"), "row 4, column id")]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_that_is_not_there_is_told(folder, tmp_path):
    with pytest.raises(InputError, match=r"none\.csv"):
        append(folder, tmp_path / "none.csv")


def test_the_same_record_has_no_difference(folder):
    assert compare_records(folder, folder).empty


def test_added_removed_and_changed_rows_are_told(folder, tmp_path):
    other = write_dyad(tmp_path / "other", [contact(outcome="2", agenda="energy"), contact("2020-01-02", us_rank="cabinet")],
                       [page("2018-01-16-synthetic", "https://example.org/z")])
    found = compare_records(folder, other)
    contacts = found[found["file"] == "contacts.csv"]
    assert contacts[["change", "column", "old", "new"]].to_numpy().tolist() == [
        ["changed", "agenda", "security;trade", "energy"], ["changed", "outcome", "1", "2"], ["added", "", "", ""]]
    assert contacts["us_rank"].tolist() == ["deputy", "deputy", "cabinet"]
    assert {tuple(row) for row in count_rows(found).to_numpy().tolist()} == {
        ("contacts.csv", "added", 1), ("contacts.csv", "changed", 1), ("media.csv", "added", 1), ("media.csv", "removed", 1)}
    back = compare_records(other, folder)
    assert (back["change"] == "removed").sum() == (found["change"] == "added").sum()


def test_faults_of_both_sides_are_told_at_once(folder, tmp_path):
    other = write_dyad(tmp_path / "other", [contact(outcome="9")])
    write(folder / "contacts.csv", [contact(us_rank="x")])
    with pytest.raises(InputError, match="column us_rank: expected ") as error:
        compare_records(folder, other)
    assert len(error.value.faults) == 2
