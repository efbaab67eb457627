import csv

import pandas as pd
import pytest

from forecast.contacts import check_dyad, load_contacts
from forecast.errors import InputError
from forecast.shipped import DYAD
from tests.contacts.example import contact, page, second, write, write_dyad
from tests.fixture.record import RECORD


def test_shipped_dyad_has_no_fault():
    assert check_dyad(DYAD) == ()


@pytest.mark.parametrize("folder", [DYAD, RECORD], ids=["shipped", "frozen"])
def test_a_dyad_loads_whole(folder):
    loaded = load_contacts(folder)
    for table, name in ((loaded.contact, "contacts"), (loaded.media, "media"), (loaded.second_coding, "second_coding")):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert len(table) == sum(1 for _ in csv.DictReader(file)) > 0
    assert loaded.dyad.partner_iso2 == "KZ"


def test_cells_survive_as_they_stand(tmp_path):
    row = contact(us_principal='Synthetic "NA", None (Office)', outcome_note="NA", agenda="")
    loaded = load_contacts(write_dyad(tmp_path / "d", [row]))
    (read,) = loaded.contact.to_dict("records")
    assert read.pop("date") == pd.Timestamp("2018-01-16")
    assert read.pop("outcome") == 1
    assert pd.isna(read.pop("first_known"))
    assert read == {key: cell for key, cell in row.items() if key not in ("date", "outcome")}


def test_contacts_come_by_date_then_id(tmp_path):
    rows = [contact("2019-01-01", "b"), contact("2019-01-01", "a"), contact("2018-01-01", "z")]
    loaded = load_contacts(write_dyad(tmp_path / "d", rows))
    assert loaded.contact["id"].tolist() == ["2018-01-01-z", "2019-01-01-a", "2019-01-01-b"]


def test_as_of_cuts_contacts_their_pages_and_later_pages(tmp_path):
    early, late = contact("2018-01-16"), contact("2018-01-18")
    media = [page(early["id"], "https://example.org/1", date="2018-01-17"),
             page(early["id"], "https://example.org/2", date="2018-01-18"),
             page(early["id"], "https://example.org/3"),
             page(late["id"], "https://example.org/4", date="2018-01-10")]
    folder = write_dyad(tmp_path / "d", [early, late], media)
    write(folder / "second_coding.csv", [second(early["id"]), second(late["id"])])
    cut = load_contacts(folder, pd.Timestamp("2018-01-17").date())
    assert cut.contact["id"].tolist() == [early["id"]]
    assert cut.media["url"].str[-1].tolist() == ["1", "3"]
    assert cut.second_coding["id"].tolist() == [early["id"]]


def test_second_coding_may_be_missing(tmp_path):
    assert load_contacts(write_dyad(tmp_path / "d", [contact()])).second_coding.empty


def test_a_fault_beyond_the_as_of_date_still_stops(tmp_path):
    folder = write_dyad(tmp_path / "d", [contact(), contact("2024-01-01", outcome="7")])
    with pytest.raises(InputError, match="row 3, column outcome"):
        load_contacts(folder, pd.Timestamp("2020-01-01").date())


def test_another_partner_takes_its_own_country(tmp_path):
    row = contact(direction="us_to_partner", place="Synthetic City, XX")
    loaded = load_contacts(write_dyad(tmp_path / "d", [row], [page(row["id"], outlet_country="XX")]))
    assert loaded.media["outlet_country"].tolist() == ["XX"]
