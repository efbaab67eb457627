"""One right input of every kind that the program reads."""

import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML

from forecast.contacts.adjudication import to_settle, write_sheet
from forecast.contacts.reliability import compare
from forecast.contacts.spreadsheets.guess import propose
from forecast.contacts.spreadsheets.mapping import written
from forecast.evaluation.frozen import Frozen, write_frozen
from forecast.evaluation.hub import model_output
from forecast.evaluation.platform import text_of
from forecast.evaluation.platform_questions import platform_file
from forecast.outputs import output_directory
from forecast.pipeline import Request
from forecast.pipeline.archive import write_archive
from forecast.pipeline.ledger import add
from forecast.report.backtest_figures import write_page
from forecast.report.backtest_page import FIGURES, dyad_texts
from forecast.report.files import write_table
from forecast.shipped import DATA
from forecast.simulation.scenario import Question
from tests.contacts.exports.tables import excel_dates
from tests.contacts.importing import FILES
from tests.evaluation.frozen.example import frozen, scenario
from tests.fixture.record import RECORD
from tests.golden.run_directory import write_run
from tests.report.made_sweep import write_sweep
from tests.simulation.conftest import question

SCENARIO = """\
name: mine
title: Mine
description: A scenario of a reader.
as_of: 2024-11-04
election: us_2024
outcome: trump
adjustments:
  rate:
    president: 0.1
questions: questions/us_kz_2025_2028.yaml
horizon:
  start: 2025-01
  end: 2028-12
"""
LATER_TERM = """\
name: mine_later
title: Mine, and later
description: A scenario of a reader, of the term after.
as_of: 2024-11-04
election: us_2028
outcome: democrat
adjustments:
  rate:
    president: 0.1
horizon:
  start: 2029-01
  end: 2032-12
"""
ASKED = """\
{dyad: us_kz, questions: [{id: mine, text: Will it happen at all?, background: Nobody knows it., contacts: {rank: [president]},
                           window: [2025-01, 2026-12], at_least: 1, resolution: A row of contacts.csv.}]}
"""
PRIORS = """\
name: mine
title: Mine
extends: default
component:
  frequency:
    term_scale:
      distribution: half_normal
      sigma: 0.2
      reason: One number of a test, changed.
"""
SWEEP = """\
name: mine
title: Mine
description: A sweep of a reader.
scenarios: [trump]
design: grid
paths: 100
vary:
  - path: adjustments.rate.president
    values: [0, 0.1]
    reason: One value of a test, varied.
"""
ANSWER = {"form": "elicitation answer 1", "parameter": "frequency.type_scale", "expert": "Anna", "reason": "Made up for a test.",
          "edges": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "chips": [26, 24, 18, 14, 9, 5, 4]}
CHIPS = """\
expert,low,high,chips,reason
Anna,,1.1,36,Made up for a test.
Anna,1.1,1.2,28,
Anna,1.2,1.3,18,
Anna,1.3,1.5,14,
Anna,1.5,,4,
"""
IMPORTED = {"historian": "visits.xml", "gdelt": "gdelt2.export.CSV", "icews": "icews.tab", "polecat": "polecat.txt",
            "colt": "colt.csv"}


def write_right(folder: Path) -> None:
    """Write one of each kind."""
    for name, text in (("scenario.yaml", SCENARIO), ("priors.yaml", PRIORS), ("sweep.yaml", SWEEP), ("asked.yaml", ASKED),
                       ("later_term.yaml", LATER_TERM),
                       ("answer.json", json.dumps(ANSWER, indent=1)), ("chips.csv", CHIPS)):
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("dyad", "later"):
        shutil.copytree(RECORD, folder / name)
    # in braces: half of it is no YAML, while half of a list is a shorter list that nobody can tell from a whole one
    kinds = YAML(typ="safe").load(DATA / "events.yaml")
    (folder / "dyad" / "events.yaml").write_text(json.dumps(kinds, default=str, indent=1), encoding="utf-8")
    (folder / "elections.yaml").write_text(decided((DATA / "elections.yaml").read_text(encoding="utf-8")), encoding="utf-8")
    contacts = (RECORD / "contacts.csv").read_text(encoding="utf-8")
    (folder / "contacts.csv").write_text(contacts, encoding="utf-8")
    head, row = contacts.splitlines()[:2]
    (folder / "rows.csv").write_text(f"{head}\n{row.replace(row.split(',')[0], row[:10] + '-added')}\n", encoding="utf-8")
    shutil.copy(RECORD / "second_coding.csv", folder / "coding.csv")
    for name in IMPORTED.values():
        shutil.copy(FILES / name, folder / name)
    excel_dates(folder / "table.xlsx")
    codings = compare(folder / "dyad" / "contacts.csv", folder / "dyad" / "second_coding.csv")
    write_sheet(to_settle(codings), folder / "sheet.xlsx", {})
    (folder / "map.yaml").write_text(written(propose(folder / "table.xlsx"), "table.xlsx"), encoding="utf-8")
    write_frozen(_past(), folder / "frozen.json")
    add(folder / "ledger", folder / "frozen.json", date(2016, 11, 9))
    model_output(_past()).to_csv(folder / "hub.csv", index=False)
    expert = platform_file(_past()).model_copy(update={"forecaster": "expert"})
    (folder / "expert.json").write_text(text_of(expert), encoding="utf-8")
    _backtest(folder / "backtest")
    write_sweep(folder / "swept")
    write_run(Request(data=folder / "dyad", paths=400, seed=3), folder / "run")
    write_archive(folder / "run", folder / "archive.zip", data=folder / "dyad")


def decided(elections: str) -> str:
    """The last election before the end of the record with its winner: no contact of that term is in any test."""
    return elections.replace("  - id: us_2028\n", "    winner: trump\n  - id: us_2028\n")


def _past() -> Frozen:
    """A forecast of two months that are over and coded."""
    window, day = ("2017-01", "2017-02"), date(2016, 11, 7)
    asked = Question.model_validate(question("visit", window=window, rank=["president"]))
    return frozen(election="us_2016", frozen_on=day, as_of=day, term_start=date(2017, 1, 20), month=window, questions=(asked,),
                  scenario={"one": scenario({"trump": 1.0})}, baseline={"trump": frozen().baseline["trump"]})


def _backtest(folder: Path) -> None:
    rows = [("contacts by rank and year", "crps", name, loss, "last term", skill, skill - 0.1, skill + 0.1, 0.016, 168, 7)
            for name, loss, skill in (("model", 0.6, 0.2), ("model, placebo", 0.7, 0.05), ("last term", 0.75, 0.0))]
    columns = ["measure", "loss_name", "forecaster", "loss", "baseline", "skill", "low", "high", "p", "cells", "terms"]
    skill = pd.DataFrame(rows, columns=columns)
    calibrated = {f"calibrated_{level}": 0.01 * level for level in (50, 80, 90, 95)}
    told = dyad_texts("The United States and Kazakhstan", skill, pd.DataFrame({"term": ["1997-2001", "2001-2005"]}), {})
    coverage = pd.DataFrame([{"measure": "contacts by rank and year", "forecaster": "model", **calibrated}])
    with output_directory(folder, "backtest") as content:
        write_table(skill, content / "skill.csv")
        for name in FIGURES:
            (content / f"{name}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
        write_page(told, skill, coverage, content, "us_kz")
