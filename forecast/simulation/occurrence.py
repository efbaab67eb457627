r"""In which month of a path each event happens, if it does.

An event with a hazard :math:`h` happens in the :math:`k`-th month that it is at work, with

.. math:: k = 1 + \lfloor \log U / \log(1 - h) \rfloor, \qquad \Pr(k) = h (1 - h)^{k - 1}

from one uniform number :math:`U`. Every event has streams of its own, so that adding one moves no other; events that wait for
others are drawn after them.
"""

import numpy as np

from forecast.simulation.language import Event, Scenario
from forecast.simulation.language.size import Distribution
from forecast.simulation.language.words import months_between
from forecast.simulation.noise import Noise

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
        return _first_hit(event, scenario, other, chance)
    delay = chance.size("delay", event.delay_months) if event.delay_months else 0.0
    return np.where(other == NEVER, NEVER, other + np.rint(np.minimum(delay, BEYOND)).astype(int))


def _first_hit(event: Event, scenario: Scenario, other: np.ndarray | None, chance: _Chance) -> np.ndarray:
    """First month in which a hazard strikes."""
    begin, end = scenario.horizon.start, event.end or scenario.horizon.end
    first = months_between(begin, event.start) if event.start else 0
    hazard = chance.size("hazard", event.hazard)
    with np.errstate(divide="ignore"):
        wait = np.floor(np.log(chance.uniform("when")) / np.log1p(-hazard))  # no hazard: an infinite wait
    work = np.full(len(wait), first) if other is None else np.maximum(first, other + 1)
    month = work + np.minimum(wait, BEYOND).astype(int)
    ready = np.ones(len(wait), bool) if other is None else other != NEVER
    return np.where(ready & (month <= months_between(begin, end)), month, NEVER)
