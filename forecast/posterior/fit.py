"""Posteriors of all components: from the cache where the inputs are known, else fitted side by side.

Compiling a model keeps one core busy whatever the number of chains, so components are fitted in separate processes.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.queues import Queue
from queue import Empty

import xarray as xr

from forecast.components.priors import Prior, PriorSet
from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT, component_of
from forecast.panel import Panel
from forecast.panel.register_panel import RegisterPanel
from forecast.posterior import store
from forecast.posterior.gates import Gates
from forecast.posterior.identity import identity
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings

Progress = Callable[[str, int, int], None]
"""Called with the component's name, draws done and draws in all."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """Everything that one fit depends on."""

    name: str
    key: str
    data: ComponentData
    priors: Mapping[str, Prior]
    settings: SamplerSettings


def plan(panel: Panel | RegisterPanel, priors: PriorSet, settings: SamplerSettings, *, draws: int | None = None,
         names: Iterable[str] = tuple(COMPONENT)) -> tuple[Job, ...]:
    """The fits that a forecast needs, each with its identity.

    Parameters
    ----------
    panel : Panel or RegisterPanel
        Of the dyad, or of all countries for a component that is fitted across them.
    settings : SamplerSettings
        Defaults, from which a component may depart.
    draws : int, optional
        Draws per chain for every component, whatever it would choose itself.
    """
    jobs = []
    for name in names:
        component = component_of(name)
        data, prior = component.data(panel), priors.component[name]
        own = replace(settings, **(component.effort | ({"draws": draws} if draws else {})))
        key = identity(name, data, prior, own)
        jobs.append(Job(name=name, key=key, data=data, priors=prior, settings=own))
    return tuple(jobs)


def posteriors(jobs: Iterable[Job], progress: Progress | None = None) -> dict[str, Posterior]:
    """Load or fit every job, in the order given.

    Each fit is stored as soon as it is done: an interrupted run resumes after it.
    """
    jobs = tuple(jobs)
    found = {job.name: store.load(job.name, job.key) for job in jobs}
    missing = tuple(job for job in jobs if found[job.name] is None)
    if missing:
        _fit_all(missing, progress)
    fitted = {job.name: store.load(job.name, job.key) for job in missing}
    return {job.name: _posterior(job, *(fitted.get(job.name) or found[job.name]), reused=job not in missing)
            for job in jobs}


def fit_one(job: Job, progress: Callable[[int, int], None] | None = None) -> None:
    """Fit, diagnose and store one component."""
    from forecast.posterior.diagnose import diagnose  # imports ArviZ: only where a fit needs it
    from forecast.posterior.sampler import sample

    chains = sample(component_of(job.name), job.data, job.priors, job.settings, progress)
    store.save(job.name, job.key, chains, diagnose(chains))


def _fit_all(jobs: tuple[Job, ...], progress: Progress | None) -> None:
    context = get_context("spawn")
    with context.Manager() as manager:
        queue = manager.Queue()
        workers = min(len(jobs), os.cpu_count() or 1)
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            running = [pool.submit(_work, job, queue) for job in jobs]
            _relay(queue, running, progress)
            for future in running:
                future.result()


def _work(job: Job, queue: Queue) -> None:
    def report(done: int, total: int) -> None:
        queue.put((job.name, done, total))

    fit_one(job, report)


def _relay(queue: Queue, running: list[Future], progress: Progress | None) -> None:
    """Pass on what the workers report until all are done."""
    while not all(future.done() for future in running):
        try:
            name, done, total = queue.get(timeout=0.2)
        except Empty:
            continue
        if progress:
            progress(name, done, total)


def _posterior(job: Job, chains: xr.Dataset, gates: Gates, *, reused: bool) -> Posterior:
    return Posterior(component=job.name, key=job.key, chains=chains, coord=job.data.coord, gates=gates,
                     reused=reused)
