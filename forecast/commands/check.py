"""`forecast check`: can the posteriors be trusted?"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from forecast.commands.console import faults, progress_bars
from forecast.commands.options import MOST_DRAWS, Seed


def check(
    priors: Annotated[str, typer.Option(help="Prior set: a YAML file, or the name of a shipped one.")] = "default",
    data: Annotated[Path | None, typer.Option(
        metavar="DIR", help="Folder of a dyad. Default: the shipped US-Kazakhstan data.", show_default=False)] = None,
    as_of: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Use nothing dated later. Default: the day that the scenarios name.",
        show_default=False)] = None,
    out: Annotated[Path, typer.Option(help="Directory to write; an earlier one there is replaced.")] = Path("check"),
    component: Annotated[list[str] | None, typer.Option(
        help="Check this component only (frequency: all its variants); may be repeated.", show_default=False)] = None,
    seed: Seed = 20241104,
    draws: Annotated[int | None, typer.Option(
        min=100, max=MOST_DRAWS, show_default=False,
        help="Posterior draws per chain. Default: what each component needs.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars; only the verdicts.")] = False,
) -> None:
    """Check whether the posteriors can be trusted: convergence, leave-one-out, calibration, predictive checks, priors.

    Writes check.html (one page, offline), figures/ and tables/; posteriors come from the cache where they are known.
    """
    with faults():
        from forecast.outputs import check_directory

        check_directory(out, "check", [data])  # before the imports, which take seconds
        from forecast.pipeline import Request, read
        from forecast.pipeline.check import check_to, chosen_components
        from forecast.report.trust.screen import print_verdicts

        request = Request(priors=priors, data=data, seed=seed, draws=draws, as_of=as_of.date() if as_of else None)
        names = chosen_components(component)
        inputs = read(request)
        with progress_bars(quiet) as progress:
            content = check_to(out, inputs, request, names, progress)
        print_verdicts(content, out)
