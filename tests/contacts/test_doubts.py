"""Doubts about rows: each kind found where it is planted, and nowhere else."""

import csv
import io
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast import shipped
from forecast.contacts import load_contacts
from forecast.contacts.doubts import KINDS, doubts, effort, queue
from tests.contacts.example import DYAD, contact, second, write, write_dyad
from tests.contacts.example import page as page_of
from tests.fixture.foreign import write_foreign_dyad
from tests.fixture.record import RECORD

SOURCES = "https://one.example/a https://two.example/b"


def row(slug="a", day="2019-05-02", **changed):
    people = {"us_principal": "Jane Doe (Secretary of Commerce)", "partner_principal": "John Roe (Minister)"}
    return contact(day, slug, sources=SOURCES, confidence="high", us_rank="cabinet", format="visit", **people) | changed


def page(id="2019-05-02-a", **changed):
    return page_of(id, f"https://example.org/{len(str(changed))}") | {"date": "2019-05-03", "outlet_country": "US"} | changed


def found(tmp_path, rows, pages=(), coded=()):
    folder = write_dyad(tmp_path / "us_xx", list(rows), list(pages))
    if coded:
        write(folder / "second_coding.csv", list(coded))
    return load_contacts(folder)


def kinds(loaded):
    return [(one.kind, one.id) for one in doubts(loaded)]


def test_a_row_without_a_doubt_has_none(tmp_path):
    both = [page(), page(outlet_country="XX")]
    assert kinds(found(tmp_path, [row()], both)) == []


@pytest.mark.parametrize(("changed", "twice"), [
    ({"day": "2019-05-03", "us_principal": "Jane  Doe (Commerce)"}, True), ({"day": "2019-05-09"}, False),
    ({"us_principal": "Mary Major (Secretary of State)"}, False),
    ({"format": "call", "direction": "remote", "place": ""}, False)],
    ids=["a day later", "a week later", "somebody else", "a call"])
def test_the_same_people_on_neighbouring_days_may_be_one_contact(tmp_path, changed, twice):
    other = row("b", **changed)
    assert (("twice", other["id"]) in kinds(found(tmp_path, [row(), other]))) == twice


@pytest.mark.parametrize(("day", "early"), [("2019-04-01", True), ("2019-04-25", False), ("2019-06-01", False)])
def test_a_page_much_older_than_the_contact_is_one_and_an_announcement_is_not(tmp_path, day, early):
    loaded = found(tmp_path, [row()], [page(date=day), page(outlet_country="XX", outlet="other-outlet")])
    assert (("early page", "2019-05-02-a") in kinds(loaded)) == early


@pytest.mark.parametrize(("day", "who", "reason"), [
    ("2003-02-25", "John Kerry (Secretary of State)", "John Kerry was Secretary of State from 2013-02-01 to 2017-01-20; the "
     "contact is of 2003-02-25, when it was Colin Luther Powell."),
    ("2003-02-25", "Colin Powell (Secretary of State)", None), ("2003-02-25", "John Kerry (Senator)", None),
    ("2003-02-25", "Richard Armitage (Deputy Secretary of State)", None),
    ("2003-02-25", "Richard Armitage (Deputy Secretary of State) with John Kerry (Secretary of State)", "John Kerry was"),
    ("2021-01-20", "Donald Trump (President)", None), ("2021-01-21", "Donald Trump (President)",
     "Donald Trump was President from 2017-01-20 to 2021-01-20; the contact is of 2021-01-21, when it was"),
    ("2009-05-01", "Dick Cheney (Vice President)", "Dick Cheney was Vice President from 2001-01-20 to 2009-01-20"),
    ("2019-05-02", "Jane Doe (Secretary of State)", "Jane Doe is on no list of those who were Secretary of State"),
    ("2019-05-02", "Jane Doe (Ambassador)", None)])
def test_a_principal_out_of_office_is_a_doubt(tmp_path, day, who, reason):
    loaded = found(tmp_path, [row(day=day, us_principal=who)], [page(f"{day}-a", date=day), page(f"{day}-a", date=day,
                                                                                               outlet_country="XX")])
    told = [one.reason for one in doubts(loaded) if one.kind == "office"]
    assert len(told) == (reason is not None)
    assert not reason or told[0].startswith(reason)


def test_ambassadors_are_those_of_one_partner_and_a_month_is_all_of_its_days(tmp_path):
    about = DYAD.replace("partner_iso2: XX", "partner_iso2: KZ")
    rows = [row("a", "2018-09-15", us_principal="George Krol (Ambassador)", date_precision="month"),
            row("b", "2018-12-01", us_principal="George Krol (Ambassador)"),
            row("c", "2023-01-01", us_principal="William Moser (Ambassador)")]
    told = [one.id for one in doubts(load_contacts(write_dyad(tmp_path / "us_xx", rows, dyad=about))) if one.kind == "office"]
    assert told == ["2018-12-01-b"]


def test_a_dyad_of_another_home_has_no_list_of_offices(tmp_path):
    folder = write_foreign_dyad(tmp_path / "xa_xb")
    text = (folder / "contacts.csv").read_text(encoding="utf-8")
    changed = text.replace("Synthetic Principal (Office)", "Jane Doe (Secretary of State)")
    (folder / "contacts.csv").write_text(changed, encoding="utf-8")
    assert changed != text
    assert "office" not in dict(kinds(load_contacts(folder)))


def test_no_principal_of_a_shipped_record_is_out_of_office():
    assert [one for folder in shipped.dyads().values() for one in doubts(load_contacts(folder)) if one.kind == "office"] == []


def test_the_check_says_how_many_doubts_there_are_and_how_to_see_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_dyad(tmp_path / "my dyad", [row(day="2003-02-25", us_principal="John Kerry (Secretary of State)", confidence="low")],
               [page("2003-02-25-a", date="2003-02-25"), page("2003-02-25-a", date="2003-02-25", outlet_country="XX")])
    told = CliRunner().invoke(app, ["data", "check", "my dyad"]).stdout
    assert "no faults.\n  1 contact has doubts (1 office, 1 confidence): forecast data queue 'my dyad'\n" in told
    assert "John Kerry was" in " ".join(CliRunner().invoke(app, ["data", "queue", "my dyad"]).stdout.split())
    write_dyad(tmp_path / "sure", [row()], [page(), page(outlet_country="XX")])
    assert "doubt" not in CliRunner().invoke(app, ["data", "check", "sure"]).stdout


def test_low_confidence_a_single_source_and_one_side(tmp_path):
    loaded = found(tmp_path, [row(confidence="low", sources="https://one.example/a")], [page()])
    assert [kind for kind, _ in kinds(loaded)] == ["confidence", "single source", "one side"]


def test_a_second_coder_who_differs_and_one_who_says_nothing(tmp_path):
    own = row()
    same = second(own["id"], us_rank="", partner_rank="", mechanism="", outcome="", agenda=own["agenda"])
    both = [page(), page(outlet_country="XX")]
    assert kinds(found(tmp_path, [own], both, coded=[same])) == []
    (one,) = doubts(found(tmp_path, [own], both, coded=[same | {"outcome": str((int(own["outcome"]) + 1) % 4)}]))
    assert one.reason == "The second coder differs in outcome."


def test_the_weightiest_comes_first(tmp_path):
    rows = [row(), row("b"), row("c", "2019-08-01", us_principal="A B (X)", confidence="low")]
    loaded = found(tmp_path, rows, [page(), page(outlet_country="XX")])
    table = queue(doubts(loaded), loaded.contact)
    assert table["id"].tolist() == ["2019-05-02-b", "2019-08-01-c"]
    assert table["weight"].tolist() == [KINDS["twice"], KINDS["confidence"]]


def test_effort_is_that_of_the_rows_of_each_term():
    loaded = load_contacts(RECORD)
    start, end = pd.Timestamp("2017-01-20"), pd.Timestamp("2021-01-20")
    table = effort(loaded, [("Trump 1", start, end), ("nobody", pd.Timestamp("1950-01-01"), pd.Timestamp("1951-01-01"))])
    inside = loaded.contact[(loaded.contact["date"] >= start) & (loaded.contact["date"] < end)]
    (one,) = table.itertuples()
    assert one.contacts == len(inside)
    assert one.pages_per_contact == pytest.approx(loaded.media["contact_id"].isin(inside["id"]).sum() / len(inside))


def test_the_command_prints_and_writes_the_same_rows(tmp_path, monkeypatch):
    for name, value in (("COLUMNS", "80"), ("TTY_COMPATIBLE", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
    shutil.copytree(RECORD, tmp_path / "us_kz")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["data", "queue", "us_kz", "--out", "queue.csv"])
    assert done.exit_code == 0, done.output
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    written = list(csv.DictReader(io.StringIO((tmp_path / "queue.csv").read_text(encoding="utf-8"))))
    expected = queue(doubts(load_contacts(tmp_path / "us_kz")), load_contacts(tmp_path / "us_kz").contact)
    assert [one["id"] for one in written] == expected["id"].tolist()
    assert f"{len(written)} of" in done.stdout
