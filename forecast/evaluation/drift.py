r"""``drift.csv``: contacts of the coming term with the drift of the record going on and with it stopped, side by side.

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
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from forecast.components.protocol import Future
from forecast.components.registry import CONTACTS, POOL
from forecast.contacts import codes
from forecast.evaluation.contrast import Cell
from forecast.evaluation.montecarlo import batch_of
from forecast.panel.elections import Election
from forecast.posterior.posterior import Posterior
from forecast.simulation.engine import calendar_of
from forecast.simulation.prepare import future_of
from forecast.simulation.random import Noise
from forecast.simulation.scenario import Scenario
from forecast.simulation.shocks import draw_shock
from forecast.simulation.uncertainty_sources import FORM, SOURCES, Draws, Term, draws_in

WEIGHED, GOES_ON, STOPPED = "weighed", "goes_on", "stopped"
DAMPING: Mapping[str, float | None] = {WEIGHED: None, GOES_ON: 1.0, STOPPED: 0.0}
"""Share of a year's drift that is left a year later; None leaves each formulation its own."""
KEYS = ("all", *codes.RANK.labels)
CHUNK = 4096
COLUMNS = ("scenario", "quantity", "key", "window", "unit", "of", "drift", "drifting", "mean", "mcse", "q05", "q25", "q50", "q75",
           "q95", "q05_mcse", "q50_mcse", "q95_mcse")


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
        Columns as in ``COLUMNS``; ``drifting`` is the share of draws whose formulation has a drift.
    """
    batch = {CONTACTS: batch_of(paths, draws_in(found))}
    share = drifting(found)
    rows = []
    for name, scenario in scenarios.items():
        if len(scenario.chances) == 1:
            window = f"{scenario.horizon.start.year}-{scenario.horizon.end.year}"
            head = {"scenario": name, "quantity": "contact", "window": window, "unit": "recorded contacts", "drifting": share,
                    "of": "recorded contacts, predictive over {count} simulated totals"}
            rows += [cell.row(batch) for cell in _cells(head, found, scenario, elections[name], paths, seed)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def drifting(found: Posterior) -> float:
    """Share of the draws that follow a formulation with a drift."""
    if FORM not in found.chains:
        return float("drift" in found.chains)
    members = POOL[CONTACTS].fitted(found.chains)
    with_drift = [number for number, member in members.items() if f"{member.name}/drift" in found.chains]
    return float(np.isin(found.chains[FORM], with_drift).mean())


def _cells(head: Mapping[str, Any], found: Posterior, scenario: Scenario, election: Election, paths: int,
           seed: int) -> Iterator[Cell]:
    for drift, damping in DAMPING.items():
        future = replace(future_of(election, next(iter(scenario.chances))), damping=damping)
        parts = [_contacts(found, scenario, election, future, np.arange(begin, min(begin + CHUNK, paths)), seed)
                 for begin in range(0, paths, CHUNK)]
        by_rank = np.concatenate(parts)
        for key, values in zip(KEYS, [by_rank.sum(axis=1), *by_rank.T], strict=True):
            yield Cell(label={**head, "drift": drift, "key": key}, values=values, step=1.0, component=CONTACTS)


def _contacts(found: Posterior, scenario: Scenario, election: Election, future: Future, number: np.ndarray,
              seed: int) -> np.ndarray:
    """Contacts of the term by rank on some paths, (path, rank)."""
    noise, calendar = Noise(seed), calendar_of(scenario, election.term_start)
    term = Term(draws=Draws(found=found, row=number % draws_in(found)), future=future, calendar=calendar, noise=noise,
                number=number, shock=draw_shock(scenario, noise, number, len(calendar.month_of_year)))
    return term.contacts(frozenset(SOURCES))
