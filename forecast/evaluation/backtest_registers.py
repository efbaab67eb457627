r"""The registers of all countries forecast term by term: baselines, the hierarchical model, an autoregression, and their pool.

A forecaster between smoothing and a hierarchical model
-------------------------------------------------------
Counts of a term regressed on what was known before it.

For series :math:`i` of group (channel) :math:`k` and a term of :math:`E` years,

.. math::

    n_{ik} &\sim \mathrm{NegBin}(E\, \lambda_{ik}, \phi_{ik}), \qquad \log \phi_{ik} = c_k + d_k \log (E \lambda_{ik}) \\
    \lambda_{ik} &= \beta_{1k} s_{ik} + \beta_{2k} f_{ik} + \beta_{3k} r_{ik}
        + \sum_{l \ne k} \beta_{lk} s_{il} \frac{\bar s_k}{\bar s_l} + \beta_{0k} \bar s_k, \qquad \beta \ge 0

with the slowly and quickly forgetting rates :math:`s, f` of the series, the rate :math:`r` of its region, its rates in the
other groups brought to this group's level, and the level :math:`\bar s` of all. An autoregression with the identity link (as in
the INGARCH models of Ferland, Latour and Oraichi 2006, doi 10.1111/j.1467-9892.2006.00496.x), fitted to all past terms of a panel
at once, with normal priors at :data:`PRIOR`, and past terms counting :data:`FORGET` of the one after them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from forecast.errors import ForecastError
from forecast.evaluation.backtest_origin import Origin, scored
from forecast.evaluation.baselines import BASELINE, TERM, History, Rate
from forecast.evaluation.scores import CountForecast, linear_pool, mixture
from forecast.panel.calendar import DAYS_PER_YEAR, days
from forecast.panel.elections import Election
from forecast.panel.registers import CHANNEL, RegisterYears
from forecast.posterior.pool import stacking_weights

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


Means = tuple[np.ndarray, np.ndarray]
"""Means and negative-binomial sizes of counts, each (draw, cell); cells in the order (channel, country)."""


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """What is forecast at an origin: countries that were there before, and last through the term.

    Parameters
    ----------
    past : RegisterYears
        What was known.
    chosen : (country,) array of bool
        Of the countries known then, those that are forecast.
    years : (country,) array
        Years of the term, of those chosen.
    """

    past: RegisterYears
    chosen: np.ndarray
    years: np.ndarray

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


@dataclass(frozen=True, kw_only=True)
class PastRegisterTerm(Cohort):
    """A term that is over.

    Parameters
    ----------
    count : (channel, country) array
        What happened, of those chosen.
    by_year : (channel, country, year) array
        The same by year of the term.
    """

    count: np.ndarray
    by_year: np.ndarray


def coming(election: Election, past: RegisterYears) -> Cohort:
    """A term that has not begun: states that had not ended are taken to last through it."""
    chosen = past.country["end"].isna().to_numpy()
    years = days((election.term_start, election.term_end)) / DAYS_PER_YEAR
    return Cohort(past=past, chosen=chosen, years=np.full(chosen.sum(), years))


def target(origin: Origin, past: RegisterYears, whole: RegisterYears) -> PastRegisterTerm:
    """What a term brought to the countries known before it."""
    first = whole.start.index(origin.election.term_start)
    place = pd.Index(whole.country["country"]).get_indexer(past.country["country"])
    years = whole.exposure[place, first:first + TERM].sum(axis=1)
    chosen = years > WHOLE
    by_year = whole.count[place[chosen], :, first:first + TERM].transpose(1, 0, 2)
    return PastRegisterTerm(past=past, chosen=chosen, years=years[chosen], count=by_year.sum(axis=2), by_year=by_year)


def forecasts(origin: Origin, given: Cohort, hierarchical: Hierarchical) -> dict[str, CountForecast]:
    """Forecasts of all single forecasters; the placebo is the model told of the outcome that did not happen."""
    past = given.history(origin.election.outcomes[origin.happened].type)
    found = {name: of_rate(one(past), given.years) for name, one in BASELINE.items()}
    regressed = _regressed(past, given)
    found["autoregression"] = mixture(*regressed) if regressed else found["smoothed"]
    for name, outcome in (("hierarchical", origin.happened), (HAPPENED_NOT, origin.other)):
        projected = hierarchical(origin, outcome)
        found[name] = mixture(*_modelled(given, *projected)) if projected else found["autoregression"]
    return found


def pool_members(origin: Origin, given: Cohort, hierarchical: Hierarchical, outcome: str) -> dict[str, Means]:
    """What the members of the pool are mixtures of, under an outcome: those of :func:`forecasts`, and in the order of MEMBERS."""
    past = given.history(origin.election.outcomes[outcome].type)
    smooth = _of_gamma(BASELINE["smoothed"](past), given.years)
    regressed = _regressed(past, given) or smooth
    projected = hierarchical(origin, outcome)
    modelled = _modelled(given, *projected) if projected else regressed
    return dict(zip(MEMBERS, (modelled, regressed, smooth), strict=True))


def level_known(origin: Origin, given: PastRegisterTerm) -> CountForecast:
    """Smoothing with hindsight: its forecasts of every channel multiplied so that they add up to what happened."""
    rate = BASELINE["smoothed"](given.history(origin.election.outcomes[origin.happened].type))
    mean = rate.mean * given.years
    mean = mean * (given.count.sum(axis=1) / mean.sum(axis=1))[:, None]
    return mixture(mean.ravel(), rate.shape.ravel())


def of_rate(rate: Rate, years: np.ndarray) -> CountForecast:
    """Counts of `years` from a gamma rate, cells in the order (group, series)."""
    return mixture(*_of_gamma(rate, years))


def _of_gamma(rate: Rate, years: np.ndarray) -> Means:
    return (rate.mean * years).reshape(1, -1), rate.shape.reshape(1, -1)


def _regressed(past: History, given: Cohort) -> Means | None:
    """What the autoregression says; None before a first term is over."""
    found = autoregression(past, given.past.country["region"].to_numpy()[given.chosen], given.years)
    return (found[0].reshape(1, -1), found[1].reshape(1, -1)) if found else None


def _modelled(given: Cohort, country: Sequence[str], log_rate: np.ndarray, size: np.ndarray) -> Means:
    """Of the hierarchical model's projection."""
    place = pd.Index(country).get_indexer(given.past.country["country"][given.chosen])
    mean = np.exp(log_rate[:, place]) * given.years[:, None]
    wide = np.broadcast_to(size[:, None], mean.shape)
    first, second = (part.transpose(0, 2, 1).reshape(len(mean), -1) for part in (mean, wide))
    return first, second


class Pooling:
    """The pool, term by term: at each its weights come from the terms before."""

    def __init__(self) -> None:
        self._past: list[np.ndarray] = []
        self.weight: dict[str, np.ndarray] = {}

    @property
    def now(self) -> np.ndarray:
        """Weights of the members from the terms added so far; equal ones before the first."""
        return stacking_weights(np.concatenate(self._past, axis=1)) if self._past else np.full(len(MEMBERS), 1 / len(MEMBERS))

    def add(self, origin: Origin, found: dict[str, CountForecast], count: np.ndarray) -> dict[str, CountForecast]:
        """The forecasts with those of the pool; the term's scores count from the next one on."""
        weight = self.now
        self.weight[origin.label] = weight
        members = [found[name] for name in MEMBERS]
        placebo = [found[HAPPENED_NOT], *members[1:]]
        self._past.append(np.log(np.maximum([_probability(one, count) for one in members], 1e-300)))
        return found | {POOL: linear_pool(members, weight), PLACEBO: linear_pool(placebo, weight)}


def _probability(forecast: CountForecast, count: np.ndarray) -> np.ndarray:
    found: np.ndarray = forecast.widened(int(count.max()) + 1).pmf[np.arange(len(count)), count]
    return found


Told = Callable[[Origin, PastRegisterTerm, dict[str, CountForecast]], None]
"""Hears of every term with all forecasts of it."""


def backtest(chosen: Sequence[Origin], past: Mapping[str, RegisterYears], whole: RegisterYears, hierarchical: Hierarchical,
             progress: Callable[[int, int], None] = lambda *_: None, pooling: Pooling | None = None,
             told: Told = lambda *_: None) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Forecast and score every term.

    Parameters
    ----------
    chosen : sequence of Origin
        In order of time.
    past : mapping of str to RegisterYears
        What was known, by label of the origin.
    whole : RegisterYears
        What is known now: it is used for what happened, and given to no forecaster.
    pooling : Pooling, optional
        Of a caller who asks for its weights afterwards.
    told : callable, optional
        Given every term with all forecasts of it, in order of time.

    Returns
    -------
    scores : DataFrame
        One row per cell and forecaster, see :func:`forecast.evaluation.backtest_origin.scored`.
    weight : dict of str to array
        Weights of the pool by term, in the order of ``MEMBERS``.
    """
    pooling, tables = pooling or Pooling(), []
    for number, origin in enumerate(chosen, 1):
        given = target(origin, past[origin.label], whole)
        count = given.count.ravel()
        found = pooling.add(origin, forecasts(origin, given, hierarchical), count) | {LEVEL_KNOWN: level_known(origin, given)}
        tables.append(scored(given.cells(origin), found, count))
        told(origin, given, found)
        progress(number, len(chosen))
    return pd.concat(tables, ignore_index=True), pooling.weight


# A forecaster between smoothing and a hierarchical model.

DECAYS = (0.97, 0.85)
FORGET = 0.8
PRIOR = np.array([0.5, 0.3, 0.1, 0.03, 0.03, 0.04])
SPREAD = 0.1
"""Standard deviation of the normal priors of the coefficients."""
YEARS = 3.0
"""Years of the region's rate that are added to each series' own."""
ENOUGH = 20


@dataclass(frozen=True)
class GroupFit:
    """Coefficients of one group: ``beta`` (predictor,), ``size`` (2,): c and d."""

    beta: np.ndarray
    size: np.ndarray

    def predict(self, predictors: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and negative-binomial size of counts, each (series,)."""
        mean = np.maximum(predictors @ self.beta * years, 1e-9)
        return mean, np.exp(self.size[0] + self.size[1] * np.clip(np.log(mean), -6, 4))


def autoregression(past: History, region: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Means and sizes of the counts of the next `years`, each (group, series); None before a first term is over.

    Parameters
    ----------
    region : (series,) array
        Label of each series' region.
    """
    rows = [row for year in range(TERM, len(past.party), TERM) if (row := _row(past, region, year)) is not None]
    if not rows:
        return None
    predictors = np.concatenate([row[0] for row in rows], axis=1)
    count, seen, weight = (np.concatenate([row[part] for row in rows], axis=-1) for part in (1, 2, 3))
    now = _predictors(past, region)
    fits = [_fit(predictors[group], count[group], seen, weight) for group in range(len(count))]
    found = [fit.predict(now[group], years) for group, fit in enumerate(fits)]
    mean, size = zip(*found, strict=True)
    return np.stack(mean), np.stack(size)


def _row(past: History, region: np.ndarray, year: int) -> tuple[np.ndarray, ...] | None:
    """Predictors (group, series, predictor), counts (group, series), years and weight (series,) of one past term."""
    seen = past.exposure[:, year:year + TERM].sum(axis=1)
    known = (past.exposure[:, :year].sum(axis=1) > 0.5) & (seen > 0.9 * seen.max())
    if known.sum() < ENOUGH:
        return None
    ago = (len(past.party) - year) / TERM
    before = _predictors(past.until(year), region)
    return (before[:, known], past.count[:, known, year:year + TERM].sum(axis=2), seen[known],
            np.full(known.sum(), FORGET**ago))


def _predictors(past: History, region: np.ndarray) -> np.ndarray:
    """What is known of every series, (group, series, predictor)."""
    (slow_count, slow_years), (fast_count, fast_years) = (_decayed(past, decay) for decay in DECAYS)
    level = slow_count.sum(axis=1) / slow_years.sum()
    of_region = np.zeros(slow_count.shape)
    for label in np.unique(region):
        there = region == label
        rate = (slow_count[:, there].sum(axis=1) + 10 * level) / (slow_years[there].sum() + 10)
        of_region[:, there] = rate[:, None]
    slow = (slow_count + YEARS * of_region) / (slow_years + YEARS)
    fast = (fast_count + YEARS * slow) / (fast_years + YEARS)
    relative = slow / np.maximum(level, 1e-9)[:, None]
    own = [np.stack([slow[k], fast[k], of_region[k], *(relative[other] * level[k] for other in range(len(level)) if other != k),
                     np.full(slow.shape[1], level[k])], axis=1) for k in range(len(level))]
    return np.stack(own)


def _decayed(past: History, decay: float) -> tuple[np.ndarray, np.ndarray]:
    weight = decay ** np.arange(len(past.party))[::-1]
    return (past.count * weight).sum(axis=2), (past.exposure * weight).sum(axis=1)


def _fit(predictors: np.ndarray, count: np.ndarray, years: np.ndarray, weight: np.ndarray) -> GroupFit:
    """Posterior mode of one group's coefficients; the positive ones are sought by their logarithms."""
    many = predictors.shape[1]
    start = np.concatenate([np.log(np.maximum(PRIOR, 0.02)), [0.0, 0.5]])
    found = minimize(_loss, start, args=(predictors, count, years, weight), jac=True, method="L-BFGS-B").x
    return GroupFit(np.exp(found[:many]), found[many:])


def _loss(at: np.ndarray, predictors: np.ndarray, count: np.ndarray, years: np.ndarray,
          weight: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus the log posterior, and its gradient."""
    many = predictors.shape[1]
    beta, (level, slope) = np.exp(at[:many]), at[many:]
    mean = np.maximum(predictors @ beta * years, 1e-9)
    log = np.clip(np.log(mean), -6, 4)
    size = np.exp(level + slope * log)
    both = size + mean
    fit = (gammaln(count + size) - gammaln(size) + size * np.log(size / both) + count * np.log(mean / both))
    by_mean = weight * (count / mean - (size + count) / both)
    by_log_size = weight * size * (digamma(count + size) - digamma(size) + np.log(size / both) + 1 - (size + count) / both)
    inner = (log > -6) & (log < 4)
    by_beta = (predictors.T @ ((by_mean + by_log_size * slope * inner / mean) * years)) * beta
    away = (beta - PRIOR) / SPREAD
    prior = 0.5 * (away**2).sum() + 0.5 * level**2 + 2 * (slope - 0.5) ** 2
    gradient = np.concatenate([-by_beta + away / SPREAD * beta, [level - by_log_size.sum()],
                               [4 * (slope - 0.5) - (by_log_size * log).sum()]])
    return float(prior - (weight * fit).sum()), gradient


# A forecaster must not see what it forecasts: its forecast stays what it was when what happened is replaced.

def check_blind(forecast: Callable[[PastRegisterTerm], Mapping[str, CountForecast]], given: PastRegisterTerm, seed: int) -> None:
    """Forecast twice, the second time with counts that never happened.

    Raises
    ------
    ForecastError
        Naming every forecaster that noticed: it has seen the term that it was asked about.
    """
    rng = np.random.default_rng(seed)
    never = rng.poisson(given.by_year.mean() + 1, given.by_year.shape)
    first, second = forecast(given), forecast(replace(given, count=never.sum(axis=2), by_year=never))
    seen = [name for name, one in first.items() if not np.array_equal(one.pmf, second[name].pmf)]
    if seen:
        raise ForecastError(f"{', '.join(seen)} changed when what happened in the term was replaced: it looks past the as-of "
                            f"date {given.past.as_of}, and its scores mean nothing. Give it the past alone.")
