from itertools import combinations

import pytest

from forecast.contacts import codes
from forecast.panel import Panel
from forecast.report.style import OPEN, PAIRING_MARK, TYPE_MARK, scenario_marks

TYPES = {"harris": "democratic", "trump": "republican_trumpist"}
FAMILIES = {
    "types": TYPE_MARK,
    "pairings": PAIRING_MARK,
    "types and an open election": {**TYPE_MARK, "open": OPEN},
    "same outcome four times": scenario_marks(dict.fromkeys("abcd", "trump"), TYPES),
    "mixed": scenario_marks({"a": "harris", "b": "trump", "c": "trump", "d": "open"}, TYPES),
    "three that extend two": scenario_marks({"a": "harris", "b": "harris", "c": "trump", "d": "trump"}, TYPES),
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


def test_a_scenario_looks_like_the_type_of_who_wins():
    marks = scenario_marks({"first": "harris", "second": "trump"}, TYPES)
    assert marks == {"first": TYPE_MARK["democratic"], "second": TYPE_MARK["republican_trumpist"]}
    assert scenario_marks({"second": "trump"}, TYPES)["second"] == marks["second"]


def test_of_one_outcome_the_scenario_that_others_extend_looks_like_the_type():
    marks = scenario_marks({"extended": "trump", "base": "trump"}, TYPES)
    assert marks["base"] == TYPE_MARK["republican_trumpist"]
    assert marks["extended"].colour != marks["base"].colour


def test_two_outcomes_of_one_type_differ():
    marks = scenario_marks({"one": "one", "other": "other"}, dict.fromkeys(("one", "other"), codes.TYPE[0]))
    assert marks["one"].marker != marks["other"].marker


def test_unknown_outcome_counts_as_open():
    assert scenario_marks({"mixture": "somebody"}, TYPES)["mixture"] == OPEN


def test_every_type_of_the_panel_has_a_mark(content):
    assert isinstance(content.panel, Panel)
    assert set(content.panel.year["type"]) <= set(TYPE_MARK)
