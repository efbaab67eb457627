"""Many replications side by side, each kept as soon as it is done."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Annotated

from pydantic import Field

import forecast
from forecast.components.control import Control
from forecast.components.priors import PriorSet
from forecast.components.projection import Future
from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT, priors_of
from forecast.kept import Kept, read_kept, write_kept
from forecast.panel import Panel
from forecast.placement import cache_directory, sweep_cache
from forecast.posterior.calibration import replicate as one
from forecast.posterior.identity import identity
from forecast.posterior.sampler import SamplerSettings
from forecast.workers import worker_processes

SUBTLE = "subtle"
"""All controls that components name for themselves."""
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
    futures : tuple of Future
        The two outcomes of the next election.
    control : str, optional
        Name of the control, where the simulated model is deliberately another than the one refitted.
    """

    name: str
    shape: ComponentData
    priors: PriorSet
    seed: int
    futures: tuple[Future, Future]
    control: str | None = None

    @property
    def label(self) -> str:
        """The component, and its control."""
        return self.name if self.control is None else f"{self.name}, {self.control}"

    @property
    def told(self) -> str:
        """What is wrong about the control."""
        if self.control == one.COARSE:
            return f"scales times {one.WRONG_SCALE:g}, coefficients off by {one.WRONG_SHIFT:g} prior standard deviations"
        return next((control.told for control in self._controls if control.name == self.control), "nothing")

    @property
    def _controls(self) -> tuple[Control, ...]:
        return COMPONENT[self.name].controls(priors_of(self.priors, self.name))

    @property
    def folder(self) -> Path:
        """Where its replications are kept; named after everything that decides them."""
        key = identity(self.name, self.shape, one.calibrated_at(priors_of(self.priors, self.name)),
                       SamplerSettings(**one.EFFORT, seed=self.seed))
        parts = (self.name, key, _code(COMPONENT[self.name].section), _of_futures(self.futures))
        return cache_directory() / "calibration" / "-".join([*parts, *([self.control] if self.control else [])])

    def path(self, number: int) -> Path:
        """File of one replication."""
        return self.folder / f"{number:05d}.json"


@cache
def _code(section: str) -> str:
    """Hash of the code that simulates, projects and ranks a component, which the identity of its posterior does not cover."""
    root = Path(forecast.__file__).parent
    files = [*(root / "components" / section).glob("*.py"),
             *(root / "components" / name for name in ("ordinal.py", "projection.py", "control.py")),
             *(root / "posterior" / name for name in ("prior.py", "trust/pointwise.py", "calibration/replicate.py",
                                                      "calibration/next_term.py"))]
    digest = blake2b(digest_size=6)
    for path in sorted(files):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _of_futures(futures: Sequence[Future]) -> str:
    """Hash of the two outcomes."""
    told = [[one.president, one.type, one.midpoint.tolist()] for one in futures]
    return blake2b(json.dumps(told).encode(), digest_size=4).hexdigest()


def studies(panel: Panel, priors: PriorSet, names: Iterable[str], seed: int, futures: tuple[Future, Future], *,
            control: str | None = None) -> list[Study]:
    """One study per component, or one per component and subtle control.

    Parameters
    ----------
    control : str, optional
        ``coarse``, or ``subtle`` for all that the components name.
    """
    found = []
    for name in names:
        known = [one.name for one in COMPONENT[name].controls(priors_of(priors, name))] if control == SUBTLE else [control]
        shape = COMPONENT[name].data(panel)
        found += [Study(name=name, shape=shape, priors=priors, seed=seed, futures=futures, control=each) for each in known]
    return found


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
            done[study.label] = len(known)
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
            done[study.label] += len(numbers)
            progress(f"calibrate {study.label}", done[study.label], count)


def _batch(study: Study, numbers: list[int]) -> None:
    component, priors = COMPONENT[study.name], one.calibrated_at(priors_of(study.priors, study.name))
    for number in numbers:
        found = one.replicate(component, study.shape, priors, study.futures, number, study.seed, control=study.control)
        known = {name: value if value == value else None for name, value in asdict(found).items()}
        write_kept(study.path(number), _Kept(**known))
