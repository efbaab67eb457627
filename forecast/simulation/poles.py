r"""Meetings with the leaders of the poles, month by month, under a scenario.

On path :math:`i` list :math:`l` of pole :math:`p` holds in month :math:`m` of year :math:`k` of the term

.. math:: n_{ilm} \sim \mathrm{Poisson}\left(\sum_k E_{mk}\, e^{\eta_{ilk} + \delta_{ipm}}\right)

with the exposure :math:`E_{mk}` of contacts, :math:`\eta` from :mod:`forecast.components.poles` and :math:`\delta` what the
events of the scenario assume of the pole: the month in which an event happens is the one in which it moves contacts. Who wins is
drawn as for contacts. Every list and every assumed size has a stream of its own, so that scenarios share all random numbers and
an effect on one pole leaves the others as they were, meeting by meeting.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

import numba
import numpy as np

from forecast.components.registry import POLES, projecting
from forecast.panel.calendar import month_starts
from forecast.panel.elections import Election
from forecast.panel.poles import PoleRecord
from forecast.posterior.posterior import Posterior
from forecast.simulation.engine import calendar_of
from forecast.simulation.prepare import future_of, winner_of
from forecast.simulation.random import Noise, poisson_quantile
from forecast.simulation.scenario import Question, Scenario
from forecast.simulation.scenario.values import Distribution, months_between
from forecast.simulation.shocks import NEVER, draw_occurrence, shape_in_time
from forecast.sources import compiled


@dataclass(frozen=True, kw_only=True)
class PoleFutures:
    """Meetings with poles on some paths of a scenario.

    Parameters
    ----------
    month : (month,) array of datetime64
        First day of every month.
    count : mapping of str to (path, month) array
        List -> meetings.
    shift : mapping of str to (path, month) array
        Pole -> assumed shift of the log rate; only poles that the scenario moves, modelled or not.
    """

    month: np.ndarray
    count: Mapping[str, np.ndarray]
    shift: Mapping[str, np.ndarray]

    @property
    def paths(self) -> int:
        """How many futures."""
        return len(next(iter(self.count.values()), ()))

    def matching(self, question: Question, scenario: Scenario) -> np.ndarray:
        """Meetings that count for a question, (path,)."""
        first, last = (months_between(scenario.horizon.start, month) for month in question.window)
        found: np.ndarray = self.count[question.meetings.list][:, first:last + 1].sum(axis=1)  # type: ignore[union-attr]
        return found


def pole_futures(found: Posterior, record: PoleRecord, scenario: Scenario, election: Election, *, paths: int, seed: int,
                 first: int = 0) -> PoleFutures:
    """Simulate meetings on the complete lists.

    Parameters
    ----------
    found : Posterior
        Of the component of poles.
    record : PoleRecord
        Which pole every list is of.
    paths, first : int
        How many paths, and the number of the first one; path ``p`` uses draw ``p`` modulo the draws.
    seed : int
        Of all streams, as in :func:`forecast.simulation.engine.simulate`.
    """
    number, noise = np.arange(first, first + paths), Noise(seed)
    exposure = calendar_of(scenario, election.term_start).exposure
    shift = pole_shifts(scenario, noise, number, len(exposure))
    log_rate, count = _log_rates(found, scenario, election, noise, number), {}
    for place, name in enumerate(found.coord["list"]):
        yearly = np.exp(log_rate[:, place])
        mean = reduce(add, (yearly[:, year, None] * exposure[:, year] for year in range(exposure.shape[1])))  # a short axis
        factor = np.exp(shift.get(record.list.loc[name, "pole"], np.zeros((1, len(exposure)))))
        count[name] = _counts(noise.uniform(f"poles/{name}", number, len(exposure)), mean * factor)
    return PoleFutures(month=month_starts(scenario.horizon.start, scenario.horizon.end), count=count, shift=shift)


def _log_rates(found: Posterior, scenario: Scenario, election: Election, noise: Noise, number: np.ndarray) -> np.ndarray:
    """Log meetings per year, (path, list, year_of_term), under the outcome that each path follows."""
    take = found.taker().at(slice(int(number[0]), int(number[-1]) + 1))

    def shocks(name: str, *shape: int) -> np.ndarray:
        return noise.normal(f"component/{name}", number, *shape)

    given = [projecting(POLES).project(take, found.coord, future_of(election, outcome), shocks)["log_rate"]
             for outcome in scenario.chances]
    chosen: np.ndarray = np.stack(given)[winner_of(scenario.chances, noise, number), np.arange(len(number))]
    return chosen


@compiled(numba.njit, nogil=True)
def _counts(uniform: np.ndarray, mean: np.ndarray) -> np.ndarray:
    out = np.empty(uniform.shape, np.uint16)
    for path in range(uniform.shape[0]):
        for month in range(uniform.shape[1]):
            out[path, month] = poisson_quantile(uniform[path, month], mean[path, month])
    return out


# What a scenario assumes of poles.

def pole_shifts(scenario: Scenario, noise: Noise, path: np.ndarray, months: int) -> dict[str, np.ndarray]:
    """Assumed shifts of the log rate of meetings, pole -> (path, month); only of poles that some event or adjustment moves."""
    happens, elapsed = draw_occurrence(scenario, noise, path, months), np.arange(months)
    found: dict[str, np.ndarray] = {}

    def add(sizes: Mapping[str, Distribution], stream: str, share: np.ndarray) -> None:
        for pole, size in sizes.items():
            drawn = size.quantile(noise.uniform(f"{stream}/pole/{pole}", path))
            found[pole] = found.get(pole, 0.0) + drawn[:, None] * share

    for event in scenario.events:
        if event.effects.pole:
            begin = happens[event.id][:, None]
            share = shape_in_time(event, np.arange(months))
            since = elapsed - begin
            acts = (begin != NEVER) & (since >= 0)
            add(event.effects.pole, f"event/{event.id}", np.where(acts, share[np.where(acts, since, 0)], 0.0))
    add(scenario.adjustments.pole, "adjustment", np.ones((1, months)))
    return found


def poles_moved(scenario: Scenario) -> tuple[str, ...]:
    """Poles that a scenario moves, each once."""
    parts: Iterable[Mapping[str, Distribution]] = (*(event.effects.pole for event in scenario.events), scenario.adjustments.pole)
    return tuple(dict.fromkeys(pole for part in parts for pole in part))
