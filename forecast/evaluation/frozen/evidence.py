"""Evidence that a frozen forecast is better or worse than the baselines frozen with it, month by month, and its power.

Nulls and formulas are those of :mod:`forecast.evaluation.scores.sequential`; a month's advantage is the sum over ranks, and its
worst case that of all ranks together. Power is how often evidence would be convincing by the end of the horizon if the forecast
were exactly true: the share of its own frozen paths, which months and ranks share their level in, so that they are no independent
draws.

Evidence by scores is convincing from 20 on. That by likelihoods would be so if months were independent; since the months of a
forecast share their level, and those of a baseline its gamma rate, it is convincing beyond the level that their own series exceed
once in twenty: for ``likelihood_worse`` the frozen paths, for ``likelihood_better`` series of every baseline, the highest of
their levels.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.evaluation.frozen.record import Frozen
from forecast.evaluation.scores.counts import CountForecast
from forecast.evaluation.scores.sequential import ENOUGH, alarm, at, by_scores, gains, log_ratios, power, stakes, worst

ALL_BASELINES = "all baselines"
SEQUENCE = ("scenario", "baseline", "month", "advantage", "mean_advantage", "evidence_better", "evidence_worse",
            "likelihood_better", "likelihood_worse")
"""``evidence_*`` are by scores, ``likelihood_*`` by likelihoods. Rows of single baselines are not adjusted for their number;
those of ``all baselines`` are: means over baselines, but the least for ``likelihood_better``. What of them is convincing is told
by ``POWER``."""
POWER = ("scenario", "months", "by", "level_better", "level_worse", "power", "mcse")
"""``level_*``: evidence of that size against all baselines is wrong once in twenty at most."""
SIMULATED = 400
"""Draws of every month from which stakes are chosen."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A forecast beside a baseline.

    Parameters
    ----------
    gain, ratio : (cell, count) arrays
        Advantage by CRPS, and log ratio of probabilities, for every count.
    better, worse : (month,) arrays
        Stakes on the forecast, and on the baseline.
    ranks : int
        Cells are ranks, months within them.
    """

    gain: np.ndarray
    ratio: np.ndarray
    better: np.ndarray
    worse: np.ndarray
    ranks: int

    def advantage(self, count: np.ndarray) -> np.ndarray:
        """How much less the forecast loses in every month than the baseline, (..., month), from counts (..., month, rank)."""
        return self._summed(self.gain, count)

    def scores(self, count: np.ndarray, sign: int) -> np.ndarray:
        """Evidence by scores that the forecast is better (1) or worse (-1)."""
        bound = self._monthly(worst(sign * self.gain))[:count.shape[-2]]
        stake = (self.better if sign > 0 else self.worse)[:count.shape[-2]]
        return by_scores(sign * self.advantage(count), bound, stake)

    def log_likelihoods(self, count: np.ndarray) -> np.ndarray:
        """Log of the evidence by likelihoods that the forecast is better; of the baseline it is minus that."""
        return np.cumsum(self._summed(self.ratio, count), axis=-1)

    def _summed(self, table: np.ndarray, count: np.ndarray) -> np.ndarray:
        months = count.shape[-2]
        cells = table.reshape(self.ranks, -1, table.shape[1])[:, :months].reshape(self.ranks * months, -1)
        of_cell = at(cells, np.swapaxes(count, -1, -2).reshape(*count.shape[:-2], -1))
        return of_cell.reshape(*count.shape[:-2], self.ranks, months).sum(axis=-2)

    def _monthly(self, of_cell: np.ndarray) -> np.ndarray:
        return of_cell.reshape(self.ranks, -1).sum(axis=0)


def paired(forecast: CountForecast, baseline: CountForecast, ranks: int, seed: int = 1) -> Pair:
    """Tables and stakes of a forecast and a baseline of the same cells: ranks, months within them."""
    gain, rng = gains(forecast, baseline), np.random.default_rng(seed)

    def stake(of: CountForecast, sign: int) -> np.ndarray:
        drawn = at(sign * gain, draws(of, SIMULATED, rng)).reshape(SIMULATED, ranks, -1).sum(axis=1)
        return stakes(drawn, worst(sign * gain).reshape(ranks, -1).sum(axis=0))

    return Pair(gain=gain, ratio=log_ratios(forecast, baseline), ranks=ranks, better=stake(forecast, 1),
                worse=stake(baseline, -1))


def draws(forecast: CountForecast, many: int, rng: np.random.Generator) -> np.ndarray:
    """Counts drawn from a forecast, cells independently, (draw, cell)."""
    return np.stack([np.searchsorted(cdf, rng.random(many) * cdf[-1], side="right") for cdf in forecast.cdf], axis=1)


def evidence(frozen: Frozen, forecasts: Mapping[str, CountForecast], baselines: Mapping[str, CountForecast],
             count: np.ndarray, series: Mapping[str, np.ndarray]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Evidence after every month that is over, and its power over the horizon.

    Parameters
    ----------
    forecasts, baselines : mapping of str to CountForecast
        Over the whole horizon: all ranks together, then rank by rank; months within them.
    count : (month, rank) array
        What happened in the months that are over.
    series : mapping of str to (series, month, rank) array
        Counts of the whole horizon from every baseline, one rate per rank and series.

    Returns
    -------
    DataFrame
        Columns as in ``SEQUENCE``.
    DataFrame
        Columns as in ``POWER``: ``by`` is scores or likelihoods, against all baselines; a level is infinite where
        there are too few paths to know it.
    """
    ranked = np.arange((1 + len(frozen.rank)) * len(frozen.month)) >= len(frozen.month)
    against = {name: one.cells(ranked) for name, one in baselines.items()}
    rows, powers = [], []
    for name, forecast in forecasts.items():
        pairs = {other: paired(forecast.cells(ranked), baseline, len(frozen.rank)) for other, baseline in against.items()}
        if pairs:
            rows += [(name, *row) for row in _sequence(pairs, frozen.month, count)]
            powers += [(name, len(frozen.month), *row) for row in _power(pairs, np.array(frozen.scenario[name].draws), series)]
    return pd.DataFrame(rows, columns=list(SEQUENCE)), pd.DataFrame(powers, columns=list(POWER))


def _power(pairs: Mapping[str, Pair], paths: np.ndarray, series: Mapping[str, np.ndarray]) -> Iterator[tuple]:
    """By what, levels that convince, and power with its error."""
    own = combined(pairs, paths)
    yield "scores", ENOUGH, ENOUGH, *power(own["evidence_better"])
    better = max(alarm(combined(pairs, one)["likelihood_better"]) for one in series.values())
    yield "likelihoods", better, alarm(own["likelihood_worse"]), *power(own["likelihood_better"], better)


def combined(pairs: Mapping[str, Pair], count: np.ndarray) -> dict[str, np.ndarray]:
    """Evidence against all baselines after every month, (..., month), by its name in ``SEQUENCE``."""
    single = [_single(pair, count) for pair in pairs.values()]
    return {key: (np.min if key == "likelihood_better" else np.mean)([one[key] for one in single], axis=0) for key in single[0]}


def _single(pair: Pair, count: np.ndarray) -> dict[str, np.ndarray]:
    ratio = np.clip(pair.log_likelihoods(count), -600, 600)  # within what a number can hold
    return {"evidence_better": pair.scores(count, 1), "evidence_worse": pair.scores(count, -1),
            "likelihood_better": np.exp(ratio), "likelihood_worse": np.exp(-ratio)}


def _sequence(pairs: Mapping[str, Pair], months: tuple[str, ...], count: np.ndarray) -> Iterator[tuple]:
    """Rows of every baseline, then of all of them."""
    gain = {other: pair.advantage(count) for other, pair in pairs.items()}
    found = {other: _single(pair, count) for other, pair in pairs.items()}
    gain[ALL_BASELINES], found[ALL_BASELINES] = np.mean(list(gain.values()), axis=0), combined(pairs, count)
    for other, told in found.items():
        for place in range(len(count)):
            yield (other, months[place], gain[other][place], gain[other][:place + 1].mean(),
                   *(float(told[key][place]) for key in SEQUENCE[-4:]))
