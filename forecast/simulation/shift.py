"""What a scenario assumes besides the election, as shifts by month and target.

Events, officials and adjustments become *shocks*: a profile over the months since a shock's start, the same for all paths, times
a size by target; start and size are drawn once per path. Targets stand on one axis: ranks (log rate), topics (logit), outcome
(location), sides (location of tone), state.
"""

from typing import NamedTuple

import numpy as np

from forecast.contacts import codes
from forecast.simulation.language import Event, Scenario
from forecast.simulation.language.effect import ALL, Adjustment
from forecast.simulation.language.official import Official
from forecast.simulation.language.words import months_between
from forecast.simulation.noise import Noise
from forecast.simulation.occurrence import draw_occurrence

RANKS, TOPICS, SIDES = len(codes.RANK.labels), len(codes.TOPIC.labels), len(codes.SIDE.labels)
RATE, TOPIC, OUTCOME = 0, RANKS, RANKS + TOPICS
TONE = OUTCOME + 1
STATE = TONE + SIDES
TARGETS = STATE + 1
FIRST = {
    "rate": (RATE, codes.RANK.labels),
    "topic": (TOPIC, codes.TOPIC.labels),
    "tone": (TONE, codes.SIDE.labels),
}
SCALAR = {"outcome": OUTCOME, "state": STATE}


class Shock(NamedTuple):
    """All shocks of a scenario on some paths: a shift is ``share() * size`` summed over shocks.

    Parameters
    ----------
    profile : (shock, elapsed)
        Share of the full effect so many months after the start, between 0 and 1.
    start : (path, shock)
        Month from the start of the horizon; -1 where a shock does not happen.
    size : (path, shock, target)
        Full effect.
    """

    profile: np.ndarray
    start: np.ndarray
    size: np.ndarray

    def share(self) -> np.ndarray:
        """Share of the full effect, (path, shock, month); zero before the start."""
        begin = self.start[:, :, None]
        elapsed = np.arange(self.profile.shape[1]) - begin
        acts = (begin >= 0) & (elapsed >= 0)
        return np.where(acts, self.profile[np.arange(len(self.profile))[:, None], np.where(acts, elapsed, 0)], 0.0)

    @property
    def dated(self) -> bool:
        """Whether every shock has one start on all paths."""
        return bool((self.start == self.start[:1]).all())


def draw_shock(scenario: Scenario, noise: Noise, path: np.ndarray, months: int) -> Shock:
    """Shocks of a scenario on paths of given numbers, shape (path,), over so many months from its start."""
    happens, elapsed = draw_occurrence(scenario, noise, path, months), np.arange(months)
    profile, start, size = [], [], []
    for event in scenario.events:
        profile.append(shape_in_time(event, elapsed))
        start.append(happens[event.id])
        size.append(_size(event.effects, noise, f"event/{event.id}", path))
    for official in scenario.cabinet:
        first, last = (months_between(scenario.horizon.start, month) for month in (
            official.start or scenario.horizon.start, official.end or scenario.horizon.end))
        profile.append((elapsed <= last - first).astype(float))
        start.append(np.full(len(path), first))
        size.append(_appetite(official, noise, path))
    if scenario.adjustments.size():
        profile.append(np.ones(months))
        start.append(np.zeros(len(path), int))
        size.append(_size(scenario.adjustments, noise, "adjustment", path))
    return Shock(np.array(profile).reshape(-1, months), np.array(start, dtype=np.int64).reshape(-1, len(path)).T,
                 np.array(size).reshape(-1, len(path), TARGETS).transpose(1, 0, 2))


def shape_in_time(event: Event, elapsed: np.ndarray) -> np.ndarray:
    """Share of the full effect after so many months since the event's month: shape (month,), 0 before it."""
    since = np.maximum(elapsed, 0)
    if event.shape == "pulse":
        share = 0.5 ** (since / event.half_life_months)
    elif event.shape == "ramp":
        share = np.minimum((since + 1) / event.ramp_months, 1.0)
    else:
        share = np.where(since < (event.duration_months or np.inf), 1.0, 0.0)
    return np.where(elapsed >= 0, share, 0.0)


def _appetite(official: Official, noise: Noise, path: np.ndarray) -> np.ndarray:
    """Log factor on the rate of the official's rank, shape (path, target)."""
    share, appetite = (getattr(official, name).quantile(noise.uniform(f"official/{official.id}/{name}", path))
                       for name in ("share", "appetite"))
    size = np.zeros((len(path), TARGETS))
    size[:, RATE + codes.RANK.index(official.rank)] = np.log1p(share * np.expm1(appetite))
    return size


def _size(effect: Adjustment, noise: Noise, stream: str, path: np.ndarray) -> np.ndarray:
    """Full effect by target, shape (path, target); every size has a stream of its own."""
    size = np.zeros((len(path), TARGETS))
    given = effect.size()
    for quantity, target in sorted(given, key=lambda key: key[1] != ALL):  # a named rank overrides "all"
        drawn = given[quantity, target].quantile(noise.uniform(f"{stream}/{quantity}/{target}", path))
        size[:, _position(quantity, target)] = drawn[:, None]
    return size


def _position(quantity: str, target: str) -> list[int]:
    if quantity in SCALAR:
        return [SCALAR[quantity]]
    first, labels = FIRST[quantity]
    return [first + index for index, label in enumerate(labels) if target in (label, ALL)]
