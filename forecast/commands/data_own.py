"""`forecast data new`, `add` and `diff`: a record of one's own, and how it grows."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.commands.console import faults

if TYPE_CHECKING:
    import pandas as pd


def new(
    name: Annotated[str, typer.Argument(help="Name of the folder and label of the dyad, e.g. us_uz.")],
    partner: Annotated[str, typer.Option(help="Name of the partner state.")],
    iso2: Annotated[str, typer.Option(help="Its two-letter code (ISO 3166).")],
    directory: Annotated[Path, typer.Option(help="Where the folder goes.")] = Path(),
) -> None:
    """Lay out an empty dyad folder: annotated dyad.yaml, files with their headers, a README with every code."""
    with faults():
        from forecast.console import say
        from forecast.contacts.template import lay_out

        folder = lay_out(directory, name, partner, iso2)
        say(f"Written: {folder}/dyad.yaml, contacts.csv, media.csv, second_coding.csv, README.md")
        say("Next: edit dyad.yaml, code some contacts, then forecast data check and forecast data add.")


def add(
    directory: Annotated[Path, typer.Argument(help="Folder of a dyad.")],
    rows: Annotated[Path, typer.Argument(help="CSV file of new rows, with the header of contacts.csv or media.csv.")],
) -> None:
    """Check new rows against the codebook and the rows that are there, and append them: all or none."""
    with faults():
        from forecast.console import say
        from forecast.contacts.append import append

        file, count = append(directory, rows)
        say(f"{directory / file}: {count} {'row' if count == 1 else 'rows'} added.")


def diff(
    old: Annotated[Path, typer.Argument(help="Folder of a dyad, or a contacts.csv: the earlier version.")],
    newer: Annotated[Path, typer.Argument(metavar="NEW", help="The later version.")],
    out: Annotated[Path | None, typer.Option(help="Write every change to this CSV file.", show_default=False)] = None,
) -> None:
    """Show what was added, changed or removed between two versions of a record, by rank and administration."""
    with faults():
        from forecast.console import say
        from forecast.outputs import output_file

        with output_file(out, _files(old, newer)) if out else nullcontext() as place:
            _diff(old, newer, place)
        if out:
            say(f"Every change: {out}")


def _files(*sides: Path) -> list[Path]:
    """What two sides are read from: a file each, or the files of a folder."""
    return [path for side in sides for path in (side, *(side / name for name in ("contacts.csv", "media.csv", "dyad.yaml")))]


def _diff(old: Path, newer: Path, place: Path | None) -> None:
    from forecast.console import say
    from forecast.contacts.diff import compare, count_rows
    from forecast.report.archive import write_table

    lines = compare(old, newer)
    if lines.empty:
        say("No difference.")
    for row in count_rows(lines).itertuples():
        say(f"{row.file}: {row.rows} {'row' if row.rows == 1 else 'rows'} {row.change}")
    _print(lines[lines["file"] == "contacts.csv"])
    if place:
        write_table(lines, place)


def _print(lines: "pd.DataFrame") -> None:
    """Contacts by administration and rank: added +, removed -, changed ~."""
    import pandas as pd
    from rich.table import Table

    from forecast.console import console
    from forecast.contacts import codes
    from forecast.panel.administrations import load_administrations

    if lines.empty:
        return
    rows = lines.drop_duplicates(["key", "change"])
    terms = load_administrations()
    days = [day.date() for day in pd.to_datetime(rows["date"])]
    term = [next((one.name for one in terms if one.start <= day < one.end), "none") for day in days]
    count = rows.groupby([pd.Series(term, index=rows.index, name="term"), "us_rank", "change"]).size()
    shown = Table(title="Contacts by administration and rank: + added, - removed, ~ changed", box=None)
    for heading in ("administration", *codes.RANK):
        shown.add_column(heading.replace("_", " "), justify="left" if heading == "administration" else "right")
    for name in dict.fromkeys([*(one.name for one in terms if one.name in set(term)), *term]):
        shown.add_row(name, *(_cell(count, name, rank) for rank in codes.RANK))
    console(width=110).print(shown)


def _cell(count: "pd.Series", term: str, rank: str) -> str:
    marks = {"added": "+", "removed": "-", "changed": "~"}
    return " ".join(f"{mark}{count[term, rank, change]}" for change, mark in marks.items() if (term, rank, change) in count)
