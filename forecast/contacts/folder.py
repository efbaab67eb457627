"""The files of a dyad folder, read as text and checked one by one and against each other."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from forecast.contacts.dyad import Dyad, load_dyad
from forecast.contacts.form import form_fault, shown, some
from forecast.contacts.record import (
    CONTACT,
    MEDIA,
    OPTIONAL,
    SECOND_CODING,
    cell_faults,
    media_checks,
    read_contacts,
    repeat_faults,
    rule_faults,
)
from forecast.contacts.table import Table, read_table
from forecast.errors import Fault, InputError

MOST_GUESSED, LONGEST_GUESSED = 5_000, 100
"""Ids among which the one that was meant is looked for, and characters compared: the search takes time with either."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A dyad folder as it stands: cells are text, and faults are not yet an error.

    Parameters
    ----------
    dyad : Dyad or None
        None where dyad.yaml is at fault.
    contact, media, second_coding : Table
        The CSV files; the second coding is empty where the folder has none.
    faults : tuple of Fault
        Everything wrong, file by file.
    """

    dyad: Dyad | None
    contact: Table
    media: Table
    second_coding: Table
    faults: tuple[Fault, ...]


def read_folder(directory: Path) -> Folder:
    """Read and check all files of a dyad folder; never raises for their content."""
    if fault := _no_folder(directory):
        none = {name: Table(path=directory / f"{name}.csv", rows={}, faults=(), complete=False)
                for name in ("contacts", "media", "second_coding")}
        return Folder(dyad=None, contact=none["contacts"], media=none["media"], second_coding=none["second_coding"],
                      faults=(fault,))
    dyad, faults = _dyad(directory)
    contact = read_contacts(directory / "contacts.csv")
    media = read_table(directory / "media.csv", tuple(MEDIA))
    second = _second_coding(directory / "second_coding.csv")
    faults += [*_contact_faults(contact, dyad), *_media_faults(media, dyad), *_second_coding_faults(second)]
    faults += [*_orphan_faults(media, "contact_id", contact), *_orphan_faults(second, "id", contact)]
    return Folder(dyad=dyad, contact=contact, media=media, second_coding=second, faults=tuple(faults))


def _no_folder(directory: Path) -> Fault | None:
    if directory.is_dir():
        return None
    found = "a file" if directory.exists() else "nothing of that name"
    return form_fault(directory, "whole folder", "the folder of a dyad (dyad.yaml, contacts.csv, media.csv)", found,
                      "Name the folder.")


def _dyad(directory: Path) -> tuple[Dyad | None, list[Fault]]:
    try:
        return load_dyad(directory), []
    except InputError as error:
        return None, list(error.faults)


def _second_coding(path: Path) -> Table:
    if os.path.lexists(path):
        return read_table(path, tuple(SECOND_CODING))
    return Table(path=path, rows={}, faults=())


def _contact_faults(table: Table, dyad: Dyad | None) -> Iterator[Fault]:
    yield from table.faults
    yield from cell_faults(table, CONTACT | OPTIONAL)
    yield from repeat_faults(table, ("id",))
    if dyad:
        yield from rule_faults(table, dyad)


def _media_faults(table: Table, dyad: Dyad | None) -> Iterator[Fault]:
    yield from table.faults
    yield from cell_faults(table, media_checks(dyad) if dyad else MEDIA)
    yield from repeat_faults(table, ("contact_id", "url"))


def _second_coding_faults(table: Table) -> Iterator[Fault]:
    yield from table.faults
    yield from cell_faults(table, SECOND_CODING)
    yield from repeat_faults(table, ("id",))


def _orphan_faults(table: Table, column: str, contact: Table) -> Iterator[Fault]:
    """Rows that speak of a contact which contacts.csv does not have."""
    known = contact.values("id")

    def fault(number: int) -> Fault:
        cell = table.rows[number][column]
        close = get_close_matches(cell[:LONGEST_GUESSED], known, n=1, cutoff=0.8) if len(known) <= MOST_GUESSED else ()
        remedy = f"Did you mean '{close[0]}'?" if close else "Add the contact, or correct the id."
        return table.fault(number, column, f"an id of {contact.path.name}", shown(cell), remedy)

    unknown = (number for number, row in table.rows.items() if row.get(column) and row[column] not in known)
    return some(table.path, unknown if known is not None else (), fault)
