r"""Two terms in one future: the second goes on from the first, path by path.

A future over both terms is a path of the first term and the path of the same number of the second. Both have one draw of all
parameters, and so one formulation of contact frequency, one season, one share of what is recorded. Beyond that the first term
hands three things on.

*Levels.* With :math:`\epsilon` standard normals from streams that are named by their step, what a formulation says of the next
term is said of the one after it in the same words,

.. math:: A_1 = \kappa A_0 + \lambda \sigma \epsilon_1, \qquad A_2 = \kappa A_1 + \lambda \sigma \epsilon_2,

for the level of contacts, those of single ranks, and (with :math:`\kappa = \lambda = 1`) topics and pages; a drift goes on by its
clock. Components see to it: a projection two terms ahead draws :math:`\epsilon_1` from the streams of one a term ahead.

*Presidents.* A new president of a party follows whoever of it governed last, :math:`P_2 = \kappa P_1 + \sqrt{1-\kappa^2}\,z_2`,
also where that is the first winner, whom the record does not know, :math:`P_1 = k P_0 + \sqrt{1-k^2}\,z_1` with
:math:`k = \kappa^s`, :math:`s` steps after the last who is on record. A component that projects the second term knows of
:math:`P_0` alone and takes :math:`P_2 = \kappa k P_0 + \sqrt{1-\kappa^2k^2}\,z`, which is the same with

.. math:: z = \frac{\kappa\sqrt{1-k^2}\,z_1 + \sqrt{1-\kappa^2}\,z_2}{\sqrt{1-\kappa^2 k^2}},

a standard normal too; :math:`k = 0` where the record knows nobody of the party. Whoever goes on keeps :math:`P_1`, and
:math:`z = z_1`; a new president of another party has :math:`z = z_2`, unless it is somebody who lost the first election: whoever
might have won it has the effect of that future, :math:`z = z_1`, so that a president is one person whoever governs before. (Where
the first winner is unknown too, :math:`z_1` is that winner's; presidents of two parties share nothing, and :math:`z = z_2`.)

*Relation state.* In the month in which terms turn, and which both have a part of, the state :math:`x` is one number. The second
term begins with it in place of a stationary draw, and goes on as within a term.

Frailties of years, counts and all that is drawn for a contact are drawn anew, from a seed of the second term. What a scenario
assumes acts within its own horizon: a step of the first term does not reach into the second.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from forecast.components.administration import PRESIDENT, further
from forecast.components.protocol import Future, PathParameters, Shocks, position
from forecast.panel.calendar import month_exposure, month_starts
from forecast.panel.elections import Election, parties, predecessors
from forecast.posterior.posterior import Posterior
from forecast.simulation.engine import Onset, calendar_of, simulate
from forecast.simulation.expected import monthly_contacts
from forecast.simulation.prepare import by_winner, draw_state, future_of, parameters, parameters_of
from forecast.simulation.random import Noise
from forecast.simulation.running import Running, condition_on_past
from forecast.simulation.scenario import Scenario
from forecast.simulation.scenario.values import months_between
from forecast.simulation.shocks import draw_shock

FIRST, TURN, SECOND = "first", "turn", "second"
"""Parts of both terms: the months of the first scenario, what is left of its term after them, and the months of the second."""
CORRELATION, UNKNOWN = "president_correlation", "before/president"
"""Variable with :math:`\\kappa`; stream that says whether somebody else governed meanwhile."""


@dataclass(frozen=True, kw_only=True)
class TermAhead:
    """One of two terms.

    Parameters
    ----------
    scenario : Scenario
        What is assumed of it; its questions are not asked.
    election : Election
        Which decides it, as seen from the end of the record.
    running : Running, optional
        The part of it that is over.
    """

    scenario: Scenario
    election: Election
    running: Running | None = None

    @property
    def whole(self) -> Scenario:
        """The scenario to the last month of its term, without questions."""
        last = (self.election.term_end - timedelta(days=1)).replace(day=1)
        horizon = self.scenario.horizon.model_copy(update={"end": max(self.scenario.horizon.end, last)})
        return self.scenario.model_copy(update={"horizon": horizon, "questions": ()})

    @property
    def so_far(self) -> Running | None:
        """What is over of it, over the months of :attr:`whole`."""
        if self.running is None:
            return None
        whole = month_exposure(self.whole.horizon.start, self.whole.horizon.end, self.election.term_start)
        more = len(whole) - len(self.running.seen)
        seen = np.pad(self.running.seen, [(0, more), (0, 0)])
        known = {name: np.pad(values, [(0, more)] + [(0, 0)] * (values.ndim - 1)) for name, values in self.running.known.items()
                 if name != "match"}
        return replace(self.running, seen=seen, left=np.maximum(whole - seen, 0.0), known=known)


class Counts(NamedTuple):
    """Contacts of some paths, added up over cells: the years of each part.

    Parameters
    ----------
    cell : tuple of (str, int)
        Part and calendar year.
    contact : (path, cell, rank) array of int
        Recorded contacts.
    expected : (path, cell, rank) array
        What is expected of them given the parameters; NaN of a term that runs.
    """

    cell: tuple[tuple[str, int], ...]
    contact: np.ndarray
    expected: np.ndarray


def joined(parts: Sequence[Counts]) -> Counts:
    """Contacts of paths that were simulated piece by piece."""
    return Counts(parts[0].cell, *(np.concatenate([getattr(one, name) for one in parts]) for name in ("contact", "expected")))


def seed_of_second(seed: int) -> int:
    """Seed of all that is drawn for the second term, but for the noise of components."""
    return int(Noise(seed).key("second term")[0])


# Who governs.

def following(first: Future, second: Future, election: Election) -> Future:
    """The second of two futures as one that comes after the first.

    Parameters
    ----------
    election : Election
        That decides the first; who governed before it is read from its table of terms.
    """
    party = parties()
    if second.president == first.president:
        line = first.predecessors
    else:
        line = predecessors(second.type, second.president, election.since, election.terms)
        if party[second.type] == party[first.type]:
            line = (first.president, *(one for one in line if one != first.president))
    return replace(second, predecessors=line, ahead=first.ahead + 1, between=0.0)


def shocks_after(first: Future, second: Future, stood: Collection[str] = ()) -> Callable[[Posterior, Shocks], Shocks]:
    """What makes of the shocks of a component those of the second term: :math:`z` in place of :math:`z_1`.

    Parameters
    ----------
    first, second : Future
        From :func:`following`.
    stood : collection of str
        Who might have won the first election.
    """
    heir = parties()[first.type] == parties()[second.type]

    def of(found: Posterior, shocks: Shocks) -> Shocks:
        unknown = "president" in found.coord and position(found.coord, "president", first.president) is None
        same = second.president == first.president or (second.president in stood and not heir and not unknown)

        def renewed(name: str, *shape: int) -> np.ndarray:
            if not name.endswith(PRESIDENT) or name == UNKNOWN or same:
                return shocks(name, *shape)
            fresh = shocks(f"{name}{further(2)}", *shape)
            if not (unknown and heir):
                return fresh
            own, kept = correlation(found), kept_of_record(first, found)
            return np.asarray((own * np.sqrt(1 - kept**2) * shocks(name, *shape) + np.sqrt(1 - own**2) * fresh)
                              / np.sqrt(1 - (own * kept) ** 2))

        return renewed

    return of


def correlation(found: Posterior) -> float:
    """Correlation of the effects of successive presidents in a component, the same in all members of a pool."""
    values = [one for name, one in found.chains.data_vars.items() if str(name).rpartition("/")[2] == CORRELATION]
    return float(np.ravel(values[0])[0])


def kept_of_record(future: Future, found: Posterior) -> float:
    """Share of an unknown president's effect that is that of the last of the party on record; zero where there is none."""
    steps = next((step for step, name in enumerate(future.predecessors, start=1)
                  if position(found.coord, "president", name) is not None), None)
    return 0.0 if steps is None else correlation(found) ** steps


def parameters_after(posterior: Mapping[str, Posterior], first: TermAhead, second: TermAhead,
                     seed: int) -> Callable[[slice], PathParameters]:
    """Parameters of the second term of every path; who won the first election is, path by path, who did in the first term."""
    def after(one: str, other: str) -> Callable[[slice], PathParameters]:
        before = future_of(first.election, one)
        future = following(before, future_of(second.election, other), first.election)
        return parameters(posterior, future, seed, shocks_after(before, future, stood))

    stood = {one.president for one in first.election.outcomes.values()}
    chances, noise = second.scenario.chances, Noise(seed_of_second(seed))
    of_first = {one: by_winner({other: after(one, other) for other in chances}, chances, noise) for one in first.scenario.chances}
    return by_winner(of_first, first.scenario.chances, Noise(seed))


# The relation state as the terms turn.

def state_at_turn(posterior: Mapping[str, Posterior], first: TermAhead, second: TermAhead, seed: int) -> Onset:
    """The relation state of the first term in the month in which the second begins, of every path."""
    noise, whole, over = Noise(seed), first.whole, first.so_far
    months = months_between(whole.horizon.start, second.scenario.horizon.start) + 1
    given_first = parameters_of(posterior, whole.chances, first.election, seed) if over else None

    def of(given: PathParameters, path: np.ndarray) -> np.ndarray:
        known = None
        if over and given_first:
            calendar = calendar_of(whole, first.election.term_start, over)
            shock = draw_shock(whole, noise, path, len(calendar.month_of_year))
            known, _ = condition_on_past(given_first(slice(int(path[0]), int(path[-1]) + 1)), shock, over,
                                         calendar.month_of_year, noise, path)
        return draw_state(given, noise, path, months, known)[:, -1]

    return of


# Contacts of both terms.

def contacts_of_first(posterior: Mapping[str, Posterior], first: TermAhead, *, paths: range, seed: int,
                      threads: int | None = None) -> Counts:
    """Contacts of the first term: those of a run of it alone, number by number, and of the days that are left after it."""
    whole = first.whole
    parts = [FIRST if month <= np.datetime64(first.scenario.horizon.end, "M") else TURN for month in _months(whole)]
    return _counts(parameters_of(posterior, whole.chances, first.election, seed), whole, first, parts, paths, seed, threads)


def contacts_of_second(posterior: Mapping[str, Posterior], first: TermAhead, second: TermAhead, *, paths: range, seed: int,
                       threads: int | None = None) -> Counts:
    """Contacts of the second term in the futures of the first."""
    scenario = second.scenario.model_copy(update={"questions": ()})
    return _counts(parameters_after(posterior, first, second, seed), scenario, second, [SECOND] * len(_months(scenario)), paths,
                   seed_of_second(seed), threads, state_at_turn(posterior, first, second, seed))


def _months(scenario: Scenario) -> np.ndarray:
    return month_starts(scenario.horizon.start, scenario.horizon.end).astype("datetime64[M]")


def _counts(given: Callable[[slice], PathParameters], scenario: Scenario, term: TermAhead, parts: list[str], paths: range,
            seed: int, threads: int | None, onset: Onset | None = None) -> Counts:
    """Simulate some paths of a term and add their contacts up."""
    labels = list(zip(parts, (_months(scenario).astype("datetime64[Y]").astype(int) + 1970).tolist(), strict=True))
    start = [place for place, label in enumerate(labels) if place == 0 or label != labels[place - 1]]
    calendar, expected = calendar_of(scenario, term.election.term_start), {}

    def noted(some: slice) -> PathParameters:
        found = given(some)
        shock = draw_shock(scenario, Noise(seed), np.arange(some.start, some.stop), len(labels))
        monthly = monthly_contacts(found.log_rate, found.season, found.state_loading, shock, calendar)
        expected[some.start] = np.add.reduceat(monthly, start, axis=2).transpose(0, 2, 1)
        return found

    simulated = simulate(noted if term.running is None else given, scenario, paths=len(paths), first=paths.start, seed=seed,
                         term_start=term.election.term_start, threads=threads, running=term.so_far, onset=onset)
    by_month = simulated["contact"].transpose("path", "month", "rank", "outcome").to_numpy().sum(axis=3, dtype=np.int32)
    contact = np.add.reduceat(by_month, start, axis=1)
    return Counts(tuple(labels[place] for place in start), contact, np.full(contact.shape, np.nan) if term.running else
                  np.concatenate([expected[place] for place in sorted(expected)]))
