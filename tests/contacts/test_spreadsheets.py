"""From a table to a record: what is guessed is marked, what is wrong is told at its place in the table, all at once."""

import json
import re
import shutil
import struct
import sys
import tempfile
import zipfile
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
import pytest
import xlwt
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from forecast.config import load_yaml, read_yaml
from forecast.contacts import codes
from forecast.contacts.spreadsheets import words
from forecast.contacts.spreadsheets.days import custom
from forecast.contacts.spreadsheets.guess import propose
from forecast.contacts.spreadsheets.mapping import TARGETS, UNKNOWN, Column, Read, TableMap, written
from forecast.contacts.spreadsheets.sheet import is_error, key_of, letters
from tests.conftest import some, some_rows
from tests.contacts.exports import tables, tools
from tests.contacts.exports.binary import ERROR_CODES, write_xlsb
from tests.contacts.exports.kept import CHOSEN, HEADINGS, english
from tests.contacts.test_exports import call, rows_of, settle
from tests.fixture.foreign import write_foreign_dyad
from tests.fixture.record import RECORD

COLUMN = {name: letters(place) for place, name in enumerate(HEADINGS)}


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@cache
def chosen() -> bytes:
    with tempfile.TemporaryDirectory() as place:
        tables.excel_dates(Path(place) / "chosen.xlsx")
        return (Path(place) / "chosen.xlsx").read_bytes()


def workbook(path: Path, cells: dict[str, object]) -> None:
    """The chosen contacts in a workbook, some of its cells spoilt: column and row -> what stands there."""
    book = load_workbook(BytesIO(chosen()))
    for place, cell in cells.items():
        column, row = place.split()
        book.active[f"{COLUMN[column]}{row}"] = cell
    book.save(path)


def csv_of(path: Path, rows: list[dict[str, str]], delimiter: str = ";") -> None:
    path.write_text(tables._delimited(rows, delimiter), encoding="utf-8", newline="")


def mapped(file: str, *more: object) -> tuple[str, ...]:
    """Propose a mapping, and delete its marks."""
    found = call("data", "map", file, "--out", "map.yaml", *more)
    assert found.exit_code == 0, found.output
    return settle(Path("map.yaml"))


def refused(*options: object) -> list[str]:
    """Lines of a refusal of `data convert`, which leaves nothing behind."""
    found = call("data", "convert", *options, "--map", "map.yaml", "--out", "new")
    assert found.exit_code == 2, found.output
    assert not Path("new").exists()
    return [line.removeprefix("error: ") for line in found.stderr.splitlines()]


# Faults, at their place in the table.

MISTAKES = {
    "id 3": "1999-12-21 Clinton", "date 4": "31.02.1998", "date 5": "last spring", "date_precision 6": "roughly",
    "us_rank 7": "Ambassador", "us_rank 8": None, "partner_rank 9": "Akim", "us_principal 10": None, "partner_principal 11": "  ",
    "format 12": "chat", "direction 13": "there and back", "place 14": "Astana", "mechanism 15": "Council",
    "agenda 16": "trade; chess", "outcome 17": 7, "sources 2": "www.state.gov", "sources 4": "see file", "confidence 5": "quite",
    "confidence 6": None, "id 9": "1995-03-01-nobody",
}


def test_twenty_mistakes_of_a_workbook_are_told_at_once_where_they_stand(lab):
    workbook(lab / "mine.xlsx", MISTAKES)
    marks = mapped("mine.xlsx")
    assert "columns.us_rank.codes.Ambassador" in marks
    lines = refused("mine.xlsx")
    assert len(MISTAKES) == 20
    for place, cell in MISTAKES.items():
        column, row = place.split()
        where = f"mine.xlsx: sheet Contacts, row {row}, column {COLUMN[column]} ({HEADINGS[column]}): expected "
        (line,) = [line for line in lines if line.startswith(where)] or [f"nothing of {place} in {lines}"]
        assert f"found '{str(cell or '').strip()}'" in line
    numbers = [int(line.split("row ")[1].split(",")[0]) for line in lines]
    assert numbers == sorted(numbers)


def test_a_word_without_a_code_names_the_line_of_the_mapping_that_lacks_it(lab):
    workbook(lab / "mine.xlsx", {"us_rank 7": "Ambassador"})
    mapped("mine.xlsx")
    (line,) = refused("mine.xlsx")
    assert "under columns.us_rank.codes.Ambassador, where '?' stands, found 'Ambassador'" in line
    text = Path("map.yaml").read_text(encoding="utf-8")
    Path("map.yaml").write_text(text.replace("Ambassador: '?'", "Ambassador: deputy"), encoding="utf-8")
    assert call("data", "convert", "mine.xlsx", "--map", "map.yaml", "--out", "new").exit_code == 0
    assert rows_of(Path("new/contacts.csv"))[5]["us_rank"] == "deputy"


def test_all_faults_are_told_behind_a_wrong_delimiter_of_the_mapping(lab):
    rows = english()
    rows[2]["U.S. rank"], rows[4]["Outcome"] = "King", "9"
    csv_of(lab / "mine.csv", rows)
    text = (lab / "mine.csv").read_text(encoding="utf-8")
    (lab / "mine.csv").write_text(text + "one;cell;too;few\n", encoding="utf-8")
    mapped("mine.csv")
    plan = Path("map.yaml").read_text(encoding="utf-8")
    Path("map.yaml").write_text(plan.replace("delimiter: semicolon", "delimiter: comma"), encoding="utf-8")
    wrong, *others = refused("mine.csv")
    assert wrong == ("mine.csv: row 1: expected cells separated by comma, found cells separated by semicolon. Write 'delimiter: "
                     "semicolon' under read in the mapping file.")
    assert [line.split(": expected")[0] for line in others] == [
        "mine.csv: row 18, whole row", "mine.csv: row 4, column D (U.S. rank)", "mine.csv: row 6, column M (Outcome)"]


def test_a_contact_that_stands_twice_is_told_by_the_rows_of_the_table(lab):
    workbook(lab / "mine.xlsx", {"id 5": CHOSEN[2]["id"], "date 5": "1998-03-15"})
    book = load_workbook(lab / "mine.xlsx")
    book.active.insert_rows(1, 2)
    book.active["A1"] = "My contacts"
    book.save(lab / "mine.xlsx")
    mapped("mine.xlsx")
    lines = refused("mine.xlsx")
    assert any("sheet Contacts, row 7, column A (Contact ID): expected its own id" in line and "Row 6 has it too" in line
               for line in lines), lines


def test_rules_of_the_dyad_are_checked_where_its_folder_is_named(lab):
    workbook(lab / "mine.xlsx", {"date 17": "2031-05-02", "id 17": "2031-05-02-future"})
    mapped("mine.xlsx")
    (line,) = refused("mine.xlsx", "--data", RECORD)
    assert "row 17, column B (Date): expected 2025-01-19, to which the record is coded, or earlier, found '2031-05-02'" in line


def test_observations_of_a_statistics_program_are_told_by_variable(lab):
    frame, labels, values = tables._statistics()
    frame.loc[3, "v12"] = "9"
    tables.pyreadstat.write_sav(frame, "mine.sav", column_labels=labels, variable_value_labels=values)
    mapped("mine.sav")
    assert refused("mine.sav")[0].startswith("mine.sav: case 4, variable v12: expected one of 0, 1, 2, 3")


def test_a_value_for_all_rows_that_no_row_can_have_is_told_once(lab):
    csv_of(lab / "mine.csv", [{name: cell for name, cell in row.items() if name not in ("Outcome", "Confidence")}
                              for row in english()])
    assert mapped("mine.csv") == ("columns.outcome", "columns.confidence")
    (line,) = refused("mine.csv")
    assert line == ("map.yaml: key columns.outcome.fill: expected one of 0, 1, 2, 3, found '?'. Use one of: 0, 1, 2, 3. "
                    "Or name a heading in place of fill.")


# Errors of a spreadsheet are no empty cells, and a month is no first day.

WRONG = {"agenda 3": "#N/A", "place 4": "#DIV/0!", "outcome_note 5": "#N/A", "confidence 6": "#DIV/0!", "agenda 7": "#N/A"}


def spoilt_rows() -> list[list[object]]:
    rows = [list(HEADINGS.values()), *(list(row.values()) for row in english("%Y-%m-%d"))]
    for place, text in WRONG.items():
        column, row = place.split()
        rows[int(row) - 1][list(HEADINGS).index(column)] = text
    return rows


def errors_xlsx(path: Path) -> None:
    workbook(path, {place: text for place, text in WRONG.items()})  # openpyxl writes such texts as errors
    assert load_workbook(path).active[f"{COLUMN['agenda']}3"].data_type == "e"


def errors_xls(path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Contacts")
    for number, row in enumerate(spoilt_rows()):
        for place, cell in enumerate(row):
            if str(cell) in ERROR_CODES:
                sheet.row(number).set_cell_error(place, ERROR_CODES[str(cell)])
            else:
                sheet.write(number, place, cell)
    book.save(str(path))


def errors_ods(path: Path) -> None:
    """OpenDocument as LibreOffice keeps errors: a text of no letters, whose type is told by an attribute of its own."""
    name = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"

    def cell(text: object) -> str:
        told = 'calcext:value-type="error" office:string-value="" table:formula="of:=1"' if str(text)[:1] == "#" else ""
        return f'<table:table-cell office:value-type="string" {told}><text:p>{escape(str(text))}</text:p></table:table-cell>'

    tables.open_document(path)
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    content = parts["content.xml"].decode()
    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in spoilt_rows())
    head, _, rest = content.partition("<table:table ")
    head = head.replace("<office:document-content", f'<office:document-content xmlns:calcext="{name}"', 1)
    parts["content.xml"] = (f'{head}<table:table table:name="Contacts">{rows}</table:table>'
                            f"{rest.partition('</table:table>')[2]}").encode()
    with zipfile.ZipFile(path, "w") as archive:
        for one, raw in parts.items():
            archive.writestr(one, raw)


def errors_csv(path: Path) -> None:
    path.write_text("".join(";".join(str(cell).replace(";", "+").replace("\n", " ") for cell in row) + "\n"
                            for row in spoilt_rows()), encoding="utf-8")


@pytest.mark.parametrize(("name", "write"), [
    ("mine.xlsx", errors_xlsx), ("mine.xls", errors_xls), ("mine.ods", errors_ods), ("mine.csv", errors_csv),
    ("mine.xlsb", lambda path: write_xlsb(path, "Contacts", spoilt_rows()))])
def test_an_error_of_a_spreadsheet_is_marked_and_told_by_row_and_column(lab, name, write):
    write(lab / name)
    unsure = propose(lab / name).unsure
    assert unsure["columns.agenda"] == ("2 cells are errors of the spreadsheet, first '#N/A' in row 3: correct or clear in "
                                        "the table")
    assert {"columns.place", "columns.outcome_note", "columns.confidence"} <= unsure.keys()
    mapped(name)
    lines = refused(name)
    for place, text in WRONG.items():
        column, row = place.split()
        where = f"row {row}, column {COLUMN[column]} ({HEADINGS[column]}): expected a value, or an empty cell, found '{text}'"
        assert [line for line in lines if where in line], (where, lines)
    assert len(lines) == len(WRONG)


def test_an_error_of_a_formula_in_an_old_workbook_is_one_too(lab):
    """The result of a formula that has no value: no number, but a mark, with the code of the error."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet, place = book.add_sheet("Contacts"), list(HEADINGS).index("agenda")
    for number, row in enumerate([list(HEADINGS.values()), *(list(row.values()) for row in english("%Y-%m-%d"))]):
        for column, cell in enumerate(row):
            sheet.write(number, column, xlwt.Formula("1/0") if (number, column) == (2, place) else cell)
    book.save("mine.xls")
    raw = bytearray(Path("mine.xls").read_bytes())
    (found,) = re.finditer(rb"\x06\x00.." + re.escape(struct.pack("<HH", 2, place)), raw, re.DOTALL)
    raw[found.start() + 10:found.start() + 18] = bytes([2, 0, ERROR_CODES["#DIV/0!"], 0, 0, 0, 0xFF, 0xFF])
    Path("mine.xls").write_bytes(raw)
    mapped("mine.xls")
    (line,) = refused("mine.xls")
    assert "sheet Contacts, row 3, column L (Topics): expected a value, or an empty cell, found '#DIV/0!'" in line


@pytest.mark.parametrize("word", ["#N/A", "#DIV/0!", "#REF!", "#NAME?", "#SPILL!", "#Н/Д", "#ЗНАЧ!", "#ИМЯ?", "Err:502"])
def test_names_of_errors_are_known_and_hashtags_are_texts(word):
    assert is_error(word)
    assert not any(map(is_error, ("NA", "none", "#1", "#energy", "#Trade!", "", "N/A", "see #N/A")))


def test_an_error_that_the_mapping_gives_a_meaning_has_it(lab):
    workbook(lab / "mine.xlsx", {"agenda 3": "#N/A"})
    mapped("mine.xlsx")
    text = Path("map.yaml").read_text(encoding="utf-8")
    plan = load_yaml(Path("map.yaml"), TableMap)
    agenda = plan.columns["agenda"].model_copy(update={"codes": {**plan.columns["agenda"].codes, "#N/A": None}})
    Path("map.yaml").write_text(written(plan.model_copy(update={"columns": {**plan.columns, "agenda": agenda}}), "mine.xlsx"),
                                encoding="utf-8")
    assert text != Path("map.yaml").read_text(encoding="utf-8")
    assert call("data", "convert", "mine.xlsx", "--map", "map.yaml", "--out", "new").exit_code == 0
    assert rows_of(Path("new/contacts.csv"))[1]["agenda"] == ""


def without_precision(path: Path, row: int, day: date, shown: str) -> None:
    """The chosen contacts without ids and precision, one of their days in a format of its own."""
    tables.excel_dates(path)
    book = load_workbook(path)
    cell = book.active[f"{COLUMN['date']}{row}"]
    cell.value, cell.number_format = day, shown
    for name in ("date_precision", "id"):
        book.active.delete_cols(list(HEADINGS).index(name) + 1)
    book.save(path)


@pytest.mark.parametrize(("day", "shown", "expected"), some_rows([
    (date(2018, 5, 1), "mmm yyyy", ("2018-05-15", "month")), (date(2018, 5, 1), "[$-419]mmmm\\ yyyy;@", ("2018-05-15", "month")),
    (date(2018, 5, 1), "mmm-yy", ("2018-05-15", "month")), (date(2018, 5, 1), "mm/yyyy", ("2018-05-15", "month")),
    (date(2018, 5, 1), "dd mmm yyyy", ("2018-05-01", "day")), (date(2018, 5, 1), "yyyy-mm-dd", ("2018-05-01", "day")),
    (date(2018, 5, 17), "mmm yyyy", ("2018-05-17", "day")),
], [
    (date(2018, 5, 1), "[$-419]mmmm\\ yyyy;@", ("2018-05-15", "month")), (date(2018, 5, 1), "dd mmm yyyy", ("2018-05-01", "day")),
    (date(2018, 5, 17), "mmm yyyy", ("2018-05-17", "day")),
]))
def test_a_month_of_a_workbook_is_known_by_its_format(lab, day, shown, expected):
    without_precision(lab / "mine.xlsx", 4, day, shown)
    mapped("mine.xlsx")
    found = call("data", "convert", "mine.xlsx", "--map", "map.yaml", "--out", "new")
    assert found.exit_code == 0, found.output
    row = rows_of(Path("new/contacts.csv"))[2]
    assert (row["date"], row["date_precision"]) == expected


def test_a_year_of_a_workbook_is_no_day(lab):
    without_precision(lab / "mine.xlsx", 4, date(2018, 1, 1), "yyyy")
    mapped("mine.xlsx")
    assert "found '2018'" in refused("mine.xlsx")[0]


def test_a_first_day_is_marked_where_no_format_tells_months_from_days(lab):
    rows = [{name: cell for name, cell in row.items() if name != "Precision"} for row in english("%Y-%m-%d")]
    rows[3]["Date"] = "2018-05-01"
    for name, engine in (("mine.ods", "odf"), ("mine.xlsx", "openpyxl")):
        frame = pd.DataFrame(rows)
        frame["Date"] = pd.to_datetime(frame["Date"])
        frame.to_excel(name, engine=engine, index=False)
    marks = propose(lab / "mine.ods").unsure
    assert "(first '2018-05-01' in row 5), which is also how a month without a day is kept" in marks["columns.date_precision"]
    assert "columns.date_precision" not in propose(lab / "mine.xlsx").unsure


# What is uncertain is marked.

@pytest.mark.parametrize("word", some(["presidant", "Cabinett", "deputee", "asistant", "congres", "Ambassador", "Queen"],
                                      ["presidant", "congres", "Ambassador"]))
def test_a_word_that_is_no_code_is_never_taken_silently(lab, word):
    workbook(lab / "mine.xlsx", {"us_rank 2": word})
    plan = propose(lab / "mine.xlsx")
    assert f"columns.us_rank.codes.{word}" in plan.unsure
    assert "first in row 2" in plan.unsure[f"columns.us_rank.codes.{word}"]


@pytest.mark.parametrize("word", some(["CABINET", " cabinet ", "“Cabinet”", "Cabinet.", "Cabinet members", "Член кабинета",
                                       "cábinet"], ["“Cabinet”", "Cabinet members", "Член кабинета", "cábinet"]))
def test_spelling_quotes_accents_labels_and_equivalents_are_certain(lab, word):
    workbook(lab / "mine.xlsx", {"us_rank 2": word})
    plan = propose(lab / "mine.xlsx")
    assert plan.unsure == {}
    assert plan.columns["us_rank"].codes.get(word.strip(), word.strip()) == "cabinet"


def test_a_heading_that_is_only_like_a_column_is_marked(lab):
    rows = [{("Partner's ranks" if name == "Partner rank" else "Outcomme" if name == "Outcome" else name): cell
             for name, cell in row.items()} for row in english()]
    csv_of(lab / "mine.csv", rows)
    plan = propose(lab / "mine.csv")
    assert plan.columns["partner_rank"].heading == "Partner's ranks"
    assert plan.unsure["columns.outcome"] == "the heading 'Outcomme' is only like it"
    assert "columns.partner_rank" in plan.unsure


def test_a_known_heading_over_cells_that_cannot_be_its_own_is_marked(lab):
    rows = [row | {"Outcome": "they talked at length"} for row in english()]
    csv_of(lab / "mine.csv", rows)
    assert "only 0% could stand in it" in propose(lab / "mine.csv").unsure["columns.outcome"]


def test_a_second_heading_for_a_column_is_told(lab):
    csv_of(lab / "mine.csv", [row | {"Comments": "x"} for row in english()])
    plan = propose(lab / "mine.csv")
    assert plan.columns["outcome_note"].heading == "Notes"
    assert plan.unsure == {"columns.outcome_note": "the heading 'Comments' means it as well"}


def test_headings_name_the_partner_where_the_command_does(lab):
    rows = [{name.replace("Partner", "Kazakhstani"): cell for name, cell in row.items()} for row in english()]
    csv_of(lab / "mine.csv", rows)
    assert "columns.partner_principal" in propose(lab / "mine.csv").unsure
    assert propose(lab / "mine.csv", partner="Kazakhstan").unsure == {}


def test_a_sheet_that_rivals_the_one_taken_is_marked(lab):
    workbook(lab / "mine.xlsx", {})
    book = load_workbook(lab / "mine.xlsx")
    other = book.create_sheet("Old")
    for row in [*([list(HEADINGS.values())]), ["x"] * len(HEADINGS)]:
        other.append(row)
    book.save(lab / "mine.xlsx")
    plan = propose(lab / "mine.xlsx")
    assert plan.read.sheet == "Contacts"
    assert plan.unsure == {"read.sheet": "sheet Old has headings of the record too"}


def test_an_older_encoding_is_marked_with_words_under_its_rivals(lab):
    tables.csv_windows_1251(lab / "mine.csv")
    plan = propose(lab / "mine.csv")
    assert plan.read.encoding == "windows-1251"
    assert "read as windows-1251 it has Визит" in plan.unsure["read.encoding"]
    assert "read as windows-1252 it has Âèçèò" in plan.unsure["read.encoding"]


def test_utf8_and_a_mark_are_certain(lab):
    for name, encoding in (("a.csv", "utf-8"), ("b.csv", "utf-8-sig"), ("c.csv", "utf-16")):
        (lab / name).write_bytes(tables._delimited(tables.russian(), ";").encode(encoding))
        assert propose(lab / name).unsure == {}


# Columns that follow from others.

def test_ids_and_months_follow_from_the_rows(lab):
    tables.csv_bars(lab / "mine.txt")
    mapped("mine.txt")
    assert call("data", "convert", "mine.txt", "--map", "map.yaml", "--out", "new").exit_code == 0
    month = [row for row in rows_of(Path("new/contacts.csv")) if row["date_precision"] == "month"]
    assert [row["date"] for row in month] == [row["date"] for row in CHOSEN if row["date_precision"] == "month"]
    assert all(row["date"].endswith("-15") and row["id"].startswith(row["date"]) for row in month)
    assert len({row["id"] for row in rows_of(Path("new/contacts.csv"))}) == len(CHOSEN)


def test_a_wrong_day_is_told_once_and_not_again_of_the_id_that_is_made_from_it(lab):
    tables.csv_bars(lab / "mine.txt")
    mapped("mine.txt")
    text = Path("mine.txt").read_text(encoding="utf-8-sig")
    head, first, *_ = (row.split("|") for row in text.splitlines())
    cell = first[head.index(load_yaml(Path("map.yaml"), TableMap).columns["date"].heading)]
    Path("mine.txt").write_text(text.replace(cell, "someday", 1), encoding="utf-8")
    (line,) = refused("mine.txt")
    assert "row 2, column" in line
    assert "found 'someday'" in line


def test_a_month_whose_precision_is_given_as_day_is_told(lab):
    rows = english()
    number = next(place for place, row in enumerate(CHOSEN) if row["date_precision"] == "day")
    day = CHOSEN[number]["date"]
    csv_of(lab / "mine.csv", rows)
    mapped("mine.csv")
    assert call("data", "convert", "mine.csv", "--map", "map.yaml", "--out", "new").exit_code == 0
    shutil.rmtree("new")
    columns = load_yaml(Path("map.yaml"), TableMap).columns
    heading = columns["date"].heading
    rows[number] |= {heading: f"{day[5:7]}/{day[:4]}"}
    csv_of(lab / "mine.csv", [row | {"Date precision": coded["date_precision"]} for row, coded in zip(rows, CHOSEN, strict=True)])
    Path("map.yaml").unlink()
    mapped("mine.csv")
    (line,) = [one for one in refused("mine.csv") if "precision" in one]
    assert f"row {number + 2}, column" in line
    assert "expected a day, for the precision of this row is day" in line


def test_a_running_number_is_no_id(lab):
    csv_of(lab / "mine.csv", [row | {"Contact ID": str(number)} for number, row in enumerate(english(), start=1)])
    plan = propose(lab / "mine.csv")
    assert plan.columns["id"].make == "id"
    assert plan.ignored == ("Contact ID",)


def test_files_of_a_dyad_with_another_home_state_are_named_after_it(lab):
    folder = write_foreign_dyad(lab / "foreign")
    workbook(lab / "mine.xlsx", {})
    mapped("mine.xlsx")
    found = call("data", "convert", "mine.xlsx", "--map", "map.yaml", "--out", "new", "--data", folder)
    assert found.exit_code == 2  # its places are elsewhere; what counts is that its columns are found
    assert "this column" not in found.stderr
    assert "column J (Place)" in found.stderr


def test_converted_rows_are_added_to_a_dyad(lab):
    workbook(lab / "mine.xlsx", {})
    mapped("mine.xlsx")
    shutil.copytree(RECORD, "us_kz")
    head = (RECORD / "contacts.csv").read_text(encoding="utf-8").splitlines()[0]
    Path("us_kz/contacts.csv").write_text(head + "\n", encoding="utf-8")
    for name in ("media.csv", "second_coding.csv"):
        Path("us_kz", name).write_text((RECORD / name).read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert call("data", "convert", "mine.xlsx", "--map", "map.yaml", "--out", "new").exit_code == 0
    assert "16 rows added" in call("data", "add", "us_kz", "new/contacts.csv").output
    assert "16 contacts" in call("data", "check", "us_kz").output
    manifest = json.loads(Path("new/manifest.json").read_text(encoding="utf-8"))
    assert manifest["file"] == "mine.xlsx"
    assert set(manifest["files"]) == {"contacts.csv", "map.yaml"}


# Annotation tools.

def test_each_coder_of_an_export_gets_a_coding_and_they_can_be_compared(lab):
    tools.label_studio(lab / "export.json")
    mapped("export.json")
    assert call("data", "convert", "export.json", "--map", "map.yaml", "--out", "new").exit_code == 0
    assert {path.name for path in Path("new").glob("*.csv")} == {"coding_3.csv", "coding_7.csv"}  # not 9, who cancelled
    assert all(row["agenda"] == "" for row in rows_of(Path("new/coding_7.csv")))
    found = call("data", "reliability", RECORD / "contacts.csv", "new/coding_3.csv")
    assert found.exit_code == 0, found.output
    assert "tone" in found.output


def test_a_coder_whose_name_is_written_in_two_ways_is_one_and_loses_no_row(lab):
    tools.label_studio(lab / "export.json")
    tasks = json.loads(Path("export.json").read_text(encoding="utf-8"))
    for number, task in enumerate(tasks):
        for one in task["annotations"]:
            name = {3: ("Anna K.", "anna k")[number % 2], 7: "Berik", 9: "Berik"}[one["completed_by"]]
            one["completed_by"] = {"username": name}
    Path("export.json").write_text(json.dumps(tasks), encoding="utf-8")
    mapped("export.json")
    assert call("data", "convert", "export.json", "--map", "map.yaml", "--out", "new").exit_code == 0
    assert {path.name for path in Path("new").glob("*.csv")} == {"coding_anna-k.csv", "coding_berik.csv"}
    assert [row["id"] for row in rows_of(Path("new/coding_anna-k.csv"))] == [row["id"] for row in tools.CODED]


def test_documents_of_a_contact_that_disagree_are_told(lab):
    lines = [{"id": 1, "text": "a", "contact_id": "2018-01-16-x", "label": ["trade", "outcome: 1"]},
             {"id": 2, "text": "b", "contact_id": "2018-01-16-x", "label": ["energy", "outcome: 2"]}]
    Path("export.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    mapped("export.jsonl")
    (line,) = refused("export.jsonl")
    told = "export.jsonl: line 2, field label: expected one outcome for contact 2018-01-16-x, 1 as in line 1, found"
    assert line.startswith(told)
    lines[1]["label"] = ["energy", "outcome: 1"]
    Path("export.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    Path("map.yaml").unlink()
    mapped("export.jsonl")
    assert call("data", "convert", "export.jsonl", "--map", "map.yaml", "--out", "new").exit_code == 0
    assert rows_of(Path("new/second_coding.csv"))[0]["agenda"] == "trade;energy"


def test_a_contact_that_stands_twice_in_a_table_of_codings_is_told_and_not_united(lab):
    lines = ["id;agenda;coder", "2018-01-16-x;trade;anna", "2018-01-17-y;energy;anna", "2018-01-16-x;energy, russia;anna",
             "2018-01-16-x;trade;berik"]
    for name, held in (("alone.csv", [line.rpartition(";")[0] for line in lines[:4]]), ("two.csv", lines)):
        Path(name).write_text("\n".join(held) + "\n", encoding="utf-8")
        assert call("data", "map", name, "--as", "second_coding", "--out", "map.yaml").exit_code == 0
        if name == "two.csv":  # in a table nobody tells the column of coders but the mapping
            plan = load_yaml(Path("map.yaml"), TableMap)
            Path("map.yaml").write_text(written(plan.model_copy(update={"coder": "coder"}), name), encoding="utf-8")
        settle(Path("map.yaml"))
        (line,) = refused(name)
        assert line == (f"{name}: row 4, column A (id): expected its own id, found '2018-01-16-x'. "
                        "Row 2 has it too: merge the rows, or correct one.")
        Path("map.yaml").unlink()


def test_a_label_that_no_column_or_more_than_one_knows_is_marked(lab):
    lines = [{"id": 1, "text": "a", "contact_id": "2018-01-16-x", "label": ["trade", "chess", "president"]}]
    Path("export.jsonl").write_text(json.dumps(lines[0]), encoding="utf-8")
    plan = propose(Path("export.jsonl"))
    assert set(plan.unsure) == {"columns.agenda.codes.chess", "columns.agenda.codes.president"}
    assert plan.columns["agenda"].codes == {"trade": "trade", "chess": UNKNOWN, "president": UNKNOWN}


def test_an_export_without_ids_of_contacts_is_marked(lab):
    Path("export.jsonl").write_text(json.dumps({"id": 5, "text": "a", "label": ["trade"]}), encoding="utf-8")
    assert "no field of the export has ids" in propose(Path("export.jsonl")).unsure["columns.id"]


# What cannot be read.

def broken_tsv(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("annotation/2018-01-16-x.txt/anna.tsv", "#FORMAT=WebAnno TSV 3.3\n#T_SP=a.B|c\n\n\n#Text=x\n1-1\t0-1\n")


def two_sheets(path: Path) -> None:
    book = Workbook()
    book.active.append(["alone"])
    book.save(path)


def cut(write: tables.Write, length: int) -> tables.Write:
    def spoilt(path: Path) -> None:
        write(path)
        path.write_bytes(path.read_bytes()[:length])

    return spoilt


def far_apart(path: Path) -> None:
    """A workbook that says of one cell that it stands in the last row and column."""
    write_xlsb(path, "Sheet1", [["a", "b"], ["c", "d"]], last=(1_048_575, 16_383))


UNREADABLE = {
    "far.xlsb": (far_apart, "cells so far apart that no memory holds what lies between them"),
    "empty.csv": (lambda path: path.write_bytes(b" \n"), "an empty file"),
    "cut.xlsx": (cut(tables.excel_dates, 3000), "a workbook that can be read"),
    "cut.sav": (cut(tables.spss, 300), "an SPSS file that can be read"),
    "picture.xlsx": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 100), "found a picture"),
    "none.xlsx": (two_sheets, "a sheet with headings and rows"),
    "poem.txt": (lambda path: path.write_text("so much depends\nupon\n"), "a heading like a column of the record"),
    "lines.jsonl": (lambda path: path.write_text('{"id": 1}\n{"id": 2\n'), "line 2: expected a document as JSON"),
    "min.json": (lambda path: path.write_text('[{"id": 1, "annotations": "no"}]'), "a task with annotations"),
    "broken.zip": (broken_tsv, "line 6: expected 3 to 4 cells, found 2"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_one_message(lab, name):
    write, words_of_it = UNREADABLE[name]
    write(lab / name)
    found = call("data", "map", name)
    assert found.exit_code == 2
    assert found.stderr.startswith(f"error: {name}")
    assert words_of_it in found.stderr
    assert len(found.stderr.splitlines()) == 1


@pytest.mark.parametrize(("library", "write", "name"), [
    ("python_calamine", tables.excel_dates, "mine.xlsx"), ("pyreadstat", tables.stata, "mine.dta"),
    ("charset_normalizer", tables.csv_windows_1251, "mine.csv")])
def test_a_library_that_is_not_installed_is_named_with_the_command_that_installs_it(lab, monkeypatch, library, write, name):
    write(lab / name)
    monkeypatch.setitem(sys.modules, library, None)
    found = call("data", "map", name)
    assert found.exit_code == 2
    assert f"expected the library {library}" in found.stderr
    assert "Install it: pip install bilateral-forecast[spreadsheets]" in found.stderr


# The mapping file itself.

CHANGES = {
    "us_rank:": ("usrank:", "key columns.usrank: expected a column of contacts.csv, found 'usrank'. Did you mean 'us_rank'?"),
    "heading: Outcome": ("heading: Outcomes", "key columns.outcome.heading: expected a heading of mine.xlsx, found 'Outcomes'. "
                                               "Did you mean 'Outcome'?"),
    "sheet: Contacts": ("sheet: Contact", "read.sheet: expected one sheet of Contacts, found 'Contact'"),
    "form: workbook": ("form: stata", "expected a file of the form 'stata', as the mapping file says, found one of the form"),
    "- iso": ("- backwards", "key columns.date.dates.0: expected"),
    "heading: Format": ("fill: visit\n    heading: Format", "key columns.format: expected one of heading, fill and make"),
    "target: contacts": ("target: visits", "key target: expected"),
}


@pytest.mark.parametrize("right", CHANGES)
def test_a_wrong_mapping_is_told_by_its_key(lab, right):
    workbook(lab / "mine.xlsx", {})
    mapped("mine.xlsx")
    text = Path("map.yaml").read_text(encoding="utf-8")
    assert right in text
    Path("map.yaml").write_text(text.replace(right, CHANGES[right][0], 1), encoding="utf-8")
    assert any(CHANGES[right][1] in line for line in refused("mine.xlsx"))


def test_a_mapping_that_somebody_changed_is_not_replaced(lab):
    workbook(lab / "mine.xlsx", {})
    mapped("mine.xlsx")
    with Path("map.yaml").open("a", encoding="utf-8") as file:
        file.write("# my own remark\n")
    found = call("data", "map", "mine.xlsx", "--out", "map.yaml")
    assert found.exit_code == 2
    assert "changed since" in found.stderr


def test_a_mapping_is_printed_where_no_file_is_named(lab):
    workbook(lab / "mine.xlsx", {"date 2": "05.12.1999", "id 2": "1999-12-05-x"})
    found = call("data", "map", "mine.xlsx")
    assert "\n# NOT CERTAIN" in found.output
    Path("printed.yaml").write_text(found.output, encoding="utf-8")
    assert list(read_yaml(Path("printed.yaml"))["unsure"]) == ["columns.date.dates"]


WORDS = st.text(max_size=40).map(lambda text: " ".join(text.split())).filter(lambda text: text.isprintable() and text)


@given(st.lists(WORDS, min_size=1, max_size=6, unique=True))
@example(["<<", "null", "~", "true", "- a", "? b", "a: b", "#x", "*x", "&x", "!x", "%x", "@x", "=", "'", '"', "007"])
def test_a_mapping_is_read_back_as_it_was_written(listed):
    plan = TableMap(target="contacts", read=Read(form="text", delimiter="tab"), ignored=tuple(listed),
                    columns={"us_rank": Column(heading=listed[0], codes=dict.fromkeys(listed, "cabinet"))},
                    unsure={f"columns.us_rank.codes.{word}": word for word in listed})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.yaml"
        path.write_text(written(plan, "mine.csv"), encoding="utf-8")
        assert load_yaml(path, TableMap) == plan


# The words of spreadsheet.yaml.

def test_every_known_word_means_one_code_of_the_codebook():
    for column, table in custom()["codes"].items():
        seen: dict[str, str] = {}
        for code, listed in table.items():
            assert code in codes.LISTS[column], (column, code)
            for word in (code, *listed):
                assert seen.setdefault(key_of(str(word)), code) == code, (column, word)


def test_every_known_heading_means_one_column_of_a_file():
    for about in TARGETS.values():
        seen: dict[str, str] = {}
        for column in about.columns:
            for name in words.names_of_column(column):
                assert seen.setdefault(name, column) == column, (about.file, name)


def test_words_are_known_or_not():
    assert words.code_of("“Cabinet”", "us_rank") == words.Meant("cabinet", True)
    assert words.code_of("chess", "agenda") is None
