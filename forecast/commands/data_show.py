"""`forecast data show`: what a record holds, counted by administration, rank, topic, outcome and side of the media."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults

if TYPE_CHECKING:
    from forecast.panel.summary import Summary


def show(
    directory: Annotated[Path | None, typer.Argument(
        help="Folder of a dyad. Default: the shipped US-Kazakhstan data.", show_default=False)] = None,
    as_of: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="Use nothing dated later. Default: the day to which the dyad is coded.",
        show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(
        help="Folder for the tables (CSV) and the figure (PDF, SVG, PNG).", show_default=False)] = None,
) -> None:
    """Count the recorded contacts of a dyad by administration, rank, topic and outcome, and the pages that report them."""
    with faults():
        from forecast.commands.data_show_tables import tables
        from forecast.contacts import load_contacts
        from forecast.panel import load_panel
        from forecast.panel.shipped import DYAD
        from forecast.panel.summary import summarise
        from forecast.report.words import day

        folder = directory or DYAD
        dyad = load_contacts(folder).dyad  # tells the faults of all files at once
        until = as_of.date() if as_of else dyad.coded_until
        summary = summarise(load_panel(folder, as_of=until))
        title = f"{dyad.id}: recorded contacts with {dyad.partner} up to {day(until)}"
        if not summary.n_contact:
            typer.echo(f"{title}: none yet, so there is nothing to show. Add some with forecast data add.")
            return
        tables(summary, title, dyad.partner)
        if out:
            _write(out, summary, dyad.partner, day(until))


def _write(out: Path, summary: "Summary", partner: str, as_of: str) -> None:
    from forecast.report.archive import write_table
    from forecast.report.record import draw
    from forecast.report.save import save_figure

    out.mkdir(parents=True, exist_ok=True)
    for name in ("year", "administration", "topic", "outcome", "media"):
        write_table(getattr(summary, name), out / f"{name}.csv")
    save_figure(draw(summary, partner, as_of), out, "record")
    typer.echo(f"Written: {out}/year.csv, administration.csv, topic.csv, outcome.csv, media.csv, record.pdf, .svg, .png")
