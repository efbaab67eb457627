r"""All tables of a run about what administrations want, change and leave open.

``agenda.csv`` and ``agenda_contrast.csv``
------------------------------------------
What is talked about by type and travelling side, and what differs.

Measures: *mention_share*, share of all mentions for a contact of average rank (model); *attention* and *attention_equal*,
shares of attention with the rank weights of the relation index and with every rank alike
(:mod:`forecast.evaluation.attention`, model); *attention_record*, the same by who travels, from the record itself
(:mod:`forecast.evaluation.attention`). A difference is called by P(first > second), the share of draws in which the topic weighs
more under the first. Errors are batch means over neighbouring draws, so that autocorrelated draws count for what they tell.

``drift.csv``
-------------
Contacts of the coming term with the drift of the record going on and with it stopped, side by side.

A drift is learned from rows that were all coded at one time. Part of it is growth of recording, and no record says how
it goes on beyond its end. So the same draws, shocks and paths are projected three times
(:mod:`forecast.components.frequency.formulations`):

===========  =================================================
drift        every formulation that has a drift
===========  =================================================
``weighed``  keeps its own damping: the forecast
``goes_on``  lets it go on in full through the term
``stopped``  stops it at the end of the record
===========  =================================================

Formulations without a drift are the same in all three. Only totals of the term are drawn, with the distribution of the engine's
and not with its random numbers, so that ``weighed`` agrees with ``summary.csv`` within the Monte Carlo error of both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.priors import Prior
from forecast.components.registry import CONTACTS, POOL, PROJECTING, TOPICS
from forecast.contacts import codes
from forecast.evaluation.attention import attention_by_travel, attention_by_type, count_by_travel, known_agendas
from forecast.evaluation.contrast import Cell
from forecast.evaluation.montecarlo import batch_of, describe, probability, spaced
from forecast.evaluation.rate_ratio import prior_belief, rate_ratio_tables
from forecast.evaluation.variance import identification_table, variance_table
from forecast.panel import Panel
from forecast.panel.elections import Election
from forecast.posterior.posterior import Posterior
from forecast.simulation.engine import calendar_of
from forecast.simulation.prepare import future_of
from forecast.simulation.random import Noise
from forecast.simulation.relation_index import WeightSet
from forecast.simulation.scenario import Scenario
from forecast.simulation.shocks import draw_shock
from forecast.simulation.uncertainty_sources import FORM, SOURCES, ComingTerm, Draws, draws_in, every_draw

MAIN_WEIGHTS = "default"
MOST_DRAWS = 5000
DRIFT_COLUMNS = ("scenario", "quantity", "key", "window", "unit", "of", "drift", "drifting", "mean", "mcse", "q05", "q25", "q50",
                 "q75", "q95", "q05_mcse", "q50_mcse", "q95_mcse")


@dataclass(frozen=True, kw_only=True)
class AdministrationTables:
    """``agenda.csv``, ``agenda_contrast.csv``, ``identification.csv``, ``drift.csv``, and of two scenarios or more (else empty)
    ``variance.csv``, ``rate_ratio.csv`` and ``rate_ratio_density.csv``.
    """

    agenda: pd.DataFrame
    agenda_contrast: pd.DataFrame
    variance: pd.DataFrame
    identification: pd.DataFrame
    rate_ratio: pd.DataFrame
    rate_ratio_density: pd.DataFrame
    drift: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(DRIFT_COLUMNS)))


def administration_tables(posterior: Mapping[str, Posterior], panel: Panel, priors: Mapping[str, Mapping[str, Prior]],
                          scenarios: Mapping[str, Scenario], elections: Mapping[str, Election], elsewhere: Mapping[str, Panel],
                          weights: WeightSet, *, paths: int, seed: int) -> AdministrationTables:
    """Make all tables but that of the drift, which :func:`drift_table` makes: two processes can share the work.

    Parameters
    ----------
    posterior : mapping of str to Posterior
        By component.
    panel : Panel
        The record of one dyad.
    priors : mapping
        Component -> parameter -> prior.
    scenarios, elections : mapping
        By name of the scenario.
    elsewhere : mapping of str to Panel
        Section of the prior file -> panel of several dyads from which its components were estimated.
    weights : WeightSet
        Rank weights of the relation index: what the attention of a rank costs.
    paths, seed : int
        Of the run.
    """
    futures = [future_of(elections[name], outcome) for name, one in scenarios.items() for outcome in one.chances]
    share = _shares(posterior, panel, weights, futures[0].midpoint, seed)
    contact, _ = known_agendas(panel)
    terms = pd.DataFrame([{"president": one.president, "type": one.type} for one in panel.administration])
    found = posterior[CONTACTS]
    section = PROJECTING[CONTACTS].section
    # the prior is drawn only where there is something to compare, or where no formula tells it
    wanted = bool(elsewhere) or len(scenarios) > 1
    belief = prior_belief(found, elsewhere.get(section, panel), priors[section], seed) if wanted else found
    ratio, density = rate_ratio_tables({"prior": belief, "posterior": found} if len(scenarios) > 1 else {}, scenarios, elections,
                                       paths=paths, seed=seed)
    return AdministrationTables(
        rate_ratio=ratio, rate_ratio_density=density,
        agenda=level_table(share, count_by_travel(panel), contact["type"].value_counts()),
        agenda_contrast=contrast_table(share),
        variance=variance_table(found, scenarios, elections, paths=paths, seed=seed),
        identification=identification_table(found, priors, futures, terms, before=belief if elsewhere else None))


def _shares(posterior: Mapping[str, Posterior], panel: Panel, weights: WeightSet, midpoint: np.ndarray,
            seed: int) -> dict[str, xr.DataArray]:
    """Draws of every measure, by its name."""
    cost = np.array([entry.weight for _, entry in weights.rank])
    model = attention_by_type(posterior, midpoint, {"attention": cost, "attention_equal": np.ones_like(cost)})
    mix = PROJECTING[TOPICS].profile(posterior[TOPICS].draws)["mix"]
    record = {"attention_record": attention_by_travel(panel, cost, seed)} if panel.reported.any() else {}
    chains = posterior[TOPICS].chains.sizes["chain"]
    return {name: _thin(values, chains) for name, values in ({"mention_share": mix} | model).items()} | record


def _thin(values: xr.DataArray, chains: int) -> xr.DataArray:
    """Evenly spaced draws of all chains, few enough to be summarised in no time."""
    many = values.sizes["draw"]
    return values.isel(draw=spaced(many // -(-many // MOST_DRAWS), many, chains))


# ``agenda.csv`` and ``agenda_contrast.csv``.

OF = {
    "mention_share": "expected share of mentions, contact of average rank, over posterior draws",
    "attention": "expected share of mentions weighed by rate and cost of each rank, over posterior draws",
    "attention_equal": "expected share of mentions weighed by rate of each rank, over posterior draws",
    "attention_record": "share of recorded mentions weighed by cost of each rank, over draws of a Dirichlet process posterior",
}
ALL = "all"


def level_table(share: Mapping[str, xr.DataArray], count: xr.Dataset, known: pd.Series) -> pd.DataFrame:
    """Shares by measure, travelling side and type.

    Parameters
    ----------
    share : mapping of str to xarray.DataArray
        By measure, axes (draw, [direction,] type, topic).
    count : xarray.Dataset
        ``contacts`` with a known agenda and ``visits``, axes (direction, type).
    known : pandas.Series
        Contacts with a known agenda by type, whatever the direction.

    Returns
    -------
    pandas.DataFrame
        Columns measure, direction, type, topic, contacts, visits (none where no side travels), unit, of, and the numbers of
        :func:`forecast.evaluation.montecarlo.describe`.
    """
    rows: list[dict[str, object]] = []
    for measure, values in share.items():
        batch = batch_of(values.sizes["draw"], values.sizes["draw"])
        for way, part in _by_direction(values):
            for kind in part["type"].to_numpy():
                behind = {"contacts": known.get(kind, 0)} if way == ALL else {
                    name: int(values) for name, values in count.sel(direction=way, type=kind).data_vars.items()}
                head = {"measure": measure, "direction": way, "type": str(kind)}
                tail = {"contacts": behind["contacts"], "visits": behind.get("visits", np.nan), "unit": "share",
                        "of": OF[measure]}
                rows += [{**head, "topic": topic, **tail, **describe(one, batch)}
                         for topic, one in _by_topic(part.sel(type=kind))]
    return pd.DataFrame(rows)


def contrast_table(share: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """Differences between types and, in the record, between travelling sides, in percentage points.

    Parameters
    ----------
    share : mapping of str to xarray.DataArray
        As in :func:`level_table`.

    Returns
    -------
    pandas.DataFrame
        Columns measure, direction, type (``all`` where it does not apply, or is what is compared), first, second, topic,
        unit, of, the numbers of :func:`forecast.evaluation.montecarlo.describe`, p_greater and its error.
    """
    rows: list[dict[str, object]] = []
    for measure, values in share.items():
        for way, part in _by_direction(values):
            for first, second in combinations(part["type"].to_numpy(), 2):
                head = {"measure": measure, "direction": way, "type": ALL, "first": str(first), "second": str(second)}
                rows += _differences(head, part.sel(type=first), part.sel(type=second))
        for kind in values["type"].to_numpy() if "direction" in values.dims else ():
            first, second = values["direction"].to_numpy()
            head = {"measure": measure, "direction": ALL, "type": str(kind), "first": str(first), "second": str(second)}
            rows += _differences(head, *(values.sel(type=kind, direction=way) for way in (first, second)))
    return pd.DataFrame(rows)


def _differences(head: dict[str, str], one: xr.DataArray, other: xr.DataArray) -> Iterator[dict[str, object]]:
    batch = batch_of(one.sizes["draw"], one.sizes["draw"])
    for (topic, first), (_, second) in zip(_by_topic(one), _by_topic(other), strict=True):
        chance, error = probability((first > second) + 0.5 * (first == second), batch)
        yield {**head, "topic": topic, "unit": "percentage points", "of": f"difference of: {OF[head['measure']]}",
               **describe(100 * (first - second), batch), "p_greater": chance, "p_greater_mcse": error}


def _by_direction(values: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    if "direction" not in values.dims:
        yield ALL, values
        return
    for way in values["direction"].to_numpy():
        yield str(way), values.sel(direction=way)


def _by_topic(part: xr.DataArray) -> Iterator[tuple[str, np.ndarray]]:
    """Draws of each topic, each (draw,)."""
    columns = np.ascontiguousarray(part.transpose("topic", "draw").to_numpy())
    yield from zip(map(str, part["topic"].to_numpy()), columns, strict=True)


# ``drift.csv``.

WEIGHED, GOES_ON, STOPPED = "weighed", "goes_on", "stopped"
DAMPING: Mapping[str, float | None] = {WEIGHED: None, GOES_ON: 1.0, STOPPED: 0.0}
"""Share of a year's drift that is left a year later; None leaves each formulation its own."""
DRIFT_KEYS = ("all", *codes.RANK.labels)
CHUNK = 4096


def drift_table(found: Posterior, scenarios: Mapping[str, Scenario], elections: Mapping[str, Election], *, paths: int,
                seed: int) -> pd.DataFrame:
    """Describe the contacts of every scenario that says who wins, under each of the three.

    Parameters
    ----------
    found : Posterior
        Of the component ``frequency``, a pool or one formulation.
    scenarios, elections : mapping
        By name of the scenario.
    paths, seed : int
        Of the run.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``DRIFT_COLUMNS``; ``drifting`` is the share of draws whose formulation has a drift.
    """
    batch, share, rows = {CONTACTS: batch_of(paths, draws_in(found))}, drifting(found), []
    draws = Draws(found=found, row=np.arange(paths) % draws_in(found), every=every_draw(found))
    for name, scenario in scenarios.items():
        if len(scenario.chances) == 1:
            window = scenario.horizon.window
            head = {"scenario": name, "quantity": "contact", "window": window, "unit": "recorded contacts", "drifting": share,
                    "of": "recorded contacts, predictive over {count} simulated totals"}
            rows += [cell.row(batch) for cell in _cells(head, draws, scenario, elections[name], paths, seed)]
    return pd.DataFrame(rows, columns=list(DRIFT_COLUMNS))


def drifting(found: Posterior) -> float:
    """Share of the draws that follow a formulation with a drift."""
    if FORM not in found.chains:
        return float("drift" in found.chains)
    members = POOL[CONTACTS].fitted(found.chains)
    with_drift = [number for number, member in members.items() if f"{member.name}/drift" in found.chains]
    return float(np.isin(found.chains[FORM], with_drift).mean())


def _cells(head: Mapping[str, Any], draws: Draws, scenario: Scenario, election: Election, paths: int,
           seed: int) -> Iterator[Cell]:
    parts: dict[str, list[np.ndarray]] = {drift: [] for drift in DAMPING}
    for begin in range(0, paths, CHUNK):
        term = _term(draws, scenario, election, np.arange(begin, min(begin + CHUNK, paths)), seed)
        for drift, damping in DAMPING.items():  # one after the other: shocks and state are the same
            term = term.damped(damping)
            parts[drift].append(term.contacts(frozenset(SOURCES)))
    for drift, contacts in parts.items():
        by_rank = np.concatenate(contacts)
        for key, values in zip(DRIFT_KEYS, [by_rank.sum(axis=1), *by_rank.T], strict=True):
            yield Cell(label={**head, "drift": drift, "key": key}, values=values, step=1.0, component=CONTACTS)


def _term(draws: Draws, scenario: Scenario, election: Election, number: np.ndarray, seed: int) -> ComingTerm:
    """The term on some paths."""
    noise, calendar = Noise(seed), calendar_of(scenario, election.term_start)
    return ComingTerm(draws=replace(draws, row=draws.row[number]), future=future_of(election, next(iter(scenario.chances))),
                      calendar=calendar, noise=noise, number=number,
                      shock=draw_shock(scenario, noise, number, len(calendar.month_of_year)))
