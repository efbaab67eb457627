"""Posteriors of all components: from the cache where the inputs are known, else fitted side by side.

Components are fitted in separate processes; formulations of one component share compiled code and a process.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import xarray as xr

from forecast.components.joint import knowing
from forecast.components.prior_file import load_priors, overlap
from forecast.components.priors import UNDRAWN, Prior, PriorSet
from forecast.components.protocol import ComponentData, Effort
from forecast.components.registry import ACROSS, BESIDE, COMPONENT, CONTACTS, POLES, POOL, REGISTERS, component_of, priors_of
from forecast.console import Progress, say
from forecast.errors import Fault, ForecastError, GateError, InputError
from forecast.panel import Panel
from forecast.panel.registers import RegisterPanel, load_countries
from forecast.posterior import store
from forecast.posterior.groups import seen, told
from forecast.posterior.posterior import Gates, Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.posterior.store import identity
from forecast.shipped import CASE, DATA
from forecast.workers import report, worker_processes

Notice = Callable[[str], None]
"""Called with a line about a stored posterior that is fitted anew."""
SAID: Notice = partial(say, error=True)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Everything that one fit depends on."""

    name: str
    key: str
    data: ComponentData
    priors: Mapping[str, Prior]
    settings: SamplerSettings


def plan(panel: Panel | RegisterPanel, priors: PriorSet, settings: SamplerSettings, *, draws: int | None = None,
         names: Iterable[str] | None = None, effort: Effort | None = None, elsewhere: Mapping[str, Panel] | None = None,
         notice: Notice | None = None, forecasts: bool = True) -> tuple[Job, ...]:
    """The fits that a forecast needs, each with its identity.

    A formulation for which the record lacks what it needs is left out, and a line says so.

    Parameters
    ----------
    panel : Panel or RegisterPanel
        Of the dyad, or of all countries for a component that is fitted across them.
    settings : SamplerSettings
        Defaults, from which a component may depart.
    draws : int, optional
        Draws per chain for every component, whatever it would choose itself.
    names : iterable of str, optional
        Components; all of a dyad where not given.
    effort : mapping, optional
        Sampler settings for every component, whatever it would choose itself.
    elsewhere : mapping of str to Panel, optional
        Section of the prior file -> the panel from which its components are estimated in the place of `panel`.
    forecasts : bool
        Whether the fits are forecast from: a prior set that was made from the same travel or from later days is refused then,
        and told otherwise.

    Raises
    ------
    InputError
        Where the prior set holds what the record holds, or what lies after its last day.
    """
    tell = notice or SAID
    names = tuple(COMPONENT if names is None else names)
    if any(name in FORMULATIONS for name in names):
        _judge(priors, (panel, *(elsewhere or {}).values()), settings, tell, forecasts=forecasts)
    jobs = []
    for name in names:
        component = component_of(name)
        # that of the dyad, of several, or of all countries, as the component takes it
        given = (elsewhere or {}).get(component.section, cast("Panel", panel))
        if why := component.lacking(given):
            tell(f"Left out: {name}: {why}.")
            continue
        every = priors_of(priors, name)
        data = knowing(component.data(given), every, given if isinstance(given, Panel) else None)
        prior = component.used(every, data.coord)
        own = replace(settings, **(component.effort | (effort or {}) | ({"draws": draws} if draws else {})))
        key = identity(name, data, prior, own)
        jobs.append(Job(name=name, key=key, data=data, priors=prior, settings=own))
    return tuple(jobs)


def _judge(priors: PriorSet, panels: Iterable[Panel | RegisterPanel], settings: SamplerSettings, tell: Notice, *,
           forecasts: bool) -> None:
    """Refuse what must not be known twice or too early, or tell it; tell what scores of past terms know."""
    faults = known_twice(priors, panels)
    if faults and forecasts:
        raise InputError(faults)
    for fault in faults:
        tell(f"{fault} Such a fit is no forecast.")
    if priors.evidence and settings.past_terms and not faults:
        tell(f"Prior set {priors.name} was made from registers up to {priors.evidence.as_of}: scores of past terms, and so the "
             "weights of formulations, know more than was known before these terms.")


FORMULATIONS = frozenset(member.name for member in POOL[CONTACTS].members)
"""Components that informed priors are about."""


def known_twice(priors: PriorSet, panels: Iterable[Panel | RegisterPanel]) -> list[Fault]:
    """What a prior set was made from that the records of a fit hold too, or that lies after their last day."""
    records = [one for one in panels if isinstance(one, Panel)]
    listed = set(load_countries()["country"]) if records and priors.evidence else set()
    states = {dyad: one.register_country for panel in records for dyad, one in zip(panel.records, panel.about, strict=True)
              if one.home_iso2 == CASE.home["iso2"] and one.register_country in listed}
    return overlap(priors, records[0].as_of, states) if records else []


def posteriors(jobs: Iterable[Job], progress: Progress | None = None, notice: Notice = SAID) -> dict[str, Posterior]:
    """Load or fit every job, in the order given.

    Each fit is stored as soon as it is done: an interrupted run resumes after it.
    """
    jobs = tuple(jobs)
    store.sweep()
    known = {job.key: _stored(job, notice) for job in jobs}
    missing = tuple(job for job in jobs if known[job.key] is None)
    _fit_all(missing, progress)
    new = {job.key for job in missing}
    every = {key: one for key, one in known.items() if one is not None} | {job.key: _fitted(job) for job in missing}
    return {job.name: _posterior(job, *every[job.key], reused=job.key not in new) for job in jobs}


def seen_from(found: Mapping[str, Posterior], dyad: str) -> dict[str, Posterior]:
    """Posteriors as a fit to one dyad has them, also of components that were fitted to several."""
    return {name: _of_dyad(one, dyad) for name, one in found.items()}


def _of_dyad(found: Posterior, dyad: str) -> Posterior:
    if len(found.coord.get("dyad", ())) < 2:
        return found
    chains, coord = COMPONENT[found.component].of_dyad(found.chains, found.coord, dyad)
    return replace(found, chains=chains, coord=coord)


def fit_missing(jobs: Iterable[Job], progress: Progress | None = None, notice: Notice = SAID) -> frozenset[str]:
    """Fit what is not stored yet, whatever number of prior sets and dates the jobs belong to; the identities fitted."""
    store.sweep()
    missing = {job.key: job for job in jobs if _stored(job, notice) is None}
    _fit_all(tuple(missing.values()), progress)
    return frozenset(missing)


def fit_one(job: Job, progress: Callable[[int, int], None] | None = None) -> None:
    """Fit, diagnose and store one component, with what it saw and how likely its observations are."""
    from forecast.posterior.attempt import Count, attempted  # imports the sampler: only where a fit needs it
    from forecast.posterior.sampler import compiled

    component = component_of(job.name)
    count = Count(progress, component, job.data, job.settings)
    model = compiled(component, job.data, job.priors)
    chains, gates = attempted(model, component, job.data, job.priors, job.settings, count)
    others = seen(component, job.data) | told(component, job.data, job.priors, chains)
    about = {"inference_library": "nutpie", "settings": json.dumps(job.settings.as_dict())}
    store.save(job.name, job.key, chains, gates, coord=job.data.coord, others=others, about=about)
    count.end()


def _stored(job: Job, notice: Notice) -> tuple[xr.Dataset, Gates] | None:
    """What is stored of a job; None, with a notice, where that must not be used."""
    try:
        return store.load(job.name, job.key, _needed(job))
    except store.DamagedPosteriorError as error:
        notice(f"{error}. The component is fitted again.")
        return None


def _fitted(job: Job) -> tuple[xr.Dataset, Gates]:
    """What was stored of a job just now (raises ForecastError where it does not come back)."""
    try:
        found = store.load(job.name, job.key, _needed(job))
    except store.DamagedPosteriorError as error:
        raise ForecastError(f"{error}. It was written a moment ago: check the disk.") from None
    if found is None:
        raise ForecastError(f"{store.path_of(job.name, job.key)} was written a moment ago and is gone: is the cache cleared?")
    return found


def _needed(job: Job) -> list[str]:
    """Parameters that the posterior must have; priors of the model that leave no draws are not among them."""
    return [name for name, support in component_of(job.name).needed(job.data.coord).items() if support not in UNDRAWN]


def _fit_all(jobs: tuple[Job, ...], progress: Progress | None) -> None:
    if not jobs:
        return
    bundles = _bundles(jobs)
    with worker_processes(min(len(bundles), os.cpu_count() or 1)) as pool:
        pool.finish([pool.submit(_work, bundle) for bundle in bundles], progress)


def _bundles(jobs: tuple[Job, ...]) -> list[list[Job]]:
    """Jobs that can share compiled code go to one process."""
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(component_of(job.name).section, []).append(job)
    return list(found.values())


def _work(bundle: list[Job]) -> None:
    for job in bundle:
        fit_one(job, partial(report, job.name))


def _posterior(job: Job, chains: xr.Dataset, gates: Gates, *, reused: bool) -> Posterior:
    return Posterior(component=job.name, key=job.key, chains=chains, coord=job.data.coord, gates=gates,
                     reused=reused)


# The component of poles: fitted beside the record of contacts, with priors of its own.

def pole_priors(path: Path = DATA / "pole_priors.yaml") -> PriorSet:
    """Priors of the component of poles, checked like those of a dyad (raises InputError)."""
    return load_priors(path, {POLES: BESIDE[POLES].needs})


# The posterior of the registers: all countries, one component, priors of its own.

def register_priors(path: Path = DATA / "register_priors.yaml") -> PriorSet:
    """Priors of the register component, checked like those of a dyad (raises InputError)."""
    return load_priors(path, {REGISTERS: ACROSS[REGISTERS].needs})


def fit_registers(panel: RegisterPanel, *, seed: int, draws: int | None = None, ignore_gates: bool = False,
                  effort: Effort | None = None, progress: Progress | None = None) -> Posterior:
    """Fit the registers, or load what was fitted before; `effort` departs from the component's own sampler settings.

    Raises
    ------
    GateError
        Where a convergence gate failed and `ignore_gates` is not set.
    """
    jobs = plan(panel, register_priors(), SamplerSettings(seed=seed), draws=draws, names=(REGISTERS,), effort=effort)
    found = posteriors(jobs, progress)[REGISTERS]
    if found.gates.failures and not ignore_gates:
        raise GateError(f"Posterior of the registers failed its convergence gates: {', '.join(found.gates.failures)}. "
                        "Ask for more draws (--draws), or use it all the same with --ignore-gates.")
    return found
