"""`forecast data map`, `convert` and `queue`: from the table that a coder keeps to a record, and which of its rows to look at."""

import json
import shutil
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import Dyads, RegionName, faults, one_dyad
from forecast.shipped import CASE, DYAD

if TYPE_CHECKING:
    import pandas as pd

    from forecast.contacts.spreadsheets.mapping import TableMap

KIND = "data convert"
QUEUE_EPILOG = (f"Examples: forecast data queue | forecast data queue {CASE.examples['own_data']} --first 50 | "
                "forecast data queue --out to_look_at.csv")


class As(StrEnum):
    """Files of a record that a table can become."""

    contacts = "contacts"
    media = "media"
    second_coding = "second_coding"


def propose_map(
    file: Annotated[Path, typer.Argument(
        metavar="FILE", help="Workbook (xlsx, xls, xlsb, ods), delimited text, Stata or SPSS file, or an export of Label Studio, "
        "doccano or INCEpTION.")],
    out: Annotated[Path | None, typer.Option(help="Write the mapping to this file.", show_default=False)] = None,
    target: Annotated[As | None, typer.Option(
        "--as", help="What the table is. Default: the file of a record of which most columns are found.",
        show_default=False)] = None,
    partner: Annotated[str, typer.Option(help="Name of the partner state, as headings use it.", show_default=False)] = "",
) -> None:
    """Propose a mapping for a table that somebody keeps: columns, codes, dates, encoding, delimiter, sheet.

    What is not certain stands under `unsure` with the reason. Nothing is converted until each is looked at and its line deleted.
    """
    with faults():
        from forecast.console import say
        from forecast.contacts.spreadsheets.guess import propose
        from forecast.contacts.spreadsheets.mapping import written
        from forecast.outputs import check_file, output_file

        if out:
            check_file(out, [file])
        plan = propose(file, target.value if target else None, partner)
        text = written(plan, file.name)
        if out is None:
            say(text, end="")
            return
        with output_file(out, [file]) as place:
            place.write_text(text, encoding="utf-8")
        _tell(plan, out)


def _tell(plan: "TableMap", out: Path) -> None:
    """What was found and what is uncertain, line by line."""
    from forecast.console import say
    from forecast.contacts.spreadsheets.mapping import TARGETS

    read = plan.read
    how = ", ".join(filter(None, (read.form, read.encoding, read.delimiter, read.sheet and f"sheet {read.sheet}",
                                  f"headings in row {read.header_row}" if read.header_row else "")))
    headings = sum(column.heading is not None for column in plan.columns.values())
    say(f"Written: {out} ({how}; {headings} columns of {TARGETS[plan.target].file} found)")
    if plan.ignored:
        say(f"Used for nothing: {', '.join(plan.ignored)}")
    for name, why in plan.unsure.items():
        say(f"unsure: {name}: {why}")
    count = len(plan.unsure)
    say(f"Next: look at the {count} {'place' if count == 1 else 'places'} under unsure, correct and delete them, then "
        "forecast data convert." if count else "Next: forecast data convert.")


def convert_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The table.")],
    mapping: Annotated[Path, typer.Option("--map", help="Its mapping file, without anything left under unsure.")],
    out: Annotated[Path, typer.Option(help="New folder for the converted file, with the mapping and a manifest beside it.")],
    data: Annotated[Path | None, typer.Option(
        "--data", metavar="DIR", help="Folder of the dyad, whose rules are then checked too.", show_default=False)] = None,
) -> None:
    """Convert a table by its mapping, and check every row by the codebook; every fault is told by its place in the table."""
    with faults():
        from forecast.console import say
        from forecast.contacts import load_dyad
        from forecast.contacts.spreadsheets.convert import convert, open_job
        from forecast.contacts.spreadsheets.mapping import load_map
        from forecast.outputs import output_directory, sha256

        inputs = [file, mapping, *([data / "dyad.yaml"] if data else [])]
        with output_directory(out, KIND, inputs) as folder:
            plan = load_map(mapping)
            job = open_job(file, plan, mapping, load_dyad(data) if data else None)
            written = convert(job, folder)
            shutil.copyfile(mapping, folder / "map.yaml")
            content = {"file": file.name, "sha256": sha256(file)}
            (folder / "manifest.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
        for name, rows in written:
            say(f"Written: {out / name} ({rows} {'row' if rows == 1 else 'rows'}, no faults)")
        if plan.target == "second_coding":
            say(f"Next: forecast data reliability DYAD/contacts.csv {out / written[0][0]}")
        else:
            say(f"Next: forecast data add DYAD {out / written[0][0]}, then forecast data check DYAD.")


# Which rows to look at next.

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
