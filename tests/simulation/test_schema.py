from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from forecast.errors import InputError
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario, shipped_scenarios
from forecast.simulation.scenario.values import FAMILY, LogRate
from tests.simulation.example import EVENT, HEAD, fault_of


def test_a_good_file_loads(write):
    found = load_scenario(write(HEAD + EVENT))
    assert (found.name, found.as_of, found.horizon.end) == ("mine", date(2024, 11, 4), date(2028, 12, 1))
    assert found.events[0].effects.rate.president.parameters == (0.5,)
    assert found.events[0].effects.size().keys() == {("rate", "president")}


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        (
            "outcome: trump\n",
            "",
            1,
            "outcome",
            "expected this key to be given, found nothing. Add 'outcome'.",
        ),
        ("outcome:", "outcom:", 7, "outcom", "expected a known key, found 'outcom'. Did you mean 'outcome'?"),
        ("name: mine", "name: My scenario", 1, "name", "expected lower-case letters, digits and underscores"),
        ("title: Mine", "title: ''", 2, "title", "expected some words, found ''"),
        ("as_of: 2024-11-04", "as_of: yesterday", 5, "as_of", "found 'yesterday'"),
        (
            "as_of: 2024-11-04",
            "as_of: 2026-01-01",
            5,
            "as_of",
            "expected a day before the horizon, which starts 2025-01",
        ),
        (
            "start: 2025-01",
            "start: 2025-13",
            9,
            "horizon.start",
            "expected a month written YYYY-MM, found '2025-13'",
        ),
        (
            "end: 2028-12",
            "end: 2024-12",
            10,
            "horizon.end",
            "expected a month from 2025-01 on, found 2024-12",
        ),
        ("horizon:\n  start: 2025-01\n  end: 2028-12", "horizon: 2025-01", 8, "horizon", "found '2025-01'"),
        ("id: summit", "id: The Summit", 12, "events.0.id", "expected lower-case letters"),
        ("    title: Summit\n", "", 12, "events.0.title", "Add 'title'."),
        (
            "date: 2026-09",
            "date: 2029-03",
            14,
            "events.0.date",
            "expected a month within the horizon, 2025-01 to 2028-12, found 2029-03",
        ),
        ("date: 2026-09", "date: 2026-09-19", 14, "events.0.date", "expected a month written YYYY-MM"),
        (
            "shape: pulse",
            "shape: wave",
            15,
            "events.0.shape",
            "expected 'step', 'pulse' or 'ramp'",
        ),
        (
            "    half_life_months: 4\n",
            "",
            12,
            "events.0.half_life_months",
            "expected a number of months, because the shape is pulse",
        ),
        ("half_life_months: 4", "half_life_months: 0", 16, "events.0.half_life_months", "found 0"),
        ("half_life_months: 4", "half_life_months: four", 16, "events.0.half_life_months", "found 'four'"),
        (
            "shape: pulse\n    half_life_months: 4",
            "shape: ramp",
            12,
            "events.0.ramp_months",
            "expected a number of months, because the shape is ramp",
        ),
        (
            "shape: pulse",
            "shape: step",
            16,
            "events.0.half_life_months",
            "expected this key only with shape: pulse",
        ),
        (
            "half_life_months: 4",
            "half_life_months: 4\n    duration_months: 2",
            17,
            "events.0.duration_months",
            "expected this key only with shape: step",
        ),
        ("    reason: Because of a test.\n", "", 12, "events.0.reason", "Add 'reason'."),
        ("reason: Because of a test.", "reason: ' '", 17, "events.0.reason", "expected some words"),
        ("    effects:\n      rate:\n        president: 0.5\n", "", 12, "events.0.effects", "Add 'effects'."),
        (
            "      rate:\n        president: 0.5\n",
            "      rate: {}\n",
            18,
            "events.0.effects",
            "expected at least one size",
        ),
        (
            "president: 0.5",
            "presidnt: 0.5",
            20,
            "events.0.effects.rate.presidnt",
            "Did you mean 'president'?",
        ),
        (
            "rate:\n        president: 0.5",
            "topic:\n        rusia: 0.5",
            20,
            "events.0.effects.topic.rusia",
            "Did you mean 'russia'?",
        ),
        (
            "rate:\n        president: 0.5",
            "tone:\n        partnr: 0.5",
            20,
            "events.0.effects.tone.partnr",
            "Did you mean 'partner'?",
        ),
        ("rate:", "rates:", 19, "events.0.effects.rates", "Did you mean 'rate'?"),
        (
            "president: 0.5",
            "president: strong",
            20,
            "events.0.effects.rate.president",
            "or {uniform: [low, high]}, found 'strong'",
        ),
        ("president: 0.5", "president: true", 20, "events.0.effects.rate.president", "expected a number"),
        ("president: 0.5", "president: .nan", 20, "events.0.effects.rate.president", "expected a number"),
        (
            "president: 0.5",
            "president: {normal: 0.5}",
            20,
            "events.0.effects.rate.president",
            "expected 2 numbers, normal: [mean, sd]",
        ),
        (
            "president: 0.5",
            "president: {normal: [0.5, -1]}",
            20,
            "events.0.effects.rate.president",
            "expected a standard deviation of 0 or more",
        ),
        (
            "president: 0.5",
            "president: {uniform: [2, 1]}",
            20,
            "events.0.effects.rate.president",
            "expected the lower end first",
        ),
        (
            "president: 0.5",
            "president: {gama: [2, 1]}",
            20,
            "events.0.effects.rate.president",
            "Did you mean 'gamma'?",
        ),
        ("events:\n", "adjustments:\n  state: 1\nevents:\n", 12, "adjustments.state", "expected a known key"),
    ],
)
def test_a_malformed_file_gives_one_message_with_line_and_key(write, old, new, line, key, words):
    assert (HEAD + EVENT).count(old) == 1
    path = write((HEAD + EVENT).replace(old, new))
    fault = fault_of(path)
    assert fault.source == str(path)
    assert fault.where == f"line {line}, key {key}"
    assert words in str(fault)


def test_all_faults_are_told_at_once(write):
    with pytest.raises(InputError, match=r"line 8, key horizon\.end: expected ") as caught:
        load_scenario(
            write((HEAD + EVENT).replace("end: 2028-12", "until: 2028-12").replace("pulse", "wave"))
        )
    assert [fault.where for fault in caught.value.faults] == [
        "line 8, key horizon.end",
        "line 10, key horizon.until",
        "line 15, key events.0.shape",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: [", "valid YAML"),
        ("- one\n- two\n", "a mapping of keys to values"),
    ],
)
def test_no_yaml_and_no_mapping(write, text, words):
    assert words in str(fault_of(write(text)))


def test_schema_for_editors_describes_sizes():
    size = Scenario.model_json_schema()["$defs"]["RateEffect"]["properties"]["president"]["anyOf"][0]
    assert size["oneOf"][0] == {"type": "number"}
    assert {next(iter(item["properties"])) for item in size["oneOf"][1:]} == set(FAMILY)


def test_a_missing_key_is_told_unless_its_misspelling_is(write):
    text = HEAD + EVENT + EVENT.removeprefix("events:\n").replace("summit", "again")
    first, second = text.split("  - id: again")
    text = (
        first.replace("    title: Summit", "    titel: Summit")
        + "  - id: again"
        + second.replace("    title: Summit\n", "")
    )
    with pytest.raises(InputError, match=r"line 13, key events\.0\.titel: expected ") as caught:
        load_scenario(write(text))
    assert sorted(fault.where for fault in caught.value.faults) == [
        "line 13, key events.0.titel",
        "line 21, key events.1.title",
    ]


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_scenario_is_read_back_from_the_manifest_of_a_run(name):
    """Freezing a run and reading one back need it, also where events have distributions."""
    scenario = load_scenario(find_scenario(name))
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario


@pytest.mark.parametrize(("given", "told"), [
    ({"kind": "normal", "parameters": [0.1]}, r"2 numbers, normal: \[mean, sd\]"),
    ({"kind": "gaussian", "parameters": [0, 1]}, "a distribution that is known"),
    ({"kind": "fixed", "parameters": [1, 2]}, "a distribution that is known"), ({"kind": ["normal"], "parameters": 1}, "known"),
])
def test_a_distribution_that_a_manifest_spells_out_is_checked_like_one_of_a_file(given, told):
    with pytest.raises(ValidationError, match=told):
        TypeAdapter(LogRate).validate_python(given)
