"""Posteriors of all components: from the cache where the inputs are known, else fitted side by side.

Components are fitted in separate processes; formulations of one component share compiled code and a process.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import xarray as xr

from forecast.components.priors import Prior, PriorSet
from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT, component_of, priors_of
from forecast.panel import Panel
from forecast.panel.register_panel import RegisterPanel
from forecast.posterior import store
from forecast.posterior.gates import Gates
from forecast.posterior.identity import identity
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.workers import report, worker_processes

Progress = Callable[[str, int, int], None]
"""Called with the component's name, draws done and draws in all."""
AGAIN, SHORTER_STEPS = 2, 0.97
"""Of a second attempt: how many times the draws, and the acceptance that the steps are tuned to."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """Everything that one fit depends on."""

    name: str
    key: str
    data: ComponentData
    priors: Mapping[str, Prior]
    settings: SamplerSettings


def plan(panel: Panel | RegisterPanel, priors: PriorSet, settings: SamplerSettings, *, draws: int | None = None,
         names: Iterable[str] = tuple(COMPONENT), effort: Mapping[str, float] | None = None) -> tuple[Job, ...]:
    """The fits that a forecast needs, each with its identity.

    Parameters
    ----------
    panel : Panel or RegisterPanel
        Of the dyad, or of all countries for a component that is fitted across them.
    settings : SamplerSettings
        Defaults, from which a component may depart.
    draws : int, optional
        Draws per chain for every component, whatever it would choose itself.
    effort : mapping, optional
        Sampler settings for every component, whatever it would choose itself.
    """
    jobs = []
    for name in names:
        component = component_of(name)
        data, prior = component.data(panel), priors_of(priors, name)
        own = replace(settings, **(component.effort | (effort or {}) | ({"draws": draws} if draws else {})))
        key = identity(name, data, prior, own)
        jobs.append(Job(name=name, key=key, data=data, priors=prior, settings=own))
    return tuple(jobs)


def posteriors(jobs: Iterable[Job], progress: Progress | None = None) -> dict[str, Posterior]:
    """Load or fit every job, in the order given.

    Each fit is stored as soon as it is done: an interrupted run resumes after it.
    """
    jobs = tuple(jobs)
    known = {job.key: store.load(job.name, job.key) for job in jobs}
    missing = tuple(job for job in jobs if known[job.key] is None)
    _fit_all(missing, progress)
    new = {job.key for job in missing}
    known |= {job.key: store.load(job.name, job.key) for job in missing}
    return {job.name: _posterior(job, *known[job.key], reused=job.key not in new) for job in jobs}


def fit_missing(jobs: Iterable[Job], progress: Progress | None = None) -> frozenset[str]:
    """Fit what is not stored yet, whatever number of prior sets and dates the jobs belong to; the identities fitted."""
    missing = {job.key: job for job in jobs if store.load(job.name, job.key) is None}
    _fit_all(tuple(missing.values()), progress)
    return frozenset(missing)


def fit_one(job: Job, progress: Callable[[int, int], None] | None = None) -> None:
    """Fit, diagnose and store one component; where it is a member of a pool, with its scores of past terms.

    A posterior that fails a gate is drawn once more, with ``AGAIN`` times the draws and shorter steps.
    """
    from forecast.posterior.diagnose import diagnose  # imports ArviZ: only where a fit needs it
    from forecast.posterior.held_out import term_scores
    from forecast.posterior.sampler import compiled, draw

    component, given = component_of(job.name), (job.data, job.priors, job.settings)
    model = compiled(component, job.data, job.priors)
    chains = draw(model, component, *given, progress)
    gates = diagnose(chains)
    if gates.failures:
        longer = replace(job.settings, draws=AGAIN * job.settings.draws, target_accept=SHORTER_STEPS)
        chains = draw(model, component, job.data, job.priors, longer, progress)
        gates = diagnose(chains)
    if hasattr(component, "held_out"):
        chains = chains.merge(term_scores(model, component, *given))
    store.save(job.name, job.key, chains, gates)


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
        fit_one(job, lambda done, total, name=job.name: report(name, done, total))


def _posterior(job: Job, chains: xr.Dataset, gates: Gates, *, reused: bool) -> Posterior:
    return Posterior(component=job.name, key=job.key, chains=chains, coord=job.data.coord, gates=gates,
                     reused=reused)
