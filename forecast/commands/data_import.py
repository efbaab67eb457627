"""`forecast data import`: registers and event data of others as a dyad series, for outside checks."""

from contextlib import nullcontext
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults, progress_bars

if TYPE_CHECKING:
    import pandas as pd


class Source(StrEnum):
    """Formats that can be imported."""

    historian = "historian"
    gdelt = "gdelt"
    icews = "icews"
    polecat = "polecat"
    colt = "colt"


class Period(StrEnum):
    """Length of a period."""

    year = "year"
    month = "month"


class Encoding(StrEnum):
    """Encodings in which such files are met."""

    utf8 = "utf-8"
    latin1 = "latin-1"
    cp1252 = "cp1252"


def import_files(
    form: Annotated[Source, typer.Argument(metavar="FORMAT", help="historian, gdelt, icews, polecat or colt.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of this format, plain or zipped.")],
    dyad: Annotated[Path | None, typer.Option(
        "--dyad", "--partner", help="Folder of the dyad. Default: the shipped US-Kazakhstan data.",
        show_default=False)] = None,
    by: Annotated[Period, typer.Option(help="Length of a period.")] = Period.year,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Use nothing dated later.")] = "2025-01-19",
    code: Annotated[str | None, typer.Option(
        help="How these files name the partner: three letters for gdelt, polecat and colt, e.g. KAZ. "
             "Default: the register's identifier (historian) or the name (icews) in dyad.yaml.",
        show_default=False)] = None,
    encoding: Annotated[Encoding, typer.Option(help="Encoding of text files.")] = Encoding.utf8,
    out: Annotated[Path | None, typer.Option(help="Write the series to this CSV file.", show_default=False)] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
) -> None:
    """Count contacts of the dyad in registers and event data of others, by year or month.

    The series are outside checks: they are never to be added to coded contacts.
    """
    with faults():
        from forecast.console import say
        from forecast.contacts import load_dyad
        from forecast.contacts.importers import IMPORTERS, By, import_series
        from forecast.outputs import output_file
        from forecast.panel.shipped import DYAD
        from forecast.report.archive import write_table

        folder = dyad or DYAD
        about = load_dyad(folder)
        with output_file(out, [*files, folder / "dyad.yaml"]) if out else nullcontext() as place:
            with progress_bars(quiet) as progress:
                table, remarks = import_series(form, files, about, by=By(by), as_of=as_of.date(), code=code,
                                               encoding=encoding, progress=progress)
            if place:
                write_table(table, place)
        if out:
            say(f"Written: {out} ({len(table)} rows)")
        else:
            _print(table, f"{IMPORTERS[form].title}, United States and {about.partner}")
        for remark in remarks:
            say(f"{remark}.")


def _print(table: "pd.DataFrame", title: str) -> None:
    """One line a measure and direction, one column a period; the last twelve periods."""
    from rich.table import Table

    from forecast.console import console

    screen = console(width=130)
    short = {"us_to_partner": "us", "partner_to_us": "partner"}
    periods = sorted(set(table["period"]))
    last = periods[-12:]
    shown = Table(title=title, caption="us: US to partner; partner: partner to US; both: rows either way", box=None)
    for heading in ("measure", "direction", *last):
        shown.add_column(heading, justify="right" if heading in last else "left", no_wrap=True)
    for (measure, direction), rows in table.groupby(["measure", "direction"], sort=False):
        value = dict(zip(rows["period"], rows["value"], strict=True))
        shown.add_row(measure.replace("_", " "), short.get(direction, direction), *(str(value.get(one, "")) for one in last))
    screen.print(shown)
    if len(periods) > len(last):
        screen.print(f"The last {len(last)} of {len(periods)} periods; all of them with --out.")
