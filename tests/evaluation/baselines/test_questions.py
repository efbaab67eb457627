"""Baselines of dated questions, by hand and beside one another."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom

from forecast.evaluation.baselines import QUESTION_BASELINES, WEAK, chance, question_chances
from forecast.evaluation.questions import counting, past_windows
from forecast.panel import load_panel
from forecast.panel.calendar import DAYS_PER_YEAR
from forecast.simulation.scenario import Question
from tests.fixture.record import RECORD
from tests.simulation.conftest import question

BEGINS = date(2017, 1, 20)


def asked(**changed):
    return Question.model_validate(question("visit", window=("2017-01", "2018-12"), rank=["cabinet", "deputy"]) | changed)


@pytest.fixture(scope="module")
def past():
    return load_panel(RECORD, as_of=date(2016, 11, 7))


def test_counts_of_past_windows_count_half_per_term(past):
    windows = past_windows([asked()], past, BEGINS)
    found = question_chances(asked(), past, windows, BEGINS)
    assert tuple(found) == QUESTION_BASELINES
    assert windows["first"].map(lambda day: day.year).tolist() == [1993, 1997, 2001, 2005, 2009, 2013][-len(windows):]
    weight = 0.5 ** np.arange(len(windows))[::-1]
    years = np.array([(last - first).days + 1 for first, last in zip(windows["first"], windows["last"], strict=True)])
    shape, known = 0.5 + weight @ windows["count"], 0.05 + weight @ years / DAYS_PER_YEAR
    window = ((date(2018, 12, 31) - date(2017, 1, 20)).days + 1) / DAYS_PER_YEAR
    assert found["counts of past terms"] == pytest.approx(nbinom(shape, known / (known + window)).sf(0))
    assert found["share of past terms"] == (windows["holds"].sum() + 0.5) / (len(windows) + 1)
    assert found["one half"] == 0.5


def test_counts_of_the_record_end_on_the_eve_and_count_half_per_four_years(past):
    found = question_chances(asked(), past, past_windows([asked()], past, BEGINS), BEGINS)["counts of the record"]
    shape, known, known_years = WEAK[0], WEAK[1], past.exposure.to_numpy()[0].sum()
    day = pd.Series(past.contact["date"])
    ago = (pd.Timestamp(past.as_of) - day).dt.days / DAYS_PER_YEAR
    for back in range(7):
        inside = past.contact[(ago >= 4 * back) & (ago < 4 * back + 4)]
        shape += 0.5**back * counting(inside, asked())(date(1990, 1, 1), past.as_of)
        known += 0.5**back * max(0.0, min(4.0, known_years - 4 * back))
    window = ((date(2018, 12, 31) - BEGINS).days + 1) / DAYS_PER_YEAR
    assert found == pytest.approx(nbinom(shape, known / (known + window)).sf(0), rel=1e-6)


def test_at_least_and_at_most_are_two_sides():
    count, years, weight = np.array([3.0, 5.0]), np.array([1.0, 1.0]), np.array([0.5, 1.0])
    least = asked(at_least=4)
    most = asked(at_most=3, at_least=None)
    first, second = (chance(one, count, years, weight, 1.0) for one in (least, most))
    assert first + second == pytest.approx(1)
    assert first == pytest.approx(nbinom(0.5 + 6.5, 1.55 / 2.55).sf(3))


def test_counts_know_what_a_share_of_answers_cannot():
    """Six past windows that all held: a threshold far below the counts is nearly sure, one just below them is not."""
    years, weight, count = np.ones(6), 0.5 ** np.arange(6)[::-1], np.full(6, 10.0)
    easy, close = (chance(asked(at_least=many), count, years, weight, 1.0) for many in (2, 10))
    assert easy > 0.98
    assert 0.35 < close < 0.65


def test_what_comes_later_changes_nothing(past):
    """A contact after the eve is not in the panel, and no baseline knows the answer."""
    later = load_panel(RECORD, as_of=date(2020, 11, 2))
    windows = past_windows([asked()], past, BEGINS)
    assert question_chances(asked(), past, windows, BEGINS) != question_chances(asked(), later, windows, BEGINS)
    assert windows["last"].max() <= past.as_of
