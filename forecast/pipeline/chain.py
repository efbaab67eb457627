"""From checked inputs to posteriors, trajectories and tables, in memory."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import xarray as xr

from forecast.errors import GateError
from forecast.evaluation.administration import MAIN_WEIGHTS, Administration, administration_tables
from forecast.evaluation.questions.answer import Answers
from forecast.evaluation.tables import Tables
from forecast.pipeline.futures import HELD, Futures, Keep, Progress, futures
from forecast.pipeline.questions import answer
from forecast.pipeline.request import Inputs, Request
from forecast.pipeline.together import weights_with_base
from forecast.posterior.fit import plan, posteriors
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.simulation.relation_index import WeightSet


@dataclass(frozen=True, kw_only=True)
class Run:
    """All results of a run, in memory; `posterior` by fitted component, `forecaster` with pools in place of their members."""

    inputs: Inputs
    posterior: Mapping[str, Posterior]
    forecaster: Mapping[str, Posterior]
    futures: Futures
    administration: Administration
    answers: Answers
    weights: Mapping[str, tuple[WeightSet, float]]
    seconds: Mapping[str, float]

    @property
    def tables(self) -> Tables:
        """Over all futures."""
        return self.futures.tables

    @property
    def trajectories(self) -> Mapping[str, xr.Dataset]:
        """The futures that are held in memory, by scenario."""
        return self.futures.trajectories


def fit(inputs: Inputs, request: Request, progress: Progress) -> dict[str, Posterior]:
    """Posteriors of all components, from the cache where possible.

    Raises
    ------
    GateError
        Where one failed a gate and the request does not ask to go on.
    """
    settings = SamplerSettings(seed=request.seed)
    found = posteriors(plan(inputs.panel, inputs.priors, settings, draws=request.draws),
                       lambda name, done, total: progress(f"fit {name}", done, total))
    failed = {name: one.gates.failures for name, one in found.items() if one.gates.failures}
    if failed and not request.ignore_gates:
        text = "; ".join(f"{name}: {', '.join(failures)}" for name, failures in failed.items())
        raise GateError(f"Posterior failed its convergence gates: {text}. Ask for more draws (--draws), or use it "
                        "all the same with --ignore-gates; every output is then marked.")
    return found


def compute(inputs: Inputs, request: Request, progress: Progress, keep: Keep = lambda *_: None,
            helper: Executor | None = None) -> Run:
    """Go from checked inputs to tables, without writing anything.

    `keep` is given the trajectories of each scenario as soon as they exist, block by block. What does not need them is computed
    by the `helper`, if there is one, while they are simulated.
    """
    clock, seconds = perf_counter(), {}

    def lap(stage: str) -> None:
        nonlocal clock
        seconds[stage], clock = perf_counter() - clock, perf_counter()

    weights = weights_with_base(inputs.panel)  # may refuse the record: before anything long
    posterior = fit(inputs, request, progress)
    forecaster = pooled(posterior)
    lap("fit")
    about = _meanwhile(helper, administration_tables, forecaster, inputs.panel, inputs.priors.component, inputs.scenarios,
                       inputs.elections, weights[MAIN_WEIGHTS][0], paths=min(request.paths, HELD), seed=request.seed)
    found = futures(inputs, forecaster, weights, request, progress, keep)
    replies = answer(inputs, found.answered)
    lap("simulate")
    administration = about()
    lap("administration")
    return Run(inputs=inputs, posterior=posterior, forecaster=forecaster, futures=found, administration=administration,
               answers=replies, weights=weights, seconds=seconds)


def _meanwhile[T](helper: Executor | None, call: Callable[..., T], *given: object, **named: object) -> Callable[[], T]:
    """Begin a computation in another process, or put it off; call what is returned for its result."""
    return helper.submit(call, *given, **named).result if helper else partial(call, *given, **named)

