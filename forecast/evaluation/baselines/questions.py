r"""Forecasters of dated questions that know nothing but how many contacts counted for each in the past.

With weights :math:`w_t`, the latest term or stretch of four years 1 and each one before it half of the next, counts :math:`n_t`
and years :math:`E_t`, the rate of the contacts that count for a question is

.. math::

    \lambda \mid n \sim \mathrm{Gamma}\!\left(a + \textstyle\sum_t w_t n_t,\ b + \sum_t w_t E_t\right),

with the fixed prior :data:`~forecast.evaluation.baselines.gamma.WEAK`, since a question is one series. Over a window of
:math:`E` years the count is negative binomial, and so is the probability that it is at least, or at most, what the question
says. Two forecasters differ in what they look back on: the windows of the question in past terms, at the same distance from
inauguration, or the whole record, whatever the time of the term.

Half a weight per term is a round number chosen without regard to scores. A third forecaster looks at answers alone: the share of
past terms in which the question held, half a term of either answer added.
"""

from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import nbinom

from forecast.evaluation.baselines.gamma import WEAK
from forecast.evaluation.baselines.history import TERM
from forecast.evaluation.questions.match import matches
from forecast.evaluation.questions.resolve import span
from forecast.panel import Panel
from forecast.panel.calendar import DAYS_PER_YEAR
from forecast.simulation.language import Question

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
        From :func:`forecast.evaluation.questions.record.past_windows`: those of this question that were over.
    begins : date
        Inauguration day of the term that the question is about.
    """
    held = windows["holds"].to_numpy(float)
    return dict(zip(QUESTION_BASELINES, (
        _of_terms(question, windows, begins), _of_record(question, past, begins), (held.sum() + 0.5) / (len(held) + 1), 0.5),
        strict=True))


def chance(question: Question, count: np.ndarray, years: np.ndarray, weight: np.ndarray, window: float) -> float:
    """Probability of a question from weighted counts and years, over a window of so many years."""
    shape, known = WEAK[0] + float(weight @ count), WEAK[1] + float(weight @ years)
    of_count = nbinom(shape, known / (known + window))
    return float(of_count.sf(question.at_least - 1) if question.at_least is not None else of_count.cdf(question.at_most))


def _of_terms(question: Question, windows: pd.DataFrame, begins: date) -> float:
    """From the windows of past terms."""
    first, last = span(question, begins)
    ago = np.array([(first.year - day.year) / TERM - 1 for day in windows["first"]])
    years = np.array([_years(*pair) for pair in zip(windows["first"], windows["last"], strict=True)])
    return chance(question, windows["count"].to_numpy(float), years, HALF**ago, _years(first, last))


def _of_record(question: Question, past: Panel, begins: date) -> float:
    """From stretches of four years that end on the as-of date; the first one may be shorter."""
    ago = (pd.Timestamp(past.as_of) - past.contact["date"][matches(past.contact, question)]).dt.days / DAYS_PER_YEAR
    known = float(past.exposure.to_numpy()[0].sum())
    begin = np.arange(0, known, TERM)
    years = np.minimum(begin + TERM, known) - begin
    stretch = np.minimum(ago.to_numpy() // TERM, len(begin) - 1).astype(int)
    return chance(question, np.bincount(stretch, minlength=len(begin)), years, HALF ** np.arange(len(begin)),
                  _years(*span(question, begins)))


def _years(first: date, last: date) -> float:
    return ((last - first).days + 1) / DAYS_PER_YEAR
