r"""Forecasters that know little, each a real contender.

Gamma-Poisson forecasters
-------------------------
Past years with weights, and a prior that the series of a group teach one another.

With weights :math:`w_t` of years, counts :math:`n_{it}` and exposures :math:`E_{it}` of series :math:`i`,

.. math::

    \lambda_i \mid n \sim \mathrm{Gamma}\!\left(a + \textstyle\sum_t w_t n_{it},\ b + \sum_t w_t E_{it}\right)

and :math:`(a, b)` maximise the negative binomial likelihood of the weighted counts over all series of a group (empirical Bayes;
Robbins 1956, Berkeley Symposium 1, 157). Their counts over :math:`E` years are then negative binomial with size
:math:`a + \sum w n`.

What a group cannot teach is not asked of it. The shape of a gamma distribution estimated from the true rates of :math:`K` series
is too large by the factor :math:`K / (K - 3)` on average, to first order: up to three series it has no expectation at all, and
one series alone has its maximum at an infinite shape, a distribution that knows the rate. Groups of fewer than :data:`ENOUGH`
series, and groups without a count, take the fixed prior :data:`WEAK` in its place. And whatever the estimate, nobody knows a
rate better than from all counts of the group at once, :math:`a \le \frac12 + \sum_{it} w_t n_{it}`.

Widening
--------
How much wider than their own arithmetic past forecasts should have been.

A gamma rate knows nothing of what changes between terms (here: stretches of four years from the first one on). With the
candidates :math:`\kappa`, the forecaster's shape and years become :math:`\kappa` times what they are, which keeps the mean and
widens the counts; the candidate that forecast past terms best by log score, from the years before each, is used. Before any term
is over it is 1.

Exponential smoothing
---------------------
As statsmodels does it, series by series, with negative binomial counts around its forecast.

The level and its smoothing weight are estimated series by series; the size of the counts comes from the errors of the
one-step forecasts of all series of a group, by moments: variance = mean + mean**2 / size. It is kept for longer windows, as
if the error of the level lasted through them: forecasts of many years ahead err by more than those of one, not by less.
Errors that are no larger than those of Poisson counts say nothing of a size, and would let the forecast know the level: its
size is therefore at most that of a level learned from all counts of the group.

Dated questions
---------------
Forecasters that know nothing but how many contacts counted for each question in the past.

With weights :math:`w_t`, the latest term or stretch of four years 1 and each one before it half of the next, counts :math:`n_t`
and years :math:`E_t`, the rate of the contacts that count for a question is

.. math::

    \lambda \mid n \sim \mathrm{Gamma}\!\left(a + \textstyle\sum_t w_t n_t,\ b + \sum_t w_t E_t\right),

with the fixed prior :data:`WEAK`, since a question is one series. Over a window of
:math:`E` years the count is negative binomial, and so is the probability that it is at least, or at most, what the question
says. Two forecasters differ in what they look back on: the windows of the question in past terms, at the same distance from
inauguration, or the whole record, whatever the time of the term.

Half a weight per term is a round number chosen without regard to scores. A third forecaster looks at answers alone: the share of
past terms in which the question held, half a term of either answer added.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

import numpy as np
import pandas as pd
from scipy.special import gammaln

from forecast.errors import ForecastError
from forecast.panel import Panel
from forecast.panel.calendar import DAYS_PER_YEAR
from forecast.simulation.scenario import Question

# What a baseline looks back on: counts of like series, year by year.

TERM = 4
"""Years of a term."""


@dataclass(frozen=True, kw_only=True)
class History:
    """Counts up to the as-of date.

    Parameters
    ----------
    count : (group, series, year) array
        Counts; series of one group are alike, so that they inform one another.
    exposure : (series, year) array
        Years observed; the last may be a part of one.
    party : (year,) array of str
        Type of the administration of each year.
    coming : str
        Type of the administration whose term is forecast.
    """

    count: np.ndarray
    exposure: np.ndarray
    party: np.ndarray
    coming: str

    def __post_init__(self) -> None:
        groups, series, years = self.count.shape
        if self.exposure.shape != (series, years) or self.party.shape != (years,) or not groups * series * years:
            raise ForecastError(f"Counts of shape {self.count.shape} do not belong to exposures of shape {self.exposure.shape}.")

    def until(self, year: int) -> "History":
        """The same up to before a year, as a forecaster of that year would have known it."""
        return History(count=self.count[:, :, :year], exposure=self.exposure[:, :year], party=self.party[:year],
                       coming=str(self.party[min(year, len(self.party) - 1)]))


@dataclass(frozen=True)
class Rate:
    """Gamma distribution of every series' rate per year, so that its counts are negative binomial.

    Parameters
    ----------
    shape, years : (group, series) array
        Mean rate is ``shape / years``.
    """

    shape: np.ndarray
    years: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Expected counts per year, (group, series)."""
        found: np.ndarray = self.shape / self.years
        return found


# Gamma-Poisson forecasters.

_SCORED: dict[tuple[bytes, tuple[int, ...], int, float], float] = {}
DECAY = (0.8, 0.85, 0.9, 0.93, 0.96, 0.98)
"""What a year counts beside the one after it: the candidates of the smoothed forecaster."""
WEAK = (0.5, 0.05)
"""Shape and years of the fixed prior: half a count, as Jeffreys' prior of a Poisson rate has, in so few years (18 days) that the
scale of the counts does not matter; not in none, so that a series that was never seen has a distribution, too."""
ENOUGH = 4
"""Series that can teach the shape of their prior."""
WITHIN = (np.array([-3.0, -12.0]), np.array([12.0, 12.0]))
"""Logs of the smallest and largest shape and mean of a prior; below, one series would have all counts of its group."""


def all_history(past: History) -> Rate:
    """Every year counts alike."""
    return weighted(past, np.ones(len(past.party)))


def last_four_years(past: History) -> Rate:
    """The last four years, whoever governed."""
    return weighted(past, (np.arange(len(past.party)) >= len(past.party) - TERM).astype(float))


def last_term(past: History) -> Rate:
    """The counts of the last four years, each series by itself, half a count added where there was none."""
    count, years = past.count[:, :, -TERM:].sum(axis=2), past.exposure[:, -TERM:].sum(axis=1)
    shape = np.maximum(count, 0.5).astype(float)
    return Rate(shape, np.broadcast_to(np.maximum(years, 0.25), shape.shape))


def same_party(past: History) -> Rate:
    """Years under administrations of the coming type; all years where there were none."""
    alike = past.party == past.coming
    return weighted(past, alike.astype(float)) if alike.any() else all_history(past)


def smoothed(past: History) -> Rate:
    """Exponentially weighted years; the decay is the one that forecast past terms best, by log score."""
    return decayed(past, best_decay(past))


def decayed(past: History, decay: float) -> Rate:
    """Exponentially weighted years."""
    return weighted(past, decay ** np.arange(len(past.party))[::-1])


def best_decay(past: History) -> float:
    """The candidate with the best log score of all past terms from the years before each, all groups together."""
    origins = range(TERM, len(past.party), TERM)
    return max(DECAY, key=lambda decay: sum(_fit_to_come(past, year, decay) for year in origins)) if len(origins) else DECAY[3]


def _fit_to_come(past: History, year: int, decay: float) -> float:
    """Log score of one term; the same term of the same history is asked for again and again, and scored once."""
    seen = past.until(year + TERM)
    key = (blake2b(seen.count.tobytes() + seen.exposure.tobytes()).digest(), seen.count.shape, year, decay)
    if key not in _SCORED:
        _SCORED[key] = _log_score(past, year, decay)
    return _SCORED[key]


def _log_score(past: History, year: int, decay: float) -> float:
    rate = decayed(past.until(year), decay)
    count = past.count[:, :, year:year + TERM].sum(axis=2)
    seen = past.exposure[:, year:year + TERM].sum(axis=1)
    known = (past.exposure[:, :year].sum(axis=1) > 0) & (seen > 0)
    return float(log_probability(count, rate.shape, rate.years / np.maximum(seen, 1e-9))[:, known].sum())


def weighted(past: History, weight: np.ndarray) -> Rate:
    """Posterior of the rates from years with given weights, (year,)."""
    count, years = (past.count * weight).sum(axis=2), (past.exposure * weight).sum(axis=1)
    prior = [empirical_prior(one[years > 0], years[years > 0]) for one in count]
    shape, scale = (np.array([one[part] for one in prior])[:, None] for part in (0, 1))
    return Rate(shape + count, scale + years)


def empirical_prior(count: np.ndarray, years: np.ndarray) -> tuple[float, float]:
    """Shape and years of the gamma prior that makes the counts of like series most probable; ``WEAK`` where few or none can."""
    if len(count) < ENOUGH or not count.any():
        return WEAK
    from scipy.optimize import minimize  # here: commands that need no baseline do not wait for it

    def loss(log: np.ndarray) -> float:
        shape, mean = np.exp(np.clip(log, *WITHIN))
        return -float(log_probability(count, shape, shape / (mean * years)).sum())

    start = np.log([1.0, (count.sum() + 0.5) / (years.sum() + 1)])
    shape, mean = np.exp(np.clip(minimize(loss, start, method="Nelder-Mead").x, *WITHIN))
    shape = min(shape, surest(count))
    return float(shape), float(shape / mean)


def surest(count: np.ndarray) -> float:
    """The largest shape that counts of a group justify: that of a rate which all of them share."""
    return 0.5 + float(count.sum())


def log_probability(count: np.ndarray, shape: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """Negative binomial with size `shape` and mean `shape / odds`; counts may be weighted sums."""
    shape = np.minimum(shape, 1e9)
    found: np.ndarray = (gammaln(count + shape) - gammaln(shape) - gammaln(count + 1) + shape * (np.log(odds) - np.log1p(odds))
                         - count * np.log1p(odds))
    return found


# How much wider than their own arithmetic past forecasts should have been.

WIDER = (1.0, 0.5, 0.25, 0.12, 0.06, 0.03, 0.015)


def tempered(forecaster: Callable[[History], Rate]) -> Callable[[History], Rate]:
    """The forecaster with the width that past terms teach."""

    def widened(past: History) -> Rate:
        found = forecaster(past)
        share = np.array(WIDER)[_scores(forecaster, past).argmax()]
        return Rate(found.shape * share, found.years * share)

    return widened


def _scores(forecaster: Callable[[History], Rate], past: History) -> np.ndarray:
    """Log score of all past terms by candidate, (candidate,)."""
    total = np.zeros(len(WIDER))
    for year in range(TERM, len(past.party), TERM):
        rate = forecaster(past.until(year))
        seen = past.exposure[:, year:year + TERM].sum(axis=1)
        known = (past.exposure[:, :year].sum(axis=1) > 0) & (seen > 0)
        count = past.count[:, known, year:year + TERM].sum(axis=2)
        shape, years = rate.shape[:, known], rate.years[:, known]
        total += [log_probability(count, share * shape, share * years / seen[known]).sum() for share in WIDER]
    return total


# Exponential smoothing of every series as statsmodels does it, with negative binomial counts around its forecast.

LEAST = 0.02
"""Counts per year that a forecast is at least: smoothing may end at zero, and counts may not."""


def smoothing_library(past: History) -> Rate:
    """Simple exponential smoothing of statsmodels."""
    level, fitted = np.empty(past.count.shape[:2]), np.full(past.count.shape, np.nan)
    for group, counts in enumerate(past.count):
        for series, count in enumerate(counts):
            seen = past.exposure[series] > 0.5
            level[group, series], fitted[group, series, seen] = _smooth(count[seen] / past.exposure[series][seen])
    level = np.maximum(level, LEAST)
    size = np.array([_size(*pair) for pair in zip(past.count, np.maximum(fitted, LEAST), strict=True)])
    shape = np.minimum(size, [surest(one) for one in past.count])[:, None]
    return Rate(np.broadcast_to(shape, level.shape), shape / level)


def _smooth(series: np.ndarray) -> tuple[float, np.ndarray]:
    """Next level, and the one-step forecasts of a series; its mean where there is too little or nothing to smooth."""
    if len(series) < 2 * TERM or not series.any():
        mean = float(series.mean()) if len(series) else 0.0
        return mean, np.full(len(series), mean)
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence: a flat likelihood leaves the start, which will do
        found = SimpleExpSmoothing(series, initialization_method="estimated").fit()
    return float(found.forecast(1)[0]), np.asarray(found.fittedvalues)


def _size(count: np.ndarray, fitted: np.ndarray) -> float:
    """Size of one year's negative binomial by moments."""
    known = ~np.isnan(fitted)
    excess = ((count - fitted) ** 2 - fitted)[known].sum()
    return float(np.clip((fitted[known] ** 2).sum() / max(excess, 1e-9), 0.05, 1e6))


# Pages of the media, with which the number of pages in futures is pooled (:mod:`forecast.evaluation.quantity`).

def past_pages(panel: Panel) -> np.ndarray:
    """Pages by side and administration year, (side, year)."""
    found = np.zeros((panel.pages.shape[1], len(panel.year)), int)
    np.add.at(found.T, panel.contact["year"].to_numpy(), panel.pages)
    return found


def page_rate(panel: Panel) -> Rate:
    """Pages per year of each side of one dyad by exponential smoothing of its record, (1, side).

    Years of an administration, the last as far as it is known: more than half a year counts as one, at its rate.
    """
    if len(panel.dyad) != 1:
        raise ForecastError(f"Pages are smoothed of one dyad at a time, not of {', '.join(map(str, panel.dyad))} together.")
    count = past_pages(panel)
    exposure = np.broadcast_to(panel.exposure.to_numpy()[0], count.shape)
    party = panel.year["type"].to_numpy(str)
    return smoothing_library(History(count=count[None], exposure=exposure, party=party, coming=str(party[-1])))


# The baselines by their names in tables.

BASELINE: dict[str, Callable[[History], Rate]] = {
    "all history": tempered(all_history), "last term": tempered(last_term),
    "last four years": tempered(last_four_years), "same party": tempered(same_party),
    "smoothed": tempered(smoothed), "statsmodels smoothing": smoothing_library,
}


# Forecasters of dated questions that know nothing but how many contacts counted for each in the past.

HALF = 0.5
"""What a term counts beside the one after it."""
QUESTION_BASELINES = ("counts of past terms", "counts of the record", "share of past terms", "one half")


def question_chances(question: Question, past: Panel, windows: pd.DataFrame, begins: date) -> dict[str, float]:
    """Probability of a question by every baseline.

    Parameters
    ----------
    past : Panel
        What was known.
    windows : DataFrame
        From :func:`forecast.evaluation.questions.past_windows`: those of this question that were over.
    begins : date
        Inauguration day of the term that the question is about.
    """
    held = windows["holds"].to_numpy(float)
    return dict(zip(QUESTION_BASELINES, (
        _of_terms(question, windows, begins), _of_record(question, past, begins), (held.sum() + 0.5) / (len(held) + 1), 0.5),
        strict=True))


def chance(question: Question, count: np.ndarray, years: np.ndarray, weight: np.ndarray, window: float) -> float:
    """Probability of a question from weighted counts and years, over a window of so many years."""
    from scipy.stats import nbinom  # most of a second

    shape, known = WEAK[0] + float(weight @ count), WEAK[1] + float(weight @ years)
    of_count = nbinom(shape, known / (known + window))
    return float(of_count.sf(question.at_least - 1) if question.at_least is not None else of_count.cdf(question.most))


def _of_terms(question: Question, windows: pd.DataFrame, begins: date) -> float:
    """From the windows of past terms."""
    from forecast.evaluation.questions import span  # here: it imports the simulation, which baselines of counts need not wait for

    first, last = span(question, begins)
    ago = np.array([(first.year - day.year) / TERM - 1 for day in windows["first"]])
    years = np.array([_years(*pair) for pair in zip(windows["first"], windows["last"], strict=True)])
    return chance(question, windows["count"].to_numpy(float), years, HALF**ago, _years(first, last))


def _of_record(question: Question, past: Panel, begins: date) -> float:
    """From stretches of four years that end on the as-of date; the first one may be shorter."""
    from forecast.evaluation.questions import matches, span  # here: as above

    ago = (pd.Timestamp(past.as_of) - past.contact["date"][matches(past.contact, question)]).dt.days / DAYS_PER_YEAR
    known = float(past.exposure.to_numpy()[0].sum())
    begin = np.arange(0, known, TERM)
    years = np.minimum(begin + TERM, known) - begin
    stretch = np.minimum(ago.to_numpy() // TERM, len(begin) - 1).astype(int)
    return chance(question, np.bincount(stretch, minlength=len(begin)), years, HALF ** np.arange(len(begin)),
                  _years(*span(question, begins)))


def _years(first: date, last: date) -> float:
    return ((last - first).days + 1) / DAYS_PER_YEAR
