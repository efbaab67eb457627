r"""A term that runs: what is over of it is known, and moves what is still to come.

The parameters of a path were estimated from a record that holds the part of the term that is over, so that type, president and
level of the term are known as far as it tells them. Given these, two things of the path go on from what happened, the relation
state :math:`x` and the frailty :math:`G` of the year that runs. With

.. math:: \mu_{rs} = e^{\eta_{r,y(s)} + shift_{rm(s)}}\, S_{c(m(s))}\, E_s, \qquad
    n_{rs} \sim \mathrm{Poisson}\!\left(G_{r,y(s)}\, C_{m(s)}\, \mu_{rs}\right), \qquad
    C_m = e^{\ell x_m - \ell^2/2}, \qquad G_{ry} \sim \mathrm{Gamma}(\phi_{ry}, \phi_{ry})

for the contacts :math:`n_{rs}` of rank :math:`r` in the slots :math:`s` that are over (a month, or its part in one year of the
term), and :math:`E_s` the exposure of a slot, the frailty is gamma again given the state,

.. math:: G_{ry} \mid n, x \sim \mathrm{Gamma}\!\left(\phi_{ry} + \sum_s n_{rs},\ \phi_{ry} + \sum_s C_{m(s)}\, \mu_{rs}\right),

and is integrated out of the state, which a particle filter follows through the months (Gordon, Salmond and Smith 1993, doi
10.1049/ip-f-2.1993.0015; with what is conjugate integrated out, Chen and Liu 2000, doi 10.1111/1467-9868.00246). Each path keeps
one state, picked by its weight, and draws its frailty given it, by the same random number that would have given it the frailty of
a term to come. The relation state plays no part in the fit of the rates: parameters are those of the record without it. Of the
formulation that counts occasions, :math:`\phi` is the size of contacts, companions included, so that companions of this year are
taken for a sign of its rest; and months of a pandemic that are over are expected as any others are. Either moves the rest of a
term by less than one per cent where that was measured, on two past terms. Where somebody else governed at first, slots before the
successor tell neither of the state nor of a frailty: their rate is another.

Contacts that are on record late
--------------------------------
Of the contacts of a day, a share :math:`F(a)` is on record :math:`a` days later (:mod:`forecast.panel.incomplete`). Exposure of a
day counts as seen by that share; the rest is still to come, whatever of the day is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numba
import numpy as np
from scipy.special import gammaincinv

from forecast import dims
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.calendar import DAYS_PER_YEAR, YEARS_OF_TERM, month_exposure, month_starts
from forecast.panel.panel import OTHER
from forecast.simulation.prepare import POISSON_LIMIT, Begun, safe_exp
from forecast.simulation.random import Noise, poisson_quantile
from forecast.simulation.scenario import Scenario
from forecast.simulation.shocks import RANKS, RATE, STATE, Shock
from forecast.simulation.trajectory import AXIS, LENGTH, Output
from forecast.sources import compiled

if TYPE_CHECKING:
    from forecast.components.protocol import PathParameters

PARTICLES = 32
"""States of a path that are followed: they hardly differ in weight, for a good month lifts all ranks by a fifth or so."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The part of a term that is over.

    Parameters
    ----------
    last : date
        Last day that was observed.
    seen, left : (month, year_of_term) array
        Years that were observed, and years of which contacts are still to come, by month of the horizon.
    month, year : (slot,) array of int
        Month of the horizon and year of the term of every slot that was observed, in order of time.
    exposure : (slot,) array
        Years that were observed.
    own : (slot,) array of bool
        Whether it is of who governs on the last day, and not of somebody before a successor within the term.
    count : (slot, rank) array of int
        Contacts.
    known : mapping of str to array
        What the engine's output begins with, by name, each without the axis of paths.
    """

    last: date
    seen: np.ndarray
    left: np.ndarray
    month: np.ndarray
    year: np.ndarray
    exposure: np.ndarray
    own: np.ndarray
    count: np.ndarray
    known: Mapping[str, np.ndarray]

    def begin(self, out: Output) -> None:
        """Write what is known into an output that is still zero."""
        for name, values in self.known.items():
            getattr(out, name)[:] = values


def running_term(panel: Panel, scenario: Scenario, term_start: date, matched: Mapping[str, int],
                 recorded: np.ndarray | None = None, since: date | None = None) -> Running:
    """What a record says of the term that its last day lies in.

    Parameters
    ----------
    panel : Panel
        One dyad, cut at the last day.
    scenario : Scenario
        Whose horizon begins with the term.
    term_start : date
        Inauguration day.
    matched : mapping of str to int
        Contacts so far that count for each question, by its id.
    recorded : (day,) array, optional
        Share of the contacts of a day that is on record, from the last day back; all where not given.
    since : date, optional
        From when who governs on the last day does, where that is a successor within the term.
    """
    start, end = scenario.horizon.start, scenario.horizon.end
    month, after = month_starts(start, end), panel.as_of
    day = np.arange(np.datetime64(term_start), np.datetime64(after + timedelta(days=1)))
    share = np.ones(len(day)) if recorded is None else np.pad(recorded[:len(day)], (0, max(0, len(day) - len(recorded))),
                                                            constant_values=1.0)[::-1]
    at = _month_of(day, month), _year_of(day, term_start)
    seen = np.zeros((len(month), YEARS_OF_TERM))
    np.add.at(seen, at, share / DAYS_PER_YEAR)
    slot, place = np.unique(_slot_of(day, *at, since or term_start), return_inverse=True)
    exposure = np.bincount(place, share / DAYS_PER_YEAR)
    own, year = slot % 2 == 1, slot // 2 % YEARS_OF_TERM
    counted = _counted(panel, (term_start, since or term_start), month, slot, [matched[one.id] for one in scenario.questions])
    return Running(last=after, seen=seen, left=np.maximum(month_exposure(start, end, term_start) - seen, 0.0), exposure=exposure,
                   own=own, year=year, month=slot // (2 * YEARS_OF_TERM), **counted)


def _slot_of(day: np.ndarray, month: np.ndarray, year: np.ndarray, since: date) -> np.ndarray:
    """One number for the month, the year of the term and who governs, which grows with time."""
    found: np.ndarray = (month * YEARS_OF_TERM + year) * 2 + (day >= np.datetime64(since))
    return found


def _month_of(day: np.ndarray, month: np.ndarray) -> np.ndarray:
    found: np.ndarray = (day.astype("datetime64[M]") - month[0].astype("datetime64[M]")).astype(int)
    return found


def _year_of(day: np.ndarray, term_start: date) -> np.ndarray:
    border = np.array([term_start.replace(year=term_start.year + k) for k in range(1, YEARS_OF_TERM)], "datetime64[D]")
    return np.searchsorted(border, day, side="right")


def _counted(panel: Panel, begins: tuple[date, date], month: np.ndarray, slot: np.ndarray, matched: list[int]) -> dict[str, Any]:
    """Contacts of the term by slot and rank, and what of them the engine counts.

    `begins` are the first days of the term, and of who governs at the end.
    """
    term_start, since = begins
    inside = (panel.contact["date"] >= np.datetime64(term_start)).to_numpy()
    rows, day = panel.contact[inside], panel.contact["date"][inside].to_numpy().astype("datetime64[D]")
    when, year = _month_of(day, month), _year_of(day, term_start)
    rank, direction = (np.array([axis.index(code) for code in rows[column]], int)
                       for axis, column in ((codes.RANK, "us_rank"), (codes.DIRECTION, "direction")))
    count = np.zeros((len(slot), RANKS), np.int64)
    np.add.at(count, (np.searchsorted(slot, _slot_of(day, when, year, since)), rank), 1)
    length = LENGTH | {dims.MONTH: len(month), dims.QUESTION: len(matched)}
    known = {name: np.zeros([length[axis] for axis in axes if axis != dims.PATH], int) for name, axes in AXIS.items()}
    np.add.at(known["contact"], (when, rank, rows["outcome"].to_numpy(int)), 1)
    np.add.at(known["travel"], (when, direction), 1)
    np.add.at(known["mention"], when, panel.topic[inside])
    np.add.at(known["pages"], when, panel.pages[inside])
    _add_tones(known["tone_sum"], panel, inside, dict(zip(np.flatnonzero(inside).tolist(), when.tolist(), strict=True)))
    known["match"][:] = matched
    del known["unrecorded"]
    return {"count": count, "known": known}


def _add_tones(tone_sum: np.ndarray, panel: Panel, inside: np.ndarray, when: Mapping[int, int]) -> None:
    """Add the tones of pages of news and analysis on the contacts chosen, by month and side."""
    page = panel.media
    counted = page[inside[page["contact"].to_numpy(int)] & (page["kind"] != "official") & (page["side"] != OTHER)]
    side = np.array([codes.SIDE.index(one) for one in counted["side"]], int)
    np.add.at(tone_sum, (np.array([when[one] for one in counted["contact"]], int), side), counted["tone"].to_numpy(int))


# What the part that is over says of each path.

def condition_on_past(given: "PathParameters", shock: Shock, running: Running, month_of_year: np.ndarray, noise: Noise,
                      path: np.ndarray) -> tuple[Begun, np.ndarray]:
    """Condition the state and the frailty of some paths on the contacts so far.

    Parameters
    ----------
    given : PathParameters
        Of these paths.
    month_of_year : (month,) array of int
        Calendar month of every month of the horizon, from 0.
    path : (path,) array of int
        Numbers of the paths.

    Returns
    -------
    tuple of Begun and (path, month, rank) array
        State and frailty, and contacts so far that left no record.
    """
    own, whole = running.own, _expected(given, shock, running, given.season[:, month_of_year])
    expected, past, month, year = np.ascontiguousarray(whole[:, own]), running.count[own], running.month[own], running.year[own]
    months = int(month[-1]) + 1
    shocks = noise.normal("filter", path, months, PARTICLES)
    pick = noise.uniform("filter/pick", path, len(month) + 1)
    shape = given.dispersion + np.zeros_like(given.log_rate)
    kept = _Particles(np.empty(len(path)), np.empty(len(path)), shape.copy(), np.empty(expected.shape[:2]))
    _filter(expected, past, month, year, np.ascontiguousarray(shape), given.state_loading, given.state_persistence, shocks, pick,
            kept)
    seen = np.zeros_like(shape)
    for place, count in zip(year, past, strict=True):
        seen[:, :, place] += count
    uniform = noise.uniform("frailty", path, *shape.shape[1:])
    frailty = np.where(shape < POISSON_LIMIT, gammaincinv(np.minimum(shape, POISSON_LIMIT) + seen, uniform) / kept.rate, 1.0)
    rate = np.broadcast_to(running.count.astype(float), whole.shape).copy()  # of who governed before, what came is what is known
    rate[:, own] = expected * kept.line[:, :, None] * np.swapaxes(frailty[:, :, year], 1, 2)
    return Begun(month=months - 1, state=kept.x, frailty=frailty), _unrecorded(given, rate, running, noise, path)


def _expected(given: "PathParameters", shock: Shock, running: Running, season: np.ndarray) -> np.ndarray:
    """Expected contacts of every slot, without frailty and state: (path, slot, rank)."""
    size = shock.size[:, :, RATE:RATE + RANKS] + given.state_loading[:, None, None] * shock.size[:, :, STATE, None]
    shift = np.einsum("psr,psm->pmr", size, shock.share())
    month, year = running.month, running.year
    log_rate = np.swapaxes(given.log_rate[:, :, year], 1, 2) + shift[:, month]
    factor = season[:, month] * running.exposure
    return np.ascontiguousarray(safe_exp(log_rate) * factor[:, :, None])


def _unrecorded(given: "PathParameters", rate: np.ndarray, running: Running, noise: Noise, path: np.ndarray) -> np.ndarray:
    """Contacts so far that left no record, (path, month, rank): independent of those that did, given the rate."""
    mean = rate * (1 / given.recorded_share - 1)[:, None, :]
    drawn = _poisson(noise.uniform("unseen/past", path, *mean.shape[1:]), mean)
    found = np.zeros((len(path), len(running.seen), RANKS), np.uint16)
    for place, month in enumerate(running.month):
        found[:, month] += drawn[:, place]
    return found


@compiled(numba.njit, nogil=True, error_model="numpy")
def _poisson(uniform: np.ndarray, mean: np.ndarray) -> np.ndarray:
    found = np.zeros(mean.shape, np.uint16)
    for place in range(mean.size):
        found.flat[place] = poisson_quantile(uniform.flat[place], mean.flat[place])
    return found


class _Particles(NamedTuple):
    """States that a path may be in: ``x`` and ``weight`` (particle,), rates of the frailties ``rate`` (particle, rank, year), and
    the factors of the states so far, ``line`` (particle, slot). Or the one that was kept of each path, without a weight.
    """

    x: np.ndarray
    weight: np.ndarray
    rate: np.ndarray
    line: np.ndarray


# Loops and not whole arrays: they compile in a quarter of the time.

@compiled(numba.njit, nogil=True, error_model="numpy")
def _filter(expected: np.ndarray, count: np.ndarray, month: np.ndarray, year: np.ndarray, shape: np.ndarray, loading: np.ndarray,
            persistence: np.ndarray, shocks: np.ndarray, pick: np.ndarray, kept: _Particles) -> None:
    """Keep for every path one particle of the last month, with the rates of its frailties and the factors that led to it."""
    paths, slots, ranks = expected.shape
    many, years = shocks.shape[2], shape.shape[2]
    now = _Particles(np.empty(many), np.empty(many), np.empty((many, ranks, years)), np.empty((many, slots)))
    then = _Particles(np.empty(many), np.empty(many), np.empty((many, ranks, years)), np.empty((many, slots)))
    a = np.empty((ranks, years))
    for path in range(paths):
        _begin(now, shocks[path, 0], shape[path], a)
        at = 0
        for slot in range(slots):
            while at < month[slot]:
                at += 1
                _move(now.x, shocks[path, at], persistence[path])
            _weigh(now, expected[path, slot], count[slot], a, slot, year[slot], loading[path])
            for r in range(ranks):
                a[r, year[slot]] += count[slot, r]
            if slot < slots - 1 and _spent(now.weight):
                _resample(now, then, pick[path, slot])
                now, then = then, now
        _copy(now, _one_of(now.weight, pick[path, slots]), kept, path)


@compiled(numba.njit, nogil=True, error_model="numpy")
def _begin(now: _Particles, shock: np.ndarray, shape: np.ndarray, a: np.ndarray) -> None:
    """Lay out the particles of a path as its term begins, and the shapes ``a`` (rank, year) of its frailties."""
    ranks, years = shape.shape
    for k in range(now.x.size):
        now.x[k], now.weight[k] = shock[k], 0.0
    for r in range(ranks):
        for y in range(years):
            a[r, y] = shape[r, y]
            for k in range(now.x.size):
                now.rate[k, r, y] = shape[r, y]


@compiled(numba.njit, nogil=True, error_model="numpy")
def _move(x: np.ndarray, shock: np.ndarray, persistence: float) -> None:
    """States of the next month."""
    fresh = np.sqrt(1 - persistence**2)
    for k in range(x.size):
        x[k] = persistence * x[k] + fresh * shock[k]


@compiled(numba.njit, nogil=True, error_model="numpy")
def _weigh(now: _Particles, expected: np.ndarray, count: np.ndarray, a: np.ndarray, slot: int, year: int, loading: float) -> None:
    """Weigh every particle by the contacts of a slot, and add what it expected to the rates of the frailties."""
    for k in range(now.x.size):
        log_c = loading * now.x[k] - loading**2 / 2
        now.line[k, slot] = np.exp(log_c)
        for r in range(expected.size):
            mean, before = expected[r] * now.line[k, slot], now.rate[k, r, year]
            now.weight[k] += -a[r, year] * np.log1p(mean / before) + count[r] * (log_c - np.log(before + mean))
            now.rate[k, r, year] = before + mean


@compiled(numba.njit, nogil=True, error_model="numpy")
def _resample(now: _Particles, then: _Particles, uniform: float) -> None:
    """Write particles in the shares of their weights, evenly spaced, all of one weight again."""
    many, highest = now.x.size, now.weight.max()
    whole = 0.0
    for k in range(many):
        whole += np.exp(now.weight[k] - highest)
    edge, at, step = np.exp(now.weight[0] - highest), 0, whole / many
    for k in range(many):
        while at < many - 1 and edge < (k + uniform) * step:
            at += 1
            edge += np.exp(now.weight[at] - highest)
        _copy(now, at, then, k)
        then.weight[k] = 0.0


@compiled(numba.njit, nogil=True, error_model="numpy")
def _copy(source: _Particles, at: int, target: _Particles, place: int) -> None:
    """One particle, without its weight, to another place."""
    _, ranks, years = source.rate.shape
    target.x[place] = source.x[at]
    for r in range(ranks):
        for y in range(years):
            target.rate[place, r, y] = source.rate[at, r, y]
    for slot in range(source.line.shape[1]):
        target.line[place, slot] = source.line[at, slot]


@compiled(numba.njit, nogil=True, error_model="numpy")
def _spent(log_weight: np.ndarray) -> bool:
    """Whether the weights are worth fewer than half of the particles."""
    highest, whole, squares = log_weight.max(), 0.0, 0.0
    for one in log_weight:
        w = np.exp(one - highest)
        whole += w
        squares += w**2
    return bool(whole**2 < squares * log_weight.size / 2)


@compiled(numba.njit, nogil=True, error_model="numpy")
def _one_of(log_weight: np.ndarray, uniform: float) -> int:
    """One particle, picked by its weight."""
    highest, whole = log_weight.max(), 0.0
    for one in log_weight:
        whole += np.exp(one - highest)
    left = uniform * whole
    for k in range(log_weight.size):
        left -= np.exp(log_weight[k] - highest)
        if left < 0:
            return k
    return log_weight.size - 1
