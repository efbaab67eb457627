"""Cells on which coders differ, in a sheet and back into a copy of the record: round trips, faults by row and column, the log.

All contacts, codings and decisions are made up for tests.
"""

import csv

import pytest
import typer
from openpyxl import load_workbook
from typer.testing import CliRunner

from forecast.cli.coding import adjudicate
from forecast.contacts import check_dyad, load_contacts
from forecast.contacts.doubts import doubts
from forecast.contacts.edit import compare_records
from forecast.contacts.record import CONTACT, SECOND_CODING
from forecast.contacts.reliability import compare, reliability
from tests.contacts.example import contact, second, write, write_dyad
from tests.fixture.foreign import write_foreign_dyad

DAYS = [f"2018-01-{day:02d}" for day in range(1, 9)]
IDS = [f"{day}-synthetic" for day in DAYS]
NOTE = "=1+1 is what they agreed, \"or so\""
HEADS = ["id", "date", "us_principal", "partner_principal", "format", "place", "outcome_note", "sources", "column", "allowed"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A dyad of eight contacts with a second coding, and a third one of the outcome; they differ on four cells."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    folder = write_dyad(tmp_path / "us_xx", [contact(day, outcome="1", outcome_note=NOTE) for day in DAYS])
    coded = [second(of, outcome="1", agenda="trade;security", tone_us="") for of in IDS]
    coded[0] |= {"us_rank": "assistant", "agenda": "trade"}
    coded[1] |= {"outcome": "2"}
    coded[2] |= {"outcome": "", "partner_rank": ""}  # missing: no difference
    write(folder / "second_coding.csv", coded)
    write(tmp_path / "third.csv", [{"id": of, "outcome": "3" if at == 4 else "1"} for at, of in enumerate(IDS)])
    return tmp_path


def call(*arguments):
    app = typer.Typer()
    app.command()(adjudicate)
    return CliRunner().invoke(app, [str(one) for one in arguments])


def made(*arguments):
    found = call(*arguments)
    assert found.exit_code == 0, found.output
    return found.stdout


def refused(*arguments):
    found = call(*arguments)
    assert found.exit_code == 2, found.output
    return [line.removeprefix("error: ") for line in found.stderr.splitlines()]


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def fill(path, **cells):
    """Write cells of a sheet: ``decision_2`` is the one in row 2, as a spreadsheet counts."""
    if path.suffix == ".xlsx":
        book = load_workbook(path)
        page = book["to settle"]
        heads = [cell.value for cell in page[1]]
        for name, value in cells.items():
            heading, _, row = name.rpartition("_")
            page.cell(int(row), heads.index(heading) + 1, value).data_type = "s"  # typed as a text
        book.save(path)
        return
    table = rows(path)
    for name, value in cells.items():
        heading, _, row = name.rpartition("_")
        table[int(row) - 1][table[0].index(heading)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.csv"])
def test_a_sheet_goes_out_and_comes_back(place, name):
    before = {path.name: path.read_bytes() for path in (place / "us_xx").iterdir()}
    said = made("us_xx", "third.csv", "--out", name)
    assert "Written: " in said
    assert "(4 cells of 3 contacts to which coders gave different values)" in said
    fill(place / name, decision_2="assistant", by_2="A. Judge", reason_2="- the office says so",
         decision_4="1", by_4="A. Judge", decision_5="2", by_5="=B", reason_5="@press release")
    said = made("us_xx", "third.csv", "--decisions", name, "--out", "settled")
    assert "3 cells decided, 2 changed and 1 confirmed" in said
    assert "1 undecided" in said
    assert check_dyad(place / "settled") == ()
    changed = compare_records(place / "us_xx", place / "settled")
    assert changed[["key", "column", "old", "new"]].to_numpy().tolist() == [
        [IDS[0], "us_rank", "deputy", "assistant"], [IDS[4], "outcome", "1", "2"]]
    log = rows(place / "settled" / "adjudication.csv")
    assert [row[:5] for row in log[1:]] == [[IDS[0], "us_rank", "deputy", "assistant", "A. Judge"],
                                            [IDS[1], "outcome", "1", "1", "A. Judge"], [IDS[4], "outcome", "1", "2", "'=B"]]
    assert [row[5] for row in log[1:]] == ["'- the office says so", "", "'@press release"]  # marked, as in every export
    assert log[1][6] == f"{name}, row 2"
    assert {path.name: path.read_bytes() for path in (place / "us_xx").iterdir()} == before


def test_rows_that_nobody_decided_keep_their_bytes(place):
    old = (place / "us_xx" / "contacts.csv").read_bytes()
    made("us_xx", "--out", "sheet.csv")
    fill(place / "sheet.csv", decision_4="2", by_4="A. Judge")
    made("us_xx", "--decisions", "sheet.csv", "--out", "settled")
    new = (place / "settled" / "contacts.csv").read_bytes()
    assert [(one, other) for one, other in zip(old.splitlines(True), new.splitlines(True), strict=True) if one != other] == [
        (old.splitlines(True)[2], old.splitlines(True)[2].replace(b",1,", b",2,"))]


def test_the_sheet_says_what_the_contact_was_and_marks_no_text_of_a_workbook(place):
    made("us_xx", "third.csv", "--out", "sheet.csv")
    made("us_xx", "third.csv", "--out", "sheet.xlsx")
    table = rows(place / "sheet.csv")
    assert table[0] == [*HEADS, "A (contacts)", "B (second_coding)", "C (third)", "decision", "by", "reason"]
    assert [(row[0], row[8], *row[10:13]) for row in table[1:]] == [
        (IDS[0], "us_rank", "deputy", "assistant", ""), (IDS[0], "agenda", "security;trade", "trade", ""),
        (IDS[1], "outcome", "1", "2", "1"), (IDS[4], "outcome", "1", "1", "3")]
    page = load_workbook(place / "sheet.xlsx")["to settle"]
    cells = [["" if cell.value is None else cell.value for cell in row] for row in page.iter_rows()]
    assert [row[6] for row in table[1:]] == [f"'{NOTE}"] * 4
    assert [[cell.removeprefix("'") for cell in row] for row in table] == cells
    assert page["G2"].data_type == "s"
    choices = {area: rule.formula1 for rule in page.data_validations.dataValidation for area in str(rule.sqref).split()}
    assert choices["N2"] == '"president,vice_president,cabinet,deputy,assistant,congress"'
    assert "N3" not in choices  # topics are more than one
    assert load_workbook(place / "sheet.xlsx")["codes"]["A2"].value == "us_rank"


def test_topics_are_decided_in_any_order_and_none_has_a_word(place):
    made("us_xx", "--out", "sheet.xlsx")
    for decision, cell in (("trade ; security", "trade;security"), ("empty", "")):
        fill(place / "sheet.xlsx", decision_3=decision, by_3="A")
        made("us_xx", "--decisions", "sheet.xlsx", "--out", f"settled_{len(cell)}")
        assert rows(place / f"settled_{len(cell)}" / "contacts.csv")[1][[*CONTACT].index("agenda")] == cell


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.csv"])
def test_every_fault_is_told_at_once_by_its_row_and_column(place, name):
    made("us_xx", "third.csv", "--out", name)
    where = f"{name}: {'sheet to settle, ' if name.endswith('xlsx') else ''}row"
    fill(place / name, **{"id_2": "2018-01-01-synthetik", "column_3": "agend", "decision_4": "4", "by_4": "A", "decision_5": "3",
                          "C (third)_5": "2"})
    told = refused("us_xx", "third.csv", "--decisions", name, "--out", "settled")
    assert [one.partition(": expected")[0] for one in told] == [
        f"{where} 2, column A (id)", f"{where} 3, column I (column)", f"{where} 4, column N (decision)",
        f"{where} 5, column M (C (third))", f"{where} 5, column O (by)"]
    assert "Did you mean '2018-01-01-synthetic'?" in told[0]
    assert "Did you mean 'agenda'?" in told[1]
    assert "expected one of 0, 1, 2, 3, found '4'" in told[2]
    assert "expected '3', as third.csv has it, found '2'" in told[3]
    assert "expected who decided it, found an empty cell" in told[4]
    assert not (place / "settled").exists()


def test_a_sheet_of_other_codings_is_refused(place):
    made("us_xx", "third.csv", "--out", "sheet.csv")
    fill(place / "sheet.csv", decision_5="1", by_5="A")
    (told,) = refused("us_xx", "--decisions", "sheet.csv", "--out", "settled")
    assert "sheet.csv: headings: expected a column for each coding, A (contacts), B (second_coding), found A (contacts)" in told
    write(place / "third.csv", [{"id": of, "outcome": "1"} for of in IDS])
    (told,) = refused("us_xx", "third.csv", "--decisions", "sheet.csv", "--out", "settled")
    assert "row 5, column I (column): expected a cell on which the codings differ" in told
    (place / "notes.csv").write_text("a,b\n1,2\n")
    (told,) = refused("us_xx", "--decisions", "notes.csv", "--out", "settled")
    assert "expected a sheet with the headings id, column, decision, by, reason" in told


def test_a_cell_that_stands_twice_is_told_and_one_that_is_not_there_is_counted(place):
    made("us_xx", "third.csv", "--out", "sheet.csv")
    table = rows(place / "sheet.csv")
    for kept in ([0, 1, 1], [0, 1]):
        with (place / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows(table[at] for at in kept)  # as a spreadsheet may save it
        if len(kept) == 3:
            (told,) = refused("us_xx", "third.csv", "--decisions", "sheet.csv", "--out", "settled")
            assert "row 3, column I (column): expected one row for a cell, found 'us_rank'. The cell stands in row 2 too" in told
    said = made("us_xx", "third.csv", "--decisions", "sheet.csv", "--out", "settled")
    assert "Left as they are, too: 3 cells" in said


def test_nothing_is_written_into_the_dyad_folder_or_over_anything(place):
    made("us_xx", "--out", "sheet.csv")
    for target in ("us_xx", "us_xx/settled"):
        (told,) = refused("us_xx", "--decisions", "sheet.csv", "--out", target)
        assert "dyad folder" in told
    assert "dyad folder" in refused("us_xx", "--out", "us_xx/sheet.csv")[0]
    assert "a name that ends in .xlsx or .csv" in refused("us_xx", "--out", "sheet.ods")[0]
    made("us_xx", "--decisions", "sheet.csv", "--out", "settled")
    assert "found a dyad folder" in refused("us_xx", "--decisions", "sheet.csv", "--out", "settled")[0]


def test_a_second_round_goes_on_with_the_log_of_the_first(place):
    made("us_xx", "--out", "sheet.csv")
    fill(place / "sheet.csv", decision_2="cabinet", by_2="=A", reason_2="first")
    made("us_xx", "--decisions", "sheet.csv", "--out", "once")
    made("once", "--out", "again.csv")
    fill(place / "again.csv", decision_2="assistant", by_2="B", reason_2="second")
    made("once", "--decisions", "again.csv", "--out", "twice")
    assert [row[2:6] for row in rows(place / "twice" / "adjudication.csv")[1:]] == [
        ["deputy", "cabinet", "'=A", "first"], ["cabinet", "assistant", "B", "second"]]


def test_tones_are_not_settled_and_said_to_be_left_out(place):
    coded = [second(of, outcome="1", agenda="trade;security", tone_us="-1" if of == IDS[0] else "") for of in IDS]
    write(place / "us_xx" / "second_coding.csv", coded)
    said = made("us_xx", "--out", "sheet.csv")
    assert "Left out: 1 tone" in said
    assert len(rows(place / "sheet.csv")) == 1


def test_a_dyad_of_another_home_state_keeps_its_own_names(place):
    folder = write_foreign_dyad(place / "own" / "xa_xb")
    first = rows(folder / "contacts.csv")
    own = dict(zip(first[0], first[1], strict=True))
    rank = "deputy" if own["xa_rank"] != "deputy" else "assistant"
    write(place / "other.csv", [{"id": own["id"], "xa_rank": rank}])
    (folder / "second_coding.csv").unlink(missing_ok=True)
    made(folder, "other.csv", "--out", "sheet.xlsx")
    fill(place / "sheet.xlsx", decision_2=rank, by_2="A")
    made(folder, "other.csv", "--decisions", "sheet.xlsx", "--out", "settled")
    new = rows(place / "settled" / "contacts.csv")
    assert dict(zip(new[0], new[1], strict=True)) == own | {"xa_rank": rank}
    assert rows(place / "settled" / "adjudication.csv")[1][1] == "xa_rank"


def test_a_second_coding_of_one_column_is_a_part_of_the_record(place):
    write(place / "us_xx" / "second_coding.csv", [{"id": of, "outcome": "2" if at == 1 else "1"} for at, of in enumerate(IDS)])
    assert check_dyad(place / "us_xx") == ()
    found = load_contacts(place / "us_xx")
    assert found.second_coding.iloc[1].to_dict() == dict.fromkeys(SECOND_CODING, "") | {"id": IDS[1], "outcome": "2"}
    assert [(one.id, one.reason) for one in doubts(found) if one.kind == "second coder"] == [
        (IDS[1], "The second coder differs in outcome.")]
    made("us_xx", "--out", "sheet.csv")
    assert [row[8] for row in rows(place / "sheet.csv")[1:]] == ["outcome"]


def test_agreement_with_a_settled_record_is_marked(place):
    made("us_xx", "--out", "sheet.csv")
    made("us_xx", "--decisions", "sheet.csv", "--out", "settled")
    codings = compare(place / "settled" / "contacts.csv", place / "settled" / "second_coding.csv")
    assert "no longer that of blind coders" in reliability(*codings, seed=1, resamples=500).left_out[0]
