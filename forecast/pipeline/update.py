"""A term that runs: all that depends on what is over of it is estimated again, and the rest is forecast anew; past terms too."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast import shipped
from forecast.components.registry import COMPONENT
from forecast.console import Progress
from forecast.evaluation.backtest_origin import (
    EVE,
    LAST,
    MONTHS,
    UPDATE,
    day_within,
    rest_of,
    within_scores,
    within_tables,
)
from forecast.evaluation.freezing import score_frozen
from forecast.evaluation.quantity import OF_PAGES
from forecast.evaluation.update import Update, changed, monthly, question_states, scores_so_far
from forecast.outputs import output_directory
from forecast.pipeline.backtest import FIRST, past_terms
from forecast.pipeline.futures import TABLES, Saving, futures
from forecast.pipeline.request import Request, weights_with_base
from forecast.pipeline.run import Run, compute, passed, write
from forecast.pipeline.running_term import TermSoFar, UpdateRequest, read_term
from forecast.pipeline.scenario import answer
from forecast.posterior.fit import Job, fit_missing, plan, posteriors
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.simulation.expected import intensity
from forecast.simulation.prepare import parameters_of


def fits(term: TermSoFar, request: Request, progress: Progress) -> tuple[dict[str, Posterior], dict[str, Posterior]]:
    """Posteriors of the eve and of now; those of now have the scores of past terms that those of the eve have.

    Raises
    ------
    GateError
        Where one failed a gate and the request does not ask to go on.
    """
    settings = SamplerSettings(seed=request.seed)
    names = [name for name in COMPONENT if name not in term.without]
    eve = plan(term.eve.panel, term.eve.priors, settings, draws=request.draws, names=names)
    now = plan(term.now.panel, term.now.priors, replace(settings, past_terms=False), draws=request.draws,
               names=[job.name for job in eve], elsewhere=term.now.elsewhere)
    fit_missing((*eve, *now), lambda name, done, total: progress(f"fit {name}", done, total))
    found = [posteriors(_same(eve, now)), posteriors(now)]
    then, anew = (passed(one, request) for one in found)
    return then, {name: _scored(one, then[name]) for name, one in anew.items()}


def _same(eve: Sequence[Job], now: Sequence[Job]) -> list[Job]:
    """Jobs of the eve for which there is one now: a formulation may need what the record has not."""
    names = {job.name for job in now}
    return [job for job in eve if job.name in names]


def _scored(now: Posterior, eve: Posterior) -> Posterior:
    """A posterior with the scores of past terms of another as-of date: weights of the pool are those of the eve."""
    if "term_score" not in eve.chains:
        return now
    terms, score = len(now.coord["term"]), eve.chains["term_score"].to_numpy()
    found = np.full(terms, np.nan)
    found[:len(score)] = score
    return replace(now, chains=now.chains.assign(term_score=("term", found)))


def update(term: TermSoFar, request: Request, progress: Progress, keep: Any = lambda *_: None,
           helper: Executor | None = None) -> tuple[Run, Update]:
    """Go from checked inputs to tables, without writing anything."""
    name, weights = term.scenario.name, weights_with_base(term.now.panel)  # may refuse the record: before anything long
    then, anew = fits(term, request, progress)
    eve = futures(term.eve, pooled(then, term.eve.panel.dyad[0]), weights, request,
                  lambda stage, *rest: progress(f"{stage}, eve", *rest), lambda *_: None)
    progress("tables, eve", TABLES, TABLES)
    run = compute(term.now, request, progress, keep, helper, anew)
    if term.without:
        run = _without_media(run)
    first, second = eve.trajectories[name], run.trajectories[name]
    chances = [_chances(table, name) for table in (answer(term.eve, eve.answered).answer, run.answers.answer)]
    return run, Update(changes=changed(first, second, term.running, request.seed), months=monthly(first, second, term.running),
                       questions=question_states(term.scenario, term.answered, *chances), scores=_scores(term))


def _scores(term: TermSoFar) -> pd.DataFrame:
    if term.frozen is None:
        return pd.DataFrame()
    panel, outcome = term.now.panel, next(iter(term.scenario.chances))
    return scores_so_far(score_frozen(term.frozen, panel.contact, panel.as_of, outcome))


def _without_media(run: Run) -> Run:
    """Tables without pages and tones, where nobody looked for pages of later contacts: they would count as contacts without."""
    return replace(run, futures=replace(run.futures, tables=run.tables.without(OF_PAGES)))


def _chances(table: pd.DataFrame, scenario: str) -> Mapping[str, tuple[float, float]]:
    return {row.id: (row.probability, row.mcse) for row in table.itertuples() if row.scenario == scenario}


def update_to(directory: Path, term: TermSoFar, request: Request, asked: UpdateRequest, progress: Progress,
              helper: Executor | None = None) -> tuple[Run, Update]:
    """Compute everything and write a run directory with what has changed, whole or not at all."""
    read = [*term.now.files.values(), request.data, asked.later]
    with output_directory(directory, "run", read) as folder:
        with Saving(folder, term.now.scenarios) as saving:
            run, found = update(term, request, progress, saving.keep, helper)
        run = replace(run, update=found)
        write(run, request, folder, progress, helper)
    return run, found


# Past terms, forecast again from refits as of days within them.

@dataclass(frozen=True, kw_only=True)
class WithinBacktest:
    """Scores of the rest of past terms, forecast on the eve and as of days within them.

    Parameters
    ----------
    scores : DataFrame
        One row per cell and forecaster.
    skill, coverage : DataFrame
        Of the update against the eve, and of both, by measure and months.
    gates : dict of str to str
        Fits that failed a gate, by term, day and component.
    """

    scores: pd.DataFrame
    skill: pd.DataFrame
    coverage: pd.DataFrame
    gates: dict[str, str]


def backtest_within(request: Request, progress: Progress, *, first: int = FIRST, last: int = LAST) -> WithinBacktest:
    """Forecast the rest of every term again; each fit is kept as soon as it is done.

    Raises
    ------
    ForecastError, InputError
        As :func:`forecast.pipeline.backtest.past_terms`.
    """
    chosen, whole = past_terms(request.data or shipped.DYAD, first, last)
    scores: list[pd.DataFrame] = []
    gates: dict[str, str] = {}
    days = [(origin, months) for origin in chosen for months in MONTHS]
    for number, (origin, months) in enumerate(days, 1):
        day = day_within(origin, months)
        term = read_term(replace(request, ignore_gates=True), UpdateRequest(as_of=day))
        then, now = fits(term, replace(request, ignore_gates=True), progress)
        gates |= {f"{origin.label}, {day}, {name}": ", ".join(one.gates.failures) for name, one in now.items()
                  if one.gates.failures}
        expected = _rest(term, then, now, request)
        scores.append(within_scores(origin, months, expected, rest_of(origin, whole, day)))
        progress("forecast the rest of past terms", number, len(days))
    table = pd.concat(scores, ignore_index=True)
    return WithinBacktest(scores=table, gates=gates, **dict(zip(("skill", "coverage"), within_tables(table), strict=True)))


def _rest(term: TermSoFar, then: Mapping[str, Posterior], now: Mapping[str, Posterior],
          request: Request) -> dict[str, np.ndarray]:
    """What contacts of the rest of the term are Poisson around, by forecaster, (path, rank)."""
    scenario, election, dyad = term.scenario.model_copy(update={"questions": ()}), term.election, term.now.panel.dyad[0]
    common: dict[str, Any] = {"paths": request.paths, "seed": request.seed, "term_start": election.term_start}
    given = {name: parameters_of(pooled(found, dyad), scenario.chances, part.elections[scenario.name], request.seed)
             for name, found, part in ((EVE, then, term.eve), (UPDATE, now, term.now))}
    after = slice(int(term.running.month[-1]) + 1, None)
    return {EVE: intensity(given[EVE], scenario, of=after, **common).sum(axis=2),
            UPDATE: intensity(given[UPDATE], scenario, running=term.running, **common).sum(axis=2)}
