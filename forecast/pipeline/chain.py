"""From checked inputs to posteriors, trajectories and tables, in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

import xarray as xr

from forecast.errors import GateError
from forecast.evaluation.administration import MAIN_WEIGHTS, Administration, administration_tables
from forecast.evaluation.questions.answer import Answers
from forecast.evaluation.tables import Tables, tables
from forecast.pipeline.questions import answer
from forecast.pipeline.request import Inputs, Request
from forecast.pipeline.together import weights_with_base
from forecast.posterior.fit import plan, posteriors
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.simulation.assemble import draws_of, parameters_of
from forecast.simulation.engine import calendar_of, simulate
from forecast.simulation.expected import expected_values
from forecast.simulation.relation_index import WeightSet

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how much of it is done, and how much there is."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """All results of a run, in memory; `posterior` by fitted component, `forecaster` with pools in place of their members."""

    inputs: Inputs
    posterior: Mapping[str, Posterior]
    forecaster: Mapping[str, Posterior]
    trajectories: Mapping[str, xr.Dataset]
    tables: Tables
    administration: Administration
    answers: Answers
    weights: Mapping[str, tuple[WeightSet, float]]
    seconds: Mapping[str, float]


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


def compute(inputs: Inputs, request: Request, progress: Progress,
            keep: Callable[[str, xr.Dataset], object] = lambda *_: None) -> Run:
    """Go from checked inputs to tables, without writing anything.

    `keep` is given the trajectories of each scenario as soon as they exist.
    """
    clock, seconds = perf_counter(), {}

    def lap(stage: str) -> None:
        nonlocal clock
        seconds[stage], clock = perf_counter() - clock, perf_counter()

    weights = weights_with_base(inputs.panel)  # may refuse the record: before anything long
    posterior = fit(inputs, request, progress)
    forecaster = pooled(posterior)
    lap("fit")
    trajectories, expected, matched = {}, {}, {}
    for name in inputs.scenarios:
        trajectories[name], expected[name] = _project(inputs, forecaster, name, request, progress)
        matched[name] = trajectories[name]["match"]
        trajectories[name] = trajectories[name].drop_vars(["match", "question"])
        keep(name, trajectories[name])
    lap("simulate")
    summary = tables(trajectories, expected, weights, draws_of(forecaster))
    replies = answer(inputs, matched, draws_of(forecaster))
    lap("summarise")
    about = administration_tables(forecaster, inputs.panel, inputs.priors.component, inputs.scenarios, inputs.elections,
                                  weights[MAIN_WEIGHTS][0], paths=request.paths, seed=request.seed)
    lap("administration")
    return Run(inputs=inputs, posterior=posterior, forecaster=forecaster, trajectories=trajectories, tables=summary,
               administration=about, answers=replies, weights=weights, seconds=seconds)


def _project(inputs: Inputs, posterior: Mapping[str, Posterior], name: str, request: Request,
             progress: Progress) -> tuple[xr.Dataset, dict[str, xr.DataArray]]:
    """Trajectories of one scenario, and its expected values given the parameters."""
    scenario, election = inputs.scenarios[name], inputs.elections[name]
    given = parameters_of(posterior, scenario.chances, election, request.seed)
    shared = {"paths": request.paths, "seed": request.seed, "term_start": election.term_start}
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(f"simulate {name}", done, request.paths)

    paths = simulate(given, scenario, **shared, threads=request.threads, progress=tell)
    share = calendar_of(scenario, election.term_start).exposure.sum(axis=1) * 12
    expected = expected_values(given, scenario, **shared)
    return paths.assign(month_share=("month", share)).assign_attrs(dyad=inputs.panel.dyad[0]), expected
