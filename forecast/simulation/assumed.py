"""What a scenario assumes, as shifts over time on every target that it moves, without a posterior."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.contacts import codes
from forecast.simulation.exposure import month_starts
from forecast.simulation.language import Scenario
from forecast.simulation.noise import Noise
from forecast.simulation.occurrence import NEVER, draw_occurrence
from forecast.simulation.shift import FIRST, SCALAR, draw_shock

LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """Shifts of a scenario.

    Parameters
    ----------
    month : (month,) array of datetime64
        First day of each month.
    quantile : mapping of str to (3, month) array
        Target such as ``rate, president`` -> quantiles 5, 50 and 95 % over paths; only targets that are moved.
    happened : mapping of str to (month,) array
        Event -> share of paths in which it has happened by then; only events whose time is not fixed.
    """

    month: np.ndarray
    quantile: Mapping[str, np.ndarray]
    happened: Mapping[str, np.ndarray]


def assume(scenario: Scenario, *, paths: int, seed: int) -> Assumed:
    """Draw sizes and times of everything that a scenario assumes."""
    month = month_starts(scenario.horizon.start, scenario.horizon.end)
    number, noise = np.arange(paths), Noise(seed)
    shock = draw_shock(scenario, noise, number, len(month))
    moved = np.flatnonzero(np.abs(shock.size).sum(axis=(0, 1)))
    share = shock.share()
    shift = {name: np.einsum("ps,psm->pm", shock.size[:, :, place], share) for name, place in _targets() if place in moved}
    happens = draw_occurrence(scenario, noise, number, len(month))
    quantile = {name: np.quantile(one, LEVELS, axis=0) for name, one in _merged(shift).items()}
    return Assumed(
        month=month.astype("datetime64[D]"), quantile=quantile,
        happened={name: _by_then(when, len(month)) for name, when in happens.items() if len(np.unique(when)) > 1})


def _targets() -> list[tuple[str, int]]:
    by_label = [(f"{quantity}, {label}", first + index) for quantity, (first, labels) in FIRST.items()
                for index, label in enumerate(labels)]
    return by_label + [(name, place) for name, place in SCALAR.items()]


def _merged(shift: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """One entry for all ranks where they move alike."""
    ranks = [f"rate, {rank}" for rank in codes.RANK.labels]
    alike = all(name in shift for name in ranks) and all((shift[name] == shift[ranks[0]]).all() for name in ranks)
    if not alike:
        return dict(shift)
    return {"rate, all ranks": shift[ranks[0]]} | {name: one for name, one in shift.items() if name not in ranks}


def _by_then(when: np.ndarray, months: int) -> np.ndarray:
    return np.array([((when != NEVER) & (when <= month)).mean() for month in range(months)])
