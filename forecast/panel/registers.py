"""Counts of the registers for all countries: country by channel by period, up to the as-of date and no further."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from forecast.contacts import codes
from forecast.contacts.cells import Check, anything, day, one_of, optional, text
from forecast.contacts.record import cell_faults, repeat_faults
from forecast.contacts.table import Table, read_table
from forecast.errors import Fault, InputError
from forecast.panel.calendar import DAYS_PER_YEAR, Span, covid_window, days, midpoint, overlap, through
from forecast.panel.elections import Administration, load_administrations, terms_within
from forecast.shipped import CASE, DATA

FIRST_DAY = CASE.registers["first_day"]
"""Start of the first term of which the registers are counted."""


@dataclass(frozen=True, kw_only=True)
class RegisterPanel:
    """What the registers tell of all countries by one day.

    Parameters
    ----------
    as_of : date
        Last day used, inclusive.
    administration : tuple of Administration
        Terms from :data:`FIRST_DAY` on, in order of time.
    country : DataFrame
        States begun by then: country, name, region, start, end (NaT where it lasts), source.
    period : DataFrame
        Terms, cut at the edges of the COVID-19 window: start, end (of what was observed, half-open), term (index into
        `administration`), covid (1 inside the window, 0 outside), midpoint (decimal year).
    count : DataArray, dims (country, channel, period)
        Entries of the registers, by the first day of each.
    exposure : DataArray, dims (country, period)
        Years in which the state existed and the period was observed.
    left_out : DataFrame
        Entries in no cell: register, register_id, identifier, start, reason.
    """

    as_of: date
    administration: tuple[Administration, ...]
    country: pd.DataFrame
    period: pd.DataFrame
    count: xr.DataArray
    exposure: xr.DataArray
    left_out: pd.DataFrame


def administrations_since() -> tuple[Administration, ...]:
    """All terms from :data:`FIRST_DAY` on, without a gap."""
    return load_administrations(DATA / CASE.registers["terms"]) + load_administrations()


def load_register_panel(as_of: date, without: Collection[str] = ()) -> RegisterPanel:
    """Read the shipped registers and countries, and count.

    Parameters
    ----------
    as_of : date
        Last day used.
    without : collection of str
        States whose entries are left out as if they did not exist: the partners of the dyads for whose records this panel is to
        say something from elsewhere. Their own travel is in these records already.

    Raises
    ------
    InputError
        With every fault of the files.
    """
    entries, identifiers = load_registers(as_of), load_identifiers()
    entries = entries[entries["start"] >= pd.Timestamp(FIRST_DAY)]
    country = begun(load_countries(), as_of)
    entries = entries[~country_of_entries(entries, identifiers).isin(without)]
    country = country[~country["country"].isin(without)]
    administrations = terms_within(administrations_since(), (FIRST_DAY, through(as_of, as_of)[1]))
    entries, country = entries.reset_index(drop=True), country.reset_index(drop=True)
    return build_register_panel(entries, country, identifiers, administrations, as_of)


def build_register_panel(entries: pd.DataFrame, country: pd.DataFrame, identifiers: pd.DataFrame,
                         administrations: Sequence[Administration], as_of: date) -> RegisterPanel:
    """Count entries that were cut at `as_of`."""
    period = _periods(administrations, (administrations[0].start, through(as_of, as_of)[1]))
    meant = country_of_entries(entries, identifiers)
    count, place, reason = count_entries(entries, identifiers, meant, country, period)
    left = entries.assign(identifier=entries["country"], reason=reason)[reason != ""]
    return RegisterPanel(
        as_of=as_of, administration=tuple(administrations), country=country, period=period,
        count=xr.DataArray(count, dims=("country", "channel", "period"),
                           coords={"country": country["country"].tolist(), "channel": list(CHANNEL)}),
        exposure=xr.DataArray(years_of(country, period), dims=("country", "period"),
                              coords={"country": country["country"].tolist()}),
        left_out=left[["register", "register_id", "identifier", "start", "reason"]].reset_index(drop=True))


def count_entries(entries: pd.DataFrame, identifiers: pd.DataFrame, meant: pd.Series, country: pd.DataFrame,
                  period: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, pd.Series]:
    """Counts (country, channel, period); the country of every entry, -1 for none; and why an entry is in no cell."""
    place = pd.Index(country["country"]).get_indexer(meant)
    when = np.searchsorted(period["start"].to_numpy(), entries["start"].to_numpy(), side="right") - 1
    reason = _reasons(entries, identifiers, meant, country, place)
    counted = (reason == "").to_numpy()
    channel = pd.Index(CHANNEL.labels).get_indexer(entries["register"])
    count = np.zeros((len(country), len(CHANNEL), len(period)), np.int64)
    np.add.at(count, (place[counted], channel[counted], when[counted]), 1)
    return count, place, reason


def _periods(administrations: Sequence[Administration], observed: Span) -> pd.DataFrame:
    """Cut the observed part of each term at the first day of the COVID-19 window and at the day after its last."""
    window, rows = covid_window(), []
    for term, administration in enumerate(administrations):
        seen = overlap(administration.span, observed)
        edge = [seen[0], *(day for day in window if seen[0] < day < seen[1]), seen[1]]
        rows += [{"start": start, "end": end, "term": term, "covid": int(window[0] <= start < window[1]),
                  "midpoint": midpoint((start, end))} for start, end in zip(edge[:-1], edge[1:], strict=True)]
    return pd.DataFrame(rows).astype({"start": "datetime64[s]", "end": "datetime64[s]"})


def years_of(country: pd.DataFrame, period: pd.DataFrame) -> np.ndarray:
    """Years in which each state existed, shape (country, period)."""
    def share(state: "pd.Series", cell: "pd.Series") -> int:
        last = cell["end"] if pd.isna(state["end"]) else state["end"] + pd.Timedelta(days=1)
        return days(overlap((state["start"].date(), last.date()), (cell["start"].date(), cell["end"].date())))

    states, cells = country.to_dict("records"), period.to_dict("records")
    return np.array([[share(state, cell) for cell in cells] for state in states]) / DAYS_PER_YEAR


def _reasons(entries: pd.DataFrame, identifiers: pd.DataFrame, meant: pd.Series, country: pd.DataFrame,
             place: np.ndarray) -> pd.Series:
    """Why an entry is in no cell; empty where it is in one."""
    told = entries["country"].map(identifiers.set_index("identifier")["reason"])
    state = country[["start", "end"]].iloc[place.clip(0)].set_axis(entries.index)
    reason = pd.Series("", index=entries.index)
    reason[entries["start"] > state["end"]] = "after the last day as a state"
    reason[entries["start"] < state["start"]] = "before the first day as a state"
    reason[place < 0] = "not among the states"
    return reason.where(meant != "", told)


# Travels of presidents and secretaries of state, and visits of foreign leaders, for all countries.

CHANNEL = codes.CHANNEL

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


# Counts of the registers by administration year: what forecasters of a coming term look back on.

@dataclass(frozen=True, kw_only=True)
class RegisterYears:
    """What the registers tell of all countries by one day, year by year from :data:`FIRST_DAY`.

    Parameters
    ----------
    as_of : date
        Last day used, inclusive; the last year ends there.
    country : DataFrame
        States begun by then: country, name, region, start, end.
    start : tuple of date
        First day of every year.
    count : (country, channel, year) array of int
        Entries by the first day of each.
    exposure : (country, year) array
        Years in which the state existed and the year was observed.
    party : (year,) array of str
        Type of the administration of each year.
    """

    as_of: date
    country: pd.DataFrame
    start: tuple[date, ...]
    count: np.ndarray
    exposure: np.ndarray
    party: np.ndarray


def load_register_years(as_of: date, path: Path = DATA / "registers.csv") -> RegisterYears:
    """Read registers, the shipped ones where no file is given, and count (raises InputError with every fault of the files)."""
    entries = load_registers(as_of, path)
    entries = entries[entries["start"] >= pd.Timestamp(FIRST_DAY)].reset_index(drop=True)
    country, identifiers = begun(load_countries(), as_of), load_identifiers()
    start, end = _years(as_of)
    period = pd.DataFrame({"start": start, "end": end}).astype("datetime64[s]")
    count, _, _ = count_entries(entries, identifiers, country_of_entries(entries, identifiers), country, period)
    terms = terms_within(administrations_since(), (FIRST_DAY, through(as_of, as_of)[1]))
    party = [next(term.type for term in terms if term.start <= day < term.end) for day in start]
    return RegisterYears(as_of=as_of, country=country, start=tuple(start), count=count,
                         exposure=years_of(country, period), party=np.array(party))


def _years(as_of: date) -> tuple[list[date], list[date]]:
    """First days of the years, and the days after their last; the last year ends with the as-of date."""
    after = through(as_of, as_of)[1]
    start = [FIRST_DAY.replace(year=year) for year in range(FIRST_DAY.year, after.year + 1)]
    start = [day for day in start if day < after]
    return start, [*start[1:], min(start[-1].replace(year=start[-1].year + 1), after)]


# States and their regions, and what the registers' identifiers mean.

REGION = codes.REGION
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


def _read(path: Path, checks: dict[str, Check], key: tuple[str, ...], rules: Callable[[Table], Iterable[Fault]]) -> pd.DataFrame:
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
