"""A dyad without the United States: its own elections, terms and names of columns; the commands need no code for it."""

import re
import shutil
from datetime import date

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.contacts import check_dyad, load_contacts
from forecast.contacts.edit import append
from forecast.contacts.load import load_later
from forecast.errors import InputError
from forecast.panel import load_panel
from forecast.pipeline import Request, read
from forecast.pipeline.request import weights_with_base
from forecast.report import words
from forecast.report.language import calling
from forecast.simulation.prepare import future_of
from tests.fixture.foreign import TERMS, write_foreign_dyad


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_foreign_dyad(tmp_path_factory.mktemp("foreign") / "xa_xb")


def test_its_files_are_checked_under_their_own_names(folder):
    assert check_dyad(folder) == ()
    found = load_contacts(folder)
    assert set(found.contact["direction"]) >= {"us_to_partner", "partner_to_us"}
    assert found.dyad.home == "Synthetic Aland"


@pytest.mark.parametrize(("old", "new", "where", "told"), [
    (",xa_to_partner,", ",xa_to_partnr,", "column direction", "Did you mean 'xa_to_partner'?"),
    (",cabinet,", ",cabinett,", "column xa_rank", "Did you mean 'cabinet'?"),
    (", XB", ", XA", "column place", "Correct place or direction."),
])
def test_faults_are_told_in_the_words_of_its_files(tmp_path, old, new, where, told):
    folder = write_foreign_dyad(tmp_path / "xa_xb")
    text = (folder / "contacts.csv").read_text(encoding="utf-8")
    (folder / "contacts.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    (fault, *_) = check_dyad(folder)
    assert where in fault.where
    assert told in fault.remedy
    assert "us_" not in f"{fault}"


def test_rows_are_added_under_its_own_names(tmp_path):
    folder = write_foreign_dyad(tmp_path / "xa_xb")
    head, first, *_ = (folder / "contacts.csv").read_text(encoding="utf-8").splitlines()
    id, day, *_ = first.split(",")
    (tmp_path / "rows.csv").write_text(f"{head}\n{first.replace(id, f'{day}-synthetic-new')}\n", encoding="utf-8")
    assert append(folder, tmp_path / "rows.csv") == ("contacts.csv", 1)
    assert check_dyad(folder) == ()


def test_its_own_terms_and_elections_decide(folder):
    panel = load_panel(folder, as_of=date(2024, 11, 3))
    assert panel.administration[-1].president == "Gray"
    assert set(panel.media["side"]) >= {"partner", "home"}
    inputs = read(Request(scenarios=tuple(str(folder.parent / f"{name}.yaml") for name in ("hale", "falk")), data=folder))
    new, back = (future_of(one, name) for name, one in inputs.elections.items())
    assert (new.president, new.predecessors[0]) == ("Hale", "Gray")
    assert (back.president, back.predecessors[0]) == ("Falk", "Dorn")
    assert {str(one.base) for one, _ in weights_with_base(inputs.panel).values()} == {"2009-2016"}


def test_its_own_labels_are_printed(folder):
    about = load_contacts(folder).dyad
    with calling([about]):
        assert words.named("contact", "president", about.partner, about.home_iso2) == "Head of state"
        assert words.named("contact", "cabinet", about.partner, about.home_iso2) == "Cabinet members"
        assert words.named("pages", "home", about.partner, about.home_iso2) == "XA pages"




def test_labels_of_unknown_lists_and_codes_are_faults(tmp_path):
    folder = write_foreign_dyad(tmp_path / "xa_xb")
    text = (folder / "dyad.yaml").read_text(encoding="utf-8")
    for old, new, told in (("xa_rank", "xa_rnk", "a list of the codebook"), ("congress:", "assembly:", "a code of xa_rank")):
        (folder / "dyad.yaml").write_text(text.replace(old, new), encoding="utf-8")
        (fault,) = check_dyad(folder)
        assert told in fault.expected


def test_the_record_is_shown(folder):
    found = CliRunner().invoke(app, ["data", "show", str(folder)], catch_exceptions=False, env={"COLUMNS": "200"})
    assert found.exit_code == 0, found.output
    assert "Synthetic Beland" in found.output
    assert "Gray from 2021" in found.output


def test_its_versions_are_compared_and_its_terms_named(folder, tmp_path):
    newer = shutil.copytree(folder, tmp_path / "xa_xb")
    same = CliRunner().invoke(app, ["data", "diff", str(folder), str(newer)])
    assert same.exit_code == 0, same.output
    assert "No difference." in same.output
    table = pd.read_csv(newer / "contacts.csv", dtype=str, keep_default_na=False)
    table.loc[len(table) - 1, "confidence"] = "low" if table["confidence"].iloc[-1] != "low" else "high"
    table.to_csv(newer / "contacts.csv", index=False)
    told = CliRunner().invoke(app, ["data", "diff", str(folder), str(newer)])
    assert told.exit_code == 0, told.output
    assert re.search(rf"(?:{'|'.join(name for name, _ in TERMS)}) from \d{{4}}\t.*~1", told.output)


def test_its_presidents_are_put_side_by_side(folder):
    result = CliRunner().invoke(app, ["compare-administrations", "Falk", "Gray", "--data", str(folder)])
    assert result.exit_code == 0, result.output
    assert "Gray" in result.output
    unknown = CliRunner().invoke(app, ["compare-administrations", "Falk", "Obama", "--data", str(folder)])
    assert unknown.exit_code == 2
    assert "Aune" in unknown.output or "Gray" in unknown.output


def test_later_contacts_alone_are_checked_by_its_own_states(folder, tmp_path):
    """A place at home and one in the partner state are right; the shipped home state is neither."""
    table = pd.read_csv(folder / "contacts.csv", dtype=str, keep_default_na=False)
    here = table[(table["direction"] == "partner_to_xa") & table["place"].str.endswith(", XA")].iloc[:1]
    there = table[(table["direction"] == "xa_to_partner") & table["place"].str.endswith(", XB")].iloc[:1]
    pd.concat([here, there]).to_csv(tmp_path / "later.csv", index=False)
    about = load_contacts(folder).dyad
    for dyad in (None, about):
        assert len(load_later(tmp_path / "later.csv", date(2025, 1, 19), dyad)[0]) == 2
    here.assign(place="Washington, US").to_csv(tmp_path / "wrong.csv", index=False)
    for dyad in (None, about):
        with pytest.raises(InputError, match=r"expected a place in XA for partner_to_(us|xa)"):
            load_later(tmp_path / "wrong.csv", date(2025, 1, 19), dyad)
    there.assign(place="Washington, US").to_csv(tmp_path / "wrong.csv", index=False)
    with pytest.raises(InputError, match="expected a place in XB for"):
        load_later(tmp_path / "wrong.csv", date(2025, 1, 19), about)


def test_its_later_contacts_are_read_from_a_file_alone_with_all_that_they_say(folder, tmp_path):
    rows = [line.split(",") for line in (folder / "contacts.csv").read_text(encoding="utf-8").splitlines()]
    text = (folder / "contacts.csv").read_text(encoding="utf-8").splitlines()
    known = date.fromisoformat(rows[1][1]).replace(year=2024)
    (tmp_path / "contacts.csv").write_text(f"{text[0]},first_known\n{text[1]},{known}\n{text[2]},\n", encoding="utf-8")
    contact, until = load_later(tmp_path / "contacts.csv", date(2025, 1, 19))
    assert until == date(2025, 1, 19)
    assert {"us_rank", "us_principal"} <= set(contact.columns)
    assert contact["first_known"].dt.date.tolist()[0] == known
    assert contact["first_known"].isna().tolist() == [False, True]
    record = load_contacts(folder).contact
    assert list(contact.columns) == list(record.columns)
    assert [kind.kind for kind in contact.dtypes] == [kind.kind for kind in record.dtypes]
