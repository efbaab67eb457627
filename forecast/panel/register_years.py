"""Counts of the registers by administration year: what forecasters of a coming term look back on."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.panel.administrations import terms_within
from forecast.panel.calendar import through
from forecast.panel.countries import begun, country_of_entries, load_countries, load_identifiers
from forecast.panel.register_panel import FIRST_DAY, administrations_since_1949, count_entries, years_of
from forecast.panel.registers import load_registers
from forecast.panel.shipped import DATA


@dataclass(frozen=True, kw_only=True)
class RegisterYears:
    """What the registers tell of all countries by one day, year by year from 20 January 1949.

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
    terms = terms_within(administrations_since_1949(), (FIRST_DAY, through(as_of, as_of)[1]))
    party = [next(term.type for term in terms if term.start <= day < term.end) for day in start]
    return RegisterYears(as_of=as_of, country=country, start=tuple(start), count=count,
                         exposure=years_of(country, period), party=np.array(party))


def _years(as_of: date) -> tuple[list[date], list[date]]:
    """First days of the years, and the days after their last; the last year ends with the as-of date."""
    after = through(as_of, as_of)[1]
    start = [FIRST_DAY.replace(year=year) for year in range(FIRST_DAY.year, after.year + 1)]
    start = [day for day in start if day < after]
    return start, [*start[1:], min(start[-1].replace(year=start[-1].year + 1), after)]
