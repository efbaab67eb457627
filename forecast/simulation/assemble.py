"""From posteriors and an election outcome to the parameters of the paths."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from math import lcm

import numpy as np

from forecast.components.projection import Future, PathParameters
from forecast.components.registry import PROJECTING
from forecast.panel.elections import Election
from forecast.panel.parties import predecessors
from forecast.posterior.posterior import Posterior
from forecast.simulation.noise import Noise


def future_of(election: Election, outcome: str) -> Future:
    """The administration that takes office under one outcome, with the middle of each year of its term."""
    start, winner = election.term_start, election.outcomes[outcome]
    begin = start.year + (start - start.replace(month=1, day=1)) / timedelta(days=365.25)
    years = election.term_end.year - start.year
    return Future(president=winner.president, type=winner.type, midpoint=begin + 0.5 + np.arange(years),
                  predecessors=predecessors(winner.type, winner.president, start))


def parameters(posterior: Mapping[str, Posterior], future: Future, seed: int) -> Callable[[slice], PathParameters]:
    """Parameters of any slice of paths; path ``p`` uses draw ``p`` modulo the draws of each component.

    Draws of different components are paired by index: given the data their likelihoods factor, so any pairing is
    a draw from the joint posterior. `posterior` holds pools in place of their members. Shocks come from streams named
    ``component/...`` that all scenarios share.
    """
    taker = {name: found.taker() for name, found in posterior.items()}
    noise = Noise(seed)

    def of(paths: slice) -> PathParameters:
        number = np.arange(paths.start, paths.stop)

        def shocks(name: str, *shape: int) -> np.ndarray:
            return noise.normal(f"component/{name}", number, *shape)

        fields: dict[str, np.ndarray] = {}
        for name, found in posterior.items():
            fields |= PROJECTING[name].project(taker[name].at(paths), found.coord, future, shocks)
        return PathParameters(**fields)

    return of


def parameters_of(posterior: Mapping[str, Posterior], chances: Mapping[str, float], election: Election,
                  seed: int) -> Callable[[slice], PathParameters]:
    """Parameters under outcomes with some chances; where there are several, each path follows one of them.

    That path is then the same as under a scenario with this outcome: who wins comes from a stream of its own.
    """
    given = {outcome: parameters(posterior, future_of(election, outcome), seed) for outcome in chances}
    if len(given) == 1:
        return next(iter(given.values()))
    edge, noise = np.cumsum(list(chances.values()))[:-1], Noise(seed)

    def of(paths: slice) -> PathParameters:
        winner = np.searchsorted(edge, noise.uniform("election", np.arange(paths.start, paths.stop)), side="right")
        each = [vars(one(paths)) for one in given.values()]
        return PathParameters(**{name: _chosen(winner, [one[name] for one in each]) for name in each[0]})

    return of


def _chosen(which: np.ndarray, values: Sequence[np.ndarray]) -> np.ndarray:
    """The values of one alternative per path."""
    found = values[0].copy()
    for number, other in enumerate(values[1:], start=1):
        found[which == number] = other[which == number]
    return found


def draws_of(posterior: Mapping[str, Posterior]) -> dict[str, int]:
    """Component -> draws after which it repeats itself along the paths."""
    return {name: one.chains.sizes["draw"] * one.chains.sizes["chain"] for name, one in posterior.items()}


def apart_by(draws: Iterable[int], paths: int) -> int:
    """How far apart two path numbers are that share all parameters and no shock, beyond the paths of a run."""
    whole = lcm(*draws)
    return whole * -(-paths // whole)
