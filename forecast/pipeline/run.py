"""From checked inputs to a run directory: manifest, tables, trajectories, posteriors, figures, page."""

import platform
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import forecast
from forecast import shipped
from forecast.components.administration import decade
from forecast.components.registry import BESIDE, COMPONENT, CONTACTS, OUTCOME, PAGES, POLES, PROJECTING, TOPICS
from forecast.console import Progress
from forecast.dims import MONTH
from forecast.errors import GateError
from forecast.evaluation.administration import MAIN_WEIGHTS, AdministrationTables, administration_tables, drift_table
from forecast.evaluation.contrast import load_equivalence
from forecast.evaluation.poles import PoleTables, pole_tables
from forecast.evaluation.quantity import OF_LISTS
from forecast.evaluation.questions import Answers
from forecast.evaluation.summary import Tables
from forecast.evaluation.two_terms import TwoTerms
from forecast.evaluation.update import Update
from forecast.outputs import MANIFEST, output_directory
from forecast.panel import Panel
from forecast.pipeline.archive import machine, program_digest
from forecast.pipeline.condition import kept_of_held
from forecast.pipeline.futures import HELD, TABLES, Futures, Keep, Saving, both_terms, futures
from forecast.pipeline.request import Inputs, Request, weights_with_base
from forecast.pipeline.scenario import answer
from forecast.posterior import store
from forecast.posterior.fit import plan, pole_priors, posteriors, seen_from
from forecast.posterior.pool import pooled, weights
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.report import files as archive
from forecast.report.backtest_page import load_section
from forecast.report.columns import RELATION, write_dictionary
from forecast.report.content import Balance, Relation, ReportContent
from forecast.report.language import ENGLISH, speaking
from forecast.report.run import audit, write_printed_tables, write_report
from forecast.report.sliders import load_sweep
from forecast.simulation.prepare import laid_out
from forecast.simulation.relation_index import WeightSet, load_index, record_index, relation_index
from forecast.simulation.uncertainty_sources import load_compiled

# From checked inputs to posteriors, trajectories and tables, in memory.

@dataclass(frozen=True, kw_only=True)
class Run:
    """All results of a run, in memory; `posterior` by fitted component, `forecaster` with pools in place of their members.

    Of a term that runs, `update` is what has changed since the eve of its election; `two_terms` is there where a second term is
    asked for.
    """

    inputs: Inputs
    posterior: Mapping[str, Posterior]
    forecaster: Mapping[str, Posterior]
    futures: Futures
    administration: AdministrationTables
    poles: PoleTables
    answers: Answers
    weights: Mapping[str, tuple[WeightSet, float]]
    seconds: Mapping[str, float]
    update: Update | None = None
    two_terms: TwoTerms | None = None

    @property
    def tables(self) -> Tables:
        """Over all futures."""
        return self.futures.tables

    @property
    def trajectories(self) -> Mapping[str, xr.Dataset]:
        """The futures that are held in memory, by scenario."""
        return self.futures.trajectories


def fit(inputs: Inputs, request: Request, progress: Progress) -> dict[str, Posterior]:
    """Posteriors of all components and of those beside the record of contacts, from the cache where possible.

    Raises
    ------
    GateError
        Where one failed a gate and the request does not ask to go on.
    """
    settings = SamplerSettings(seed=request.seed)
    jobs = plan(inputs.panel, inputs.priors, settings, draws=request.draws, elsewhere=inputs.elsewhere)
    if inputs.poles is not None:
        jobs += plan(inputs.panel, pole_priors(), settings, draws=request.draws, names=BESIDE)
    return passed(posteriors(jobs, lambda name, done, total: progress(f"fit {name}", done, total)), request)


def passed(found: dict[str, Posterior], request: Request) -> dict[str, Posterior]:
    """Posteriors of which none failed a gate, or all the same where the request asks for it (raises GateError)."""
    failed = {name: one.gates.failures for name, one in found.items() if one.gates.failures}
    if failed and not request.ignore_gates:
        text = "; ".join(f"{name}: {', '.join(failures)}" for name, failures in failed.items())
        raise GateError(f"Posterior failed its convergence gates: {text}. Ask for more draws (--draws), or use it "
                        "all the same with --ignore-gates; every output is then marked.")
    return found


def compute(inputs: Inputs, request: Request, progress: Progress, keep: Keep = lambda *_: None,
            helper: Executor | None = None, posterior: dict[str, Posterior] | None = None) -> Run:
    """Go from checked inputs to tables, without writing anything.

    `keep` is given the trajectories of each scenario as soon as they exist, block by block. What does not need them is computed
    by the `helper`, if there is one, while they are simulated. Components are fitted where no `posterior` is given.
    """
    clock, seconds = perf_counter(), {}

    def lap(stage: str, table: int | None = None) -> None:
        nonlocal clock
        seconds[stage], clock = perf_counter() - clock, perf_counter()
        if table:
            progress("tables", table, TABLES)

    weights = weights_with_base(inputs.panel)  # may refuse the record: before anything long
    posterior = posterior or fit(inputs, request, progress)
    forecaster = pooled(posterior, inputs.panel.dyad[0])
    lap("fit")
    some, ready = {"paths": min(request.paths, HELD), "seed": request.seed}, _shared(forecaster)
    about = _meanwhile(helper, administration_tables, ready, inputs.panel, inputs.priors.component,
                       inputs.scenarios, inputs.elections, inputs.elsewhere, weights[MAIN_WEIGHTS][0], **some)
    # the drift stopped at the end of the record: a question to terms that are wholly to come
    drift = None if inputs.running else _meanwhile(helper, drift_table, ready[CONTACTS], inputs.scenarios, inputs.elections,
                                                   **some)
    found = futures(inputs, ready, weights, request, progress, keep)
    replies = answer(inputs, found.answered)
    lap("simulate", 1)
    poles = pole_tables(ready.get(POLES), inputs.panel, inputs.poles, inputs.scenarios, inputs.elections, **some,
                        known=found.meetings)
    lap("poles", 2)
    administration = about()
    if drift is not None:
        progress("tables", 3, TABLES)
        administration = replace(administration, drift=drift())
    lap("administration", TABLES)
    both = both_terms(inputs, ready, found.paths, request, progress)
    if both:
        lap("two terms")
    return Run(inputs=inputs, posterior=posterior, forecaster=forecaster, futures=found, administration=administration,
               poles=poles, answers=replies, weights=weights, seconds=seconds, two_terms=both)


def only_futures(inputs: Inputs, request: Request, progress: Progress) -> Futures:
    """Futures of checked inputs without tables of administrations and poles, for what asks of nothing else.

    Raises
    ------
    InputError, GateError
        As :func:`compute`.
    """
    weights = weights_with_base(inputs.panel)  # may refuse the record: before anything long
    forecaster = pooled(fit(inputs, request, progress), inputs.panel.dyad[0])
    return futures(inputs, forecaster, weights, request, progress, lambda *_: None)


def _shared(forecaster: Mapping[str, Posterior]) -> dict[str, Posterior]:
    """Posteriors with all that branches of this process would each make for themselves: machine code, and draws for paths."""
    load_compiled()
    ready = laid_out(forecaster)
    for name in (CONTACTS, TOPICS):
        ready[name].taker()
    return ready


def _meanwhile[T](helper: Executor | None, call: Callable[..., T], *given: object, **named: object) -> Callable[[], T]:
    """Begin a computation in another process, or put it off; call what is returned for its result."""
    return helper.submit(call, *given, **named).result if helper else partial(call, *given, **named)


# A run directory.

PACKAGES = ("numpy", "scipy", "pymc", "pytensor", "nutpie", "arviz", "numba", "xarray", "pandas", "pyarrow")


def run_to(directory: Path, inputs: Inputs, request: Request, progress: Progress,
           helper: Executor | None = None) -> Run:
    """Compute everything and write a run directory, whole or not at all; the place is checked first (raises InputError).

    A `helper` from :func:`forecast.report.run.figure_worker` computes some of the tables and draws some of the figures.
    """
    with output_directory(directory, "run", _read(inputs, request)) as folder:
        with Saving(folder, inputs.scenarios) as saving:
            run = compute(inputs, request, progress, saving.keep, helper)
        write(run, request, folder, progress, helper)
    return run


def write_to(directory: Path, run: Run, request: Request, blocks: Iterable[tuple[str, xr.Dataset]], progress: Progress) -> None:
    """Write the run directory of a run that was computed, whole or not at all.

    Parameters
    ----------
    blocks : iterable of (str, Dataset)
        What :func:`compute` gave to its `keep`, in that order.

    Raises
    ------
    InputError
        Where the place must not or cannot be written.
    """
    with output_directory(directory, "run", _read(run.inputs, request)) as folder:
        with Saving(folder, run.inputs.scenarios) as saving:
            for name, paths in blocks:
                saving.keep(name, paths)
        write(run, request, folder, progress)


def _read(inputs: Inputs, request: Request) -> list[Path | None]:
    """What a run reads, none of which it may replace."""
    return [*inputs.files.values(), request.data, request.backtest, request.sweep, request.elections]


def write(run: Run, request: Request, folder: Path, progress: Progress, helper: Executor | None = None) -> None:
    """Write everything of a run but its trajectories into a folder; the manifest comes last."""
    manifest = run_manifest(run, request)
    step = 0

    def tell(_: str, things: int) -> None:
        nonlocal step
        step += 1
        progress("write", step, things + 1)

    progress("write", 0, 1)
    content = content_of(run, request, manifest)
    archive.write_tables(tables_of(run), folder)
    archive.copy_posteriors(posterior_files(run), folder / "posterior")
    for name in run.trajectories:
        future = {weights: found[name] for weights, found in content.relation.future.items()}
        archive.write_relation(future, folder / RELATION.format(scenario=name))
    with speaking(request.lang):
        if request.figures:
            write_report(content, folder, tell, helper)
        else:
            audit(content)
            write_printed_tables(content, folder, tell)
    write_dictionary(folder)
    archive.write_manifest(manifest, folder / MANIFEST)
    progress("write", step + 1, step + 1)


def tables_of(run: Run) -> dict[str, pd.DataFrame]:
    """The tables of a run by the names of their CSV files; those of questions where some are asked."""
    asked = {"questions": run.answers.answer, "questions_contrast": run.answers.contrast, "questions_past": run.answers.past}
    balance = {name: table for name, table in vars(run.poles).items() if not table.empty}
    return {"summary": run.tables.summary, "contrast": run.tables.contrast, **vars(run.administration), **balance,
            **({} if run.answers.answer.empty else asked), **(run.update.tables if run.update else {}),
            **(run.two_terms.tables if run.two_terms else {})}


def posterior_files(run: Run) -> dict[str, Path]:
    """Where the posterior of every component is stored."""
    return {name: store.path_of(name, one.key) for name, one in run.posterior.items()}


def run_manifest(run: Run, request: Request) -> dict[str, Any]:
    """Everything that decides the numbers of a run, what its dyad calls its codes, and how the fits went."""
    inputs = run.inputs
    own = inputs.panel.about[0].own_labels
    packages = {"forecast": forecast.__version__, "python": platform.python_version()}
    return {
        "dyad": inputs.panel.dyad[0],
        "home": inputs.panel.about[0].home,
        "partner": inputs.panel.partner[0],
        **({"labels": {listed: dict(labels) for listed, labels in own.items()}} if own else {}),
        "data_version": inputs.data_version,
        "measure": "recorded contacts" + ("; contact_estimated adds those that leave no record"
                                          if set(OF_LISTS) & set(run.tables.summary["quantity"]) else ""),
        "seed": request.seed,
        "paths": run.futures.paths,
        "paths_held": next(iter(run.trajectories.values())).sizes["path"],
        "as_of": inputs.panel.as_of.isoformat(),
        "priors": inputs.priors.name,
        "between": inputs.between,
        "running": {name: one.last.isoformat() for name, one in inputs.running.items()},
        "estimated_from": {section: list(panel.records) for section, panel in inputs.elsewhere.items()},
        "scenarios": [one.model_dump(mode="json") for one in inputs.scenarios.values()],
        **({"then": [one.model_dump(mode="json") for one in inputs.then.scenarios.values()]} if inputs.then.pairs else {}),
        "gates": {name: one.gates.as_dict() for name, one in run.posterior.items()},
        "posterior": {name: {"identity": one.key, "reused": one.reused} for name, one in run.posterior.items()},
        "pool": {name: round(weight, 4) for name, weight in weights(seen_from(run.posterior, run.inputs.panel.dyad[0])).items()},
        "equivalence": load_equivalence().rate.model_dump(mode="json"),
        "assumptions": [_assumption(run, *where) for where in _stated(run)],
        "versions": packages | {name: version(name) for name in PACKAGES},
        "hashes": inputs.hashes,
        "seconds": {stage: round(value, 2) for stage, value in run.seconds.items()},
        "request": _asked(request, inputs),
        "program_digest": program_digest(),
        "machine": machine(),
    }


def _asked(request: Request, inputs: Inputs) -> dict[str, Any]:
    """What of a request the rest of the manifest does not say, for whoever repeats the run."""
    named = ("paths", "paths_asked", "precision", "draws", "all_paths", "alone", "ignore_gates", "figures")
    ships = shipped.dyads().get(inputs.panel.dyad[0])
    own = request.data is not None and (ships is None or request.data.resolve() != ships.resolve())
    told = {} if request.lang == ENGLISH else {"lang": request.lang}
    return {**{name: getattr(request, name) for name in named}, "own_data": own, **told}


def _stated(run: Run) -> list[tuple[str, str]]:
    """Section and parameter of every prior that a run states as an assumption, each once."""
    fitted = {**COMPONENT, **{name: one for name, one in BESIDE.items() if name in run.posterior}}
    return list(dict.fromkeys((one.section, parameter) for one in fitted.values() for parameter in one.stated))


def _assumption(run: Run, section: str, parameter: str) -> dict[str, str]:
    prior = {**run.inputs.priors.component, **pole_priors().component}[section][parameter]
    arguments = ", ".join(f"{name} {value:g}" for name, value in prior.arguments().items())
    name = f"{section} {parameter}" if section in BESIDE else parameter
    return {"name": name.replace("_", " "), "value": f"{prior.distribution.replace('_', ' ')} ({arguments})",
            "reason": prior.reason}


def content_of(run: Run, request: Request, manifest: Mapping[str, Any]) -> ReportContent:
    """What the report and its figures are made of."""
    profile = profiles({name: run.forecaster[name].draws for name in (TOPICS, OUTCOME, PAGES)}, run.trajectories)
    return ReportContent(
        panel=run.inputs.panel, trajectories=run.trajectories, summary=run.tables.summary,
        contrast=run.tables.contrast, administration=run.administration, agenda=profile[TOPICS]["mix"],
        effectiveness=profile[OUTCOME]["share"], media=profile[PAGES], relation=_relation(run),
        questions=run.answers.answer, questions_contrast=run.answers.contrast,
        winners=next(iter(run.inputs.elections.values())).outcomes, manifest=manifest,
        backtest=load_section(request.backtest) if request.backtest else None,
        sweep=load_sweep(request.sweep) if request.sweep else None,
        poles=Balance(record=run.inputs.poles, **vars(run.poles)) if run.inputs.poles else None, update=run.update,
        two_terms=run.two_terms,
        kept=kept_of_held(run, request.seed) if request.figures else {})  # for the page alone


def profiles(draws: Mapping[str, xr.Dataset], trajectories: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """Quantities by type of administration, which figures show beside the futures, at the middle of the horizon as these are."""
    month = pd.DatetimeIndex(next(iter(trajectories.values()))[MONTH].values)
    ahead = float(decade(np.mean(month.year + (month.month - 0.5) / 12)))
    return {name: PROJECTING[name].profile(PROJECTING[name].at(one, ahead)) for name, one in draws.items()}


def past_relation(panel: Panel, weights: Mapping[str, tuple[WeightSet, float]]) -> pd.DataFrame:
    """The relation index of the record month by month, under every set of weights: month, value, weights."""
    return pd.concat([record_index(panel, one).to_dataframe(name="value").reset_index().assign(weights=name)
                      for name, (one, _) in weights.items()], ignore_index=True)


def _relation(run: Run) -> Relation:
    """The relation index month by month, past and future, under every set of weights."""
    future = {name: {scenario: _monthly(paths, *weight) for scenario, paths in run.trajectories.items()}
              for name, weight in run.weights.items()}
    return Relation(main=MAIN_WEIGHTS, history=past_relation(run.inputs.panel, run.weights), future=future,
                    base=run.weights[MAIN_WEIGHTS][0].base or load_index().base)


def _monthly(paths: xr.Dataset, weights: Any, base: float) -> xr.DataArray:
    count = paths["contact"].transpose("path", "month", "rank", "outcome")
    index = relation_index(count.to_numpy(), weights, base=base) / paths["month_share"].to_numpy()
    return xr.DataArray(index, dims=("path", "month"), coords={"month": paths["month"], "path": paths["path"]})
