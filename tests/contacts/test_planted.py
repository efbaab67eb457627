"""Faults planted in a copy of the frozen record: each is told by file, row, column and remedy, and all in one pass."""

import csv
import re
import shutil
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from cli import app
from forecast.contacts import check_dyad
from tests.fixture.record import RECORD


@dataclass(frozen=True)
class Planted:
    """A cell that is spoilt: the row is that of the file (the header is row 1)."""

    file: str
    row: int
    column: str
    cell: str
    remedy: str

    @property
    def place(self) -> str:
        return f"row {self.row}, column {self.column}"


CELLS = [
    Planted("contacts.csv", 2, "us_rank", "secretary", "Use one of"),
    Planted("contacts.csv", 3, "us_rank", "cabinett", "Did you mean 'cabinet'?"),
    Planted("contacts.csv", 4, "partner_rank", "Minister", "Did you mean 'minister'?"),
    Planted("contacts.csv", 5, "format", "phone", "Use one of"),
    Planted("contacts.csv", 6, "direction", "us_to_kz", "Use one of|Did you mean"),
    Planted("contacts.csv", 7, "mechanism", "c5plus", "Did you mean 'c5plus1'?"),
    Planted("contacts.csv", 8, "agenda", "trade,energy", "Use one of|Did you mean"),
    Planted("contacts.csv", 9, "agenda", "trade;oil", "Use one of"),
    Planted("contacts.csv", 10, "agenda", "trade;trade", "Remove the second 'trade'."),
    Planted("contacts.csv", 11, "agenda", "trade;", "Use one of"),
    Planted("contacts.csv", 12, "outcome", "4", "Use one of"),
    Planted("contacts.csv", 13, "outcome", "", "Use one of"),
    Planted("contacts.csv", 14, "outcome", "1.0", "Use one of"),
    Planted("contacts.csv", 15, "date", "16/01/2018", "Write it as in 2018-01-16."),
    Planted("contacts.csv", 16, "date", "2018-02-30", "Correct month or day."),
    Planted("contacts.csv", 17, "date", "2025-06-01", "Correct it, or code everything up to it"),
    Planted("contacts.csv", 18, "date", "1985-06-01", "Correct it."),
    Planted("contacts.csv", 19, "date_precision", "year", "Use one of"),
    Planted("contacts.csv", 20, "us_principal", "", "Fill the cell in."),
    Planted("contacts.csv", 21, "partner_principal", " ", "Fill the cell in."),
    Planted("contacts.csv", 22, "place", "Astana", "Write it as in 'Berlin, DE'."),
    Planted("contacts.csv", 23, "sources", "", "Give the address"),
    Planted("contacts.csv", 24, "sources", "www.state.gov", "Give the address"),
    Planted("contacts.csv", 25, "confidence", "certain", "Use one of"),
    Planted("contacts.csv", 26, "id", "not-a-date", "Correct one of them."),
    Planted("media.csv", 2, "contact_id", "1999-01-01-nobody", "Add the contact, or correct the id."),
    Planted("media.csv", 3, "outlet_country", "KAZ", "Did you mean 'KZ'?|Use one of"),
    Planted("media.csv", 4, "kind", "blog", "Use one of"),
    Planted("media.csv", 5, "date", "2018", "Write it as in 2018-01-16."),
    Planted("media.csv", 6, "url", "astanatimes.com/x", "Give it in full, with https://."),
    Planted("media.csv", 7, "tone", "positive", "Use one of"),
    Planted("media.csv", 8, "frame", "economy", "Use one of"),
    Planted("second_coding.csv", 2, "outcome", "5", "Use one of"),
    Planted("second_coding.csv", 3, "tone_partner", "2", "Use one of"),
    Planted("second_coding.csv", 4, "id", "1999-01-01-nobody", "Add the contact, or correct the id."),
]


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(RECORD, tmp_path / "us_kz")


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path, rows, delimiter=","):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


def plant(folder, planted):
    rows = read(folder / planted.file)
    rows[planted.row - 1][rows[0].index(planted.column)] = planted.cell
    write(folder / planted.file, rows)


def told(faults, file, place, remedy):
    return [fault for fault in faults
            if fault.source.endswith(f"/{file}") and fault.where == place and re.match(remedy, fault.remedy)]


def test_the_untouched_record_has_no_fault(folder):
    assert check_dyad(folder) == ()


@pytest.mark.parametrize("planted", CELLS, ids=lambda one: f"{one.file}-{one.column}-{one.cell or 'empty'}")
def test_a_spoilt_cell_is_told(folder, planted):
    plant(folder, planted)
    found = check_dyad(folder)
    assert told(found, planted.file, planted.place, planted.remedy)
    assert all(planted.cell in fault.found or planted.column != fault.where.split()[-1] for fault in found)


def _without(column):
    def spoil(path):
        rows = read(path)
        at = rows[0].index(column)
        write(path, [row[:at] + row[at + 1:] for row in rows])

    return spoil


def _renamed(path):
    path.write_text(path.read_text(encoding="utf-8").replace("us_rank", "usrank", 1), encoding="utf-8")


def _delimited(mark):
    return lambda path: write(path, read(path), mark)


def _twice(path):
    rows = read(path)
    write(path, [*rows, rows[1]])


FORMS = {
    "semicolons": (_delimited(";"), "row 1, header", "Save the file with commas."),
    "tabs": (_delimited("\t"), "row 1, header", "Save the file with commas."),
    "byte order mark": (lambda path: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()), "row 1, byte 0", "Save the file"),
    "mixed encodings": (lambda path: path.write_bytes(path.read_bytes() + b"\xcf\xf0\xe8\n"), "row 67, byte \\d+",
                        "Save the file"),
    "missing column": (_without("mechanism"), "row 1, column mechanism", "Add 'mechanism'."),
    "unknown column": (_renamed, "row 1, column usrank", "Did you mean 'us_rank'?"),
    "duplicate id": (_twice, "row 67, column id", "Row 2 has it too"),
    "empty line": (lambda path: path.write_bytes(path.read_bytes() + b"\n"), "row 67, whole row", "Delete it."),
    "open quotation": (lambda path: path.write_bytes(path.read_bytes() + b'"x\n'), "row 67, whole row", "Close the quotation"),
    "no file": (lambda path: path.unlink(), "whole file", "Add the file."),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_spoilt_form_is_told(folder, form):
    spoil, place, remedy = FORMS[form]
    assert len(read(folder / "contacts.csv")) == 66
    spoil(folder / "contacts.csv")
    found = [fault for fault in check_dyad(folder) if fault.source.endswith("/contacts.csv")]
    assert any(re.fullmatch(place, fault.where) and fault.remedy.startswith(remedy) for fault in found)


def test_all_spoilt_cells_are_told_in_one_pass_of_the_command(folder):
    for planted in CELLS:
        plant(folder, planted)
    result = CliRunner().invoke(app, ["data", "check", str(folder)])
    assert result.exit_code == 2
    assert len(CELLS) >= 30
    for planted in CELLS:
        line = re.escape(f"error: {folder / planted.file}: {planted.place}: expected ")
        assert re.search(rf"^{line}.*(?:{planted.remedy})", result.stderr, re.MULTILINE), planted


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_every_spoilt_cell_is_told_behind_a_wrong_delimiter(folder, mark):
    rows = read(folder / "contacts.csv")
    place = {column: number for number, column in enumerate(rows[0])}
    rows[3][place["us_rank"]], rows[9][place["confidence"]] = "Cabinett", "sure"
    write(folder / "contacts.csv", rows, mark)
    found = [(fault.where, fault.found) for fault in check_dyad(folder)]
    assert found[1:] == [("row 4, column us_rank", "'Cabinett'"), ("row 10, column confidence", "'sure'")]
    assert found[0][0] == "row 1, header"
