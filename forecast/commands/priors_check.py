"""``forecast priors check``: what a prior set says before it sees the record."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from forecast.commands.console import faults, progress_bars
from forecast.commands.options import MOST_DRAWS, AsOf, Data, PriorName, Quiet, Seed

EPILOG = ("Examples: forecast priors check | forecast priors check my_priors.yaml --out prior_check | "
          "forecast priors check wide --strict --draws 2000 | forecast priors check default --data my_data/us_uz")


def check(
    name: PriorName = "default",
    data: Data = None, as_of: AsOf = None,
    draws: Annotated[int, typer.Option(min=200, max=MOST_DRAWS, help="Parameters and records drawn per component.")] = 400,
    out: Annotated[Path | None, typer.Option(
        metavar="DIR", help="New folder for the figure (PDF, SVG, PNG) and the tables (CSV).", show_default=False)] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 where anything is absurd or in conflict.")] = False,
    seed: Seed = 20241104, quiet: Quiet = False,
) -> None:
    """Draw records from the priors, and warn where they are absurd or where the real record is none of them.

    Every warning says what was found, why the bound stands where it does, which prior is behind it, and what helps.
    """
    with faults():
        from forecast.components import shipped_priors
        from forecast.console import say
        from forecast.errors import GateError
        from forecast.outputs import output_directory
        from forecast.pipeline.priors import check_set
        from forecast.report.priors.finding_words import warned
        from forecast.report.priors.screen import print_check
        from forecast.report.priors.write_check import write_check

        with output_directory(out, "priors check", [shipped_priors.find(name), data]) if out else nullcontext() as place:
            with progress_bars(quiet) as progress:
                found = check_set(name, progress, data=data, as_of=as_of.date() if as_of else None, draws=draws, seed=seed)
            warnings = warned(found.checks.values())
            print_check(found.priors.name, tuple(found.checks.values()), warnings)
            if place:
                write_check(found.priors.name, found.panel, found.checks, warnings, place)
        if out:
            say(f"Written: {out}/prior_check.csv, warnings.csv, prior_check.pdf, .svg, .png")
        if strict and warnings:
            raise GateError(f"Prior set {found.priors.name} has {len(warnings)} warning{"s" if len(warnings) > 1 else ""}.")
