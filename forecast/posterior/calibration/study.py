"""Many replications side by side, each kept as soon as it is done."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Annotated

from pydantic import Field

import forecast
from forecast.components.priors import PriorSet
from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT, priors_of
from forecast.kept import Kept, read_kept, write_kept
from forecast.panel import Panel
from forecast.placement import cache_directory, sweep_cache
from forecast.posterior.calibration import replicate as one
from forecast.posterior.identity import identity
from forecast.posterior.sampler import SamplerSettings
from forecast.workers import worker_processes

BATCH = 10
"""Replications that a process takes on at a time; it compiles a component once."""


class _Kept(Kept):
    """A replication as it is kept; None for a diagnostic that is no number."""

    rank: Annotated[dict[str, Annotated[int, Field(ge=0, lt=one.RANKS)]], Field(min_length=1)]
    max_rhat: float | None
    min_ess: float | None
    divergences: Annotated[int, Field(ge=0)]

    def replication(self) -> one.Replication:
        numbers = {name: float("nan") if (value := getattr(self, name)) is None else value for name in ("max_rhat", "min_ess")}
        return one.Replication(rank=self.rank, divergences=self.divergences, **numbers)


@dataclass(frozen=True, kw_only=True)
class Study:
    """One component's replications.

    Parameters
    ----------
    name : str
        The component.
    shape : ComponentData
        The record, whose shape every replication has.
    priors : PriorSet
        For all components.
    seed : int
        Decides every replication.
    control : bool
        Whether the simulated model is deliberately another than the one refitted.
    """

    name: str
    shape: ComponentData
    priors: PriorSet
    seed: int
    control: bool

    @property
    def folder(self) -> Path:
        """Where its replications are kept; named after everything that decides them."""
        key = identity(self.name, self.shape, one.calibrated_at(priors_of(self.priors, self.name)),
                       SamplerSettings(**one.EFFORT, seed=self.seed))
        return cache_directory() / "calibration" / f"{self.name}-{key}-{_code()}{'-control' if self.control else ''}"

    def path(self, number: int) -> Path:
        """File of one replication."""
        return self.folder / f"{number:05d}.json"


@cache
def _code() -> str:
    """Hash of the code that simulates, samples and ranks, which the identity of a posterior does not cover."""
    root = Path(forecast.__file__).parent
    files = [*root.glob("components/*/simulate.py"), *root.glob("components/*/__init__.py"), root / "components/ordinal.py",
             *(root / "posterior").glob("native/*.py"), *(root / "posterior" / name for name in (
                 "prior.py", "sampler.py", "calibration/replicate.py", "trust/pointwise.py"))]
    digest = blake2b(digest_size=6)
    for path in sorted(files):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def studies(panel: Panel, priors: PriorSet, names: Iterable[str], seed: int, *, control: bool = False) -> list[Study]:
    """One study per component."""
    return [Study(name=name, shape=COMPONENT[name].data(panel), priors=priors, seed=seed, control=control) for name in names]


def replications(study: Study, count: int) -> list[one.Replication]:
    """The replications of a study that are done, of the first `count`, in order."""
    return [found.replication() for found in _done(study, count).values()]


def _done(study: Study, count: int) -> dict[int, _Kept]:
    """Kept replications by number."""
    paths = {study.path(number): number for number in range(count)}
    return {paths[path]: found for path, found in read_kept(paths, _Kept, lambda found: found.rank.keys()).items()}


def run(wanted: Iterable[Study], count: int, progress: Callable[[str, int, int], None], workers: int | None = None) -> None:
    """Do what is missing of the first `count` replications of every study; an interrupted run goes on where it was."""
    sweep_cache()
    wanted = tuple(wanted)
    for _ in range(2):  # once more for what only shows beside the others, such as ranks of other quantities
        batches, done = [], {}
        for study in wanted:
            known = _done(study, count)
            missing = [number for number in range(count) if number not in known]
            done[study.name] = len(known)
            batches += [(study, missing[first:first + BATCH]) for first in range(0, len(missing), BATCH)]
        if not batches:
            return
        _do(batches, done, count, progress, workers)


def _do(batches: list[tuple[Study, list[int]]], done: dict[str, int], count: int, progress: Callable[[str, int, int], None],
        workers: int | None) -> None:
    with worker_processes(workers or os.cpu_count() or 1) as pool:
        running = {pool.submit(_batch, *batch): batch for batch in batches}
        for future in as_completed(running):
            future.result()
            study, numbers = running[future]
            done[study.name] += len(numbers)
            progress(f"calibrate {study.name}", done[study.name], count)


def _batch(study: Study, numbers: list[int]) -> None:
    component, priors = COMPONENT[study.name], one.calibrated_at(priors_of(study.priors, study.name))
    for number in numbers:
        found = one.replicate(component, study.shape, priors, number, study.seed, control=study.control)
        known = {name: value if value == value else None for name, value in asdict(found).items()}
        write_kept(study.path(number), _Kept(**known))
