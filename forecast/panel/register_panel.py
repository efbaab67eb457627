"""Counts of the registers for all countries: country by channel by period, up to the as-of date and no further."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import xarray as xr

from forecast.panel.administrations import Administration, load_administrations, terms_within
from forecast.panel.calendar import DAYS_PER_YEAR, Span, days, midpoint, overlap, through
from forecast.panel.countries import begun, country_of_entries, load_countries, load_identifiers
from forecast.panel.covid import covid_window
from forecast.panel.registers import CHANNEL, load_registers
from forecast.panel.shipped import DATA

FIRST_DAY = date(1949, 1, 20)
"""Start of the first whole term after the war (Truman 2)."""


@dataclass(frozen=True, kw_only=True)
class RegisterPanel:
    """What the registers tell of all countries by one day.

    Parameters
    ----------
    as_of : date
        Last day used, inclusive.
    administration : tuple of Administration
        Terms from 1949 on, in order of time.
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


def administrations_since_1949() -> tuple[Administration, ...]:
    """All terms from Truman's second on, without a gap."""
    return load_administrations(DATA / "administrations_1949.csv") + load_administrations()


def load_register_panel(as_of: date, without: str | None = None) -> RegisterPanel:
    """Read the shipped registers and countries, and count.

    Parameters
    ----------
    as_of : date
        Last day used.
    without : str, optional
        A state whose entries are left out as if it did not exist: the partner of a dyad for whose record this panel is to say
        something from elsewhere. Its own travel is in that record already.

    Raises
    ------
    InputError
        With every fault of the files.
    """
    entries, identifiers = load_registers(as_of), load_identifiers()
    entries = entries[entries["start"] >= pd.Timestamp(FIRST_DAY)]
    country = begun(load_countries(), as_of)
    if without is not None:
        entries = entries[country_of_entries(entries, identifiers) != without]
        country = country[country["country"] != without]
    administrations = terms_within(administrations_since_1949(), (FIRST_DAY, through(as_of, as_of)[1]))
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
