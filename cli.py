"""Command line: parses, calls the pipeline, prints."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from forecast.commands.check import check
from forecast.commands.console import faults, progress_bars
from forecast.commands.data import data_app

app = typer.Typer(
    name="forecast", no_args_is_help=True, add_completion=False, rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Scenario forecasts of the relation between two states, from coded official contacts.",
    epilog="Start with: [bold]forecast run[/bold]. It forecasts US-Kazakhstan relations for 2025-2028 under a Harris "
           "and a Trump victory, as of 4 November 2024, and writes forecast_run/report.html.")
scenario_app = typer.Typer(no_args_is_help=True, help="Look at and check scenario files.")
app.add_typer(data_app, name="data")
app.add_typer(scenario_app, name="scenario")

Scenarios = Annotated[list[str] | None, typer.Argument(
    help="Scenario files, or names of shipped ones. Default: harris trump.", show_default=False)]
Priors = Annotated[str, typer.Option(help="Prior set: a YAML file, or the name of a shipped one.")]
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


@app.command(epilog="Examples: forecast run | forecast run trump my_scenario.yaml --out trump_run | "
                    "forecast run --priors my_priors.yaml --paths 50000 | forecast run --data my_data/us_uz")
def run(
    scenarios: Scenarios = None,
    out: Annotated[Path, typer.Option(help="Directory to write; an earlier run there is replaced.")] = Path("forecast_run"),
    priors: Priors = "default",
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 20241104,
    paths: Annotated[int, typer.Option(min=40, help="Simulated futures per scenario.")] = 20_000,
    draws: Draws = None,
    threads: Annotated[int | None, typer.Option(
        min=1, help="Threads of the simulation; they never change a result. Default: all processors.",
        show_default=False)] = None,
    ignore_gates: IgnoreGates = False,
    quiet: Quiet = False,
) -> None:
    """Fit (or load) the posteriors, simulate each scenario, compare them and write a run directory.

    With no argument: the Harris and Trump futures of US-Kazakhstan relations.
    """
    with faults():
        from forecast.report.studio import studio

        with studio() as helper:  # its imports and those that follow take equally long
            from forecast.pipeline import Request, read, run_to
            from forecast.report.publish import check_target
            from forecast.report.screen import print_run

            request = Request(scenarios=tuple(scenarios or ("harris", "trump")), priors=priors, data=data, seed=seed, paths=paths,
                              as_of=as_of.date() if as_of else None, draws=draws, threads=threads,
                              ignore_gates=ignore_gates)
            check_target(out)
            inputs = read(request)
            with progress_bars(quiet) as progress:
                result = run_to(out, inputs, request, progress, helper)
        print_run(result.tables.summary, result.tables.contrast, out)


@app.command(epilog="Examples: forecast fit --priors my_priors.yaml | forecast fit --data my_data/us_uz")
def fit(priors: Priors = "default", data: Data = None, as_of: AsOf = None, seed: Seed = 20241104, draws: Draws = None,
        ignore_gates: IgnoreGates = False, quiet: Quiet = False) -> None:
    """Fit the components and show their convergence diagnostics; later runs reuse the posteriors."""
    with faults():
        from forecast.pipeline import Request, read
        from forecast.pipeline import fit as fit_all
        from forecast.report.screen import print_gates

        request = Request(priors=priors, data=data, seed=seed, draws=draws, as_of=as_of.date() if as_of else None,
                          ignore_gates=ignore_gates)
        inputs = read(request)
        with progress_bars(quiet) as progress:
            posterior = fit_all(inputs, request, progress)
        print_gates({name: (one.gates, one.reused) for name, one in posterior.items()})


app.command(epilog="Examples: forecast check | forecast check --priors sceptical --out check_sceptical | "
                   "forecast check --component agenda --component media")(check)


@scenario_app.command("check", epilog="Example: forecast scenario check my_scenario.yaml")
def scenario_check(scenarios: Annotated[list[str], typer.Argument(help="Scenario files, or names of shipped ones.")]) -> None:
    """Check scenario files; report every fault with file, line, key and the nearest known key."""
    with faults():
        from forecast.pipeline import check_scenarios

        for name, title in check_scenarios(scenarios).items():
            typer.echo(f"{name}: {title}: no faults.")


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """Print the version where asked for."""
    if version:
        from forecast import __version__

        typer.echo(f"forecast {__version__}")
        raise typer.Exit
