"""The registers of all countries forecast term by term: baselines, the hierarchical model, an autoregression, and their pool."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.evaluation.backtest.autoregression import autoregression
from forecast.evaluation.backtest.cells import scored
from forecast.evaluation.backtest.origin import Origin
from forecast.evaluation.baselines.all import BASELINE
from forecast.evaluation.baselines.history import TERM, History, Rate
from forecast.evaluation.scores.counts import CountForecast, mixture, pool
from forecast.panel.register_years import RegisterYears
from forecast.panel.registers import CHANNEL
from forecast.posterior.stacking import stacking_weights

WHOLE = 3.99
"""Years that a country must have existed in a term to be forecast in it."""
MEMBERS = ("hierarchical", "autoregression", "smoothed")
POOL, PLACEBO = "pool", "pool, placebo"
HAPPENED_NOT = "hierarchical, placebo"

LEVEL_KNOWN = "smoothed, level known"
"""No forecaster: smoothing told afterwards how much there would be in every channel; what better levels could win at most."""

Hierarchical = Callable[[Origin, str], tuple[Sequence[str], np.ndarray, np.ndarray] | None]
"""From an origin and an outcome to countries, log rates per year (draw, country, channel) and sizes (draw, channel).

None where the fit is not fit for use: the autoregression then stands in its place.
"""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is forecast at an origin: countries that were there before and through the term.

    Parameters
    ----------
    past : RegisterYears
        What was known.
    chosen : (country,) array of bool
        Of the countries known then, those that are forecast.
    years : (country,) array
        Years of the term.
    count : (channel, country) array
        What happened, of those chosen.
    """

    past: RegisterYears
    chosen: np.ndarray
    years: np.ndarray
    count: np.ndarray

    def history(self, coming: str) -> History:
        """The past of the chosen countries."""
        past = self.past
        return History(count=past.count[self.chosen].transpose(1, 0, 2), exposure=past.exposure[self.chosen],
                       party=past.party, coming=coming)

    def cells(self, origin: Origin) -> pd.DataFrame:
        """Labels of all cells, channel by channel."""
        country = self.past.country[self.chosen]
        return pd.concat([pd.DataFrame({"term": origin.label, "country": country["country"].to_numpy(),
                                        "region": country["region"].to_numpy(), "channel": channel})
                          for channel in CHANNEL.labels], ignore_index=True)


def target(origin: Origin, past: RegisterYears, whole: RegisterYears) -> Target:
    """What a term brought to the countries known before it."""
    first = whole.start.index(origin.election.term_start)
    place = pd.Index(whole.country["country"]).get_indexer(past.country["country"])
    years = whole.exposure[place, first:first + TERM].sum(axis=1)
    chosen = years > WHOLE
    count = whole.count[place[chosen], :, first:first + TERM].sum(axis=2).T
    return Target(past=past, chosen=chosen, years=years[chosen], count=count)


def forecasts(origin: Origin, given: Target, hierarchical: Hierarchical) -> dict[str, CountForecast]:
    """Forecasts of all single forecasters; the placebo is the model told of the outcome that did not happen."""
    past = given.history(origin.election.outcomes[origin.happened].type)
    found = {name: of_rate(one(past), given.years) for name, one in BASELINE.items()}
    region = given.past.country["region"].to_numpy()[given.chosen]
    regressed = autoregression(past, region, given.years)
    found["autoregression"] = mixture(*(part.ravel() for part in regressed)) if regressed else found["smoothed"]
    for name, outcome in (("hierarchical", origin.happened), (HAPPENED_NOT, origin.other)):
        projected = hierarchical(origin, outcome)
        found[name] = _hierarchical(given, *projected) if projected else found["autoregression"]
    return found


def level_known(origin: Origin, given: Target) -> CountForecast:
    """Smoothing with hindsight: its forecasts of every channel multiplied so that they add up to what happened."""
    rate = BASELINE["smoothed"](given.history(origin.election.outcomes[origin.happened].type))
    mean = rate.mean * given.years
    mean = mean * (given.count.sum(axis=1) / mean.sum(axis=1))[:, None]
    return mixture(mean.ravel(), rate.shape.ravel())


def of_rate(rate: Rate, years: np.ndarray) -> CountForecast:
    """Counts of `years` from a gamma rate, cells in the order (group, series)."""
    return mixture((rate.mean * years).ravel(), rate.shape.ravel())


def _hierarchical(given: Target, country: Sequence[str], log_rate: np.ndarray, size: np.ndarray) -> CountForecast:
    place = pd.Index(country).get_indexer(given.past.country["country"][given.chosen])
    mean = np.exp(log_rate[:, place]) * given.years[:, None]
    wide = np.broadcast_to(size[:, None], mean.shape)
    return mixture(*(part.transpose(0, 2, 1).reshape(len(mean), -1) for part in (mean, wide)))


class Pooling:
    """The pool, term by term: at each its weights come from the terms before."""

    def __init__(self) -> None:
        self._past: list[np.ndarray] = []
        self.weight: dict[str, np.ndarray] = {}

    def add(self, origin: Origin, found: dict[str, CountForecast], count: np.ndarray) -> dict[str, CountForecast]:
        """The forecasts with those of the pool; the term's scores count from the next one on."""
        weight = stacking_weights(np.concatenate(self._past, axis=1)) if self._past else np.full(len(MEMBERS), 1 / len(MEMBERS))
        self.weight[origin.label] = weight
        members = [found[name] for name in MEMBERS]
        placebo = [found[HAPPENED_NOT], *members[1:]]
        self._past.append(np.log(np.maximum([_probability(one, count) for one in members], 1e-300)))
        return found | {POOL: pool(members, weight), PLACEBO: pool(placebo, weight)}


def _probability(forecast: CountForecast, count: np.ndarray) -> np.ndarray:
    return forecast.widened(int(count.max()) + 1).pmf[np.arange(len(count)), count]


def backtest(chosen: Sequence[Origin], past: Mapping[str, RegisterYears], whole: RegisterYears, hierarchical: Hierarchical,
             progress: Callable[[int, int], None] = lambda *_: None) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Forecast and score every term.

    Parameters
    ----------
    chosen : sequence of Origin
        In order of time.
    past : mapping of str to RegisterYears
        What was known, by label of the origin.
    whole : RegisterYears
        What is known now: it is used for what happened, and given to no forecaster.

    Returns
    -------
    scores : DataFrame
        One row per cell and forecaster, see :func:`forecast.evaluation.backtest.cells.scored`.
    weight : dict of str to array
        Weights of the pool by term, in the order of ``MEMBERS``.
    """
    pooling, tables = Pooling(), []
    for number, origin in enumerate(chosen, 1):
        given = target(origin, past[origin.label], whole)
        count = given.count.ravel()
        found = pooling.add(origin, forecasts(origin, given, hierarchical), count) | {LEVEL_KNOWN: level_known(origin, given)}
        tables.append(scored(given.cells(origin), found, count))
        progress(number, len(chosen))
    return pd.concat(tables, ignore_index=True), pooling.weight
