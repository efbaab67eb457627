"""A dyad's past terms, forecast again from refits as of the eve of each election."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from forecast import shipped
from forecast.components.protocol import ComponentData, Effort, Future
from forecast.components.registers import project
from forecast.components.registry import ACROSS, REGISTERS
from forecast.console import Progress, say
from forecast.contacts import load_dyad
from forecast.errors import Fault, InputError
from forecast.evaluation.backtest_dyad import MODEL, PLACEBO, content_scores, count_scores, moved, simulated, term_of
from forecast.evaluation.backtest_origin import LAST, Origin, coverage_table, origins, skill_table
from forecast.evaluation.backtest_registers import (
    MEMBERS,
    Hierarchical,
    Pooling,
    Told,
    backtest,
    check_blind,
    forecasts,
    target,
)
from forecast.evaluation.baselines import BASELINE, QUESTION_BASELINES
from forecast.evaluation.questions import past_windows
from forecast.evaluation.scores import COUNT_LOSS
from forecast.panel import Panel, load_panel
from forecast.panel.elections import load_administrations, load_elections, of_dyad
from forecast.panel.registers import administrations_since, load_register_panel, load_register_years
from forecast.pipeline.request import Inputs, Request, of_region
from forecast.posterior.fit import fit_missing, fit_registers, plan, posteriors, seen_from
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.shipped import CASE
from forecast.simulation.scenario import Question

FIRST = CASE.backtest["first"]
"""Year of the first election of a dyad's backtest."""
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
        From :mod:`forecast.evaluation.backtest_origin`.
    gates : dict of str to str
        Fits that failed a gate, by term and component.
    """

    counts: pd.DataFrame
    content: pd.DataFrame
    skill: pd.DataFrame
    coverage: pd.DataFrame
    gates: dict[str, str]


def backtest_dyad(inputs: Inputs, request: Request, progress: Progress, *, first: int = FIRST, last: int = LAST) -> DyadBacktest:
    """Refit, forecast and score every term from an election on; each fit is kept as soon as it is done.

    Raises
    ------
    ForecastError, InputError
        As :func:`past_terms`.
    """
    folder = request.data or shipped.DYAD
    chosen, whole = past_terms(folder, first, last)
    past = {one.label: load_panel(folder, as_of=one.as_of) for one in chosen}
    found = _dyad_fits(past, inputs, request, progress)
    failed = {f"{label}, {name}": ", ".join(one.gates.failures) for label, fits in found.items() for name, one in fits.items()
              if one.gates.failures}
    questions = list({one.id: one for scenario in inputs.scenarios.values() for one in scenario.questions}.values())
    begins = next(iter(inputs.elections.values())).term_start.year
    counts, content = [], []
    for number, origin in enumerate(chosen, 1):
        before = past[origin.label]
        parts = _scores(origin, before, whole, pooled(found[origin.label], before.dyad[0]), questions, begins, request)
        counts.append(parts[0])
        content.append(parts[1])
        progress("forecast past terms", number, len(chosen))
    counts, content = (pd.concat(tables, ignore_index=True) for tables in (counts, content))
    return DyadBacktest(counts=counts, content=content, skill=_dyad_skill(counts, content), gates=failed,
                        coverage=coverage_table(counts, ("measure", "forecaster")))


def past_terms(folder: Path, first: int, last: int) -> tuple[tuple[Origin, ...], Panel]:
    """Terms of a dyad that are over and coded, from an election to another, and its whole record.

    A term is left out, and a line says so, where the record has no contact up to the eve of its election: a forecast of it would
    be the priors alone.

    Raises
    ------
    ForecastError
        Where no such term is over.
    InputError
        Where the record has no contact before any of them.
    """
    about = load_dyad(folder)
    elections, terms = (of_dyad(folder, name) for name in ("elections.yaml", "administrations.csv"))
    over = origins(load_elections(elections, folder), load_administrations(terms), about.coded_until, first=first, last=last)
    chosen = tuple(one for one in over if about.relations_start <= one.as_of
                   and not load_panel(folder, as_of=one.as_of).contact.empty)
    if not chosen:
        raise InputError([Fault(
            source=str(folder / "contacts.csv"), where="whole file", found="none",
            expected=f"a contact dated up to {over[-1].as_of}, the eve of the last term that is over and coded",
            remedy="Code contacts of earlier years: a past term is forecast from those before it.")])
    if silent := ", ".join(one.label for one in over if one not in chosen):
        say(f"Left out: {silent}: no contact of {about.id} is on record before.", error=True)
    return chosen, load_panel(folder, as_of=about.coded_until)


def _dyad_fits(past: dict[str, Panel], inputs: Inputs, request: Request, progress: Progress) -> dict[str, dict[str, Posterior]]:
    settings = SamplerSettings(seed=request.seed)
    folder = request.data or shipped.DYAD
    region = {label: {} if request.alone else of_region(folder, panel, inputs.priors) for label, panel in past.items()}
    jobs = {label: plan(panel, inputs.priors, settings, draws=request.draws, elsewhere=region[label])
            for label, panel in past.items()}
    every = [job for one in jobs.values() for job in one]
    fit_missing(every, lambda name, done, total: progress(f"fit {name}", done, total))
    return {label: seen_from(posteriors(one), past[label].dyad[0]) for label, one in jobs.items()}


def _scores(origin: Origin, past: Panel, whole: Panel, posterior: dict[str, Posterior], questions: Sequence[Question],
            begins: int, request: Request) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of one term; questions are moved to it, and answered by the record."""
    start = origin.election.term_start
    asked = [moved(one, start.year - begins) for one in questions]
    model = {name: simulated(origin, outcome, past.dyad[0], posterior, asked, paths=request.paths, seed=request.seed)
             for name, outcome in ((MODEL, origin.happened), (PLACEBO, origin.other))}
    term = term_of(origin, past, whole)
    answers = past_windows(asked, whole, start, until=origin.election.term_end)
    answers = answers[answers["first"].map(lambda day: start <= day < origin.election.term_end).astype(bool)]
    before = past_windows(asked, past, start)
    return count_scores(term, model), content_scores(term, model, asked, before, answers, request.seed)


def _dyad_skill(counts: pd.DataFrame, content: pd.DataFrame) -> pd.DataFrame:
    tables = []
    for measure, part in counts.groupby("measure", sort=False):
        key = ["term", "unit", "year_of_term"] if part["year_of_term"].notna().all() else ["term", "unit"]
        losses = ("crps",) if measure.startswith("pages") else tuple(COUNT_LOSS)
        tables += [skill_table(part, loss, tuple(BASELINE), measure=measure, key=key) for loss in losses]
    for measure, part in content.groupby("measure", sort=False):
        table = skill_table(part, "loss", CONTENT_BASELINES[measure], measure=measure, key=["term", "unit", "case"])
        tables.append(table.assign(loss_name=CONTENT_LOSS[measure]))
    return pd.concat(tables, ignore_index=True)


# The registers of all countries, forecast again term by term.

KNOWN_UNTIL = CASE.coded_until
"""Last day of the shipped registers."""
EFFORT: Effort = {"draws": 500, "tune": 800}
"""Sampler settings of the refits: a mean over draws needs fewer of them than the tails of a parameter."""
DRAWS = 250
USABLE = 1.05
"""Largest R-hat of a fit that is forecast from; between the gate and this it is marked."""
FITTED_FROM = CASE.backtest["fitted_from"]
"""First election before which the hierarchical model is fitted: with fewer terms the scale of regions by term is not identified,
and fits do not converge (R-hat 1.13 to 2.16 where that was tried)."""
REPORTED, CHOSEN = CASE.backtest["reported"], CASE.backtest["chosen"]
"""Terms that are reported, and those on which forecasters were chosen."""
KEY = ["term", "country", "channel"]
Fits = dict[str, tuple[Posterior, ComponentData]]
"""By label of the origin."""


@dataclass(frozen=True, kw_only=True)
class RegisterBacktest:
    """Scores of all terms.

    Parameters
    ----------
    scores : DataFrame
        One row per country, channel and forecaster.
    skill, coverage : DataFrame
        From :mod:`forecast.evaluation.backtest_origin`, with a column ``terms_of``.
    weight : DataFrame
        Weights of the pool by term.
    gates : dict of str to str
        Fits that failed a gate, by term.
    """

    scores: pd.DataFrame
    skill: pd.DataFrame
    coverage: pd.DataFrame
    weight: pd.DataFrame
    gates: dict[str, str]


def backtest_registers(seed: int, progress: Progress, *, first: int = 0, last: int = LAST) -> RegisterBacktest:
    """Refit, forecast and score; each fit is kept as soon as it is done."""
    chosen = origins(load_elections(), administrations_since(), KNOWN_UNTIL, first=first, last=last)
    fits = register_fits([one for one in chosen if one.election.date.year >= FITTED_FROM], seed, progress)
    scores, weight = judged(chosen, fits, KNOWN_UNTIL, seed, progress)
    table = pd.DataFrame(weight, index=list(MEMBERS)).T.rename_axis("term").reset_index()
    return RegisterBacktest(scores=scores, skill=_register_skill(scores), coverage=_coverage(scores), weight=table,
                            gates=gates_of(fits))


def judged(chosen: Sequence[Origin], fits: Fits, until: date, seed: int, progress: Progress, *, pooling: Pooling | None = None,
           told: Told = lambda *_: None) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Forecast past terms from fits as of their eves, and score the forecasts.

    Parameters
    ----------
    chosen : sequence of Origin
        Terms that are over by `until`, in order of time.
    fits : dict
        By label; a term without one is forecast without the hierarchical model.
    until : date
        Last day of what happened.
    pooling, told
        As in :func:`forecast.evaluation.backtest_registers.backtest`.

    Returns
    -------
    scores, weight
        As there.
    """
    past = {one.label: load_register_years(one.as_of) for one in chosen}
    whole, hierarchical = load_register_years(until), of_fits(fits, seed)
    check_blind(lambda given: forecasts(chosen[0], given, hierarchical), target(chosen[0], past[chosen[0].label], whole), seed)
    return backtest(chosen, past, whole, hierarchical, lambda done, total: progress("forecast past terms", done, total),
                    pooling, told)


def gates_of(fits: Fits) -> dict[str, str]:
    """Fits that failed a gate of convergence, by term."""
    return {label: ", ".join(one.gates.failures) for label, (one, _) in fits.items() if one.gates.failures}


def of_fits(fits: Fits, seed: int) -> Hierarchical:
    """The hierarchical model as a forecaster: None where its fit is missing or not fit for use."""
    def hierarchical(origin: Origin, outcome: str) -> tuple[Sequence[str], np.ndarray, np.ndarray] | None:
        usable = origin.label in fits and fits[origin.label][0].gates.max_rhat <= USABLE
        return _projected(fits[origin.label], origin, outcome, seed) if usable else None

    return hierarchical


def register_fits(chosen: Sequence[Origin], seed: int, progress: Progress) -> Fits:
    """Fits as of the eves of elections, from the cache where they are there."""
    found = {}
    for number, origin in enumerate(chosen):
        progress("fit registers", number, len(chosen))
        found[origin.label] = _fit(origin, seed)
    progress("fit registers", len(chosen), len(chosen))
    return found


def _fit(origin: Origin, seed: int) -> tuple[Posterior, ComponentData]:
    panel = load_register_panel(origin.as_of)
    return fit_registers(panel, seed=seed, effort=EFFORT, ignore_gates=True), ACROSS[REGISTERS].data(panel)


def _projected(fit: tuple[Posterior, ComponentData], origin: Origin, outcome: str,
               seed: int) -> tuple[Sequence[str], np.ndarray, np.ndarray]:
    """Countries, log rates per year (draw, country, channel) and sizes (draw, channel) under an outcome."""
    posterior, data = fit
    array = posterior.taker().array
    row = np.linspace(0, len(array["walk_scale"]) - 1, DRAWS).astype(int)
    winner = origin.election.outcomes[outcome]
    future = Future(president=winner.president, type=winner.type, midpoint=np.zeros(4))
    rng = np.random.default_rng([seed, origin.election.date.year])  # the same shocks under both outcomes
    return data.coord["country"], *project({name: values[row] for name, values in array.items()}, data, future, rng)


def _parts(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    early = scores["term"].str[:4] < REPORTED[:4]
    return {name: part for name, part in ((REPORTED, scores[~early]), (CHOSEN, scores[early])) if len(part)}


def _register_skill(scores: pd.DataFrame) -> pd.DataFrame:
    """Of all countries, by channel, and of one region; the region's own best baseline is what it is held against."""
    tables = []
    for label, part in _parts(scores).items():
        cuts = {"all": part, **{name: one for name, one in part.groupby("channel", sort=False)},
                CASE.registers["region_name"]: part[part["region"] == CASE.registers["region"]]}
        for name, cut in cuts.items():
            if len(cut):
                tables += [skill_table(cut, loss, tuple(BASELINE), measure=name, key=KEY).assign(terms_of=label)
                           for loss in COUNT_LOSS]
    return pd.concat(tables, ignore_index=True)


def _coverage(scores: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([coverage_table(part).assign(terms_of=name) for name, part in _parts(scores).items()], ignore_index=True)
