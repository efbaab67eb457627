"""Context series: every cell checked by its declared kind, and nothing later than the as-of date.

The cut is by the time that a row is about, not by the day on which its source came out.
"""

from datetime import date
from pathlib import Path

import pandas as pd

from forecast.contacts.record import cell_faults
from forecast.contacts.table import Row, Table, read_table
from forecast.errors import InputError
from forecast.panel.kinds import check_of, last_day, typed
from forecast.panel.sources import SERIES, Series, find_series


def load_series(name: str, as_of: date, directory: Path = SERIES) -> pd.DataFrame:
    """Read one context series up to a day.

    Parameters
    ----------
    name : str
        E.g. ``trade_annual``.
    as_of : date
        Last day used, inclusive. A row of a year or a month enters when that has ended; a later end of a period
        is emptied; columns written with hindsight are left out.
    directory : Path, optional
        Folder of the series and of ``sources.yaml``; the shipped one where none is given.

    Returns
    -------
    DataFrame
        Columns in the order of ``sources.yaml``, typed by their kind.

    Raises
    ------
    InputError
        With every fault by row and column, whether its row would be admitted or not.
    """
    series = find_series(name, directory)
    table = read_series(name, series, directory)
    rows = [_hidden(row, series, as_of) for row in table.rows.values() if row_day(row, series) <= as_of]
    kept = {column: item for column, item in series.columns.items() if not item.hindsight}
    frame = pd.DataFrame(rows, columns=list(kept), dtype=str)
    return frame.assign(**{column: typed(frame[column], item) for column, item in kept.items()})


def read_series(name: str, series: Series, directory: Path = SERIES) -> Table:
    """Read a whole file as checked text cells (raises InputError with every fault)."""
    table = read_table(directory / f"{name}.csv", tuple(series.columns))
    checks = {column: check_of(item) for column, item in series.columns.items()}
    if faults := [*table.faults, *cell_faults(table, checks)]:
        raise InputError(faults)
    return table


def row_day(row: Row, series: Series) -> date:
    """Day from which on a row may be known."""
    return last_day(row[series.time.column], row.get(series.time.precision, ""))


def span_of(column: str, table: Table, series: Series) -> tuple[str, str]:
    """First and last time for which a column has a value, as they stand in the file; empty where it has none."""
    found = sorted(row[series.time.column] for row in table.rows.values() if row[column])
    return (found[0], found[-1]) if found else ("", "")


def _hidden(row: Row, series: Series, as_of: date) -> Row:
    """The row without what lay in the future on the as-of date."""
    later = {column for column, item in series.columns.items()
             if item.hide_with and row[item.hide_with] and last_day(row[item.hide_with]) > as_of}
    return {column: "" if column in later else cell for column, cell in row.items()}
