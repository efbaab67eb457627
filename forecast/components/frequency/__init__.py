r"""Contact frequency by rank: one component per formulation.

The pool of formulations: a draw follows one of them, with the weights of the pool.

.. math:: p(n) = \sum_v w_v\, p_v(n), \qquad \textstyle\sum_v w_v = 1,

a linear pool (Stone 1961, doi 10.1214/aoms/1177704873). Which formulation a draw follows (variable ``form``) is uncertain as
its parameters are: all paths of the draw and all scenarios share it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.special import logsumexp

from forecast.components.administration import ADMINISTRATION_UNITS, OF_ADMINISTRATIONS, meaning_of_effects
from forecast.components.control import Control, other_persistence, shifted_phase, shifted_terms
from forecast.components.covariates import AXIS, COVARIATES, EFFECT, LAST, last_values
from forecast.components.frequency import checks, recording, region
from forecast.components.frequency.formulations import DYADS, FORMS, Form, contact_cells, end_of, marks
from forecast.components.frequency.model import (
    AXES,
    build,
    common_effects,
    linear,
    observations,
    pointwise,
    season,
    select,
    select_occasions,
)
from forecast.components.frequency.project import last_departure, project, simulate
from forecast.components.joint import PARAMETER
from forecast.components.likelihood import log_probability
from forecast.components.linear import unpack_all
from forecast.components.priors import FACTOR, FACTOR_DECADE, ODDS, ODDS_DECADE, VARIATION, Prior, Scale
from forecast.components.protocol import ComponentData, Effort, Future, Projecting, Scored, Shocks, Take, by_label
from forecast.components.statistics import Array, Counted, Family
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model


__all__ = ["FORMS", "Frequency"]

_RATE = "log recorded contacts per year"
MEANING = meaning_of_effects(f"the {_RATE}", "log rate") | {
    "base": (f"{_RATE}, at average administration, the zero of drifts, a term without a level of its own and covariates "
             "as they go on", "log rate"),
    "type_scale": ("spread of the effects of types", "log rate"),
    "president_scale": ("spread of the effects of presidents", "log rate"),
    "administration_rank_scale": ("spread of the deviations of ranks from the effects of types and presidents", "log rate"),
    "type_rank_effect": ("deviation of a rank from the effect of the type; sums to zero over ranks", "log rate"),
    "president_rank_effect": ("deviation of a rank from the effect of the president; sums to zero over ranks", "log rate"),
    "term_scale": ("spread of the levels of terms", "log rate"),
    "term_rank_scale": ("spread of the levels of terms of single ranks", "log rate"),
    "walk_scale": ("step of the level from one term to the next", "log rate"),
    "walk_rank_scale": ("step of the level of a single rank from one term to the next", "log rate"),
    "term_level": ("level of the term that all ranks share", "log rate"),
    "term_rank_level": ("level of the term of a single rank", "log rate"),
    "term_persistence": ("correlation of the levels of successive terms", "1"),
    "discount": ("weight of a term in proportion to that of the next", "1"),
    "phase_scale": ("spread of the effects of the year of the term", "log rate"),
    "phase": ("effect of the year of the term; sums to zero over its years", "log rate"),
    "covid": ("effect of a year that lies in the pandemic as a whole", "log rate"),
    EFFECT: ("effect of one unit of a covariate", "log rate"),
    LAST: ("last value known of a covariate", "units of the covariate"),
    "drift": ("trend of the ranks from the cabinet upwards", "log rate per decade"),
    "drift_lower": ("what is added to the trend for ranks below the cabinet", "log rate per decade"),
    "trend_end": ("end of the record", "decades from the zero of drifts"),
    "trend_damping": ("share of a year's drift that is left a year later", "1"),
    "overdispersion": ("coefficient of variation of counts of a rank and year beyond Poisson", "1"),
    "season_scale": ("spread of the months of the year", "log rate"),
    "season": ("effect of the month of the year; sums to zero over months", "log rate"),
    "mark_scale": ("spread of the companions over pairs of ranks", "log contacts"),
    "mark_overdispersion": ("coefficient of variation of companions beyond Poisson", "1"),
    "mark_base": ("log expected companions of an occasion, on average over pairs of ranks", "log contacts"),
    "mark_effect": ("what a pair of ranks (lead and companion) adds to it", "log contacts"),
    "recording_base": ("log odds that a list reports a contact of middling visibility, coded at once", "log odds"),
    "recording_age": ("trend of these log odds with the age at coding", "log odds per decade"),
    "recording_rank_scale": ("spread of the effects of ranks on these log odds", "log odds"),
    "recording_rank": ("effect of the rank on these log odds; sums to zero over ranks", "log odds"),
    "recording_visibility_scale": ("spread of the visibility of contacts", "log odds"),
    "dyad_type_scale": ("spread of the departures of dyads from the effects of types", "log rate"),
    "dyad_type_effect": ("departure of a dyad from the effect of the type; sums to zero over types", "log rate"),
    "dyad_response": ("how strongly a dyad responds to who governs, in units of the common effects", "1"),
    "dyad_correlation": ("correlation of the levels of a term in two dyads", "1"),
    "shared_base": (f"{_RATE}, of occasions that several dyads share", "log rate"),
    "attended": ("shared occasions that the dyad attended, and that it did not", "occasions"),
    "term_score_error": ("Monte Carlo standard error of the log probability of a past term", "log probability"),
    "term_score_rhat": ("largest R-hat of the refit to the terms before it", "1"),
    "state_persistence": ("what is left of the state of the relation a month later (assumed)", "1"),
    "state_loading": ("spread of the log rate over states of the relation (assumed)", "log rate"),
    "term_score": ("log probability of a past term given the terms before it", "log probability"),
    "term_score_together": ("log probability of a past term in all records given the terms before it", "log probability"),
    "term_score_together_error": ("Monte Carlo standard error of the log probability of a past term in all records",
                                  "log probability"),
}
"""Name of a parameter or score -> long name and unit."""


BLOCKS = {
    OF_ADMINISTRATIONS: ("type_scale", "president_scale", "administration_rank_scale", PARAMETER, region.TYPE_SCALE,
                         region.RESPONSE),
    "drift": ("drift", "drift_lower", "recording_age"),
    "dispersion": ("overdispersion", "mark_overdispersion", "recording_visibility_scale"),
    "ranks": ("term_rank_scale", "walk_rank_scale", "mark_scale", "recording_rank_scale"),
    "levels": ("term_scale", "walk_scale"),
    "calendar": ("phase_scale", "season_scale", "covid"), COVARIATES: (COVARIATES,),
    "base": ("base", "mark_base", "recording_base", region.SHARED_BASE),
}
UNITS = ADMINISTRATION_UNITS | {
    "base": Scale(kind="level", unit="contacts of one rank a year"),
    "drift": FACTOR_DECADE, "drift_lower": FACTOR_DECADE, "overdispersion": VARIATION, "mark_overdispersion": VARIATION,
    "mark_base": Scale(kind="level", unit="companions of one rank to an occasion"),
    "term_persistence": Scale(kind="value", unit="of a deviation is left a term later"),
    region.CORRELATION: Scale(kind="value", unit="is the correlation of the levels of two dyads in a term"),
    region.RESPONSE: Scale(kind="value", unit="times the common effect of who governs"),
    region.SHARED_BASE: Scale(kind="level", unit="shared occasions of one rank a year"),
    "discount": Scale(kind="value", unit="of the weight of the term after it"),
    "trend_damping": Scale(kind="value", unit="of a year's drift is left a year later, beyond the record"),
    "state_persistence": Scale(kind="value", unit="of a spell is left a month later"),
    "recording_base": Scale(kind="share", unit="of contacts are reported by one kind of pages when coded at once"),
    "recording_age": ODDS_DECADE, "recording_rank_scale": ODDS, "recording_visibility_scale": ODDS,
}
STATED = ("term_persistence", "type_correlation", "president_correlation", "discount", "trend_damping", "state_persistence",
          "state_loading")
DISCOUNTED = ("This form counts an earlier term for less than the last one on purpose: it is built to forecast, "
              "and does not describe the early record.")
ALL_ALIKE = 1 - 1e-9
"""A discount next to one: with less, the past counts by powers, and no model produces such data."""


class Frequency(Scored):
    """Recorded contacts per year by rank under one formulation.

    Parameters
    ----------
    form : Form
        The formulation.
    """

    section = "frequency"
    stated = STATED
    several = "unit"
    ordered = ("count",)
    meaning = MEANING
    axes: Mapping[str, tuple[str, ...]] = AXES
    effort: Effort = {"draws": 1500}  # the levels of a walk mix slowly
    blocks: Mapping[str, tuple[str, ...]] = BLOCKS
    unit, units = FACTOR, UNITS
    statistics = checks.STATISTICS
    curves: Mapping[str, Callable[[Array], np.ndarray]] = {"yearly": checks.yearly}

    def __init__(self, form: Form) -> None:
        self.form = form
        self.name, self.variant = form.name, form.name.removeprefix(f"{self.section}_")
        self.note = DISCOUNTED if form.discount else ""
        self.needs: Mapping[str, str] = form.needs
        self.reads_pages = form.recording
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

    def needed(self, coord: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """Priors that play a part in a fit to these dyads."""
        without = set() if region.several(coord) else set(DYADS)
        without |= set() if region.SHARED in coord else {region.SHARED_BASE}
        return {name: support for name, support in self.needs.items() if name not in without}

    def lacking(self, panel: Panel) -> str:
        """What the panel lacks for this formulation; nothing where it can be fitted."""
        return recording.lacking(panel) if self.form.recording else ""

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """The model of :mod:`forecast.components.frequency.model`."""
        return build(self.form, data, priors)

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters of the model."""
        shape = {axis: len(data.coord[axis]) for axis in ("dyad", "term", "rank", "type", "president")}
        complete = region.complete(self.form, priors, data.coord)
        parts = (linear(self.form, data, complete), season(), *((marks(shape["rank"]),) if self.form.occasions else ()),
                 *((recording.linear(data),) if self.form.recording else ()),
                 *((common_effects(data, complete), *region.apart(self.form, data, complete))
                   if region.several(data.coord) else ()))
        scales = region.scale_names(self.form, data.coord)
        named = unpack_all(raw, scales, parts, complete).drop_vars(self.form.absent, errors="ignore")
        if region.several(data.coord):
            named = region.unpack_region(self.form, named, data)
        named = named.assign({"trend_end": end_of(data.array)} if self.form.drift else {})
        named = named.assign({LAST: ((AXIS,), last_values(data.array))} if EFFECT in named else {})
        of_base = region.RECORD if region.several(data.coord) else "dyad"
        shape[of_base] = len(data.coord[of_base])
        whose = {"base": of_base, "term_rank_level": "term", "type_rank_effect": "type", "president_rank_effect": "president"}
        return named.assign({name: _split(named[name], {axis: shape[axis], "rank": shape["rank"]})
                             for name, axis in whose.items()})

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Counts at known parameter values."""
        return simulate(self.form, data, truth, rng)

    def of_dyad(self, chains: xr.Dataset, coord: Mapping[str, tuple[str, ...]],
                dyad: str) -> tuple[xr.Dataset, dict[str, tuple[str, ...]]]:
        """Rates, levels, types and drift of one dyad, and beside them those of shared occasions."""
        return region.of_dyad(self.form, chains, coord, dyad)

    def scored_together(self, chains: xr.Dataset) -> xr.Dataset:
        """A fit to several dyads with the scores of all records in the place of those of each."""
        return region.scored_together(chains)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Rates, season, dispersion and relation state of a future term."""
        return project(self.form, take, coord, future, shocks)

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Rate ratio of each administration type to the mean of the types, ``rate_ratio`` (draw, type)."""
        return xr.Dataset({"rate_ratio": np.exp(posterior["type_effect"])})

    def pointwise(self, data: ComponentData, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Cells of counts or of occasions, the month of every contact, companions of occasions, and who reports a contact."""
        return pointwise(self.form, data, draws)

    def powers(self, data: ComponentData, priors: Mapping[str, Prior]) -> dict[str, np.ndarray]:
        """Cells of a discounted past count less than others."""
        if not self.form.discount:
            return {}
        by_year = self.form.weight(data.array, priors)[data.array["term"]]
        return {"count": np.broadcast_to(by_year, data.array["count"].shape).ravel()}

    def observations(self, data: ComponentData, panel: Panel) -> dict[str, list[str]]:
        """Cells by rank and year, months, occasions and histories."""
        return observations(self.form, data, panel)

    def families(self, data: ComponentData) -> tuple[Family, ...]:
        """How many contacts, how uneven, how long without any; occasions and histories where these are observed."""
        return (*checks.FAMILY, *(checks.OCCASION_FAMILY if self.form.occasions else ()),
                *(checks.RECORDING_FAMILY if self.form.recording else ()))

    def counted(self, data: ComponentData, truth: Mapping[str, np.ndarray]) -> Counted:
        """Contacts by dyad, rank and year."""
        return checks.counted(self.form, data, truth)

    def quantities(self, data: ComponentData, draws: Mapping[str, np.ndarray]) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
        """Expected contacts of each rank in the last whole year."""
        return {"rate_last_year": (("rank",), checks.last_year(self.form, data, draws))}

    def generative(self, priors: Mapping[str, Prior]) -> dict[str, Prior]:
        """A discounted past is a power prior and no generative model: its discount is put next to one."""
        if "discount" not in priors:
            return dict(priors)
        return {**priors, "discount": priors["discount"].model_copy(update={"value": ALL_ALIKE})}

    def held_out(self, data: ComponentData, term: int) -> ComponentData:
        """The same data with a term and all later ones left out of the likelihood, and of what is expected of them.

        A pandemic and the first occasion that dyads share are no part of a forecast of the term in which they come.
        """
        used = (np.arange(len(data.array["term_used"])) < term).astype(np.int64)
        array = {**data.array, "term_used": used, "covid": data.array["covid"] * used[data.array["term"]]}
        return replace(data, array=array | (region.without_term(array, term) if region.several(data.coord) else {}))

    def term_density(self, data: ComponentData, named: Mapping[str, np.ndarray], term: int) -> dict[str, np.ndarray]:
        """Log probability of all counts of one term under every draw.

        Returns
        -------
        dict of str to array
            ``term_score`` (...); of several dyads that of each, (..., record), and ``term_score_together`` (...) of all.

        Parameters
        ----------
        named : mapping
            Draws given the terms before, each (..., *axes).
        """
        named = {**named, "trend_end": np.asarray(end_of(data.array, before=term))}
        before = self.held_out(data, term).array  # what is known before the term, and no more
        mean, size = contact_cells(self.form, before, named)
        if region.several(data.coord):
            return region.term_density(mean, size, before, term)
        within = data.array["term"] == term
        count = log_probability(data.array["count"][..., within], mean[..., within], size[..., within])
        return {"term_score": count.sum(axis=(-1, -2, -3))}

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

NONE = 0.01
"""Prior scale of type and president effects that stands for none of them: a hundredth of the log rate."""


class FrequencyPool(Projecting):
    """Several formulations of contact frequency as one component; it projects and is not fitted itself."""

    name = section = "frequency"
    role = "contacts"

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

    def apart(self, coord: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Coordinates with which a dyad of several is projected without the occasions that it shares."""
        return {axis: labels for axis, labels in coord.items() if axis != region.SHARED}

    def attended(self, attended: np.ndarray, shocks: Shocks) -> np.ndarray:
        """Share of the shared occasions that a dyad attends, as :meth:`project` draws it, (path,).

        Parameters
        ----------
        attended : (2,) array of int
            Occasions that it attended and did not.
        """
        noise = shocks(region.ATTENDANCE)
        return region.attended_share(np.broadcast_to(attended, (len(noise), 2)), noise)

    def without_administrations(self, priors: Mapping[str, Prior]) -> dict[str, Prior]:
        """The priors of the section with effects of type and president held at next to nothing."""
        scales = ("type_scale", "president_scale", region.TYPE_SCALE)
        none = {name: priors[name].model_copy(update={"sigma": NONE}) for name in scales}
        none[PARAMETER] = Prior(distribution="independent", reason="Held at next to nothing by their scales.")
        centre = priors["type_centre"]
        none["type_centre"] = centre.model_copy(update={"values": dict.fromkeys(centre.values, 0.0)})
        return {**priors, **none}


def _of(member: str, take: Take, row: np.ndarray) -> Take:
    return lambda name: take(f"{member}/{name}")[row]


def _at(shocks: Shocks, row: np.ndarray) -> Shocks:
    return lambda name, *shape: shocks(name, *shape)[row]
