"""`forecast country` and `forecast region`: other states, from the registers alone or from the records of a region."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import MOST_PATHS, AsOf, IgnoreGates, Priors, Quiet, Seed, faults, progress_bars, writing
from forecast.console import console, say
from forecast.shipped import CASE

if TYPE_CHECKING:
    from forecast.pipeline.region import RegionForecast

NEIGHBOUR = CASE.examples["own"]["partner"].lower()
COUNTRY_EPILOG = (f"Examples: forecast country {NEIGHBOUR} | forecast country {CASE.examples['own']['iso2']} "
                  f"{CASE.examples['code']} --out country | forecast country --region {CASE.registers['region']} | "
                  "forecast country --all --out world")
REGION_EPILOG = (f"Examples: forecast region {CASE.region} | forecast region {CASE.region} --out region | "
                 f"forecast region {CASE.region} {CASE.scenarios[0]} {CASE.scenarios[-1]} --paths 4000")


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
    with faults(), writing(out, "country") as folder:
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


def region(
    name: Annotated[str, typer.Argument(metavar="REGION", help="A shipped region.")],
    scenarios: Annotated[list[str] | None, typer.Argument(
        help=f"Scenario files, or names of shipped ones. Default: {CASE.pair}.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="New folder for tables (CSV) and figures (PDF, SVG, PNG).",
                                             show_default=False)] = None,
    priors: Priors = "default", as_of: AsOf = None, seed: Seed = CASE.seed,
    paths: Annotated[int, typer.Option(min=400, max=MOST_PATHS, help="Simulated futures per scenario.")] = 20_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the three tables as JSON instead.")] = False,
    ignore_gates: IgnoreGates = False, quiet: Quiet = False,
) -> None:
    """Forecast the contacts of every dyad of a region and of the region as a whole, and compare what governments were to each.

    Contact frequency is estimated from all records at once; occasions that several dyads share are counted once.
    """
    with faults():
        from forecast import shipped

        folder = shipped.region(name)
        with writing(out, "region", [folder, *(scenarios or ()), priors]) as place:
            from forecast.pipeline.region import region_forecast

            with progress_bars(quiet) as progress:
                found = region_forecast(folder, scenarios or (), priors=priors, as_of=as_of.date() if as_of else None, seed=seed,
                                        paths=paths, ignore_gates=ignore_gates, progress=progress)
            if place:
                _write(found, paths, place)
        if as_json:
            from forecast.report.files import as_json as told

            typer.echo(told(vars(found.tables)))
        else:
            _print(found)
        if out:
            say(f"Written: {out}/region.csv, region_contrast.csv, region_effects.csv, region_futures and region_effects (.pdf, "
                ".svg, .png)", error=as_json)


def _write(found: "RegionForecast", paths: int, folder: Path) -> None:
    from forecast.report.files import write_tables
    from forecast.report.region_figures import RegionContent, draw_effects, draw_futures
    from forecast.report.style import save_figure, scenario_marks

    tables = found.tables
    write_tables({"region": tables.forecast, "region_contrast": tables.contrast, "region_effects": tables.effects}, folder)
    outcome = {name: next(iter(one.chances)) for name, one in found.scenarios.items() if len(one.chances) == 1}
    winners = next(iter(found.elections.values())).outcomes
    marks = scenario_marks(outcome, {name: winner.type for name, winner in winners.items()})
    content = RegionContent(panel=found.panel, tables=tables, marks=marks, title=found.region.title, paths=paths,
                            failed=found.failed)
    save_figure(draw_futures(content), folder, "region_futures")
    save_figure(draw_effects(content), folder, "region_effects")


def _print(found: "RegionForecast") -> None:
    from rich.table import Table

    from forecast.evaluation.region import ALL

    forecasts, contrasts = found.tables.forecast, found.tables.contrast
    names = list(dict.fromkeys(forecasts["scenario"]))
    whole = forecasts[forecasts["rank"] == ALL].set_index(["dyad", "scenario"])
    table = Table(title=f"{found.region.title}: recorded contacts {forecasts['window'].iloc[0]}, median (5 % to 95 %)")
    table.add_column("dyad")
    for name in names:
        table.add_column(name, justify="right")
    pair = contrasts[contrasts["rank"] == ALL].set_index("dyad") if len(contrasts) else None
    if pair is not None:
        table.add_column(f"P({pair['first'].iloc[0]} > {pair['second'].iloc[0]})", justify="right")
    for dyad in dict.fromkeys(forecasts["dyad"]):
        cells = [f"{row.q50:.0f} ({row.q05:.0f} to {row.q95:.0f})" for row in (whole.loc[(dyad, name)] for name in names)]
        label = {found.region.id: "occasions shared", ALL: "sum of the records"}.get(dyad, dyad)
        table.add_row(label, *cells, *([f"{pair.loc[dyad, 'p_greater']:.2f}"] if pair is not None else []))
    console().print(table)
    say("P: expected contacts, given the same level of the coming term under either outcome. Shared occasions count in the "
        "record of each dyad that attends.")
