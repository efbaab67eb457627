r"""Expected values of each path given its parameters, without the noise of counts.

.. math::

    \mathrm{E}[n_{rm}] &= E_m S_m e^{\eta_{r,y(m)} + shift_{rm}} \\
    \mathrm{E}[s_k] &= \sum_{rm} \mathrm{E}[n_{rm}]\, p_k(\theta_r + shift_m)

Frailty and relation state have mean one and drop out; events on the relation state enter as shifts of the rate by
their loading. :math:`p` is that of :mod:`forecast.components.likelihood`.

Expected contacts of each path given all that it draws before contacts
----------------------------------------------------------------------
What its counts are Poisson around.

.. math:: \Lambda_{pry} = \sum_m e^{\eta_{pry}}\, F_{pry}\, C_{pm}\, S_{p,c(m)}\, E_{my}

with gamma frailty :math:`F`, relation state :math:`C`, season :math:`S` and exposure :math:`E`: those of the engine, number by
number. A mixture of these Poissons is the distribution of the engine's counts, without the noise of counting them.
"""

from collections.abc import Callable
from datetime import date

import numpy as np
import xarray as xr

from forecast.components.likelihood import chance_of_naming
from forecast.components.protocol import PathParameters
from forecast.contacts import codes
from forecast.simulation.engine import calendar_of
from forecast.simulation.prepare import Calendar, prepare, safe_exp
from forecast.simulation.random import Noise
from forecast.simulation.running import Running, condition_on_past
from forecast.simulation.scenario import Scenario
from forecast.simulation.shocks import RANKS, RATE, STATE, TOPIC, TOPICS, Shock, draw_shock


class Expected:
    """Expected contacts and mention shares over the horizon, from the parameters of one chunk of paths after another.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        Of all streams.
    term_start : date
    """

    def __init__(self, scenario: Scenario, *, seed: int, term_start: date) -> None:
        self._scenario, self._calendar, self._noise = scenario, calendar_of(scenario, term_start), Noise(seed)
        self._part: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def add(self, paths: slice, given: PathParameters) -> None:
        """Add some paths, in any order and from any thread; nothing of their parameters is held."""
        number = np.arange(paths.start, paths.stop)
        shock = draw_shock(self._scenario, self._noise, number, len(self._calendar.month_of_year))
        monthly = monthly_contacts(given.log_rate, given.season, given.state_loading, shock, self._calendar)
        contact = monthly.sum(axis=2)
        self._part[paths.start] = contact, contact / given.recorded_share, _mentions(given, shock, monthly)

    def values(self) -> dict[str, xr.DataArray]:
        """``contact`` and ``contact_estimated`` (path, key) with keys ``all`` and the ranks; ``mention_share`` (path, key), keys
        the topics.
        """
        contact, estimated, by_topic = (np.concatenate(one) for one in zip(
            *(self._part[first] for first in sorted(self._part)), strict=True))
        share = by_topic / by_topic.sum(axis=1, keepdims=True)
        return {
            "contact": _with_total(contact), "contact_estimated": _with_total(estimated),
            "mention_share": xr.DataArray(share, dims=("path", "key"), coords={"key": list(codes.TOPIC.labels)}),
        }


def expected_values(parameters: Callable[[slice], PathParameters], scenario: Scenario, *, paths: int, seed: int,
                    term_start: date, first: int = 0, chunk: int = 2048) -> dict[str, xr.DataArray]:
    """What :class:`Expected` says of some paths."""
    found = Expected(scenario, seed=seed, term_start=term_start)
    for begin in range(first, first + paths, chunk):
        some = slice(begin, min(begin + chunk, first + paths))
        found.add(some, parameters(some))
    return found.values()


def _with_total(by_rank: np.ndarray) -> xr.DataArray:
    """All ranks, then each, (path, key) from (path, rank)."""
    total = np.column_stack([by_rank.sum(axis=1), by_rank])
    return xr.DataArray(total, dims=("path", "key"), coords={"key": ["all", *codes.RANK.labels]})


def monthly_contacts(log_rate: np.ndarray, season: np.ndarray, state_loading: np.ndarray, shock: Shock,
                     calendar: Calendar) -> np.ndarray:
    """Expected contacts, shape (path, rank, month), from fields of :class:`~forecast.components.protocol.PathParameters`."""
    monthly: np.ndarray = np.einsum("pry,my->prm", safe_exp(log_rate), calendar.exposure)
    if _shifts(shock):
        size = shock.size[:, :, RATE:RATE + RANKS] + state_loading[:, None, None] * shock.size[:, :, STATE, None]
        monthly *= safe_exp(np.einsum("psr,psm->prm", size, shock.share()))
    monthly *= season[:, None, calendar.month_of_year]
    return monthly


def _shifts(shock: Shock) -> bool:
    """Whether an event shifts a rate."""
    return bool(shock.size[:, :, RATE:RATE + RANKS].any() or shock.size[:, :, STATE].any())


def term_contacts(log_rate: np.ndarray, season: np.ndarray, state_loading: np.ndarray, shock: Shock,
                  calendar: Calendar) -> np.ndarray:
    """The sum of :func:`monthly_contacts` over months, shape (path, rank), quickly where no event shifts a rate."""
    if _shifts(shock):
        return monthly_contacts(log_rate, season, state_loading, shock, calendar).sum(axis=2)
    years = season[:, calendar.month_of_year] @ calendar.exposure
    found: np.ndarray = np.einsum("pry,py->pr", safe_exp(log_rate), years)
    return found


def _mentions(given: PathParameters, shock: Shock, monthly: np.ndarray) -> np.ndarray:
    """Expected contacts that name each topic, shape (path, topic)."""
    size, spread = shock.size[:, :, TOPIC:TOPIC + TOPICS], given.breadth_sd[:, None]
    if not size.any():
        found: np.ndarray = np.einsum("pr,prk->pk", monthly.sum(axis=2), chance_of_naming(given.topic_logit, spread))
        return found
    named, share = np.zeros((len(monthly), TOPICS)), shock.share()
    for months in _alike(shock, share):
        shift = np.einsum("psk,ps->pk", size, share[:, :, months[0]])[:, None, :]
        rate = monthly[:, :, months].sum(axis=2)
        named += np.einsum("pr,prk->pk", rate, chance_of_naming(given.topic_logit + shift, spread))
    return named


def _alike(shock: Shock, share: np.ndarray) -> list[np.ndarray]:
    """Months in groups that have the same shifts."""
    if not shock.dated:
        return [np.array([month]) for month in range(share.shape[2])]
    _, group = np.unique(share[0], axis=1, return_inverse=True)
    return [np.flatnonzero(group.ravel() == one) for one in range(group.max() + 1)]


# Expected contacts of each path given all that it draws before contacts.

def intensity(parameters: Callable[[slice], PathParameters], scenario: Scenario, *, paths: int, seed: int,
              term_start: date, running: Running | None = None, of: slice = slice(None)) -> np.ndarray:
    """Expected contacts of a scenario without events, (path, rank, year_of_term).

    Parameters
    ----------
    running : Running, optional
        The part of the term that is over; what is expected is then what is still to come.
    of : slice
        Months of the horizon that count; all where not given.
    """
    calendar, noise, number = calendar_of(scenario, term_start, running), Noise(seed), np.arange(paths)
    shock = draw_shock(scenario, noise, number, len(calendar.month_of_year))
    drawn = parameters(slice(0, paths))
    known = condition_on_past(drawn, shock, running, calendar.month_of_year, noise, number)[0] if running else None
    given = prepare(drawn, shock, calendar, noise, number, known)
    factor = given.climate * given.season[:, given.month_of_year]
    found: np.ndarray = given.yearly * np.einsum("pm,my->py", factor[:, of], given.exposure[of])[:, None]
    return found
