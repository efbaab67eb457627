"""Options that several commands share, with the same words."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

Priors = Annotated[str, typer.Option(help="Prior set: a YAML file, or the name of a shipped one.")]
PriorName = Annotated[str, typer.Argument(metavar="NAME", help="Prior set: a YAML file, or the name of a shipped one.")]
Data = Annotated[Path | None, typer.Option(
    metavar="DIR", help="Folder of a dyad (dyad.yaml, contacts.csv, media.csv). Default: the shipped US-Kazakhstan data.",
    show_default=False)]
AsOf = Annotated[datetime | None, typer.Option(
    formats=["%Y-%m-%d"], help="Use nothing dated later. Default: the day that the scenarios name.", show_default=False)]
Seed = Annotated[int, typer.Option(help="Decides every random number.")]
Draws = Annotated[int | None, typer.Option(
    min=100, help="Posterior draws per chain (4 chains). Default: what each component needs.", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars; only what was written.")]
IgnoreGates = Annotated[bool, typer.Option(
    "--ignore-gates", help="Forecast from a posterior that failed a convergence gate; every output is marked.")]
Paths = Annotated[int | None, typer.Option(
    min=40, help="Simulated futures per scenario. Default: 20000; with --precision the most, 1000000.", show_default=False)]
Precision = Annotated[float | None, typer.Option(
    min=0.0002, max=0.2, show_default=False,
    help="Simulate until no probability (questions, contrast) has a larger Monte Carlo error, such as 0.005.")]
FUTURES, MOST_FUTURES = 20_000, 1_000_000


def paths_of(paths: int | None, precision: float | None) -> int:
    """How many futures are simulated, at most where a precision is asked for."""
    return paths or (FUTURES if precision is None else MOST_FUTURES)
