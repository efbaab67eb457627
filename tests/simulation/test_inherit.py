from datetime import date
from pathlib import Path

import pytest

from forecast.simulation.scenario import load_scenario
from tests.simulation.example import EVENT, HEAD, fault_of


def test_an_id_is_used_once_in_a_file(write):
    fault = fault_of(write(HEAD + EVENT + EVENT.removeprefix("events:\n")))
    assert fault.where == "line 21, key events.1.id"
    assert "expected an id used once in this file, found 'summit' again" in str(fault)


def child(extends, extra=""):
    return f"name: child\ntitle: Child\ndescription: Inherits.\nextends: {extends}\n{extra}"


def test_extends_merges_deeply(write):
    write(HEAD + EVENT + "adjustments:\n  rate:\n    cabinet: 0.1\n", "parent.yaml")
    extra = (
        "horizon:\n  end: 2027-12\nadjustments:\n  outcome: 0.3\nevents:\n"
        "  - id: summit\n    date: 2026-10\n"
        "  - {id: other, title: Other, date: 2025-02, shape: step, reason: Test., effects: {outcome: 1}}\n"
    )
    found = load_scenario(write(child("parent.yaml", extra)))
    assert (found.name, found.outcome) == ("child", "trump")
    assert (found.horizon.start, found.horizon.end) == (date(2025, 1, 1), date(2027, 12, 1))
    assert found.adjustments.size().keys() == {("rate", "cabinet"), ("outcome", "")}
    assert [(item.id, item.date.month, item.title) for item in found.events] == [
        ("summit", 10, "Summit"),
        ("other", 2, "Other"),
    ]


@pytest.mark.parametrize("name", ["harris", "harris.yaml", "scenarios/harris.yaml"])
def test_a_shipped_scenario_can_be_extended_from_anywhere(write, name):
    found = load_scenario(write(child(name, "dyad: us_uz\n")))
    assert (found.name, found.outcome, found.dyad) == ("child", "harris", "us_uz")


def test_a_file_beside_comes_before_a_shipped_scenario(write):
    write(HEAD, "harris.yaml")
    assert load_scenario(write(child("harris.yaml"))).outcome == "trump"


def test_a_fault_of_the_parent_is_told_with_its_file_and_line(write):
    parent = write(HEAD + EVENT.replace("president", "presidnt"), "parent.yaml")
    other = "{id: other, title: Other, date: 2025-02, shape: step, reason: Test., effects: {outcome: 1}}"
    extra = f"events:\n  - {other}\n"
    fault = fault_of(write(child("parent.yaml", extra)))
    assert (fault.source, fault.where) == (str(parent), "line 20, key events.0.effects.rate.presidnt")


def test_a_fault_of_the_child_in_an_inherited_event_is_told_with_its_own_line(write):
    write(HEAD + EVENT, "parent.yaml")
    path = write(child("parent.yaml", "events:\n  - id: summit\n    date: 2031-01\n"))
    fault = fault_of(path)
    assert (fault.source, fault.where) == (str(path), "line 7, key events.0.date")


def test_what_a_scenario_is_called_is_not_inherited(write):
    write(HEAD, "parent.yaml")
    fault = fault_of(write(child("parent.yaml").replace("title: Child\n", "")))
    assert "key title: expected this key to be given" in str(fault)


@pytest.mark.parametrize(
    ("files", "source", "words"),
    [
        (
            {"mine.yaml": "mine.yaml"},
            "mine.yaml",
            "expected a file that does not lead back to this one, found 'mine.yaml'",
        ),
        ({"mine.yaml": "a.yaml", "a.yaml": "b.yaml", "b.yaml": "mine.yaml"}, "b.yaml", "found 'mine.yaml'"),
        (
            {"mine.yaml": "nowhere.yaml"},
            "mine.yaml",
            "expected the name of a file beside this one, or a shipped scenario, found 'nowhere.yaml'",
        ),
    ],
)
def test_extends_that_leads_nowhere(write, files, source, words):
    paths = {name: write(child(target), name) for name, target in files.items()}
    fault = fault_of(paths["mine.yaml"])
    assert (Path(fault.source).name, fault.where) == (source, "line 4, key extends")
    assert words in str(fault)


def test_an_empty_value_takes_a_key_of_the_parent_back(write):
    write(HEAD + EVENT)
    child = "name: child\ntitle: Child\ndescription: A child.\nextends: mine.yaml\nevents:\n  - id: summit\n"
    found = load_scenario(write(child + "    date:\n    window: [2026-01, 2026-06]\n", "child.yaml")).events[0]
    assert (found.date, found.window[1].month) == (None, 6)
    assert "one of the keys date, window" in fault_of(write(child + "    window: [2026-01, 2026-06]\n", "both.yaml")).expected
