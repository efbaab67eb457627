"""Every state of the registers forecast for the coming term: from fits and past terms to tables, each kept as soon as it is done.

What costs minutes is the same for all states: fits of the registers as of the day itself and of the eve of every election that
the model is fitted for, and the forecasts of all past terms, from which the pool has its weights and its record. It is kept under
a hash of all that decides it: sources, data, versions, seed, day and election.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.console import Progress
from forecast.errors import Fault, InputError
from forecast.evaluation.backtest_origin import Origin, origins
from forecast.evaluation.countries import (
    EVEN,
    Years,
    cell_labels,
    forecast_cells,
    outcome_contrasts,
    record_of,
    state_history,
    window_shares,
)
from forecast.kept import Kept, read_kept, write_kept
from forecast.panel.elections import Election, load_election, load_elections
from forecast.panel.registers import CHANNEL, RegisterYears, administrations_since, load_register_years, load_registers
from forecast.panel.states import find_states, load_states, of_region
from forecast.placement import cache_directory, sweep_partials
from forecast.report.countries import Countries, country_accounts
from forecast.shipped import CASE, DATA
from forecast.simulation.scenario import find_scenario, load_scenario
from forecast.sources import hash_of, reached

if TYPE_CHECKING:
    from forecast.evaluation.backtest_registers import Hierarchical

FITTED_FROM = CASE.backtest["fitted_from"]
"""First election before which the hierarchical model is fitted."""
FORM = "2"  # raise it when the kept form changes
DIGITS = 8
"""Significant digits of what is kept, and so of what is told."""
FILES = ("registers.csv", "countries.csv", "country_identifiers.csv", "administrations.csv", CASE.registers["terms"],
         "elections.yaml", "register_priors.yaml", "case.toml", "codebook.yaml", "types.csv", "series/periods.csv")
"""What a forecast of all states depends on."""
PACKAGES = ("llvmlite", "numpy", "nutpie", "pandas", "pymc", "pytensor", "scipy", "scoringrules", "statsmodels")
"""Whose versions decide numbers."""
TELLING = ("forecast.report", "forecast.panel.states")
"""What names states and tells of forecasts changes none."""


class _Columns(Kept):
    """A table by column."""

    text: dict[str, list[str]]
    number: dict[str, list[float]]


class _Content(Kept):
    """Everything about all states that takes long."""

    cell: _Columns
    contrast: _Columns
    record: _Columns
    years: _Columns
    weight: dict[str, float]
    gates: dict[str, str]
    first: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Ahead(Origin):
    """A term that had not begun on a day, which need not be the eve of its election; who wins is not known.

    Parameters
    ----------
    day : date
        Last day that is used.
    """

    day: date

    @property
    def as_of(self) -> date:
        """Last day that a forecast may use."""
        return self.day


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is forecast: a term that had not begun on a day, under the outcomes of its election."""

    as_of: date
    election: Election
    outcomes: tuple[str, ...]

    @property
    def past(self) -> tuple[Origin, ...]:
        """Terms that were over by the day."""
        return origins(load_elections(self.election.file), administrations_since(), self.as_of)

    @property
    def ahead(self) -> Ahead:
        """The term that is forecast."""
        first, second, *_ = self.outcomes
        return Ahead(election=self.election, happened=first, other=second, day=self.as_of)


def asked_election(as_of: date | None = None) -> Ask:
    """The election of the shipped scenarios on the day that they name, or the next one after another day.

    Raises
    ------
    InputError
        Where no election follows, or too few terms are over for a fit.
    """
    scenarios = [load_scenario(find_scenario(name)) for name in CASE.scenarios]
    usual = load_election(scenarios[0].election)
    if as_of is None or as_of == scenarios[0].as_of:
        return Ask(as_of=scenarios[0].as_of, election=usual, outcomes=tuple(str(one.outcome) for one in scenarios))
    known = sorted((one for one in load_elections(usual.file) if one.office == usual.office), key=lambda one: one.term_start)
    later = [one for one in known if one.term_start > as_of]
    earliest = next(one for one in known if one.date.year >= FITTED_FROM).eve
    if not later or not earliest <= as_of <= CASE.coded_until:
        raise InputError([Fault(source="command line", where="option --as-of", found=str(as_of),
                                expected=f"a day from {earliest} to {CASE.coded_until}, to which the registers are coded",
                                remedy="An election must follow whose term has not begun, and enough terms must be over.")])
    return Ask(as_of=as_of, election=later[0], outcomes=tuple(later[0].outcomes))


def countries(names: Sequence[str], *, region: str | None = None, everyone: bool = False, as_of: date | None = None,
              seed: int = CASE.seed, progress: Progress) -> Countries:
    """Forecast some states, or all of them.

    Parameters
    ----------
    names : sequence of str
        As :func:`forecast.panel.states.find_states` takes them.
    region : str, optional
        A region of the registers, whose states are added.
    everyone : bool
        All states that last, in the order of the list.
    as_of : date, optional
        Last day that is used; that of the shipped scenarios where none is given.

    Raises
    ------
    InputError
        With every fault of names, region and day.
    """
    ask = asked_election(as_of)
    states = load_states(ask.as_of)
    chosen = [*find_states(names, ask.as_of), *(of_region(region, ask.as_of) if region else ())]
    chosen += states.loc[states["end"].isna(), "country"].tolist() if everyone else []
    if not chosen:
        raise InputError([Fault(source="command line", where="argument NAMES", expected="a state, a region or all", found="none",
                                remedy="Name a state, or say --region or --all.")])
    content, past = _content(ask, seed, progress), load_register_years(ask.as_of)
    return country_accounts(
        as_of=ask.as_of, election=ask.election, outcomes=ask.outcomes, states=states.set_index("country", drop=False),
        chosen=tuple(dict.fromkeys(chosen)), history=state_history(past), cell=_table(content.cell),
        contrast=_table(content.contrast),
        record=_table(content.record), years=_table(content.years), weight=content.weight, gates=content.gates,
        first={channel: date.fromisoformat(day) for channel, day in content.first.items()}, seed=seed)


# What takes long, once.

def _content(ask: Ask, seed: int, progress: Progress) -> _Content:
    path = cache_directory() / "countries" / f"world-{_identity(ask, seed)}.json"
    sweep_partials(path.parent)
    known = read_kept([path], _Content, lambda _: ())
    if path not in known:
        known[path] = _computed(ask, seed, progress)
        write_kept(path, known[path])
    return known[path]


def _identity(ask: Ask, seed: int) -> str:
    """Hash of everything that decides the forecasts (hex, 32 characters)."""
    files = {name: hashlib.sha256((DATA / name).read_bytes()).hexdigest() for name in FILES}
    sources = hash_of(reached(["forecast.evaluation.countries", "forecast.pipeline.backtest", __name__], without=TELLING))
    versions = {package: version(package) for package in PACKAGES}
    content = [FORM, seed, str(ask.as_of), ask.election.model_dump(mode="json"), ask.outcomes, files, sources, versions]
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=16).hexdigest()


def _computed(ask: Ask, seed: int, progress: Progress) -> _Content:
    """Fit, forecast and judge past terms, then forecast the coming one."""
    # here: what is kept needs neither samplers nor their libraries, which take seconds to import
    from forecast.evaluation.backtest_registers import MEMBERS, Pooling
    from forecast.pipeline.backtest import REPORTED, gates_of, judged, of_fits, register_fits

    fitted = [one for one in ask.past if one.election.date.year >= FITTED_FROM]
    fits = register_fits([ask.ahead, *reversed(fitted)], seed, progress)
    pooling, years = Pooling(), Years()
    scores, _ = judged(ask.past, fits, ask.as_of, seed, progress, pooling=pooling, told=years)
    progress("forecast the coming term", 0, 1)
    past = load_register_years(ask.as_of)
    cell, contrast = _coming(ask, past, of_fits(fits, seed), pooling.now)
    progress("forecast the coming term", 1, 1)
    return _Content(cell=_kept(cell), contrast=_kept(contrast), record=_kept(record_of(scores, REPORTED[:4])),
                    years=_kept(years.table), weight=dict(zip(MEMBERS, map(float, pooling.now), strict=True)),
                    gates=gates_of(fits), first=_first(ask.as_of))


def _first(as_of: date) -> dict[str, str]:
    """First entry of every register."""
    first = load_registers(as_of).groupby("register")["start"].min()
    return {channel: str(first[channel].date()) for channel in CHANNEL.labels}


def _coming(ask: Ask, past: RegisterYears, hierarchical: "Hierarchical",
            weight: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    from forecast.evaluation.backtest_registers import coming, pool_members

    given = coming(ask.election, past)
    found = {one: pool_members(ask.ahead, given, hierarchical, one) for one in ask.outcomes}
    cells, states = cell_labels(given), int(given.chosen.sum())
    share = window_shares(EVEN, ask.election.term_start.year, states)
    return forecast_cells(cells, found, weight, share), outcome_contrasts(cells, found, weight, share)


def _kept(table: pd.DataFrame) -> _Columns:
    numbers = table.select_dtypes("number")
    return _Columns(text={name: table[name].astype(str).tolist() for name in table if name not in numbers},
                    number={name: [float(f"{value:.{DIGITS}g}") for value in numbers[name]] for name in numbers})


def _table(columns: _Columns) -> pd.DataFrame:
    return pd.DataFrame({**columns.text, **columns.number})

