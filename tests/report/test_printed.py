"""Every figure of a run as it is printed, for one column and for two, in colour and in grey: words are large enough and whole."""

from contextlib import nullcontext
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from forecast.report.language import known, speaking
from forecast.report.paper import print_plates
from forecast.report.style import COLUMNS, MM, SMALLEST, captions_apart, drawn_at, to_grey
from tests.conftest import some
from tests.report.conftest import FOUR, make
from tests.report.measured import faults

TALLEST = 247
"""Millimetres that a page has for a figure."""
CONTENTS = {
    "two": {"harris": "harris", "trump": "trump"},
    "one": {"harris": "harris"},
    "four": FOUR,
    "one outcome": {"trump_belt_and_road": "trump", "trump": "trump"},
    "long names": {"harris_with_much_that_is_assumed_besides": "harris", "trump_secondary_sanctions": "trump"},
}


@pytest.fixture(scope="module")
def drawn_of():
    """A run by its name, made once."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = make(CONTENTS[name])
        return made[name]

    return of


@pytest.fixture
def in_language(lang):
    with speaking(lang):
        yield


FAST = (("two", "single", "ru"),)
"""The narrower column in the language with the longer words."""


@pytest.mark.parametrize(("name", "column", "lang"), [
    pytest.param(*case, id="-".join(case), marks=[] if case in FAST else [pytest.mark.slow])
    for case in product(CONTENTS, COLUMNS, known())])
@pytest.mark.usefixtures("in_language")
def test_words_of_every_figure_are_large_enough_and_whole(drawn_of, name, column):
    with drawn_at(COLUMNS[column]):
        every = print_plates(drawn_of(name))
    for plate in every:
        with drawn_at(COLUMNS[column]), captions_apart():
            figure = plate.draw(drawn_of(name))
        assert faults(figure) == [], plate.name
        width, height = figure.get_size_inches()
        assert width == pytest.approx(COLUMNS[column] * MM), plate.name
        assert height <= TALLEST * MM, plate.name
        to_grey(figure)
        assert faults(figure) == [], f"{plate.name} in grey"


@pytest.mark.slow
@pytest.mark.parametrize("lang", known())
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("name", CONTENTS)
def test_words_are_whole_with_titles_and_notes_inside(drawn_of, name, column, lang, in_language):
    for plate in print_plates(drawn_of(name)):
        with drawn_at(COLUMNS[column]):
            assert faults(plate.draw(drawn_of(name))) == [], plate.name


@pytest.mark.parametrize("column", COLUMNS)
def test_a_warning_of_failed_gates_fits_either_column(failed_content, column):
    for inside in (nullcontext(), captions_apart()):
        with drawn_at(COLUMNS[column]), inside:
            figure = print_plates(failed_content)[2].draw(failed_content)
        assert any("NOT CONVERGED" in text.get_text() for text in figure.texts)
        assert faults(figure) == []


def plain_figure():
    figure = Figure(figsize=(3.5, 2))
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0.2, 0.3, 0.5, 0.4))
    ax.text(0.5, 0.5, "well placed", size=SMALLEST)
    return figure, ax


def test_what_is_measured_is_found_where_it_is_wrong():
    figure, _ = plain_figure()
    assert faults(figure) == []


@pytest.mark.parametrize(("wrong", "told"), [
    (lambda ax: ax.text(0.1, 0.8, "small", size=6.4), "6.40 pt"),
    (lambda ax: ax.text(0.95, 0.8, "longer than the room that is left of it", size=7), "cut off at the edge"),
    (lambda ax: ax.text(0.52, 0.52, "over it", size=7), "'well placed' over"),
    (lambda ax: ax.legend(handles=[Line2D([], [], label="key")], loc="upper left", fontsize=7), "over a panel"),
    (lambda ax: ax.figure.legend(handles=[Line2D([], [], label="key")], loc="upper left", fontsize=7,
                                 bbox_to_anchor=(0.9, 1.0)), "cut off at the edge"),
], ids=["small", "cut off", "over another", "key in a panel", "key cut off"])
def test_every_kind_of_fault_is_found(wrong, told):
    figure, ax = plain_figure()
    ax.tick_params(labelsize=7)
    wrong(ax)
    assert any(told in one for one in faults(figure)), faults(figure)


def test_an_interval_that_is_narrower_than_its_mark_is_seen_in_it(content):
    """Lines of 90 % lie above hollow marks."""
    for plate in print_plates(content):
        if plate.name in ("contrast", "agenda", "drift", "effectiveness"):
            with captions_apart():
                figure = plate.draw(content)
            for ax in figure.axes:
                marks = [line for line in ax.lines if line.get_marker() in "os^D" and line.get_linestyle() == "None"]
                above = [found.get_zorder() for found in ax.collections if np.isclose(found.get_linewidth(), 0.9).all()]
                assert not marks or min(above) > max(mark.get_zorder() for mark in marks), plate.name
                assert {mark.get_markerfacecolor() for mark in marks} <= {"white"}


@pytest.mark.parametrize("column", some(COLUMNS, ("single",)))
def test_questions_go_on_in_a_further_figure_until_all_are_told(content, column):
    """Ninety of them; each stands in one figure and one alone."""
    table = content.questions
    many = pd.concat([table.assign(id=table["id"] + f"_{at}", text=f"{at}. " + table["text"]) for at in range(45)],
                     ignore_index=True)
    asked = replace(content, questions=many)
    with drawn_at(COLUMNS[column]), captions_apart():
        every = [plate for plate in print_plates(asked) if plate.name.startswith("questions")]
        figures = [plate.draw(asked) for plate in every]
    assert len(every) > 2
    assert every[1].name == "questions_2"
    said = [text.get_text().replace("\n", " ") for figure in figures for text in figure.axes[0].texts]
    assert all(said.count(text) == 1 for text in many["text"].unique())
    assert all(figure.get_size_inches()[1] <= TALLEST * MM for figure in figures)
    assert faults(figures[0]) == []
