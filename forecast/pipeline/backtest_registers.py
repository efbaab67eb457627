"""The registers of all countries, forecast again term by term since 1952."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from forecast.components.projection import Future
from forecast.components.registers.project import project
from forecast.components.registry import ACROSS
from forecast.evaluation.backtest.blind import check_blind
from forecast.evaluation.backtest.origin import LAST, Origin, origins
from forecast.evaluation.backtest.registers import backtest, forecasts, target
from forecast.evaluation.backtest.table import coverage_table, skill_table
from forecast.evaluation.baselines.all import BASELINE
from forecast.panel.elections import load_elections
from forecast.panel.register_panel import administrations_since_1949, load_register_panel
from forecast.panel.register_years import load_register_years
from forecast.pipeline.chain import Progress
from forecast.posterior.posterior import Posterior
from forecast.posterior.register_fit import fit_registers

KNOWN_UNTIL = date(2025, 1, 19)
"""Last day of the shipped registers."""
CHOSEN_UNTIL = 1988
"""Forecasters were chosen on terms that began before; the later ones are what is reported."""
EFFORT = {"draws": 500, "tune": 800}
"""Sampler settings of the refits: a mean over draws needs fewer of them than the tails of a parameter."""
DRAWS = 250
USABLE = 1.05
"""Largest R-hat of a fit that is forecast from; between the gate and this it is marked."""
FITTED_FROM = 1984
"""First election before which the hierarchical model is fitted: with fewer terms the scale of regions by term is not identified,
and fits do not converge (R-hat 1.13 to 2.16 for 1968 to 1980)."""
REPORTED, CHOSEN = "1989-2025", "1953-1989"
CENTRAL_ASIA = "central_asia"
KEY = ["term", "country", "channel"]


@dataclass(frozen=True, kw_only=True)
class RegisterBacktest:
    """Scores of all terms.

    Parameters
    ----------
    scores : DataFrame
        One row per country, channel and forecaster.
    skill, coverage : DataFrame
        From :mod:`forecast.evaluation.backtest.table`, with a column ``terms_of``.
    weight : DataFrame
        Weights of the pool by term.
    gates : dict of str to str
        Fits that failed a gate, by term.
    """

    scores: pd.DataFrame
    skill: pd.DataFrame
    coverage: pd.DataFrame
    weight: pd.DataFrame
    gates: dict[str, str]


def backtest_registers(seed: int, progress: Progress, *, first: int = 0, last: int = LAST) -> RegisterBacktest:
    """Refit, forecast and score; each fit is kept as soon as it is done."""
    chosen = origins(load_elections(), administrations_since_1949(), KNOWN_UNTIL, first=first, last=last)
    fits = _fits([one for one in chosen if one.election.date.year >= FITTED_FROM], seed, progress)
    past = {one.label: load_register_years(one.as_of) for one in chosen}
    whole = load_register_years(KNOWN_UNTIL)

    def hierarchical(origin: Origin, outcome: str) -> tuple[Sequence[str], np.ndarray, np.ndarray] | None:
        usable = origin.label in fits and fits[origin.label][0].gates.max_rhat <= USABLE
        return _projected(fits[origin.label], origin, outcome, seed) if usable else None

    check_blind(lambda given: forecasts(chosen[0], given, hierarchical), target(chosen[0], past[chosen[0].label], whole), seed)
    scores, weight = backtest(chosen, past, whole, hierarchical, lambda done, total: progress("forecast past terms", done, total))
    gates = {label: ", ".join(one.gates.failures) for label, (one, _) in fits.items() if one.gates.failures}
    members = ("hierarchical", "autoregression", "smoothed")
    table = pd.DataFrame(weight, index=list(members)).T.rename_axis("term").reset_index()
    return RegisterBacktest(scores=scores, skill=_skill(scores), coverage=_coverage(scores), weight=table, gates=gates)


def _fits(chosen: Sequence[Origin], seed: int, progress: Progress) -> dict[str, tuple[Posterior, object]]:
    found = {}
    for number, origin in enumerate(chosen):
        progress("fit registers", number, len(chosen))
        found[origin.label] = _fit(origin, seed)
    progress("fit registers", len(chosen), len(chosen))
    return found


def _fit(origin: Origin, seed: int) -> tuple[Posterior, object]:
    panel = load_register_panel(origin.as_of)
    return fit_registers(panel, seed=seed, effort=EFFORT, ignore_gates=True), ACROSS["registers"].data(panel)


def _projected(fit: tuple[Posterior, object], origin: Origin, outcome: str,
               seed: int) -> tuple[Sequence[str], np.ndarray, np.ndarray]:
    """Countries, log rates per year (draw, country, channel) and sizes (draw, channel) under an outcome."""
    posterior, data = fit
    array = posterior.taker().array
    row = np.linspace(0, len(array["walk_scale"]) - 1, DRAWS).astype(int)
    winner = origin.election.outcomes[outcome]
    future = Future(president=winner.president, type=winner.type, midpoint=np.zeros(4))
    rng = np.random.default_rng([seed, origin.election.date.year])  # the same shocks under both outcomes
    return data.coord["country"], *project({name: values[row] for name, values in array.items()}, data, future, rng)


def _parts(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    early = scores["term"] < str(CHOSEN_UNTIL)
    return {name: part for name, part in ((REPORTED, scores[~early]), (CHOSEN, scores[early])) if len(part)}


def _skill(scores: pd.DataFrame) -> pd.DataFrame:
    """Of all countries, by channel, and of Central Asia; the region's own best baseline is what it is held against."""
    tables = []
    for label, part in _parts(scores).items():
        cuts = {"all": part, **{name: one for name, one in part.groupby("channel", sort=False)},
                "Central Asia": part[part["region"] == CENTRAL_ASIA]}
        for name, cut in cuts.items():
            if len(cut):
                tables += [skill_table(cut, loss, tuple(BASELINE), measure=name, key=KEY).assign(terms_of=label)
                           for loss in ("crps", "log_score")]
    return pd.concat(tables, ignore_index=True)


def _coverage(scores: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([coverage_table(part).assign(terms_of=name) for name, part in _parts(scores).items()], ignore_index=True)
