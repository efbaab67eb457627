"""Leaders' meetings of a dyad's partner with its poles: what is dated, and on which days a list of it is complete.

A meeting that no source reports is not a meeting that did not take place. Zeros are real only on the days of a complete list,
and which list is complete from when to when is data, with the reason of every row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast.contacts.dyad import Dyad, Pole, Poles
from forecast.errors import Fault, InputError, nearest
from forecast.panel.calendar import DAYS_PER_YEAR, Span, days, overlap, through
from forecast.panel.series import SERIES, load_series

AT = "@"
"""Between a code of coverage and the one place to which a list is restricted."""


@dataclass(frozen=True, kw_only=True)
class PoleRecord:
    """What is known of a partner's poles on one day.

    Parameters
    ----------
    as_of : date
        Last day used, inclusive.
    pole : mapping of str to Pole
        Name -> what the dyad says of it, in its order.
    meeting : DataFrame
        One row per meeting in order of date: date, pole (name), place, format, basis, list (name of the complete list that holds
        it; empty where none does).
    list : DataFrame
        Complete lists begun by then, indexed by name: pole (name), title, start, end (half-open span of days, cut behind the
        as-of date).
    known : tuple of str
        Names of all lists, also of those that begin later.
    """

    as_of: date
    pole: Mapping[str, Pole]
    meeting: pd.DataFrame
    list: pd.DataFrame
    known: tuple[str, ...]

    @property
    def modelled(self) -> tuple[str, ...]:
        """Poles with a complete list, in the order of the dyad."""
        return tuple(name for name in self.pole if name in set(self.list["pole"]))

    def span(self, name: str) -> Span:
        """Days on which a list is complete, half-open."""
        row = self.list.loc[name]
        return row["start"], row["end"]

    def counted(self, name: str, window: Span) -> tuple[int, float]:
        """Meetings of a list within a half-open span, and the years of it on which the list is complete."""
        inside = overlap(self.span(name), window)
        first, after = (np.datetime64(one) for one in inside)
        day = self.meeting["date"].to_numpy("datetime64[D]")
        found = (self.meeting["list"] == name).to_numpy() & (day >= first) & (day < after)
        return int(found.sum()), days(inside) / DAYS_PER_YEAR


def load_poles(dyad: Dyad, as_of: date, directory: Path = SERIES) -> PoleRecord | None:
    """Read the meetings with the poles of a dyad up to a day; None where its ``dyad.yaml`` names no poles.

    Raises
    ------
    InputError
        With every fault of the two series: cells that are not of their kind, poles without a name in the dyad, lists whose days
        are in the wrong order or whose names repeat, and lists that overlap in a meeting.
    """
    if dyad.poles is None:
        return None
    name = {one.code: key for key, one in dyad.poles.named.items()}
    meeting = load_series(dyad.poles.meetings, as_of, directory).sort_values("date", kind="stable", ignore_index=True)
    lists = load_series(dyad.poles.lists, as_of, directory)
    faults = [*_unknown(dyad.poles.meetings, meeting, name), *_unknown(dyad.poles.lists, lists, name)]
    faults += _misplaced(dyad.poles.lists, lists)
    if not faults:
        held = {row.series: _held(meeting, row) for row in lists.itertuples()}
        faults = _twice(dyad.poles, meeting, held)
    if faults:
        raise InputError(faults)
    last = through(as_of, as_of)[1]
    end = [min(through(one.date(), one.date())[1], last) if pd.notna(one) else last for one in lists["last_day"]]
    table = pd.DataFrame({"pole": lists["pole"].map(name), "title": lists["title"], "start": lists["first_day"].dt.date,
                          "end": end}).set_axis(pd.Index(lists["series"], name="list"))
    found = pd.DataFrame({"date": meeting["date"], "pole": meeting["pole"].map(name), "place": meeting["place"],
                          "format": meeting["format"], "basis": meeting["basis"], "list": _owner(len(meeting), held)})
    known = tuple(load_series(dyad.poles.lists, date.max, directory)["series"])
    return PoleRecord(as_of=as_of, pole=dyad.poles.named, meeting=found, list=table, known=known)


def _held(meeting: pd.DataFrame, row: Any) -> np.ndarray:
    """Meetings on a list: of its pole, on its days, found by one of its instruments, at its place where it names one."""
    end = row.last_day if pd.notna(row.last_day) else pd.Timestamp.max
    inside = (meeting["pole"] == row.pole) & meeting["date"].between(row.first_day, end)
    found = np.zeros(len(meeting), bool)
    for code, _, place in (one.partition(AT) for one in row.rows.split(";")):
        found |= ((meeting["coverage"] == code) & ((meeting["place"] == place) | (not place))).to_numpy()
    held: np.ndarray = inside.to_numpy() & found
    return held


def _owner(count: int, held: Mapping[str, np.ndarray]) -> np.ndarray:
    owner = np.full(count, "", object)
    for name, rows in held.items():
        owner[rows] = name
    return owner


def _unknown(series: str, table: pd.DataFrame, name: Mapping[str, str]) -> list[Fault]:
    unknown = sorted(set(table["pole"]) - set(name))
    return [Fault(source="dyad.yaml", where="key poles.named", expected=f"a pole for every code in {series}.csv",
                  found=f"no {code}", remedy=f"Name it. {nearest(code, name)}") for code in unknown]


def _misplaced(series: str, lists: pd.DataFrame) -> list[Fault]:
    def fault(row: int, column: str, expected: str, found: str) -> Fault:
        return Fault(source=f"{series}.csv", where=f"list {lists['series'].iloc[row]}, column {column}", expected=expected,
                     found=found, remedy="Correct the row.")

    wrong = [fault(row, "last_day", f"a day from {first:%Y-%m-%d} on", f"{last:%Y-%m-%d}")
             for row, (first, last) in enumerate(zip(lists["first_day"], lists["last_day"], strict=True))
             if pd.notna(last) and last < first]
    again = lists["series"].duplicated()
    return wrong + [fault(int(row), "series", "a name used once", "it again") for row in np.flatnonzero(again)]


def _twice(poles: Poles, meeting: pd.DataFrame, held: Mapping[str, np.ndarray]) -> list[Fault]:
    """Meetings on two lists: they would be counted twice in the total of their pole."""
    total = sum(held.values(), np.zeros(len(meeting), int))
    return [Fault(source=f"{poles.lists}.csv", where=f"meeting of {meeting['date'].iloc[row]:%Y-%m-%d} in {poles.meetings}.csv",
                  expected="at most one complete list", found=", ".join(name for name, rows in held.items() if rows[row]),
                  remedy="Restrict one of the lists in column rows.") for row in np.flatnonzero(total > 1)]
