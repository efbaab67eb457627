"""The shipped scenarios and questions: they load, say why, and their numbers are those of the record."""

import re
from datetime import date

import pytest

from forecast.contacts.load import load_contacts
from forecast.evaluation.questions import matches
from forecast.panel.poles import load_poles
from forecast.shipped import CASE, DYAD
from forecast.simulation.scenario import load_scenario, shipped_scenarios

EVE = date(2024, 11, 4)
SCENARIO = {name: load_scenario(path) for name, path in shipped_scenarios().items()}
QUESTIONS = SCENARIO["harris"].questions
WANTED = ("ukraine_ceasefire", "ukraine_escalation", "secondary_sanctions", "c5plus1_summit", "critical_minerals", "pntr",
          "human_rights", "leadership_change", "pandemic", "russian_pressure", "belt_and_road", "turkey_france", "transactional",
          "continuity", "mixture")


@pytest.mark.parametrize("theme", WANTED)
def test_the_library_covers_what_analysts_ask(theme):
    assert any(theme in name for name in SCENARIO)


NEXT = sorted(name for name, one in SCENARIO.items() if one.election == SCENARIO["harris"].election)


@pytest.mark.parametrize("name", sorted(set(SCENARIO) - set(NEXT)))
def test_scenarios_of_the_election_after_assume_nothing_and_use_nothing_later_than_the_record(name):
    one = SCENARIO[name]
    assert one.as_of == CASE.coded_until
    assert (one.questions, one.events, one.adjustments.size(), one.dyad) == ((), (), {}, None)


@pytest.mark.parametrize("name", NEXT)
def test_scenarios_use_nothing_later_than_the_eve_and_ask_the_same_questions(name):
    assert SCENARIO[name].as_of == EVE
    assert SCENARIO[name].questions == QUESTIONS
    later = re.findall(r"20(?:2[5-9]|3\d)-\d\d-\d\d", shipped_scenarios()[name].read_text(encoding="utf-8"))
    assert not later  # days of the future: horizons and events name months


def test_the_open_election_is_a_mixture():
    assert SCENARIO["mixture"].chances == {"harris": 0.5, "trump": 0.5}


def test_there_are_enough_questions_of_both_kinds():
    assert len(QUESTIONS) >= 25
    assert {question.at_most is None for question in QUESTIONS} == {True, False}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_the_count_in_the_background_is_that_of_the_record(question):
    about = load_contacts(DYAD, EVE)
    told = re.match(r"(\d+) such (?:contacts? in the record|meetings on the complete list) to 4 November 2024"
                    r"(?:, the last on (\S+)\.)?", question.background)
    if question.meetings:
        meeting = load_poles(about.dyad, EVE).meeting
        found = meeting[meeting["list"] == question.meetings.list]
    else:
        found = about.contact[matches(about.contact, question)]
    assert int(told[1]) == len(found)
    assert (told[2] or "") == (f"{found['date'].max():%Y-%m-%d}" if len(found) else "")
