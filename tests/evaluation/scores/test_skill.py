"""Skill and its interval; evidence that may be looked at whenever one likes."""

import numpy as np
import pandas as pd
import pytest

from forecast.errors import ForecastError
from forecast.evaluation.scores.counts import mixture
from forecast.evaluation.scores.score import crps
from forecast.evaluation.scores.sequential import crps_bound, evidence
from forecast.evaluation.scores.skill import skill

TERMS, UNITS = 18, 40


def losses(rng, effect, by_term=0.3):
    """Baseline losses, and those of a forecaster that is better by `effect`, with surprises that terms and units share."""
    term, unit = (index.ravel() for index in np.indices((TERMS, UNITS)))
    base = pd.Series(rng.gamma(4, 0.25, TERMS * UNITS))
    shared = (rng.normal(0, by_term, TERMS)[term] + rng.normal(0, 0.1, UNITS)[unit]) * 0.5
    return base * (1 - effect) + shared * base.mean(), base, pd.Series(term), pd.Series(unit)


def test_the_interval_covers_no_skill_about_as_often_as_it_says():
    rng, covered = np.random.default_rng(1), 0
    for _ in range(100):
        found = skill(*losses(rng, 0.0), resamples=400)
        covered += found.low <= 0 <= found.high
    assert covered >= 85  # 95 expected; eighteen terms make bootstrap intervals a little short


def test_terms_that_share_surprises_widen_the_interval():
    """Cells taken as independent would give an interval several times as narrow."""
    one, base, term, unit = losses(np.random.default_rng(2), 0.0)
    found = skill(one, base, term, unit)
    alone = skill(one, base, pd.Series(range(len(one))), unit * 0)
    assert found.high - found.low > 2 * (alone.high - alone.low)


def test_skill_is_the_share_of_loss_saved():
    one, base, term, unit = losses(np.random.default_rng(3), 0.4, by_term=0.01)
    found = skill(one, base, term, unit)
    assert found.skill == pytest.approx(1 - one.sum() / base.sum())
    assert found.low > 0.3
    assert (found.cells, found.terms, found.units) == (TERMS * UNITS, TERMS, UNITS)


def test_other_cells_are_refused():
    one, base, term, unit = losses(np.random.default_rng(4), 0.1)
    for wrong in (base.iloc[1:], base.where(base.index != 3)):
        with pytest.raises(ForecastError, match="same cells"):
            skill(one, wrong, term, unit)
    with pytest.raises(ForecastError):
        skill(one.iloc[:0], base.iloc[:0], term, unit)


def test_evidence_deceives_once_in_twenty_at_most_even_with_stopping():
    rng, bound = np.random.default_rng(6), np.ones(300)
    deceived = sum(evidence(rng.uniform(-1, 1, 300), bound).max() >= 20 for _ in range(400))
    assert deceived <= 20 + 3 * np.sqrt(400 * 0.05 * 0.95)


def test_evidence_grows_where_there_is_an_advantage():
    rng = np.random.default_rng(7)
    assert evidence(rng.uniform(-0.6, 1, 200), np.ones(200))[-1] > 20
    assert evidence(-rng.uniform(-0.6, 1, 200), np.ones(200))[-1] < 1


def test_no_outcome_exceeds_the_bound_of_crps():
    first, second = mixture(np.array([2.0]), np.array([1.0])), mixture(np.array([9.0]), np.array([30.0]))
    gain = np.array([crps(first, np.array([y]))[0] - crps(second, np.array([y]))[0] for y in range(80)])
    assert np.abs(gain).max() <= crps_bound(first, second)[0]
    assert np.abs(gain).max() > 0.3 * crps_bound(first, second)[0]


def test_an_advantage_beyond_its_bound_is_refused():
    with pytest.raises(ForecastError, match="bound"):
        evidence(np.array([0.5]), np.array([0.4]))
