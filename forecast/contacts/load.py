"""A dyad folder becomes typed tables, or one error with every fault of all its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from forecast.contacts.dyad import Dyad
from forecast.contacts.folder import read_folder
from forecast.contacts.record import CONTACT, MEDIA, OPTIONAL, SECOND_CODING
from forecast.contacts.table import Table
from forecast.errors import Fault, InputError


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
    contact = _typed(_frame(folder.contact, (*CONTACT, *OPTIONAL)), "outcome").sort_values(["date", "id"])
    contact["first_known"] = pd.to_datetime(contact["first_known"], format="%Y-%m-%d")
    media = _typed(_frame(folder.media, tuple(MEDIA)), "tone")
    second = _frame(folder.second_coding, tuple(SECOND_CODING))
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


def _frame(table: Table, columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(list(table.rows.values()), columns=list(columns), dtype=str)


def _typed(frame: pd.DataFrame, number: str) -> pd.DataFrame:
    # of an empty cell to_datetime makes NaT, which only media.csv has
    return frame.assign(**{"date": pd.to_datetime(frame["date"], format="%Y-%m-%d"),
                           number: frame[number].astype("int64")})
