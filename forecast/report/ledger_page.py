"""The standing record of a ledger in words, as JSON, and as one HTML page that needs no network and no script."""

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from forecast.evaluation.ledger import ANSWERS, EVERY, IN_TIME, WAITING, Accounts
from forecast.evaluation.scores import LOSS
from forecast.report.words import stacked_tables

READING = (
    "Losses of counts by month and rank; less is better. Skill is one minus the ratio of losses, with terms as clusters: "
    "forecasts of one term are one piece of evidence, and one term has no interval. Forecasts that were added when months of "
    "them were over could have known these; rows 'in time' leave them out. Questions of one forecast are decided by the same "
    "contacts and are no independent trials. Void are questions under an outcome that did not happen.")


def headline(found: Accounts) -> str:
    """How many forecasts were scored, and how many not, in a sentence."""
    all_of, scored = len(found.forecasts), found.scored
    states = found.forecasts["state"].value_counts()
    told = ", ".join(f"{many} {state}" for state, many in sorted(states.items()))
    return f"{scored} of {all_of} {'forecast' if all_of == 1 else 'forecasts'} could be scored ({told})."


def ledger_sentences(found: Accounts) -> Iterator[str]:
    """What is to be said of forecasts one by one, and of questions."""
    for row in found.forecasts.itertuples():
        if row.state == WAITING:
            yield f"No. {row.number} ({row.dyad}, {row.election}) has no score: {row.why}."
        if row.late:
            yield (f"No. {row.number} was added on {row.added_on}, when {row.late} of its {row.months} months were over: its "
                   "scores say how well the method does, and nothing of foresight.")
    for row in found.answers.itertuples():
        counts = ", ".join(f"{getattr(row, name)} {name}" for name in ANSWERS)
        score = "" if isnan(row.brier) else (f"; mean Brier score {row.brier:.3f}, and {row.brier_of_share:.3f} for the share of "
                                             "yes without anything else")
        yield f"Questions given {row.kind}: {counts}{score}."


def everything(found: Accounts, head: str) -> dict[str, Any]:
    """Everything, machine-readable: whether anything was scored, the hash of the index, and all tables."""
    return {"scored": found.scored, "of": len(found.forecasts), "head": head, **vars(found)}


def rows_of(found: Accounts) -> dict[str, list[list[str]]]:
    """Tables of the page and the screen, as text: forecasts, totals by CRPS and log score, calibration."""
    return {
        "forecasts": [[str(one) for one in (row.number, row.dyad, row.election, row.as_of, row.added_on, row.state,
                                            f"{row.over} of {row.months}", f"{row.yes} / {row.no} / {row.open} / {row.void}")]
                      for row in found.forecasts.itertuples()],
        "totals": [[row.kind, row.added, LOSS[row.loss], row.baseline, f"{row.mean:.4f}", f"{row.baseline_mean:.4f}",
                    _skill(row), str(row.terms), str(row.cells)] for row in totals_shown(found.totals).itertuples()],
        "calibration": [[row.kind, f"{100 * row.low:.0f} to {100 * row.high:.0f}", f"{100 * row.mean_probability:.0f}",
                         f"{100 * row.share_yes:.0f}", str(row.questions), str(row.forecasts)]
                        for row in found.calibration.itertuples()]}


def totals_shown(totals: pd.DataFrame) -> pd.DataFrame:
    """Totals without those in time where they are of the same forecasts as all."""
    every, timely = (totals[totals["added"] == one] for one in (EVERY, IN_TIME))
    same = every.drop(columns="added").reset_index(drop=True).equals(timely.drop(columns="added").reset_index(drop=True))
    return every if same else totals


HEADS: Mapping[str, tuple[str, ...]] = {
    "forecasts": ("no.", "dyad", "election", "as of", "added", "state", "months", "yes / no / open / void"),
    "totals": ("given", "added", "loss", "baseline", "mean", "baseline's", "skill, %", "terms", "cells"),
    "calibration": ("given", "said, %", "mean, %", "yes, %", "questions", "forecasts")}
TITLES: Mapping[str, str] = {"forecasts": "Forecasts", "totals": "Beside the baselines frozen with them",
                             "calibration": "Decided questions by how probable they were said to be"}


def _skill(row: Any) -> str:
    if isnan(row.skill):
        return "none"
    return f"{100 * row.skill:+.0f}" + ("" if isnan(row.low) else f" ({100 * row.low:+.0f} to {100 * row.high:+.0f})")


def render(found: Accounts, head: str) -> str:
    """The page."""
    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    rows = rows_of(found)
    tables = [{"title": TITLES[name], "heads": HEADS[name], "rows": rows[name]} for name in TITLES if rows[name]]
    page = environment.get_template("ledger.html.j2").render(
        headline=headline(found), sentences=list(ledger_sentences(found)), head=head, tables=tables, reading=READING)
    return stacked_tables(page.replace(" %", "\N{NO-BREAK SPACE}%"))
