"""States, void questions and cumulative scores of a ledger, by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.evaluation.freezing import score_frozen
from forecast.evaluation.ledger import Standing, ledger_accounts
from forecast.evaluation.skill import skill
from forecast.panel.elections import load_administrations, load_elections
from forecast.panel.winners import elected
from tests.evaluation.frozen.example import contacts, frozen

UNTIL = {"closed": date(2025, 2, 28), "scored so far": date(2025, 1, 31)}
"""Made-up contacts of the example, whose months these are."""


def standing(number=1, until=date(2025, 2, 28), outcome="trump", added=date(2024, 11, 5), told=None, rows=None):
    forecast = told or frozen()
    scored = score_frozen(forecast, contacts() if rows is None else rows, until, outcome)
    return Standing(number=number, sha256="0" * 64, frozen=forecast, added_on=added, outcome=outcome, coded_until=until,
                    scored=scored)


def waiting(number=2):
    return Standing(number=number, sha256="1" * 64, frozen=frozen(), added_on=date(2024, 11, 5),
                    why="no record of us_kz was given")


@pytest.mark.parametrize("state", UNTIL)
def test_a_forecast_is_closed_once_months_are_over_and_questions_decided(state):
    rows = contacts() if state == "closed" else contacts().iloc[:1]  # of the day before inauguration: no visit yet
    assert ledger_accounts([standing(until=UNTIL[state], rows=rows)]).forecasts["state"].tolist() == [state]


def test_a_question_that_is_open_keeps_a_forecast_open_though_its_months_are_over():
    one = standing()
    one.scored.questions["answer"] = "open"
    assert one.state == "scored so far"


def test_questions_under_what_did_not_happen_are_void_and_counted_apart():
    found = ledger_accounts([standing(), waiting()])
    assert found.questions.set_index(["number", "scenario"])["answer"].to_dict() == {
        (1, "one"): "yes", (1, "other"): "void", (1, "open"): "yes",
        (2, "one"): "open", (2, "other"): "open", (2, "open"): "open"}  # fmt: skip
    assert found.forecasts.loc[0, ["yes", "no", "open", "void"]].tolist() == [2, 0, 0, 1]
    assert found.questions.query("answer == 'void'")["brier"].isna().all()
    told = found.answers.set_index("kind")
    assert told.loc["winner", ["forecasts", "yes", "no", "open", "void"]].tolist() == [2, 1, 0, 2, 1]
    assert told.loc["winner", "brier"] == pytest.approx(0.75**2)
    assert found.calibration[["kind", "low", "questions", "share_yes"]].to_numpy().tolist() == [
        ["open election", 0.2, 1, 1.0], ["winner", 0.2, 1, 1.0]]


def test_a_ledger_without_scores_has_none():
    found = ledger_accounts([waiting()])
    assert found.scored == 0
    assert found.forecasts.loc[0, ["state", "why", "over"]].tolist() == ["open", "no record of us_kz was given", 0]
    assert all(table.empty for table in (found.scores, found.totals, found.calibration))


def test_totals_are_over_all_cells_with_terms_as_clusters():
    later = frozen(election="us_2028")
    found = ledger_accounts([standing(1), standing(2, told=later, rows=contacts().iloc[:3]), waiting(3)])
    row = found.totals.query("added == 'all' and kind == 'winner' and loss == 'crps'").iloc[0]
    months = pd.concat([standing(1).scored.months.assign(term=1),
                        standing(2, rows=contacts().iloc[:3]).scored.months.assign(term=2)])
    by = {name: part[part["rank"] != "all"].reset_index(drop=True) for name, part in months.groupby("forecaster")}
    wanted = skill(by["one"]["crps"], by["steady"]["crps"], by["one"]["term"])
    assert (row["skill"], row["low"], row["p"]) == pytest.approx((wanted.skill, wanted.low, wanted.p))
    assert row[["baseline", "forecasts", "terms", "cells"]].tolist() == ["steady", 2, 2, 8]
    assert row["mean"] == pytest.approx(by["one"]["crps"].mean())


def test_two_forecasts_of_one_term_are_one_piece_of_evidence():
    found = ledger_accounts([standing(1), standing(2)])
    row = found.totals.query("added == 'all' and kind == 'winner' and loss == 'crps'").iloc[0]
    assert (row["forecasts"], row["terms"]) == (2, 1)
    assert np.isnan(row["low"])


def test_what_was_added_when_months_were_over_is_late_and_left_out_of_what_is_in_time():
    found = ledger_accounts([standing(1), standing(2, added=date(2025, 2, 1))])
    assert found.forecasts["late"].tolist() == [0, 1]
    cells = found.totals.query("kind == 'winner' and loss == 'crps'").set_index("added")["cells"]
    assert cells.to_dict() == {"all": 8, "in time": 4}


def test_who_won_is_who_governed_where_the_table_of_terms_reaches_so_far():
    known = {one.id: elected(one, load_administrations()) for one in load_elections()}
    assert known["us_2020"] == "biden"
    assert known["us_2016"] == "trump"
    assert known["us_2024"] is None
