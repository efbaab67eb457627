from itertools import combinations

import pytest

from forecast.panel import Panel
from forecast.report.style import OUTCOME_MARK, PAIRING_MARK, TYPE_MARK, scenario_marks

FAMILIES = {
    "types": TYPE_MARK,
    "pairings": PAIRING_MARK,
    "outcomes": OUTCOME_MARK,
    "same outcome four times": scenario_marks(dict.fromkeys("abcd", "trump")),
    "mixed": scenario_marks({"a": "harris", "b": "trump", "c": "trump", "d": "open"}),
}


@pytest.mark.parametrize("marks", FAMILIES.values(), ids=FAMILIES)
def test_marks_differ_without_colour(marks):
    for one, two in combinations(marks.values(), 2):
        assert one.linestyle != two.linestyle
        assert one.marker != two.marker
        assert one.hatch != two.hatch


@pytest.mark.parametrize("marks", FAMILIES.values(), ids=FAMILIES)
def test_marks_differ_in_colour(marks):
    assert len({mark.colour for mark in marks.values()}) == len(marks)


def test_first_scenario_of_an_outcome_has_the_fixed_colour():
    marks = scenario_marks({"trump": "trump", "harris": "harris"})
    assert marks["harris"] == OUTCOME_MARK["harris"]
    assert marks["trump"] == OUTCOME_MARK["trump"]


def test_unknown_outcome_counts_as_open():
    assert scenario_marks({"mixture": "somebody"})["mixture"] == OUTCOME_MARK["open"]


def test_every_type_of_the_panel_has_a_mark(content):
    assert isinstance(content.panel, Panel)
    assert set(content.panel.year["type"]) <= set(TYPE_MARK)
