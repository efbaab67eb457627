"""What others recorded: `forecast data import` (registers and event data) and `forecast data sources` (context series)."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forecast.cli.console import faults, progress_bars
from forecast.shipped import CASE

if TYPE_CHECKING:
    import pandas as pd

    from forecast.report.console import Lines, Sheet

SOURCES_EPILOG = "Examples: forecast data sources | forecast data sources trade_annual"


# `forecast data import`: registers and event data of others as a dyad series, for outside checks.

LAST_DAY = cast(datetime, f"{CASE.coded_until}")
"""Typer reads the text as a day."""


class Period(StrEnum):
    """Length of a period."""

    year = "year"
    month = "month"


class Encoding(StrEnum):
    """Encodings in which such files are met."""

    utf8 = "utf-8"
    latin1 = "latin-1"
    cp1252 = "cp1252"


import_app = typer.Typer(no_args_is_help=True, help=(
    "Count contacts of the dyad in registers and event data of others, by year or month. The series are outside checks: they are "
    "never to be added to coded contacts. The help of a source (forecast data import gdelt --help) says which files to get, "
    "what is known to be wrong with them, and what is done about it."))

SOURCES = {
    "historian": """Registers of the US Office of the Historian: travels of presidents and secretaries, visits of leaders.

    Get: the XML of the repositories HistoryAtState/travels and HistoryAtState/visits (public domain), as downloaded: plain
    files or the zip archive of the whole repository; other files in it are passed over.

    Known defects: the travels of secretaries and presidents are complete, visits are those that the Office lists, without
    most visits below heads of state and government. A journey to several states is one element for each.

    What is done: a journey counts on its first day. An element without a day or a state is a fault that is told with its place,
    and nothing is written. Document type declarations are refused.""",
    "gdelt": """GDELT event files, versions 1.0 and 2.0.

    Get: the event files (.export.CSV.zip) that the master lists of the GDELT Project name; not the mentions, not the GKG. Files
    have no header: 61 columns in version 2.0, 58 in daily and 57 in yearly files of 1.0.

    Known defects: some addresses of the master lists lead to nothing, so that single quarters of an hour and days are missing;
    rows of version 1.0 before April 2013 have no address of a page; machine coding counts one visit many times, and news of old
    events as new ones.

    What is done: a row counts once for its event number, whatever files it stands in. Rows whose day or number of columns cannot
    be read are left out and counted. What is missing cannot be seen in the files: compare the list with what you have.""",
    "icews": """ICEWS coded event data.

    Get: the yearly files of the Harvard Dataverse, doi 10.7910/DVN/28075 (events.YEAR.tab, mostly zipped).

    Known defects: the file of 2017 writes days as 1/17/2017, has no column of CAMEO codes in some versions, and codes that are
    none, such as 13y. An event number can stand twice with different days.

    What is done: both ways to write a day are read. Where a code is missing or none, the name of the event gives it (Event Text);
    where that says nothing either, the row counts among all events alone, and how many did so is told. A row is known by number
    and day.""",
    "polecat": """POLECAT global event data (PLOVER codes), the successor of ICEWS.

    Get: the weekly, monthly or yearly files of the Harvard Dataverse, doi 10.7910/DVN/AJGVIT (.txt, mostly zipped).

    Known defects: two layouts of published files are malformed: a header with surplus names over rows of the usual forty cells,
    and rows with surplus tabs. A side can name several states.

    What is done: both are read by the usual header. A row is between the dyad where one side names one state and the other side
    the other; a CONSULT that names all states as actors counts for both directions together alone.""",
    "colt": """COLT, Country and Organizational Leader Travel, of the Pardee Institute (University of Denver).

    Get: the public data set (a workbook) and save its sheet of trips as CSV; the columns TripID, LeaderCountryISO, LeaderRole,
    CountryVisitedISO, TripStartDate and MetHostHoGS are read, wherever they stand.

    Known defects: days can be unknown (empty or TBD); spreadsheet programs write 1.0 or TRUE for 1, and days as 1/17/2017.

    What is done: all of these are read; journeys without a day are left out and counted; any other answer to whether the host
    was met is a fault with its row.""",
}
"""Name of a source -> what its help says: which files to get, their known defects, what is done about them."""

NAMES = {
    "historian": "identifier in the registers, e.g. south-sudan. Default: that of dyad.yaml",
    "gdelt": f"CAMEO country code of three letters, e.g. {CASE.examples['code']}",
    "icews": "name of the state. Default: the partner's in dyad.yaml",
    "polecat": f"ISO 3166-1 code of three letters, e.g. {CASE.examples['code']}",
    "colt": f"ISO 3166-1 code of three letters, e.g. {CASE.examples['code']}",
}
EXAMPLES = {
    "historian": "travels.zip visits.zip", "gdelt": f"2018*.zip --code {CASE.examples['code']} --by month --out gdelt.csv",
    "icews": "events.2017*.zip --by month --out icews.csv",
    "polecat": f"ngecEvents*.zip --code {CASE.examples['code']} --out polecat.csv",
    "colt": f"colt.csv --code {CASE.examples['code']} --out colt.csv",
}


def _command(form: str) -> Callable[..., None]:
    """Build the command that imports one kind of source."""

    def command(
        files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of this format, plain, packed or zipped.")],
        dyad: Annotated[Path | None, typer.Option(
            "--dyad", "--partner", help="Folder of the dyad. Default: the shipped data.",
            show_default=False)] = None,
        by: Annotated[Period, typer.Option(help="Length of a period.")] = Period.year,
        as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Use nothing dated later.")] = LAST_DAY,
        code: Annotated[str | None, typer.Option(help=f"How these files name the partner: {NAMES[form]}.",
                                                 show_default=False)] = None,
        encoding: Annotated[Encoding, typer.Option(help="Encoding of text files.")] = Encoding.utf8,
        out: Annotated[Path | None, typer.Option(help="Write the series to this CSV file.", show_default=False)] = None,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
    ) -> None:
        _import(form, files, dyad, by, as_of, code, encoding, out, quiet)

    command.__doc__ = "\n\n".join(" ".join(one.split()) for one in SOURCES[form].split("\n\n"))
    return command


def _import(form: str, files: list[Path], dyad: Path | None, by: Period, as_of: datetime, code: str | None, encoding: Encoding,
            out: Path | None, quiet: bool) -> None:
    with faults():
        from forecast.console import say
        from forecast.contacts import load_dyad
        from forecast.contacts.importers import IMPORTERS, By, import_series
        from forecast.outputs import output_file
        from forecast.report.files import write_table
        from forecast.shipped import DYAD

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
            _print_import(table, f"{IMPORTERS[form].title}, United States and {about.partner}")
        for remark in remarks:
            say(f"{remark}.")


def _print_import(table: "pd.DataFrame", title: str) -> None:
    """One line a measure and direction, one column a period; the last twelve periods."""
    from rich.table import Table

    from forecast.console import console

    screen = console()
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


# `forecast data sources`: what the context series are, where they come from, and what they must not be used for.

def sources(
    series: Annotated[str | None, typer.Argument(help="Name of a series: show all its columns.", show_default=False)] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for an appendix.")] = False,
) -> None:
    """List the context series with rows, span, unit, countries and caveat; or every column and code of one."""
    with faults():
        from forecast.console import say
        from forecast.report.console import every_series, markdown, one_series

        if series:
            sheet = one_series(series)
            _markdown(sheet) if as_markdown else _sheet(sheet)
        elif as_markdown:
            say(markdown(every_series()), end="")
        else:
            _list(every_series())


def _list(lines: "Lines") -> None:
    """A line of facts per series, then what its countries and its limits are."""
    from forecast.console import say

    wide = max(len(name) for name, *_ in lines[1])
    for name, rows, span, unit, countries, caveat in lines[1]:
        say(f"{name:<{wide}}  {rows:>4} rows  {span:<24}  {unit}\n    countries: {countries}\n    {caveat}")


def _sheet(sheet: "Sheet") -> None:
    from forecast.console import say

    for name, words in sheet.about:
        say(f"{name}: {words}")
    for lines in (sheet.columns, sheet.codes):
        if lines[1]:
            say()
            _print_sources(lines)


def _markdown(sheet: "Sheet") -> None:
    from forecast.console import say
    from forecast.report.console import markdown

    name = dict(sheet.about)["series"]
    about: Lines = (("key", "value"), list(sheet.about))
    say(f"# {name}\n\n{markdown(about)}\n## Columns\n\n{markdown(sheet.columns)}", end="")
    if sheet.codes[1]:
        say(f"\n## Codes\n\n{markdown(sheet.codes)}", end="")


def _print_sources(lines: "Lines") -> None:
    from rich.table import Table

    from forecast.console import console

    screen = console()
    headings, rows = lines
    shown = [place for place, heading in enumerate(headings) if heading != "source" or len({row[place] for row in rows}) > 1]
    table = Table(box=None, padding=(0, 2, 0, 0))
    for place in shown:
        table.add_column(headings[place], no_wrap=headings[place] in ("column", "kind", "code", "span"))
    for row in rows:
        table.add_row(*(row[place] for place in shown))
    screen.print(table)


for _form in SOURCES:
    import_app.command(_form, epilog=f"Example: forecast data import {_form} {EXAMPLES[_form]}")(_command(_form))
