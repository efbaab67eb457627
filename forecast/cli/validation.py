"""Trials where the truth is known: past terms (`forecast backtest`), and records drawn from the model (`forecast calibrate`)."""

from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.console import (
    MOST_DRAWS,
    MOST_PATHS,
    MOST_PROCESSES,
    Alone,
    AsJson,
    AsOf,
    Data,
    Draws,
    Dyads,
    Priors,
    Quiet,
    RegionName,
    Seed,
    faults,
    folders_of,
    keep_earlier,
    one_dyad,
    print_json,
    progress_bars,
    tell_silent,
    writing,
)
from forecast.cli.paper import for_print
from forecast.console import console, say, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from forecast.panel import Panel
    from forecast.pipeline import Inputs, Request
    from forecast.pipeline.fits import Calibration


# ``forecast backtest``: would the forecasts of past terms have been any good?

BACKTEST_EPILOG = (f"Examples: forecast backtest --dyad {CASE.dyad} | forecast backtest --registers --out backtest | "
          f"forecast backtest --dyad {CASE.dyad} --first {CASE.examples['first']} --priors sceptical | "
          f"forecast backtest --dyad {CASE.dyad} --within")


@for_print()
def backtest(
    dyad: Dyads = None,
    region: RegionName = None,
    registers: Annotated[bool, typer.Option("--registers", help="Backtest the registers of all countries.")] = False,
    within: Annotated[bool, typer.Option(
        "--within", help="Forecast the rest of every term from days within it, as forecast update does, and compare with the "
                         "eve; always from the dyad's own record.")] = False,
    first: Annotated[int | None, typer.Option(help="Year of the first election.", show_default=False)] = None,
    last: Annotated[int | None, typer.Option(help="Year of the last election.", show_default=False)] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of tables and figures.")] = Path("backtest"),
    priors: Priors = "default", data: Data = None, seed: Seed = CASE.seed, draws: Draws = None,
    paths: Annotated[int, typer.Option(min=400, max=MOST_PATHS, help="Simulated futures of each term.")] = 4000,
    alone: Alone = False, quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Forecast past terms as on the eve of their elections, and score the forecasts beside baselines.

    Every term is forecast under the outcome that happened and, as a placebo, under the other. Fits are kept one by one: an
    interrupted backtest goes on where it was.
    """
    with faults():
        if registers and within:
            raise typer.BadParameter("--registers and --within ask for different backtests: give one of them.")
        record, of_dyad = one_dyad(data, dyad, region), bool(data or dyad or region) or not registers
        _check(out / "within" if within else out, record, of_dyad=of_dyad, of_registers=registers)
        from forecast.pipeline import Request

        years = {name: value for name, value in (("first", first), ("last", last)) if value is not None}
        if within:
            request = Request(priors=priors, data=record, seed=seed, draws=draws, paths=paths, alone=True)
            found = {"within": _within(request, quiet, out / "within", years)}
        else:
            request = Request(priors=priors, data=record, seed=seed, draws=draws, paths=paths, alone=alone)
            found = {"dyad": _dyad(request, quiet, out, years)} if of_dyad else {}
            found |= {"registers": _registers(seed, quiet, out / "registers", years)} if registers else {}
        if as_json:
            print_json(**found)


type Told = dict[str, object]
"""What a backtest prints, by name."""


def _check(out: Path, data: Path | None, *, of_dyad: bool, of_registers: bool) -> None:
    """Refuse at once, before imports that take seconds, what could not be written after hours."""
    from forecast.contacts import load_dyad
    from forecast.outputs import check_directory
    from forecast.shipped import DYAD

    if of_registers:
        check_directory(out / "registers", "backtest", [data])
    if of_dyad:
        check_directory(out / load_dyad(data or DYAD).id, "backtest", [data])


def _dyad(request: "Request", quiet: bool, out: Path, years: dict[str, int]) -> "Told":
    from forecast.pipeline import read
    from forecast.pipeline.backtest import backtest_dyad
    from forecast.report.backtest_figures import draw_dyad, write_page
    from forecast.report.backtest_page import dyad_texts
    from forecast.report.files import write_tables
    from forecast.report.words import states

    inputs = read(request)
    tell_silent(inputs)
    name = inputs.panel.dyad[0]
    with writing(out / name, "backtest", [*inputs.files.values(), request.data]) as folder:
        with progress_bars(quiet) as progress:
            found = backtest_dyad(inputs, request, progress, **years)
        write_tables({"counts": found.counts, "content": found.content, "skill": found.skill, "coverage": found.coverage}, folder)
        draw_dyad(found.counts, found.content, found.skill, folder)
        both = states(inputs.panel.about[0].home, inputs.panel.partner[0])
        write_page(dyad_texts(both, found.skill, found.counts, found.gates), found.skill, found.coverage, folder, name)
    _print_skill(found.skill, f"{name}: loss and skill of forecasts made on the eve of past elections")
    _print_gates(found.gates)
    say_written(f"Written: {out / name}/backtest.html, told.json, counts.csv, content.csv, skill.csv, coverage.csv, figures")
    return {"skill": found.skill, "coverage": found.coverage, "gates": found.gates}


def _within(request: "Request", quiet: bool, out: Path, years: dict[str, int]) -> "Told":
    from forecast.contacts import load_dyad
    from forecast.outputs import MANIFEST
    from forecast.pipeline.update import backtest_within
    from forecast.report.files import write_manifest, write_tables
    from forecast.shipped import DYAD

    name = load_dyad(request.data or DYAD).id
    with writing(out / name, "backtest", [request.data]) as folder:
        with progress_bars(quiet) as progress:
            found = backtest_within(request, progress, **years)
        if folder:
            write_tables({"scores": found.scores, "skill": found.skill, "coverage": found.coverage}, folder)
            write_manifest({"dyad": name, "seed": request.seed, "paths": request.paths, "gates": found.gates}, folder / MANIFEST)
    for months, part in found.skill.groupby("months", sort=False):
        when = "all days together" if months == "all" else f"{months} months after the month of the inauguration"
        _print_skill(part, f"{name}: the rest of past terms, {when}")
    _print_gates(found.gates)
    say_written(f"Written: {out / name}/scores.csv, skill.csv, coverage.csv")
    return {"skill": found.skill, "coverage": found.coverage, "gates": found.gates}


def _registers(seed: int, quiet: bool, out: Path, years: dict[str, int]) -> "Told":
    from forecast.pipeline.backtest import backtest_registers
    from forecast.report.backtest_figures import draw_registers, write_page
    from forecast.report.backtest_page import of_registers
    from forecast.report.files import write_tables

    with writing(out, "backtest") as folder:
        with progress_bars(quiet) as progress:
            found = backtest_registers(seed, progress, **years)
        write_tables({"scores": found.scores, "skill": found.skill, "coverage": found.coverage, "weights": found.weight}, folder)
        draw_registers(found.scores, found.skill, folder)
        write_page(of_registers(found.skill, found.scores, found.gates), found.skill, found.coverage, folder)
    for label, part in found.skill.groupby("terms_of", sort=False):
        _print_skill(part, f"Registers, terms of {label}: loss and skill of forecasts made on the eve of past elections")
    _print_gates(found.gates)
    say_written(f"Written: {out}/backtest.html, told.json, scores.csv, skill.csv, coverage.csv, weights.csv, figures")
    return {"skill": found.skill, "coverage": found.coverage, "gates": found.gates}


def _print_skill(skill: "pd.DataFrame", title: str) -> None:
    from rich.table import Table

    from forecast.report.backtest_page import skill_interval_text

    table = Table(title=title, caption="Intervals: Student's t over terms; p: sign flips of terms, two-sided.")
    for heading in ("measure", "loss", "forecaster", "mean loss", "skill, % (95 % interval)", "p", "cells"):
        table.add_column(heading, justify="left" if heading in ("measure", "loss", "forecaster") else "right")
    for (measure, loss), part in skill.groupby(["measure", "loss_name"], sort=False):
        for place, row in enumerate(part.itertuples()):
            own = row.forecaster == row.baseline
            told = "best baseline" if own else f"{100 * row.skill:+.1f} ({skill_interval_text(row.low, row.high)})"
            head = (measure, loss.replace("_", " ")) if place == 0 else ("", "")
            table.add_row(*head, row.forecaster, f"{row.loss:.4f}", told, "" if own else f"{row.p:.3f}",
                          str(row.cells) if place == 0 else "", end_section=place == len(part) - 1)
    console().print(table)


def _print_gates(gates: "dict[str, str]") -> None:
    if gates:
        told = "; ".join(f"{where} ({what})" for where, what in gates.items())
        say(f"Fits that failed a convergence gate: {told}.")


# ``forecast calibrate``: simulation-based calibration of the components.

CALIBRATE_EPILOG = ("Examples: forecast calibrate | forecast calibrate agenda media --simulations 400 --out calibration | "
                    "forecast calibrate --control coarse --simulations 60 | forecast calibrate frequency_drift --control subtle "
                    f"| forecast calibrate frequency_drift --within --as-of {CASE.examples['within']} | "
                    f"forecast calibrate frequency_drift --region {CASE.region}")


class ControlName(StrEnum):
    """Which wrong models are refitted."""

    COARSE = "coarse"
    SUBTLE = "subtle"


FILES = {(control, within, joint): f"{'region_' if joint else ''}{'within_' if within else ''}{name}"
         for joint in (False, True) for within in (False, True)
         for control, name in ((None, "calibration"), (ControlName.COARSE, "control"), (ControlName.SUBTLE, "subtle"))}
"""How the files of each begin, by control, whether they are of a term that runs, and whether of the fit to a region: all of them
may stand in one folder."""
TITLE = {None: "Simulation-based calibration: are ranks uniform?",
         ControlName.COARSE: "Control: ranks under a grossly wrong model",
         ControlName.SUBTLE: "Controls: ranks under models that are wrong in one small way"}
KINDS = {"log_likelihood": "log likelihood", "next_term": "next term", "running_term": "running term", "contrast": "contrast"}


@for_print()
def calibrate(
    components: Annotated[list[str] | None, typer.Argument(
        help="Components (frequency: all its variants). Default: all.", show_default=False)] = None,
    component: Annotated[list[str] | None, typer.Option(
        help="The same as an option, as in forecast fit; may be repeated.", show_default=False)] = None,
    simulations: Annotated[int, typer.Option(min=20, max=MOST_DRAWS, help="Replications per component.")] = 200,
    control: Annotated[ControlName | None, typer.Option(
        show_default=False, help="Refit another model than the one simulated. coarse: all scales doubled and coefficients "
                                 "off, which the tests must reject. subtle: what each component may get slightly wrong "
                                 "(a persistence, the years of a term), with the power against it.")] = None,
    within: Annotated[bool, typer.Option(
        "--within", help="Calibrate what forecast update estimates of a term that runs: parameters and yearly rates, from the "
                         "record to the day of --as-of, which lies within the term.")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the tables and the rank figure.")] = Path("calibration"),
    priors: Priors = "default", data: Data = None, dyad: Dyads = None,
    region: Annotated[str | None, typer.Option(
        metavar="NAME", help="Calibrate the fit to all dyads of a shipped region, of the components that are estimated from it.",
        show_default=False)] = None,
    as_of: AsOf = None, seed: Seed = CASE.seed,
    workers: Annotated[int | None, typer.Option(
        min=1, max=MOST_PROCESSES, help="Processes. Default: all processors.", show_default=False)] = None,
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Check that simulation, model and sampler agree: parameters from the priors, data from them, and the ranks of the truth.

    Every replication is kept as it finishes; an interrupted study goes on where it was. Exit code 1 where ranks are not
    uniform, or where the coarse control is not rejected; a subtle one that passes is told with its power, and no failure.
    """
    with faults():
        record, day = one_dyad(data, dyad) or next(iter(folders_of(None, None, region)), None), as_of.date() if as_of else None
        with writing(out, "calibrate", [priors, record]) as folder:
            from forecast.errors import GateError
            from forecast.pipeline import Request
            from forecast.pipeline.fits import calibrate as study
            from forecast.pipeline.fits import chosen_components, estimated_together, panels_of

            asked = [*(components or ()), *(component or ())]
            names = list(chosen_components(asked))
            inputs = _inputs(Request(priors=priors, data=record, seed=seed), day, within=within)
            names = estimated_together(inputs) if region and not asked else names
            panel = panels_of(inputs, names, region)
            names = [name for name in names if asked or not _left_out(name, panel[name])]
            with progress_bars(quiet) as progress:
                found = study(inputs, names, simulations, seed, progress, control=control, region=region, workers=workers)
            written = FILES[control, within, region is not None]
            _write_calibration(found, folder, control, written)
            for other in FILES.values():
                if other != written:
                    keep_earlier(out, folder, f"{other}*")
                    keep_earlier(out, folder, f"print*/{other}*")
        if as_json:
            print_json(calibration=found.table, calibration_summary=found.summary)
        _print_calibration(found, control, within=within)
        say_written(f"Written: {out}/{written}.csv, {written}_summary.csv, {written}.pdf, .svg, .png")
        wrong = found.summary.loc[found.summary["uniform"] == (control is ControlName.COARSE), "component"]
        if len(wrong) and control is not ControlName.SUBTLE:
            what = "The control was not rejected for" if control else "Ranks are not uniform for"
            raise GateError(f"{what} {', '.join(wrong)}.")


def _inputs(request: "Request", day: "date | None", *, within: bool) -> "Inputs":
    """What a study is of: the record before the next election, or to a day within a term."""
    from forecast.errors import Fault, InputError
    from forecast.pipeline import read
    from forecast.pipeline.running_term import UpdateRequest, read_term

    if not within:
        return read(replace(request, as_of=day))
    if day is None:
        raise InputError([Fault(source="command line", where="option --as-of", expected="a day within a term, with --within",
                                found="none", remedy="Say until when the record of the term is known.")])
    try:
        return read_term(request, UpdateRequest(as_of=day)).now
    except InputError as error:  # what else an update could be given is no option here
        remedy = "Give a day within a term, to which the record is coded; or leave --within out."
        raise InputError(replace(fault, remedy=remedy) if fault.where.endswith(("option --as-of", "key winner")) else fault
                         for fault in error.faults) from None


def _left_out(name: str, panel: "Panel") -> bool:
    """Whether the record lacks what a component is fitted to, which is said."""
    from forecast.components.registry import projecting

    why = projecting(name).lacking(panel)
    if why:
        say(f"Left out: {name}: {why}.", error=True)
    return bool(why)


def _print_calibration(found: "Calibration", control: ControlName | None, *, within: bool) -> None:
    from rich.table import Table

    of = found.summary.iloc[0]
    table = Table(title=f"{TITLE[control]} {of['dyad']}, {'the term that runs on' if within else 'as of'} {of['as_of']}")
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


def _notes(found: "Calibration", control: ControlName | None) -> list[str]:
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


def _write_calibration(found: "Calibration", out: Path, control: ControlName | None, name: str) -> None:
    from forecast.report.figures.assumptions import draw_ranks
    from forecast.report.files import write_table
    from forecast.report.style import write_figure

    write_table(found.table, out / f"{name}.csv")
    write_table(found.summary, out / f"{name}_summary.csv")
    write_figure(partial(draw_ranks, found.rank, found.table, found.ranks, control=control), out, name)
