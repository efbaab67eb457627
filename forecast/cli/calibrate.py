"""``forecast calibrate``: simulation-based calibration of the components."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.console import (
    MOST_DRAWS,
    MOST_PROCESSES,
    AsOf,
    Data,
    Dyads,
    Priors,
    Quiet,
    RegionName,
    Seed,
    faults,
    keep_earlier,
    one_dyad,
    progress_bars,
    writing,
)
from forecast.console import console
from forecast.shipped import CASE

if TYPE_CHECKING:
    from forecast.pipeline.fits import Calibration

EPILOG = ("Examples: forecast calibrate | forecast calibrate agenda media --simulations 400 --out calibration | "
                    "forecast calibrate --control coarse --simulations 60 | forecast calibrate frequency_drift --control subtle")


class Control(StrEnum):
    """Which wrong models are refitted."""

    COARSE = "coarse"
    SUBTLE = "subtle"


FILES = {None: "calibration", Control.COARSE: "control", Control.SUBTLE: "subtle"}
"""How the files of each begin."""
TITLE = {None: "Simulation-based calibration: are ranks uniform?", Control.COARSE: "Control: ranks under a grossly wrong model",
         Control.SUBTLE: "Controls: ranks under models that are wrong in one small way"}
KINDS = {"log_likelihood": "log likelihood", "next_term": "next term", "contrast": "contrast"}


def calibrate(
    components: Annotated[list[str] | None, typer.Argument(help="Components. Default: all.", show_default=False)] = None,
    simulations: Annotated[int, typer.Option(min=20, max=MOST_DRAWS, help="Replications per component.")] = 200,
    control: Annotated[Control | None, typer.Option(
        show_default=False, help="Refit another model than the one simulated. coarse: all scales doubled and coefficients "
                                 "off, which the tests must reject. subtle: what each component may get slightly wrong "
                                 "(a persistence, the years of a term), with the power against it.")] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the tables and the rank figure.")] = Path("calibration"),
    priors: Priors = "default", data: Data = None, dyad: Dyads = None, region: RegionName = None, as_of: AsOf = None,
    seed: Seed = CASE.seed,
    workers: Annotated[int | None, typer.Option(
        min=1, max=MOST_PROCESSES, help="Processes. Default: all processors.", show_default=False)] = None,
    quiet: Quiet = False,
) -> None:
    """Check that simulation, model and sampler agree: parameters from the priors, data from them, and the ranks of the truth.

    Every replication is kept as it finishes; an interrupted study goes on where it was. Exit code 1 where ranks are not
    uniform, or where the coarse control is not rejected; a subtle one that passes is told with its power, and no failure.
    """
    with faults():
        record = one_dyad(data, dyad, region)
        with writing(out, "calibrate", [priors, record]) as folder:
            from forecast.errors import GateError
            from forecast.pipeline import Request, read
            from forecast.pipeline.fits import calibrate as study

            names = _known(components)
            inputs = read(Request(priors=priors, data=record, seed=seed, as_of=as_of.date() if as_of else None))
            with progress_bars(quiet) as progress:
                found = study(inputs, names, simulations, seed, progress, control=control, workers=workers)
            _write_calibration(found, folder, control)
            for other in FILES.values():
                if other != FILES[control]:
                    keep_earlier(out, folder, f"{other}*")
        _print_calibration(found, control)
        wrong = found.summary.loc[found.summary["uniform"] == (control is Control.COARSE), "component"]
        if len(wrong) and control is not Control.SUBTLE:
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


def _print_calibration(found: "Calibration", control: Control | None) -> None:
    from rich.table import Table

    table = Table(title=TITLE[control])
    first = "study, and its ranks of" if control else "component, and its ranks of"
    for name in (first, "n", "chi-square", "ECDF", "verdict"):
        table.add_column(name, justify="left" if name in (first, "verdict") else "right", no_wrap=True)
    for _, row in found.summary.iterrows():
        kinds = found.table.loc[found.table["study"] == row["study"], "kind"].value_counts()
        table.add_row(row["study"], str(row["quantities"]), _p(row["p_chi_square_joint"]), _p(row["p_ecdf_joint"]),
                      "uniform" if row["uniform"] else "rejected")
        for kind, told in KINDS.items():
            if kind in kinds.index:
                table.add_row(f"  {told}", str(kinds[kind]), _p(row[f"p_chi_square_{kind}"]), _p(row[f"p_ecdf_{kind}"]), "")
    screen = console()
    screen.print(table)
    for line in _notes(found, control):
        screen.print(line, soft_wrap=True)


def _notes(found: "Calibration", control: Control | None) -> list[str]:
    summary = found.summary
    lines = ["n: quantities; p-values are the smallest over all quantities of a study, Holm-adjusted, and over those of one "
             "kind, Holm-adjusted among themselves. Replications, and those with a divergence: "
             + "; ".join(f"{row.study} {row.replications}, {row.with_divergences}" for row in summary.itertuples()) + "."]
    if control:
        lines += [f"{row.study}: {row.wrong}. {_power(row)}" for row in summary.itertuples()]
    worst = summary[["shift_seen", "width_seen"]].max(skipna=False)
    shift, width = (f"{value:.1f}" if value == value else "more than was tried" for value in worst)
    lines.append("What so many replications show: in four studies of five, draws of one quantity that are off by "
                 f"{shift} posterior standard deviations, or too narrow by a factor of {width}. "
                 "Less than that can be wrong and pass.")
    return lines


def _power(row: Any) -> str:
    return (f"Rejected in {row.studies_rejected} of {row.studies} studies of {row.study_size} replications "
            f"(power {row.power_low:.2f} to {row.power_high:.2f}).")


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _write_calibration(found: "Calibration", out: Path, control: Control | None) -> None:
    from forecast.report.figures.assumptions import draw_ranks
    from forecast.report.files import write_table
    from forecast.report.style import save_figure

    name = FILES[control]
    write_table(found.table, out / f"{name}.csv")
    write_table(found.summary, out / f"{name}_summary.csv")
    save_figure(draw_ranks(found.rank, found.table, found.ranks, control=control), out, name)
