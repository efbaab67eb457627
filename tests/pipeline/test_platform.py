"""`forecast platform` on a forecast of two months of a past term that are over and coded."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.evaluation.frozen import write_frozen
from forecast.evaluation.platform import read_platform
from forecast.shipped import DYAD
from forecast.simulation.scenario import Question, load_scenario
from tests.evaluation.frozen.example import frozen, scenario
from tests.simulation.conftest import question

MONTHS, EVE = ("2017-01", "2017-02"), date(2016, 11, 7)
SCENARIO = """\
name: mine
title: Mine
description: A scenario that asks imported questions.
as_of: 2016-11-07
election: us_2016
outcome: trump
questions: asked.yaml
horizon: {start: 2017-01, end: 2020-12}
"""


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """The working directory, with a frozen forecast of twelve questions in three scenarios, one of which assumes an event."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    asked = tuple(Question.model_validate(question(f"at_least_{many}", window=MONTHS, at_least=many)) for many in range(1, 13))
    answers = {one.id: {"probability": 0.6, "mcse": 0.01, "draws": [0, 1, 0, 0]} for one in asked}
    one = scenario({"trump": 1.0}) | {"question": answers}
    summit = one | {"assumes": ["summit"]}
    other = scenario({"hillary_clinton": 1.0}) | {"question": answers}
    rates = frozen().baseline["trump"]
    write_frozen(frozen(election="us_2016", frozen_on=EVE, as_of=EVE, term_start=date(2017, 1, 20), month=MONTHS, questions=asked,
                        scenario={"one": one, "other": other, "summit": summit},
                        baseline={"trump": rates, "hillary_clinton": rates}), tmp_path / "frozen.json")
    return tmp_path


def typed(*words, code=0):
    found = CliRunner().invoke(app, words)
    assert not isinstance(found.exception, Exception), found.exception
    assert found.exit_code == code, found.output
    return found


def expert(lab, name="expert", chance=0.2, file="expert.json"):
    """What an expert makes of the questions: probabilities of their own, and our distributions."""
    typed("platform", "export", "frozen.json", "--out", "questions.json")
    content = json.loads((lab / "questions.json").read_text(encoding="utf-8"))
    for one in content["forecasts"]:
        one |= {"probability_yes": chance} if "probability_yes" in one else {}
    (lab / file).write_text(json.dumps(content | {"forecaster": name, "as_of": "2016-12-24"}), encoding="utf-8")


def test_questions_go_out_with_the_hash_of_the_forecast_and_without_what_assumes_events(lab):
    found = typed("platform", "export", "frozen.json", "--out", "questions.json")
    assert "note: scenario summit is left out: it assumes more than the election." in found.stderr
    assert "30 questions (24 binary, 6 numeric), 30 forecasts; forecaster forecast, as of 2016-11-07." in found.stdout
    file = read_platform(lab / "questions.json")
    assert file.sha256 == json.loads((lab / "frozen.json").read_text())["sha256"]
    assert "if Hillary Clinton wins the election of 8 November 2016" in file.question["other.at_least_1"].title


def test_forecasters_that_shall_not_see_ours_get_none(lab):
    typed("platform", "export", "frozen.json", "--out", "questions.json", "--blank")
    assert read_platform(lab / "questions.json").forecasts == ()


def test_questions_that_come_in_can_be_asked_of_scenarios(lab):
    typed("platform", "export", "frozen.json", "--out", "questions.json")
    found = typed("platform", "import", "questions.json", "--out", "asked.yaml")
    assert "Written: asked.yaml, 12 questions." in found.stdout
    (lab / "mine.yaml").write_text(SCENARIO, encoding="utf-8")
    again = load_scenario(lab / "mine.yaml").questions
    assert again == tuple(one.rule.asks for one in read_platform(lab / "questions.json").questions[:12])


def test_texts_that_no_question_file_can_hold_are_refused(lab):
    expert(lab)
    content = json.loads((lab / "expert.json").read_text())
    for one in content["questions"]:
        if one["rule"]["asks"]:
            one["rule"]["asks"]["text"] = "a \u0007 bell"
    (lab / "bell.json").write_text(json.dumps(content), encoding="utf-8")
    found = typed("platform", "import", "bell.json", "--out", "asked.yaml", code=2)
    assert "bell.json: texts of its questions: expected texts that a YAML file can hold" in found.stderr
    assert not (lab / "asked.yaml").exists()


def test_nothing_resolved_means_equal_weights(lab):
    expert(lab)
    found = typed("platform", "pool", "frozen.json", "expert.json")
    assert "Weights are equal: 0 of the 10 resolved questions" in found.stdout
    assert "expert could know the news of 47 more days than this forecast." in found.stdout
    assert "Resolved questions" not in found.stdout


def test_the_record_resolves_and_weights_are_learned(lab):
    """The record has two contacts in these days, so that ten of twelve answers are no and the expert was nearer."""
    expert(lab)
    typed("platform", "pool", "frozen.json", "expert.json", "--later", str(DYAD), "--outcome", "trump", "--out", "pooled")
    record = pd.read_csv(DYAD / "contacts.csv")
    many = int(record["date"].between("2017-01-20", "2017-02-28").sum())
    pooled = pd.read_csv(lab / "pooled" / "pooled.csv").query("forecaster == 'pool'").set_index("id")
    assert [pooled.loc[f"one.at_least_{place}", "answer"] for place in range(1, 13)] == ["yes"] * many + ["no"] * (12 - many)
    assert pooled.loc["one.number.all.2017-01.2017-02", "answer"] == str(many)
    assert set(pooled[pooled.index.str.startswith("other.")]["answer"]) == {"void"}
    weight = pd.read_csv(lab / "pooled" / "forecasters.csv").set_index("forecaster")["weight"]
    assert weight["expert"] > 0.6
    file = read_platform(lab / "pooled" / "pool.json")
    ours = read_platform(lab / "questions.json")
    share = weight["expert"]
    np.testing.assert_allclose(file.forecast["other.at_least_3"], share * 0.2 + (1 - share) * 0.6)
    number = "other.number.all.2017-01.2017-02"
    np.testing.assert_allclose(file.forecast[number], ours.forecast[number])


def test_tables_are_printed_as_json(lab):
    expert(lab)
    found = json.loads(typed("platform", "pool", "frozen.json", "expert.json", "--json").stdout)
    assert set(found) == {"resolved", "answers", "forecasters", "pooled", "scores"}
    assert found["answers"] == {"yes": 0, "no": 0, "number": 0, "open": 30, "void": 0}


@pytest.mark.parametrize(("words", "told"), [
    (("pool", "frozen.json", "expert.json", "--later", "us_kz"), "who won: one of hillary_clinton, trump, found nothing"),
    (("pool", "frozen.json", "expert.json", "--outcome", "trump"), "option --later: expected contacts coded later"),
    (("pool", "frozen.json", "questions.json"), "key forecaster: expected a name that is not that of this program"),
    (("pool", "frozen.json", "expert.json", "expert.json"), "key forecaster: expected a name that is not that of expert.json"),
    (("pool", "questions.json", "expert.json"), "a file of forecast freeze, with the keys sha256 and forecast"),
    (("import", "frozen.json"), "an object with the keys forecaster, as_of, questions and forecasts, found sha256, forecast"),
    (("export", "frozen.json", "--close", "2016-01-01"), "option --close: expected a day after 2016-11-07"),
])
def test_what_does_not_fit_is_one_message(lab, words, told):
    expert(lab)
    assert told in typed("platform", *words, code=2).stderr


def test_with_many_forecasters_the_screen_shows_ours_and_the_pool(lab):
    for place in range(3):
        expert(lab, f"expert {place}", file=f"{place}.json")
    found = typed("platform", "pool", "frozen.json", "0.json", "1.json", "2.json").stdout
    heading = next(line for line in found.splitlines() if line.startswith("question"))
    assert heading.split() == ["question", "forecast", "pool", "answer"]
