"""Contacts coded after a forecast was made: a dyad folder, or a contacts.csv alone."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd

from forecast.contacts.check import parse_day
from forecast.contacts.form import some
from forecast.contacts.load import load_contacts
from forecast.contacts.record import CONTACT, OPTIONAL, cell_faults, read_contacts, repeat_faults, rule_faults
from forecast.contacts.table import Table
from forecast.errors import Fault, InputError


def load_later(path: Path, coded_until: date | None) -> tuple[pd.DataFrame, date]:
    """Read contacts and the last day that their coding covers.

    Parameters
    ----------
    path : Path
        A dyad folder, or a CSV file with the columns of contacts.csv.
    coded_until : date, optional
        Last day covered; a folder tells it, a file does not.

    Raises
    ------
    InputError
        With every fault by row and column; or where nobody says up to which day contacts were coded.
    """
    if coded_until and coded_until > date.today():
        raise InputError([_until(f"a day that has come, {date.today()} or earlier", coded_until,
                                 "Months to come are not yet coded.")])
    if path.is_dir():
        found = load_contacts(path)
        if coded_until and coded_until > found.dyad.coded_until:
            raise InputError([_until(f"a day up to {found.dyad.coded_until}, to which {path} is coded", coded_until,
                                     "Give an earlier day, or code the later contacts and move coded_until in dyad.yaml.")])
        return found.contact, coded_until or found.dyad.coded_until
    table = read_contacts(path)
    faults = [*table.faults, *cell_faults(table, CONTACT | OPTIONAL), *rule_faults(table, None), *repeat_faults(table, ("id",)),
              *_after(table, coded_until)]
    if faults:
        raise InputError(faults)
    if coded_until is None:
        raise InputError([_until("a day", None, "Say up to which day contacts were coded: a file cannot tell silent months "
                                 f"from those not yet coded in {path}.")])
    rows = pd.DataFrame(list(table.rows.values()), columns=list(CONTACT), dtype=str)
    return rows.assign(date=pd.to_datetime(rows["date"], format="%Y-%m-%d"), outcome=rows["outcome"].astype("int64")), coded_until


def _until(expected: str, found: date | None, remedy: str) -> Fault:
    return Fault(source="score", where="option --coded-until", expected=expected, found=str(found or "none"), remedy=remedy)


def _after(table: Table, coded_until: date | None) -> Iterator[Fault]:
    """Contacts after the last day coded: they would stand for days of which nothing else is known."""
    def fault(number: int) -> Fault:
        return table.fault(number, "date", f"{coded_until}, to which contacts are coded (--coded-until), or earlier",
                           table.rows[number]["date"], "Correct it, or code everything up to it and give a later day.")

    late = (number for number, row in table.rows.items()
            if coded_until and (day := parse_day(row.get("date", ""))) and day > coded_until)
    return some(table.path, late, fault)
