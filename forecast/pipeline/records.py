"""From records to their tables without a run: the dyads of a region side by side, and presidents of one dyad."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import xarray as xr

from forecast import shipped
from forecast.components.prior_file import load_priors
from forecast.components.registry import COMPONENT, CONTACTS, POOL, needs
from forecast.console import Progress
from forecast.contacts.dyad import load_dyad
from forecast.contacts.region import Region, load_region
from forecast.errors import Fault, GateError, InputError
from forecast.evaluation.compare_administrations import compare_presidents
from forecast.evaluation.region import RegionTables, region_tables
from forecast.evaluation.visits import governed
from forecast.panel import Panel, load_panel
from forecast.panel.elections import Election, load_administrations, load_election, of_dyad
from forecast.panel.region import with_common_unit
from forecast.pipeline.together import check_together, in_order, seen_elections
from forecast.posterior.fit import plan, posteriors
from forecast.posterior.sampler import SamplerSettings
from forecast.report.administrations_page import Account, account
from forecast.simulation.engine import calendar_of
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario
from forecast.simulation.scenario.schema import Horizon

# A region and scenarios: one fit of contact frequency, and the futures of every dyad.

@dataclass(frozen=True, kw_only=True)
class RegionForecast:
    """A region, what is said of it, and what that rests on.

    Parameters
    ----------
    region : Region
        Its dyads.
    panel : Panel
        Of all dyads, with the unit of shared occasions.
    scenarios, elections : mapping
        By name of the scenario.
    tables : RegionTables
        What is said.
    failed : tuple of str
        Formulations that failed a gate and were used by request.
    """

    region: Region
    panel: Panel
    scenarios: dict[str, Scenario]
    elections: dict[str, Election]
    tables: RegionTables
    failed: tuple[str, ...]

    @property
    def horizon(self) -> Horizon:
        """Months ahead, which all scenarios share."""
        return next(iter(self.scenarios.values())).horizon

    @property
    def years(self) -> float:
        """Exposure of the months ahead: less than their number where the term begins within the first."""
        name, scenario = next(iter(self.scenarios.items()))
        return float(calendar_of(scenario, self.elections[name].term_start).exposure.sum())


def _asked(names: Sequence[str], folder: Path, as_of: date | None = None) -> tuple[dict[str, Scenario], dict[str, Election]]:
    """Scenarios in the order that decides every difference, and their elections (raises InputError); `folder`: of a dyad."""
    read = [(load_scenario(path), path) for path in map(find_scenario, names)]
    scenarios, files = {one.name: one for one, _ in read}, {one.name: path for one, path in read}
    elections = {name: load_election(one.election, of_dyad(folder, "elections.yaml"), folder) for name, one in scenarios.items()}
    check_together(scenarios, elections, as_of)
    return in_order(scenarios, tuple(next(iter(elections.values())).outcomes), files), elections


def region_forecast(folder: Path, names: Sequence[str], *, priors: str, as_of: date | None, seed: int, paths: int,
                    ignore_gates: bool, progress: Progress) -> RegionForecast:
    """Fit contact frequency to all dyads of a region, or load the fit, and simulate every dyad.

    Parameters
    ----------
    folder : Path
        Of the region.
    names : sequence of str
        Scenario files, or names of shipped ones; the default pair where empty.
    priors : str
        Prior set.
    as_of : date, optional
        Last day used; that of the scenarios where it is not given.
    seed, paths : int
        Futures per scenario, and what decides their random numbers.

    Raises
    ------
    InputError
        With the faults of the first input that has any.
    GateError
        Where a formulation failed a gate and `ignore_gates` is not set.
    """
    region = load_region(folder)
    scenarios, elections = _asked(names or shipped.CASE.scenarios, region.folders[region.dyads[0]], as_of)
    day = as_of or next(iter(scenarios.values())).as_of
    _check_coded(region, day)
    panel = with_common_unit(load_panel(list(region.folders.values()), as_of=day), region.id)
    chosen = load_priors(shipped.find_priors(priors), needs())
    elections, _ = seen_elections(elections, scenarios, panel, chosen)
    jobs = plan(panel, chosen, SamplerSettings(seed=seed),
                names=[member.name for member in POOL[CONTACTS].members])
    found = posteriors(jobs, lambda name, done, total: progress(f"fit {name}", done, total))
    failed = {name: ", ".join(one.gates.failures) for name, one in found.items() if one.gates.failures}
    if failed and not ignore_gates:
        raise GateError("; ".join(f"{name}: {text}" for name, text in failed.items())
                        + ". Use the posteriors all the same with --ignore-gates; every output is then marked.")
    progress("simulate", 0, 1)
    tables = region_tables(found, panel, scenarios, elections, paths=paths, seed=seed)
    progress("simulate", 1, 1)
    return RegionForecast(region=region, panel=panel, scenarios=scenarios, elections=elections, tables=tables,
                          failed=tuple(failed))


def _check_coded(region: Region, day: date) -> None:
    faults = [Fault(source=str(folder), where="dyad.yaml, key coded_until", expected=f"a record coded to {day} or later",
                    found=f"{until}", remedy="Ask for an earlier day with --as-of, or code the record further.")
              for folder in region.folders.values() if (until := load_dyad(folder).coded_until) < day]
    if faults:
        raise InputError(faults)


# Presidents of a record side by side; the recorded share is fitted, or loaded, where it is asked for.

RECORDED = "completeness"


def administrations(folder: Path, names: Sequence[str], *, as_of: date, seed: int, priors: Path | None = None,
                    progress: Progress = lambda *_: None) -> Account:
    """Compare presidents, or terms, of a record.

    Parameters
    ----------
    folder : Path
        Of a dyad.
    names : sequence of str
        As :func:`forecast.evaluation.visits.governed` takes them.
    as_of : date
        Last day used.
    seed : int
        Decides the draws, and the fit.
    priors : Path, optional
        Prior set of the recorded share; without it recorded contacts only.
    progress : callable, optional
        Told how far the fit is.

    Raises
    ------
    InputError
        For a faulty folder or file, an as-of date outside what is coded, names that cannot be compared, and a recorded share of a
        record without pages.
    GateError
        Where the posterior of the recorded share failed a gate.
    """
    panel = load_panel(folder, as_of=as_of)
    sides = governed(panel, names, load_administrations(of_dyad(folder, "administrations.csv")))
    share = recorded_share(panel, priors, seed, progress) if priors else None
    return account(panel, compare_presidents(panel, sides, seed, share))


def recorded_share(panel: Panel, priors: Path, seed: int, progress: Progress) -> xr.DataArray:
    """Posterior of the recorded share, (draw, rank, era), from the cache where it was fitted before.

    Raises
    ------
    InputError
        Where no page is on record: counts adjusted by the prior alone would pass for an estimate.
    """
    if panel.media.empty:
        raise InputError([Fault(source=panel.dyad[0], where="media.csv", found="none",
                                expected="pages, of which the recorded share is estimated",
                                remedy="Compare recorded contacts alone, without --completeness.")])
    jobs = plan(panel, load_priors(priors, needs()), SamplerSettings(seed=seed), names=(RECORDED,))
    found = posteriors(jobs, lambda name, done, total: progress(f"fit {name}", done, total))[RECORDED]
    if found.gates.failures:
        raise GateError(f"The posterior of the recorded share failed its convergence gates: {', '.join(found.gates.failures)}. "
                        "Compare recorded contacts alone, without --completeness.")
    return COMPONENT[RECORDED].profile(found.draws)["share"]
