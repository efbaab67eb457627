"""Everything that a backtest writes: tables, figures, and what they mean in a page of text."""

import json
from pathlib import Path

import pandas as pd

from forecast.report.backtest import calibration, skill, terms
from forecast.report.backtest.page import FIGURES, Told, render
from forecast.report.save import save_figure


def write_page(told: Told, table: pd.DataFrame, coverage: pd.DataFrame, folder: Path, dyad: str | None = None) -> None:
    """Write ``backtest.html`` from figures that are drawn already, and its words as ``told.json`` for the report of a run."""
    figures = [path for name in FIGURES if (path := folder / f"{name}.svg").exists()]
    words = json.dumps({"dyad": dyad, **vars(told)}, indent=2, ensure_ascii=False)
    (folder / "told.json").write_text(words + "\n", encoding="utf-8")
    (folder / "backtest.html").write_text(render(told, table, coverage, figures), encoding="utf-8")


def draw_dyad(counts: pd.DataFrame, content: pd.DataFrame, table: pd.DataFrame, folder: Path) -> None:
    """Figures of a dyad's backtest."""
    named = {"model": "told who won", "model, placebo": "told that the other won"}
    span = f"{counts['term'].iloc[0][:4]} to {counts['term'].iloc[-1][-4:]}"
    note = (f"{counts['term'].nunique()} terms, {span}, each forecast on the eve of its election. Bars: 95 % intervals by "
            "Student's t over terms.\nThe model's drift was chosen when these terms were known: read its skill as optimistic.")
    save_figure(skill.draw(table, named, "Skill against the best baseline", note), folder, "skill")
    rank = counts[counts["measure"] == "contacts by rank and year"]
    best = table.query("measure == 'contacts by rank and year' and loss_name == 'crps'")["baseline"].iloc[0]
    events = content[content["measure"] == "questions"]
    origins = f"{counts['term'].nunique()} terms, {span}, each forecast on the eve of its election from refits to what was known."
    asked = table.loc[table["measure"] == "questions", "baseline"]
    figure = calibration.draw(rank, ("model", best), "Contacts by rank and year of past terms", origins,
                              events if len(events) else None, next(iter(asked), ""))
    save_figure(figure, folder, "calibration")
    whole = counts[counts["measure"] == "contacts"]
    of_all = table.query("measure == 'contacts' and loss_name == 'crps'")["baseline"].iloc[0]
    figure = terms.draw(whole, ("model", "model, placebo", of_all), "Every past term, forecast on the eve of its election",
                        "recorded contacts of the term", f"{origins} Placebo: told that the other candidate won.")
    save_figure(figure, folder, "terms")


def draw_registers(scores: pd.DataFrame, table: pd.DataFrame, folder: Path) -> None:
    """Figures of the registers' backtest."""
    reported = table[table["terms_of"] == table["terms_of"].iloc[0]]
    begins = str(reported["terms_of"].iloc[0])[:4]
    part = scores[scores["term"] >= begins]
    named = {"pool": "pool", "hierarchical": "hierarchical model", "autoregression": "autoregression"}
    note = (f"{part['term'].nunique()} terms, {part['country'].nunique()} countries; terms before {begins} served to choose the "
            "forecasters. Bars: 95 % intervals by Student's t over terms.")
    title = "Registers: skill against the best baseline"
    save_figure(skill.draw(reported, named, title, note), folder, "skill")
    best = reported.query("measure == 'all' and loss_name == 'crps'")["baseline"].iloc[0]
    origins = f"{part['term'].nunique()} terms, {part['country'].nunique()} countries; leaders' travel and visits by country."
    figure = calibration.draw(part, ("pool", best), "Registers of all countries, totals of terms", origins)
    save_figure(figure, folder, "calibration")
