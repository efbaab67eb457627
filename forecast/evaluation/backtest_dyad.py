r"""A past term of a dyad, forecast and scored: the model's forecasts and those of the baselines.

Counts of contacts and pages are scored as in :mod:`forecast.evaluation.backtest_origin`. Pages of the model are what a run gives
for their number, the pool with smoothing of :mod:`forecast.evaluation.quantity`; the simulated pages alone stand beside it.

Agenda, outcomes, questions, and contacts of all ranks together
---------------------------------------------------------------
A forecaster gives every contact of the term the same probability of naming a topic and the same shares of outcomes, since it
does not know the contacts. Baselines are shares of past contacts with weights of years :math:`w`, half a contact added to each
code,

.. math:: p_k = \frac{1/2 + \sum_i w_{y(i)} s_{ik}}{1 + \sum_i w_{y(i)}}, \qquad
          p_c = \frac{1/2 + \sum_i w_{y(i)} 1\{o_i = c\}}{C/2 + \sum_i w_{y(i)}}.

Questions are about counts, and have baselines that know counts: :mod:`forecast.evaluation.baselines`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecast.contacts import codes
from forecast.evaluation.backtest_origin import Origin, scored
from forecast.evaluation.baselines import BASELINE, TERM, History, Rate, page_rate, past_pages, question_chances
from forecast.evaluation.quantity import SMOOTHED
from forecast.evaluation.questions import holds
from forecast.evaluation.scores import (
    LONGEST,
    POISSON,
    CountForecast,
    brier,
    energy_score,
    linear_pool,
    mixture,
    of_shares,
    ranked,
)
from forecast.panel import Panel
from forecast.panel.calendar import month_exposure
from forecast.posterior.posterior import Posterior
from forecast.simulation.engine import simulate
from forecast.simulation.expected import intensity
from forecast.simulation.prepare import parameters_of
from forecast.simulation.scenario import Question, Scenario
from forecast.simulation.scenario.schema import Horizon

# What the model says of a past term: futures and intensities as of the eve of its election.

@dataclass(frozen=True, kw_only=True)
class Simulated:
    """Futures of one term under one outcome.

    Parameters
    ----------
    paths : Dataset
        From the engine, with contacts that count for each question.
    intensity : (path, rank, year_of_term) array
        What the counts of contacts are Poisson around.
    exposure : (month, year_of_term) array
        Years of every month in every year of the term.
    """

    paths: xr.Dataset
    intensity: np.ndarray
    exposure: np.ndarray


def scenario_of(origin: Origin, outcome: str, dyad: str, questions: Sequence[Question] = ()) -> Scenario:
    """A past election as a scenario without assumptions, over the months of its term."""
    election = origin.election
    return Scenario(
        name=outcome, title=f"{outcome} wins {election.id}", description="A past term, forecast on the eve of its election.",
        dyad=dyad, as_of=origin.as_of, election=election.id, outcome=outcome, questions=tuple(questions),
        horizon=Horizon.model_validate({"start": f"{election.term_start:%Y-%m}", "end": f"{election.term_end:%Y-%m}"}))


def simulated(origin: Origin, outcome: str, dyad: str, posterior: Mapping[str, Posterior], questions: Sequence[Question], *,
              paths: int, seed: int) -> Simulated:
    """Simulate a past term; `posterior` holds pools in place of their members."""
    scenario = scenario_of(origin, outcome, dyad, questions)
    given = parameters_of(posterior, scenario.chances, origin.election, seed)
    start = origin.election.term_start
    return Simulated(paths=simulate(given, scenario, paths=paths, seed=seed, term_start=start),
                     intensity=intensity(given, scenario, paths=paths, seed=seed, term_start=start),
                     exposure=month_exposure(scenario.horizon.start, scenario.horizon.end, start))


def moved(question: Question, years: int) -> Question:
    """The same question, so many years later (earlier where negative)."""
    window = tuple(date(month.year + years, month.month, 1) for month in question.window)
    return question.model_copy(update={"window": window})


# Counts of contacts and pages of a dyad's past term.

ALL = "all"
MODEL, PLACEBO = "model", "model, placebo"
UNPOOLED = "model, not pooled"
"""Simulated pages, without smoothing."""
PAGES, PAGES_OF_TERM = "pages by side and year", "pages by side"
RANKS = codes.RANK.labels


@dataclass(frozen=True, kw_only=True)
class PastTerm:
    """What happened in a term, and what was known before it.

    Parameters
    ----------
    origin : Origin
    past : Panel
        Cut on the eve of the election.
    contact : (rank, year_of_term) array
        Contacts of the term.
    rows : DataFrame
        Contacts of the term, with their columns.
    pages : (side, year_of_term) array, optional
        News and analysis pages on them; None where no page of any contact is on record, which is not to say that there were none.
    topic, reported : (contact, topic) and (contact,) arrays of bool
        Of these contacts.
    """

    origin: Origin
    past: Panel
    contact: np.ndarray
    rows: pd.DataFrame
    pages: np.ndarray | None
    topic: np.ndarray
    reported: np.ndarray


def term_of(origin: Origin, past: Panel, whole: Panel) -> PastTerm:
    """Take what happened in a term from the record as it is now."""
    chosen = (whole.year["start"].dt.date >= origin.election.term_start) & (whole.year["end"].dt.date <= origin.election.term_end)
    years = np.flatnonzero(chosen)
    inside = whole.contact["year"].isin(years).to_numpy()
    rows = whole.contact[inside]
    pages = np.zeros((whole.pages.shape[1], TERM), int)
    np.add.at(pages.T, rows["year"].to_numpy() - years[0], whole.pages[inside])
    return PastTerm(origin=origin, past=past, contact=whole.count.to_numpy()[0][:, years], rows=rows.reset_index(drop=True),
                    pages=None if whole.media.empty else pages, topic=whole.topic[inside], reported=whole.reported[inside])


def count_scores(term: PastTerm, model: Mapping[str, Simulated]) -> pd.DataFrame:
    """Scores of counts: contacts by rank and year, by rank, in all; and where pages are on record, by side and year, and by side.

    Parameters
    ----------
    model : mapping of str to Simulated
        Under the outcome that happened (``MODEL``) and under the other (``PLACEBO``).
    """
    histories = {"rank": _history(term, term.past.count.to_numpy()[0]),
                 "all": _history(term, term.past.count.to_numpy()[0].sum(axis=0, keepdims=True))}
    of_model = {name: _of_model(one) for name, one in model.items()}
    if term.pages is not None:
        histories["side"] = _history(term, past_pages(term.past))
        of_model |= _with_smoothing(of_model, page_rate(term.past))
    rate = {key: {name: one(past) for name, one in BASELINE.items()} for key, past in histories.items()}
    tables = []
    for measure, key, years, labels, count in _measures(term):
        found = {name: _repeated(one.mean.ravel() * years, one.shape.ravel(), len(count)) for name, one in rate[key].items()}
        found |= {name: forecasts[measure] for name, forecasts in of_model.items() if measure in forecasts}
        cells = pd.DataFrame(labels).assign(term=term.origin.label, measure=measure)
        tables.append(scored(cells, found, count))
    return pd.concat(tables, ignore_index=True)


def _measures(term: PastTerm) -> list[tuple[str, str, float, dict[str, list[Any]], np.ndarray]]:
    """Measure, history, years of a cell, labels, and what happened; series first, then years."""
    def grid(series: tuple[str, ...]) -> dict[str, list[Any]]:
        return {"unit": [one for one in series for _ in range(TERM)], "year_of_term": list(range(TERM)) * len(series)}

    found = [
        ("contacts by rank and year", "rank", 1.0, grid(RANKS), term.contact.ravel()),
        ("contacts by rank", "rank", float(TERM), {"unit": list(RANKS)}, term.contact.sum(axis=1)),
        ("contacts", "all", float(TERM), {"unit": [ALL]}, term.contact.sum()[None]),
    ]
    if term.pages is None:
        return found
    return [*found, (PAGES, "side", 1.0, grid(codes.SIDE.labels), term.pages.ravel()),
            (PAGES_OF_TERM, "side", float(TERM), {"unit": list(codes.SIDE.labels)}, term.pages.sum(axis=1))]


def _of_model(one: Simulated) -> dict[str, CountForecast]:
    expected = one.intensity
    by_rank = expected.sum(axis=2)
    yearly = pages_by_year(one.paths["pages"].transpose("path", "side", "month").to_numpy(), one.exposure)
    return {
        "contacts by rank and year": mixture(expected.reshape(len(expected), -1), np.array([[POISSON]])),
        "contacts by rank": mixture(by_rank, np.array([[POISSON]])),
        "contacts": mixture(by_rank.sum(axis=1, keepdims=True), np.array([[POISSON]])),
        PAGES: of_draws(yearly.reshape(len(yearly), -1)),
        PAGES_OF_TERM: of_draws(yearly.sum(axis=2)),
    }


def _with_smoothing(of_model: Mapping[str, Mapping[str, CountForecast]], rate: Rate) -> dict[str, dict[str, CountForecast]]:
    """The model's forecasts with pages pooled, and its pages as they were."""
    mean, shape = rate.mean.ravel(), rate.shape.ravel()
    smooth = {PAGES: _repeated(mean, shape, mean.size * TERM), PAGES_OF_TERM: _repeated(mean * TERM, shape, mean.size)}
    weight = np.array([1 - SMOOTHED, SMOOTHED])
    pooled = {name: {**found, **{key: linear_pool([found[key], one], weight) for key, one in smooth.items()}}
              for name, found in of_model.items()}
    return pooled | {UNPOOLED: {key: of_model[MODEL][key] for key in smooth}}


def pages_by_year(pages: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Pages by year of the term, (path, side, year_of_term); those of a January go to either year by its days in each.

    Parameters
    ----------
    pages : (path, side, month) array of int
    exposure : (month, year_of_term) array
    """
    rng, left, rest = np.random.default_rng(0), pages.astype(np.int64), exposure.sum(axis=1)
    found = np.zeros((*pages.shape[:2], exposure.shape[1]), np.int64)
    for year, of_month in enumerate(exposure.T):
        inside = of_month > 0
        part = rng.binomial(left[:, :, inside], np.minimum(of_month[inside] / rest[inside], 1.0))
        found[:, :, year] = part.sum(axis=2)
        left[:, :, inside] -= part
        rest = rest - of_month
    return found


def of_draws(draws: np.ndarray) -> CountForecast:
    """Forecast from simulated counts (draw, cell); those beyond the grid of scores are put on its last count."""
    draws = np.minimum(draws, LONGEST - 1)
    top = int(draws.max()) + 1
    return of_shares(np.stack([np.bincount(cell, minlength=top) for cell in draws.T]) / len(draws))


def _history(term: PastTerm, count: np.ndarray) -> History:
    past = term.past
    exposure = np.broadcast_to(past.exposure.to_numpy()[0], count.shape)
    coming = term.origin.election.outcomes[term.origin.happened].type
    return History(count=count[None], exposure=exposure, party=past.year["type"].to_numpy(str), coming=coming)


def _repeated(mean: np.ndarray, size: np.ndarray, cells: int) -> CountForecast:
    """The same forecast in every year of a series."""
    times = cells // len(mean)
    return mixture(np.repeat(mean, times), np.repeat(np.minimum(size, POISSON), times))


def rank_vectors(term: PastTerm, model: Mapping[str, Simulated], draws: int, seed: int) -> dict[str, np.ndarray]:
    """Contacts by rank over the term, drawn from every forecaster: (draw, rank)."""
    rng, past = np.random.default_rng(seed), _history(term, term.past.count.to_numpy()[0])
    found = {name: rng.poisson(one.intensity.sum(axis=2)[:draws]) for name, one in model.items()}
    for name, baseline in BASELINE.items():
        rate = baseline(past)
        shape = np.minimum(rate.shape.ravel(), POISSON)
        found[name] = rng.poisson(rng.gamma(shape, rate.mean.ravel() * TERM / shape, (draws, len(shape))))
    return found


# Agenda, outcomes and questions of a dyad's past term, and the vector of its contacts by rank.

COLUMNS = ("measure", "unit", "case", "term", "forecaster", "loss", "forecast", "happened")
DECAY = 0.9
DRAWS = 1000


def content_scores(term: PastTerm, model: Mapping[str, Simulated], questions: Sequence[Question], past_answers: pd.DataFrame,
                   answers: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Brier scores of topics and questions, ranked probability scores of outcomes, energy scores of rank vectors.

    Parameters
    ----------
    questions : sequence of Question
        Moved to the term.
    past_answers, answers : DataFrame
        From :func:`forecast.evaluation.questions.past_windows`: of windows that were over by the eve, and of the term.
    """
    rows = [*_agenda(term, model), *_outcomes(term, model), *_ranks(term, model, seed),
            *_questions(term, model, questions, past_answers, answers)]
    return pd.DataFrame([(measure, unit, case, term.origin.label, *rest) for measure, unit, case, *rest in rows],
                        columns=list(COLUMNS))


def _agenda(term: PastTerm, model: Mapping[str, Simulated]) -> list[tuple[Any, ...]]:
    named = term.topic[term.reported].astype(float)
    past = term.past
    share = {name: _topic_share(past.topic[past.reported], weight[past.reported]) for name, weight in _weights(term).items()}
    for name, one in model.items():
        mention = one.paths["mention"].sum(("path", "month")).to_numpy()
        share[name] = mention / int(one.paths["contact"].sum())
    return [("agenda", topic, case, name, loss, chance[k], event)
            for name, chance in share.items() for k, topic in enumerate(codes.TOPIC.labels)
            for case, event in enumerate(named[:, k]) for loss in brier(chance[k:k + 1], named[case:case + 1, k])]


def _outcomes(term: PastTerm, model: Mapping[str, Simulated]) -> list[tuple[Any, ...]]:
    happened, past = term.rows["outcome"].to_numpy(int), term.past.contact["outcome"].to_numpy(int)
    if not len(happened):  # a term without a contact has none whose outcome could be scored
        return []
    many = len(codes.OUTCOME.labels)
    share = {name: (np.bincount(past, weight, many) + 0.5) / (weight.sum() + 0.5 * many)
             for name, weight in _weights(term).items()}
    for name, one in model.items():
        count = one.paths["contact"].sum(("path", "month", "rank")).to_numpy().astype(float)
        share[name] = count / count.sum()
    return [("outcome", "outcome", case, name, loss, float(one @ np.arange(many)), int(code)) for name, one in share.items()
            for case, (loss, code) in enumerate(zip(ranked(np.tile(one, (len(happened), 1)), happened), happened, strict=True))]


def _ranks(term: PastTerm, model: Mapping[str, Simulated], seed: int) -> list[tuple[Any, ...]]:
    happened = term.contact.sum(axis=1).astype(float)
    return [("ranks together", "ranks", 0, name, float(energy_score(draws[None].astype(float), happened[None])[0]),
             float(draws.sum(axis=1).mean()), happened.sum())
            for name, draws in rank_vectors(term, model, DRAWS, seed).items()]


def _questions(term: PastTerm, model: Mapping[str, Simulated], questions: Sequence[Question], past: pd.DataFrame,
               answers: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Only questions that the record of the term answers."""
    known, rows, begins = answers.set_index("id")["holds"], [], term.origin.election.term_start
    for question in (one for one in questions if one.id in known.index):
        event = float(known[question.id])
        chance = question_chances(question, term.past, past[past["id"] == question.id], begins)
        for name, one in model.items():
            chance[name] = float(np.mean(holds(one.paths["match"].sel(question=question.id).to_numpy(), question)))
        rows += [("questions", question.id, 0, name, float(brier(np.array([p]), np.array([event]))[0]), p, event)
                 for name, p in chance.items()]
    return rows


def _topic_share(topic: np.ndarray, weight: np.ndarray) -> np.ndarray:
    found: np.ndarray = (weight @ topic + 0.5) / (weight.sum() + 1)
    return found


def _weights(term: PastTerm) -> dict[str, np.ndarray]:
    """Weight of every past contact, by baseline, (contact,)."""
    past, coming = term.past, term.origin.election.outcomes[term.origin.happened].type
    ago = len(past.year) - 1 - past.contact["year"].to_numpy()
    alike = (past.contact["type"] == coming).to_numpy()
    return {"all history": np.ones(len(ago)), "last four years": (ago < TERM).astype(float),
            "same party": alike.astype(float) if alike.any() else np.ones(len(ago)), "smoothed": DECAY**ago}
