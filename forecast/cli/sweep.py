"""``forecast sweep``: many variants of scenarios, and which assumptions matter."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import (
    MOST_PROCESSES,
    Alone,
    Data,
    Dyads,
    Priors,
    Quiet,
    RegionName,
    Seed,
    faults,
    one_dyad,
    progress_bars,
    writing,
)
from forecast.console import say
from forecast.shipped import CASE

if TYPE_CHECKING:
    import pandas as pd

    from forecast.evaluation.sweep import Sweep

EPILOG = (
    "Examples: forecast sweep scenarios/sweeps/ceasefire.yaml --out ceasefire | forecast sweep my_sweep.yaml --scheduler "
    "tcp://127.0.0.1:8786")


def sweep(
    file: Annotated[Path, typer.Argument(metavar="SWEEP", help="Sweep file (YAML).")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the tables and the figure.")] = Path("sweep"),
    scheduler: Annotated[str | None, typer.Option(
        help="Address of a Dask scheduler; its workers must see the same cache. Default: processes of this machine.",
        show_default=False)] = None,
    workers: Annotated[int | None, typer.Option(
        min=1, max=MOST_PROCESSES, help="Processes. Default: all processors.", show_default=False)] = None,
    priors: Priors = "default", data: Data = None, dyad: Dyads = None, region: RegionName = None, seed: Seed = CASE.seed,
    alone: Alone = False, quiet: Quiet = False,
) -> None:
    """Vary assumptions over a grid or a Sobol sample and say which of them matter for what.

    Every twenty points are kept as soon as they are done; an interrupted sweep goes on where it was and gives the same bytes.
    """
    with faults():
        record = one_dyad(data, dyad, region)
        with writing(out, "sweep", [file, priors, record]) as folder:
            from forecast.pipeline import Request
            from forecast.pipeline.sweep import check_scheduler, plan, run

            if scheduler:
                check_scheduler(scheduler)
            with progress_bars(quiet) as progress:
                given = plan(file, Request(priors=priors, data=record, seed=seed, alone=alone), progress)
                table, errors = run(given, progress, scheduler, workers)
            lines = [*_tables(given.sweep, table, errors, folder, out),
                     *_indices(given.sweep, table.iloc[:, len(given.sweep.vary):], folder, out, seed)]
        say("\n".join(lines))


def _tables(sweep: "Sweep", table: "pd.DataFrame", errors: "pd.DataFrame", folder: Path, out: Path) -> list[str]:
    """Write the points; what is to be said of them."""
    from forecast.evaluation.sweep import noise
    from forecast.report.files import write_table

    write_table(table, folder / "points.csv")
    write_table(errors, folder / "points_mcse.csv")
    told = noise(table.iloc[:, len(sweep.vary):], errors.iloc[:, len(sweep.vary):], sweep.paths)
    return [f"Written: {out}/points.csv and points_mcse.csv, {len(table)} points.", *(f"- {sentence}" for sentence in told)]


def _indices(sweep: "Sweep", quantities: "pd.DataFrame", folder: Path, out: Path, seed: int) -> list[str]:
    """Write which assumptions matter, where the design tells; what is to be said of it."""
    from forecast.evaluation.sweep import sensitivity, sentences
    from forecast.report.figures.assumptions import draw_sweep, shown
    from forecast.report.files import write_table
    from forecast.report.style import save_figure

    if sweep.design != "sobol":
        return []
    indices = sensitivity(sweep, quantities, seed)
    write_table(indices, folder / "sensitivity.csv")
    if indices.empty:
        return ["Nothing that was measured depends on the assumptions."]
    save_figure(draw_sweep(indices, sweep.title), folder, "sensitivity")
    return [*(f"- {sentence}" for sentence in sentences(indices[indices["quantity"].isin(shown(indices))])),
            f"Written: {out}/sensitivity.csv, sensitivity.pdf, .svg, .png"]
