"""Skill, its interval over terms, and its sign-flip p: what they say of simulated terms whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from forecast.errors import ForecastError
from forecast.evaluation.skill import SURE, holm, sign_flip, skill, told_from_zero
from tests.conftest import some

TERMS, CELLS, MANY = 7, 6, 1000


def losses(rng, effect, by_term=0.25):
    """Baseline losses, and those of a forecaster that is better by `effect`, with surprises that a term's cells share."""
    term = np.repeat(np.arange(TERMS), CELLS)
    base = rng.gamma(6, 1 / 6, TERMS)[term] * rng.gamma(4, 0.25, TERMS * CELLS)
    return pd.Series(base * (1 - effect) + rng.normal(0, by_term, TERMS)[term]), pd.Series(base), pd.Series(term)


def percentile(one, base, rng, resamples=1000):
    """The interval that drawing terms again gives."""
    sums = np.stack([part.to_numpy().reshape(TERMS, CELLS).sum(axis=1) for part in (one, base)])
    drawn = rng.multinomial(TERMS, np.full(TERMS, 1 / TERMS), resamples) @ sums.T
    return np.quantile(1 - drawn[:, 0] / drawn[:, 1], (0.025, 0.975))


@pytest.mark.parametrize("effect", some([0.0, 0.3], [0.3]))
def test_the_interval_covers_as_often_as_it_says_and_a_bootstrap_does_not(effect):
    rng, covered, drawn = np.random.default_rng(1), 0, 0
    for _ in range(MANY):
        given = losses(rng, effect)
        found = skill(*given)
        covered += found.low <= effect <= found.high
        low, high = percentile(*given[:2], rng)
        drawn += low <= effect <= high
    error = 3 * np.sqrt(0.95 * 0.05 / MANY)
    assert 0.95 - error <= covered / MANY <= 0.975
    assert drawn / MANY < 0.95 - error


def test_the_interval_by_hand():
    """Two terms: one degree of freedom, t = 12.706."""
    found = skill(pd.Series([1.0, 1.0, 3.0]), pd.Series([2.0, 2.0, 4.0]), pd.Series([1, 1, 2]))
    residual = np.array([2 - 3 / 8 * 4, 1 - 3 / 8 * 4]) / 4
    assert found.skill == 3 / 8
    assert found.high - found.skill == pytest.approx(12.7062 * np.sqrt((residual**2).sum() / 2), rel=1e-5)
    assert (found.p, found.cells, found.terms) == (0.5, 3, 2)


def test_signs_are_flipped_exactly():
    assert sign_flip(np.ones(7)) == 2 / 128
    assert sign_flip(np.array([4.0, 1, -2])) == 6 / 8  # sums 7, 3, 5, 1 and their negatives; 3 was found
    assert sign_flip(np.zeros(5)) == 1


def test_sign_flips_are_uniform_without_a_difference_and_find_one():
    """Heavy tails and spreads that differ by term: no normal distribution is assumed."""
    rng = np.random.default_rng(2)
    p = np.array([sign_flip(rng.standard_t(2, TERMS) * rng.gamma(1, 1, TERMS)) for _ in range(2000)])
    for level in (4 / 128, 6 / 128, 0.25, 0.5, 0.75):
        assert (p <= level).mean() == pytest.approx(level, abs=3.5 * np.sqrt(level * (1 - level) / 2000))
    found = np.array([sign_flip(rng.normal(1.5, 1, TERMS)) for _ in range(300)])
    assert (found <= 0.05).mean() > 0.8


def test_more_terms_than_all_signs_of_which_can_be_tried():
    rng = np.random.default_rng(3)
    one = rng.normal(0.4, 1, 20)
    exact = sign_flip(one)
    drawn = sign_flip(np.append(one, 0.0))  # a zero changes no sum, and makes it twenty-one
    assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact / (2**20 / 21)))


def test_cells_of_a_term_are_one_observation():
    """Cells taken as independent would give an interval several times as narrow."""
    one, base, term = losses(np.random.default_rng(4), 0.0, by_term=0.5)
    found, alone = skill(one, base, term), skill(one, base, pd.Series(range(len(one))))
    assert found.high - found.low > 2 * (alone.high - alone.low)


def test_one_term_has_no_interval():
    found = skill(pd.Series([1.0, 2.0]), pd.Series([2.0, 2.0]), pd.Series([1, 1]))
    assert np.isnan([found.low, found.high]).all()
    assert (found.skill, found.p) == (0.25, 1.0)


def test_beyond_zero_asks_both():
    rows = pd.DataFrame({"low": [0.1, 0.1, -0.1, -0.4, np.nan], "high": [0.2, 0.2, 0.2, -0.1, np.nan],
                         "p": [0.02, 0.06, 0.02, 0.03, 1.0]})
    assert told_from_zero(rows).tolist() == [True, False, False, True, False]
    assert SURE == 0.05


def test_holm_by_hand():
    np.testing.assert_allclose(holm(np.array([0.04, 0.01, 0.03, 0.5])), [0.09, 0.04, 0.09, 0.5])


def test_other_cells_are_refused():
    one, base, term = losses(np.random.default_rng(5), 0.1)
    for wrong in (base.iloc[1:], base.where(base.index != 3)):
        with pytest.raises(ForecastError, match="same cells"):
            skill(one, wrong, term)
    with pytest.raises(ForecastError, match="same cells"):
        skill(one.iloc[:0], base.iloc[:0], term)
    with pytest.raises(ForecastError, match="lost 0 in all"):
        skill(one, base * 0, term)
