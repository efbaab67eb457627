"""From the parameters of some paths to what the kernel multiplies: everything that needs no contact to exist.

Streams used here: ``frailty`` (slot: rank, year of term) and ``state`` (slot: month). Of a term that runs, both go on from what
:mod:`forecast.simulation.running` says of the part that is over.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from math import lcm
from typing import NamedTuple

import numpy as np
from scipy.special import expit, gammaincinv, softmax

from forecast.components.media_recorded import none_given_nothing
from forecast.components.protocol import Future, PathParameters, Shocks
from forecast.components.registry import PROJECTING
from forecast.panel.elections import Election, parties, predecessors
from forecast.posterior.posterior import Posterior, Taker
from forecast.simulation.random import Noise
from forecast.simulation.shocks import STATE, Shock

POISSON_LIMIT = 1e12  # from this size on a negative binomial is a Poisson to all 16 digits that matter
PAGES_MEAN_CAP = 500.0  # expected pages per contact; beyond, exp(-mean) would leave the range of a double
PLAIN = ("season", "breadth_sd", "outcome_breadth")


class Calendar(NamedTuple):
    """Months of the horizon: exposure (month, year_of_term) in years; calendar month (month,) from 0."""

    exposure: np.ndarray
    month_of_year: np.ndarray


class Begun(NamedTuple):
    """What is known of some paths before they are simulated: of the part of a term that is over, or of the term before.

    Parameters
    ----------
    month : int
        Month of the horizon in which the last day that is known lies.
    state : (path,) array
        Relation state in that month.
    frailty : (path, rank, year_of_term) array, optional
        Gamma factors given the contacts so far; drawn anew where there are none.
    """

    month: int
    state: np.ndarray
    frailty: np.ndarray | None = None


class Prepared(NamedTuple):
    """Input of the kernel; odds are exponentials of logits.

    Parameters
    ----------
    exposure, month_of_year : (month, year_of_term), (month,)
        See :class:`Calendar`.
    yearly : (path, rank, year_of_term)
        Contacts per year, gamma frailty included.
    unrecorded : (path, rank)
        Contacts that leave no record for each one that does.
    climate : (path, month)
        Factor of the relation state.
    season : (path, month_of_year)
        Factor of the season.
    topic_odds : (path, rank, topic)
        Odds of naming a topic at breadth zero.
    breadth_sd, outcome_breadth : (path,)
        As in the parameters.
    direction_edge, format_edge : (path, rank, 3), (path, direction, 4)
        Cumulated shares of directions, and of formats given a direction; 2 beyond the last possible code.
    mechanism : (path, rank)
        Probability of a standing mechanism.
    outcome_odds : (path, rank, mechanism, cut)
        Odds of an outcome above each cut, without breadth.
    pages_none, pages_first, pages_ratio : (path, side, rank, agreed)
        P(no page), the same where no side before has one and the contact is recorded, and mean / (mean + size), for outcome 0
        and above.
    pages_size : (path, side)
        Size of the negative binomial.
    tone_odds : (path, side, rank, agreed, cut)
        Odds of a tone above each cut.
    profile, start, size : (shock, elapsed), (path, shock), (path, shock, target)
        See :class:`forecast.simulation.shocks.Shock`.
    """

    exposure: np.ndarray
    month_of_year: np.ndarray
    yearly: np.ndarray
    unrecorded: np.ndarray
    climate: np.ndarray
    season: np.ndarray
    topic_odds: np.ndarray
    breadth_sd: np.ndarray
    direction_edge: np.ndarray
    format_edge: np.ndarray
    mechanism: np.ndarray
    outcome_odds: np.ndarray
    outcome_breadth: np.ndarray
    pages_none: np.ndarray
    pages_first: np.ndarray
    pages_ratio: np.ndarray
    pages_size: np.ndarray
    tone_odds: np.ndarray
    profile: np.ndarray
    size: np.ndarray
    start: np.ndarray


def prepare(given: "PathParameters", shock: Shock, calendar: Calendar, noise: Noise,
            path: np.ndarray, begun: Begun | None = None) -> Prepared:
    """Turn parameters of some paths (numbers in ``path``) into the input of the kernel."""
    agreed = np.array([0.0, 1.0])
    location = given.tone_location[..., None] + given.tone_outcome[:, :, None, None] * agreed
    none, first, ratio, size = _pages(given, agreed)
    odds = {
        "topic_odds": given.topic_logit,
        "outcome_odds": given.outcome_location[:, :, None, None] - given.outcome_cut[:, None],
        "tone_odds": location[..., None] - given.tone_cut[:, :, None, None, :],
    }
    plain = {name: getattr(given, name) for name in PLAIN}
    fields = dict(
        exposure=calendar.exposure,
        yearly=safe_exp(given.log_rate) * _frailty(given, noise, path, begun),
        unrecorded=1 / given.recorded_share - 1, climate=_climate(given, shock, noise, path, begun),
        mechanism=expit(given.mechanism_logit), format_edge=edges(given.format_share),
        direction_edge=edges(softmax(given.direction_logit, axis=-1)),
        pages_none=none, pages_first=first, pages_ratio=ratio, pages_size=size, profile=shock.profile, size=shock.size,
        **plain, **{name: safe_exp(logit) for name, logit in odds.items()},
    )
    whole = {"month_of_year": calendar.month_of_year, "start": shock.start}
    return Prepared(**{name: _for_kernel(value, np.int64) for name, value in whole.items()},
                    **{name: _for_kernel(value, np.float64) for name, value in fields.items()})


def _for_kernel(value: np.ndarray, kind: type) -> np.ndarray:
    """In one piece, and writable: for other arrays, as paths take them from draws, the kernel would be compiled once more."""
    return np.require(value, kind, ["C", "W"])


def edges(share: np.ndarray) -> np.ndarray:
    """Cumulated shares (..., K - 1) between codes; where all later codes have share zero, a number that no uniform reaches."""
    later = np.cumsum(share[..., :0:-1], axis=-1)[..., ::-1]
    return np.where(later > 0, np.cumsum(share, axis=-1)[..., :-1], 2.0)


def safe_exp(value: np.ndarray) -> np.ndarray:
    """Exponential that neither overflows nor reaches zero."""
    found: np.ndarray = np.exp(np.clip(value, -700.0, 700.0))
    return found


def draw_frailty(given: "PathParameters", noise: Noise, path: np.ndarray) -> np.ndarray:
    """Gamma factors of mean 1 and variance 1 / dispersion: shape (path, rank, year_of_term)."""
    uniform = noise.uniform("frailty", path, *given.log_rate.shape[1:])
    shape = np.minimum(given.dispersion, POISSON_LIMIT)
    return np.where(shape < POISSON_LIMIT, gammaincinv(shape, uniform) / shape, 1.0)


def _frailty(given: "PathParameters", noise: Noise, path: np.ndarray, begun: Begun | None) -> np.ndarray:
    return draw_frailty(given, noise, path) if begun is None or begun.frailty is None else begun.frailty


def draw_state(given: "PathParameters", noise: Noise, path: np.ndarray, months: int, begun: Begun | None = None) -> np.ndarray:
    """Relation state, a stationary AR(1) of unit variance, or what follows a known state: shape (path, month)."""
    shock = noise.normal("state", path, months)
    state = np.empty_like(shock)
    known = begun.month if begun else 0
    state[:, :known + 1] = (begun.state if begun else shock[:, 0])[:, None]
    innovation = np.sqrt(1.0 - given.state_persistence**2)
    for month in range(known + 1, months):
        state[:, month] = given.state_persistence * state[:, month - 1] + innovation * shock[:, month]
    return state


def _climate(given: "PathParameters", shock: Shock, noise: Noise, path: np.ndarray, begun: Begun | None = None) -> np.ndarray:
    state = draw_state(given, noise, path, shock.profile.shape[1], begun)
    share = shock.share()
    for index in range(share.shape[1]):  # no matrix product: its rounding may depend on the chunk
        state += shock.size[:, index, STATE, None] * share[:, index]
    loading = given.state_loading[:, None]
    return safe_exp(loading * state - loading**2 / 2)


def _pages(given: "PathParameters", agreed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    log_mean = given.pages_log_mean[..., None] + given.pages_outcome[:, :, None, None] * agreed
    mean = np.minimum(safe_exp(log_mean), PAGES_MEAN_CAP)
    size = np.minimum(given.pages_dispersion, POISSON_LIMIT)
    wide = size[:, :, None, None]
    log_no_page = -wide * np.log1p(mean / wide)
    first = none_given_nothing(np.moveaxis(log_no_page, 1, -1), given.known_elsewhere[:, None, None])
    return np.exp(log_no_page), np.moveaxis(first, -1, 1), mean / (mean + wide), size


# From posteriors and an election outcome to the parameters of the paths.

def future_of(election: Election, outcome: str) -> Future:
    """The administration that takes office under one outcome, with the middle of each year of its term."""
    start, winner = election.term_start, election.outcomes[outcome]
    begin = start.year + (start - start.replace(month=1, day=1)) / timedelta(days=365.25)
    years = election.term_end.year - start.year
    before = predecessors(winner.type, winner.president, election.since, election.terms)
    return Future(president=winner.president, type=winner.type, midpoint=begin + 0.5 + np.arange(years), predecessors=before,
                  ahead=election.ahead, between=election.between.get(parties()[winner.type], 0.0), covariate=election.covariate)


class LaidOut(Posterior):
    """A posterior whose draws are laid out for paths once, for all scenarios and tables that ask for them."""

    def taker(self) -> Taker:
        """Draws as plain arrays, the same ones every time."""
        return self._laid_out

    @cached_property
    def _laid_out(self) -> Taker:
        return super().taker()

    def __getstate__(self) -> dict[str, object]:
        """Without what is made of the rest, for another process."""
        return {name: value for name, value in vars(self).items() if name != "_laid_out"}


def laid_out(posterior: Mapping[str, Posterior]) -> dict[str, Posterior]:
    """Posteriors that lay out their draws once, as long as they live."""
    return {name: one if isinstance(one, LaidOut) else LaidOut(**vars(one)) for name, one in posterior.items()}


def parameters(posterior: Mapping[str, Posterior], future: Future, seed: int,
               shocks_of: Callable[[Posterior, Shocks], Shocks] | None = None) -> Callable[[slice], PathParameters]:
    """Parameters of any slice of paths; path ``p`` uses draw ``p`` modulo the draws of each component.

    Draws of different components are paired by index: given the data their likelihoods factor, so any pairing is
    a draw from the joint posterior. `posterior` holds pools in place of their members; components
    without a role are not asked. Shocks come from streams named
    ``component/...`` that all scenarios share; `shocks_of` makes others of them for a component.
    """
    taker = {name: found.taker() for name, found in posterior.items() if asked_by_engine(name)}
    noise = Noise(seed)

    def of(paths: slice) -> PathParameters:
        number = np.arange(paths.start, paths.stop)

        def shocks(name: str, *shape: int) -> np.ndarray:
            return noise.normal(f"component/{name}", number, *shape)

        fields: dict[str, np.ndarray] = {}
        for name, one in taker.items():
            own = shocks_of(posterior[name], shocks) if shocks_of else shocks
            fields |= PROJECTING[name].project(one.at(paths), posterior[name].coord, future, own)
        return PathParameters(**fields)

    return of


def parameters_of(posterior: Mapping[str, Posterior], chances: Mapping[str, float], election: Election,
                  seed: int) -> Callable[[slice], PathParameters]:
    """Parameters under outcomes with some chances; where there are several, each path follows one of them.

    That path is then the same as under a scenario with this outcome: who wins comes from a stream of its own.
    """
    return by_winner({outcome: parameters(posterior, future_of(election, outcome), seed) for outcome in chances}, chances,
                     Noise(seed))


def by_winner(given: Mapping[str, Callable[[slice], PathParameters]], chances: Mapping[str, float],
              noise: Noise) -> Callable[[slice], PathParameters]:
    """Parameters of paths that follow one of some outcomes each, from those under every outcome."""
    if len(given) == 1:
        return next(iter(given.values()))

    def of(paths: slice) -> PathParameters:
        winner = winner_of(chances, noise, np.arange(paths.start, paths.stop))
        each = [vars(one(paths)) for one in given.values()]
        return PathParameters(**{name: _chosen(winner, [one[name] for one in each]) for name in each[0]})

    return of


def winner_of(chances: Mapping[str, float], noise: Noise, path: np.ndarray) -> np.ndarray:
    """Which outcome every path follows: its place among the chances, (path,)."""
    edge = np.cumsum(list(chances.values()))[:-1]
    found: np.ndarray = np.searchsorted(edge, noise.uniform("election", path), side="right")
    return found


def _chosen(which: np.ndarray, values: Sequence[np.ndarray]) -> np.ndarray:
    """The values of one alternative per path."""
    found = values[0].copy()
    for number, other in enumerate(values[1:], start=1):
        found[which == number] = other[which == number]
    return found


def draws_of(posterior: Mapping[str, Posterior]) -> dict[str, int]:
    """Component with a role -> draws after which it repeats itself along the paths."""
    return {name: one.chains.sizes["draw"] * one.chains.sizes["chain"] for name, one in posterior.items()
            if asked_by_engine(name)}


def asked_by_engine(name: str) -> bool:
    """Whether a component says something of contacts that the engine simulates."""
    return name in PROJECTING and bool(PROJECTING[name].role)


def apart_by(draws: Iterable[int], paths: int) -> int:
    """How far apart two path numbers are that share all parameters and no shock, beyond the paths of a run."""
    whole = lcm(*draws)
    return whole * -(-paths // whole)
