"""Options that several commands share, with the same words."""

from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

LARGEST_SEED = 2**63 - 1
"""What all random generators and every file format of a run hold."""
MOST_DRAWS, MOST_PATHS, MOST_PROCESSES = 100_000, 10_000_000, 1024


def finite(value: float | None) -> float | None:
    """Refuse nan and inf, which no range of an option keeps out."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"a finite number, not {value}.")
    return value


Priors = Annotated[str, typer.Option(help="Prior set: a YAML file, or the name of a shipped one.")]
PriorName = Annotated[str, typer.Argument(metavar="NAME", help="Prior set: a YAML file, or the name of a shipped one.")]
Data = Annotated[Path | None, typer.Option(
    metavar="DIR", help="Folder of a dyad (dyad.yaml, contacts.csv, media.csv). Default: the shipped US-Kazakhstan data.",
    show_default=False)]
AsOf = Annotated[datetime | None, typer.Option(
    formats=["%Y-%m-%d"], help="Use nothing dated later. Default: the day that the scenarios name.", show_default=False)]
Seed = Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Decides every random number.")]
Draws = Annotated[int | None, typer.Option(
    min=100, max=MOST_DRAWS, show_default=False,
    help="Posterior draws per chain (4 chains). Default: what each component needs.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars; only what was written.")]
IgnoreGates = Annotated[bool, typer.Option(
    "--ignore-gates", help="Forecast from a posterior that failed a convergence gate; every output is marked.")]
Paths = Annotated[int | None, typer.Option(
    min=40, max=MOST_PATHS, show_default=False,
    help="Simulated futures per scenario. Default: 20000; with --precision at most 1000000, and where given so many in any case "
         "unless the precision is reached.")]
Precision = Annotated[float | None, typer.Option(
    min=0.0002, max=0.2, show_default=False, callback=finite,
    help="Simulate until no probability (questions, contrast) has a larger Monte Carlo error, such as 0.005.")]
FUTURES, MOST_FUTURES = 20_000, 1_000_000


def paths_of(paths: int | None, precision: float | None) -> int:
    """How many futures are simulated, at most where a precision is asked for."""
    return paths or (FUTURES if precision is None else MOST_FUTURES)
