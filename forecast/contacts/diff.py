"""Two versions of a record: what was added, changed and removed."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd

from forecast.contacts.dyad import load_dyad
from forecast.contacts.record import CONTACT, MEDIA, OPTIONAL, cell_faults, media_checks, read_contacts, repeat_faults
from forecast.contacts.table import Table, read_table
from forecast.errors import Fault, InputError

FILES = {"contacts.csv": (CONTACT | OPTIONAL, ("id",)), "media.csv": (MEDIA, ("contact_id", "url"))}
"""Columns of each file, and those that tell one row from another."""

COLUMNS = ("file", "key", "change", "date", "us_rank", "column", "old", "new")


def compare(old: Path, new: Path) -> pd.DataFrame:
    """Compare two dyad folders, or two files of one kind.

    Parameters
    ----------
    old, new : Path
        Folders that hold contacts.csv (and media.csv), or contacts.csv files.

    Returns
    -------
    DataFrame
        Columns file, key, change (added, removed, changed), date and us_rank of the contact (of the newer row where there
        are two; empty for pages of unknown contacts), column, old, new. An added or removed row takes one line, a changed row
        one for each column that changed.

    Raises
    ------
    InputError
        With every fault of both sides.
    """
    names = tuple(FILES) if old.is_dir() and new.is_dir() else ("contacts.csv",)
    tables = {name: [_read(side, name) for side in (old, new)] for name in names}
    faults = [fault for name, pair in tables.items() for side, table in zip((old, new), pair, strict=True)
              for fault in _faults(table, name, side)]
    if faults:
        raise InputError(faults)
    contact = {row["id"]: row for table in tables["contacts.csv"] for row in table.rows.values()}
    lines = [line for name, pair in tables.items() for line in _lines(name, *(_by_key(table, name) for table in pair))]
    frame = pd.DataFrame(lines, columns=["file", "key", "contact", "change", "column", "old", "new"], dtype=str)
    for column in ("date", "us_rank"):
        frame[column] = [contact.get(of, {}).get(column, "") for of in frame["contact"]]
    return frame[list(COLUMNS)]


def _read(side: Path, name: str) -> Table:
    path = side / name if side.is_dir() else side
    return read_contacts(path) if name == "contacts.csv" else read_table(path, tuple(FILES[name][0]))


def _faults(table: Table, name: str, side: Path) -> list[Fault]:
    checks, key = FILES[name]
    if name == "media.csv":  # whose outlets these are, the dyad tells, where an older version has a valid dyad.yaml
        with suppress(InputError):
            checks = media_checks(load_dyad(side))
    return [*table.faults, *cell_faults(table, checks), *repeat_faults(table, key)]


def _by_key(table: Table, name: str) -> dict[tuple[str, ...], dict[str, str]]:
    return {tuple(row[column] for column in FILES[name][1]): row for row in table.rows.values()}


def _lines(name: str, old: dict, new: dict) -> list[Sequence[str]]:
    lines = []
    for key in dict.fromkeys((*old, *new)):
        head = (name, " ".join(key), key[0])
        if key not in old or key not in new:
            lines.append((*head, "added" if key in new else "removed", "", "", ""))
        else:
            before, after = old[key], new[key]  # of which one may have an optional column
            lines += [(*head, "changed", column, before.get(column, ""), after.get(column, ""))
                      for column in {**before, **after} if before.get(column, "") != after.get(column, "")]
    return lines


def count_rows(lines: pd.DataFrame) -> pd.DataFrame:
    """Number of rows by file and change, (file and change,): a row that changed in three columns counts once."""
    return lines.drop_duplicates(["file", "key", "change"]).groupby(["file", "change"]).size().rename("rows").reset_index()
