"""States and their regions, and what the registers' identifiers mean."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd

from forecast.contacts.check import Check, day, one_of, optional, text
from forecast.contacts.codes import CodeList
from forecast.contacts.record import cell_faults, repeat_faults
from forecast.contacts.table import Table, read_table
from forecast.errors import Fault, InputError
from forecast.panel.shipped import DATA

REGION = CodeList("region", {
    "americas": "the Americas, the United States left out",
    "central_asia": "Kazakhstan, Kyrgyzstan, Tajikistan, Turkmenistan, Uzbekistan",
    "eastern_asia": "Eastern Asia",
    "south_eastern_asia": "South-eastern Asia",
    "southern_asia": "Southern Asia",
    "western_asia": "Western Asia",
    "eastern_europe": "Eastern Europe, with all of Russia",
    "northern_europe": "Northern Europe",
    "southern_europe": "Southern Europe",
    "western_europe": "Western Europe",
    "northern_africa": "Northern Africa",
    "sub_saharan_africa": "Sub-Saharan Africa",
    "oceania": "Oceania",
})
"""Sub-regions of the United Nations (M49); those of the Americas and of Oceania are put together."""

_COUNTRY: dict[str, Check] = {
    "country": text, "name": text, "region": one_of(REGION), "start": day, "end": optional(day), "source": text,
}
_IDENTIFIER: dict[str, Check] = {
    "identifier": text, "until": optional(day), "country": optional(text), "reason": text,
}


def load_countries(path: Path = DATA / "countries.csv") -> pd.DataFrame:
    """Read the states that the registers can be about.

    Returns
    -------
    DataFrame
        country (identifier of the Office of the Historian), name, region (a code of ``REGION``), start (first day as
        an independent state) and end (last day; NaT where it lasts), both datetime64, source.

    Raises
    ------
    InputError
        With every fault by row and column.
    """
    rows = _read(path, _COUNTRY, ("country",), _ends_early)
    return rows.assign(**{key: pd.to_datetime(rows[key], format="%Y-%m-%d") for key in ("start", "end")})


def load_identifiers(path: Path = DATA / "country_identifiers.csv") -> pd.DataFrame:
    """Read which identifiers of the registers stand for another country, or for none.

    Returns
    -------
    DataFrame
        identifier, until (last day for which the row holds; NaT where always), country (empty where entries are left
        out), reason.

    Raises
    ------
    InputError
        With every fault by row and column.
    """
    rows = _read(path, _IDENTIFIER, ("identifier",), lambda _: ())
    return rows.assign(until=pd.to_datetime(rows["until"], format="%Y-%m-%d"))


def country_of_entries(entries: pd.DataFrame, identifiers: pd.DataFrame) -> pd.Series:
    """Country that each entry of the registers is about, empty where it is left out."""
    found = entries[["country", "start"]].merge(identifiers, "left", left_on="country", right_on="identifier",
                                                suffixes=("", "_meant"))
    holds = found["identifier"].notna() & (found["until"].isna() | (found["start"] <= found["until"]))
    return found["country"].where(~holds, found["country_meant"]).set_axis(entries.index)


def begun(countries: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """States of which a day is known by the as-of date; an end that is later is not told."""
    rows = countries[countries["start"] <= pd.Timestamp(as_of)]
    return rows.assign(end=rows["end"].where(rows["end"] <= pd.Timestamp(as_of))).reset_index(drop=True)


def _read(path: Path, checks: dict[str, Check], key: tuple[str, ...], rules: "object") -> pd.DataFrame:
    table = read_table(path, tuple(checks))
    faults = [*table.faults, *cell_faults(table, checks), *repeat_faults(table, key)]
    faults = faults or [*rules(table)]
    if faults:
        raise InputError(faults)
    return pd.DataFrame(list(table.rows.values()), columns=list(checks), dtype=str)


def _ends_early(table: Table) -> Iterator[Fault]:
    for number, row in table.rows.items():
        if row["end"] and row["end"] < row["start"]:
            yield table.fault(number, "end", f"a day after the start, {row['start']}", row["end"], "Correct one of them.")
