"""Travels of presidents and secretaries of state, and visits of foreign leaders, for all countries."""

from datetime import date
from pathlib import Path

import pandas as pd

from forecast.contacts.check import Check, anything, day, one_of, text
from forecast.contacts.codes import CodeList
from forecast.contacts.record import cell_faults
from forecast.contacts.table import read_table
from forecast.errors import InputError
from forecast.panel.shipped import DATA

CHANNEL = CodeList("register", {
    "president_travel": "travel abroad of the President of the United States",
    "secretary_travel": "travel abroad of the Secretary of State",
    "visit_to_us": "visit of a foreign leader to the United States",
})

_CHECKS: dict[str, Check] = {
    "register": one_of(CHANNEL), "register_id": text, "person": text, "start": day, "end": day,
    "country": text, "locale": anything,
}


def load_registers(as_of: date, path: Path = DATA / "registers.csv") -> pd.DataFrame:
    """Read the registers up to a day.

    Parameters
    ----------
    as_of : date
        Last day used, inclusive: later rows are left out, and an end that is later is not told (NaT).
    path : Path, optional
        The shipped registers where none is given.

    Returns
    -------
    DataFrame
        One row per country of a journey or visit, by start: register (a code of ``CHANNEL``), register_id,
        person, start, end (datetime64), country (identifier), locale.

    Raises
    ------
    InputError
        With every fault by row and column.
    """
    table = read_table(path, tuple(_CHECKS))
    faults = [*table.faults, *cell_faults(table, _CHECKS)]
    if faults:
        raise InputError(faults)
    rows = pd.DataFrame(list(table.rows.values()), columns=list(_CHECKS), dtype=str)
    rows = rows.assign(**{key: pd.to_datetime(rows[key], format="%Y-%m-%d") for key in ("start", "end")})
    rows = rows[rows["start"] <= pd.Timestamp(as_of)].sort_values(["start", "register", "register_id"])
    return rows.assign(end=rows["end"].where(rows["end"] <= pd.Timestamp(as_of))).reset_index(drop=True)
