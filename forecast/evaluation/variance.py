"""``variance.csv``: from which sources the variance of the contrast of two scenarios comes, for all contacts and by rank.

Two pairings, as in :mod:`forecast.evaluation.contrast`. *independent*: two futures with the same parameters, the same
formulation and unrelated shocks, also of when events happen and how large they are, what an observer would see. *expected*:
expected values given parameters and shared shocks, what the administrations change; relation state and count noise have no part
in it.

The members of a pool of formulations have draws of their own, so the variance is split within each, and the share of the
formulation is the variance of the expected difference from one to another (:mod:`forecast.evaluation.shapley`, groups).
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.evaluation.montecarlo import batch_of, spaced
from forecast.evaluation.shapley import split_variance
from forecast.panel.elections import Election
from forecast.posterior.posterior import Posterior
from forecast.simulation.assemble import future_of
from forecast.simulation.engine import calendar_of
from forecast.simulation.language import Scenario
from forecast.simulation.noise import Noise
from forecast.simulation.shift import draw_shock
from forecast.simulation.sources import COUNT, FORMULATION, SOURCES, STATE, Draws, Sources, draws_in
from forecast.simulation.switch import ANOTHER, Term

PATHS = {"independent": 1500, "expected": 5000}
"""Paths of the split at most; expected values are cheap, chance in counts is not."""
OF = {"independent": "difference of two futures with independent shocks",
      "expected": "difference of expected values given parameters and shared shocks"}
COLUMNS = ("first", "second", "quantity", "key", "window", "unit", "of", "pairing", "source", "share", "share_mcse", "sd")
KEYS = ("all", *codes.RANK.labels)


def variance_table(found: Posterior, scenarios: Mapping[str, Scenario], elections: Mapping[str, Election], *, paths: int,
                   seed: int) -> pd.DataFrame:
    """Split the variance of the contrast of every pair of scenarios that say who wins.

    Parameters
    ----------
    found : Posterior
        Of the component ``frequency``.
    scenarios, elections : mapping
        By name of the scenario.
    paths, seed : int
        Of the run; the split takes a part of the paths, spread over the posterior draws.

    Returns
    -------
    pandas.DataFrame
        Columns first, second, quantity, key, window, unit, of, pairing, source, share, share_mcse, sd (of the
        difference, in contacts). Shares sum to one over sources; they are NaN, and sd is 0, where the difference is the same
        on every path, as between two scenarios that assume the same. No rows for a single scenario.
    """
    rows = []
    decided = [name for name, one in scenarios.items() if len(one.chances) == 1]
    for first, second in combinations(decided, 2):
        chosen = {name: (scenarios[name], elections[name]) for name in (first, second)}
        for pairing, most in PATHS.items():
            table = _split(pairing, found, list(chosen.values()), min(most, paths), Noise(seed))
            rows.append(table.assign(first=first, second=second, window=_window(scenarios[first])))
    return pd.concat(rows, ignore_index=True)[list(COLUMNS)] if rows else pd.DataFrame(columns=list(COLUMNS))


def _split(pairing: str, found: Posterior, chosen: list[tuple[Scenario, Election]], count: int, noise: Noise) -> pd.DataFrame:
    """One row per key and source."""
    draws = draws_in(found)
    number = spaced(count, draws, found.chains.sizes["chain"])
    shared = Draws(found=found, row=number % draws)
    away = (0, ANOTHER if pairing == "independent" else 0)
    terms = [_term(shared, *one, noise, number, far) for one, far in zip(chosen, away, strict=True)]

    def difference(on: Sources) -> np.ndarray:
        first, second = (term.contacts(on) for term in terms)
        apart = first - second
        return np.column_stack([apart.sum(axis=1), apart])

    sources = _sources(pairing, found)
    varying = [source for source in sources if source != FORMULATION]
    split = split_variance(difference, varying, batch_of(count, min(count, draws)), shared.form)
    by_source = dict(zip(varying, zip(split.share, split.error, strict=True), strict=True))
    by_source[FORMULATION] = split.between, split.between_error
    share, error = (np.stack([by_source[source][part] for source in sources]) for part in (0, 1))
    place = pd.MultiIndex.from_product([KEYS, sources], names=["key", "source"])
    table = pd.DataFrame({"share": share.T.ravel(), "share_mcse": error.T.ravel(),
                          "sd": np.repeat(np.sqrt(split.variance), len(sources))}, index=place).reset_index()
    return table.assign(quantity="contact", unit="share of variance", pairing=pairing, of=f"{OF[pairing]}, {count:,} pairs")


def _term(draws: Draws, scenario: Scenario, election: Election, noise: Noise, number: np.ndarray, away: int) -> Term:
    calendar = calendar_of(scenario, election.term_start)
    shock = draw_shock(scenario, noise, number + away, len(calendar.month_of_year))
    future = future_of(election, next(iter(scenario.chances)))
    return Term(draws=draws, future=future, shock=shock, calendar=calendar, noise=noise, number=number + away)


def _sources(pairing: str, found: Posterior) -> list[str]:
    """Sources that have a part: a formulation is chosen only where there are several."""
    idle = ({STATE, COUNT} if pairing == "expected" else set()) | (set() if "form" in found.chains else {FORMULATION})
    return [source for source in SOURCES if source not in idle]


def _window(scenario: Scenario) -> str:
    return f"{scenario.horizon.start.year}-{scenario.horizon.end.year}"
