"""A dyad's past terms, forecast again from refits as of the eve of each election."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from forecast.contacts.folder import load_dyad
from forecast.errors import Fault, InputError
from forecast.evaluation.backtest.contacts import MODEL, PLACEBO, count_scores, term_of
from forecast.evaluation.backtest.content import content_scores
from forecast.evaluation.backtest.origin import LAST, Origin, origins
from forecast.evaluation.backtest.simulated import moved, simulated
from forecast.evaluation.backtest.table import coverage_table, skill_table
from forecast.evaluation.baselines.all import BASELINE
from forecast.evaluation.baselines.questions import QUESTION_BASELINES
from forecast.evaluation.questions.record import past_windows
from forecast.panel import Panel, load_panel, shipped
from forecast.panel.administrations import load_administrations
from forecast.panel.elections import load_elections
from forecast.pipeline.chain import Progress
from forecast.pipeline.request import Inputs, Request
from forecast.posterior.fit import fit_missing, plan, posteriors
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.simulation.language import Question

FIRST = 1996
"""Year of the first election: of the terms before it the record holds one whole one."""
CONTENT_BASELINES = {
    "agenda": ("all history", "last four years", "same party", "smoothed"),
    "outcome": ("all history", "last four years", "same party", "smoothed"),
    "questions": QUESTION_BASELINES, "ranks together": tuple(BASELINE),
}
CONTENT_LOSS = {"agenda": "brier", "outcome": "ranked_probability", "questions": "brier", "ranks together": "energy"}


@dataclass(frozen=True, kw_only=True)
class DyadBacktest:
    """Scores of all terms.

    Parameters
    ----------
    counts, content : DataFrame
        One row per cell and forecaster.
    skill, coverage : DataFrame
        From :mod:`forecast.evaluation.backtest.table`.
    gates : dict of str to str
        Fits that failed a gate, by term and component.
    """

    counts: pd.DataFrame
    content: pd.DataFrame
    skill: pd.DataFrame
    coverage: pd.DataFrame
    gates: dict[str, str]


def check_dyad(inputs: Inputs, name: str | None) -> None:
    """Refuse a dyad that is not that of the data (raises InputError)."""
    known = inputs.panel.dyad[0]
    if name is not None and name != known:
        raise InputError([Fault(source="backtest", where="option --dyad", expected=known, found=name,
                                remedy="Give the dyad of the data, or its folder with --data.")])


def backtest_dyad(inputs: Inputs, request: Request, progress: Progress, *, first: int = FIRST, last: int = LAST) -> DyadBacktest:
    """Refit, forecast and score every term from an election on; each fit is kept as soon as it is done.

    Raises
    ------
    ForecastError
        Where no such term is over.
    """
    folder = request.data or shipped.DYAD
    until = load_dyad(folder).coded_until
    whole = load_panel(folder, as_of=until)
    chosen = origins(load_elections(), load_administrations(), until, first=first, last=last)
    past = {one.label: load_panel(folder, as_of=one.as_of) for one in chosen}
    found = _fits(past, inputs, request, progress)
    failed = {f"{label}, {name}": ", ".join(one.gates.failures) for label, fits in found.items() for name, one in fits.items()
              if one.gates.failures}
    questions = list({one.id: one for scenario in inputs.scenarios.values() for one in scenario.questions}.values())
    begins = next(iter(inputs.elections.values())).term_start.year
    counts, content = [], []
    for number, origin in enumerate(chosen, 1):
        parts = _scores(origin, past[origin.label], whole, pooled(found[origin.label]), questions, begins, request)
        counts.append(parts[0])
        content.append(parts[1])
        progress("forecast past terms", number, len(chosen))
    counts, content = (pd.concat(tables, ignore_index=True) for tables in (counts, content))
    return DyadBacktest(counts=counts, content=content, skill=_skill(counts, content), gates=failed,
                        coverage=coverage_table(counts, ("measure", "forecaster")))


def _fits(past: dict[str, Panel], inputs: Inputs, request: Request, progress: Progress) -> dict[str, dict[str, Posterior]]:
    settings = SamplerSettings(seed=request.seed)
    jobs = {label: plan(panel, inputs.priors, settings, draws=request.draws) for label, panel in past.items()}
    every = [job for one in jobs.values() for job in one]
    fit_missing(every, lambda name, done, total: progress(f"fit {name}", done, total))
    return {label: posteriors(one) for label, one in jobs.items()}


def _scores(origin: Origin, past: Panel, whole: Panel, posterior: dict[str, Posterior], questions: Sequence[Question],
            begins: int, request: Request) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of one term; questions are moved to it, and answered by the record."""
    start = origin.election.term_start
    asked = [moved(one, start.year - begins) for one in questions]
    model = {name: simulated(origin, outcome, past.dyad[0], posterior, asked, paths=request.paths, seed=request.seed)
             for name, outcome in ((MODEL, origin.happened), (PLACEBO, origin.other))}
    term = term_of(origin, past, whole)
    answers = past_windows(asked, whole, start)
    answers = answers[answers["first"].map(lambda day: start <= day < origin.election.term_end).astype(bool)]
    before = past_windows(asked, past, start)
    return count_scores(term, model), content_scores(term, model, asked, before, answers, request.seed)


def _skill(counts: pd.DataFrame, content: pd.DataFrame) -> pd.DataFrame:
    tables = []
    for measure, part in counts.groupby("measure", sort=False):
        key = ["term", "unit", "year_of_term"] if part["year_of_term"].notna().all() else ["term", "unit"]
        losses = ("crps",) if measure.startswith("pages") else ("crps", "log_score")
        tables += [skill_table(part, loss, tuple(BASELINE), measure=measure, key=key) for loss in losses]
    for measure, part in content.groupby("measure", sort=False):
        table = skill_table(part, "loss", CONTENT_BASELINES[measure], measure=measure, key=["term", "unit", "case"])
        tables.append(table.assign(loss_name=CONTENT_LOSS[measure]))
    return pd.concat(tables, ignore_index=True)

