"""A dyad folder becomes typed tables, or one error with every fault of all its files."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from forecast.contacts.cells import latest_day
from forecast.contacts.dyad import Dyad, load_dyad, names_of
from forecast.contacts.record import (
    CONTACT,
    MEDIA,
    MONTH,
    OPTIONAL,
    SECOND_CODING,
    cell_faults,
    media_checks,
    possible_days,
    read_contacts,
    read_second_coding,
    repeat_faults,
    rule_faults,
)
from forecast.contacts.table import Table, form_fault, header_of, read_table, shown, some
from forecast.errors import Fault, InputError
from forecast.shipped import CASE


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """The facts of one dyad.

    Parameters
    ----------
    dyad : Dyad
        What ``dyad.yaml`` says.
    contact : DataFrame
        One row per contact, by date then id; columns of the codebook, date as datetime64, outcome as int; ``first_known`` as
        datetime64, NaT where the record does not say.
    media : DataFrame
        One row per page; columns of the codebook, date as datetime64 (NaT where unknown), tone as int.
    second_coding : DataFrame
        Blind second coding, cells as text; no rows where the folder has none.
    """

    dyad: Dyad
    contact: pd.DataFrame
    media: pd.DataFrame
    second_coding: pd.DataFrame


def load_contacts(directory: Path, as_of: date | None = None) -> Contacts:
    """Read and check a dyad folder.

    Parameters
    ----------
    directory : Path
        Holds dyad.yaml, contacts.csv, media.csv and, where there is one, second_coding.csv.
    as_of : date, optional
        Last day admitted: later contacts are left out, later pages and later days of ``first_known`` too, and whatever
        belongs to a contact left out. A page without a date is admitted with its contact.

    Returns
    -------
    Contacts
        Every row admitted, typed.

    Raises
    ------
    InputError
        With every fault of every file, whether its row would be admitted or not.
    """
    folder = read_folder(directory)
    if folder.dyad is None or folder.faults:
        raise InputError(folder.faults)
    contact = _of_contacts(folder.contact, folder.dyad.relations_start, folder.dyad.coded_until).sort_values(["date", "id"])
    media = _typed(_frame(folder.media, tuple(MEDIA)), "tone")
    second = _frame(folder.second_coding, tuple(SECOND_CODING)).fillna("")  # columns that were not coded
    if as_of is not None:
        day = pd.Timestamp(as_of)
        contact = contact[contact["date"] <= day]
        contact = contact.assign(first_known=contact["first_known"].where(contact["first_known"] <= day))
        media = media[~(media["date"] > day) & media["contact_id"].isin(contact["id"])]
        second = second[second["id"].isin(contact["id"])]
    return Contacts(dyad=folder.dyad, contact=contact.reset_index(drop=True),
                    media=media.reset_index(drop=True), second_coding=second.reset_index(drop=True))


def check_dyad(directory: Path) -> tuple[Fault, ...]:
    """Every fault of a dyad folder; none where it can be loaded."""
    return read_folder(directory).faults


def _of_contacts(table: Table, first: date | None, last: date) -> pd.DataFrame:
    """Contacts, typed, with the optional columns whether the file has them or not.

    The 15th that stands for a month may lie outside of the days that the record covers; the contact does not, so that it then
    stands on the nearest of them.
    """
    found = _typed(_frame(table, (*CONTACT, *OPTIONAL)), "outcome")
    covered = found["date"].clip(pd.Timestamp(first) if first else None, pd.Timestamp(last))
    return found.assign(date=found["date"].where(found["date_precision"] != MONTH, covered),
                        first_known=pd.to_datetime(found["first_known"], format="%Y-%m-%d"))


def _frame(table: Table, columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(list(table.rows.values()), columns=list(columns), dtype=str)


def _typed(frame: pd.DataFrame, number: str) -> pd.DataFrame:
    # of an empty cell to_datetime makes NaT, which only media.csv has
    return frame.assign(**{"date": pd.to_datetime(frame["date"], format="%Y-%m-%d"),
                           number: frame[number].astype("int64")})


# The files of a dyad folder, read as text and checked one by one and against each other.

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
    names = dyad.names if dyad else names_in(directory / "contacts.csv")
    contact = read_contacts(directory / "contacts.csv", names)
    media = read_table(directory / "media.csv", tuple(MEDIA))
    second = _second_coding(directory / "second_coding.csv", names)
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


def names_in(path: Path) -> dict[str, str]:
    """Names that a header uses, where no dyad.yaml says it or it is at fault: a slip there is no fault of every column."""
    return names_of(_home_in(path))


def _home_in(path: Path) -> str:
    """Code of the home state by the names of columns; that of the shipped one where they do not tell."""
    try:
        ranks = [column[:2] for column in header_of(path) if re.fullmatch(r"[a-z]{2}_rank", column)]
    except InputError:
        ranks = []
    return ranks[0].upper() if ranks else str(CASE.home["iso2"])


def _second_coding(path: Path, names: Mapping[str, str]) -> Table:
    if os.path.lexists(path):
        return read_second_coding(path, names)
    return Table(path=path, rows={}, faults=())


def _contact_faults(table: Table, dyad: Dyad | None) -> Iterator[Fault]:
    yield from table.faults
    yield from cell_faults(table, {**CONTACT, **OPTIONAL})
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
    if known is None:
        return iter(())

    def fault(number: int) -> Fault:
        cell = table.rows[number][column]
        close = get_close_matches(cell[:LONGEST_GUESSED], known, n=1, cutoff=0.8) if len(known) <= MOST_GUESSED else ()
        remedy = f"Did you mean '{close[0]}'?" if close else "Add the contact, or correct the id."
        return table.fault(number, column, f"an id of {contact.path.name}", shown(cell), remedy)

    unknown = (number for number, row in table.rows.items() if row.get(column) and row[column] not in known)
    return some(table.path, unknown, fault)


# Contacts coded after a forecast was made: a dyad folder, or a contacts.csv alone.

def load_later(path: Path, coded_until: date | None, dyad: Dyad | None = None) -> tuple[pd.DataFrame, date]:
    """Read contacts and the last day that their coding covers.

    Parameters
    ----------
    path : Path
        A dyad folder, or a CSV file with the columns of contacts.csv.
    coded_until : date, optional
        Last day covered; a folder tells it, a file does not.
    dyad : Dyad, optional
        Whose contacts they must be. Where it is not known a file is checked by the home state that its columns name.

    Raises
    ------
    InputError
        With every fault by row and column; or where nobody says up to which day contacts were coded.
    """
    if coded_until and coded_until > latest_day():
        raise InputError([_until(f"a day that has come, {latest_day()} or earlier", coded_until,
                                 "Months to come are not yet coded.")])
    if path.is_dir():
        found = load_contacts(path)
        if dyad and (faults := [*_of_another(found.dyad, dyad, path)]):
            raise InputError(faults)
        if coded_until and coded_until > found.dyad.coded_until:
            raise InputError([_until(f"a day up to {found.dyad.coded_until}, to which {path} is coded", coded_until,
                                     "Give an earlier day, or code the later contacts and move coded_until in dyad.yaml.")])
        return found.contact, coded_until or found.dyad.coded_until
    table = read_contacts(path, dyad.names if dyad else names_in(path))
    faults = [*table.faults, *cell_faults(table, {**CONTACT, **OPTIONAL}), *rule_faults(table, _whose(path, dyad)),
              *repeat_faults(table, ("id",)), *_after(table, coded_until)]
    if faults:
        raise InputError(faults)
    if coded_until is None:
        raise InputError([_until("a day", None, "Say up to which day contacts were coded: a file cannot tell silent months "
                                 f"from those not yet coded in {path}.")])
    return _of_contacts(table, None, coded_until), coded_until


def _of_another(found: Dyad, dyad: Dyad, path: Path) -> Iterator[Fault]:
    """Keys by which a folder is that of another dyad."""
    for key in ("id", "home_iso2", "partner_iso2"):
        if getattr(found, key) != (wanted := getattr(dyad, key)):
            yield Fault(source=str(path / "dyad.yaml"), where=f"key {key}", expected=f"{wanted}, as the record has it",
                        found=getattr(found, key), remedy="Give the later contacts of the dyad that is forecast.")


def _whose(path: Path, dyad: Dyad | None) -> Dyad:
    """The dyad by which a file alone is checked; its last day is the caller's matter."""
    if dyad:
        return dyad.model_copy(update={"coded_until": date.max})
    return Dyad.model_construct(home_iso2=_home_in(path), partner_iso2="", relations_start=date.min, coded_until=date.max)


def _until(expected: str, found: date | None, remedy: str) -> Fault:
    return Fault(source="score", where="option --coded-until", expected=expected, found=str(found or "none"), remedy=remedy)


def _after(table: Table, coded_until: date | None) -> Iterator[Fault]:
    """Contacts after the last day coded: they would stand for days of which nothing else is known."""
    def fault(number: int) -> Fault:
        return table.fault(number, "date", f"{coded_until}, to which contacts are coded (--coded-until), or earlier",
                           table.rows[number]["date"], "Correct it, or code everything up to it and give a later day.")

    late = (number for number, row in table.rows.items()
            if coded_until and (days := possible_days(row)) and days[0] > coded_until)
    return some(table.path, late, fault)
