"""The pack for a paper: every table says the same in every form, every citation has its entry, and any text survives."""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pypandoc
import pytest
from docx import Document
from PIL import Image

from forecast.contacts import load_contacts
from forecast.contacts.reliability import compare, reliability
from forecast.errors import InputError
from forecast.report import paper, words
from forecast.report.archive import of_manifest, sources_bib
from forecast.report.columns import FILES
from forecast.report.figures.contrast import OVERVIEW
from forecast.report.lookup import compared_pair, pairings
from forecast.report.paper import ALL_CONTRASTS, TEXT, fewest_columns, parts, print_plates, write_paper
from forecast.report.style import figure_style
from forecast.report.tables import contact_table, printed_administration_tables, report_tables, result_table
from forecast.report.words import markdown_text
from forecast.shipped import DYAD
from tests.heard import Heard
from tests.test_compare_administrations import WRITTEN

HOSTILE = r"a *b* _c_ `d` $e$ [f](g) <h> # | ~ ^ @i \j {k} -- ... 'l' \"m\" 1) -"


@pytest.fixture(scope="module")
def record():
    return load_contacts(DYAD)


@pytest.fixture(scope="module")
def agreement():
    return reliability(*compare(DYAD / "contacts.csv", DYAD / "second_coding.csv"), seed=1, resamples=500)


@pytest.fixture(scope="module")
def pack(content, record, agreement, tmp_path_factory):
    folder = tmp_path_factory.mktemp("paper")
    with figure_style():
        return folder, write_paper(content, record, agreement, folder)


def pandoc(text, source, target):
    command = [pypandoc.get_pandoc_path(), f"--from={source}", f"--to={target}", "--wrap=none"]
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=True, encoding="utf-8")
    assert not done.stderr
    return done.stdout


def words_of(cells):
    return sorted(re.sub(r"[()]", "", " ".join(cells)).split())


def tables_of(content):
    return report_tables(content)


def test_everything_is_written_and_named(pack, content):
    folder, written = pack
    assert {path.relative_to(folder) for path in written} == {
        path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    for plate in print_plates(content):
        assert {path.suffix for path in folder.glob(f"figures/{plate.name}.*")} == {".pdf", ".svg", ".png", ".txt", ".tex"}
    assert {path.name for path in folder.glob("*.*")} == {
        "paper.md", "paper.tex", "paper.docx", "references.bib", "sources.bib", "chronology.csv"}


def test_every_contrast_is_a_row_of_one_figure(content):
    with figure_style():
        figure = ALL_CONTRASTS.draw(content)
    pair, quantities = compared_pair(content), [one for one, *_ in OVERVIEW]
    rows = {quantity: content.contrast_by[(*pair, quantity, content.window, pairings(content, pair, quantity)[0])]
            for quantity in quantities if pairings(content, pair, quantity)}
    assert len(rows) >= 5
    assert len(figure.axes) == len(rows)
    for ax in figure.axes:
        title = ax.get_title(loc="left")
        quantity = next(one for one, name, _ in OVERVIEW if name == title)
        shown = rows[quantity][np.isfinite(rows[quantity]["q50"])]
        assert len(ax.get_yticks()) == len(shown)
        factor = 100 if quantity.endswith("_share") else 1
        drawn = sorted(value for line in ax.lines if line.get_marker() in ("o", "s") for value in line.get_xdata())
        assert drawn == pytest.approx(sorted(factor * shown["q50"]))
        low, high = ax.get_xlim()
        assert low == -high
        assert factor * shown["q95"].max() < high


def test_rows_of_travel_are_named_in_words(content):
    assert {content.named("travel_share", key) for key in ("us_to_partner", "remote")} == {"The US side comes", "Remote"}


def test_the_worked_example_names_files_that_are_written(pack):
    """Of the pack here; those of other folders by what their own commands are known to write."""
    folder, _ = pack
    text = (Path(__file__).parents[2] / "docs" / "abstract.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`paper/([^`]+)`", text))
    assert len(named) > 15
    assert not {name for name in named if not (folder / name).is_file()}
    of_runs = set(re.findall(r"`forecast_run/([^`]+)`", text))
    assert of_runs <= {one.name for one in FILES}
    assert set(re.findall(r"`trump_biden/([^`]+)`", text)) <= WRITTEN


def test_tables_say_the_same_in_word_html_and_latex(pack, content):
    folder, _ = pack
    for table in tables_of(content):
        cells = table.printed.to_numpy(str)
        (html,) = pd.read_html(StringIO((folder / f"tables/{table.name}.html").read_text("utf-8")), index_col=0,
                               keep_default_na=False, converters=dict.fromkeys(range(1, 1 + cells.shape[1]), str))
        assert (html.to_numpy(str) == cells).all()
        assert list(html.index) == list(table.printed.index)
        latex = (folder / f"tables/{table.name}.tex").read_text("utf-8")
        body = re.search(r"\\midrule\n(.*)\\bottomrule", latex, re.DOTALL)[1].strip().split("\n")
        plain = [row.removesuffix(r" \\").replace("$-$", "−").replace(r"\,\%", " %") for row in body]
        assert [row.split(" & ")[1:] for row in plain] == cells.tolist()
        words = Document(str(folder / f"tables/{table.name}.docx")).tables
        for word, shown in zip(words, parts(table.printed).values(), strict=True):
            assert [[cell.text for cell in row.cells[1:]] for row in word.rows[1:]] == shown.to_numpy(str).tolist()
            assert [cell.text for cell in word.rows[0].cells] == ["", *shown.columns]
            assert [row.cells[0].text for row in word.rows[1:]] == list(table.printed.index)


def test_a_narrow_table_has_every_cell_of_the_wide_one(content):
    table = contact_table(content)
    shown = fewest_columns(table.printed)
    assert shown.shape[1] == table.printed.shape[1] - 4
    assert shown.iloc[0, 0] == f"{table.printed.iloc[0, 0]} ({table.printed.iloc[0, 1]})"
    for table in tables_of(content):
        told = [cell for part in parts(table.printed).values() for cell in part.to_numpy(str).ravel()]
        assert words_of(told) == words_of(table.printed.to_numpy(str).ravel())
        assert all(part.shape[1] <= paper.MOST_COLUMNS for part in parts(table.printed).values())


def test_counts_are_printed_without_decimals_and_shares_with_their_median(content):
    result = result_table(content).printed
    assert not result.loc[[name for name in result.index if "ecorded contacts" in name]].map(lambda cell: "." in cell).any().any()
    travel = next(table for table in printed_administration_tables(content) if table.name == "travel").printed
    assert travel.map(lambda cell: bool(re.fullmatch(r"\d+ \(\d+ to \d+\)", cell))).all().all()


def test_every_citation_has_an_entry_and_every_entry_is_cited(pack, content, record):
    folder, _ = pack
    found = {one["id"]: one for one in json.loads(pandoc((folder / "references.bib").read_text("utf-8"), "biblatex", "csljson"))}
    told = {one.key: one.of for one in of_manifest(content.manifest | {
        "dyad": "us_kz", "data_version": content.panel.about[0].version, "partner": content.partner})}
    assert set(found) == set(told)
    assert {"bilateral-forecast", "us_kz", *record.dyad.series} == {key for key in told if told[key] != "methods"}
    text = (folder / "paper.md").read_text("utf-8")
    assert all(f"@{key}" in text for key in told if told[key] != "methods")
    known = {key: one for key, one in found.items() if told[key] == "methods"}
    template = paper._environment().loader.get_source(paper._environment(), "paper.md.j2")[0]
    source = Path(paper.__file__).read_text("utf-8")
    cited = set(re.findall(r"(?<![\w\\])@([a-z]+\d{4})", template + source))
    assert cited == set(known)
    assert all(re.fullmatch(r"10\.\d{4,}/\S+", one["DOI"]) if "DOI" in one else one["URL"] for one in known.values())
    assert "??" not in (folder / "paper.tex").read_text("utf-8")


def test_every_source_of_the_record_is_an_entry_once(content, record):
    contact = content.panel.contact
    media = record.media[record.media["contact_id"].isin(contact["id"])]
    addresses = {address for cell in contact["sources"] for address in cell.split()}
    assert set(media["url"]) - addresses  # pages that only the coverage rests on
    addresses |= set(media["url"])
    entries = json.loads(pandoc(sources_bib(content.panel.about[0].id, contact, media), "biblatex", "csljson"))
    titles = {one["URL"]: one["title"] for one in entries}
    known = media[media["date"].notna()].drop_duplicates("url").iloc[0]
    assert titles[known["url"]] == f"{known['outlet']}: {known['kind']}, {words.day(known['date'])}"
    bare = next(address for address in titles if address not in set(media["url"]))
    first = contact[[bare in cell.split() for cell in contact["sources"]]].iloc[0]
    assert titles[bare].endswith(f": on the contact of {words.day(first['date'])}")
    assert not any(title.startswith("Page at") for title in titles.values())
    assert sorted(one["URL"] for one in entries) == sorted(addresses)
    assert len({one["id"] for one in entries}) == len(addresses)


def test_the_chronology_has_every_contact_with_its_sources(pack, content):
    folder, _ = pack
    rows = pd.read_csv(folder / "chronology.csv")
    assert rows["sources"].tolist() == content.panel.contact["sources"].tolist()
    text = (folder / "paper.md").read_text("utf-8")
    assert all(f"<{address}>" in text for cell in rows["sources"] for address in cell.split())


@pytest.mark.parametrize("text", [HOSTILE, "2024. A year", "+ - plus", "| bar |", "a\nb", "C5+1 & co.", "50 % of 3 × 4"])
def test_any_text_is_told_as_it_is(text):
    assert pandoc(f"x{markdown_text(text)}x", TEXT, "plain").strip() == f"x{text}x".replace("\n", " ")


def test_the_text_is_made_from_this_run(pack, content, failed_content, record, tmp_path, monkeypatch):
    folder, _ = pack
    text = (folder / "paper.md").read_text("utf-8")
    assert f"holds {len(content.panel.contact)} contacts between the United States and Kazakhstan" in text
    assert "Not converged" not in text
    monkeypatch.setattr(paper, "print_plates", lambda content: print_plates(content)[:1])
    monkeypatch.setattr(paper, "report_tables", lambda content: report_tables(content)[:2])
    with figure_style():
        heard = Heard()
        write_paper(failed_content, record, None, tmp_path, progress=heard)
    assert (list(heard.stages), heard.faults()) == (["figures", "tables", "text"], [])
    failed = (tmp_path / "paper.md").read_text("utf-8")
    assert "**Not converged: agenda, used by request." in failed
    assert "no second coding of this record" in failed
    assert "Appendix B: Chronology" in failed


@pytest.mark.slow
def test_captions_stand_beside_figures_and_titles_in_them_only_where_asked_for(content, tmp_path):
    plate = next(one for one in print_plates(content) if one.name == "drift")
    with figure_style():
        for titles in (False, True):
            place = tmp_path / str(titles)
            place.mkdir()
            (figure,) = [one for one in paper._figures(content, place, False, titles) if one["name"] == plate.name]
            caption = (place / "drift.txt").read_text("utf-8").strip()
            assert caption == figure["caption"]
            assert caption.startswith("Contacts with Kazakhstan: if the drift of the record goes on, and if not.")
        with_title, without = (Image.open(tmp_path / name / "drift.png").height for name in ("True", "False"))
    assert with_title > without


@pytest.mark.usefixtures("every_form")
@pytest.mark.parametrize(("grey", "most"), [(True, 1), pytest.param(True, 99, marks=pytest.mark.slow),
                                            pytest.param(False, 99, marks=pytest.mark.slow)])
def test_grey_figures_have_no_colour(content, tmp_path, grey, most, monkeypatch):
    monkeypatch.setattr(paper, "print_plates", lambda content: print_plates(content)[:most])
    with figure_style():
        list(paper._figures(content, tmp_path, grey, False))
    spread = [np.ptp(np.asarray(Image.open(path).convert("RGB"), int), axis=2).max() for path in tmp_path.glob("*.png")]
    assert (max(spread) == 0) if grey else (min(spread) > 50)


def test_without_pandoc_the_remedy_is_told_and_nothing_is_written(content, record, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypandoc", None)
    with pytest.raises(InputError, match=r"pip install 'bilateral-forecast\[paper\]'"):
        write_paper(content, record, None, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes(pack, content, record, agreement, tmp_path):
    folder, _ = pack
    with figure_style():
        write_paper(content, record, agreement, tmp_path)
    with ZipFile(folder / "paper.docx") as parts_of_file:
        assert not any(str(folder).encode() in parts_of_file.read(name) for name in parts_of_file.namelist())
    for name in ("paper.md", "paper.tex", "paper.docx", "sources.bib", "tables/contact.docx", "figures/drift.pdf"):
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes(), name
