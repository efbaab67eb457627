r"""Contact frequency by rank: one component per formulation.

The pool of formulations: a draw follows one of them, with the weights of the pool.

.. math:: p(n) = \sum_v w_v\, p_v(n), \qquad \textstyle\sum_v w_v = 1,

a linear pool (Stone 1961, doi 10.1214/aoms/1177704873). Which formulation a draw follows (variable ``form``) is uncertain as
its parameters are: all paths of the draw and all scenarios share it.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.special import logsumexp

from forecast.components.control import Control, other_persistence, shifted_phase, shifted_terms
from forecast.components.frequency import recording
from forecast.components.frequency.formulations import FORMS, Form, contact_cells, end_of, log_probability, marks
from forecast.components.frequency.model import AXES, build, linear, season, select, select_occasions
from forecast.components.frequency.project import last_departure, project, simulate
from forecast.components.linear import unpack_all
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, Effort, Future, Shocks, Take, by_label
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


__all__ = ["FORMS", "Frequency"]


class Frequency:
    """Recorded contacts per year by rank under one formulation.

    Parameters
    ----------
    form : Form
        The formulation.
    """

    section = "frequency"
    axes: Mapping[str, tuple[str, ...]] = AXES
    effort: Effort = {"draws": 1500}  # the levels of a walk mix slowly

    def __init__(self, form: Form) -> None:
        self.form = form
        self.name = form.name
        self.needs: Mapping[str, str] = form.needs
        self.assumed = ("state_persistence", "state_loading", *(("trend_damping",) if form.damped else ()))
        occasions = ("occasion_dyad", "occasion_year", "lead", "companion") if form.occasions else ()
        self.observed = ("count", "month_count", *occasions, *(("history",) if form.recording else ()))

    def data(self, panel: Panel) -> ComponentData:
        """Counts per dyad, rank and administration year with their covariates, and occasions where these are counted."""
        found = select_occasions(panel) if self.form.occasions else select(panel)
        if not self.form.recording:
            return found
        array, coord = recording.select(panel)
        return ComponentData(array={**found.array, **array}, coord={**found.coord, **coord})

    def lacking(self, panel: Panel) -> str:
        """What the panel lacks for this formulation; nothing where it can be fitted."""
        return recording.lacking(panel) if self.form.recording else ""

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.frequency.model`."""
        return build(self.form, data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        shape = {axis: len(data.coord[axis]) for axis in ("dyad", "term", "rank", "type", "president")}
        complete = self.form.complete(priors)
        parts = (linear(self.form, data, complete), season(), *((marks(shape["rank"]),) if self.form.occasions else ()),
                 *((recording.linear(data),) if self.form.recording else ()))
        named = unpack_all(raw, self.form.scales, parts, complete).drop_vars(self.form.absent, errors="ignore")
        named = named.assign({"trend_end": end_of(data.array)} if self.form.drift else {})
        whose = {"base": "dyad", "term_rank_level": "term", "type_rank_effect": "type", "president_rank_effect": "president"}
        return named.assign({name: _split(named[name], {axis: shape[axis], "rank": shape["rank"]})
                             for name, axis in whose.items()})

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Counts at known parameter values."""
        return simulate(self.form, data, truth, rng)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Rates, season, dispersion and relation state of a future term."""
        return project(self.form, take, coord, future, shocks)

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Rate ratio of each administration type to the mean of the types, ``rate_ratio`` (draw, type)."""
        return xr.Dataset({"rate_ratio": np.exp(posterior["type_effect"])})

    def held_out(self, data: ComponentData, term: int) -> ComponentData:
        """The same data with a term and all later ones left out of the likelihood."""
        used = (np.arange(len(data.array["term_used"])) < term).astype(np.int64)
        return replace(data, array={**data.array, "term_used": used})

    def term_density(self, data: ComponentData, named: Mapping[str, np.ndarray], term: int) -> np.ndarray:
        """Log probability of all counts of one term under every draw, shape (...).

        Parameters
        ----------
        named : mapping
            Draws given the terms before, each (..., *axes).
        """
        within = data.array["term"] == term
        named = {**named, "trend_end": np.asarray(end_of(data.array, before=term))}
        cells = (values[..., within] for values in contact_cells(self.form, data.array, named))
        return log_probability(data.array["count"][..., within], *cells).sum(axis=(-1, -2, -3))

    def next_term(self, given: Mapping[str, np.ndarray], data: ComponentData) -> dict[str, np.ndarray]:
        """Log rate per year: of all ranks, of each rank, of each year of the term, and of the ranks that went up last term."""
        rate, coord = given["log_rate"], data.coord
        by_rank, by_year = logsumexp(rate, axis=2) - np.log(rate.shape[2]), logsumexp(rate, axis=1)
        return {"log rate": logsumexp(by_rank, axis=1), **by_label("log rate", coord["rank"], by_rank),
                **by_label("log rate", (f"year {number}" for number in coord["year_of_term"]), by_year),
                "log rate, as the last term went": by_rank @ last_departure(data.array)}

    def controls(self, priors: Mapping[str, Prior]) -> tuple[Control, ...]:
        """A wrong persistence where levels have one, else terms that begin early; and a phase that is a year ahead."""
        fixed = "term_persistence"
        levels = other_persistence(fixed, priors) if fixed in priors else shifted_terms()
        return levels, shifted_phase("year_of_term")


def _split(values: xr.DataArray, axes: Mapping[str, int]) -> xr.DataArray:
    """Give a flattened last axis its two names."""
    array = values.to_numpy()
    return xr.DataArray(array.reshape(*array.shape[:2], *axes.values()), dims=("chain", "draw", *axes))


# The pool of formulations.

class FrequencyPool:
    """Several formulations of contact frequency as one component; it projects and is not fitted itself."""

    name = "frequency"

    def __init__(self) -> None:
        self.members = tuple(Frequency(form) for form in FORMS)

    def fitted(self, posterior: xr.Dataset) -> dict[int, Frequency]:
        """Members that the posterior has by their numbers: a record may not allow some."""
        return {number: member for number, member in enumerate(self.members) if f"{member.name}/type_effect" in posterior}

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Fields of each path from the formulation that it follows; variables of a member are ``{member}/{name}``."""
        chosen, drawn = take("form"), cache(shocks)  # formulations share their shocks
        found: dict[str, np.ndarray] = {}
        for number, member in enumerate(self.members):
            row = np.flatnonzero(chosen == number)
            fields = member.project(_of(member.name, take, row), coord, future, _at(drawn, row)) if row.size else {}
            for key, values in fields.items():
                found.setdefault(key, np.empty((len(chosen), *values.shape[1:])))[row] = values
        return found

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Rate ratio of each type to their mean under each formulation, ``rate_ratio`` (draw, form, type)."""
        effect = [posterior[f"{member.name}/type_effect"] for member in self.fitted(posterior).values()]
        return xr.Dataset({"rate_ratio": np.exp(xr.concat(effect, "form").transpose("draw", "form", "type"))})


def _of(member: str, take: Take, row: np.ndarray) -> Take:
    return lambda name: take(f"{member}/{name}")[row]


def _at(shocks: Shocks, row: np.ndarray) -> Shocks:
    return lambda name, *shape: shocks(name, *shape)[row]
