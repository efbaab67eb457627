"""A run directory: manifest, tables, trajectories, posteriors, figures, page."""

import hashlib
import platform
from collections.abc import Mapping
from concurrent.futures import Executor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

import forecast
from forecast.components.registry import PROJECTING
from forecast.evaluation.administration import MAIN_WEIGHTS
from forecast.evaluation.equivalence import load_equivalence
from forecast.outputs import MANIFEST, output_directory
from forecast.pipeline.chain import Progress, Run, compute
from forecast.pipeline.request import Inputs, Request
from forecast.pipeline.saving import Saving
from forecast.posterior import store
from forecast.posterior.pool import weights
from forecast.report import archive
from forecast.report.backtest.section import load_section
from forecast.report.content import Relation, ReportContent
from forecast.report.run_report import write_report
from forecast.simulation.relation_index import history, relation_index

PACKAGES = ("numpy", "scipy", "pymc", "pytensor", "nutpie", "arviz", "numba", "xarray", "pandas", "pyarrow")
ASSUMED = tuple(("frequency", name) for name in ("term_persistence", "type_correlation", "president_correlation", "discount",
                                                  "trend_damping", "state_persistence", "state_loading"))
STEPS = 12  # files and figures that the progress of the stage "write" counts, about


def run_to(directory: Path, inputs: Inputs, request: Request, progress: Progress,
           helper: Executor | None = None) -> Run:
    """Compute everything and write a run directory, whole or not at all; the place is checked first (raises InputError).

    A `helper` from :func:`forecast.report.studio.studio` computes some of the tables and draws some of the figures.
    """
    read = [*inputs.files.values(), request.data, request.backtest]
    with output_directory(directory, "run", read) as folder, Saving(folder / "trajectories", inputs.scenarios) as saving:
        run = compute(inputs, request, progress, saving.keep, helper)
        write(run, request, folder, progress, helper)
    return run


def write(run: Run, request: Request, folder: Path, progress: Progress, helper: Executor | None = None) -> None:
    """Write everything of a run but its trajectories into a folder; the manifest comes last."""
    manifest = describe(run, request)
    step = 0

    def tell(_: str) -> None:
        nonlocal step
        step += 1
        progress("write", min(step, STEPS), STEPS)

    archive.write_table(run.tables.summary, folder / "summary.csv")
    archive.write_table(run.tables.contrast, folder / "contrast.csv")
    for name, table in vars(run.administration).items():
        archive.write_table(table, folder / f"{name}.csv")
    if not run.answers.answer.empty:
        for name, table in (("questions", run.answers.answer), ("questions_contrast", run.answers.contrast),
                            ("questions_past", run.answers.past)):
            archive.write_table(table, folder / f"{name}.csv")
    files = {name: store.path_of(name, one.key) for name, one in run.posterior.items()}
    archive.copy_posteriors(files, folder / "posterior")
    write_report(_content(run, request, manifest), folder, tell, helper)
    archive.write_manifest(manifest, folder / MANIFEST)
    progress("write", STEPS, STEPS)


def describe(run: Run, request: Request) -> dict[str, Any]:
    """Everything that decides the numbers of a run, and how the fits went."""
    inputs = run.inputs
    packages = {"forecast": forecast.__version__, "python": platform.python_version()}
    return {
        "dyad": inputs.panel.dyad[0],
        "partner": inputs.panel.partner[0],
        "data_version": inputs.data_version,
        "measure": "recorded contacts; contact_estimated adds those that leave no record",
        "seed": request.seed,
        "paths": run.futures.paths,
        "paths_held": next(iter(run.trajectories.values())).sizes["path"],
        "as_of": inputs.panel.as_of.isoformat(),
        "priors": inputs.priors.name,
        "scenarios": [one.model_dump(mode="json") for one in inputs.scenarios.values()],
        "gates": {name: one.gates.as_dict() for name, one in run.posterior.items()},
        "posterior": {name: {"identity": one.key, "reused": one.reused} for name, one in run.posterior.items()},
        "pool": {name: round(weight, 4) for name, weight in weights(run.posterior).items()},
        "equivalence": load_equivalence().rate.model_dump(mode="json"),
        "assumptions": [_assumption(run, *where) for where in ASSUMED],
        "versions": packages | {name: version(name) for name in PACKAGES},
        "hashes": _hashes(run),
        "seconds": {stage: round(value, 2) for stage, value in run.seconds.items()},
    }


def _assumption(run: Run, component: str, parameter: str) -> dict[str, str]:
    prior = run.inputs.priors.component[component][parameter]
    arguments = ", ".join(f"{name} {value:g}" for name, value in prior.arguments().items())
    return {"name": parameter.replace("_", " "), "value": f"{prior.distribution.replace('_', ' ')} ({arguments})",
            "reason": prior.reason}


def _hashes(run: Run) -> dict[str, str]:
    """SHA-256 of every file that went in, by a name that says nothing of the machine."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in run.inputs.files.items()}


def _content(run: Run, request: Request, manifest: Mapping[str, Any]) -> ReportContent:
    profile = {name: PROJECTING[name].profile(one.draws) for name, one in run.forecaster.items()}
    return ReportContent(
        panel=run.inputs.panel, trajectories=run.trajectories, summary=run.tables.summary,
        contrast=run.tables.contrast, administration=run.administration, agenda=profile["agenda"]["mix"],
        effectiveness=profile["effectiveness"]["share"], media=profile["media"], relation=_relation(run),
        questions=run.answers.answer, questions_contrast=run.answers.contrast, manifest=manifest,
        backtest=load_section(request.backtest) if request.backtest else None)


def _relation(run: Run) -> Relation:
    """The relation index month by month, past and future, under every set of weights."""
    past = [history(run.inputs.panel, one).to_dataframe(name="value").reset_index().assign(weights=name)
            for name, (one, _) in run.weights.items()]
    future = {name: {scenario: _monthly(paths, *weight) for scenario, paths in run.trajectories.items()}
              for name, weight in run.weights.items()}
    return Relation(main=MAIN_WEIGHTS, history=pd.concat(past, ignore_index=True), future=future)


def _monthly(paths: xr.Dataset, weights: Any, base: float) -> xr.DataArray:
    count = paths["contact"].transpose("path", "month", "rank", "outcome")
    index = relation_index(count.to_numpy(), weights, base=base) / paths["month_share"].to_numpy()
    return xr.DataArray(index, dims=("path", "month"), coords={"month": paths["month"], "path": paths["path"]})
