"""What a scenario assumes besides the election, as shifts by month and target.

Events and adjustments become *shocks*: a profile over months, the same for all paths, times a size by target,
drawn once per path. Targets stand on one axis: ranks (log rate), topics (logit), outcome (location), sides
(location of tone), state.
"""

from datetime import date
from typing import NamedTuple

import numpy as np

from forecast.contacts import codes
from forecast.simulation.noise import Noise
from forecast.simulation.schema import ALL, Adjustment, Event, Scenario

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
    """All shocks of a scenario on some paths: a shift is ``profile * size`` summed over shocks.

    Parameters
    ----------
    profile : (shock, month)
        Between 0 (no effect) and 1 (full effect).
    size : (path, shock, target)
        Full effect.
    """

    profile: np.ndarray
    size: np.ndarray


def draw_shock(scenario: Scenario, noise: Noise, path: np.ndarray, months: int) -> Shock:
    """Shocks of a scenario on paths of given numbers, shape (path,), over so many months from its start."""
    source = {f"event/{event.id}": event.effects for event in scenario.events}
    if scenario.adjustments.size():
        source["adjustment"] = scenario.adjustments
    size = np.zeros((len(path), len(source), TARGETS))
    for index, (stream, effect) in enumerate(source.items()):
        size[:, index] = _size(effect, noise, stream, path)
    profile = np.ones((len(source), months))
    elapsed = np.arange(months)
    for index, event in enumerate(scenario.events):
        profile[index] = shape_in_time(event, elapsed - _months_between(scenario.horizon.start, event.date))
    return Shock(profile, size)


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


def _months_between(start: date, end: date) -> int:
    return 12 * (end.year - start.year) + end.month - start.month
