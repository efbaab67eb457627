"""A name that other programs would take for a command is a name: in figures, LaTeX tables, pages and codebooks."""

import re
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.text import Text

from forecast import shipped
from forecast.components.prior_file import load_priors
from forecast.components.registry import needs
from forecast.contacts import codes, load_contacts
from forecast.contacts.codebook import codebook, examples_of
from forecast.panel.summary import summarise
from forecast.report.figures import record
from forecast.report.page import plates, render_page
from forecast.report.prior_figures import draw_section
from forecast.report.style import OPEN, figure_style, interval_marks, patches, save_figure
from forecast.report.tables import codebook_latex, result_table, write_printed_table
from forecast.report.words import escape
from tests.contacts.example import DYAD, contact, page, write_dyad
from tests.fixture.record import frozen_panel

NAME = r"_$\frac$ [/x] \x {a} <b>&amp; 5 % ~^#`| $y$"
"""With a formula that matplotlib cannot set."""


@pytest.fixture(scope="module")
def hostile(content):
    question = content.questions.assign(text=NAME)
    harris, trump = content.manifest["scenarios"]
    manifest = content.manifest | {"scenarios": [harris | {"title": NAME, "description": NAME}, trump]}
    about = content.panel.about[0].model_copy(update={"partner": NAME})
    return replace(content, panel=replace(content.panel, about=(about,)), questions=question, manifest=manifest)


def check_literal(figure, folder, name):
    """Every text is shown letter by letter, and the figure can be written."""
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    with figure_style():
        for text in texts:
            assert text._preprocess_math(text.get_text()) == (text.get_text(), False)
    assert all(path.stat().st_size for path in save_figure(figure, folder, name))
    return " ".join(text.get_text() for text in texts)


@pytest.mark.slow
def test_every_figure_of_a_report_shows_it_as_it_is(hostile, tmp_path):
    said = {plate.name: check_literal(plate.draw(hostile), tmp_path, plate.name) for plate in plates(hostile)}
    assert NAME in said["history"]
    assert NAME in said["media"].replace("\n", " ")
    assert r"_$\frac$" in said["questions"]


def test_figures_of_records_priors_and_completeness_show_it_too(tmp_path):
    summary = summarise(frozen_panel())
    assert NAME in check_literal(record.draw(summary, NAME, "4 November 2024"), tmp_path, "record")
    share = xr.DataArray(np.full((4, 6, 2), 0.5), dims=("draw", "rank", "era"),
                         coords={"rank": list(codes.RANK), "era": ["a", "b"]})
    drawn = record.draw_completeness(share, np.ones((6, 2), int), NAME, NAME, "today")
    assert NAME in check_literal(drawn, tmp_path, "completeness")
    default = load_priors(shipped.find_priors("default"), needs())
    said = check_literal(draw_section(default.model_copy(update={"name": NAME}), default, "agenda"), tmp_path, "priors")
    assert said.count(NAME) == 2  # in the title, and in the key, which leaves out labels that begin with an underscore


@pytest.mark.parametrize("entries", [patches, interval_marks])
def test_a_key_leaves_no_label_out(entries):
    figure = Figure()
    legend = figure.legend(handles=entries({NAME: OPEN}))
    assert [text.get_text().strip() for text in legend.get_texts()] == [NAME]


def test_latex_tables_hold_no_command_of_a_name(hostile, tmp_path):
    _, tex = write_printed_table(result_table(hostile), tmp_path)
    text = tex.read_text(encoding="utf-8")
    assert escape(NAME) in text
    assert r"\frac" not in text.replace(r"\textbackslash{}frac", "")


def test_every_sign_that_latex_reserves_is_escaped():
    found = escape(r"\ & % $ # _ { } ~ ^ < > | [ ] *")
    assert found == (r"\textbackslash{} \& \,\% \$ \# \_ \{ \} \textasciitilde{} \textasciicircum{} \textless{} \textgreater{} "
                     r"\textbar{} {[} {]} {*}").replace(r" \,\%", r"\,\%")
    assert escape("a--b---c") == "a-{}-b-{}-{}-c"
    assert escape("a\n\nb") == "a b"


def test_the_page_shows_it_and_holds_no_element_of_it(hostile, tmp_path):
    picture = tmp_path / "picture.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    text = render_page(hostile, dict.fromkeys(plates(hostile), picture))
    assert "<b>&amp; 5" not in text
    shown = re.sub(r"\s", " ", text)
    assert r"_$\frac$ [/x] \x {a} &lt;b&gt;&amp;amp; 5 % ~^#`| $y$" in shown


def test_codebooks_keep_their_tables(tmp_path):
    folder = write_dyad(tmp_path / "us_xx", [contact(slug="a|b")], [page("2018-01-16-a|b", "https://example.org/a|b")],
                        dyad=DYAD.replace("partner: Synthetic Partner", f"partner: '{NAME}'"))
    found = load_contacts(folder)
    for row in codebook(examples_of(found), found.dyad).splitlines():
        if row.startswith("| XX"):
            assert len(re.findall(r"(?<!\\)\|", row)) == 4
            assert NAME.replace("|", r"\|") in row
    assert escape(NAME).replace(r"\_", r"\_\allowbreak{}") in codebook_latex(examples_of(found), found.dyad)
