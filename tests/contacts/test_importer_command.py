"""The command: a table or a file, remarks, and exit codes."""

import csv

import pytest
from typer.testing import CliRunner

from forecast.cli.data import data_app
from forecast.cli.outside import SOURCES, Period
from forecast.contacts.importers import IMPORTERS, By
from tests.contacts.example import DYAD, contact, write_dyad
from tests.contacts.importing import FILES
from tests.fixture.foreign import write_foreign_dyad


def call(*arguments):
    return CliRunner().invoke(data_app, ["import", *(str(one) for one in arguments)])


def test_a_table_is_printed_with_the_warning(tmp_path):
    folder = write_dyad(tmp_path / "us_xx", [contact()], dyad=DYAD.replace("register_country: synthetic",
                                                                             "register_country: israel"))
    result = call("historian", FILES / "visits.xml", FILES / "secretary_travels.xml", "--dyad", folder)
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "leader visits partner 2" in lines
    assert "secretary travels us 2" in lines
    assert lines[-1] == "Outside check: never to be added to coded contacts."


def test_the_series_is_written_by_month(tmp_path):
    out = tmp_path / "series.csv"
    result = call("gdelt", FILES / "gdelt2.export.CSV", "--code", "SYN", "--by", "month", "--as-of", "2018-12-31",
                  "--out", out)
    assert result.exit_code == 0, result.output
    assert "rows of any states after 2018-12-31 dropped: 2." in result.stdout
    with out.open() as file:
        rows = list(csv.DictReader(file))
    (row,) = [one for one in rows if (one["period"], one["measure"], one["direction"])
              == ("2018-02", "calls", "partner_to_us")]
    assert (row["source"], row["value"]) == ("gdelt", "1")
    assert row["note"].startswith("CAMEO 041, discuss by telephone. rows of any states after 2018-12-31 dropped: 2;")
    assert [one.name for one in tmp_path.iterdir()] == ["series.csv"]


def test_names_and_identifiers_come_from_the_shipped_dyad(tmp_path):
    result = call("icews", FILES / "icews.tab")
    assert result.exit_code == 0, result.output
    assert "no row is between 'United States' and 'Kazakhstan'" in result.stdout


def test_faults_end_with_exit_code_2_and_write_nothing(tmp_path):
    out = tmp_path / "series.csv"
    result = call("gdelt", FILES / "icews.tab", tmp_path / "none.CSV", "--code", "SYN", "--out", out)
    assert result.exit_code == 2
    assert "row 1, whole row: expected 61 cells (GDELT 2.0) or" in result.stderr
    assert "none.CSV: whole file" in result.stderr
    assert not out.exists()
    (tmp_path / "no").write_text("a file")
    result = call("gdelt", FILES / "gdelt2.export.CSV", "--code", "SYN", "--out", tmp_path / "no" / "series.csv")
    assert result.exit_code == 2
    assert "option --out: expected a place below folders" in result.stderr


FOREIGN = {"gdelt": "gdelt2.export.CSV", "polecat": "polecat.txt", "colt": "colt.csv", "icews": "icews.tab"}


@pytest.mark.parametrize("form", FOREIGN)
def test_a_dyad_of_another_home_counts_its_own_rows(tmp_path, form):
    """Rows that name neither state of the dyad are none of it, whichever home the program ships."""
    folder, file = write_foreign_dyad(tmp_path / "xa_xb"), FILES / FOREIGN[form]
    if form != "icews":  # which tells states by name, and so knows the home
        asked = call(form, file, "--dyad", folder, "--code", "SYN")
        assert asked.exit_code == 2
        assert f"--home-code: {form}: expected" in asked.stderr
        assert "Say how these files name Synthetic Aland." in asked.stderr
    own, partner = ("Synthetia", "United States") if form == "icews" else ("SYN", "USA")
    there, back = tmp_path / "there.csv", tmp_path / "back.csv"
    assert call(form, file, "--dyad", folder, "--code", partner, "--home-code", own, "--out", there).exit_code == 0
    assert call(form, file, "--code", own, "--out", back).exit_code == 0  # the shipped home, to the other state
    turned = {"xa_to_partner": "partner_to_us", "partner_to_xa": "us_to_partner"}
    rows = [{**row, "direction": turned.get(row["direction"], row["direction"])} for row in csv.DictReader(there.open())]
    assert sum(int(row["value"]) for row in rows if row["direction"] == "both") > 0
    assert sorted(map(str, rows)) == sorted(map(str, csv.DictReader(back.open())))
    none = call(form, file, "--dyad", folder, "--code", "Nobody", "--home-code", own)
    assert f"no row is between '{own}' and 'Nobody'" in none.stdout
    assert ", Synthetic Aland and Synthetic Beland" in " ".join(none.stdout.split())
    assert "xa: XA to partner; partner: partner to XA" in " ".join(none.stdout.split())
    assert not {"us", "US:"} & set(none.stdout.split())


def test_registers_of_one_home_are_refused_for_another(tmp_path):
    folder = write_foreign_dyad(tmp_path / "xa_xb")
    for options in (("--dyad", folder), ("--home-code", "SYN")):
        refused = call("historian", FILES / "visits.xml", *options)
        assert refused.exit_code == 2
        assert "expected the home state whose contacts these are, United States" in refused.stderr


def test_the_command_offers_every_format_and_period():
    assert set(SOURCES) == set(IMPORTERS)
    assert set(Period) == set(By)


@pytest.mark.parametrize("form", IMPORTERS)
def test_the_help_of_a_source_names_files_defects_and_what_is_done(form):
    said = " ".join(call(form, "--help").stdout.split())
    places = [said.index(word) for word in ("Get:", "Known defects:", "What is done:", "Arguments")]
    assert places == sorted(places)
    assert f"forecast data import {form} " in said
