"""A dyad's past terms, forecast again from refits as of days within them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from forecast import shipped
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
from forecast.pipeline.backtest import FIRST, past_terms
from forecast.pipeline.futures import Progress
from forecast.pipeline.request import Request
from forecast.pipeline.running_term import Asked, Term, read_term
from forecast.pipeline.update import fits
from forecast.posterior.fit import seen_from
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.simulation.expected import intensity
from forecast.simulation.prepare import parameters_of


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
    ForecastError
        Where no such term is over.
    """
    chosen, whole = past_terms(request.data or shipped.DYAD, first, last)
    scores: list[pd.DataFrame] = []
    gates: dict[str, str] = {}
    days = [(origin, months) for origin in chosen for months in MONTHS]
    for number, (origin, months) in enumerate(days, 1):
        day = day_within(origin, months)
        term = read_term(replace(request, ignore_gates=True), Asked(as_of=day))
        then, now = fits(term, replace(request, ignore_gates=True), progress)
        gates |= {f"{origin.label}, {day}, {name}": ", ".join(one.gates.failures) for name, one in now.items()
                  if one.gates.failures}
        expected = _rest(term, then, now, request)
        scores.append(within_scores(origin, months, expected, rest_of(origin, whole, day)))
        progress("forecast the rest of past terms", number, len(days))
    table = pd.concat(scores, ignore_index=True)
    return WithinBacktest(scores=table, gates=gates, **dict(zip(("skill", "coverage"), within_tables(table), strict=True)))


def _rest(term: Term, then: Mapping[str, Posterior], now: Mapping[str, Posterior], request: Request) -> dict[str, np.ndarray]:
    """What contacts of the rest of the term are Poisson around, by forecaster, (path, rank)."""
    scenario, election, dyad = term.scenario.model_copy(update={"questions": ()}), term.election, term.now.panel.dyad[0]
    common: dict[str, Any] = {"paths": request.paths, "seed": request.seed, "term_start": election.term_start}
    given = {name: parameters_of(pooled(seen_from(found, dyad)), scenario.chances, election.seen(ahead=ahead), request.seed)
             for name, found, ahead in ((EVE, then, 1), (UPDATE, now, 0))}
    after = slice(int(term.running.month[-1]) + 1, None)
    return {EVE: intensity(given[EVE], scenario, of=after, **common).sum(axis=2),
            UPDATE: intensity(given[UPDATE], scenario, running=term.running, **common).sum(axis=2)}
