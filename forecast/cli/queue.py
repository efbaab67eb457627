"""`forecast data queue`: which rows of a record to look at next, and why."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import Dyads, RegionName, faults, one_dyad
from forecast.shipped import CASE, DYAD

if TYPE_CHECKING:
    import pandas as pd

EPILOG = (f"Examples: forecast data queue | forecast data queue {CASE.examples['own_data']} --first 50 | "
          "forecast data queue --out to_look_at.csv")


def queue(
    directory: Annotated[list[Path] | None, typer.Argument(help="Folder of a dyad. Default: the shipped dyad.",
                                                           show_default=False)] = None,
    dyad: Dyads = None,
    region: RegionName = None,
    first: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 20,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write all rows there (CSV).", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all rows as JSON and nothing else.")] = False,
) -> None:
    """Show which rows to look at next: doubts that stop nothing, each with its reason, the weightiest first.

    Two rows that may be one contact; pages older than the contact; a second coder who differs; low confidence; a single source;
    no page of one side. Below stands how much effort the pages of each term show.
    """
    with faults():
        from forecast.outputs import output_file

        folder = one_dyad(directory, dyad, region) or DYAD
        inputs = [folder / name for name in ("dyad.yaml", "contacts.csv", "media.csv", "second_coding.csv")]
        with output_file(out, inputs) if out else nullcontext() as file:
            from forecast.contacts import load_contacts
            from forecast.contacts.doubts import doubts, effort
            from forecast.contacts.doubts import queue as queued
            from forecast.panel.elections import load_administrations, of_dyad
            from forecast.report.files import as_json as told
            from forecast.report.files import write_table

            found = load_contacts(folder)
            table = queued(doubts(found), found.contact)
            if file:
                write_table(table, file)
        if as_json:
            typer.echo(told({"dyad": found.dyad.id, "queue": table}))
            return
        terms = load_administrations(of_dyad(folder, "administrations.csv"))
        _print(table, len(found.contact), first, effort(found, [(one.name, *_days(one.start, one.end)) for one in terms]))
        if out:
            from forecast.console import say

            say(f"Written: {out}")


def _days(*day: object) -> "tuple[pd.Timestamp, ...]":
    import pandas as pd

    return tuple(pd.Timestamp(str(one)) for one in day)


def _print(table: "pd.DataFrame", contacts: int, first: int, effort: "pd.DataFrame") -> None:
    from rich.table import Table

    from forecast.console import console, plain, say

    say(f"{len(table)} of {contacts} contacts have a doubt.")
    shown = Table(title="To look at next")
    shown.add_column("contact", overflow="fold", ratio=2)
    shown.add_column("why", overflow="fold", ratio=3)
    for row in table.head(first).itertuples():
        shown.add_row(plain(row.id), plain(row.reasons))
    console().print(shown)
    if len(table) > first:
        say(f"{len(table) - first} more: --first {len(table)}, or --out FILE.")
    by_term = Table(title="Effort by term")
    for heading in ("term", "contacts", "pages each", "sources each"):
        by_term.add_column(heading, justify="left" if heading == "term" else "right")
    for row in effort.itertuples():
        by_term.add_row(plain(row.term), str(row.contacts), f"{row.pages_per_contact:.1f}", f"{row.sources_per_contact:.1f}")
    console().print(by_term)
