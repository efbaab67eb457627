"""``forecast scenario``: each command as a new user would try it, and files that are wrong in many ways."""

import gc
import json
import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli import app
from forecast.simulation.scenario import shipped_scenarios
from forecast.simulation.scenario.schema import json_schema
from tests.simulation.example import EVENT, HEAD


def call(*arguments):
    return CliRunner().invoke(app, ["scenario", *map(str, arguments)])


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_file_passes_its_own_check_and_is_never_replaced(empty_folder):
    assert call("new", "quick_deal", "--extends", "trump").exit_code == 0
    assert "no faults" in call("check", "quick_deal.yaml").stdout
    before = (empty_folder / "quick_deal.yaml").read_text()
    again = call("new", "quick_deal")
    assert (again.exit_code, (empty_folder / "quick_deal.yaml").read_text()) == (2, before)
    assert "does not exist yet" in again.stderr


@pytest.mark.parametrize(("arguments", "words"), [
    (("Quick deal",), "lower-case letters"), (("x", "--extends", "haris"), "harris")])
def test_a_new_file_needs_a_name_and_a_parent(arguments, words, empty_folder):
    result = call("new", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not list(empty_folder.iterdir())


@pytest.mark.parametrize("parent", ["trump.yaml", "scenarios/trump.yaml", "mine", "mine.yaml", "./mine.yaml", "my deal-2.yaml"])
def test_a_new_file_extends_what_was_named_by_any_of_its_names(parent, empty_folder):
    call("new", "mine")
    (empty_folder / "my deal-2.yaml").write_text((empty_folder / "mine.yaml").read_text())
    made = call("new", "quick_deal", "--extends", parent)
    assert made.exit_code == 0, made.output
    assert "no faults" in call("check", "quick_deal.yaml").stdout


@pytest.mark.parametrize(("parent", "words"), [
    ("sub/other.yaml", "in the folder of the new one, found sub/other.yaml. Write the new one beside it: --out sub."),
    ("broken", "broken.yaml"), ("a#b", "a file with a name of letters"),
])
def test_a_new_file_never_extends_what_could_not_be_read(parent, words, empty_folder):
    call("new", "other", "--out", "sub")
    (empty_folder / "broken.yaml").write_text("name: broken\ntitle: A broken file\n")
    (empty_folder / "a#b.yaml").write_text((empty_folder / "sub" / "other.yaml").read_text())
    result = call("new", "quick_deal", "--extends", parent)
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert not (empty_folder / "quick_deal.yaml").exists()


@pytest.mark.parametrize("arguments", [("check", "trump.yaml"), ("explain", "mine.yaml"), ("new", "x", "--extends", "trump")])
def test_a_link_that_leads_nowhere_is_not_the_shipped_scenario_of_its_name(arguments, empty_folder):
    call("new", "mine", "--extends", "trump")
    (empty_folder / "trump.yaml").symlink_to("nowhere")
    result = call(*arguments)
    assert result.exit_code == 2, result.output
    assert "trump.yaml: whole file: expected a readable file, found No such file or directory" in result.stderr


def test_explain_names_the_file_and_line_of_every_value(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = call("explain", "trump_ukraine_escalation", "--inherited").stdout
    lines = shipped_scenarios()["trump_ukraine_ceasefire"].read_text().splitlines()
    row = next(row for row in shown.splitlines() if "ukraine_ceasefire.date" in row)
    number = int(row.split("trump_ukraine_ceasefire.yaml:")[1].split()[0])
    assert "date: 2025-07" in lines[number - 1]
    assert "trump_ukraine_escalation.yaml" in next(row for row in shown.splitlines() if "ukraine_ceasefire.probability" in row)


def test_explain_shows_what_the_file_sets_and_counts_the_rest(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    short, whole = (call("explain", "trump_transactional", *more).stdout for more in ((), ("--inherited",)))
    assert "adjustments.topic.minerals" in short
    assert "horizon.start" not in short
    count = int(re.search(r"(\d+) more values are set in trump.yaml, us_kz_2025_2028.yaml: --inherited shows", short).group(1))
    assert len(re.findall(r"\t(?:trump|us_kz_2025_2028)\.yaml:\d+\b", whole)) == count
    assert "horizon.start" in call("explain", "trump_transactional", "--key", "horizon").stdout


def test_diff_shows_what_differs_and_nothing_else(monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    shown = call("diff", "trump", "trump_transactional").stdout
    assert "adjustments.topic.minerals" in shown
    assert "horizon" not in shown
    same = call("diff", "harris", "harris").stdout
    assert same == "No difference.\n"


def keys(content, schema, root):
    """Every mapping of a file has only keys that its schema knows."""
    known = schema
    while "$ref" in known:
        known = root["$defs"][known["$ref"].rpartition("/")[2]]
    if isinstance(content, dict):
        options = [known, *known.get("anyOf", []), *known.get("oneOf", [])]
        options = [root["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in options]
        found = {key: value for one in options for key, value in one.get("properties", {}).items()}
        open_ended = any(isinstance(one.get("additionalProperties"), dict) or "patternProperties" in one for one in options)
        for key, value in content.items():
            nested = {name: part for one in options for inner in one.get("oneOf", []) for name, part in
                      inner.get("properties", {}).items()}
            assert key in found or key in nested or open_ended, key
            if key in found:
                keys(value, found[key], root)
    elif isinstance(content, list) and "items" in known:
        for item in content:
            keys(item, known["items"], root)


def test_the_schema_is_json_and_knows_every_key_of_the_shipped_files():
    from forecast.config import read_yaml

    schema = json.loads(call("schema").stdout)
    assert schema == json.loads(json.dumps(json_schema()))
    assert schema["required"] == ["name", "title", "description"]
    for path in shipped_scenarios().values():
        keys(dict(read_yaml(path)), schema, schema)
    with pytest.raises(AssertionError):
        keys({"horizn": 1}, schema, schema)


def test_plot_draws_assumptions_and_refuses_where_there_are_none(empty_folder):
    assert call("plot", "trump_ukraine_escalation", "harris_continuity", "--out", "a").exit_code == 0
    assert sorted(path.suffix for path in (empty_folder / "a").iterdir()) == [".json", ".pdf", ".png", ".svg"]
    assert call("plot", "harris").exit_code == 2


TERM = """\
name: {name}
title: A term that runs
description: For tests.
as_of: {day}
election: us_2020
outcome: {outcome}
horizon: {{start: {start}, end: 2024-12}}
events:
  - id: something
    title: Something
    date: 2023-05
    shape: step
    reason: For tests.
    effects: {{rate: {{vice_president: 0.1}}}}
"""


def term(path, *, name="own", day="2020-11-02", outcome="trump", start="2021-01"):
    path.parent.mkdir(exist_ok=True)
    path.write_text(TERM.format(name=name, day=day, outcome=outcome, start=start))
    return path


def test_a_file_for_an_update_is_no_fault_and_told_as_such(empty_folder):
    """An update takes it: only its last day lies within the term."""
    found = call("check", term(empty_folder / "own.yaml", day="2021-01-25"))
    assert (found.exit_code, found.stdout) == (0, "own: A term that runs: no faults.\n")
    assert "its last day, 2021-01-25, lies in the term" in found.stderr
    assert f"forecast update {empty_folder}/own.yaml --as-of 2021-01-25" in found.stderr


@pytest.mark.parametrize(("day", "start", "told"), [
    ("2022-06-30", "2022-07", "forecast update --as-of 2022-06-30, with a horizon that starts 2021-01"),
    ("2022-06-30", "2021-01", "forecast update SCENARIO --as-of 2022-06-30")])
def test_what_no_command_takes_is_a_fault_that_says_how_an_update_is_asked_for(day, start, told, empty_folder):
    found = call("check", term(empty_folder / "own.yaml", day=day, start=start))
    assert found.exit_code == 2
    assert found.stderr.startswith(f"error: {empty_folder}/own.yaml: ")
    assert told in found.stderr


def test_each_file_that_was_checked_is_told_whatever_its_name(empty_folder):
    found = call("check", term(empty_folder / "own.yaml"), term(empty_folder / "sub" / "own.yaml"))
    assert found.stdout.splitlines() == ["own: A term that runs: no faults."] * 2


def test_no_scenario_is_left_out_of_a_picture_because_another_has_its_name(empty_folder):
    found = call("plot", term(empty_folder / "own.yaml"), term(empty_folder / "sub" / "own.yaml"))
    assert found.exit_code == 2
    assert "expected scenarios of different names, found own, own" in found.stderr
    assert not (empty_folder / "assumptions").exists()


def test_a_scenario_with_faults_is_not_drawn_whether_or_not_a_dyad_is_named(empty_folder):
    found = call("plot", term(empty_folder / "own.yaml", outcome="trmp"))
    assert found.exit_code == 2
    assert "key outcome: expected biden, trump, found trmp" in found.stderr


def test_a_key_under_which_nothing_is_set_is_told_with_the_nearest(empty_folder):
    term(empty_folder / "own.yaml")
    assert "own.yaml and what it extends set nothing under evnts. Did you mean 'events'?" in call(
        "explain", "own.yaml", "--key", "evnts").stderr
    assert call("explain", "own.yaml", "--key", "cabinet").stderr == (
        "note: own.yaml and what it extends set nothing under cabinet.\n")
    assert "note" not in call("explain", "own.yaml", "--key", "events.something").stderr


def test_what_a_file_of_the_same_name_sets_is_not_the_scenarios_own(empty_folder):
    """Questions often stand in a folder of their own, in a file that is called after the scenario."""
    path = term(empty_folder / "own.yaml")
    (empty_folder / "questions").mkdir()
    assert call("questions", "questions/own.yaml").exit_code == 0
    path.write_text(path.read_text().replace("us_2020", "us_2024").replace("2021-01", "2025-01").replace("2024-12", "2028-12")
                    .replace("2023-05", "2026-05").replace("2020-11-02", "2024-11-04") + "questions: questions/own.yaml\n")
    shown = call("explain", "own.yaml")
    assert shown.exit_code == 0, shown.output
    assert "contacts_2025.text" not in shown.stdout
    assert re.search(r"\d+ more values are set in own.yaml", shown.stdout)


def test_sizes_beside_the_record_are_told_in_words(empty_folder):
    lines = call("explain", term(empty_folder / "own.yaml")).stdout.splitlines()
    assert next(line for line in lines if line.startswith("something: ")).startswith("something: rate, vice president\t")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8))
OTHER = EVENT.removeprefix("events:\n").replace("id: summit", "id: other")
MALFORMED = {
    "empty": "", "a list": "- one\n", "a word": "word\n", "a tab": HEAD + "\tx: 1\n", "unclosed": HEAD + "x: [1, 2\n",
    "twice": HEAD + "name: again\n", "an alias bomb": HEAD + BOMB, "deep": HEAD + "x: " + "[" * 40 + "]" * 40 + "\n",
    "a tag": HEAD + "x: !!python/object/apply:os.system ['true']\n", "huge": HEAD + "# " + "x" * 600_000,
    "no colon": HEAD + "just words\n", "unknown key": HEAD + "evnts: []\n", "unknown alias": HEAD + "x: *nowhere\n",
    "two documents": HEAD + "---\n" + HEAD, "a control character": HEAD + "x: \"\\x07\"\ny: \x07\n",
    "extends itself": HEAD + "extends: mine.yaml\n", "extends nothing": HEAD + "extends: nowhere.yaml\n",
    "extends a list": HEAD + "extends: [harris.yaml]\n",
    **{f"outcome {value}": HEAD.replace("outcome: trump", f"outcome: {value}") for value in (
        "{harris: 0.5, trump: 0.4}", "{harris: 1.5, trump: -0.5}", "{}", "[trump]", "3", "{harris: half, trump: 0.5}", "nobody",
        "{harris: 0.5, nobody: 0.5}", "{harris: .nan, trump: 0.5}")},
    **{f"horizon {value}": HEAD.replace("  end: 2028-12", f"  end: {value}") for value in (
        "2024-12", "2028-13", "9999999-01", "soon", "2028", "[2028-12]", "2040-01", "0000-01")},
    **{f"event {new}": HEAD + EVENT.replace("    date: 2026-09", f"    {new}") for new in (
        "date: 1999-01", "date: 2026-09-01", "window: [2026-09]", "window: [2027-01, 2026-01]", "window: [2026-01, 2031-01]",
        "hazard: 1.5", "hazard: -0.1", "hazard: {normal: [0.1, 0.1]}", "hazard: {beta: [0, 1]}", "hazard: {bta: [1, 1]}",
        "hazard: 0.1\n    probability: 0.5", "after: nobody", "after: summit", "date: 2026-09\n    window: [2026-01, 2026-02]",
        "date: 2026-09\n    delay_months: 2", "date: 2026-09\n    probability: 2", "date: 2026-09\n    unless: nobody",
        "date: 2026-09\n    start: 2026-01", "hazard: 0.1\n    start: 2027-01\n    end: 2026-01", "probability: 0.5", "date:",
        "after: other\n    delay_months: -1")},
    "a circle": HEAD + EVENT.replace("date: 2026-09", "after: other") + OTHER.replace("date: 2026-09", "after: summit"),
    **{f"size {value}": HEAD + EVENT.replace("president: 0.5", f"president: {value}") for value in (
        "{student_t: [0, 0, 1]}", "{lognormal: [0, 0]}", "{triangular: [1, 0, 2]}", "{truncated_normal: [0, 1, 2, 1]}",
        "{normal: [0, 1], uniform: [0, 1]}", "{gamma: [1]}", "{laplace: [0, -1]}", ".inf", "1e999", "{normal: [a, b]}")},
    "two ids": HEAD + EVENT + EVENT.removeprefix("events:\n"),
    "an official of no rank": HEAD + "cabinet:\n  - {id: a, title: A, reason: R, rank: king, share: 0.5, appetite: 0.1}\n",
    "an official beyond one": HEAD + "cabinet:\n  - {id: a, title: A, reason: R, rank: cabinet, share: 1.5, appetite: 0.1}\n",
    "questions nowhere": HEAD + "questions: nowhere.yaml\n", "questions above": HEAD + "questions: ../../etc/passwd\n",
}


def refused(text, folder):
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    gc.disable()  # what earlier tests of this process left is none of the command's time
    try:
        begin = time.process_time()
        result = call("check", "mine.yaml")
        return result, time.process_time() - begin
    finally:
        gc.enable()


def test_there_are_sixty():
    assert len(MALFORMED) >= 60


@pytest.fixture(scope="module")
def imported():
    """What the command imports is there before a test looks at the clock."""
    call("check", "trump")


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_ends_in_one_message_with_code_2_at_once(name, empty_folder):
    result, seconds = refused(MALFORMED[name], empty_folder)
    assert result.exit_code == 2, result.stdout
    assert "mine.yaml" in result.stderr or "mine" in result.stderr
    assert "expected" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert len(result.stderr) < 4000
    assert seconds < 1


WHOLE = HEAD + EVENT


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(WHOLE) - 1), length=st.integers(0, 30),
       what=st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12))
def test_whatever_is_changed_the_file_is_read_or_refused_without_a_traceback(at, length, what, empty_folder):
    result, _ = refused(WHOLE[:at] + what + WHOLE[at + length:], empty_folder)
    assert result.exit_code in (0, 2)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.stderr
