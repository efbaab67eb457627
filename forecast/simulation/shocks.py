r"""What a scenario assumes besides the election, as shifts by month and target.

Events, officials and adjustments become *shocks*: a profile over the months since a shock's start, the same for all paths, times
a size by target; start and size are drawn once per path. Targets stand on one axis: ranks (log rate), topics (logit), outcome
(location), sides (location of tone), state.

In which month of a path each event happens, if it does
-------------------------------------------------------
An event with a hazard :math:`h` happens in the :math:`k`-th month that it is at work, with

.. math:: k = 1 + \lfloor \log U / \log(1 - h) \rfloor, \qquad \Pr(k) = h (1 - h)^{k - 1}

from one uniform number :math:`U`. Every event has streams of its own, so that adding one moves no other; events that wait for
others are drawn after them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forecast.contacts import codes
from forecast.panel.calendar import month_starts
from forecast.shipped import CASE
from forecast.simulation.random import Noise
from forecast.simulation.scenario import Event, Scenario
from forecast.simulation.scenario.schema import ALL, Adjustment, Official
from forecast.simulation.scenario.values import Distribution, months_between

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
        name = f"{stream}/{quantity}/{CASE.first_name('yaml', target)}"
        drawn = given[quantity, target].quantile(noise.uniform(name, path))
        size[:, _position(quantity, target)] = drawn[:, None]
    return size


def _position(quantity: str, target: str) -> list[int]:
    if quantity in SCALAR:
        return [SCALAR[quantity]]
    first, labels = FIRST[quantity]
    return [first + index for index, label in enumerate(labels) if target in (label, ALL)]


# In which month of a path each event happens, if it does.

NEVER = -1
BEYOND = 10**6
"""Months that lie beyond every horizon; longer waits do not fit into an integer."""


def draw_occurrence(scenario: Scenario, noise: Noise, path: np.ndarray, months: int) -> dict[str, np.ndarray]:
    """Month from the start of the horizon in which each event happens, (path,), by id; ``NEVER`` where it does not."""
    found: dict[str, np.ndarray] = {}
    waiting = list(scenario.events)
    while waiting:  # without circles some event always has all that it waits for
        ready = next(event for event in waiting if set(event.needs) <= found.keys())
        waiting.remove(ready)
        found[ready.id] = _draw(ready, scenario, found, _Chance(ready.id, noise, path), months)
    return {event.id: found[event.id] for event in scenario.events}


class _Chance:
    """The random numbers of one event."""

    def __init__(self, name: str, noise: Noise, path: np.ndarray) -> None:
        self._name, self._noise, self._path = name, noise, path

    def uniform(self, what: str) -> np.ndarray:
        return self._noise.uniform(f"event/{self._name}/{what}", self._path)

    def size(self, what: str, given: Distribution) -> np.ndarray:
        return given.quantile(self.uniform(what))


def _draw(event: Event, scenario: Scenario, found: dict[str, np.ndarray], chance: _Chance, months: int) -> np.ndarray:
    other = found.get(event.after) if event.after else None
    month = _month(event, scenario, other, chance)
    happens = (month >= 0) & (month < months)
    if event.probability is not None:
        happens &= chance.uniform("happens") < chance.size("probability", event.probability)
    if other is not None and (event.date or event.window):
        happens &= (other != NEVER) & (other < month)
    if event.unless:
        barred = found[event.unless]
        happens &= (barred == NEVER) | (barred > month)
    return np.where(happens, month, NEVER)


def _month(event: Event, scenario: Scenario, other: np.ndarray | None, chance: _Chance) -> np.ndarray:
    """When it would happen if nothing else kept it from happening, (path,); beyond the horizon or negative: not at all."""
    begin = scenario.horizon.start
    if event.date:
        return np.full(len(chance.uniform("when")), months_between(begin, event.date))
    if event.window:
        first, last = (months_between(begin, month) for month in event.window)
        return first + np.floor(chance.uniform("when") * (last - first + 1)).astype(int)
    if event.hazard is not None:
        return _first_hit(event, chance.size("hazard", event.hazard), scenario, other, chance)
    delay = chance.size("delay", event.delay_months) if event.delay_months else 0.0
    return np.where(other == NEVER, NEVER, other + np.rint(np.minimum(delay, BEYOND)).astype(int))


def _first_hit(event: Event, hazard: np.ndarray, scenario: Scenario, other: np.ndarray | None, chance: _Chance) -> np.ndarray:
    """First month in which a hazard strikes."""
    begin, end = scenario.horizon.start, event.end or scenario.horizon.end
    first = months_between(begin, event.start) if event.start else 0
    with np.errstate(divide="ignore"):
        wait = np.floor(np.log(chance.uniform("when")) / np.log1p(-hazard))  # no hazard: an infinite wait
    work = np.full(len(wait), first) if other is None else np.maximum(first, other + 1)
    month = work + np.minimum(wait, BEYOND).astype(int)
    ready = np.ones(len(wait), bool) if other is None else other != NEVER
    return np.where(ready & (month <= months_between(begin, end)), month, NEVER)


# What a scenario assumes, as shifts over time on every target that it moves, without a posterior.

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


def assumed_shifts(scenario: Scenario, *, paths: int, seed: int) -> Assumed:
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
