"""Contacts coded after a forecast was made: a dyad folder, or a contacts.csv alone."""

from datetime import date
from pathlib import Path

import pandas as pd

from forecast.contacts.load import load_contacts
from forecast.contacts.record import CONTACT, cell_faults, repeat_faults
from forecast.contacts.table import read_table
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
    if path.is_dir():
        found = load_contacts(path)
        return found.contact, min(coded_until or found.dyad.coded_until, found.dyad.coded_until)
    table = read_table(path, tuple(CONTACT))
    faults = [*table.faults, *cell_faults(table, CONTACT), *repeat_faults(table, ("id",))]
    if faults:
        raise InputError(faults)
    if coded_until is None:
        raise InputError([Fault(
            source=str(path), where="option --coded-until", expected="a day", found="none",
            remedy="Say up to which day contacts were coded: a file cannot tell silent months from those not yet coded.")])
    rows = pd.DataFrame(list(table.rows.values()), columns=list(CONTACT), dtype=str)
    return rows.assign(date=pd.to_datetime(rows["date"], format="%Y-%m-%d"), outcome=rows["outcome"].astype("int64")), coded_until
