"""`forecast data sources`: what the context series are, where they come from, and what they must not be used for."""

from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults

if TYPE_CHECKING:
    from forecast.report.sources import Lines, Sheet


def sources(
    series: Annotated[str | None, typer.Argument(help="Name of a series: show all its columns.", show_default=False)] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for an appendix.")] = False,
) -> None:
    """List the context series with rows, span, unit, countries and caveat; or every column and code of one."""
    with faults():
        from forecast.console import say
        from forecast.report.sources import every_series, markdown, one_series

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
            _print(lines)


def _markdown(sheet: "Sheet") -> None:
    from forecast.console import say
    from forecast.report.sources import markdown

    name = dict(sheet.about)["series"]
    about = (("key", "value"), list(sheet.about))
    say(f"# {name}\n\n{markdown(about)}\n## Columns\n\n{markdown(sheet.columns)}", end="")
    if sheet.codes[1]:
        say(f"\n## Codes\n\n{markdown(sheet.codes)}", end="")


def _print(lines: "Lines") -> None:
    from rich.table import Table

    from forecast.console import console

    screen = console()
    screen.width = max(130, screen.width)
    headings, rows = lines
    shown = [place for place, heading in enumerate(headings) if heading != "source" or len({row[place] for row in rows}) > 1]
    table = Table(box=None, padding=(0, 2, 0, 0))
    for place in shown:
        table.add_column(headings[place], no_wrap=headings[place] in ("column", "kind", "code", "span"))
    for row in rows:
        table.add_row(*(row[place] for place in shown))
    screen.print(table)
