"""Counts of contacts and pages of a dyad's past term: the model's forecasts and those of the baselines."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from forecast.contacts import codes
from forecast.evaluation.backtest.cells import scored
from forecast.evaluation.backtest.origin import Origin
from forecast.evaluation.backtest.simulated import Simulated
from forecast.evaluation.baselines.all import BASELINE
from forecast.evaluation.baselines.history import TERM, History
from forecast.evaluation.scores.counts import POISSON, CountForecast, mixture, of_shares
from forecast.panel import Panel

ALL = "all"
MODEL, PLACEBO = "model", "model, placebo"
RANKS = codes.RANK.labels


@dataclass(frozen=True, kw_only=True)
class Term:
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
    pages : (side, year_of_term) array
        News and analysis pages on them.
    topic, reported : (contact, topic) and (contact,) arrays of bool
        Of these contacts.
    """

    origin: Origin
    past: Panel
    contact: np.ndarray
    rows: pd.DataFrame
    pages: np.ndarray
    topic: np.ndarray
    reported: np.ndarray


def term_of(origin: Origin, past: Panel, whole: Panel) -> Term:
    """Take what happened in a term from the record as it is now."""
    chosen = (whole.year["start"].dt.date >= origin.election.term_start) & (whole.year["end"].dt.date <= origin.election.term_end)
    years = np.flatnonzero(chosen)
    inside = whole.contact["year"].isin(years).to_numpy()
    rows = whole.contact[inside]
    pages = np.zeros((whole.pages.shape[1], TERM), int)
    np.add.at(pages.T, rows["year"].to_numpy() - years[0], whole.pages[inside])
    return Term(origin=origin, past=past, contact=whole.count.to_numpy()[0][:, years], rows=rows.reset_index(drop=True),
                pages=pages, topic=whole.topic[inside], reported=whole.reported[inside])


def count_scores(term: Term, model: Mapping[str, Simulated]) -> pd.DataFrame:
    """Scores of counts: contacts by rank and year, by rank, in all; pages by side and year.

    Parameters
    ----------
    model : mapping of str to Simulated
        Under the outcome that happened (``MODEL``) and under the other (``PLACEBO``).
    """
    histories = {"rank": _history(term, term.past.count.to_numpy()[0]),
                 "all": _history(term, term.past.count.to_numpy()[0].sum(axis=0, keepdims=True)),
                 "side": _history(term, past_pages(term.past))}
    rate = {key: {name: one(past) for name, one in BASELINE.items()} for key, past in histories.items()}
    of_model = {name: _of_model(one) for name, one in model.items()}
    tables = []
    for measure, key, years, labels, count in _measures(term):
        found = {name: _repeated(one.mean.ravel() * years, one.shape.ravel(), len(count)) for name, one in rate[key].items()}
        found |= {name: forecasts[measure] for name, forecasts in of_model.items()}
        cells = pd.DataFrame(labels).assign(term=term.origin.label, measure=measure)
        tables.append(scored(cells, found, count))
    return pd.concat(tables, ignore_index=True)


def _measures(term: Term) -> list[tuple[str, str, float, dict[str, list], np.ndarray]]:
    """Measure, history, years of a cell, labels, and what happened; series first, then years."""
    def grid(series: tuple[str, ...]) -> dict[str, list]:
        return {"unit": [one for one in series for _ in range(TERM)], "year_of_term": list(range(TERM)) * len(series)}

    return [
        ("contacts by rank and year", "rank", 1.0, grid(RANKS), term.contact.ravel()),
        ("contacts by rank", "rank", float(TERM), {"unit": list(RANKS)}, term.contact.sum(axis=1)),
        ("contacts", "all", float(TERM), {"unit": [ALL]}, term.contact.sum()[None]),
        ("pages by side and year", "side", 1.0, grid(codes.SIDE.labels), term.pages.ravel()),
    ]


def _of_model(one: Simulated) -> dict[str, CountForecast]:
    expected = one.intensity
    by_rank = expected.sum(axis=2)
    pages = one.paths["pages"].transpose("path", "side", "month").to_numpy()
    year = np.minimum(np.arange(pages.shape[2]) // 12, TERM - 1)  # Januaries count with the year that begins in them
    yearly = np.stack([pages[:, :, year == number].sum(axis=2) for number in range(TERM)], axis=2)
    return {
        "contacts by rank and year": mixture(expected.reshape(len(expected), -1), np.array([[POISSON]])),
        "contacts by rank": mixture(by_rank, np.array([[POISSON]])),
        "contacts": mixture(by_rank.sum(axis=1, keepdims=True), np.array([[POISSON]])),
        "pages by side and year": of_draws(yearly.reshape(len(yearly), -1)),
    }


def of_draws(draws: np.ndarray) -> CountForecast:
    """Forecast from simulated counts (draw, cell)."""
    top = int(draws.max()) + 1
    return of_shares(np.stack([np.bincount(cell, minlength=top) for cell in draws.T]) / len(draws))


def past_pages(panel: Panel) -> np.ndarray:
    """Pages by side and administration year, (side, year)."""
    found = np.zeros((panel.pages.shape[1], len(panel.year)), int)
    np.add.at(found.T, panel.contact["year"].to_numpy(), panel.pages)
    return found


def _history(term: Term, count: np.ndarray) -> History:
    past = term.past
    exposure = np.broadcast_to(past.exposure.to_numpy()[0], count.shape)
    coming = term.origin.election.outcomes[term.origin.happened].type
    return History(count=count[None], exposure=exposure, party=past.year["type"].to_numpy(str), coming=coming)


def _repeated(mean: np.ndarray, size: np.ndarray, cells: int) -> CountForecast:
    """The same forecast in every year of a series."""
    times = cells // len(mean)
    return mixture(np.repeat(mean, times), np.repeat(np.minimum(size, POISSON), times))


def rank_vectors(term: Term, model: Mapping[str, Simulated], draws: int, seed: int) -> dict[str, xr.DataArray]:
    """Contacts by rank over the term, drawn from every forecaster: (draw, rank)."""
    rng, past = np.random.default_rng(seed), _history(term, term.past.count.to_numpy()[0])
    found = {name: rng.poisson(one.intensity.sum(axis=2)[:draws]) for name, one in model.items()}
    for name, baseline in BASELINE.items():
        rate = baseline(past)
        shape = np.minimum(rate.shape.ravel(), POISSON)
        found[name] = rng.poisson(rng.gamma(shape, rate.mean.ravel() * TERM / shape, (draws, len(shape))))
    return found
