"""Command line: parses, calls the pipeline, prints."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

from forecast.cli import fit, forecasts, given, paper, states, validation
from forecast.cli.console import (
    MOST_PROCESSES,
    READ,
    Alone,
    AsJson,
    AsOf,
    Data,
    Draws,
    Dyads,
    IgnoreGates,
    Lang,
    Paths,
    Precision,
    Priors,
    Quiet,
    RegionName,
    Seed,
    faults,
    one_dyad,
    paths_of,
    print_json,
    print_precision,
    progress_bars,
    tell_coverage,
    tell_end,
    tell_silent,
)
from forecast.cli.data import data_app
from forecast.cli.fit import check
from forecast.cli.ledger import ledger_app, platform_app
from forecast.cli.priors import priors_app
from forecast.cli.scenario import SWEEP_EPILOG, scenario_app, sweep
from forecast.console import plain, say
from forecast.shipped import CASE

# The program as a whole: whatever its commands meet ends in a message, and every stream can take every text.

class Program(TyperGroup):
    """All commands; errors are told here once more, so that no command, and no reading of its options, ends in a traceback."""

    def main(self, *given: Any, **named: Any) -> Any:
        """Run what the command line asks for."""
        _open_streams()
        streams: tuple[Any, ...] = sys.stdout, sys.stderr  # of a test: not only text files
        for stream in streams:
            with suppress(AttributeError, ValueError, OSError):  # a stream of a test, a closed one
                stream.reconfigure(errors="backslashreplace")  # a letter that a terminal lacks is shown as its number
        return super().main(*given, **named)

    def make_context(self, *given: Any, **named: Any) -> Any:
        """Read the options of the program itself."""
        with _plain_usage(), faults():
            return super().make_context(*given, **named)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the help; what installs completion stands in a panel of its own, below what the program does."""
        for option in self.params:
            if str(option.name).endswith("_completion"):
                vars(option)["rich_help_panel"] = "Shell completion"
        super().format_help(ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        """Find the command, read its options, and run it."""
        with _plain_usage(), faults():
            return super().invoke(ctx)


def _open_streams() -> None:
    """Let what is said go nowhere where a stream was closed (``>&-``), and no file take its number."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


@contextmanager
def _plain_usage() -> Iterator[None]:
    """Show control characters in what was typed, where a message about usage repeats it."""
    try:
        yield
    except Exception as error:
        shown: Any = error
        if hasattr(error, "format_message") and isinstance(getattr(error, "message", None), str):
            shown.message = plain(shown.message)
        raise


# Command line.

app = typer.Typer(
    name="forecast", cls=Program, no_args_is_help=True, add_completion=True, rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Scenario forecasts of the relation between two states, from coded official contacts.",
    epilog=f"Start with: [bold]forecast run[/bold]. It forecasts the shipped dyad ({CASE.dyad}) under "
           f"{' and '.join(CASE.scenarios)}, as of {CASE.as_of}, and writes forecast_run/report.html.")
app.add_typer(data_app, name="data")
app.add_typer(priors_app, name="priors")
app.add_typer(scenario_app, name="scenario")
app.add_typer(ledger_app, name="ledger")
app.add_typer(platform_app, name="platform")

Scenarios = Annotated[list[str] | None, typer.Argument(
    help=f"Scenario files, or names of shipped ones. Default: {CASE.pair}.", show_default=False)]


@app.command(epilog=f"Examples: forecast run | forecast run {CASE.scenarios[-1]} my_scenario.yaml --out my_run | "
                    f"forecast run --priors my_priors.yaml --precision 0.005 | forecast run --data {CASE.examples['own_data']}"
                    f" | forecast run --dyad {CASE.examples['neighbour']} | forecast run --sweep ceasefire"
                     " | forecast run --lang ru --out forecast_ru | forecast run --out two_terms "
                    f"{' '.join(f'--then {one}' for one in CASE.examples['later_terms'])}")
def run(
    scenarios: Scenarios = None,
    then: Annotated[list[str] | None, typer.Option(
        "--then", metavar="SCENARIO", help="Forecast both terms: a scenario of the term after, which follows each of the others; "
        "may be repeated.", show_default=False)] = None,
    out: Annotated[Path, typer.Option(help="Directory to write; an earlier run there is replaced.")] = Path("forecast_run"),
    priors: Priors = "default",
    data: Data = None,
    dyad: Dyads = None,
    region: RegionName = None,
    alone: Alone = False,
    as_of: AsOf = None,
    seed: Seed = CASE.seed,
    paths: Paths = None,
    precision: Precision = None,
    all_paths: Annotated[bool, typer.Option(
        "--all-paths", help="Write every simulated future to trajectories/, also beyond the first 20,000.")] = False,
    draws: Draws = None,
    backtest_folder: Annotated[Path | None, typer.Option(
        "--backtest", metavar="DIR", help="Folder that forecast backtest --dyad wrote: becomes a section of the report.",
        show_default=False)] = None,
    sweep_folder: Annotated[Path | None, typer.Option(
        "--sweep", metavar="DIR", help="Folder that forecast sweep wrote, of the same record: its assumptions become sliders of "
        "the report.", show_default=False)] = None,
    threads: Annotated[int | None, typer.Option(
        min=1, max=MOST_PROCESSES, help="Threads of the simulation; they never change a result. Default: all processors.",
        show_default=False)] = None,
    elections: Annotated[Path | None, typer.Option(
        metavar="FILE", help="A copy of elections.yaml, with the winner of an election before the one that is forecast, say.",
        show_default=False)] = None,
    no_figures: Annotated[bool, typer.Option(
        "--no-figures", help="Neither draw figures nor write the page that shows them.")] = False,
    ignore_gates: IgnoreGates = False,
    lang: Lang = "en",
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Fit (or load) the posteriors, simulate each scenario, compare them and write a run directory.

    With no argument: the futures of the shipped dyad under the default scenarios. A difference is of two scenarios in an order
    that is in the data and not in the command: outcomes as elections.yaml lists them, the first minus the second, and an open
    election last; of one outcome a scenario that extends another minus that one; else by name.
    """
    with faults():
        from forecast.outputs import check_directory
        from forecast.report.run import figure_worker

        folder = one_dyad(data, dyad, region)
        check_directory(out, "run", [folder, backtest_folder, sweep_folder, elections])
        with progress_bars(quiet) as progress, figure_worker(figures=not no_figures) as helper:
            progress(READ, 0, 2)
            from forecast.pipeline import Request, read, run_to
            from forecast.report.console import print_run
            from forecast.report.language import calling

            progress(READ, 1, 2)
            request = Request(scenarios=tuple(scenarios or CASE.scenarios), then=tuple(then or ()), priors=priors, data=folder,
                              seed=seed, paths=paths_of(paths, precision), precision=precision, paths_asked=paths is not None,
                              all_paths=all_paths,
                              as_of=as_of.date() if as_of else None, draws=draws, threads=threads,
                              ignore_gates=ignore_gates, backtest=backtest_folder, sweep=sweep_folder, alone=alone,
                              elections=elections, figures=not no_figures, lang=lang)
            inputs = read(request)
            progress(READ, 2, 2)
            tell_silent(inputs)
            result = run_to(out, inputs, request, progress, helper)
        if as_json:
            print_json(summary=result.tables.summary, contrast=result.tables.contrast,
                       rate_ratio=result.administration.rate_ratio, **(result.two_terms.tables if result.two_terms else {}))
        outcomes = {name: one.outcome for name, one in inputs.scenarios.items() if isinstance(one.outcome, str)}
        with calling(inputs.panel.about):
            print_run(result.tables.summary, result.tables.contrast, result.administration.rate_ratio, out, outcomes,
                      result.two_terms.totals if result.two_terms else None)
        print_precision(result.futures, precision)
        tell_coverage(lang)


app.command(epilog=fit.FIT_EPILOG)(fit.fit)
app.command(epilog=fit.POOL_EPILOG)(fit.pool)
app.command(epilog=fit.COMPARE_EPILOG)(fit.compare)
app.command(states.ADMINISTRATIONS, epilog=states.ADMINISTRATIONS_EPILOG)(states.compare_administrations)
app.command(epilog=validation.CALIBRATE_EPILOG)(validation.calibrate)
app.command(epilog=given.CONDITION_EPILOG)(given.condition)
app.command(epilog=paper.EPILOG)(paper.paper)
app.command(epilog=paper.ARCHIVE_EPILOG)(paper.archive)
app.command(epilog=paper.CITE_EPILOG)(paper.cite)
app.command(epilog=given.UPDATE_EPILOG)(given.update)
app.command(epilog=forecasts.QUESTIONS_EPILOG)(forecasts.questions)
app.command(epilog=SWEEP_EPILOG)(sweep)
app.command(epilog=validation.BACKTEST_EPILOG)(validation.backtest)
app.command(epilog=states.REGION_EPILOG)(states.region)
app.command(epilog=states.COUNTRY_EPILOG)(states.country)
app.command(epilog=forecasts.FREEZE_EPILOG)(forecasts.freeze)
app.command(epilog=forecasts.SCORE_EPILOG)(forecasts.score)
app.command(epilog=forecasts.EXPORT_EPILOG)(forecasts.export)


app.command(epilog="Examples: forecast check | forecast check --priors sceptical --out check_sceptical | "
                   "forecast check --component agenda --component media")(check)


@app.command(epilog="Examples: forecast schema | forecast schema --json")
def schema(
    as_json: AsJson = False,
) -> None:
    """Tell what every column of every CSV and Parquet file of a run means, with its unit and type.

    A run directory has the same for its own files in columns.json; --json has its form. Names in braces stand for the labels of a
    run.
    """
    with faults():
        from forecast.report import columns

        if as_json:
            print_json(**columns.schema())
        for one in columns.FILES:
            say(f"\n{one.name}: a row is {one.row}")
            for column in one.columns:
                unit = f", {column.unit}" if column.unit else ""
                say(f"  {column.name} ({column.dtype}{unit}): {column.description}")


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """Print the version where asked for."""
    if version:
        from forecast import __version__

        say(f"forecast {__version__}")
        raise typer.Exit


ORNAMENTS = ("rich.markdown", "rich.traceback")
"""What Typer imports to show Markdown and tracebacks, neither of which this program has: a third of the time of --help."""


@contextmanager
def _without_ornaments() -> Iterator[None]:
    """While help is shown, modules that hold nothing stand for those of which it uses nothing."""
    idle = {name: _Idle(name) for name in ORNAMENTS if name not in sys.modules}
    sys.modules.update(idle)
    try:
        yield
    finally:
        for name in idle:
            del sys.modules[name]


class _Idle(ModuleType):
    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def _read_options_once() -> None:
    """Typer reads the parameters of every command three or four times from its signature, an eighth of the time of --help."""
    with suppress(AttributeError):  # of another version
        whole: Any = typer.main
        whole.get_params_from_function = cache(whole.get_params_from_function)


def main() -> None:
    """Run the command line as a program of its own: Ctrl-C and SIGTERM end it at once, with its workers."""
    _read_options_once()
    if len(sys.argv) == 1 or "--help" in sys.argv:
        with _without_ornaments():
            app()  # over before the import that signals need
    from forecast.workers import ended_by_signals, go_without

    if "xarray" not in sys.modules:  # it asks once whether Dask is installed, and counts on the answer
        go_without("dask")  # xarray asks of every array whether it is one of Dask's, and imports it for that: half a second

    with ended_by_signals(tell_end, last=True):
        app()
