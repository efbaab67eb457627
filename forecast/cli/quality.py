"""How good a record is, and what it holds: `forecast data completeness`, `reliability`, `show` and `events`."""

from contextlib import nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import (
    EVE,
    AsJson,
    Dyads,
    Quiet,
    RegionName,
    Seed,
    faults,
    folders_of,
    one_dyad,
    print_json,
    progress_bars,
)
from forecast.cli.paper import for_print
from forecast.console import Progress, console, say, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from forecast.panel import Panel
    from forecast.panel.summary import Recall, Summary
    from forecast.posterior.posterior import Posterior


@for_print()
def completeness(
    directory: Annotated[list[Path] | None, typer.Argument(
        help="Folder of a dyad. Default: the shipped dyad.", show_default=False)] = None,
    dyad: Dyads = None,
    region: RegionName = None,
    out: Annotated[Path | None, typer.Option(
        help="New folder for completeness.csv, recall.csv and the figure (PDF, SVG, PNG).", show_default=False)] = None,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Use nothing dated later.")] = EVE,
    priors: Annotated[str, typer.Option(help="Prior set: a YAML file, or the name of a shipped one.")] = "default",
    seed: Seed = CASE.seed,
    ignore_gates: Annotated[bool, typer.Option("--ignore-gates", help="Use a posterior that failed a gate.")] = False,
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Estimate the recorded share of contacts by rank and era, and check visits against the registers.

    The estimate is capture-recapture from which pages report each contact: those of either state, and others.
    """
    with faults():
        from forecast import shipped
        from forecast.outputs import output_directory
        from forecast.shipped import DYAD

        folder, found = one_dyad(directory, dyad, region) or DYAD, shipped.find_priors(priors)
        with output_directory(out, "data completeness", [folder, found]) if out else nullcontext() as place:
            tables = _estimate(folder, as_of, found, seed, ignore_gates, quiet, place)
        if as_json:
            print_json(**tables)
        if out:
            say_written(f"Written: {out}/completeness.csv, recall.csv, missed.csv, completeness.pdf, .svg, .png")


def _estimate(folder: Path, as_of: datetime, priors: Path, seed: int, ignore_gates: bool, quiet: bool,
              place: Path | None) -> "dict[str, pd.DataFrame]":
    from forecast.components.registry import COMPONENT, RECORDING
    from forecast.contacts import load_dyad
    from forecast.panel import load_panel
    from forecast.panel.registers import load_registers
    from forecast.panel.summary import recall
    from forecast.report.language import calling

    day = as_of.date()
    panel = load_panel(folder, as_of=day)
    register = load_registers(day)
    register = register[register["country"] == load_dyad(folder).register_country]
    register = register[register["start"] >= panel.contact["date"].min()] if len(panel.contact) else register
    with progress_bars(quiet) as progress:
        posterior = _posterior(panel, priors, seed, ignore_gates, progress)
    share = COMPONENT[RECORDING].profile(posterior.draws)["share"]
    checked = recall(panel.contact, register)
    table = _table(share, panel)
    with calling(panel.about):
        _print_completeness(table, checked)
        if place:
            _write_completeness(place, table, checked, share, panel)
    return {"completeness": table, "recall": checked.table, "missed": checked.missed}


def _posterior(panel: "Panel", priors: Path, seed: int, ignore: bool, progress: Progress) -> "Posterior":
    from forecast.components.prior_file import load_priors
    from forecast.components.registry import RECORDING, needs
    from forecast.errors import GateError
    from forecast.posterior.fit import plan, posteriors
    from forecast.posterior.sampler import SamplerSettings

    chosen = load_priors(priors, needs())
    jobs = plan(panel, chosen, SamplerSettings(seed=seed), names=(RECORDING,))
    found = posteriors(jobs, lambda name, done, total: progress(f"fit {name}", done, total))[RECORDING]
    if found.gates.failures and not ignore:
        raise GateError(f"Posterior failed its convergence gates: {', '.join(found.gates.failures)}. "
                        "Use it all the same with --ignore-gates.")
    return found


def _table(share: "xr.DataArray", panel: "Panel") -> "pd.DataFrame":
    """One row per rank and era: contacts listed, and the posterior of the recorded share."""
    import pandas as pd

    from forecast.components.registry import COMPONENT, RECORDING

    data = COMPONENT[RECORDING].data(panel).array
    of = f"share of contacts that is on record, {'posterior' if data['history'].any() else 'prior: no page is on record'}"
    quantile = share.quantile([0.05, 0.25, 0.5, 0.75, 0.95], dim="draw")
    names = ("q05", "q25", "q50", "q75", "q95")
    return pd.DataFrame([
        {"rank": rank, "era": era, "contacts_listed": int(data["history"][i, j].sum()),
         "contacts_unlisted": int(data["unlisted"][i, j]), "of": of,
         **dict(zip(names, quantile.sel(rank=rank, era=era).to_numpy().round(4), strict=True))}
        for i, rank in enumerate(share["rank"].to_numpy()) for j, era in enumerate(share["era"].to_numpy())])


def _print_completeness(table: "pd.DataFrame", checked: "Recall") -> None:
    from rich.table import Table

    from forecast.report import words

    screen = console()
    of = "posterior" if table["contacts_listed"].any() else "prior, as no page is on record"
    shown = Table(title=f"Recorded share of contacts, %: median (5 % to 95 % of the {of})", box=None)
    for heading in ("rank", *map(words.period, table["era"].unique())):
        shown.add_column(heading, justify="left" if heading == "rank" else "right", no_wrap=True)
    for rank, rows in table.groupby("rank", sort=False):
        cells = (f"{100 * row.q50:.0f} ({100 * row.q05:.0f} to {100 * row.q95:.0f})" for row in rows.itertuples())
        shown.add_row(words.inside(rank, "us_rank"), *cells)
    screen.print(shown)
    check = Table(title="The record against the registers of the Office of the Historian", box=None)
    for heading in ("register", "entries", "found", "recall", "contacts", "listed", "precision"):
        check.add_column(heading, justify="left" if heading == "register" else "right", no_wrap=True)
    for row in checked.table.itertuples():
        check.add_row(row.register, str(row.entries), str(row.found), _share(row.recall, row.recall_low, row.recall_high),
                      str(row.contacts), str(row.listed), _share(row.precision, row.precision_low, row.precision_high))
    screen.print(check)
    for row in checked.missed.itertuples():
        screen.print(f"missed: {row.register}, {row.person}, {row.start:%Y-%m-%d}, {row.locale}")


def _share(value: float, low: float, high: float) -> str:
    return "no case" if value != value else f"{value:.2f} ({low:.2f} to {high:.2f})"


def _write_completeness(place: Path, table: "pd.DataFrame", checked: "Recall", share: "xr.DataArray", panel: "Panel") -> None:
    from forecast.report.figures.record import draw_completeness
    from forecast.report.files import write_table
    from forecast.report.style import write_figure
    from forecast.report.words import day

    count = table["contacts_listed"].to_numpy().reshape(share.sizes["rank"], share.sizes["era"])
    write_figure(partial(draw_completeness, share, count, panel.partner[0], panel.about[0].home, day(panel.as_of)), place,
                 "completeness")
    write_table(table, place / "completeness.csv")
    write_table(checked.table, place / "recall.csv")
    write_table(checked.missed, place / "missed.csv")


# `forecast data show`: what a record holds, counted by administration, rank, topic, outcome and side of the media.

TABLES = ("year", "administration", "topic", "outcome", "media")


@for_print()
def show(
    directory: Annotated[list[Path] | None, typer.Argument(
        help="Folders of dyads, counted one after the other. Default: the shipped dyad.", show_default=False)] = None,
    dyad: Dyads = None,
    region: RegionName = None,
    as_of: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Use nothing dated later. Default: the day to which the dyad is coded.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(
        help="New folder for the tables (CSV) and the figure (PDF, SVG, PNG); of several dyads, a folder for each in it.",
        show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Count the recorded contacts of a dyad by administration, rank, topic and outcome, and the pages that report them."""
    with faults():
        from forecast.outputs import output_directory
        from forecast.shipped import DYAD

        folders = folders_of(directory, dyad, region, apart=out is not None) or [DYAD]
        with output_directory(out, "data show", folders) if out else nullcontext() as place:
            told = [_show(folder, as_of, place, apart=len(folders) > 1) for folder in folders]
            if as_json:
                print_json(dyads=told)
            if not any(one["recorded_contacts"] for one in told):
                raise typer.Exit  # nothing is written
        if out:
            shown = [one["dyad"] for one in told if one["recorded_contacts"]]
            for place in [out / str(name) for name in shown] if len(folders) > 1 else [out]:
                say_written(f"Written: {place}/{', '.join(f'{name}.csv' for name in TABLES)}, record.pdf, .svg, .png")


def _show(folder: Path, as_of: datetime | None, place: Path | None, *, apart: bool) -> "dict[str, object]":
    """Count one record; what was counted."""
    from forecast.contacts import load_contacts
    from forecast.panel import load_panel
    from forecast.panel.summary import summarise
    from forecast.report.console import print_question_tables
    from forecast.report.language import calling
    from forecast.report.words import day

    dyad = load_contacts(folder).dyad  # tells the faults of all files at once
    until = as_of.date() if as_of else dyad.coded_until
    summary = summarise(load_panel(folder, as_of=until))
    title = f"{dyad.id}: recorded contacts with {dyad.partner} up to {day(until)}"
    if not summary.n_contact:
        say(f"{title}: none yet, so there is nothing to show. Add some with forecast data add.")
        return {"dyad": dyad.id, "coded_until": until, "recorded_contacts": 0}
    with calling([dyad]):
        print_question_tables(summary, title, dyad.partner)
    if summary.media.empty or not summary.media["pages"].sum():
        say("No page of the media is coded: tone and frames cannot be told.")
    for caveat in dyad.caveats:
        say(f"Caveat: {caveat}")
    if place:
        place = place / dyad.id if apart else place
        place.mkdir(exist_ok=True)
        with calling([dyad]):
            _write_record(place, summary, dyad.partner, day(until))
    return {"dyad": dyad.id, "coded_until": until, "recorded_contacts": summary.n_contact,
            **{name: getattr(summary, name) for name in TABLES}}


def _write_record(place: Path, summary: "Summary", partner: str, as_of: str) -> None:
    from forecast.report.figures.record import draw
    from forecast.report.files import write_table
    from forecast.report.style import write_figure

    for name in TABLES:
        write_table(getattr(summary, name), place / f"{name}.csv")
    write_figure(partial(draw, summary, partner, as_of), place, "record")


# `forecast data events`: what the months after events looked like.

def events(
    directory: Annotated[list[Path] | None, typer.Argument(
        help="Folder of a dyad. Default: the shipped dyad.", show_default=False)] = None,
    dyad: Dyads = None,
    region: RegionName = None,
    kind: Annotated[list[str] | None, typer.Option(
        help="Only this kind of events, with ranks, topics and outcomes; may be repeated.", show_default=False)] = None,
    as_of: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Use nothing dated later. Default: the day to which the dyad is coded.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(help="Write every comparison to this CSV file.", show_default=False)] = None,
    seed: Seed = CASE.seed, quiet: Quiet = False, as_json: AsJson = False,
) -> None:
    """Compare the months after events of the record with placebo dates: 3, 6 and 12 months after, by kind of event.

    Which events are of which kind is data (events.yaml). Months after an event are no effect of it.
    """
    with faults():
        from forecast.contacts import load_dyad
        from forecast.outputs import output_file
        from forecast.pipeline.scenario import record_of_events
        from forecast.report.event_effects import print_effects
        from forecast.report.files import write_table
        from forecast.report.language import calling
        from forecast.shipped import DYAD

        folder = one_dyad(directory, dyad, region) or DYAD
        with output_file(out, [folder / "contacts.csv", folder / "events.yaml"]) if out else nullcontext() as place:
            with progress_bars(quiet) as progress:
                table = record_of_events(folder, as_of.date() if as_of else None, seed, kinds=kind, progress=progress)
            if as_json:
                print_json(events=table)
            with calling([load_dyad(folder)]):
                print_effects(table, every_measure=bool(kind))
            if place:
                write_table(table, place)
        if out:
            say_written(f"Written: {out} ({len(table)} comparisons)")
