r"""Sources of uncertainty of a coming term, and posterior draws in which single ones are switched off.

===========  ===================================================  =====================================
source       what varies                                          switched off
===========  ===================================================  =====================================
type         effects of types and their scale, also by rank       at the posterior mean
president    effects of presidents and their scale, also by       at the posterior mean; a new president is
             rank, and those of a president not yet seen          what her predecessor makes expected
term         levels of the coming term, all and by rank           no departure from what is carried over
formulation  which formulation of a pool a draw follows           never: the members' draws differ with it
parameters   all else in the posterior, and sizes of events       at the (posterior) mean
state        relation state :math:`x`                             at its expectation, a factor of one
count        frailty and Poisson noise                            at their expectation
===========  ===================================================  =====================================

The share of the formulation is the variance of the means of formulations (:mod:`forecast.evaluation.variance`).
Effects of type and president are told by the last part of a variable's name, so that ``frequency_drift/type_effect`` of a pool
is one. Season, dispersion and relation state are taken not to depend on who governs.

Contacts of a coming term in which single sources of uncertainty are switched off
---------------------------------------------------------------------------------
Given parameters, :math:`n_{ry} \sim \mathrm{Poisson}(\lambda_{ry} F_{ry} C_{ry})` for rank :math:`r` and year of term
:math:`y`, with frailty :math:`F` and, over months :math:`m` with exposure :math:`E`, season :math:`S` and shifts of events,

.. math:: C_{ry} = \sum_m E_{my} S_m\, e^{\ell x_m - \ell^2/2 + shift_{rm}} .

Season, dispersion and relation state are taken not to depend on who governs. Only totals are drawn, so that all subsets of
sources can be tried; they have the distribution of the engine's totals, not its random numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numba
import numpy as np
from scipy.special import gammaincinv

from forecast.components.administration import PRESIDENT as OF_PRESIDENT
from forecast.components.administration import SOURCE as OF_VARIABLE
from forecast.components.administration import TYPE as OF_TYPE
from forecast.components.protocol import Future, Shocks, Take
from forecast.components.registry import CONTACTS, POOL, PROJECTING
from forecast.posterior.posterior import Posterior
from forecast.simulation.prepare import POISSON_LIMIT, Calendar, safe_exp
from forecast.simulation.random import RATE_CAP, Noise, poisson_quantile
from forecast.simulation.shocks import RANKS, RATE, Shock
from forecast.simulation.shocks import STATE as STATE_TARGET
from forecast.sources import compiled

SOURCES = TYPE, PRESIDENT, TERM, FORMULATION, PARAMETERS, STATE, COUNT = (
    OF_TYPE, OF_PRESIDENT, "term", "formulation", "parameters", "state", "count")
Sources = frozenset[str]
FORM, NO_FORM = "form", -1
"""Variable of a pool that says which formulation a draw follows, and a number that is of none."""
_VARIABLE = {**OF_VARIABLE, FORM: FORMULATION}
_STREAM = {PRESIDENT: PRESIDENT}


def source_of_variable(name: str) -> str:
    """Source that a posterior variable belongs to."""
    return _VARIABLE.get(name.rpartition("/")[2], PARAMETERS)


def source_of_stream(name: str) -> str:
    """Source that a random stream of the coming term belongs to."""
    return _STREAM.get(name.rpartition("/")[2], TERM)


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Posterior draws of one component for some paths, beside their means.

    Parameters
    ----------
    found : Posterior
        Of one formulation, or of a pool of them.
    row : (path,) array of int
        Draw of each path.
    every : callable, optional
        Values of all draws, from :func:`every_draw`, where other paths have them too.
    """

    found: Posterior
    row: np.ndarray
    every: Take | None = None
    _kept: dict[tuple[str, bool], np.ndarray] = field(default_factory=dict, init=False)

    def take(self, on: Sources) -> Take:
        """Values by variable name, (path, ...), at the posterior mean for sources that are off; a path keeps its formulation."""
        return lambda name: self._values(name, drawn=source_of_variable(name) in {*on, FORMULATION})

    @property
    def form(self) -> np.ndarray | None:
        """Number of the formulation that each path follows, (path,); None where there is one alone."""
        return self._values(FORM, drawn=True) if FORM in self.found.chains else None

    @cached_property
    def _all(self) -> Take:
        return self.every or every_draw(self.found)

    def _values(self, name: str, drawn: bool) -> np.ndarray:
        """A variable as it was drawn, or its mean on every path."""
        if (name, drawn) not in self._kept:
            every = self._all(name)
            self._kept[name, drawn] = every[self.row] if drawn else np.broadcast_to(
                every.mean(axis=0), (len(self.row), *every.shape[1:]))
        return self._kept[name, drawn]


def every_draw(found: Posterior) -> Take:
    """Values of all draws of a posterior, by variable name: (draw, ...)."""
    return found.taker().at(slice(0, draws_in(found)))


def draws_in(found: Posterior) -> int:
    """Draws of a posterior, all chains together."""
    return found.chains.sizes["draw"] * found.chains.sizes["chain"]


# Contacts of a coming term in which single sources of uncertainty are switched off.

GOVERNED = frozenset({TYPE, PRESIDENT, TERM, PARAMETERS})  # what the rate depends on, besides the formulation of a path
ANOTHER = 10**9  # added to a path number: a path that no run reaches


@dataclass(frozen=True, kw_only=True)
class ComingTerm:
    """The coming term under one scenario.

    Parameters
    ----------
    draws : Draws
        Shared by all scenarios.
    future : Future
        Who governs.
    shock : Shock
        Events and adjustments on these paths.
    calendar : Calendar
        Months of the horizon.
    noise : Noise
        Of the run.
    number : (path,) array of int
        Path numbers of all shocks.
    """

    draws: Draws
    future: Future
    shock: Shock
    calendar: Calendar
    noise: Noise
    number: np.ndarray
    _kept: dict[tuple[str, Sources], Any] = field(default_factory=dict, init=False)
    _before: dict[str, Any] = field(default_factory=dict, init=False)

    def contacts(self, on: Sources) -> np.ndarray:
        """Contacts of the term by rank, shape (path, rank), with some sources on; expected ones without ``count``."""
        fields = self._once("fields", on & GOVERNED, self._needed)
        climate = self._once("climate", on & {PARAMETERS, STATE}, self._climate)
        expected = fields["rate"] * climate
        if COUNT not in on:
            found: np.ndarray = expected.sum(axis=2)
            return found
        frailty = self._once("frailty", on & {PARAMETERS}, self._frailty)
        uniform = self._once("uniform", frozenset(), lambda _: self.noise.uniform("total", self.number, RANKS))
        found = poisson_count(uniform, (expected * frailty).sum(axis=2))
        return found

    def damped(self, damping: float | None) -> "ComingTerm":
        """The same term where another share of the drift goes on: other rates, and with them another dispersion.

        Only of paths whose formulation has a drift that goes on otherwise; fields of the others are taken over.
        """
        other = replace(self, future=replace(self.future, damping=damping))
        other._kept.update({key: made for key, made in self._kept.items() if key[0] not in ("fields", "frailty")})
        was, will = (drift_left(self.draws.found, one) for one in (self.future.damping, damping))
        before = {on: made for (name, on), made in self._kept.items() if name == "fields"}
        other._before.update(form=[form for form in was if was[form] != will[form]], fields=before)
        return other

    def _once[Made](self, name: str, on: Sources, make: Callable[[Sources], Made]) -> Made:
        if (name, on) not in self._kept:
            self._kept[name, on] = make(on)
        made: Made = self._kept[name, on]
        return made

    def _fields(self, on: Sources) -> dict[str, np.ndarray]:
        """Fields of the path parameters, and ``rate`` (path, rank, year_of_term)."""
        form, known = self.draws.form, self._before.get("fields", {}).get(on)
        if known is not None and not self._before["form"]:
            return dict(known)
        if known is None or form is None:
            return self._projected(self.draws.take(on), on, slice(None))
        moved, take = np.isin(form, self._before["form"]), self.draws.take(on)
        followed = np.where(moved, form, NO_FORM)  # a path that follows none of the formulations is projected by none
        found = self._projected(lambda name: followed if name == FORM else take(name), on, moved)
        return {name: _replaced(values, moved, found[name]) for name, values in known.items()}

    def _projected(self, take: Take, on: Sources, rows: Any) -> dict[str, np.ndarray]:
        """The fields of some paths."""
        given = PROJECTING[CONTACTS].project(take, self.draws.found.coord, self.future, self._shocks(on))
        found = {name: values[rows] for name, values in given.items()}
        return {**found, "rate": safe_exp(found["log_rate"])}

    def _needed(self, on: Sources) -> dict[str, np.ndarray]:
        """Those that are asked for later: all where parameters alone vary, else the rate."""
        fields = self._fields(on)
        return fields if on <= {PARAMETERS} else {"rate": fields["rate"]}

    def _shocks(self, on: Sources) -> Shocks:
        """Standard normals of the run's streams; zero where their source is off."""

        def shocks(name: str, *shape: int) -> np.ndarray:
            source = source_of_stream(name)
            if source not in on:
                return np.zeros((len(self.number), *shape))
            return self._once(f"stream {name} {shape}", on & {source},
                              lambda _: self.noise.normal(f"component/{name}", self.number, *shape))

        return shocks

    def _climate(self, on: Sources) -> np.ndarray:
        """Years of exposure by year of term, weighted by season, state and events: shape (path, rank or 1, year_of_term)."""
        given = self._once("fields", on & {PARAMETERS}, self._fields)
        size, share = self.shock.size, self.shock.share()
        if PARAMETERS not in on:  # what events do, and when, counts among the parameters
            size, share = size.mean(axis=0, keepdims=True), share.mean(axis=0, keepdims=True)
        loading = given["state_loading"][:, None]
        level = loading * np.einsum("ps,psm->pm", size[:, :, STATE_TARGET], share)
        if STATE in on:
            level = level + loading * self._state(given["state_persistence"]) - loading**2 / 2
        monthly = given["season"][:, self.calendar.month_of_year] * safe_exp(level)
        if not size[:, :, RATE:RATE + RANKS].any():
            found: np.ndarray = (monthly @ self.calendar.exposure)[:, None, :]
            return found
        shift = np.einsum("psr,psm->prm", size[:, :, RATE:RATE + RANKS], share)
        found = (monthly[:, None, :] * safe_exp(shift)) @ self.calendar.exposure
        return found

    def _state(self, persistence: np.ndarray) -> np.ndarray:
        """Relation state, shape (path, month)."""
        state = self.noise.normal("state", self.number, len(self.calendar.month_of_year))
        innovation = np.sqrt(1 - persistence**2)
        for month in range(1, state.shape[1]):
            state[:, month] = persistence * state[:, month - 1] + innovation * state[:, month]
        return state

    def _frailty(self, on: Sources) -> np.ndarray:
        """Gamma factors of mean one, shape (path, rank, year_of_term); inverted only where their size is another than before."""
        given = self._once("fields", on, self._fields)
        size = np.minimum(given["dispersion"], POISSON_LIMIT)
        size = np.broadcast_to(size[:, None, None] if size.ndim == 1 else size, given["log_rate"].shape)
        uniform = self.noise.uniform("frailty", self.number, *size.shape[1:])
        before, known = self._kept.get(("factors", on), (np.nan, np.empty(size.shape)))
        other = size != before
        found: np.ndarray = known.copy()
        found[other] = gammaincinv(size[other], uniform[other]) / size[other]
        self._kept["factors", on] = size, found
        return found


def drift_left(found: Posterior, damping: float | None) -> dict[int | None, object]:
    """What is left of a year's drift a year later, by the number of the formulation; None where there is one alone.

    A number where it is the same in all draws, or that it is the formulation's own, or that there is no drift.
    """
    prefix = ({number: f"{member.name}/" for number, member in POOL[CONTACTS].fitted(found.chains).items()}
              if FORM in found.chains else {None: ""})
    own = {number: "own" if f"{start}trend_damping" in found.chains else 1.0 for number, start in prefix.items()}
    return {number: "none" if f"{start}drift" not in found.chains else own[number] if damping is None else damping
            for number, start in prefix.items()}


def _replaced(values: np.ndarray, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """A copy with other values in some rows."""
    found = values.copy()
    found[rows] = others
    return found


@compiled(numba.vectorize)
def poisson_count(uniform: float, rate: float) -> float:
    """Poisson count; beyond the cap of the quantile, where noise hardly matters, what is above it is added."""
    count: float = poisson_quantile(uniform, rate) + max(rate - RATE_CAP, 0.0)
    return count


def load_compiled() -> None:
    """Load machine code that totals need, so that branches of this process begin with it: each would take a third of a second."""
    poisson_count(Noise(0).uniform("total", np.arange(2), 4), np.ones((2, 4)))
