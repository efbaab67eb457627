r"""Simulation-based calibration: is the posterior that the sampler draws the posterior of the model?

One replication of simulation-based calibration
-----------------------------------------------
Parameters :math:`\theta` from the prior, data :math:`y` from the model at :math:`\theta` in the shape of the record, and a
posterior :math:`\theta_1, \dots, \theta_L` of these data. The rank of any :math:`f(\theta, y)` among the
:math:`f(\theta_l, y)` is uniform on :math:`0, \dots, L` where simulation, model and sampler agree (Talts et al. 2018,
arXiv:1804.06788). Among the :math:`f` is the log likelihood, which sees faults that no single parameter shows (Modrak et al.
2023, doi 10.1214/23-BA1404).

Ranked are parameters, the log likelihood, and what is forecast (below). Controls
refit another model than the one simulated: a gross one, the same for all components (:func:`wrong`), and the subtle ones that a
component names for itself (:mod:`forecast.components.control`).

A discounted past is a power prior and no generative model: that formulation is calibrated at a discount of one, where its code
is the same and its ranks have to be uniform.

Ranks of what is forecast
-------------------------
The coming term, and how its outcomes differ.

With parameters :math:`\theta`, shocks :math:`\epsilon` of the coming term and the projection :math:`g_o(\theta, \epsilon)` under
outcome :math:`o`, data depend on :math:`\theta` alone, so that :math:`(\theta, \epsilon)` given the data is a posterior draw with
fresh shocks. The rank of the true :math:`g_o(\theta, \epsilon)` among :math:`g_o(\theta_l, \epsilon_l)` is uniform where that
of every function of parameters is, and so is that of the contrast :math:`g_1(\theta, \epsilon) - g_2(\theta, \epsilon)`, both
outcomes with the same shocks, as in the engine. A posterior can be right in every parameter and wrong in the sums of them that
a forecast is made of; these ranks see it. A component may let :math:`g` depend on the record as well, which shows what is
right on average over all records and wrong in each (Modrak et al. 2023, doi 10.1214/23-BA1404).

Of a term that runs, :math:`y` is the record to a day within it and :math:`g` the projection of that very term, by year, from
which an update goes on: its level, president and topics are among :math:`\theta`, there is one outcome and no contrast. Draws
of the eve would give uniform ranks of all that does not depend on the record; the log likelihood, and the rate in the direction
in which the term went, tell whether the term so far was learned from. A control of its own (:func:`forgotten`) leaves it out of
the refit where a component can.

Truth and draws go through one projection, :meth:`~forecast.components.protocol.Projecting.project`, which is the engine's: a
fault in its formula cancels here. That it says what its docstring says is tested against a twin written a second time.
"""

import json
import os
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import xarray as xr
from pydantic import Field

from forecast.components.control import Control
from forecast.components.covariates import EFFECT as COVARIATE_EFFECT
from forecast.components.joint import knowing
from forecast.components.priors import Prior, PriorSet
from forecast.components.protocol import Component, ComponentData, Effort, Future, Scored, Take
from forecast.components.registry import priors_of, projecting
from forecast.errors import Fault, InputError
from forecast.kept import Kept, read_kept, write_kept
from forecast.panel import Panel
from forecast.placement import cache_directory, sweep_cache
from forecast.posterior.attempt import diagnose
from forecast.posterior.groups import in_one_row
from forecast.posterior.posterior import STATS, draw_prior
from forecast.posterior.sampler import SamplerSettings, compiled, draw
from forecast.posterior.store import identity
from forecast.sources import hash_of
from forecast.workers import worker_processes

# One replication of simulation-based calibration.

RANKS = 100
"""Possible ranks: the posterior is thinned to one less, about what its effective size allows."""
EFFORT: Effort = {"draws": 500, "tune": 400, "chains": 2, "target_accept": 0.95}
SEVERAL: Effort = {"draws": 1500}
"""Of a fit to several dyads: who governs and how each dyad responds mix slowly, and ranks need nearly independent draws."""
LIKELIHOOD = "log likelihood"
COARSE = "coarse"
WRONG_SCALE, WRONG_SHIFT = 2.0, 0.5
"""The coarse control simulates at twice every scale and half a prior standard deviation off every coefficient, up and down
in turn."""


@dataclass(frozen=True, kw_only=True)
class Replication:
    """Ranks of one replication, by quantity, and how its fit went."""

    rank: Mapping[str, int]
    max_rhat: float
    min_ess: float
    divergences: int


def replicate(component: Component, shape: ComponentData, priors: Mapping[str, Prior], futures: Sequence[Future],
              number: int, seed: int, *, control: str | None = None) -> Replication:
    """Simulate, refit and rank.

    Parameters
    ----------
    futures : sequence of Future
        The two outcomes of the next election, or the one that governs while the term runs.
    number, seed : int
        Decide everything random.
    control : str, optional
        ``coarse`` or a control of the component, where the refit is to be of another model than the simulation.
    """
    rng = np.random.default_rng([seed, zlib.crc32(component.name.encode()), number])
    drawn = draw_prior(component, shape, priors, rng)
    truth = _values(drawn)
    data = component.simulate(shape, _at(wrong(truth, component, priors) if control == COARSE else truth), rng)
    settings = replace(settings_of(shape), seed=int(rng.integers(2**31)))
    data, assumed = assume(component, data, priors, control, futures)
    model = compiled(component, data, assumed)  # anew only where counts are so large that they need more room
    chains = draw(model, component, data, assumed, settings)
    gates = diagnose(chains)
    found = ranks(component, data, truth, _values(chains), controlled=control not in (None, COARSE))
    one, many = (projected(component, given, rows, data, futures, (settings.seed, place)) for place, (given, rows)
                 in enumerate([(drawn, np.zeros(1, int)), (chains, _thinned(chains.sizes["chain"] * chains.sizes["draw"]))]))
    return Replication(rank=found | ranks_of(one, many), max_rhat=gates.max_rhat, min_ess=gates.min_ess_bulk,
                       divergences=gates.divergences)


def settings_of(shape: ComponentData) -> SamplerSettings:
    """How a replication is sampled, but for its seed."""
    alone = SamplerSettings(**EFFORT)
    return replace(alone, **SEVERAL) if len(shape.coord.get("dyad", ())) > 1 else alone


def forgotten(component: Scored) -> Control:
    """The last term of the record left out of the refit: of a term that runs, a forecast of the eve in place of the update."""
    def assume(data: ComponentData, priors: Mapping[str, Prior]) -> tuple[ComponentData, dict[str, Prior]]:
        return component.held_out(data, len(data.coord["term"]) - 1), dict(priors)

    return Control(name="forgotten", told="the term that runs left out of the refit", assume=assume)


def controls_of(component: Component, priors: Mapping[str, Prior], futures: Sequence[Future]) -> tuple[Control, ...]:
    """What a component may get slightly wrong; of a term that runs, where the component can, also to leave that term out."""
    runs = futures[0].ahead == 0 and hasattr(component, "held_out")
    return (*component.controls(priors), *((forgotten(cast(Scored, component)),) if runs else ()))


def assume(component: Component, data: ComponentData, priors: Mapping[str, Prior], control: str | None,
           futures: Sequence[Future]) -> tuple[ComponentData, Mapping[str, Prior]]:
    """Data and priors as the refit takes them: as they are, but for a control of the component."""
    if control is None or control == COARSE:
        return data, priors
    (chosen,) = (one for one in controls_of(component, priors, futures) if one.name == control)
    return chosen.assume(data, priors)


def _thinned(draws: int) -> np.ndarray:
    """Draws that are ranked among, (RANKS - 1,)."""
    return np.linspace(0, draws - 1, RANKS - 1).astype(int)


def ranks(component: Component, data: ComponentData, truth: Mapping[str, np.ndarray], draws: Mapping[str, np.ndarray], *,
          controlled: bool = False) -> dict[str, int]:
    """Rank of every prior's parameter, the type effects and the log likelihood among thinned draws.

    Where the refit is `controlled`, what is the same in every draw has no rank: the value that a control fixes wrongly would be
    rejected for itself.

    Parameters
    ----------
    truth, draws : mapping of str to (draw, ...) array
        One draw, and many.
    """
    keep = _thinned(len(next(iter(draws.values()))))
    thin = {name: values[keep] for name, values in draws.items() if name in truth}
    found: dict[str, int] = {}
    for name in thin:
        if name in component.needs or name.endswith(("type_effect", COVARIATE_EFFECT)):
            below, moves = (thin[name] < truth[name]).sum(axis=0), (
                thin[name] != (thin[name][0] if controlled else truth[name])).any(axis=0)
            found |= {f"{name}{list(at) if at else ''}": int(value) for at, value in np.ndenumerate(below) if moves[at]}
    likelihood: list[Any] = [sum(part.sum(axis=1) for part in component.pointwise(data, one).values()) for one in (truth, thin)]
    return found | {LIKELIHOOD: int((likelihood[1] < likelihood[0]).sum())}


def wrong(truth: Mapping[str, np.ndarray], component: Component, priors: Mapping[str, Prior]) -> dict[str, np.ndarray]:
    """Parameters that the coarse control simulates at in place of the truth."""
    found = dict(truth)
    for name, prior in priors.items():
        if name in truth and name not in component.assumed:
            if prior.distribution == "half_normal":
                found[name] = truth[name] * WRONG_SCALE
            elif prior.distribution == "normal":
                found[name] = truth[name] + WRONG_SHIFT * prior.sigma * _up_and_down(truth[name].shape[1:])
    return found


def _up_and_down(shape: tuple[int, ...]) -> np.ndarray:
    """One and minus one in turn: a common shift of all values would leave shares as they are."""
    return np.where(np.arange(int(np.prod(shape, dtype=int))) % 2 == 0, 1.0, -1.0).reshape(shape)


def _values(chains: xr.Dataset) -> dict[str, np.ndarray]:
    """Parameters in one row, each (draw, ...), chains one after the other; those that a prior fixes, the same in every draw."""
    count = chains.sizes["chain"] * chains.sizes["draw"]
    return {str(name): in_one_row(values) if "draw" in values.dims
            else np.full(count, float(values)) for name, values in chains.data_vars.items()
            if name not in STATS and ("draw" in values.dims or not values.dims)}


def _at(truth: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: values[0] for name, values in truth.items()}


# Many replications side by side, each kept as soon as it is done.

SUBTLE = "subtle"
"""All controls that components name for themselves."""
BATCH = 10
"""Replications that a process takes on at a time; it compiles a component once."""


class _Kept(Kept):
    """A replication as it is kept; None for a diagnostic that is no number."""

    rank: Annotated[dict[str, Annotated[int, Field(ge=0, lt=RANKS)]], Field(min_length=1)]
    max_rhat: float | None
    min_ess: float | None
    divergences: Annotated[int, Field(ge=0)]

    def replication(self) -> Replication:
        numbers = {name: float("nan") if (value := getattr(self, name)) is None else value for name in ("max_rhat", "min_ess")}
        return Replication(rank=self.rank, divergences=self.divergences, **numbers)


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
        The two outcomes of the next election, or the one that governs while the term runs.
    control : str, optional
        Name of the control, where the simulated model is deliberately another than the one refitted.
    """

    name: str
    shape: ComponentData
    priors: PriorSet
    seed: int
    futures: tuple[Future, ...]
    control: str | None = None

    @property
    def label(self) -> str:
        """The component, and its control."""
        return self.name if self.control is None else f"{self.name}, {self.control}"

    @property
    def told(self) -> str:
        """What is wrong about the control."""
        if self.control == COARSE:
            return f"scales times {WRONG_SCALE:g}, coefficients off by {WRONG_SHIFT:g} prior standard deviations"
        return next((control.told for control in self._controls if control.name == self.control), "nothing")

    @property
    def _controls(self) -> tuple[Control, ...]:
        return controls_of(projecting(self.name), priors_of(self.priors, self.name), self.futures)

    @property
    def folder(self) -> Path:
        """Where its replications are kept; named after everything that decides them."""
        priors = projecting(self.name).generative(priors_of(self.priors, self.name))
        key = identity(self.name, self.shape, priors, replace(settings_of(self.shape), seed=self.seed))
        parts = (self.name, key, hash_of([__name__])[:12], _of_futures(self.futures))
        return cache_directory() / "calibration" / "-".join([*parts, *([self.control] if self.control else [])])

    def path(self, number: int) -> Path:
        """File of one replication."""
        return self.folder / f"{number:05d}.json"


def _of_futures(futures: Sequence[Future]) -> str:
    """Hash of the outcomes."""
    told = [{**vars(one), "midpoint": one.midpoint.tolist(), "covariate": dict(one.covariate)} for one in futures]
    return blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=4).hexdigest()


def studies(panel: Panel, priors: PriorSet, names: Sequence[str], seed: int, futures: tuple[Future, ...], *,
            control: str | None = None) -> list[Study]:
    """One study per component, or one per component and subtle control.

    Parameters
    ----------
    control : str, optional
        ``coarse``, or ``subtle`` for all that the components name.

    Raises
    ------
    InputError
        Where the record lacks what a component is fitted to.
    """
    faults = [Fault(source="command line", where="argument COMPONENTS", expected="a component that the record can tell of",
                    found=f"{name}: {why}", remedy="Leave it out.")
              for name in names if (why := projecting(name).lacking(panel))]
    if faults:
        raise InputError(faults)
    found = []
    for name in names:
        small = controls_of(projecting(name), priors_of(priors, name), futures)
        known = [one.name for one in small] if control == SUBTLE else [control]
        shape = knowing(projecting(name).data(panel), priors_of(priors, name), panel)
        found += [Study(name=name, shape=shape, priors=priors, seed=seed, futures=futures, control=each) for each in known]
    return found


def replications(study: Study, count: int) -> list[Replication]:
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
    component = projecting(study.name)
    priors = component.generative(priors_of(study.priors, study.name))
    for number in numbers:
        found = replicate(component, study.shape, priors, study.futures, number, study.seed, control=study.control)
        known: dict[str, Any] = {name: value if value == value else None for name, value in asdict(found).items()}
        write_kept(study.path(number), _Kept(**known))


# Ranks of what is forecast.

NEXT_TERM, RUNNING_TERM, CONTRAST = "next term: ", "running term: ", "contrast: "
SAME = 1e-9
"""Relative difference up to which quantities are the same but for rounding."""


@dataclass(frozen=True)
class Shocks:
    """Standard normals by name, the same under every outcome."""

    seed: tuple[int, ...]
    rows: int

    def __call__(self, name: str, *shape: int) -> np.ndarray:
        """Standard normals of shape (row, *shape)."""
        return np.random.default_rng([*self.seed, zlib.crc32(name.encode())]).standard_normal((self.rows, *shape))


def projected(component: Component, chains: xr.Dataset, rows: np.ndarray, data: ComponentData, futures: Sequence[Future],
              seed: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The term of the first dyad under the first outcome, and what it is more than under a second, by name, (row,).

    Parameters
    ----------
    chains : xarray.Dataset
        Named parameters (chain, draw, ...), fixed ones as scalars.
    rows : (row,) array of int
        Which draws, counted over all chains one after the other.
    data : ComponentData
        The simulated record as the refit takes it.
    futures : sequence of Future
        One outcome or two.
    seed : tuple of int
        Of the shocks.
    """
    dyads, coord = data.coord.get("dyad", ()), data.coord
    if len(dyads) > 1:
        chains, coord = component.of_dyad(chains, data.coord, dyads[0])
    take, shocks = _take(chains, rows), Shocks(seed, len(rows))
    first, *others = (component.next_term(component.project(take, coord, future, shocks), data) for future in futures)
    term = NEXT_TERM if futures[0].ahead else RUNNING_TERM
    return ({f"{term}{name}": values for name, values in first.items()}
            | {f"{CONTRAST}{name}": values - second[name] for second in others for name, values in first.items()})


def ranks_of(truth: Mapping[str, np.ndarray], draws: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Rank of each true value (1,) among draws (draw,); a contrast that is zero or a multiple of an earlier one has none."""
    found: dict[str, int] = {}
    kept: list[np.ndarray] = []
    for name, values in draws.items():
        whole = np.concatenate([truth[name], values])
        if name.startswith(CONTRAST):
            if np.abs(whole).max() < SAME or any(_proportional(whole, other) for other in kept):
                continue
            kept.append(whole)
        found[name] = int((values < truth[name]).sum())
    return found


def _proportional(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether one is a multiple of the other, up to rounding."""
    at = np.abs(other).argmax()
    return bool(np.abs(one * other[at] - one[at] * other).max() <= SAME * abs(other[at]) * np.abs(one).max())


def _take(chains: xr.Dataset, rows: np.ndarray) -> Take:
    def take(name: str) -> np.ndarray:
        values = chains[name]
        if "draw" not in values.dims:
            return np.broadcast_to(values.to_numpy(), (len(rows), *values.shape))
        found: np.ndarray = in_one_row(values)[rows]
        return found

    return take
