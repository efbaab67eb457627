"""The group `forecast data`: which commands it has, and an example of each."""

import shlex
from collections import Counter
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.coding import (
    ADJUDICATE_EPILOG,
    QUEUE_EPILOG,
    RELIABILITY_EPILOG,
    adjudicate,
    convert_file,
    propose_map,
    queue,
    reliability,
)
from forecast.cli.console import AsJson, Dyads, RegionName, faults, folders_of, one_dyad, print_json
from forecast.cli.outside import SOURCES_EPILOG, import_app, sources
from forecast.cli.quality import completeness, events, show
from forecast.console import console, say, say_written
from forecast.shipped import CASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from forecast.contacts import Contacts
    from forecast.contacts.dyad import Dyad

OWN, MINE = CASE.examples["own"], CASE.examples["own_data"]
"""The dyad that somebody codes, of whom examples speak, and the folder of its record."""
REASONS, TEMPLATE = ("relations_start_reason", "coded_until_reason"), "replace this by"
"""Lines of dyad.yaml that only the coder can write, and how they begin where `forecast data new` laid them out."""


# `forecast data check`: every fault of a dyad's files.

def check(
    directory: Annotated[list[Path] | None, typer.Argument(
        help="Folders of dyads (dyad.yaml, contacts.csv, media.csv). Default: the shipped dyad.", show_default=False)] = None,
    dyad: Dyads = None,
    region: RegionName = None,
) -> None:
    """Check every row of the files of one dyad or several; report every fault with file, row, column and remedy.

    Of several dyads, the rows of occasions that they share are compared, also with the coding of the occasion as a whole.
    """
    with faults():
        from forecast.contacts import check_dyad, load_contacts
        from forecast.errors import InputError
        from forecast.shipped import DYAD, regions

        folders = folders_of(directory, dyad, region) or [DYAD]
        if wrong := [fault for folder in folders for fault in check_dyad(folder)]:
            raise InputError(wrong)
        loaded = [load_contacts(folder) for folder in folders]
        for folder, found in zip(folders, loaded, strict=True):
            one = found.dyad
            contacts = "1 contact" if len(found.contact) == 1 else f"{len(found.contact)} contacts"
            say(f"{one.id}, version {one.version}: {contacts}, {_pages(len(found.media))}, no faults.")
            for caveat in one.caveats:
                say(f"  caveat: {caveat}")
            for name in REASONS:
                if getattr(one, name).startswith(TEMPLATE):
                    say(f"  {name} in dyad.yaml is still the line of the template: readers cannot judge the day.")
            _tell_doubts(folder, found)
        if len(loaded) > 1:
            for name in regions():
                _cross_check(name, loaded)


def _pages(count: int) -> str:
    return f"{count} media {'page' if count == 1 else 'pages'}" if count else "no media pages (tone and frames cannot be told)"


def _tell_doubts(folder: Path, found: "Contacts") -> None:
    """How many rows may be wrong though no rule refuses them, and which command lists them."""
    from forecast.console import say
    from forecast.contacts.doubts import KINDS, doubts
    from forecast.shipped import dyads

    told = doubts(found)
    if told:
        where = f"--dyad {found.dyad.id}" if dyads().get(found.dyad.id) == folder else shlex.quote(str(folder))
        by_kind = Counter(one.kind for one in told)
        kinds = ", ".join(f"{by_kind[kind]} {kind}" for kind in KINDS if by_kind[kind])
        rows = len({one.id for one in told})
        say(f"  {rows} {'contact has' if rows == 1 else 'contacts have'} doubts ({kinds}): forecast data queue {where}")


def _cross_check(name: str, loaded: "Sequence[Contacts]") -> None:
    """Compare the rows of shared occasions of a region, where several of its dyads are given."""
    from forecast.contacts.region import disagreements, load_region
    from forecast.shipped import region

    found = load_region(region(name))
    given = [one for one in loaded if one.dyad.id in found.dyads]
    if len(given) < 2:
        return
    told = disagreements(found, given)
    rows = found.occasions[found.occasions["dyad"].isin([one.dyad.id for one in given])]
    say(f"{found.title} ({found.id}, version {found.version}): {len(rows)} rows of {rows['occasion_id'].nunique()} shared "
        f"occasions, {len(told)} {'warning' if len(told) == 1 else 'warnings'}.")
    for caveat in found.caveats:
        say(f"  caveat: {caveat}")
    for one in told:
        say(f"warning: {one}")


# `forecast data codebook`: every column and code, with examples from the record.

class Form(StrEnum):
    """How the codebook is printed."""

    markdown = "markdown"
    latex = "latex"


def codebook(
    directory: Annotated[list[Path] | None, typer.Argument(
        help="Folder of the dyad from which the examples come. Default: the shipped dyad.", show_default=False)] = None,
    dyad: Dyads = None,
    region: RegionName = None,
    form: Annotated[Form, typer.Option("--format", help="Markdown, or a LaTeX appendix.")] = Form.markdown,
) -> None:
    """Print the codebook: columns of each file, definition of each code, and the first row on record that bears it."""
    with faults():
        from forecast.contacts import load_contacts
        from forecast.contacts.codebook import codebook as markdown
        from forecast.contacts.codebook import examples_of
        from forecast.report.tables import codebook_latex
        from forecast.shipped import DYAD

        found = load_contacts(one_dyad(directory, dyad, region) or DYAD)
        say((codebook_latex if form is Form.latex else markdown)(examples_of(found), found.dyad), end="")


# `forecast data new`, `add` and `diff`: a record of one's own, and how it grows.

def new(
    name: Annotated[str, typer.Argument(help=f"Name of the folder and label of the dyad, e.g. {OWN['name']}.")],
    partner: Annotated[str, typer.Option(help="Name of the partner state.")],
    iso2: Annotated[str | None, typer.Option(help="Its two-letter code (ISO 3166). Default: that of the state of this name.",
                                             show_default=False)] = None,
    directory: Annotated[Path, typer.Option(help="Where the folder goes.")] = Path(),
) -> None:
    """Lay out an empty dyad: its folder with every code explained, and beside it scenarios of the coming election with questions.

    Nothing is overwritten. The last lines say what to do next.
    """
    with faults():
        from forecast.pipeline.templates import new_dyad, next_steps

        folder, scenarios = new_dyad(directory, name, partner, iso2)
        say_written(f"Written: {folder}/dyad.yaml, contacts.csv, media.csv, second_coding.csv, README.md")
        say_written(f"Written: {', '.join(map(str, scenarios))}")
        for line in next_steps(folder, scenarios):
            say(line)


def add(
    directory: Annotated[Path, typer.Argument(help="Folder of a dyad.")],
    rows: Annotated[Path, typer.Argument(help="CSV file of new rows, with the header of contacts.csv or media.csv.")],
) -> None:
    """Check new rows against the codebook and the rows that are there, and append them: all or none."""
    with faults():
        from forecast.contacts.edit import append

        file, count = append(directory, rows)
        say(f"{directory / file}: {count} {'row' if count == 1 else 'rows'} added.")


def migrate(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a dyad, of codings or of scenarios.")],
    out: Annotated[Path | None, typer.Option(
        help="New folder for the present form. Default: DIR with the ending _migrated.", show_default=False)] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put the present form in the place of DIR instead.")] = False,
) -> None:
    """Write a folder of an older version of this program in the present form; the old one stays unless you say otherwise."""
    with faults():
        from forecast.contacts.edit import migrate as written

        if out and replace:
            raise typer.BadParameter("give --out or --replace, not both.")
        own = directory if directory.name not in ("", "..") else directory.resolve()
        place = None if replace else out or own.with_name(f"{own.name}_migrated")
        told = written(directory, place)
        for one in told:
            say(one)
        say_written(f"Written: {place or directory}" if told else f"{directory}: nothing to migrate, it has the present form.")


def diff(
    old: Annotated[Path, typer.Argument(help="Folder of a dyad, or a contacts.csv: the earlier version.")],
    newer: Annotated[Path, typer.Argument(metavar="NEW", help="The later version.")],
    out: Annotated[Path | None, typer.Option(help="Write every change to this CSV file.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Show what was added, changed or removed between two versions of a record, by rank and administration."""
    with faults():
        from forecast.outputs import output_file

        with output_file(out, _files(old, newer)) if out else nullcontext() as place:
            _diff(old, newer, place, as_json)
        if out:
            say_written(f"Every change: {out}")


def _files(*sides: Path) -> list[Path]:
    """What two sides are read from: a file each, or the files of a folder."""
    return [path for side in sides for path in (side, *(side / name for name in ("contacts.csv", "media.csv", "dyad.yaml")))]


def _diff(old: Path, newer: Path, place: Path | None, as_json: bool) -> None:
    from forecast.contacts.edit import compare_records, count_rows
    from forecast.report.files import write_table

    lines = compare_records(old, newer)
    if as_json:
        print_json(changes=lines, rows=count_rows(lines))
    if lines.empty:
        say("No difference.")
    for row in count_rows(lines).itertuples():
        say(f"{row.file}: {row.rows} {'row' if row.rows == 1 else 'rows'} {row.change}")
    _print_diff(lines[lines["file"] == "contacts.csv"], newer)
    if place:
        write_table(lines, place)


def _print_diff(lines: "pd.DataFrame", side: Path) -> None:
    """Contacts by administration and rank: added +, removed -, changed ~; terms are those of the later side."""
    import pandas as pd
    from rich.table import Table

    from forecast.contacts import codes
    from forecast.panel.elections import load_administrations, of_dyad
    from forecast.report.language import calling
    from forecast.report.words import inside

    if lines.empty:
        return
    rows = lines.drop_duplicates(["key", "change"])
    terms = load_administrations(of_dyad(side if side.is_dir() else side.parent, "administrations.csv"))
    days = [day.date() for day in pd.to_datetime(rows["date"])]
    term = [next((one.name for one in terms if one.start <= day < one.end), "none") for day in days]
    count = rows.groupby([pd.Series(term, index=rows.index, name="term"), "us_rank", "change"]).size()
    shown = Table(title="Contacts by administration and rank: + added, - removed, ~ changed", box=None)
    shown.add_column("administration")
    with calling(_described(side)):
        for rank in codes.RANK:
            shown.add_column(inside(rank, "us_rank"), justify="right")
    for name in dict.fromkeys([*(one.name for one in terms if one.name in set(term)), *term]):
        shown.add_row(name, *(_diff_cell(count, name, rank) for rank in codes.RANK))
    console().print(shown)


def _described(side: Path) -> "list[Dyad]":
    """The dyad of a side, a folder or a file in one, where the folder says what dyad it is of."""
    from forecast.contacts import load_dyad

    folder = side if side.is_dir() else side.parent
    return [load_dyad(folder)] if (folder / "dyad.yaml").exists() else []


def _diff_cell(count: "pd.Series", term: str, rank: str) -> str:
    marks = {"added": "+", "removed": "-", "changed": "~"}
    return " ".join(f"{mark}{count[term, rank, change]}" for change, mark in marks.items() if (term, rank, change) in count)


# The group `forecast data`.

data_app = typer.Typer(no_args_is_help=True, help="Look at, check and extend coded contacts.")

data_app.command("check", epilog=f"Examples: forecast data check | forecast data check {MINE} | forecast data check --region "
                 f"{CASE.region}")(check)
data_app.command("new", epilog=f"Example: forecast data new {OWN['name']} --partner {OWN['partner']} --iso2 {OWN['iso2']}")(new)
data_app.command("map", epilog="Examples: forecast data map visits.xlsx --out map.yaml | forecast data map codings.json | "
                 "forecast data map pages.csv --as media --out map.yaml")(propose_map)
data_app.command("convert", epilog="Examples: forecast data convert visits.xlsx --map map.yaml --out converted | "
                 f"forecast data convert visits.xlsx --map map.yaml --out converted --data {MINE}")(convert_file)
data_app.command("add", epilog=f"Example: forecast data add {OWN['name']} new_contacts.csv")(add)
data_app.command("migrate", epilog=f"Examples: forecast data migrate {MINE} | forecast data migrate {MINE} "
                 "--out up_to_date | forecast data migrate my_scenarios --replace")(migrate)
data_app.command("diff", epilog=f"Examples: forecast data diff old/{CASE.dyad} {CASE.dyad} | "
                 "forecast data diff old.csv new.csv --out changes.csv")(diff)
data_app.command("codebook", epilog="Examples: forecast data codebook > codebook.md | "
                 "forecast data codebook --format latex > codebook.tex")(codebook)
data_app.add_typer(import_app, name="import")
data_app.command("completeness", epilog=f"Examples: forecast data completeness | forecast data completeness {MINE} "
                 "--out completeness")(completeness)
data_app.command("reliability", epilog=RELIABILITY_EPILOG)(reliability)
data_app.command("adjudicate", epilog=ADJUDICATE_EPILOG)(adjudicate)
data_app.command("queue", epilog=QUEUE_EPILOG)(queue)
data_app.command("sources", epilog=SOURCES_EPILOG)(sources)
data_app.command("show", epilog=f"Examples: forecast data show | forecast data show {MINE} --out record | forecast data "
                 f"show --region {CASE.region}")(show)
data_app.command("events", epilog=f"Examples: forecast data events | forecast data events --kind {CASE.examples['kind']} | "
                 f"forecast data events {MINE} --out events.csv")(events)
