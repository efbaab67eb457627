"""``forecast country``: leaders' travel and visits of any state, from the registers alone."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.console import AsOf, Quiet, Seed, faults, progress_bars, writing
from forecast.shipped import CASE

KIND = "country"
NEIGHBOUR = CASE.examples["own"]["partner"].lower()
EPILOG = (f"Examples: forecast country {NEIGHBOUR} | forecast country {CASE.examples['own']['iso2']} "
          f"{CASE.examples['code']} --out country | forecast country --region {CASE.registers['region']} | "
          "forecast country --all --out world")


def country(
    names: Annotated[list[str] | None, typer.Argument(
        metavar="NAMES...", help="States: names, beginnings of a name, or codes of ISO 3166.", show_default=False)] = None,
    region: Annotated[str | None, typer.Option(
        "--region", metavar="NAME", help=f"All states of a region, such as {CASE.registers['region']}.",
        show_default=False)] = None,
    everyone: Annotated[bool, typer.Option("--all", help="All states, one line each; with --out a map of the world.")] = False,
    out: Annotated[Path | None, typer.Option(
        metavar="DIR", help="New folder for tables (CSV), figures (PDF, SVG, PNG) and a page.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    as_of: AsOf = None,
    seed: Seed = CASE.seed,
    quiet: Quiet = False,
) -> None:
    """Forecast travel of presidents and secretaries of state and visits of leaders for any state, without coding.

    From the registers of all states, by the pool of forecasters that forecast backtest --registers judges, under every outcome
    of the coming election. The first time it fits the registers as of many elections, which takes long; what is done is kept.
    """
    with faults(), writing(out, KIND) as folder:
        from forecast.console import say
        from forecast.pipeline.countries import countries

        with progress_bars(quiet or as_json) as progress:
            found = countries(names or (), region=region, everyone=everyone, as_of=as_of.date() if as_of else None, seed=seed,
                              progress=progress)
        if as_json:
            from forecast.report.countries import everything
            from forecast.report.files import as_json as told

            typer.echo(told(everything(found)))
        else:
            from forecast.report.countries import print_countries

            print_countries(found, brief=everyone)
        if folder:
            from forecast.report.countries import write_countries
            from forecast.report.figures.countries import pictures
            from forecast.report.style import save_figure

            drawn = {heading: save_figure(figure, folder, name)
                     for name, (heading, figure) in pictures(found, world=everyone).items()}
            write_countries(found, folder, {heading: next(path for path in paths if path.suffix == ".svg")
                                            for heading, paths in drawn.items()})
            say(f"Written: {out}/country.html, forecast.csv, contrast.csv, history.csv, record.csv, years.csv, world.csv, "
                "figures", error=as_json)
