"""`forecast data sources`: the context series, and what each column means."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults

if TYPE_CHECKING:
    from forecast.panel.series import Series


def sources(
    series: Annotated[str | None, typer.Argument(help="One series, column by column. Default: all, a line each.",
                                                 show_default=False)] = None,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Count nothing dated later.")] = "2024-11-04",
) -> None:
    """List the context series with source, span, unit and caveat; or the columns of one."""
    with faults():
        from forecast.panel.series import described, load_series

        for name in [series] if series else described():
            frame = load_series(name, as_of.date())
            one = described()[name]
            time = frame[one.time]
            span = f"{time.min():%Y-%m-%d} to {time.max():%Y-%m-%d}" if len(frame) else "nothing by then"
            typer.echo(f"{name}: {one.title}\n  {len(frame)} rows, {span} ({one.time})\n  Caveat: {one.caveat}")
            typer.echo(f"  Sources: {_sources(list(frame['source']))}")
            if series:
                _print_columns(one)


def _sources(cells: list[str], shown: int = 3) -> str:
    """The most frequent sources; how many more there are."""
    from collections import Counter

    parts = Counter(part.strip() for cell in cells for part in cell.split(" ; "))
    more = len(parts) - shown
    return "; ".join(part for part, _ in parts.most_common(shown)) + (f"; and {more} more, row by row" if more > 0 else "")


def _print_columns(one: "Series") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("column", "kind", "meaning", "unit", "caveat"):
        table.add_column(heading)
    for name, column in one.column.items():
        table.add_row(name, column.kind, column.meaning, column.unit, column.caveat)
    Console(width=130).print(table)
