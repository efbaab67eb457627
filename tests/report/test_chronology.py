"""The chronology: every contact is drawn once where it belongs, nothing covers anything, and the page holds every source."""

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.contacts import codes
from forecast.evaluation.compare_administrations import chronology, compare_presidents
from forecast.evaluation.visits import governed
from forecast.panel import load_panel
from forecast.panel.calendar import decimal_year
from forecast.report import words
from forecast.report.administrations_page import account, render
from forecast.report.administrations_tables import chronology_latex, comparison_latex, conclusions
from forecast.report.figures.chronology import FILL, draw, mark_levels, shown_topics
from forecast.report.style import DOUBLE_MM, SINGLE_MM, captions_apart, drawn_at, figure_style, to_grey
from tests.fixture.record import frozen_panel
from tests.report.measured import faults

AS_OF = date(2025, 1, 19)
WIDTHS = (SINGLE_MM, DOUBLE_MM)


@pytest.fixture(scope="module")
def panel():
    return load_panel(as_of=AS_OF)


@pytest.fixture(scope="module")
def told(panel):
    return account(panel, compare_presidents(panel, governed(panel, ["Trump", "Biden"]), 1))


@pytest.fixture(scope="module")
def figures(told):
    return [at(width, told.chronology, told.found.sides, told.partner, "19 January 2025") for width in WIDTHS]


def at(width, *given):
    with drawn_at(width):
        return draw(*given)


def blocks(figure):
    return [ax for ax in figure.axes if ax.axison]  # the others hold the key


def marks(ax):
    return [(line, x, y) for line in ax.lines if line.get_label() == "_contacts" for x, y in zip(*line.get_data(), strict=True)]


@pytest.mark.parametrize("place", [0, 1])
def test_every_contact_is_drawn_once_on_its_day_with_the_shape_of_its_outcome(figures, told, place):
    for ax, side in zip(blocks(figures[place]), told.found.sides, strict=True):
        own = told.chronology[told.chronology["president"] == side.name]
        drawn = sorted((x, line.get_marker()) for line, x, _ in marks(ax))
        shape = dict(zip(codes.OUTCOME.numbers, ("o", "s", "^", "*"), strict=True))
        assert drawn == sorted((decimal_year(row.date.date()), shape[row.outcome]) for row in own.itertuples())


@pytest.mark.parametrize("place", [0, 1])
def test_no_mark_lies_on_another(figures, place):
    with figure_style():
        figures[place].canvas.draw()
    for ax in blocks(figures[place]):
        at = np.array([ax.transData.transform((x, y)) for _, x, y in marks(ax)])
        apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + 1e9 * np.eye(len(at))
        size = max(line.get_markersize() for line, _, _ in marks(ax) if line.get_marker() == "o") * figures[place].dpi / 72
        assert apart.min() >= size


@pytest.mark.parametrize("place", [0, 1])
def test_no_words_leave_the_sheet_or_cover_each_other(figures, place):
    figure = figures[place]
    with figure_style():
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        labels = [label for ax in blocks(figure) for label in (*ax.get_yticklabels(), *ax.get_xticklabels())
                  if ax.get_xlim()[0] <= label.get_position()[0] <= ax.get_xlim()[1] or label in ax.get_yticklabels()]
        texts = [*figure.texts, *labels, *(text for ax in figure.axes for text in ax.texts)]
        boxes = [text.get_window_extent(renderer) for text in texts if text.get_text()]
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1 for box in boxes)
    assert not [(one, two) for at, one in enumerate(boxes) for two in boxes[:at] if one.overlaps(two)]


def test_fills_are_told_apart_without_colour():
    def grey(colour):
        return sum(weight * int(colour[at:at + 2], 16) for weight, at in ((0.299, 1), (0.587, 3), (0.114, 5)))

    looks = [*((grey(colour), fill) for colour, fill in FILL), (255.0, "full")]  # the last: other topics
    alike = [(one, two) for at, one in enumerate(looks) for two in looks[:at] if one[1] == two[1] and abs(one[0] - two[0]) < 40]
    assert not alike


def test_meetings_of_the_presidents_are_named_and_calls_are_not(figures, told):
    meets = told.chronology[(told.chronology["us_rank"] == "president") & (told.chronology["direction"] != "remote")]
    named = [text.get_text() for ax in blocks(figures[1]) for text in ax.texts]
    assert named == [f"{row.place.split(',')[0]}, {row.date:%b %Y}" for row in meets.itertuples()]


def test_the_most_frequent_topics_have_a_colour(told):
    first = told.chronology["agenda"].str.split(";").str[0]
    counts = first[first != ""].value_counts()
    shown = shown_topics(told.chronology)
    assert len(shown) == len(FILL)
    assert min(counts[topic] for topic in shown) >= max(counts.drop(shown))


def test_stacking_uses_the_lowest_free_level():
    assert mark_levels(np.array([0.0, 0.5, 1.0, 1.2, 5.0]), 1.0).tolist() == [0, 1, 0, 2, 0]
    assert mark_levels(np.array([]), 1.0).tolist() == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_president_without_a_contact_is_drawn_too(width):
    panel = frozen_panel(date(2021, 1, 25))
    sides = governed(panel, ["Trump", "Biden"])
    figure = at(width, chronology(panel, sides), sides, "Kazakhstan", "25 January 2021")
    assert any(text.get_text() == "Biden, Jan 2021 to Jan 2021: no contact on record" for text in figure.texts)
    assert [len(marks(ax)) for ax in blocks(figure)] == [sides[0].n_contact, 0]


@pytest.mark.parametrize("width", WIDTHS)
def test_printed_it_has_its_words_apart_and_none_cut_off(told, width):
    with captions_apart() as apart:
        figure = at(width, told.chronology, told.found.sides, told.partner, "19 January 2025")
    ((title, note),) = apart
    assert title == "Contacts with Kazakhstan: Trump and Biden"
    assert note.endswith("As of 19 January 2025.")
    assert not {title, note} & {text.get_text().replace("\n", " ") for text in figure.texts}
    to_grey(figure)
    assert faults(figure) == []


def test_the_page_holds_every_contact_and_source_and_needs_no_network(told, tmp_path):
    picture = tmp_path / "chronology.svg"
    picture.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    page = render(told, picture, 7)
    table = page.split('id="chronology"')[1].split("</table>")[0]
    assert table.count('scope="row"') == len(told.chronology)
    links = [link.replace("&amp;", "&").replace("&#39;", "'") for link in re.findall(r'<a href="([^"]+)"', table)]
    assert links == [source for cell in told.chronology["sources"] for source in cell.split()]
    assert not re.search(r"<(script|link|iframe)|src=\"http", page)
    assert "Seed 7." in page


def test_a_note_of_a_user_is_no_markup(told, tmp_path):
    hostile = told.chronology.assign(outcome_note="<script>alert(1)</script>", outcome=2)
    page = render(replace(told, chronology=hostile, agreements=told.agreements.iloc[:0]), None, 7)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "Nothing on record." in page


def test_latex_has_every_contact_and_balanced_braces(told):
    for text, rows in ((chronology_latex(told.chronology, "Every contact"), len(told.chronology)),
                       (comparison_latex(told.found, told.states), 50)):
        assert text.count(r" \\") >= rows
        bare = re.sub(r"\\[{}]", "", text)
        assert bare.count("{") == bare.count("}")
        assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") == 1
    assert chronology_latex(told.chronology, "x").count(r"\url{") == sum(len(cell.split()) for cell in told.chronology["sources"])


def test_sentences_name_what_is_beyond_zero_and_nothing_else(told):
    said = conclusions(told.found, told.states)
    rows = told.found.difference
    named = rows[rows["beyond_zero"]]
    assert sum("; difference " in sentence for sentence in said) == len(named)
    assert any(f"of {rows['p'].notna().sum()} differences looked at, {len(named)} have a 95 % interval" in one for one in said)
    for row in named[named["group"] == "agenda"].itertuples():
        counts = f"Trump {row.n_first} of {row.of_first}, Biden {row.n_second} of {row.of_second}"
        assert any(f"{words.TOPIC[row.key]}: {counts}" in one for one in said)
    assert any(one.startswith("One administration is one administration: Trump and Biden are") for one in said)
    assert any("Coding effort and the age of the web differ" in one for one in said)
    assert any("recorded contacts only" in one for one in said)


def test_a_record_without_pages_says_so(panel):
    quiet = replace(panel, media=panel.media.iloc[:0], pages=np.zeros_like(panel.pages))
    told = account(quiet, compare_presidents(quiet, governed(quiet, ["Trump", "Biden"]), 1))
    assert [one for one in conclusions(told.found, told.states) if "no page of either side" in one]
    assert "Distance" not in " ".join(conclusions(told.found, told.states))
