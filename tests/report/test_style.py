from itertools import combinations

import pytest

from forecast.panel import Panel
from forecast.report.style import OF_OUTCOME, OPEN, PAIRING_MARK, TYPE_MARK, scenario_marks

ORDER = ("harris", "trump")
FAMILIES = {
    "types": TYPE_MARK,
    "pairings": PAIRING_MARK,
    "outcomes": dict(enumerate((*OF_OUTCOME, OPEN))),
    "same outcome four times": scenario_marks(dict.fromkeys("abcd", "trump"), ORDER),
    "mixed": scenario_marks({"a": "harris", "b": "trump", "c": "trump", "d": "open"}, ORDER),
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


def test_the_order_of_the_election_decides_how_an_outcome_looks():
    marks = scenario_marks({"second": "trump", "first": "harris"}, ORDER)
    assert (marks["first"], marks["second"]) == OF_OUTCOME
    assert scenario_marks({"second": "trump"}, ORDER[::-1])["second"] == OF_OUTCOME[0]


def test_unknown_outcome_counts_as_open():
    assert scenario_marks({"mixture": "somebody"}, ORDER)["mixture"] == OPEN


def test_every_type_of_the_panel_has_a_mark(content):
    assert isinstance(content.panel, Panel)
    assert set(content.panel.year["type"]) <= set(TYPE_MARK)
