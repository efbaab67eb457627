"""``forecast calibrate``: simulation-based calibration of the components."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults, progress_bars
from forecast.commands.options import MOST_DRAWS, MOST_PROCESSES, AsOf, Data, Priors, Quiet, Seed
from forecast.commands.writing import keep_earlier, writing
from forecast.console import console

if TYPE_CHECKING:
    from forecast.pipeline.calibrate import Calibration

EPILOG = ("Examples: forecast calibrate | forecast calibrate agenda media --simulations 400 --out calibration | "
          "forecast calibrate --control --simulations 60")


def calibrate(
    components: Annotated[list[str] | None, typer.Argument(help="Components. Default: all.", show_default=False)] = None,
    simulations: Annotated[int, typer.Option(min=20, max=MOST_DRAWS, help="Replications per component.")] = 200,
    control: Annotated[bool, typer.Option("--control", help="Simulate from a model that is deliberately another than the one "
                                                            "refitted: the tests must reject it.")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the tables and the rank figure.")] = Path("calibration"),
    priors: Priors = "default", data: Data = None, as_of: AsOf = None, seed: Seed = 20241104,
    workers: Annotated[int | None, typer.Option(
        min=1, max=MOST_PROCESSES, help="Processes. Default: all processors.", show_default=False)] = None,
    quiet: Quiet = False,
) -> None:
    """Check that simulation, model and sampler agree: parameters from the priors, data from them, and the ranks of the truth.

    Every replication is kept as it finishes; an interrupted study goes on where it was. Exit code 1 where ranks are not
    uniform, or where the control is not rejected.
    """
    with faults():
        with writing(out, "calibrate", [priors, data]) as folder:
            from forecast.errors import GateError
            from forecast.pipeline import Request, read
            from forecast.pipeline.calibrate import calibrate as study

            names = _known(components)
            inputs = read(Request(priors=priors, data=data, seed=seed, as_of=as_of.date() if as_of else None))
            with progress_bars(quiet) as progress:
                found = study(inputs, names, simulations, seed, progress, control=control, workers=workers)
            _write(found, folder, control)
            keep_earlier(out, folder, "calibration*" if control else "control*")
        _print(found, control)
        wrong = found.summary.loc[found.summary["uniform"] == control, "component"]
        if len(wrong):
            what = "The control was not rejected for" if control else "Ranks are not uniform for"
            raise GateError(f"{what} {', '.join(wrong)}.")


def _known(components: list[str] | None) -> list[str]:
    from forecast.components.registry import COMPONENT
    from forecast.errors import Fault, InputError, nearest

    unknown = [name for name in components or () if name not in COMPONENT]
    if unknown:
        raise InputError([Fault(source="command line", where="argument COMPONENTS", expected=f"one of {', '.join(COMPONENT)}",
                                found=f"'{name}'", remedy=nearest(name, COMPONENT)) for name in unknown])
    return list(components or COMPONENT)


def _print(found: "Calibration", control: bool) -> None:
    from rich.table import Table

    table = Table(title="Control: ranks under a wrong model" if control else "Simulation-based calibration: are ranks uniform?")
    for name in ("component", "replications", "quantities", "p, chi-square", "p, ECDF", "p, log likelihood", "verdict"):
        table.add_column(name, justify="left" if name in ("component", "verdict") else "right")
    for row in found.summary.itertuples():
        verdict = "uniform" if row.uniform else "rejected"
        table.add_row(row.component, str(row.replications), str(row.quantities), _p(row.p_chi_square_joint),
                      _p(row.p_ecdf_joint), _p(row.p_log_likelihood), verdict)
    screen = console()
    screen.print(table)
    screen.print("p-values over quantities are the smallest, Holm-adjusted; that of the log likelihood stands by itself. "
                 "Replications with a divergence: "
                 + ", ".join(f"{row.component} {row.with_divergences}" for row in found.summary.itertuples()) + ".",
                 soft_wrap=True)


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _write(found: "Calibration", out: Path, control: bool) -> None:
    from forecast.report.archive import write_table
    from forecast.report.calibration import draw
    from forecast.report.save import save_figure

    name = "control" if control else "calibration"
    write_table(found.table, out / f"{name}.csv")
    write_table(found.summary, out / f"{name}_summary.csv")
    save_figure(draw(found.rank, found.table, found.ranks, control=control), out, name)
