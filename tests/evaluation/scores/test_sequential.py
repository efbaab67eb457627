"""Evidence that may be looked at whenever one likes: false alarms under each null, and power where there is something to find."""

import numpy as np
import pytest
from scipy.optimize import brentq

from forecast.errors import ForecastError
from forecast.evaluation.freezing import combined_evidence, draws, pair_of
from forecast.evaluation.scores import CountForecast, crps, mixture
from forecast.evaluation.skill import alarm, at, by_scores, evidence_power, gains, largest_loss, log_ratios, stakes

MONTHS, RANKS, SERIES = 48, 2, 1000
ALARM = 0.05 + 3 * np.sqrt(0.05 * 0.95 / SERIES)


def same(mean, size):
    """The same forecast of every rank and month."""
    return mixture(np.full(RANKS * MONTHS, mean), np.full(RANKS * MONTHS, size))


FIRST, SECOND, THIRD = same(1.5, 3.0), same(0.8, 3.0), same(1.0, 0.7)
PAIRS = {"second": pair_of(FIRST, SECOND, RANKS), "third": pair_of(FIRST, THIRD, RANKS)}


def counts(forecast, seed=1, many=SERIES):
    """Series of counts from a forecast, (series, month, rank)."""
    found = draws(forecast, many, np.random.default_rng(seed))
    return found.reshape(many, RANKS, MONTHS).transpose(0, 2, 1)


def alarms(evidence):
    return (evidence.max(axis=1) >= 20).mean()


def level():
    """A truth between two forecasts that makes them equally good by CRPS: the edge of the null."""
    table = gains(FIRST, SECOND)[:1]

    def better(share):
        pmf = share * FIRST.widened(table.shape[1]).pmf[0] + (1 - share) * SECOND.widened(table.shape[1]).pmf[0]
        return float(pmf @ table[0])

    share = brentq(better, 0, 1)
    length = max(FIRST.pmf.shape[1], SECOND.pmf.shape[1])
    return CountForecast(share * FIRST.widened(length).pmf + (1 - share) * SECOND.widened(length).pmf)


def test_gains_are_differences_of_scores_and_the_worst_case_is_met():
    one, other = mixture(np.array([2.0, 5.0]), np.array([1.0, 3.0])), mixture(np.array([9.0, 1.0]), np.array([30.0, 2.0]))
    table = gains(one, other)
    for count in (0, 1, 7, 40, 700):
        y = np.array([count, count])
        np.testing.assert_allclose(at(table, y), crps(other, y) - crps(one, y), atol=1e-9)
    found = np.array([crps(other, np.array([y, y])) - crps(one, np.array([y, y])) for y in range(120)])
    np.testing.assert_allclose(largest_loss(table), -found.min(axis=0), atol=1e-9)


def test_by_scores_deceives_once_in_twenty_at_most_at_the_edge_of_its_null():
    truth, pair = level(), PAIRS["second"]
    for sign in (1, -1):
        assert alarms(pair.scores(counts(truth), sign)) <= ALARM
        assert pair.scores(counts(truth), sign)[:, 11].mean() == pytest.approx(1, abs=0.25)  # a fair game
    assert alarms(pair.scores(counts(SECOND), 1)) <= ALARM / 2


def test_stakes_beyond_the_bound_deceive():
    """The negative control: the same game with three times the stake that the worst case allows, losses cut at ruin."""
    truth, pair = level(), PAIRS["second"]
    gain = pair.advantage(counts(truth))
    bound = largest_loss(pair.gain).reshape(RANKS, -1).sum(axis=0)
    unbounded = np.cumprod(np.maximum(1 + 3 * gain / bound, 0.1), axis=1)
    assert alarms(unbounded) > 2 * ALARM


def test_stakes_that_see_the_outcome_deceive():
    truth, pair = level(), PAIRS["second"]
    gain = pair.advantage(counts(truth))
    share = gain / largest_loss(pair.gain).reshape(RANKS, -1).sum(axis=0)
    assert alarms(np.cumprod(1 + 0.9 * np.maximum(share, 0), axis=1)) > 0.9


def test_by_likelihoods_deceives_once_in_twenty_at_most_whichever_baseline_is_true():
    for truth, name in ((SECOND, "second"), (THIRD, "third")):
        found = combined_evidence(PAIRS, counts(truth))["likelihood_better"]
        assert alarms(found) <= ALARM
        assert alarms(np.exp(PAIRS[name].log_likelihoods(counts(truth)))) <= ALARM


SHARED, SHAPE = 2000, 3.0


def shared(mean, seed):
    """Series whose months share one gamma rate per rank: what a forecaster means who does not know the level of a term."""
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(SHAPE, mean / SHAPE, (SHARED, 1, RANKS)) * np.ones((1, MONTHS, 1)))


def test_where_months_share_a_level_20_deceives_and_the_level_of_own_series_does_not():
    """Both ways: FIRST and SECOND have the margins of such series by month, and their product is not what they mean."""
    pair, bound = PAIRS["second"], 0.05 + 3 * np.sqrt(0.05 * 0.95 * (1 / SHARED + 1 / 400))
    for mean, sign in ((0.8, 1), (1.5, -1)):
        known, come = (np.exp(np.clip(sign * pair.log_likelihoods(shared(mean, seed)), -600, 600)) for seed in (4, 5))
        assert alarms(come) > 2 * ALARM
        level = alarm(known[:400])
        assert evidence_power(come, level)[0] <= bound
        assert evidence_power(come, level)[0] > 0.01  # no higher than it must be


def test_a_level_counts_the_series_that_is_to_come():
    """Of nineteen series the largest is exceeded by a twentieth once in twenty; fewer know no such level."""
    largest = np.arange(101.0, 120.0)[:, None]
    assert alarm(largest) == 119
    assert alarm(largest[:18]) == np.inf
    assert alarm(largest / 1000) == 20
    assert evidence_power(np.array([[19.0], [20.0], [21.0]]))[0] == pytest.approx(2 / 3)
    assert evidence_power(np.array([[19.0], [30.0], [31.0]]), 30.0)[0] == pytest.approx(1 / 3)


def test_a_mean_of_likelihood_ratios_over_baselines_would_deceive():
    """Each baseline is a null of its own: the ratio to one that is false grows without bound."""
    ratios = [np.exp(np.minimum(pair.log_likelihoods(counts(THIRD)), 500)) for pair in PAIRS.values()]
    assert alarms(np.mean(ratios, axis=0)) > 2 * ALARM


def test_probabilities_of_the_ratio_add_up_to_one_at_most():
    """Of the first forecast, where the second is true: what was expected of the capital after one count."""
    one, other = mixture(np.array([40.0]), np.array([0.5])), mixture(np.array([0.2]), np.array([50.0]))
    ratio = np.exp(log_ratios(one, other))
    assert (other.widened(ratio.shape[1]).pmf * ratio).sum() <= 1


def test_power_under_the_forecast_and_none_under_a_baseline():
    found = combined_evidence(PAIRS, counts(FIRST, seed=2))
    for key, least in (("evidence_better", 0.5), ("likelihood_better", 0.8)):
        reached, error = evidence_power(found[key])
        assert reached > least
        assert error == pytest.approx(np.sqrt(reached * (1 - reached) / SERIES))
    assert alarms(found["evidence_worse"]) <= ALARM / 2
    assert alarms(found["likelihood_worse"]) <= ALARM


def test_exact_worst_cases_find_what_a_bound_on_both_sides_does_not():
    """Twice the distance of the forecasts as the bound, and fixed stakes: what was done before."""
    pair, count = PAIRS["second"], counts(FIRST, seed=3)
    length = max(FIRST.pmf.shape[1], SECOND.pmf.shape[1])
    wide = 2 * np.abs(FIRST.widened(length).cdf - SECOND.widened(length).cdf).sum(axis=1).reshape(RANKS, -1).sum(axis=0)
    fixed = np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9])[:, None, None]
    before = np.cumprod(1 + fixed * (pair.advantage(count) / wide), axis=2).mean(axis=0)
    assert alarms(pair.scores(count, 1)) > alarms(before) + 0.2


def test_stakes_are_chosen_by_growth():
    """Doubling or ruin with probability p: Kelly's stake is 2 p - 1; where nothing is won, none."""
    advantage = np.where(np.arange(1000) < 750, 1.0, -1.0)[:, None]
    assert stakes(advantage, np.ones(1)) == pytest.approx([0.5])
    assert stakes(-advantage, np.ones(1)) == [0]


def test_more_than_the_worst_case_and_stakes_of_all_are_refused():
    with pytest.raises(ForecastError, match="worst case"):
        by_scores(np.array([-0.5]), np.array([0.4]), np.array([0.5]))
    with pytest.raises(ForecastError, match="below 1"):
        by_scores(np.array([-0.3]), np.array([0.4]), np.array([1.0]))
