"""What others recorded: `forecast data import` (registers and event data) and `forecast data sources` (context series)."""

import tomllib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forecast.cli.console import AsJson, Data, Quiet, faults, one_dyad, print_json, progress_bars
from forecast.console import console, say, say_written
from forecast.shipped import CASE, DATA

if TYPE_CHECKING:
    import pandas as pd

    from forecast.report.console import Lines, SeriesSheet

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

SOURCES = tomllib.loads((DATA / "outside.toml").read_text(encoding="utf-8"))
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
    "icews": "events*.zip --by month --out icews.csv",
    "polecat": f"ngecEvents*.zip --code {CASE.examples['code']} --out polecat.csv",
    "colt": f"colt.csv --code {CASE.examples['code']} --out colt.csv",
}


def _command(form: str) -> Callable[..., None]:
    """Build the command that imports one kind of source."""

    def command(
        files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of this format, plain, packed or zipped.")],
        dyad: Annotated[list[str] | None, typer.Option(
            "--dyad", "--partner", metavar="NAME", help="A shipped dyad by name, that of --data, or a folder as for --data.",
            show_default=False)] = None,
        data: Data = None,
        by: Annotated[Period, typer.Option(help="Length of a period.")] = Period.year,
        as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Use nothing dated later.")] = LAST_DAY,
        code: Annotated[str | None, typer.Option(help=f"How these files name the partner: {NAMES[form]}.",
                                                 show_default=False)] = None,
        home_code: Annotated[str | None, typer.Option(
            help=f"The same of the home state, where that is not {CASE.home['name']}.", show_default=False)] = None,
        encoding: Annotated[Encoding, typer.Option(help="Encoding of text files.")] = Encoding.utf8,
        out: Annotated[Path | None, typer.Option(help="Write the series to this CSV file.", show_default=False)] = None,
        quiet: Quiet = False, as_json: AsJson = False,
    ) -> None:
        with faults():
            table, remarks = _import(form, files, one_dyad(data, dyad), by, as_of, (code, home_code), encoding, out, quiet)
            if as_json:
                print_json(series=table, remarks=remarks)

    told = {key: " ".join(text.split()) for key, text in SOURCES[form].items()}
    command.__doc__ = (f"{told['title']}\n\nGet: {told['get']}\n\nKnown defects: {told['defects']}\n\n"
                       f"What is done: {told['done']}")
    return command


def _import(form: str, files: list[Path], dyad: Path | None, by: Period, as_of: datetime, codes: tuple[str | None, str | None],
            encoding: Encoding, out: Path | None, quiet: bool) -> "tuple[pd.DataFrame, Sequence[str]]":
    from forecast.contacts import load_dyad
    from forecast.contacts.importers import IMPORTERS, By, import_series
    from forecast.outputs import output_file
    from forecast.report.files import write_table
    from forecast.shipped import DYAD

    folder = dyad or DYAD
    about = load_dyad(folder)
    with output_file(out, [*files, folder / "dyad.yaml"]) if out else nullcontext() as place:
        with progress_bars(quiet) as progress:
            table, remarks = import_series(form, files, about, by=By(by), as_of=as_of.date(), code=codes[0],
                                           home_code=codes[1], encoding=encoding, progress=progress)
        if place:
            write_table(table, place)
    if out:
        say_written(f"Written: {out} ({len(table)} rows)")
    else:
        _print_import(table, f"{IMPORTERS[form].title}, {about.home} and {about.partner}", about.home_iso2)
    for remark in remarks:
        say(f"{remark}.")
    return table, remarks


def _print_import(table: "pd.DataFrame", title: str, home: str) -> None:
    """One line a measure and direction, one column a period; the last twelve periods."""
    from rich.table import Table


    screen = console()
    side = home.lower()
    short = {f"{side}_to_partner": side, f"partner_to_{side}": "partner"}
    periods = sorted(set(table["period"]))
    last = periods[-12:]
    shown = Table(title=title, caption=f"{side}: {home} to partner; partner: partner to {home}; both: rows either way", box=None)
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
    as_json: AsJson = False,
) -> None:
    """List the context series with rows, span, unit, countries and caveat; or every column and code of one."""
    with faults():
        from forecast.report.console import every_series, markdown_lines, one_series

        if series:
            sheet = one_series(series)
            if as_json:
                print_json(**dict(sheet.about), columns=_rows(sheet.columns), codes=_rows(sheet.codes))
            _markdown(sheet) if as_markdown else _sheet(sheet)
            return
        lines = every_series()
        if as_json:
            print_json(series=_rows(lines))
        if as_markdown:
            say(markdown_lines(lines), end="")
        else:
            _list(lines)


def _rows(lines: "Lines") -> list[dict[str, str]]:
    return [dict(zip(lines[0], row, strict=True)) for row in lines[1]]


def _list(lines: "Lines") -> None:
    """A line of facts per series, then what its countries and its limits are."""
    wide = max(len(name) for name, *_ in lines[1])
    for name, rows, span, unit, countries, caveat in lines[1]:
        say(f"{name:<{wide}}  {rows:>4} rows  {span:<24}  {unit}\n    countries: {countries}\n    {caveat}")


def _sheet(sheet: "SeriesSheet") -> None:

    for name, words in sheet.about:
        say(f"{name}: {words}")
    for lines in (sheet.columns, sheet.codes):
        if lines[1]:
            say()
            _print_sources(lines)


def _markdown(sheet: "SeriesSheet") -> None:
    from forecast.report.console import markdown_lines

    name = dict(sheet.about)["series"]
    about: Lines = (("key", "value"), list(sheet.about))
    say(f"# {name}\n\n{markdown_lines(about)}\n## Columns\n\n{markdown_lines(sheet.columns)}", end="")
    if sheet.codes[1]:
        say(f"\n## Codes\n\n{markdown_lines(sheet.codes)}", end="")


def _print_sources(lines: "Lines") -> None:
    from rich.table import Table


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
