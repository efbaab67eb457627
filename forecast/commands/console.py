"""What every command shares: errors become messages and exit codes, long work has a bar."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from forecast.pipeline.futures import Futures

Progress = Callable[[str, int, int], None]


@contextmanager
def faults() -> Iterator[None]:
    """Turn errors of ours into a message and an exit code: 2 for bad input, 1 for the rest."""
    from forecast.errors import ForecastError, InputError

    try:
        yield
    except InputError as error:
        for fault in error.faults:
            typer.echo(f"error: {fault}", err=True)
        raise typer.Exit(error.exit_code) from None
    except ForecastError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Progress]:
    """Progress bars on standard error, one per stage; none where nobody looks."""
    if quiet:
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        yield _bar_by_stage(bars)


def _bar_by_stage(bars: "Bars") -> Progress:
    tasks: dict[str, int] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total)
        bars.update(tasks[stage], completed=done, total=total)

    return show


def print_precision(futures: "Futures", asked: float | None) -> None:
    """Tell whether the precision asked for was reached, and with how many futures."""
    if asked is not None and futures.precision is not None:
        typer.echo(futures.precision.told(asked))
