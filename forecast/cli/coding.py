"""`forecast data map`, `convert`, `reliability`, `adjudicate`, `queue`: from tables that coders keep to a record."""

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import (
    AsJson,
    Data,
    Dyads,
    Quiet,
    RegionName,
    Seed,
    faults,
    finite,
    one_dyad,
    print_json,
    progress_bars,
)
from forecast.console import console, plain, say, say_written
from forecast.shipped import CASE, DYAD

if TYPE_CHECKING:
    import pandas as pd

    from forecast.contacts.reliability import Coding, Reliability
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
    from forecast.contacts.spreadsheets.mapping import TARGETS

    read = plan.read
    how = ", ".join(filter(None, (read.form, read.encoding, read.delimiter, read.sheet and f"sheet {read.sheet}",
                                  f"headings in row {read.header_row}" if read.header_row else "")))
    headings = sum(column.heading is not None for column in plan.columns.values())
    say_written(f"Written: {out} ({how}; {headings} columns of {TARGETS[plan.target].file} found)")
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
    dyad: Dyads = None, data: Data = None,
) -> None:
    """Convert a table by its mapping, and check every row by the codebook; every fault is told by its place in the table.

    With a dyad its rules are checked too.
    """
    with faults():
        from forecast.contacts import load_dyad
        from forecast.contacts.spreadsheets.convert import convert, open_job
        from forecast.contacts.spreadsheets.mapping import load_map
        from forecast.outputs import output_directory, sha256

        record = one_dyad(data, dyad)
        inputs = [file, mapping, *([record / "dyad.yaml"] if record else [])]
        with output_directory(out, KIND, inputs) as folder:
            plan = load_map(mapping)
            job = open_job(file, plan, mapping, load_dyad(record) if record else None)
            written = convert(job, folder)
            shutil.copyfile(mapping, folder / "map.yaml")
            content = {"file": file.name, "sha256": sha256(file)}
            (folder / "manifest.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
        for name, rows in written:
            say_written(f"Written: {out / name} ({rows} {'row' if rows == 1 else 'rows'}, no faults)")
        if plan.target == "second_coding":
            say(f"Next: forecast data reliability DYAD/contacts.csv {out / written[0][0]}")
        else:
            say(f"Next: forecast data add DYAD {out / written[0][0]}, then forecast data check DYAD.")


# How well coders agree, and what is left to settle between them.

NOTES = (
    "Alpha: 1 perfect, 0 chance. Cut-offs (Krippendorff): .800 and above reliable; .667 to .800 tentative conclusions "
    "only. Look at the lower end too: it says what these units have shown.",
    "units: contacts to which two coders or more gave a value; values: how many these gave; same: share of pairs of values "
    "of one contact that are the same. Outcome and tones are ordinal, the rest is nominal.",
    "Interval: 95 %; units resampled, bias-corrected and accelerated; exact binomial where the coders never or always differ.",
    "agenda: MASI distance of topic sets, contacts for which the coders name a topic; 'or none' counts an empty agenda "
    "as a value. Tones in a contacts.csv are those of the page of each side that media.csv lists first.",
)
MINE = CASE.examples["own_data"]
RELIABILITY_EPILOG = (f"Examples: forecast data reliability | forecast data reliability {MINE} third.csv | "
                      "forecast data reliability A.csv B.csv C.csv --tables agreement.csv | "
                      f"forecast data reliability A.csv B.csv --out to_settle.csv | forecast data reliability {MINE} --topics")
ADJUDICATE_EPILOG = (f"Examples: forecast data adjudicate {MINE} --out sheet.xlsx | "
                     f"forecast data adjudicate {MINE} third.csv --out sheet.csv | "
                     f"forecast data adjudicate {MINE} --decisions sheet.xlsx --out settled")


def reliability(
    given: Annotated[list[Path] | None, typer.Argument(
        metavar="DYAD|CODING", show_default=False,
        help="Codings of the same contacts, two or more: columns as in second_coding.csv, all or some, or a contacts.csv. "
             "Or first the folder of a dyad, which stands for its contacts.csv and second_coding.csv, and then further codings. "
             "Default: the shipped data.",
    )] = None,
    out: Annotated[Path | None, typer.Option(
        help="Write the cells that differ, with their pages, to this CSV file; to settle them, see forecast data adjudicate.",
        show_default=False)] = None,
    tables: Annotated[Path | None, typer.Option(
        metavar="FILE", help="Write the agreement of all coders and of every two of them to this CSV file.",
        show_default=False)] = None,
    topics: Annotated[bool, typer.Option("--topics", help="Each topic of the agenda too, as named or not.")] = False,
    half_width: Annotated[float, typer.Option(
        min=0.01, max=0.5, callback=finite, help="Project how many units bring the interval to this much on either side.")] = 0.1,
    resamples: Annotated[int, typer.Option(min=500, max=1_000_000, help="Resamples of each variable.")] = 5000,
    seed: Seed = CASE.seed,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare two codings of the same contacts or more: Krippendorff's alpha with intervals, and the cells that differ.

    Empty cells are missing values, and so is a column that a file does not have.
    """
    with faults():
        from forecast.contacts.adjudication import disagreements, write_disagreements
        from forecast.contacts.reliability import TOPICS, VARIABLES, compare
        from forecast.contacts.reliability import reliability as measure
        from forecast.outputs import called, output_file
        from forecast.report.files import write_table

        paths = _codings(given)
        with (output_file(out, _read(paths)) if out else nullcontext() as differing,
              called(tables, "option --tables") if tables else nullcontext(),
              output_file(tables, _read(paths)) if tables else nullcontext() as agreement):
            codings = compare(*paths)
            with progress_bars(quiet) as progress:
                found = measure(*codings, seed=seed, resamples=resamples, half_width=half_width, progress=progress,
                                variables=VARIABLES + TOPICS if topics else VARIABLES)
            cells = disagreements(*codings)
            if differing:
                write_disagreements(cells, differing)
            if agreement:
                write_table(found.as_table(codings), agreement)
        if as_json:
            _print_as_json(found, codings, cells)
        _print_agreement(found, codings, half_width)
        _print_rest(cells, out, tables)


def _codings(given: Sequence[Path] | None) -> list[Path]:
    """Files of the codings: as given, or those of a dyad's folder and what is given besides."""
    from forecast.errors import Fault, InputError

    first, *more = given or [DYAD]
    if first.is_dir():
        second = first / "second_coding.csv"
        return [first / "contacts.csv", *([second] if os.path.lexists(second) or not more else []), *more]
    if not more:
        raise InputError([Fault(source=str(first), where="arguments", expected="two codings or more, a folder, or nothing",
                                found="one file", remedy="Name the other coding as well.")])
    return [first, *more]


def _read(paths: Sequence[Path]) -> list[Path]:
    """The codings, and the files beside them from which tones are taken."""
    return [*paths, *(path.parent / name for path in paths for name in ("media.csv", "dyad.yaml"))]


def _print_as_json(found: "Reliability", codings: "Sequence[Coding]", cells: "pd.DataFrame") -> None:
    from forecast.contacts.reliability import alone

    coders = [{"coder": one.letter, "file": str(one.table.path), "contacts": len(one.rows), "coded": one.coded}
              for one in codings]
    tables = {"agreement": found.table, "pairs": found.pairs, "ambiguous_topics": found.ambiguous}
    print_json(coders=coders, coded_once=alone(codings), differing_cells=len(cells), left_out=found.left_out,
               **{name: table.astype(object).where(table.notna(), None) for name, table in tables.items()})


def _print_agreement(found: "Reliability", codings: "Sequence[Coding]", half_width: float) -> None:
    from forecast.contacts.codes import TOPIC
    from forecast.contacts.reliability import alone

    screen = console()
    _tell_coders(codings)
    of_topic = found.table["variable"].str.startswith(PREFIX)
    _print_variables(found.table[~of_topic], f"Agreement of {len(codings)} codings", "variable")
    if of_topic.any():
        _print_variables(found.table[of_topic], "Topics of the agenda, each as named or not", "topic")
    _print_variables(found.ambiguous, "Topics that the codebook calls ambiguous", "topic")
    for row in found.ambiguous.to_dict("records"):
        name = row["variable"].removeprefix(PREFIX)
        used = ", ".join(f"{one.letter} {row[f'used_{one.letter}']} of {row[f'given_{one.letter}']}" for one in codings
                         if row[f"given_{one.letter}"]) or "nobody, as no contact has topics of two coders"
        screen.print(f"{name} ({TOPIC.ambiguous[name]}): named by {used}.")
    if len(found.pairs):
        shared = found.pairs[found.pairs["pairable"] > 0]
        _print_pairs(shared[~shared["variable"].str.startswith(PREFIX)])
    needed = found.table.dropna(subset="units_needed")
    say()
    guidance = _guidance(half_width, dict(zip(needed["variable"], needed["units_needed"], strict=True)))
    single = f"{alone(codings)} contacts are coded by one coder alone and say nothing here."
    for note in (*NOTES, guidance, single,
                 *(f"Left out: {why}." for why in found.left_out)):
        screen.print(note)


WIDTH = 80
PREFIX = "agenda: "


def _tell_coders(codings: "Sequence[Coding]") -> None:
    """What each coder is called, and what was coded."""
    from forecast.contacts.reliability import CODED

    for one in codings:  # the paths may be longer than the screen is wide
        say(f"{one.letter}: {one.table.path}")
        what = "all columns" if one.coded == CODED else f"{', '.join(one.coded) or 'none'} and no other column"
        say(fill(f"{len(one.rows)} contacts; coded: {what}", WIDTH, initial_indent="   ", subsequent_indent="   "))


def _print_variables(table: "pd.DataFrame", title: str, what: str) -> None:
    from pandas import isna
    from rich.table import Table


    shown = Table(title=f"\n{title}", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in (what, "units", "values", "same", "alpha", "95 %", "alpha is", "low end is"):
        shown.add_column(heading, justify="left" if heading in (what, "alpha is", "low end is") else "right",
                         no_wrap=heading != "95 %")
    for row in table.itertuples():
        interval = row.interval.removeprefix("none: ") if isna(row.low) else f"{row.low:.2f} to {row.high:.2f}"
        shown.add_row(row.variable.removeprefix(PREFIX), str(row.pairable), str(row.values), _share(row.agreement),
                      _number(row.alpha, 3), interval, row.reading, row.reading_low)
    console().print(shown)


def _print_pairs(pairs: "pd.DataFrame") -> None:
    from rich.table import Table


    shown = Table(title="\nCoder by coder, where the two share a unit", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("variable", "coders", "units", "same", "alpha"):
        shown.add_column(heading, justify="left" if heading in ("variable", "coders") else "right", no_wrap=True)
    last = ""
    for row in pairs.itertuples():
        shown.add_row("" if row.variable == last else row.variable, f"{row.first} and {row.second}", str(row.pairable),
                      _share(row.agreement), _number(row.alpha, 3))
        last = row.variable
    console().print(shown)


def _share(value: float) -> str:
    return "" if value != value else f"{100 * value:.0f} %"


def _number(value: float, digits: int) -> str:
    return "" if value != value else f"{value:.{digits}f}"


def _guidance(half_width: float, needed: dict[str, int]) -> str:
    from forecast.contacts.alpha import units_for_minimum
    from forecast.contacts.reliability import RELIABLE, TENTATIVE

    cases = "; ".join(f"{codes} codes {units_for_minimum(TENTATIVE, 1 / codes)} and {units_for_minimum(RELIABLE, 1 / codes)}"
                      for codes in (2, 4, 6, 9))
    projected = "; ".join(f"{name.removeprefix(PREFIX)} {units}" for name, units in needed.items()) or "none can be told"
    return (f"Sample size: units at which the interval would be ±{half_width:g}, by resampling the coded ones in larger "
            f"numbers: {projected}. To show a nominal alpha of two coders of at least .667 and .800 (5 % level, codes equally "
            f"frequent; Bloch and Kraemer 1989): {cases}. Rare codes need more.")


def _print_rest(cells: "pd.DataFrame", out: Path | None, tables: Path | None) -> None:
    contacts = cells["id"].nunique()
    differing = (f"{len(cells)} cell{'s' * (len(cells) != 1)} of {contacts} contact{'s' * (contacts != 1)} "
                 f"differ{'s' * (len(cells) == 1)}")
    say(f"\n{differing}." if out else f"\n{differing}; --out FILE lists them.")
    say("To settle them: forecast data adjudicate.")
    for file in filter(None, (out, tables)):
        say_written(f"Written: {file}")


# What is settled between them.

def adjudicate(
    directory: Annotated[Path, typer.Argument(metavar="DYAD", help="Folder of the dyad: its contacts.csv is settled.")],
    out: Annotated[Path, typer.Option(
        help="The sheet (.xlsx or .csv); with --decisions a new folder for the settled copy of the dyad.", show_default=False)],
    codings: Annotated[list[Path] | None, typer.Argument(
        metavar="CODING", help="Further codings beside its second_coding.csv.", show_default=False)] = None,
    decisions: Annotated[Path | None, typer.Option(
        "--decisions", metavar="SHEET", help="The sheet with what was decided.", show_default=False)] = None,
) -> None:
    """Lay out the cells on which coders differ in a sheet; with --decisions, write a copy of the record with what was decided.

    Whoever settles them fills in decision, by and, where there is one, reason. The folder of the dyad stays as it is.
    """
    with faults():
        from forecast.contacts.dyad import load_dyad

        load_dyad(directory)
        paths = _codings([directory, *(codings or [])])
        beside = sorted(path for path in directory.iterdir() if path.is_file())
        if decisions is None:
            _lay_out(paths, out, [*paths, *beside])
        else:
            _settle(directory, paths, decisions, out, [*paths, *beside, decisions])


def _lay_out(paths: Sequence[Path], out: Path, inputs: Sequence[Path]) -> None:
    from forecast.contacts.adjudication import SETTLED, check_sheet_name, differing, to_settle, write_sheet
    from forecast.contacts.reliability import CODED, compare
    from forecast.outputs import output_file

    with output_file(out, inputs) as place:
        check_sheet_name(out)
        codings = compare(*paths)
        cells = to_settle(codings)
        write_sheet(cells, place, codings[0].table.names)
    _tell_coders(codings)
    say_written(f"Written: {out} ({len(cells)} cells of {cells['id'].nunique()} contacts to which coders gave different values)")
    if tones := sum(1 for _ in differing(codings, [column for column in CODED if column not in SETTLED])):
        say(f"Left out: {tones} {'tone' if tones == 1 else 'tones'}: media.csv has them page by page, and coders may have read "
            "different pages.")
    say("Next: fill in decision, by and reason, then the same command with --decisions and a new folder as --out.")


def _settle(folder: Path, paths: Sequence[Path], sheet: Path, out: Path, inputs: Sequence[Path]) -> None:
    from forecast.contacts import check_dyad
    from forecast.contacts.adjudication import read_decisions, write_settled
    from forecast.contacts.reliability import LOG, compare
    from forecast.errors import InputError
    from forecast.outputs import output_directory

    with output_directory(out, "data adjudicate", inputs) as place:
        if wrong := check_dyad(folder):
            raise InputError(wrong)
        found = read_decisions(sheet, compare(*paths))
        write_settled(folder, found, place)
    kept = len(found.made) - found.changed
    say_written(f"Written: {out} ({len(found.made)} cells decided, {found.changed} changed and {kept} confirmed: {LOG}; "
        f"{found.undecided} undecided and left as they are)")
    if found.absent:
        say(f"Left as they are, too: {found.absent} cells on which coders differ and which the sheet does not have.")
    say(f"Next: forecast data check {out}; then give the copy a version of its own in {out / 'dyad.yaml'}.")


# Which rows to look at next.

def queue(
    directory: Annotated[list[Path] | None, typer.Argument(help="Folder of a dyad. Default: the shipped dyad.",
                                                           show_default=False)] = None,
    dyad: Dyads = None,
    region: RegionName = None,
    first: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 20,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write all rows there (CSV).", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Show which rows to look at next: doubts that stop nothing, each with its reason, the weightiest first.

    Two rows that may be one contact; somebody who did not hold the office on that day; pages older than the contact; a second
    coder who differs; low confidence; a single source; no page of one side. Below stands how much effort the pages of each term
    show.
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
            from forecast.report.files import write_table

            found = load_contacts(folder)
            table = queued(doubts(found), found.contact)
            terms = load_administrations(of_dyad(folder, "administrations.csv"))
            by_term = effort(found, [(one.name, *_days(one.start, one.end)) for one in terms])
            if file:
                write_table(table, file)
        if as_json:
            print_json(dyad=found.dyad.id, queue=table, effort=by_term)
        _print(table, len(found.contact), first, by_term)
        if out:
            say_written(f"Written: {out}")


def _days(*day: object) -> "tuple[pd.Timestamp, ...]":
    import pandas as pd

    return tuple(pd.Timestamp(str(one)) for one in day)


def _print(table: "pd.DataFrame", contacts: int, first: int, effort: "pd.DataFrame") -> None:
    from rich.table import Table


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
