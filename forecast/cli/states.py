"""`forecast country`, `region`, `compare-administrations`: other states, and what presidents did, from records and registers."""

from contextlib import nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import (
    MOST_PATHS,
    AsJson,
    AsOf,
    Data,
    Dyads,
    IgnoreGates,
    Priors,
    Quiet,
    RegionName,
    Seed,
    faults,
    one_dyad,
    print_json,
    progress_bars,
    writing,
)
from forecast.cli.paper import for_print
from forecast.console import console, say, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    from forecast.pipeline.records import RegionForecast
    from forecast.report.administrations_page import Account
    from forecast.report.countries import Countries

NEIGHBOUR = CASE.examples["own"]["partner"].lower()
COUNTRY_EPILOG = (f"Examples: forecast country {NEIGHBOUR} | forecast country {CASE.examples['own']['iso2']} "
                  f"{CASE.examples['code']} --out country | forecast country --region {CASE.registers['region']} | "
                  "forecast country --all --out world")
REGION_EPILOG = (f"Examples: forecast region {CASE.region} | forecast region {CASE.region} --out region | "
                 f"forecast region {CASE.region} {CASE.scenarios[0]} {CASE.scenarios[-1]} --paths 4000")


@for_print()
def country(
    names: Annotated[list[str] | None, typer.Argument(
        metavar="NAMES...", help="States: names, beginnings of a name, or codes of ISO 3166.", show_default=False)] = None,
    region: Annotated[str | None, typer.Option(
        "--region", metavar="NAME", help=f"All states of a region, such as {CASE.registers['region']}.",
        show_default=False)] = None,
    everyone: Annotated[bool, typer.Option("--all", help="All states, one line each; with --out a map of the world.")] = False,
    out: Annotated[Path | None, typer.Option(
        metavar="DIR", help="New folder for tables (CSV), figures (PDF, SVG, PNG) and a page.", show_default=False)] = None,
    as_json: AsJson = False,
    as_of: AsOf = None,
    seed: Seed = CASE.seed,
    quiet: Quiet = False,
) -> None:
    """Forecast travel of presidents and secretaries of state and visits of leaders for any state, without coding.

    From the registers of all states, by the pool of forecasters that forecast backtest --registers judges, under every outcome
    of the coming election. The first time it fits the registers as of many elections, which takes long; what is done is kept.
    """
    with faults():
        with writing(out, "country") as folder:
            from forecast.pipeline.countries import countries

            with progress_bars(quiet) as progress:
                found = countries(names or (), region=region, everyone=everyone, as_of=as_of.date() if as_of else None,
                                  seed=seed, progress=progress)
            from forecast.report.countries import everything, print_countries

            if folder:
                _write_countries(found, folder, world=everyone)
        if as_json:
            print_json(**everything(found))
        print_countries(found, brief=everyone)
        if out:
            say_written(f"Written: {out}/country.html, forecast.csv, contrast.csv, history.csv, record.csv, years.csv, "
                        "world.csv, figures")


def _write_countries(found: "Countries", folder: Path, *, world: bool) -> None:
    from forecast.report.countries import write_countries
    from forecast.report.figures.countries import write_pictures

    write_countries(found, folder, write_pictures(found, folder, world=world))


@for_print()
def region(
    name: Annotated[str, typer.Argument(metavar="REGION", help="A shipped region.")],
    scenarios: Annotated[list[str] | None, typer.Argument(
        help=f"Scenario files, or names of shipped ones. Default: {CASE.pair}.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="New folder for tables (CSV) and figures (PDF, SVG, PNG).",
                                             show_default=False)] = None,
    priors: Priors = "default", as_of: AsOf = None, seed: Seed = CASE.seed,
    paths: Annotated[int, typer.Option(min=400, max=MOST_PATHS, help="Simulated futures per scenario.")] = 20_000,
    as_json: AsJson = False,
    ignore_gates: IgnoreGates = False, quiet: Quiet = False,
) -> None:
    """Forecast the contacts of every dyad of a region and of the region as a whole, and compare what governments were to each.

    Contact frequency is estimated from all records at once; occasions that several dyads share are counted once.
    """
    with faults():
        from forecast import shipped

        folder = shipped.region(name)
        with writing(out, "region", [folder, *(scenarios or ()), priors]) as place:
            from forecast.pipeline.records import region_forecast

            with progress_bars(quiet) as progress:
                found = region_forecast(folder, scenarios or (), priors=priors, as_of=as_of.date() if as_of else None, seed=seed,
                                        paths=paths, ignore_gates=ignore_gates, progress=progress)
            if place:
                _write(found, paths, place)
        if as_json:
            print_json(**vars(found.tables))
        _print(found)
        if out:
            say_written(f"Written: {out}/region.csv, region_contrast.csv, region_effects.csv, region_futures and region_effects "
                        "(.pdf, .svg, .png)")


def _write(found: "RegionForecast", paths: int, folder: Path) -> None:
    from forecast.report.files import write_tables
    from forecast.report.region_figures import RegionContent, draw_effects, draw_futures
    from forecast.report.style import scenario_marks, write_figure

    tables = found.tables
    write_tables({"region": tables.forecast, "region_contrast": tables.contrast, "region_effects": tables.effects}, folder)
    outcome = {name: next(iter(one.chances)) for name, one in found.scenarios.items() if len(one.chances) == 1}
    winners = next(iter(found.elections.values())).outcomes
    marks = scenario_marks(outcome, {name: winner.type for name, winner in winners.items()})
    content = RegionContent(panel=found.panel, tables=tables, marks=marks, title=found.region.title, paths=paths,
                            horizon=found.horizon, years=found.years, failed=found.failed)
    write_figure(partial(draw_futures, content), folder, "region_futures")
    write_figure(partial(draw_effects, content), folder, "region_effects")


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


# What presidents did, side by side.

FIRST, SECOND = CASE.examples["presidents"]
TERM = CASE.examples["term"]
ADMINISTRATIONS_EPILOG = (
    f"Examples: forecast compare-administrations {FIRST} {SECOND} | forecast compare-administrations {FIRST} {SECOND} "
    f"--out compared | forecast compare-administrations \"{TERM}\" {FIRST} --completeness | "
    f"forecast compare-administrations {FIRST} {SECOND} --as-of {CASE.as_of}")
ADMINISTRATIONS = "compare-administrations"


@for_print()
def compare_administrations(
    names: Annotated[list[str], typer.Argument(
        metavar="NAMES...", help=f"Two or more presidents of the record, or terms such as \"{TERM}\".", show_default=False)],
    data: Data = None,
    dyad: Dyads = None,
    region: RegionName = None,
    as_of: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Use nothing dated later. Default: the day to which the dyad is coded.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(
        metavar="DIR", help="New folder for the page, the tables (CSV, LaTeX) and the chronology (PDF, SVG, PNG).",
        show_default=False)] = None,
    completeness: Annotated[bool, typer.Option(
        "--completeness", help="Adjust counts for what is not on record; fits the recorded share where it is not in the cache.",
    )] = False,
    priors: Annotated[str, typer.Option(help="Prior set of the recorded share: a YAML file, or a shipped one.")] = "default",
    seed: Seed = CASE.seed,
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Put presidents side by side: contacts, agendas, outcomes, media, what was begun and dropped, and a chronology.

    Counts come from the record alone; intervals treat a visit as one case; sentences say what the numbers allow to conclude.
    """
    with faults():
        from forecast import shipped
        from forecast.outputs import output_directory

        folder, found = one_dyad(data, dyad, region) or shipped.DYAD, shipped.find_priors(priors)
        with output_directory(out, ADMINISTRATIONS, [folder, found]) if out else nullcontext() as place:
            told = _compare_presidents(folder, names, as_of, found if completeness else None, seed, quiet, place)
        if as_json:
            print_json(**told.tables)
        if out:
            say_written(f"Written: {out}/administrations.html, counts.csv, differences.csv, practice.csv, agreements.csv, "
                "chronology.csv, their LaTeX tables, chronology.pdf, .svg, .png (and chronology_narrow)")


def _compare_presidents(folder: Path, names: list[str], as_of: datetime | None, priors: Path | None, seed: int, quiet: bool,
                        place: Path | None) -> "Account":
    from forecast.contacts import load_contacts
    from forecast.pipeline.records import administrations
    from forecast.report.administrations_page import print_account, write_account

    until = as_of.date() if as_of else load_contacts(folder).dyad.coded_until  # tells the faults of all files at once
    with progress_bars(quiet or not priors) as progress:
        told = administrations(folder, names, as_of=until, seed=seed, priors=priors, progress=progress)
    print_account(told)
    if place:
        write_account(told, place, seed)
    return told
