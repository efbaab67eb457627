"""What every command shares: errors become messages and exit codes, long work has a bar, an end on request has one line."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import typer

from forecast.console import console, encodable, leave_quietly, plain, say, say_error, unheard

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from forecast.pipeline.futures import Futures

Progress = Callable[[str, int, int], None]


@contextmanager
def faults() -> Iterator[None]:
    """Turn errors of ours, and what the machine refuses, into messages and an exit code: 2 for input, 1 for the rest."""
    from forecast.errors import ForecastError, InputError

    try:
        yield
    except Exception as error:
        _wait_where_ended()
        if isinstance(error, BrokenPipeError) and unheard():
            leave_quietly()
        if isinstance(error, InputError):
            lines, code = [" ".join(str(fault).splitlines()) for fault in error.faults], error.exit_code
        elif isinstance(error, ForecastError):
            lines, code = [str(error)], error.exit_code
        else:
            from forecast.commands.trouble import told

            found = told(error)
            if found is None:
                raise
            lines, code = [found[0]], found[1]
        for line in lines:
            say_error(line)
        raise typer.Exit(code) from None


def _wait_where_ended() -> None:
    """Leave the word to the thread that ends the process: that its workers are gone, say, is no error."""
    ending = sys.modules.get("forecast.ending")
    if ending is not None:
        ending.wait_where_ended()


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Progress]:
    """Progress bars on standard error, one per stage; none where nobody looks."""
    if quiet:
        yield lambda *_: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    shown = console(error=True)
    spinner = SpinnerColumn("dots" if shown.encoding.startswith("utf") else "line")
    name = TextColumn("{task.description}", markup=False)  # it may hold names of scenarios, priors, files
    with Progress(spinner, name, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=shown) as bars:
        yield _bar_by_stage(bars)


def _bar_by_stage(bars: "Bars") -> Progress:
    tasks: dict[str, int] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(encodable(plain(stage), bars.console.file), total=total)
        bars.update(tasks[stage], completed=done, total=total)

    return show


def print_precision(futures: "Futures", asked: float | None) -> None:
    """Tell whether the precision asked for was reached, and with how many futures."""
    if asked is not None and futures.precision is not None:
        say(futures.precision.told(asked))


def tell_end(text: str) -> None:
    """Say one line while the process is being ended: past every lock and buffer, with the cursor shown again."""
    shown = f"\r\n\x1b[?25h{text}\n" if os.isatty(2) else f"{text}\n"
    with suppress(OSError):
        os.write(2, shown.encode("ascii", "backslashreplace"))
