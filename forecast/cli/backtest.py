"""``forecast backtest``: would the forecasts of past terms have been any good?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import (
    MOST_PATHS,
    Alone,
    Data,
    Draws,
    Dyads,
    Priors,
    Quiet,
    RegionName,
    Seed,
    faults,
    one_dyad,
    progress_bars,
    tell_silent,
    writing,
)
from forecast.console import console, say
from forecast.shipped import CASE

if TYPE_CHECKING:
    import pandas as pd

    from forecast.pipeline import Request

EPILOG = (f"Examples: forecast backtest --dyad {CASE.dyad} | forecast backtest --registers --out backtest | "
          f"forecast backtest --dyad {CASE.dyad} --first {CASE.examples['first']} --priors sceptical | "
          f"forecast backtest --dyad {CASE.dyad} --within")


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
    alone: Alone = False, quiet: Quiet = False,
) -> None:
    """Forecast past terms as on the eve of their elections, and score the forecasts beside baselines.

    Every term is forecast under the outcome that happened and, as a placebo, under the other. Fits are kept one by one: an
    interrupted backtest goes on where it was.
    """
    with faults():
        record, of_dyad = one_dyad(data, dyad, region), bool(dyad or region) or not registers
        _check(out / "within" if within else out, record, of_dyad=of_dyad, of_registers=registers and not within)
        from forecast.pipeline import Request

        years = {name: value for name, value in (("first", first), ("last", last)) if value is not None}
        if within:
            request = Request(priors=priors, data=record, seed=seed, draws=draws, paths=paths, alone=True)
            _within(request, quiet, out / "within", years)
            return
        if of_dyad:
            request = Request(priors=priors, data=record, seed=seed, draws=draws, paths=paths, alone=alone)
            _dyad(request, quiet, out, years)
        if registers:
            _registers(seed, quiet, out / "registers", years)


def _check(out: Path, data: Path | None, *, of_dyad: bool, of_registers: bool) -> None:
    """Refuse at once, before imports that take seconds, what could not be written after hours."""
    from forecast.contacts import load_dyad
    from forecast.outputs import check_directory
    from forecast.shipped import DYAD

    if of_registers:
        check_directory(out / "registers", "backtest", [data])
    if of_dyad:
        check_directory(out / load_dyad(data or DYAD).id, "backtest", [data])


def _dyad(request: "Request", quiet: bool, out: Path, years: dict[str, int]) -> None:
    from forecast.pipeline import read
    from forecast.pipeline.backtest import backtest_dyad
    from forecast.report.backtest_figures import draw_dyad, write_page
    from forecast.report.backtest_page import of_dyad
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
        write_page(of_dyad(both, found.skill, found.counts, found.gates), found.skill, found.coverage, folder, name)
    _print_skill(found.skill, f"{name}: loss and skill of forecasts made on the eve of past elections")
    _print_gates(found.gates)
    say(f"Written: {out / name}/backtest.html, told.json, counts.csv, content.csv, skill.csv, coverage.csv, figures")


def _within(request: "Request", quiet: bool, out: Path, years: dict[str, int]) -> None:
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
    say(f"Written: {out / name}/scores.csv, skill.csv, coverage.csv")


def _registers(seed: int, quiet: bool, out: Path, years: dict[str, int]) -> None:
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
    say(f"Written: {out}/backtest.html, told.json, scores.csv, skill.csv, coverage.csv, weights.csv, figures")


def _print_skill(skill: "pd.DataFrame", title: str) -> None:
    from rich.table import Table

    from forecast.report.backtest_page import between

    table = Table(title=title, caption="Intervals: Student's t over terms; p: sign flips of terms, two-sided.")
    for heading in ("measure", "loss", "forecaster", "mean loss", "skill, % (95 % interval)", "p", "cells"):
        table.add_column(heading, justify="left" if heading in ("measure", "loss", "forecaster") else "right")
    for (measure, loss), part in skill.groupby(["measure", "loss_name"], sort=False):
        for place, row in enumerate(part.itertuples()):
            own = row.forecaster == row.baseline
            told = "best baseline" if own else f"{100 * row.skill:+.1f} ({between(row.low, row.high)})"
            head = (measure, loss.replace("_", " ")) if place == 0 else ("", "")
            table.add_row(*head, row.forecaster, f"{row.loss:.4f}", told, "" if own else f"{row.p:.3f}",
                          str(row.cells) if place == 0 else "", end_section=place == len(part) - 1)
    console().print(table)


def _print_gates(gates: "dict[str, str]") -> None:
    if gates:
        told = "; ".join(f"{where} ({what})" for where, what in gates.items())
        say(f"Fits that failed a convergence gate: {told}.")
