"""Folders of an older version: told in one clear fault, written in the present form, and the old one kept unless told."""

import re

import pytest
from typer.testing import CliRunner

from cli import app
from forecast.contacts import check_dyad, load_contacts
from forecast.contacts.edit import migrate
from forecast.errors import InputError
from tests.contacts.example import contact, second, write, write_dyad

SCENARIO = """\
name: mine  # remarks stay
adjustments:
  tone:
    kz: {normal: [0.20, 0.20]}  # the partner's
    us: 0.1
events:
  - {id: deal, effects: {tone: {kz: 0.3}, rate: {all: 0.1}}}
"""


@pytest.fixture
def old(tmp_path):
    """A dyad folder with the column name of an older version, and a scenario beside it."""
    folder = write_dyad(tmp_path / "old", [contact()])
    write(folder / "second_coding.csv", [second(contact()["id"], tone_partner="1")])
    text = (folder / "second_coding.csv").read_text(encoding="utf-8")
    (folder / "second_coding.csv").write_text(text.replace("tone_partner", "tone_kz"), encoding="utf-8")
    (folder / "mine.yaml").write_text(SCENARIO, encoding="utf-8")
    return folder


def texts(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_old_form_is_one_fault_that_names_the_command(old):
    (fault,) = check_dyad(old)
    assert fault.where == "row 1, column tone_kz"
    assert fault.expected == "the column tone_partner"
    assert fault.remedy.endswith(f"forecast data migrate {old}")


def test_the_present_form_stands_beside_the_old_one_which_stays(old, tmp_path):
    before = texts(old)
    told = migrate(old, tmp_path / "new")
    assert texts(old) == before
    assert load_contacts(tmp_path / "new").second_coding["tone_partner"].tolist() == ["1"]
    assert told == ("mine.yaml: line 4, key tone.kz is now partner", "mine.yaml: line 5, key tone.us is now home",
                    "mine.yaml: line 7, key tone.kz is now partner",
                    "second_coding.csv: column tone_kz is now tone_partner")
    after = texts(tmp_path / "new")
    assert after["mine.yaml"].decode() == re.sub("kz:", "partner:", SCENARIO).replace("us: 0.1", "home: 0.1")
    assert {name: text for name, text in after.items() if name not in ("mine.yaml", "second_coding.csv")} == {
        name: text for name, text in before.items() if name not in ("mine.yaml", "second_coding.csv")}


@pytest.mark.parametrize("place", ["mine/new", "mine/deep/new", "old/new"])
def test_nothing_is_written_into_what_is_read_or_into_a_dyad_folder(old, tmp_path, place):
    """A folder of scenarios is none of a dyad: a copy of it into itself would go on until names are too long."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "mine.yaml").write_text(SCENARIO, encoding="utf-8")
    with pytest.raises(InputError, match=r"option --out: .*a place in "):
        migrate(tmp_path / "mine", tmp_path / place)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["mine.yaml"]
    assert not (old / "new").exists()


def test_a_folder_is_exchanged_where_told_and_then_has_nothing_to_migrate(old):
    result = CliRunner().invoke(app, ["data", "migrate", str(old), "--replace"])
    assert result.exit_code == 0, result.output
    assert check_dyad(old) == ()
    assert [path.name for path in old.parent.iterdir()] == ["old"]
    again = CliRunner().invoke(app, ["data", "migrate", str(old)])
    assert "nothing to migrate" in again.output
    assert [path.name for path in old.parent.iterdir()] == ["old"]


def test_without_options_the_new_folder_stands_beside(old):
    result = CliRunner().invoke(app, ["data", "migrate", str(old)])
    assert result.exit_code == 0, result.output
    assert check_dyad(old.with_name("old_migrated")) == ()


def test_nothing_is_written_over_what_exists_or_where_there_is_no_folder(old, tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="option --out: expected a new folder, found one that exists"):
        migrate(old, tmp_path / "taken")
    with pytest.raises(InputError, match="argument DIR: expected a folder, found nothing of that name"):
        migrate(tmp_path / "nowhere", tmp_path / "new")
    with pytest.raises(InputError, match="argument DIR: expected a folder, found a file"):
        migrate(old / "mine.yaml", tmp_path / "new")
    assert not (tmp_path / "new").exists()
