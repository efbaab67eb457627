"""Two codings: what is read of them, every fault at once, and the cells that are left to settle."""

import csv

import pytest

from forecast.contacts.adjudication import disagreements, write_disagreements
from forecast.contacts.reliability import TOPICS, VARIABLES, compare, reading, reliability, units_of
from forecast.errors import InputError
from tests.contacts.example import contact, page, second, write, write_dyad

DAYS = [f"2018-01-{day:02d}" for day in range(1, 21)]
CONTACTS = [contact(day, outcome=str(at % 2)) for at, day in enumerate(DAYS)]
IDS = [row["id"] for row in CONTACTS]


def coding(path, ids=IDS, **cell):
    write(path, [second(of, agenda="security;trade", outcome=str(at % 2), tone_us="0") | cell for at, of in enumerate(ids)])
    return path


def told(*paths):
    with pytest.raises(InputError, match=r": expected .*, found ") as caught:
        compare(*paths)
    return [(fault.source.split("/")[-1], fault.where, fault.remedy) for fault in caught.value.faults]


def change(path, row, **cell):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[row] |= cell
    write(path, rows)


def variable(name):
    return next(one for one in VARIABLES + TOPICS if one.name == name)


@pytest.fixture
def folder(tmp_path):
    media = [page(IDS[0], tone="1"), page(IDS[0], url="https://example.org/later", tone="-1"),
             page(IDS[1], outlet_country="XX", tone="-1"), page(IDS[1], url="https://example.org/other", outlet_country="other")]
    return write_dyad(tmp_path / "us_xx", CONTACTS, media)


def test_every_fault_of_both_files_in_one_pass(tmp_path):
    a, b = coding(tmp_path / "A.csv"), coding(tmp_path / "B.csv")
    change(a, 3, outcome="4")
    change(a, 5, id=IDS[4])
    change(b, 0, us_rank="cabinett")
    change(b, 1, id="2018-01-02-synthetik")
    change(b, 2, agenda="security;oil")
    assert told(a, b) == [
        ("A.csv", "row 5, column outcome", "Use one of: 0, 1, 2, 3."),
        ("A.csv", "row 7, column id", "Row 6 has it too: merge the rows, or correct one."),
        ("B.csv", "row 2, column us_rank", "Did you mean 'cabinet'?"),
        ("B.csv", "row 4, column agenda", told(a, b)[3][2]),
        ("B.csv", "row 3, column id", "Did you mean '2018-01-02-synthetic'?"),
        ("B.csv", "row 7, column id", told(a, b)[5][2]),
    ]


def test_a_column_that_was_not_coded_is_missing_and_a_misspelt_one_is_told(tmp_path):
    a, b = coding(tmp_path / "A.csv"), tmp_path / "B.csv"
    write(b, [{"id": of, "outcome": str(at % 2)} for at, of in enumerate(IDS)])
    table = reliability(*compare(a, b), seed=1, resamples=500).table.set_index("variable")
    assert table["units"].to_dict() == dict.fromkeys(table.index, 0) | {"outcome": 20}
    assert table.loc["agenda, or none", "pairable"] == 0  # no column is not an empty agenda
    write(b, [{"id": of, "outcom": "1"} for of in IDS])
    assert told(a, b) == [("B.csv", "row 1, column outcom", "Did you mean 'outcome'?")]
    write(b, [{"id": of} for of in IDS])
    assert told(a, b) == [("B.csv", "row 1, header", "Add the columns that were coded.")]
    write(b, [{"outcome": "1"} for _ in IDS])
    assert told(a, b)[0] == ("B.csv", "row 1, column id", "Add 'id'.")


def test_a_missing_file_is_named(tmp_path):
    assert told(coding(tmp_path / "A.csv"), tmp_path / "none.csv") == [("none.csv", "whole file", "Add the file.")]


def test_no_contact_in_common_is_one_fault(tmp_path):
    other = coding(tmp_path / "B.csv", [f"1999-01-01-{name}" for name in "abc"])
    assert told(coding(tmp_path / "A.csv"), other) == [
        ("B.csv", "whole file, column id", "Give two codings of the same contacts.")]


@pytest.mark.parametrize("turned", [False, True])
def test_the_record_must_have_every_contact_whichever_comes_first(tmp_path, folder, turned):
    b = coding(tmp_path / "B.csv", IDS[:4])
    paths = (b, folder / "contacts.csv") if turned else (folder / "contacts.csv", b)
    compare(*paths)
    change(b, 2, id="2018-01-03-elsewhere-and-nowhere-at-all-in-the-record")
    assert [row[:2] for row in told(*paths)] == [("B.csv", "row 4, column id")]


def test_a_record_has_the_tone_of_the_first_page_of_each_side(folder, tmp_path):
    a, _ = compare(folder / "contacts.csv", coding(tmp_path / "B.csv"))
    assert (a.rows[IDS[0]]["tone_us"], a.rows[IDS[0]]["tone_partner"]) == ("1", "")
    assert (a.rows[IDS[1]]["tone_us"], a.rows[IDS[1]]["tone_partner"]) == ("", "-1")
    assert a.left_out == ()


def test_a_record_alone_has_no_tone_and_says_so(folder, tmp_path):
    (folder / "media.csv").unlink()
    codings = compare(folder / "contacts.csv", coding(tmp_path / "B.csv"))
    found = reliability(*codings, seed=1, resamples=500)
    assert found.table.set_index("variable")["pairable"][["outcome", "tone_us"]].tolist() == [20, 0]
    assert "media.csv" in found.left_out[0]
    assert "tone_us" not in set(disagreements(*codings)["variable"])


def test_a_fault_of_the_media_file_is_told(folder, tmp_path):
    change(folder / "media.csv", 0, tone="2")
    assert [row[:2] for row in told(folder / "contacts.csv", coding(tmp_path / "B.csv"))] == [("media.csv", "row 2, column tone")]


def test_an_empty_agenda_is_no_value_except_where_it_is_asked_for(tmp_path):
    a, b = coding(tmp_path / "A.csv"), coding(tmp_path / "B.csv")
    change(b, 0, agenda="")
    found = compare(a, b)
    assert [len(units_of(variable(name), *found)) for name in ("agenda", "agenda, or none", "agenda: trade")] == [19, 20, 19]
    assert units_of(variable("agenda, or none"), *found).equal.sum() == 19


def test_the_table_says_what_was_coded(tmp_path):
    a, b = coding(tmp_path / "A.csv"), coding(tmp_path / "B.csv")
    change(b, 0, outcome="1", tone_us="")
    table = reliability(*compare(a, b), seed=1, resamples=500).table.set_index("variable")
    assert table.loc["outcome", "agreement"] == pytest.approx(19 / 20)
    assert 0 < table.loc["outcome", "low"] < table.loc["outcome", "alpha"] < 1
    assert table.loc["tone_us", "pairable"] == 19
    assert table.loc["us_rank", "reading"] == "undefined"  # all are deputies


def test_a_variable_keeps_its_numbers_whatever_else_is_compared(tmp_path):
    a, b = coding(tmp_path / "A.csv"), coding(tmp_path / "B.csv")
    change(b, 0, outcome="1")
    both = compare(a, b)
    alone = reliability(*both, seed=1, resamples=500, variables=[variable("outcome")]).table
    among = reliability(*both, seed=1, resamples=500, variables=VARIABLES + TOPICS).table
    assert alone.iloc[0].to_dict() == among.set_index("variable", drop=False).loc["outcome"].to_dict()


def test_readings_change_at_the_cut_offs():
    assert [reading(value) for value in (0.8, 0.799, 0.667, 0.666)] == ["reliable", "tentative", "tentative", "unreliable"]


@pytest.mark.parametrize("name", ["media.csv", "dyad.yaml"])
def test_a_link_that_leads_nowhere_is_no_file_that_may_be_missing(folder, tmp_path, name):
    (folder / name).unlink()
    (folder / name).symlink_to("nowhere")
    assert [row[0] for row in told(folder / "contacts.csv", coding(tmp_path / "B.csv"))] == [name]


def test_disagreements_go_contact_by_contact_with_their_pages(folder, tmp_path):
    b = coding(tmp_path / "B.csv", IDS[:3])
    change(b, 0, agenda="trade;energy", tone_us="0")
    change(b, 1, agenda="trade;security", tone_partner="-1", tone_us="")
    change(b, 2, us_rank="cabinet", tone_us="")
    found = disagreements(*compare(folder / "contacts.csv", b))
    assert found[["id", "variable", "only_A", "only_B"]].to_numpy().tolist() == [
        [IDS[0], "agenda", "security", "energy"], [IDS[0], "tone_us", "1", "0"], [IDS[2], "us_rank", "deputy", "cabinet"]]
    assert found["sources"].tolist() == ["https://example.org/a https://example.org/b", "https://example.org/a",
                                         "https://example.org/a https://example.org/b"]


def test_disagreements_are_written_as_they_are(tmp_path):
    a, b = coding(tmp_path / "A.csv"), coding(tmp_path / "B.csv", outcome="3")
    found = disagreements(*compare(a, b))
    write_disagreements(found, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == found.to_dict("records")
