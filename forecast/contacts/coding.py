"""A coding of contacts: a second_coding.csv, or the same columns of a contacts.csv with the tone of its media pages."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forecast.contacts.dyad import load_dyad
from forecast.contacts.folder import LONGEST_GUESSED, MOST_GUESSED
from forecast.contacts.form import shown, some
from forecast.contacts.record import CONTACT, MEDIA, SECOND_CODING, cell_faults, media_checks, read_contacts, repeat_faults
from forecast.contacts.table import Row, Table, header_of, read_table
from forecast.errors import Fault, InputError, closest

CODED = tuple(column for column in SECOND_CODING if column != "id")
ALONE = "tones: {path} has no media.csv and dyad.yaml beside it, which hold the tone of its pages"


@dataclass(frozen=True, kw_only=True)
class Coding:
    """What one coder, or the record itself, says of contacts.

    Parameters
    ----------
    table : Table
        The file; cells are text.
    of_record : bool
        Whether it is a contacts.csv.
    rows : dict
        Id -> column -> cell. Columns of which the coding says nothing are not there.
    pages : dict
        (id, column) -> addresses of the pages that this cell rests on; (id, '') -> all pages of the contact.
    faults : tuple of Fault
        What is wrong with its files.
    left_out : tuple of str
        What it cannot say, and why.
    """

    table: Table
    of_record: bool
    rows: dict[str, Row]
    pages: dict[tuple[str, str], str]
    faults: tuple[Fault, ...]
    left_out: tuple[str, ...] = ()


def read_coding(path: Path) -> Coding:
    """Read and check a coding; it never raises for the content of a file.

    A contacts.csv codes no tone of its own: there the tone of a side is that of the page of that side which media.csv
    lists first, as a second coder codes the first page read.
    """
    of_record = _is_contacts(path)
    checks = CONTACT if of_record else SECOND_CODING
    table = read_contacts(path) if of_record else read_table(path, tuple(checks))
    faults = [*table.faults, *cell_faults(table, checks), *repeat_faults(table, ("id",))]
    rows = {row["id"]: {column: row[column] for column in CODED if column in row}
            for row in table.rows.values() if row.get("id")}
    pages = {(row["id"], ""): row["sources"] for row in table.rows.values() if row.get("id") and row.get("sources")}
    left_out = _add_tones(path.parent, rows, pages, faults) if of_record else ()
    return Coding(table=table, of_record=of_record, rows=rows, pages=pages, faults=tuple(faults), left_out=left_out)


def unknown_ids(coding: Coding, reference: Coding) -> Iterator[Fault]:
    """Contacts of a coding that the reference does not have; one fault where the two share none."""
    known, name = reference.table.values("id"), reference.table.path
    if known is None or not coding.rows:
        return
    if known.isdisjoint(coding.rows):
        yield Fault(source=str(coding.table.path), where="whole file, column id", expected=f"contacts that {name} has",
                    found="none in common", remedy="Give two codings of the same contacts.")
        return

    def fault(number: int) -> Fault:
        cell = coding.table.rows[number]["id"]
        near = closest(cell[:LONGEST_GUESSED], known) if len(known) <= MOST_GUESSED else None
        remedy = f"Did you mean '{near}'?" if near else "Correct the id, or leave the row out."
        return coding.table.fault(number, "id", f"an id of {name}", shown(cell), remedy)

    unknown = (number for number, row in coding.table.rows.items() if row.get("id") and row["id"] not in known)
    yield from some(coding.table.path, unknown, fault)


def _is_contacts(path: Path) -> bool:
    """Whether a header has more of the columns that only a contacts.csv has than of those it lacks."""
    try:
        header = header_of(path)
    except InputError:
        return False
    return len(set(header) & (set(CONTACT) - set(SECOND_CODING))) > len(set(header) & (set(SECOND_CODING) - set(CONTACT)))


def _add_tones(folder: Path, rows: dict[str, Row], pages: dict[tuple[str, str], str], faults: list[Fault]) -> tuple[str, ...]:
    """Give each row the tone of the first page of either side; say so where the files for it are not there."""
    if not all(os.path.lexists(folder / name) for name in ("media.csv", "dyad.yaml")):  # a link that leads nowhere is told
        return (ALONE.format(path=folder / "contacts.csv"),)
    try:
        dyad = load_dyad(folder)
    except InputError as error:
        faults += error.faults
        return ()
    media = read_table(folder / "media.csv", tuple(MEDIA))
    faults += [*media.faults, *cell_faults(media, media_checks(dyad)), *repeat_faults(media, ("contact_id", "url"))]
    column = {dyad.partner_iso2: "tone_kz", "US": "tone_us"}
    for row in rows.values():
        row |= {"tone_kz": "", "tone_us": ""}
    for page in media.rows.values():
        side, of = column.get(page.get("outlet_country", "")), page.get("contact_id", "")
        if side and of in rows and not rows[of][side]:
            rows[of][side] = page.get("tone", "")
            pages[of, side] = page.get("url", "")
    return ()
