import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pandas as pd
import pytest
from matplotlib.text import Text

from forecast.report import words as told_words
from forecast.report.figures.questions import questions_text, rule
from forecast.report.language import speaking
from forecast.report.layout import futures_note
from forecast.report.page import OF_TWO, PLATES, _sizes, brief, plates, render_page
from forecast.report.style import picture
from forecast.report.tables import contact_table
from forecast.simulation.scenario.schema import Effect


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.images, self.ids, self.tags, self.rows, self.row = [], [], [], [], {}, None

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[key] for key in ("src", "href", "data", "action", "srcset") if key in found]
        if tag == "img":
            self.images.append(found)
        if tag == "tr":
            self.row = found.get("data-key")
        if tag == "data" and self.row:
            self.rows.setdefault(self.row, []).append(float(found["value"]))

    def handle_endtag(self, tag):
        self.row = None if tag == "tr" else self.row


def read(directory):
    text = (directory / "report.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    return text, reader


def test_all_files_are_written_and_told(report):
    paths, directory, told = report
    names = {path.relative_to(directory).as_posix() for path in paths}
    figures = [plate.name for plate in PLATES if plate.name != "update"]  # of a term that runs: tests/pipeline/test_update.py
    assert {"relation", "history", "contrast", "agenda", "questions"} <= set(figures)
    tables = ("contact", "result", "attention", "travel", "variance", "ratio", "drift", "questions")
    assert {f"figures/{name}.{kind}" for name in figures for kind in ("pdf", "svg", "png")} < names
    assert {f"tables/{name}.{kind}" for name in tables for kind in ("csv", "tex")} | {"report.html"} < names
    assert all(path.stat().st_size > 500 for path in paths)
    assert {total for _, total in told} == {len(told)}  # a bar comes to its end with the last thing, and not before
    things = [name for name, _ in told]
    assert sorted(things[:-9]) == sorted(f"figure {name}" for name in figures)
    assert things[-9:] == [*(f"table {name}" for name in tables), "page"]


def test_page_stands_alone(report):
    text, reader = read(report[1])
    assert reader.links
    assert all(link.startswith(("data:image/svg+xml,", "data:text/csv", "#")) for link in reader.links)
    assert not {"link", "iframe", "object", "embed", "base"} & set(reader.tags)  # a script with a file of its own would be a link
    assert not re.search(r"url\((?!%23)", text)  # of drawings, to parts of themselves
    assert "@import" not in text
    assert len(text) < 4_000_000


def test_states_are_those_of_the_dyad(content):
    (about,) = content.panel.about
    other = about.model_copy(update={"home": "Synthetic Aland", "partner": "Synthetic Beland"})
    elsewhere = replace(content, panel=replace(content.panel, about=(other,)))
    asks = render_page(replace(elsewhere, questions=content.questions.iloc[:0]), {})
    assert "<h1>Synthetic Aland and " in asks
    assert "contacts between Synthetic Aland and " in contact_table(elsewhere).note
    assert not re.search("contacts between the United States|<h1>The United States|<title>The United States", asks)
    assert (content.states, content.home) == ("The United States and Kazakhstan", "the United States")


def test_no_word_of_another_home_stands_anywhere(content):
    """Of a dyad whose elections are those of another state: its code stands where that of the shipped dyads does."""
    (about,) = content.panel.about
    other = about.model_copy(update={"home": "Synthetic Aland", "home_iso2": "QA", "partner": "Synthetic Beland"})
    elsewhere = replace(content, panel=replace(content.panel, about=(other,)), questions=content.questions.iloc[:0])
    page = re.sub(r"<[^>]*>", " ", render_page(elsewhere, {}).partition("<main>")[2])
    assert "one QA principal" in page
    assert "Contacts at the highest rank (President) in" in page
    for plate in PLATES:
        if plate.name in ("history", "contrast", "variance", "goals"):
            told = " ".join(text.get_text() for text in plate.draw(elsewhere).findobj(Text))
            assert not re.search(r"\bUS\b", told), plate.name
    assert "QA contacts with Synthetic Beland by rank" in " ".join(
        text.get_text() for text in next(one for one in PLATES if one.name == "history").draw(elsewhere).findobj(Text))


def test_links_within_the_page_lead_somewhere(report):
    _, reader = read(report[1])
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)
    assert len(reader.ids) == len(set(reader.ids))


def test_the_page_says_truly_where_its_numbers_come_from(report):
    """Drift, variance and effects are no counts of the simulated futures."""
    page = (report[1] / "report.html").read_text(encoding="utf-8")
    footer = page[page.index("<footer>"):]
    assert "Every number" not in footer
    assert "the drift, the sources of variance" in footer


def test_pictures_have_words(report):
    text, reader = read(report[1])
    assert '<html lang="en">' in text
    assert len(reader.images) == len(PLATES) - 1  # no term runs
    assert all(len(image["alt"]) > 60 for image in reader.images)


def test_table_shows_the_numbers_of_the_tables(report, content):
    _, reader = read(report[1])
    values = contact_table(content).values
    assert set(reader.rows) == set(values.index)
    for key, numbers in reader.rows.items():
        expected = [
            values.loc[key, (name, q)]
            for name in ("harris", "trump")
            for q in ("q50", "q05", "q95", "mean", "mcse")
        ]
        columns = ("q50", "q05", "q95", "p_greater", "p_greater_mcse")
        expected += [
            values.loc[key, (pairing, q)] for pairing in ("expected", "independent") for q in columns
        ]
        assert numbers == pytest.approx(expected)


def test_sentences_show_the_numbers_of_the_summary(report, content):
    text, _ = read(report[1])
    rows = content.summary.query("window == '2025-2028'").set_index(["scenario", "quantity", "key"])
    for where in (
        ("harris", "contact", "all"),
        ("trump", "contact", "president"),
        ("trump", "outcome_share", "0"),
    ):
        for statistic in ("q50", "q05", "q95", "mean", "mcse"):
            assert f'<data value="{float(rows.loc[where, statistic])!r}">' in text


def test_says_what_must_be_said(report, content):
    text, _ = read(report[1])
    for words in (
        "Recorded contacts, not true contacts", "Silence in the record is not absence of contact",
        "One Trumpist term",
        "Of any other branch only the ingredients can be verified", "Assumptions, not findings", "as-of date 4 November 2024",
        f"{len(content.panel.contact)} hand-coded contacts", "1.0040", "1,203", "20241104", "ab12",
        "One was held in 2023.", "normal with mean 0.40 and standard deviation 0.10", "Monte Carlo error",
        "State persistence",
    ):  # fmt: skip
        assert words in text
    assert 'role="alert"' not in text


def test_contrast_within_its_noise_is_called_so(report, content):
    row = content.contrast.query("quantity == 'contact' and key == 'all' and pairing == 'expected'").iloc[0]
    assert row["q05"] < 0 < row["q95"]
    assert "within its noise" in read(report[1])[0]


@pytest.fixture
def drawing(tmp_path):
    """Stands in for every figure where the page is about something else."""
    path = tmp_path / "picture.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    return path


def page_of(content, drawing):
    reader = Reader()
    text = render_page(content, dict.fromkeys(plates(content), drawing))
    reader.feed(text)
    return text, reader


def test_failed_gate_raises_a_banner(failed_content, drawing):
    text, _ = page_of(failed_content, drawing)
    assert 'role="alert">Not converged. The posterior of agenda failed its gates' in text
    assert "R-hat 1.0310 &gt; 1.01 at sigma" in text


def test_a_drawing_in_the_page_is_shorter_and_keeps_sizes_of_letters_and_what_it_points_to():
    drawn = """<?xml version="1.0"?><!-- made --><svg xmlns="http://www.w3.org/2000/svg" width="10.123456pt"><metadata>who
</metadata> <g id="lost"><path id="kept" d="M 1.005 -2.123456 L 0 0 z "  transform="scale(0.015625 -0.015625)"/>
<use href="#kept"/><!-- x --></g></svg>"""
    assert unquote(picture(drawn)) == (
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='10.12pt'><g><path id='kept' d='M1"
        " -2.12L0 0z' transform='scale(0.015625 -0.015625)'/><use href='#kept'/></g></svg>")
    assert '"' not in picture("<svg title='&quot;'/>")


def test_any_number_of_scenarios(any_content, drawing):
    text, reader = page_of(any_content, drawing)
    allowed = {plate.name for plate in plates(any_content)}
    assert len(reader.images) == len(allowed)
    assert allowed & set(OF_TWO) == (set() if len(any_content.scenarios) == 1 else set(OF_TWO))
    assert ("Difference of futures" in text) == (len(any_content.scenarios) > 1)
    assert len(reader.rows["all"]) == 5 * len(any_content.scenarios) + 10 * (len(any_content.scenarios) > 1)


def test_words_of_a_scenario_cannot_break_the_page(content, drawing):
    harris, trump = content.manifest["scenarios"]
    manifest = content.manifest | {"scenarios": [harris | {"description": "<b>bold</b>"}, trump]}
    text, _ = page_of(replace(content, manifest=manifest), drawing)
    assert "&lt;b&gt;bold" in text


def test_sizes_of_effects_are_told_in_words():
    effects = {"rate": {"all": None, "cabinet": {"kind": "fixed", "parameters": [0.1]}},
               "tone": {"partner": {"kind": "uniform", "parameters": [-0.2, 0.3]}}, "state": 0.5}  # fmt: skip
    assert list(_sizes(effects, "Uzbekistan")) == [
        "rate, cabinet: 0.10",
        "tone, Uzbekistan pages: \N{MINUS SIGN}0.20 to 0.30",
        "state: 0.50",
    ]


def test_every_effect_of_a_scenario_has_a_word_in_every_language_that_is_whole():
    assert set(told_words.EFFECT) == set(Effect.model_fields)
    with speaking("ru"):
        told = [line.partition(":")[0] for line in _sizes(dict.fromkeys(Effect.model_fields, 0.5), "Uzbekistan")]
    assert told == ["интенсивность", "тема", "результат", "тональность", "состояние"]


def test_questions_have_a_row_each_and_their_numbers_are_those_of_the_table(report, content):
    text, _ = read(report[1])
    section = text[text.index('id="questions"'):text.index('id="goals"')]
    asked = content.questions.drop_duplicates("id")
    assert all(f'{one.text} <span class="small">{rule(content, one.condition, one.window)}' in section
               for one in asked.itertuples())
    assert all(repr(float(value)) in section for value in content.questions["probability"])
    assert all(repr(float(value)) in section for value in content.questions_contrast["difference"])
    assert "0 of 7" in section


def test_the_rule_of_a_question_is_told_in_words(content):
    found = rule(content, "at least 2 contacts with rank president, direction us_to_partner or remote, outcome 2 or more",
                 "2025-01 to 2026-12")
    assert found == ("At least 2 contacts, rank President, the US side comes or remote, outcome “Memorandum, plan or funding” or "
                     "more; January 2025 to December 2026")


def test_three_sentences_and_five_figures_come_first_and_all_else_is_folded(report, content):
    text, _ = read(report[1])
    first = text[:text.index("<details id=")]
    assert len(brief(content)) == first.count('<p class="lead">') == 3
    assert first.count("<img") == 5
    assert not re.search(r"<details[^>]*\bopen\b", text)
    rest = text[text.index("<details id="):]
    assert "<section" not in rest
    assert rest.count("<details") == rest.count("</details>")


def test_no_heading_stands_twice(report):
    headings = re.findall(r"<h[1-3][^>]*>(.*?)</h[1-3]>", read(report[1])[0])
    assert len(headings) == len(set(headings))


def test_figures_give_their_data(report, content):
    _, reader = read(report[1])
    data = [unquote(link.partition(",")[2]) for link in reader.links if link.startswith("data:text/csv")]
    assert len(data) >= 10
    history = pd.read_csv(io.StringIO(next(one for one in data if '\nharris,contact,' in one)), dtype={"key": str})
    of_futures, record = (history[history["quantity"] == one] for one in ("contact", "contact_on_record"))
    assert len(of_futures) == (content.summary["quantity"] == "contact").sum() == len(history) - len(record)
    assert record.groupby("key")["mean"].sum()["all"] == len(content.panel.contact)
    counts = content.panel.count.isel(dyad=0)
    for rank in counts["rank"].to_numpy():
        assert record.loc[record["key"] == rank, "mean"].tolist() == counts.sel(rank=rank).to_numpy().tolist()
    assert record["window"].iloc[-1].endswith(f" to {content.panel.as_of}")
    assert record["window"].iloc[0].startswith(f"{content.panel.about[0].relations_start} to ")
    assert record["q50"].isna().all()  # what was counted has no quantiles


def test_questions_that_part_are_named_and_those_that_do_not_are_not(content):
    table = content.questions_contrast.assign(difference=[0.2, 0.004])
    sentences = " ".join(questions_text(replace(content, questions_contrast=table))["sentences"])
    assert "1 of 2 questions move by ten points or more, and 1 by less than three" in sentences
    first, second = content.questions.drop_duplicates("id")["text"]
    apart, past = sentences.split("least like the past")
    assert first in apart
    assert second not in apart
    assert "0 of 7 past terms" in past


def test_without_questions_there_is_no_section(content):
    assert not questions_text(replace(content, questions=content.questions.iloc[:0]))["rows"]


def test_the_number_of_futures_is_that_of_the_tables(content):
    """Of very many futures the first block is held: notes name all, but for what is drawn from the paths themselves."""
    many = replace(content, manifest=content.manifest | {"paths": 500_000})
    assert (many.n_path, many.n_held) == (500_000, content.n_held)
    assert "500,000 simulated futures" in futures_note(many, "thing")
    assert f"{content.n_held:,} simulated futures" in futures_note(many, "thing", many.n_held)
