"""A forecaster must not see what it forecasts: its forecast stays what it was when what happened is replaced."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from forecast.errors import ForecastError
from forecast.evaluation.backtest.registers import Target
from forecast.evaluation.scores.counts import CountForecast


def check_blind(forecast: Callable[[Target], Mapping[str, CountForecast]], given: Target, seed: int) -> None:
    """Forecast twice, the second time with counts that never happened.

    Raises
    ------
    ForecastError
        Naming every forecaster that noticed: it has seen the term that it was asked about.
    """
    other = np.random.default_rng(seed).poisson(given.count.mean() + 1, given.count.shape)
    first, second = forecast(given), forecast(replace(given, count=other))
    seen = [name for name, one in first.items() if not np.array_equal(one.pmf, second[name].pmf)]
    if seen:
        raise ForecastError(f"{', '.join(seen)} changed when what happened in the term was replaced: it looks past the as-of "
                            f"date {given.past.as_of}, and its scores mean nothing. Give it the past alone.")
