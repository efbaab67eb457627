"""What every figure promises, checked over all of them."""

import re
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from forecast.report.page import PLATES, numbers, plates
from forecast.report.style import DOUBLE_MM, MM
from tests.report.measured import faults

NAMES = [plate.name for plate in PLATES]
UNIT = re.compile(r"contact|share|index|year|quarter|tone|pages|topic|rank|total|administration|question|probability")


def by_name(name):
    return next(plate for plate in PLATES if plate.name == name)


@pytest.fixture(scope="session", params=NAMES)
def drawn(request, any_content):
    plate = by_name(request.param)
    if plate not in plates(any_content):
        pytest.skip("one scenario has no contrast")
    return plate.draw(any_content)


def test_is_a_figure_of_journal_width(drawn):
    assert isinstance(drawn, Figure)
    assert drawn.get_size_inches()[0] == pytest.approx(DOUBLE_MM * MM)
    assert drawn.get_size_inches()[1] < 247 * MM  # fits a page


def test_axes_say_what_they_measure(drawn):
    for ax in drawn.axes:
        if ax.axison:
            assert any(UNIT.search(peer.get_ylabel()) for peer in _sharing(ax, ax.get_shared_y_axes()))
            assert any(UNIT.search(peer.get_xlabel()) for peer in _sharing(ax, ax.get_shared_x_axes()))


def _sharing(ax, group):
    return [peer for peer in ax.figure.axes if peer is ax or group.joined(ax, peer)]


def test_says_what_the_intervals_are_of(drawn, any_content):
    note = " ".join(text.get_text() for text in drawn.texts).replace("\n", " ")
    assert re.search(r"n = \d+", note) or "n = recorded contacts" in note
    assert re.search(r"120 (simulated|pairs)|50 posterior draws|draws \(50", note)
    intervals = any(low in note and high in note for low, high in (("50 %", "90 %"), ("80 %", "95 %")))
    assert intervals or "share of variance" in drawn.axes[-1].get_xlabel() or "Monte Carlo errors" in note
    assert "As of 4 November 2024" in note


def test_gives_the_numbers_behind_it(any_content):
    assert [plate.name for plate in plates(any_content) if numbers(any_content, plate).empty] == []


def test_a_figure_that_is_added_gives_its_own_numbers(content):
    own = replace(PLATES[0], name="added", data=lambda given: given.summary.head(3))
    assert len(numbers(content, own)) == 3
    assert numbers(content, replace(own, data=None)).empty


def test_no_words_are_cut_off_or_overlap(drawn):
    assert faults(drawn) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "update"])
def test_has_words_for_those_who_cannot_see_it(name, content):
    assert len(by_name(name).alt(content)) > 60
    assert len(by_name(name).reading) > 150


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_failed_gate_is_marked_on_every_figure(failed_content, every):
    for plate in plates(failed_content)[::every]:
        words = [text.get_text() for text in plate.draw(failed_content).texts]
        assert any("NOT CONVERGED, used by request: agenda" in word for word in words), plate.name


def test_one_scenario_has_no_contrast(any_content):
    assert ("contrast" in [plate.name for plate in plates(any_content)]) == (len(any_content.scenarios) > 1)
