"""The panel autoregression on panels drawn from it, and its gradient."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from forecast.evaluation.backtest_registers import PRIOR, _fit, _loss, autoregression
from forecast.evaluation.baselines import TERM, History


def planted(rng, series=400, weight=(0.7, 0.0, 0.0, 0.35, 0.0, 0.05)):
    predictors = rng.gamma(1.0, 0.8, (series, len(PRIOR)))
    mean = predictors @ np.array(weight) * 4.0
    return predictors, rng.poisson(mean * rng.gamma(2.0, 0.5, series)), np.full(series, 4.0), np.ones(series)


def test_the_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(0)
    given, at = planted(rng, 30), rng.normal(-1, 0.4, len(PRIOR) + 2)
    assert check_grad(lambda x: _loss(x, *given)[0], lambda x: _loss(x, *given)[1], at) < 1e-3


def test_coefficients_are_found():
    """Four hundred series drown the prior: 0.7 and 0.35 come out, where the prior says 0.5 and 0.03."""
    found = _fit(*planted(np.random.default_rng(1), series=4000)).beta
    assert found[0] == pytest.approx(0.7, abs=0.08)
    assert found[3] == pytest.approx(0.35, abs=0.08)
    assert found[1] < 0.1


def panel(seed):
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.7, 1.0, (3, 60, 1)) * np.ones(32)
    party = np.repeat("democratic", 32)
    return History(count=rng.poisson(rate), exposure=np.ones((60, 32)), party=party, coming="democratic"), rate


def test_steady_rates_are_forecast_and_a_first_term_is_not():
    past, rate = panel(2)
    region = np.repeat(["a", "b", "c"], 20)
    mean, size = autoregression(past, region, np.full(60, 4.0))
    assert np.corrcoef(mean.ravel(), rate[:, :, 0].ravel())[0, 1] > 0.97
    assert mean.sum() == pytest.approx(4 * rate[:, :, 0].sum(), rel=0.1)
    assert (size > 0).all()
    assert autoregression(past.until(TERM), region, np.full(60, 4.0)) is None
