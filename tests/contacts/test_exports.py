"""Tables and exports of the shapes in which people keep them: each reaches `data check` through one mapping file."""

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from forecast.config import read_yaml
from tests.contacts.exports import tables, tools
from tests.contacts.exports.kept import CHOSEN, PAGES, Row
from tests.fixture.record import RECORD


@dataclass(frozen=True, kw_only=True)
class Example:
    """A file: its name, who writes it, what it holds, and what of its mapping is uncertain."""

    name: str
    write: tables.Write
    rows: list[Row]
    unsure: tuple[str, ...] = ()
    file: str = "contacts.csv"


def quoted(row: Row) -> Row:
    return row | {"outcome_note": f"“{row['outcome_note']}” – café" if row["outcome_note"] else ""}


def coded(*columns: str) -> list[Row]:
    """Codings of the second coder, of some columns only."""
    return [{name: cell if name in ("id", *columns) else "" for name, cell in row.items()} for row in tools.CODED]


NO_ID = [{name: cell for name, cell in row.items() if name != "id"} for row in CHOSEN]
TONES = ("tone_partner", "tone_us")
EXAMPLES = (
    Example(name="excel_dates.xlsx", write=tables.excel_dates, rows=CHOSEN),
    Example(name="excel_russian.xlsx", write=tables.excel_russian, rows=CHOSEN),
    Example(name="excel_serial.xlsx", write=tables.excel_serial, rows=CHOSEN, unsure=("columns.date.dates",)),
    Example(name="excel_old.xls", write=tables.excel_old, rows=CHOSEN),
    Example(name="excel_binary.xlsb", write=tables.excel_binary, rows=CHOSEN),
    Example(name="open_document.ods", write=tables.open_document, rows=CHOSEN),
    Example(name="excel_pages.xlsx", write=tables.excel_pages, rows=PAGES, file="media.csv"),
    Example(name="csv_windows_1251.csv", write=tables.csv_windows_1251, rows=CHOSEN, unsure=("read.encoding",)),
    Example(name="csv_windows_1252.csv", write=tables.csv_windows_1252, rows=[*map(quoted, CHOSEN)], unsure=("read.encoding",)),
    Example(name="unicode_text.txt", write=tables.unicode_text, rows=CHOSEN),
    Example(name="csv_with_mark.csv", write=tables.csv_with_mark, rows=CHOSEN),
    Example(name="csv_macintosh.csv", write=tables.csv_macintosh, rows=CHOSEN),
    Example(name="csv_curly.csv", write=tables.csv_curly, rows=CHOSEN),
    Example(name="csv_bars.txt", write=tables.csv_bars, rows=NO_ID),
    Example(name="stata.dta", write=tables.stata, rows=CHOSEN),
    Example(name="spss.sav", write=tables.spss, rows=CHOSEN),
    Example(name="label_studio.json", write=tools.label_studio, rows=tools.CODED, file="coding_3.csv"),
    Example(name="label_studio_pages.json", write=tools.label_studio_pages, rows=coded("agenda", *TONES),
            file="second_coding.csv", unsure=("columns.tone_partner.where",)),
    Example(name="doccano.jsonl", write=tools.doccano, rows=coded("agenda", "outcome", *TONES), file="second_coding.csv"),
    Example(name="doccano_spans.jsonl", write=tools.doccano_spans, rows=coded("agenda"), file="second_coding.csv"),
    Example(name="inception_tsv.zip", write=tools.inception_tsv, rows=coded("agenda", "outcome", *TONES),
            file="second_coding.csv"),
    Example(name="inception_json.zip", write=tools.inception_json, rows=coded("agenda", "outcome", *TONES),
            file="second_coding.csv"),
)


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def settle(path: Path) -> tuple[str, ...]:
    """Delete the marks of a mapping, as a person does who has looked at them; what they were."""
    marks = tuple(read_yaml(path).get("unsure", {}))
    head, _, _ = path.read_text(encoding="utf-8").partition("\n# NOT CERTAIN")
    path.write_text(head, encoding="utf-8")
    return marks


def sets(row: Row) -> dict[str, object]:
    """A row whose topics have no order: doccano sorts them."""
    return {name: frozenset(cell.split(";")) if name == "agenda" else cell for name, cell in row.items()}


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_there_are_twenty_examples_at_least():
    assert len({one.name for one in EXAMPLES}) == len(EXAMPLES) >= 20


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_every_example_reaches_data_check_through_one_mapping_file(example, tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    kept, mapping, out = tmp_path / example.name, tmp_path / "map.yaml", tmp_path / "converted"
    example.write(kept)
    proposed = call("data", "map", kept, "--out", mapping)
    assert proposed.exit_code == 0, proposed.output
    if example.unsure:
        refused = call("data", "convert", kept, "--map", mapping, "--out", out)
        assert refused.exit_code == 2
        assert not out.exists()
        assert all(f"key unsure.{name}: expected that you have looked at it" in refused.stderr for name in example.unsure)
    assert settle(mapping) == example.unsure
    converted = call("data", "convert", kept, "--map", mapping, "--out", out)
    assert converted.exit_code == 0, converted.output
    found = rows_of(out / example.file)
    assert [sets({name: cell for name, cell in row.items() if name in wanted}) for row, wanted in
            zip(found, example.rows, strict=True)] == [*map(sets, example.rows)]
    assert all(row["id"].startswith(f"{row['date']}-") for row in found if example.file == "contacts.csv")
    checked = call("data", "check", dyad_with(out / example.file, tmp_path / "us_kz"))
    assert checked.exit_code == 0, checked.output
    assert "no faults" in checked.output


def dyad_with(converted: Path, folder: Path) -> Path:
    """The frozen dyad with a converted file in the place of its own; pages and codings of other contacts are left out."""
    shutil.copytree(RECORD, folder)
    name = "second_coding.csv" if converted.name.startswith("coding_") else converted.name
    shutil.copyfile(converted, folder / name)
    if name == "contacts.csv":
        head = (folder / "media.csv").read_text(encoding="utf-8").splitlines()[0]
        (folder / "media.csv").write_text(head + "\n", encoding="utf-8")
        (folder / "second_coding.csv").unlink()
    return folder
