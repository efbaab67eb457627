"""`forecast data show`: what a record holds, counted by administration, rank, topic, outcome and side of the media."""

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults

if TYPE_CHECKING:
    from forecast.panel.summary import Summary

TABLES = ("year", "administration", "topic", "outcome", "media")

def show(
    directory: Annotated[Path | None, typer.Argument(
        help="Folder of a dyad. Default: the shipped US-Kazakhstan data.", show_default=False)] = None,
    as_of: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Use nothing dated later. Default: the day to which the dyad is coded.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(
        help="New folder for the tables (CSV) and the figure (PDF, SVG, PNG).", show_default=False)] = None,
) -> None:
    """Count the recorded contacts of a dyad by administration, rank, topic and outcome, and the pages that report them."""
    with faults():
        from forecast.console import say
        from forecast.outputs import output_directory
        from forecast.panel.shipped import DYAD

        folder = directory or DYAD
        with output_directory(out, "data show", [folder]) if out else nullcontext() as place:
            _show(folder, as_of, place)
        if out:
            say(f"Written: {out}/{', '.join(f'{name}.csv' for name in TABLES)}, record.pdf, .svg, .png")


def _show(folder: Path, as_of: datetime | None, place: Path | None) -> None:
    from forecast.commands.data_show_tables import tables
    from forecast.console import say
    from forecast.contacts import load_contacts
    from forecast.panel import load_panel
    from forecast.panel.summary import summarise
    from forecast.report.words import day

    dyad = load_contacts(folder).dyad  # tells the faults of all files at once
    until = as_of.date() if as_of else dyad.coded_until
    summary = summarise(load_panel(folder, as_of=until))
    title = f"{dyad.id}: recorded contacts with {dyad.partner} up to {day(until)}"
    if not summary.n_contact:
        say(f"{title}: none yet, so there is nothing to show. Add some with forecast data add.")
        raise typer.Exit  # nothing is written
    tables(summary, title, dyad.partner)
    if place:
        _write(place, summary, dyad.partner, day(until))


def _write(place: Path, summary: "Summary", partner: str, as_of: str) -> None:
    from forecast.report.archive import write_table
    from forecast.report.record import draw
    from forecast.report.save import save_figure

    for name in TABLES:
        write_table(getattr(summary, name), place / f"{name}.csv")
    save_figure(draw(summary, partner, as_of), place, "record")
