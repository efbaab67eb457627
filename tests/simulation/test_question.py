"""Questions of scenario files: inline or in a file of their own, within the horizon, of one dyad or of any."""

import re

import pytest

from forecast.errors import InputError
from forecast.simulation.scenario import load_scenario
from tests.simulation.example import HEAD, fault_of

ASKED = """\
questions:
  - id: visit
    text: Will the president come?
    background: Made up.
    contacts: {rank: [president], direction: [us_to_partner]}
    window: [2025-01, 2026-12]
    at_least: 1
    resolution: By counting.
"""


def test_questions_may_stand_in_the_file_or_in_one_that_it_names(write, tmp_path):
    inline = load_scenario(write(HEAD + ASKED))
    write("dyad: us_kz\n" + ASKED, "asked.yaml")
    named = load_scenario(write(HEAD + "questions: asked.yaml\n", "named.yaml"))
    assert [one.id for one in inline.questions] == [one.id for one in named.questions] == ["visit"]
    assert (inline.questions[0].dyad, named.questions[0].dyad) == (None, "us_kz")


def test_a_child_adds_to_and_changes_the_questions_of_its_parent(write):
    write(HEAD + ASKED)
    child = "name: child\ntitle: Child\ndescription: A child.\nextends: mine.yaml\nquestions:\n"
    child += "  - {id: visit, at_least: 2}\n  - {id: other, text: A, background: B, contacts: {}, window: [2025-01, 2025-02],"
    child += " at_most: 3, resolution: C}\n"
    found = load_scenario(write(child, "child.yaml"))
    assert [(one.id, one.at_least, one.at_most) for one in found.questions] == [("visit", 2, None), ("other", None, 3)]


def test_a_shared_question_beyond_the_horizon_is_not_asked_and_a_question_of_the_file_is_a_fault(write):
    short = HEAD.replace("end: 2028-12", "end: 2026-06")
    write(ASKED, "asked.yaml")
    assert load_scenario(write(short + "questions: asked.yaml\n", "named.yaml")).questions == ()
    fault = fault_of(write(short + ASKED))
    assert fault.where == "line 16, key questions.visit.window"
    assert "a month within the horizon, 2025-01 to 2026-06" in fault.expected


@pytest.mark.parametrize(("old", "new", "words"), [
    ("at_least: 1", "at_least: 1\n    at_most: 2", "one of the keys at_least and at_most"),
    ("    at_least: 1\n", "", "one of the keys at_least and at_most"),
    ("at_least: 1", "at_least: 0", "a number of at least 1, found 0"),
    ("window: [2025-01, 2026-12]", "window: [2026-12, 2025-01]", "the earlier month first"),
    ("window: [2025-01, 2026-12]", "window: 2026-12", "two months"),
    ("rank: [president]", "rank: [presidents]", "'president'"),
    ("rank: [president]", "rank: []", "at least one code"),
    ("rank: [president]", "rnk: [president]", "Did you mean 'rank'?"),
    ("direction: [us_to_partner]", "outcome: 4", "a number of at most 3, found 4"),
])
def test_a_malformed_question_is_told(write, old, new, words):
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        load_scenario(write((HEAD + ASKED).replace(old, new)))
    assert words in str(caught.value)


def test_a_file_of_questions_that_is_none_is_told(write):
    write("name: no questions\n", "asked.yaml")
    assert "a list under the key questions" in fault_of(write(HEAD + "questions: asked.yaml\n")).expected
    assert "a file beside this one" in fault_of(write(HEAD + "questions: nowhere.yaml\n", "other.yaml")).expected
