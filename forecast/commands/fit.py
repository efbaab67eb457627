"""``forecast fit``: posteriors and their convergence."""

from datetime import date
from typing import Annotated

import typer

from forecast.commands.console import faults, progress_bars
from forecast.commands.options import Data, Draws, IgnoreGates, Quiet, Seed

EPILOG = ("Examples: forecast fit --priors my_priors.yaml | forecast fit --data my_data/us_uz | "
          "forecast fit --priors default --priors wide --as-of 2016-11-07 --as-of 2024-11-04")


def fit(
    priors: Annotated[list[str], typer.Option(
        help="Prior set: a YAML file, or the name of a shipped one; may be given several times.")] = ("default",),
    data: Data = None,
    as_of: Annotated[list[str], typer.Option(
        metavar="DATE", help="Use nothing dated later (YYYY-MM-DD); may be given several times.")] = ("2024-11-04",),
    seed: Seed = 20241104, draws: Draws = None, ignore_gates: IgnoreGates = False, quiet: Quiet = False,
) -> None:
    """Fit the components and show their convergence diagnostics; later runs reuse the posteriors.

    With several prior sets or dates every combination is fitted; models of equal shape are compiled once.
    """
    with faults():
        from forecast.pipeline import Request
        from forecast.pipeline.fits import fit_grid
        from forecast.report.screen import print_gates

        shared = {"data": data, "seed": seed, "draws": draws, "ignore_gates": ignore_gates}
        requests = [Request(priors=one, as_of=_day(day), **shared) for one in priors for day in as_of]
        with progress_bars(quiet) as progress:
            found = fit_grid(requests, progress)
        print_gates({(*key, name): (one.gates, one.reused) for key, part in found.items() for name, one in part.items()})


def _day(text: str) -> date:
    """Read a date, or say what was expected."""
    from forecast.errors import Fault, InputError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError([Fault(source="command line", where="option --as-of", expected="a date, YYYY-MM-DD", found=text,
                                remedy="Write it as 2024-11-04.")]) from None
