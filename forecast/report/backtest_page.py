"""How forecasts fared, as HTML files that need no network, no script and no second file: a backtest, and a ledger."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from math import isnan
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from forecast.errors import Fault, InputError, first_of
from forecast.evaluation.ledger import ANSWERS, EVERY, IN_TIME, WAITING, Accounts
from forecast.evaluation.scores import LOSS
from forecast.evaluation.skill import SURE, holm, told_from_zero
from forecast.evaluation.skill import skill as skill_of
from forecast.files import MEGABYTE, check_ordinary, read_text
from forecast.outputs import read_manifest
from forecast.report.words import CHANNEL, stacked_tables, whole_picture
from forecast.shipped import CASE
from forecast.yaml_reader import faults_of, of_key

REGION = CASE.registers["region_name"]
"""The region whose forecasts are scored apart."""
READING = {
    "skill": "A point right of zero says that the forecaster lost less than the best baseline; where the bar, a 95 % interval "
             "from the spread between terms, crosses zero, the terms at hand cannot tell the two apart. The placebo was told "
             "that the other candidate won: where it does as well as the model, who won did not help to forecast.",
    "calibration": "Even bars: what happened is spread over the forecast as it should be. Bars that rise to the right: more "
                   "happened than was forecast; high ends: intervals were too narrow. Coverage below the line is too low. In the "
                   "last panel, where there is one, points on the line are probabilities that came true as often as they said.",
    "terms": "A black bar inside a coloured line is a term that its 80 % interval held.",
}
FIGURES = ("skill", "terms", "calibration")
HEADING = {"skill": "Skill", "calibration": "Calibration", "terms": "Forecast and what happened"}


@dataclass(frozen=True, kw_only=True)
class PageTexts:
    """What a page says in words: title, what it is about, the verdict, and what must be known before it is cited."""

    title: str
    about: str
    headline: str
    caveats: Sequence[str]


def render(told: PageTexts, skill: pd.DataFrame, coverage: pd.DataFrame, figures: Sequence[Path]) -> str:
    """HTML with the figures (SVG) inside."""
    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    first = next(name for name in ("measure", "terms_of") if name in coverage)
    cover = [[row[first], row["forecaster"], *(f"{100 * row[f'calibrated_{level}']:.0f}" for level in (50, 80, 90, 95))]
             for _, row in coverage.iterrows()]
    page = environment.get_template("backtest.html.j2").render(
        **vars(told), groups=list(_groups(skill)), coverage=cover, figures=[figure_of(path) for path in figures])
    return stacked_tables(page.replace(" %", "\N{NO-BREAK SPACE}%"))


def _groups(skill: pd.DataFrame) -> Iterator[list[dict[str, str]]]:
    keys = [name for name in ("terms_of", "measure", "loss_name") if name in skill]
    for _, part in skill.groupby(keys, sort=False):
        yield [_row(row) for row in part.to_dict("records")]


def _row(row: dict[str, Any]) -> dict[str, str]:
    best = row["forecaster"] == row["baseline"]
    verdict = ("won" if row["skill"] > 0 else "lost") if told_from_zero(row) else ""
    measure = CHANNEL.get(row["measure"], row["measure"])
    return {"measure": ", ".join([measure, *([row["terms_of"]] if "terms_of" in row else [])]),
            "loss": LOSS[row["loss_name"]], "forecaster": str(row["forecaster"]), "mean": f"{row['loss']:.4f}",
            "skill": "best baseline" if best else f"{100 * row['skill']:+.1f}", "verdict": "" if best else verdict,
            "interval": "" if best else skill_interval_text(row["low"], row["high"]), "p": "" if best else f"{row['p']:.3f}",
            "cells": f"{row['cells']:,}"}


def skill_interval_text(low: float | None, high: float | None) -> str:
    """An interval of skill in per cent; one term has none."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return "one term: none"
    return f"{100 * low:+.1f} to {100 * high:+.1f}"


def figure_of(path: Path) -> dict[str, str]:
    """A figure (SVG) with its heading, how to read it, and words for those who cannot see it."""
    return {"heading": HEADING[path.stem], "reading": READING[path.stem], **whole_picture(path),
            "alt": f"{HEADING[path.stem]}: the numbers stand in the tables below and in the CSV files beside this page."}


# What a backtest found, in sentences made from its numbers.

BEST = ("The best baseline was chosen on the same terms: that makes it harder to be better than it, so that such a p is on the "
        "safe side, and easier to be worse, so that a p of being worse is too small.")


def dyad_texts(states: str, skill: pd.DataFrame, counts: pd.DataFrame, gates: Mapping[str, str]) -> PageTexts:
    """Sentences about past terms of two states (their names in words); `gates` are fits that failed one, by term."""
    terms = counts["term"].unique()
    row = _found_row(skill, "contacts by rank and year", "model")
    placebo = _found_row(skill, "contacts by rank and year", "model, placebo")
    span = f"{terms[0][:4]} to {terms[-1][-4:]}"
    pages = "pages by side" in set(skill["measure"])
    known = ", their priors, and that half of the number of pages is smoothing" if pages else " and their priors"
    return PageTexts(
        title=f"Would past forecasts have been any good? {states}",
        about=f"{len(terms)} terms, {span}, each forecast from what was known on the eve of its election.",
        headline=f"Of contacts by rank and year the model {_verdict(row)} the best baseline ({row['baseline']}): {_skill(row)}.",
        caveats=(
            _of_placebo(counts, placebo),
            f"The drift, the occasions{known} were chosen when these terms were known: read all skill of the model "
            "as optimistic. Only contacts that come later are a clean test.",
            f"{len(terms)} terms are few, and one of them can decide a sign: intervals are Student's t over terms.",
            _how_many(skill, "model"),
            "Contacts are those on record: a forecaster who sees the record grow is right about the record, and not thereby "
            "about the relation.", *_of_gates(gates)))


def _of_placebo(counts: pd.DataFrame, placebo: pd.Series) -> str:
    """The model told of the outcome that did not happen, and whether the true one did better, term by term on the same cells."""
    told = f"Told that the other candidate had won, the model has a skill of {_skill(placebo)}."
    why = "Types of administrations and persons are in the model because the question is about them."
    if not {"measure", "forecaster", "crps"} <= set(counts):
        return f"{told} {why}"
    part = counts[counts["measure"] == placebo["measure"]]
    key = ["term", *(name for name in ("unit", "year_of_term") if name in part)]
    loss = part[part["forecaster"].isin([MODEL, PLACEBO])].pivot(index=key, columns="forecaster", values="crps")
    found = skill_of(loss[MODEL], loss[PLACEBO], loss.index.to_frame()["term"])
    against = f"the true outcome against the other one {_skill(pd.Series(vars(found)))}"
    if not told_from_zero(pd.Series(vars(found))):
        return f"{told} Types of administrations and persons have not helped to forecast beyond chance ({against}). {why}"
    return f"{told} Who won {'helped to forecast' if found.skill > 0 else 'made forecasts worse'} ({against})."


def of_registers(skill: pd.DataFrame, scores: pd.DataFrame, gates: Mapping[str, str]) -> PageTexts:
    """Sentences about the registers of all countries; `gates` are fits that failed one, by term."""
    label = skill["terms_of"].iloc[0]
    reported = skill[skill["terms_of"] == label]
    among = reported[reported["measure"] != REGION]
    row, region = (_found_row(reported, name, "pool") for name in ("all", REGION))
    placebo, countries = _found_row(reported, "all",
                                    "pool, placebo"), scores.loc[scores["term"] >= label[:4], "country"].nunique()
    return PageTexts(
        title="Would past forecasts have been any good? Travel and visits of all countries",
        about=(f"Entries of the registers by term, country and channel; {countries} countries, terms of {label}, each forecast "
               "from what was known on the eve of its election."),
        headline=f"The pool {_verdict(row)} the best baseline ({row['baseline']}): {_skill(row)}.",
        caveats=(f"{REGION}: the pool {_verdict(region)} the region's best baseline ({region['baseline']}): "
                 f"{_skill(region)}.",
                 f"Told that the other candidate had won, the pool has a skill of {_skill(placebo)}.",
                 _how_many(among, "pool"),
                 "The autoregression and the members of the pool were chosen on earlier terms; both sets of terms were seen "
                 "while it was written.",
                 f"Before the election of {CASE.backtest['fitted_from']}, and where a fit has an R-hat above 1.05, "
                 "the autoregression stands in for the hierarchical model.", *_of_gates(gates)))


def _of_gates(gates: Mapping[str, str]) -> list[str]:
    told = "; ".join(f"{where} ({what})" for where, what in gates.items())
    return [f"Fits that failed a gate of convergence: {told}."] if gates else []


def _found_row(skill: pd.DataFrame, measure: str, forecaster: str) -> pd.Series:
    chosen = skill[(skill["measure"] == measure) & (skill["forecaster"] == forecaster) & (skill["loss_name"] == "crps")]
    return chosen.iloc[0]


def _skill(row: pd.Series) -> str:
    return f"{100 * row['skill']:+.1f} % of CRPS ({skill_interval_text(row['low'], row['high'])}; sign-flip p {row['p']:.3f})"


def _verdict(row: pd.Series) -> str:
    if not told_from_zero(row):
        return "cannot be told from"
    return "beats" if row["skill"] > 0 else "loses to"


def _how_many(skill: pd.DataFrame, forecaster: str) -> str:
    """How many comparisons with the best baseline are beyond zero, before and after their number is accounted for."""
    own = skill[skill["forecaster"] == forecaster]
    told: pd.Series = told_from_zero(own)
    found = [f"{way} {', '.join(f'{row.measure} ({LOSS[row.loss_name]})' for row in part.itertuples())}"
             for way, part in (("better in", own[told & (own["skill"] > 0)]), ("worse in", own[told & (own["skill"] < 0)]))
             if len(part)]
    corrected = int((told & (holm(own["p"].to_numpy()) <= SURE)).sum())
    of = f"Of {len(own)} comparisons of the {forecaster} with the best baseline (measures and losses), "
    beginning = f"{told.sum()} {'is' if told.sum() == 1 else 'are'} beyond zero by interval and by sign-flip p"
    least = min(1.0, 2.0 ** (1 - int(own["terms"].min())))
    able = "" if least * len(own) <= SURE else f", too large for any of {len(own)} to pass that correction"
    return (f"{of}{beginning}{': ' if found else ''}{'; '.join(found)}. One in twenty would be by chance; corrected for their "
            f"number (Holm), {corrected or 'none'} {'is' if corrected == 1 else 'are'}. The least p that so many terms allow is "
            f"{least:.3f}{able}. {BEST}")


# A backtest as a section of a run's report, read from the folder that ``forecast backtest --dyad`` wrote.

TOLD, SKILL = "told.json", "skill.csv"
MODEL, PLACEBO = "model", "model, placebo"
LARGEST, LARGEST_FIGURE = MEGABYTE, 32 * MEGABYTE
"""Bytes of words or of a table, and of a figure."""
Words = Annotated[str, Field(min_length=1, max_length=5000)]


Among = Annotated[float | None, BeforeValidator(lambda value: None if value == "" else value)]
"""An end of an interval; empty where there was one term."""


class _Told(BaseModel):
    """What ``told.json`` says."""

    model_config = ConfigDict(strict=True, extra="forbid")

    dyad: str | None
    title: Words
    about: Words
    headline: Words
    caveats: tuple[Words, ...] = Field(max_length=100)


class _Skill(BaseModel):
    """A row of ``skill.csv``, as far as it is shown."""

    model_config = ConfigDict(allow_inf_nan=False)

    measure: Words
    loss_name: Words
    forecaster: Words
    baseline: Words
    skill: float
    low: Among
    high: Among
    p: float


@dataclass(frozen=True, kw_only=True)
class Section:
    """Words, figures, and one row of skill per measure: measure, loss, baseline, skill of the model and of the placebo."""

    told: PageTexts
    figures: tuple[dict[str, str], ...]
    rows: tuple[tuple[str, ...], ...]


def files_of(folder: Path, dyad: str) -> dict[str, Path]:
    """Files that a section is made of, by a name that says nothing of the machine; all of them are read and checked.

    Raises
    ------
    InputError
        Where the folder is no backtest as the program wrote it, or not one of this dyad.
    """
    told, _ = _read(folder)
    if told.dyad != dyad:
        raise InputError([_fault(folder / TOLD, f"a backtest of {dyad}", str(told.dyad))])
    return {f"backtest {path.name}": path for path in _paths(folder)}


def load_section(folder: Path) -> Section:
    """Read a section (raises InputError as :func:`files_of` does)."""
    told, rows = _read(folder)
    return Section(told=PageTexts(**told.model_dump(exclude={"dyad"})), rows=rows,
                   figures=tuple(figure_of(folder / f"{name}.svg") for name in FIGURES))


def _paths(folder: Path) -> list[Path]:
    return [folder / name for name in (TOLD, SKILL, *(f"{name}.svg" for name in FIGURES))]


def _read(folder: Path) -> tuple[_Told, tuple[tuple[str, ...], ...]]:
    """Words and rows, after every file was found as it was written."""
    known = read_manifest(folder, "backtest")["files"]
    if missing := [_fault(path, "a file of the backtest", "none in its manifest") for path in _paths(folder)
                   if path.name not in known]:
        raise InputError(missing)
    check_ordinary(_paths(folder)[2:], LARGEST_FIGURE)
    try:
        told = _Told.model_validate_json(read_text(folder / TOLD, LARGEST))
    except ValidationError as error:
        raise InputError(first_of(faults_of(error, folder / TOLD, REMEDY, _option))) from None
    return told, tuple(_rows(folder / SKILL))


def _rows(path: Path) -> Iterator[tuple[str, ...]]:
    """Measure, loss, baseline, and skill of the model and of the placebo, in the order of the table."""
    columns = list(_Skill.model_fields)
    try:
        table = pd.read_csv(StringIO(read_text(path, LARGEST)), dtype=str, keep_default_na=False)
        rows = [_Skill.model_validate(row) for row in table[columns].to_dict("records")]
    except ValidationError as error:
        raise InputError(first_of(faults_of(error, path, REMEDY, _option))) from None
    except (ValueError, KeyError) as error:  # a parser error is a ValueError
        raise InputError([_fault(path, f"a table with the columns {', '.join(columns)}", str(error)[:100])]) from None
    for measure, loss in dict.fromkeys((row.measure, row.loss_name) for row in rows):
        part = {row.forecaster: row for row in rows if (row.measure, row.loss_name) == (measure, loss)}
        if loss not in LOSS or not {MODEL, PLACEBO} <= set(part):
            raise InputError([_fault(path, f"losses {', '.join(LOSS)}, each of '{MODEL}' and '{PLACEBO}'",
                                     f"{loss} of {', '.join(part)} ({measure})")])
        yield measure, LOSS[loss], next(iter(part.values())).baseline, *(_skill_section(part[name]) for name in (MODEL, PLACEBO))


def _skill_section(row: _Skill) -> str:
    return f"{100 * row.skill:+.1f} ({skill_interval_text(row.low, row.high)}), p {row.p:.3f}"


REMEDY = f"Give the folder that forecast backtest --dyad wrote, for example backtest/{CASE.dyad}."
OPTION = "option --backtest"


def _option(key: str) -> str:
    return f"{OPTION}, {of_key(key)}" if key else OPTION


def _fault(path: Path, expected: str, found: str) -> Fault:
    return Fault(source=str(path), where=OPTION, expected=expected, found=found, remedy=REMEDY)


# The standing record of a ledger in words, as JSON, and as a page that needs no network and no script.

LEDGER_READING = (
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
                    _skill_of_ledger(row), str(row.terms), str(row.cells)] for row in totals_shown(found.totals).itertuples()],
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


def _skill_of_ledger(row: Any) -> str:
    if isnan(row.skill):
        return "none"
    return f"{100 * row.skill:+.0f}" + ("" if isnan(row.low) else f" ({100 * row.low:+.0f} to {100 * row.high:+.0f})")


def render_ledger(found: Accounts, head: str) -> str:
    """The page."""
    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    rows = rows_of(found)
    tables = [{"title": TITLES[name], "heads": HEADS[name], "rows": rows[name]} for name in TITLES if rows[name]]
    page = environment.get_template("ledger.html.j2").render(
        headline=headline(found), sentences=list(ledger_sentences(found)), head=head, tables=tables, reading=LEDGER_READING)
    return stacked_tables(page.replace(" %", "\N{NO-BREAK SPACE}%"))
