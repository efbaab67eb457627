import math

import pytest

from forecast.contacts import codes
from forecast.report import words


@pytest.mark.parametrize(
    ("known", "table"),
    [(codes.RANK, words.RANK), (codes.TOPIC, words.TOPIC), (codes.OUTCOME, words.OUTCOME),
     (codes.TYPE, words.TYPE), (codes.SIDE, words.SIDE)],
)  # fmt: skip
def test_every_code_has_words(known, table):
    assert set(known) <= set(table)


def test_a_cell_of_a_page_says_what_stands_above_it_and_parts_of_a_table_what_they_are():
    page = words.stacked_tables("""<table id="t"><caption>c</caption><thead><tr><th scope="col" rowspan="2">Rank</th>
<th scope="colgroup" colspan="2">A &amp; B</th><th scope="col" rowspan="2">P(&gt; 0)</th></tr>
<tr><th scope="col">median <span>90 %</span></th><th scope="col">mean</th></tr></thead>
<tbody><tr data-key="x"><th scope="row">All</th><td>1</td><td class="text">2</td><td></td></tr></tbody></table><td>""")
    assert ('<tr role="row" data-key="x"><th role="rowheader" scope="row">All</th>'
            '<td role="cell" data-label="A &amp; B: median 90 %">1</td>'
            '<td role="cell" data-label="A &amp; B: mean" class="text">2</td>'
            '<td role="cell" data-label="P(&gt; 0)"></td></tr>') in page
    assert page.startswith('<table role="table" id="t">')
    assert page.count('role="columnheader"') == 5
    assert page.endswith("</table><td>")  # what is no table is left alone
    wide = f"<table><thead><tr>{'<th scope=\"col\">x</th>' * words.MANY}</tr></thead></table>"
    assert words.stacked_tables(wide).startswith('<table class="many" role="table">')


def test_a_drawing_keeps_the_room_that_its_size_asks_for():
    drawn = '<?xml version="1.0"?>\n<svg xmlns="x" width="504pt" height="252.5pt" viewBox="0 0 1 1">'
    assert words.proportions(drawn) == "504 / 252.5"
    assert words.proportions('<svg xmlns="x"/>') == "auto"


def test_number_has_separators_and_a_real_minus():
    assert words.number(-1234.5, 1) == "\N{MINUS SIGN}1,234.5"


def test_number_is_never_minus_zero():
    assert words.number(-0.001, 1) == "0.0"


@pytest.mark.parametrize(
    ("error", "digits"), [(12.0, 0), (1.0, 0), (0.2, 1), (0.034, 2), (1e-9, 4), (math.nan, 2)]
)
def test_digits_follow_the_error(error, digits):
    assert words.digits_for(error) == digits


def test_sides_of_the_media_bear_the_names_of_the_states():
    assert words.named("tone", "partner", "Uzbekistan") == words.named("pages", "partner", "Uzbekistan") == "Uzbekistan pages"
    assert words.named("tone", "home", "Uzbekistan") == "US pages"
    assert words.named("mention_share", "trade", "Uzbekistan") == "Trade and investment"
