"""The figure of the record shows the numbers of its tables."""

from datetime import date

import pytest

from forecast.panel.summary import summarise
from forecast.report.figures import record
from forecast.report.style import figure_style
from tests.fixture.record import frozen_panel


def titled(figure, start):
    return next(ax for ax in figure.axes if ax.get_title(loc="left").startswith(start))


@pytest.fixture(scope="module")
def summary():
    return summarise(frozen_panel(date(2025, 1, 19)))


@pytest.fixture(scope="module")
def figure(summary):
    return record.draw(summary, "Kazakhstan", "19 January 2025")


def test_bars_are_recorded_contacts_per_administration_year(figure, summary):
    panel = titled(figure, "Assistant")
    tops = sorted(corners[:, 1].max() for bar in panel.patches for corners in bar.get_path().to_polygons())
    count = summary.year[summary.year["rank"] == "assistant"]["recorded_contacts"]
    assert [top for top in tops if top > 0] == sorted(count[count > 0])


def test_dots_are_shares_in_per_cent(figure, summary):
    shown = [line.get_xdata() for line in titled(figure, "Outcomes").lines if len(line.get_xdata()) == 4]
    table = summary.outcome[summary.outcome["type"] != "all"]
    assert [list(values) for values in shown] == [list(100 * rows["share"]) for _, rows in table.groupby("type", sort=False)]


def test_no_words_leave_the_sheet_or_cover_each_other(figure):
    with figure_style():
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        rows = [label for ax in figure.axes for label in ax.get_yticklabels() if label.get_text().isalpha()]
        words = [*figure.texts, *rows, *(text for ax in figure.axes for text in (ax._left_title, ax.xaxis.label))]
        boxes = [text.get_window_extent(renderer) for text in words if text.get_text()]
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1 for box in boxes)
    assert not [(one, two) for at, one in enumerate(boxes) for two in boxes[:at] if one.overlaps(two)]


def test_a_rank_without_contacts_says_so():
    figure = record.draw(summarise(frozen_panel(date(1993, 6, 1))), "Kazakhstan", "1 June 1993")
    assert [text.get_text() for text in titled(figure, "President").texts] == ["none on record"]
