"""Forecasts from Python: the functions that ``import forecast`` gives, and what they return.

They call the same pipeline as the command line, with the same checks and the same numbers. Wrong inputs raise
:class:`forecast.errors.InputError`, whose message names the file, the place, what was expected, what was found and the remedy; a
posterior that failed its convergence gates raises :class:`forecast.errors.GateError`.

Fits run in processes of their own: in a script, call these functions below ``if __name__ == "__main__":``. A notebook needs no
such line.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import xarray as xr

from forecast import shipped
from forecast.api.objects import Record, Run
from forecast.components.prior_file import load_priors as read_priors
from forecast.components.priors import PriorSet
from forecast.components.registry import needs
from forecast.console import Progress
from forecast.contacts.load import load_contacts
from forecast.errors import Fault, InputError
from forecast.evaluation.backtest_origin import LAST
from forecast.evaluation.freezing import Scored, coded_later, score_frozen
from forecast.evaluation.frozen import Frozen, read_frozen, write_frozen
from forecast.outputs import output_file
from forecast.pipeline import Request, read
from forecast.pipeline import fit as fit_all
from forecast.pipeline.backtest import FIRST, DyadBacktest, backtest_dyad
from forecast.pipeline.countries import countries
from forecast.pipeline.results import computed, read_results, told_trees
from forecast.pipeline.run_directory import freeze as freeze_run
from forecast.posterior import store
from forecast.report.countries import Countries
from forecast.simulation.scenario import Scenario, find_scenario
from forecast.simulation.scenario import load_scenario as read_scenario

__all__ = ["Record", "Run", "backtest", "country", "fit", "freeze", "load_dyad", "load_priors", "load_run",
           "load_scenario", "run", "score"]

SEED = Request.seed


# What goes in.

def load_dyad(folder: str | Path | None = None, *, as_of: date | None = None) -> Record:
    """Read and check the coded record of a dyad.

    Parameters
    ----------
    folder : str or Path, optional
        Folder of a dyad; the shipped one where none is given.
    as_of : date, optional
        Last day that is read; all of the record where it is not given.

    Returns
    -------
    Record
        Contacts and pages, typed.

    Raises
    ------
    InputError
        With every fault of every file of the folder.

    Examples
    --------
    >>> import forecast
    >>> import pandas as pd
    >>> from datetime import date
    >>> forecast.load_dyad(as_of=date(2001, 1, 19)).contact["date"].max() < pd.Timestamp(2001, 1, 20)
    True
    """
    place = Path(folder) if folder is not None else shipped.DYAD
    return Record(folder=place, facts=load_contacts(place, as_of))


def load_priors(name: str | Path = "default") -> PriorSet:
    """Read and check a prior set.

    Parameters
    ----------
    name : str or Path
        A YAML file, or the name of a shipped set.

    Returns
    -------
    PriorSet
        Distributions by component and parameter; ``model_copy`` makes a changed one.

    Raises
    ------
    InputError
        With every missing, unknown or unsuitable prior.

    Examples
    --------
    >>> import forecast
    >>> forecast.load_priors("sceptical").name
    'sceptical'
    """
    return read_priors(shipped.find_priors(str(name)), needs())


def load_scenario(name: str | Path) -> Scenario:
    """Read and check a scenario with everything that it extends.

    Parameters
    ----------
    name : str or Path
        A YAML file, or the name of a shipped scenario.

    Returns
    -------
    Scenario
        Outcome, events and questions; ``model_copy`` makes a changed one.

    Raises
    ------
    InputError
        With one fault per wrong key or value.

    Examples
    --------
    >>> import forecast
    >>> scenario = forecast.load_scenario("trump")
    >>> str(scenario.horizon.start), len(scenario.questions) > 0
    ('2025-01-01', True)
    """
    return read_scenario(find_scenario(name))


# What is done with it.

def fit(dyad: Record | str | Path | None = None, *, priors: PriorSet | str | Path = "default", as_of: date | None = None,
        seed: int = SEED, draws: int | None = None, alone: bool = False, ignore_gates: bool = False,
        progress: Progress | None = None) -> xr.DataTree:
    """Fit every component to a record, or load what was fitted before; a later :func:`run` on the same inputs reuses the fits.

    Parameters
    ----------
    dyad : Record, str or Path, optional
        A record or its folder; the shipped one where none is given.
    priors : PriorSet, str or Path
        A set, a YAML file, or the name of a shipped set.
    as_of : date, optional
        Last day of the record that is used; the day of the shipped scenarios where it is not given.
    seed : int
        Seed of the sampler.
    draws : int, optional
        Posterior draws per chain; each component's own number where it is not given.
    alone : bool
        Whether to estimate everything from the record itself, and nothing from all dyads of its region.
    ignore_gates : bool
        Whether to return a posterior that failed a convergence gate.
    progress : callable, optional
        Told the stage, what of it is done, and how much there is.

    Returns
    -------
    xarray.DataTree
        As :attr:`Run.posterior`.

    Raises
    ------
    InputError
        Where the record, the priors or the cache of fits cannot be used.
    GateError
        Where a posterior failed a convergence gate.

    Examples
    --------
    >>> import forecast
    >>> posterior = forecast.fit()
    >>> posterior["agenda/posterior/type_effect"].dims
    ('chain', 'draw', 'type', 'topic')
    """
    request = Request(data=_folder(dyad), priors=_prior(priors), as_of=as_of, seed=seed, draws=draws, alone=alone,
                      ignore_gates=ignore_gates)
    found = fit_all(read(request), request, progress or _silent)
    return told_trees({name: store.path_of(name, one.key) for name, one in found.items()})


def run(scenarios: Scenario | str | Path | Sequence[Scenario | str | Path] | None = None, *,
        then: Scenario | str | Path | Sequence[Scenario | str | Path] = (),
        dyads: Record | str | Path | Sequence[Record | str | Path] | None = None, priors: PriorSet | str | Path = "default",
        as_of: date | None = None, seed: int = SEED, paths: int = Request.paths, draws: int | None = None,
        threads: int | None = None, alone: bool = False, ignore_gates: bool = False, progress: Progress | None = None) -> Run:
    """Fit (or load) the posteriors, simulate scenarios with common shocks and compare them.

    Nothing is written but the cache of fits; :meth:`Run.report` writes a run directory.

    Parameters
    ----------
    scenarios : Scenario, str, Path or sequence of them, optional
        Scenarios, YAML files or names of shipped scenarios; both outcomes of the first shipped election where none is given.
    then : Scenario, str, Path or sequence of them
        Likewise of the term after that: each follows each of `scenarios`. The tables ``two_terms`` and ``two_terms_contrast`` of
        :meth:`Run.table` say what comes of both terms, and the figure ``two_terms`` shows it.
    dyads : Record, str, Path or sequence of them, optional
        Records or folders; the shipped one where none is given. Each is forecast from its own record.
    priors : PriorSet, str or Path
        A set, a YAML file, or the name of a shipped set.
    as_of : date, optional
        Last day of the record that is used; that of the scenarios where it is not given.
    seed : int
        Seed of everything random.
    paths : int
        Simulated futures per scenario.
    draws : int, optional
        Posterior draws per chain; each component's own number where it is not given.
    threads : int, optional
        Threads of the simulation, which change no number; all processors where it is not given.
    alone : bool
        Whether to estimate everything from the dyad's own record, and nothing from all dyads of its region.
    ignore_gates : bool
        Whether to go on with a posterior that failed a convergence gate; figures and report say so.
    progress : callable, optional
        Told the stage, what of it is done, and how much there is.

    Returns
    -------
    Run
        Tables, futures, posteriors and figures.

    Raises
    ------
    InputError
        With every fault of the first input that has any; nothing was computed by then.
    GateError
        Where a posterior failed a convergence gate.

    Examples
    --------
    >>> import forecast
    >>> scenario = forecast.load_scenario("trump")
    >>> mild = scenario.model_copy(update={"name": "mild", "questions": ()})
    >>> found = forecast.run([scenario, mild], paths=200)
    >>> found.scenarios
    ('mild', 'trump')
    """
    if paths < 1:
        raise InputError([Fault(source="forecast.run", where="argument paths", expected="1 or more", found=str(paths),
                                remedy="Ask for some thousand futures.")])
    for name, given in (("scenarios", scenarios), ("dyads", dyads)):
        if given is not None and not isinstance(given, str | Path | Scenario | Record) and not len(given):
            raise InputError([Fault(source="forecast.run", where=f"argument {name}", found="none",
                                    expected=f"{name}, or None for the shipped ones",
                                    remedy="Name one at least, or leave the argument out.")])
    several: dict[str, Any] = {} if scenarios is None else {
        "scenarios": tuple(map(_scenario, cast("tuple[Scenario | str | Path, ...]", _each(scenarios))))}
    after = tuple(map(_scenario, cast("tuple[Scenario | str | Path, ...]", _each(then))))
    requests = [Request(data=_folder(one), priors=_prior(priors), as_of=as_of, seed=seed, paths=paths, draws=draws,
                        threads=threads, alone=alone, ignore_gates=ignore_gates, then=after, **several)
                for one in cast("tuple[Record | str | Path | None, ...]", _each(dyads))]
    inputs = [read(request) for request in requests]
    return Run([computed(one, request, progress or _silent) for one, request in zip(inputs, requests, strict=True)])


def load_run(path: str | Path, *, data: str | Path | None = None) -> Run:
    """Read a run directory back: the same object as :func:`run` returned.

    Parameters
    ----------
    path : str or Path
        What ``forecast run`` or :meth:`Run.report` wrote: a run directory, or a folder of them, one for each dyad.
    data : str or Path, optional
        Folder of the record that the run was made from, unchanged; the shipped one where none is given. Figures need it.

    Returns
    -------
    Run
        With the numbers of the files, which have eight digits.

    Raises
    ------
    InputError
        Where this is no run, or a file of it is missing or was changed.

    Examples
    --------
    >>> import forecast
    >>> forecast.load_run("forecast_run").scenarios
    ('harris', 'trump')
    """
    place = Path(path)
    inner = sorted(one.parent for one in place.glob("*/manifest.json")) if not (place / "manifest.json").exists() else []
    return Run([read_results(one, Path(data) if data is not None else None) for one in inner or [place]])


def backtest(dyad: Record | str | Path | None = None, *, priors: PriorSet | str | Path = "default", first: int = FIRST,
             last: int = LAST, seed: int = SEED, draws: int | None = None, paths: int = 4000, alone: bool = False,
             progress: Progress | None = None) -> DyadBacktest:
    """Forecast past terms as on the eve of their elections, and score the forecasts beside baselines.

    Parameters
    ----------
    dyad : Record, str or Path, optional
        A record or its folder; the shipped one where none is given.
    priors : PriorSet, str or Path
        A set, a YAML file, or the name of a shipped set.
    first, last : int
        Years of the first and the last election.
    seed, draws, paths, alone, progress
        As in :func:`run`; `paths` are those of each term.

    Returns
    -------
    DyadBacktest
        Tables ``counts``, ``content``, ``skill`` and ``coverage``, and ``gates`` that failed.

    Raises
    ------
    InputError
        Where the record or the priors cannot be used.
    ForecastError
        Where no term between these elections is over.

    Examples
    --------
    Every term is fitted anew, which takes minutes:

    >>> import forecast
    >>> found = forecast.backtest(first=2020, last=2020, draws=100, paths=400)  # doctest: +SKIP
    >>> found.skill.columns[:3].tolist()  # doctest: +SKIP
    ['measure', 'loss_name', 'forecaster']
    """
    request = Request(data=_folder(dyad), priors=_prior(priors), seed=seed, draws=draws, paths=paths, alone=alone)
    return backtest_dyad(read(request), request, progress or _silent, first=first, last=last)


def country(*names: str, region: str | None = None, as_of: date | None = None, seed: int = SEED,
            progress: Progress | None = None) -> Countries:
    """Forecast leaders' travel and visits of any states for the coming term, from the registers of all states.

    Nothing need be coded. The first call fits the registers as of many elections, which takes long; later ones take seconds.

    Parameters
    ----------
    names : str
        States: names, beginnings of a name, or codes of ISO 3166.
    region : str, optional
        A region of the registers, whose states are added.
    as_of : date, optional
        Last day that is used; that of the shipped scenarios where it is not given.
    seed, progress
        As in :func:`run`.

    Returns
    -------
    Countries
        Tables ``forecast``, ``contrast``, ``history`` and ``record``, sentences ``notes``, and what the pool was made of.

    Raises
    ------
    InputError
        With every fault of names, region and day.

    Examples
    --------
    What is meant is checked before anything is fitted:

    >>> import forecast
    >>> forecast.country("korea")
    Traceback (most recent call last):
    ...
    forecast.errors.InputError: command line: state 'korea': expected one state, found 2 that ...
    >>> found = forecast.country("uzbekistan", "KAZ")  # doctest: +SKIP
    >>> found.forecast.columns[:4].tolist()  # doctest: +SKIP
    ['country', 'region', 'channel', 'outcome']
    """
    return countries(names, region=region, as_of=as_of, seed=seed, progress=progress or _silent)


def freeze(run: Run | str | Path, path: str | Path | None = None, *, data: str | Path | None = None,
           frozen_on: date | None = None) -> Frozen:
    """Lay a forecast down, so that it can be scored later and nobody can doubt what was forecast.

    Parameters
    ----------
    run : Run, str or Path
        A run of one dyad, or its directory.
    path : str or Path, optional
        File to write with the hash of the forecast; it is never overwritten. Nothing is written where none is given.
    data : str or Path, optional
        Folder of the record that the run was made from, unchanged; the shipped one where none is given.
    frozen_on : date, optional
        Today where it is not given.

    Returns
    -------
    Frozen
        Distributions, answers, baselines, and what they were made of.

    Raises
    ------
    InputError
        Where this is no whole run, the data differ from those of the run, or the file exists.

    Examples
    --------
    >>> import forecast
    >>> frozen = forecast.freeze("forecast_run", "frozen.json")
    >>> frozen.month[0], sorted(frozen.scenario)
    ('2025-01', ['harris', 'trump'])
    """
    if isinstance(run, Run) and len(run.dyads) > 1:
        raise InputError([Fault(source="forecast.freeze", where="argument run", expected="a run of one dyad",
                                found=", ".join(run.dyads), remedy="Freeze the run of each dyad for itself.")])
    folder, day = Path(data) if data is not None else None, frozen_on or date.today()
    with output_file(Path(path), [folder], replace=False) if path is not None else nullcontext() as file:
        if isinstance(run, Run):
            with TemporaryDirectory() as place:
                found = freeze_run(run.report(Path(place) / "run")[0], folder, day)
        else:
            found = freeze_run(Path(run), folder, day)
        if file is not None:
            write_frozen(found, file)
    return found


def score(frozen: Frozen | str | Path, later: str | Path, outcome: str, *, coded_until: date | None = None) -> Scored:
    """Score a frozen forecast by contacts coded since, beside the baselines frozen with it.

    Parameters
    ----------
    frozen : Frozen, str or Path
        What :func:`freeze` returned, or its file.
    later : str or Path
        Contacts coded later: a dyad folder, or a ``contacts.csv``.
    outcome : str
        Who won: only scenarios with this outcome, or with an open election, are scored.
    coded_until : date, optional
        Last day up to which contacts were coded; what the folder says where it is not given.

    Returns
    -------
    Scored
        Tables ``months``, ``questions``, ``sequence`` and ``power``, and the number of months that are over.

    Raises
    ------
    InputError
        Where a file cannot be used, no scenario has this outcome, or no month is over.

    Examples
    --------
    Contacts of the months ahead are needed; before any month is over the message says so:

    >>> import forecast
    >>> forecast.score(forecast.freeze("forecast_run"), "forecast_record", "trump")
    Traceback (most recent call last):
    ...
    forecast.errors.InputError: contacts coded later: their last day: expected the end of 2025-01, ...
    """
    forecast = frozen if isinstance(frozen, Frozen) else read_frozen(Path(frozen))[0]
    contact, until, poles = coded_later(forecast, Path(later), coded_until)
    return score_frozen(forecast, contact, until, outcome, poles)


def _each[T](given: T | Sequence[T] | None) -> tuple[T | None, ...]:
    """What was given, one by one; a text is one thing."""
    return tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else (given,)


def _folder(dyad: Record | str | Path | None) -> Path | None:
    return dyad.folder if isinstance(dyad, Record) else Path(dyad) if dyad is not None else None


def _prior(priors: PriorSet | str | Path) -> PriorSet | str:
    return str(priors) if isinstance(priors, Path) else priors


def _scenario(scenario: Scenario | str | Path) -> Scenario | str:
    return str(scenario) if isinstance(scenario, Path) else scenario


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody wants to see."""
