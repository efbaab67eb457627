"""Files that a reader of the README brings, none of them dated after the record: past terms, excerpts, and rows made up."""

import csv
import json
import shutil
import zipfile
from pathlib import Path

from openpyxl import Workbook, load_workbook

from forecast.pipeline import Request
from forecast.shipped import DYAD
from tests.contacts.exports.kept import english
from tests.contacts.exports.tools import label_studio
from tests.contacts.importing import FILES
from tests.fixture.record import RECORD
from tests.fixture.second import write_second_dyad
from tests.golden.run_directory import write_run

MY_PRIORS = """\
name: my_priors
title: Terms differ less
extends: default
component:
  frequency:
    term_scale: {distribution: half_normal, sigma: 0.2, reason: An example of one number changed.}
"""
PAST = """\
name: past_term
title: As seen in the summer of 2017
description: >-
  The rest of a term that is over and coded, so that its forecast can be scored. Not from its eve: the relation index
  needs a contact of 2017 or later.
as_of: 2017-06-30
election: us_2016
outcome: trump
horizon: {start: 2017-07, end: 2020-12}
questions:
  - id: presidents_meet_2018
    text: Will the two presidents meet in person before the end of 2018?
    background: Asked as it could have been asked on the day of the forecast.
    contacts: {rank: [president], direction: [us_to_partner, partner_to_us, third_country]}
    window: [2017-07, 2018-12]
    at_least: 1
    resolution: Yes where one row or more meets the conditions.
"""


def my_priors(place: Path) -> None:
    (place / "my_priors.yaml").write_text(MY_PRIORS, encoding="utf-8")


def answers(place: Path) -> None:
    """What two experts saved from the sheet; nobody was asked, and the chips are made up."""
    edges = [0.08, 0.16, 0.24, 0.32, 0.4, 0.48, 0.56, 0.64]
    for name, chips in (("Anna", [29, 25, 19, 12, 8, 4, 2, 1, 0]), ("Ben", [24, 22, 18, 14, 10, 6, 3, 2, 1])):
        said = {"form": "elicitation answer 1", "parameter": "frequency.type_scale", "expert": name,
                "reason": "Made up as an example.", "edges": edges, "chips": chips}
        (place / f"{name.lower()}.json").write_text(json.dumps(said), encoding="utf-8")


def filled_form(place: Path) -> None:
    """The table, filled in for two experts; nobody was asked, and the chips are made up."""
    with (place / "form.csv").open(encoding="utf-8", newline="") as file:
        bins = list(csv.DictReader(file))
    said = {"Anna": [0, 1, 5, 14, 26, 28, 18, 6, 2, 0], "Ben": [1, 2, 6, 15, 25, 26, 16, 7, 2, 0]}
    with (place / "form.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, bins[0])
        writer.writeheader()
        writer.writerows(row | {"expert": name, "chips": many, "reason": "Made up as an example."}
                         for name, chips in said.items() for row, many in zip(bins, chips, strict=True))


def us_kz_later(place: Path) -> None:
    """The record as it is: a later one does not exist, so that no question is decided yet."""
    shutil.copytree(DYAD, place / "us_kz_later")


def old_version(place: Path) -> None:
    """The frozen record under the name that a column had in an older version."""
    folder = shutil.copytree(RECORD, place / "us_uz_old")
    text = (folder / "second_coding.csv").read_text(encoding="utf-8")
    (folder / "second_coding.csv").write_text(text.replace("tone_partner", "tone_kz", 1), encoding="utf-8")


def two_versions(place: Path) -> None:
    shutil.copytree(RECORD, place / "OLD")
    shutil.copytree(DYAD, place / "NEW")


def two_codings(place: Path) -> None:
    shutil.copy(RECORD / "contacts.csv", place / "A.csv")
    shutil.copy(RECORD / "second_coding.csv", place / "B.csv")


def coded(place: Path) -> None:
    """The frozen record with its second coding, and a third one of outcomes alone, which is made up out of the second."""
    folder = shutil.copytree(RECORD, place / "coded")
    with (folder / "second_coding.csv").open(encoding="utf-8", newline="") as file:
        second = list(csv.DictReader(file))
    with (place / "third.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "outcome"])
        writer.writerows([row["id"], "0" if at % 5 == 4 else row["outcome"]] for at, row in enumerate(second[1:]))


def settled_sheet(place: Path) -> None:
    """The sheet with its first two cells decided: one as the second coder has it, one as the record has it."""
    book = load_workbook(place / "sheet.xlsx")
    page = book["to settle"]
    at = {cell.value: cell.column for cell in page[1]}
    for row, coder in ((2, "B (second_coding)"), (3, "A (contacts)")):
        page.cell(row, at["decision"], page.cell(row, at[coder]).value)
        page.cell(row, at["by"], "A. Judge")
    book.save(place / "sheet.xlsx")


def rows(place: Path) -> None:
    """Contacts of a made-up dyad."""
    shutil.copy(write_second_dyad(place / "made_up") / "contacts.csv", place / "rows.csv")


def visits(place: Path) -> None:
    """Contacts of a made-up dyad as somebody keeps them: a title above the headings, other words, days as 05.12.2019."""
    folder = write_second_dyad(place / "made_up_visits", lambda row: row["date"] > "2017")
    with (folder / "contacts.csv").open(encoding="utf-8", newline="") as file:
        rows = english(rows=list(csv.DictReader(file)))
    book = Workbook()
    book.active.title = "Visits"
    book.active.append(["Contacts, as coded by hand"])
    names = [name.replace("Partner", "Uzbek") for name in rows[0] if name not in ("Contact ID", "Precision", "Confidence")]
    book.active.append(names)
    for row in rows:
        book.active.append([row[name.replace("Uzbek", "Partner")] for name in names])
    first = next(cell for cell in next(book.active.iter_cols(min_col=2, max_col=2)) if cell.value == "Cabinet")
    first.value = "Cabinett"
    book.save(place / "visits.xlsx")


def settled(place: Path) -> None:
    """The mapping after its marks were looked at: here all proposals were right, and their lines are deleted."""
    _settle(place / "map.yaml")


def codings(place: Path) -> None:
    """An export of Label Studio, of two coders."""
    label_studio(place / "codings.json")


def settled_codings(place: Path) -> None:
    """Its mapping has no marks."""
    assert "unsure" not in _settle(place / "codings.yaml")


def _settle(path: Path) -> str:
    head, _, marks = path.read_text(encoding="utf-8").partition("\n# NOT CERTAIN")
    path.write_text(head, encoding="utf-8")
    return marks


def gdelt_export(place: Path) -> None:
    """A made-up day of events, its partner called as in the README."""
    day = (FILES / "gdelt2.export.CSV").read_text(encoding="utf-8").replace("\tSYN", "\tUZB")
    with zipfile.ZipFile(place / "export.zip", "w") as archive:
        archive.writestr("export.CSV", day)


def past_term(place: Path) -> None:
    (place / "past_term.yaml").write_text(PAST, encoding="utf-8")


def past_run(place: Path) -> None:
    """A run of an earlier term, from made-up posteriors."""
    past_term(place)
    write_run(Request(scenarios=(str(place / "past_term.yaml"),), paths=1200, seed=3), place / "forecast_run")


def coded_later(place: Path) -> None:
    """The record up to 2025, which is later than the past term."""
    shutil.copytree(DYAD, place / "later")


def expert(place: Path) -> None:
    """The questions of an export, answered by somebody who finds everything as likely as not."""
    content = json.loads((place / "questions.json").read_text(encoding="utf-8"))
    binary = [one["question"] for one in content["forecasts"] if "probability_yes" in one]
    content |= {"forecaster": "expert", "forecasts": [{"question": one, "probability_yes": 0.5} for one in binary]}
    (place / "expert.json").write_text(json.dumps(content), encoding="utf-8")
