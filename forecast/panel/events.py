"""Events of which the record can be asked what followed them: which kinds there are, and on which days they took place.

What is an event of which kind is data, in ``events.yaml`` with a source for each kind. An event is one of the record's own
contacts, a shared occasion of the region, or a row of a context series; an event known only to the year is none, because its
months are not known.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from forecast.config import Strict, load_yaml
from forecast.contacts import codes
from forecast.contacts.dyad import Caveat, Slug
from forecast.contacts.region import region_of, shipped_regions
from forecast.errors import Fault, InputError, nearest
from forecast.panel.panel import Panel, occasion_of
from forecast.panel.series import SERIES, Series, load_series, load_sources
from forecast.shipped import DATA

FILE = "events.yaml"
_COLUMN = {"rank": "us_rank", "partner_rank": "partner_rank", "format": "format", "direction": "direction",
           "mechanism": "mechanism"}
"""Key of a kind -> column of contacts, whose codes it takes."""
EXACT = ("day", "month")
"""Precision of a day that tells the month."""


class Rows(Strict):
    """Rows of a context series: those whose columns have the values given."""

    name: Slug
    where: Mapping[Slug, str] = Field(min_length=1)


class Kind(Strict):
    """One kind of events: how they are found, and where that is known from."""

    title: str = Field(min_length=1)
    source: Caveat
    dyads: tuple[Slug, ...] = ()
    contacts: Mapping[str, tuple[str, ...]] | None = None
    occasions: Slug | None = None
    series: Rows | None = None

    @field_validator("contacts")
    @classmethod
    def _known_codes(cls, value: Mapping[str, tuple[str, ...]] | None) -> Mapping[str, tuple[str, ...]] | None:
        if value is not None and not value:
            raise ValueError(f"at least one of the keys {', '.join(_COLUMN)}")
        for key, given in (value or {}).items():
            if key not in _COLUMN:
                raise ValueError(f"keys of {', '.join(_COLUMN)}, not '{key}'")
            unknown = next((code for code in given if code not in codes.LISTS[_COLUMN[key]]), None)
            if unknown is not None or not given:
                raise ValueError(f"codes of {key}: {', '.join(codes.LISTS[_COLUMN[key]])}, not '{unknown or ''}'")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> "Kind":
        if sum(one is not None for one in (self.contacts, self.occasions, self.series)) != 1:
            raise ValueError("one of the keys contacts, occasions and series, to say how its events are found")
        return self

    def concerns(self, dyad: str | None) -> bool:
        """Whether the kind makes sense for a dyad; for none in particular it does where some dyad has it."""
        return dyad is None or not self.dyads or dyad in self.dyads


class _File(Strict):
    kinds: Mapping[Slug, Kind] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True)
class Events:
    """Events of one kind up to the as-of date of a panel.

    Parameters
    ----------
    kind, title : str
        Name, and name in words.
    day : (event,) array of datetime64[D]
        In order. Of an event known to the month, a day of that month.
    own : (contact,) array of bool
        Contacts of the panel that are an event of this kind, or belong to the visit that is one.
    """

    kind: str
    title: str
    day: np.ndarray
    own: np.ndarray


def load_kinds(folder: Path | None = None, dyad: str | None = None) -> dict[str, Kind]:
    """Kinds of events of a dyad: of its folder where that has an ``events.yaml``, else those that ship.

    Parameters
    ----------
    folder : Path, optional
        Of the dyad.
    dyad : str, optional
        Its label; all kinds where it is not given.

    Raises
    ------
    InputError
        With every fault of the file: unknown keys and codes, and series, columns, values and occasions that do not exist.
    """
    path = _place(folder)
    kinds = load_yaml(path, _File).kinds
    if faults := [fault for name, kind in kinds.items() for fault in _unknown(path, name, kind)]:
        raise InputError(faults)
    return {name: kind for name, kind in kinds.items() if kind.concerns(dyad)}


def names_known(dyad: str | None) -> tuple[str, ...] | None:
    """Kinds of a shipped dyad, of any dyad where none is named; None of a dyad whose folder is not known here."""
    folder = DATA / dyad if dyad else None
    if folder is not None and not (folder / "dyad.yaml").is_file():
        return None
    return tuple(name for name, kind in load_yaml(_place(folder), _File).kinds.items() if kind.concerns(dyad))


def _place(folder: Path | None) -> Path:
    """The file of a dyad folder where it has one, be it readable or not, else the shipped one."""
    own = folder / FILE if folder else None
    return own if own and os.path.lexists(own) else DATA / FILE


def _unknown(path: Path, name: str, kind: Kind) -> Iterator[Fault]:
    """What a kind names and nothing has."""
    def fault(key: str, expected: str, found: str, remedy: str) -> Fault:
        return Fault(source=str(path), where=f"key kinds.{name}.{key}", expected=expected, found=f"'{found}'", remedy=remedy)

    regional = {one for region in shipped_regions().values() for one in region.kinds}
    if kind.occasions is not None and kind.occasions not in regional:
        yield fault("occasions", "a kind of occasions of a region", kind.occasions, nearest(kind.occasions, regional))
    if kind.series is not None:
        known = load_sources()
        if kind.series.name not in known:
            yield fault("series.name", "a shipped series", kind.series.name, nearest(kind.series.name, known))
            return
        about, table = known[kind.series.name], load_series(kind.series.name, date.max)
        for column, value in kind.series.where.items():
            if column not in table:
                yield fault(f"series.where.{column}", "a column of the series", column, nearest(column, table.columns))
            elif value not in (there := set(table[column].astype(str))):
                yield fault(f"series.where.{column}", "a value of the column", value, nearest(value, there))
        if about.columns[about.time.column].kind == "year":
            yield fault("series.name", "a series whose rows have a day or a month", kind.series.name, "Name another.")


def find_events(panel: Panel, kinds: Mapping[str, Kind]) -> dict[str, Events]:
    """Events of some kinds in the record of one dyad, and in series, up to the as-of date.

    Parameters
    ----------
    panel : Panel
        Of one dyad; events before its relations start are left out.
    kinds : mapping of str to Kind
        As :func:`load_kinds` gives them.
    """
    return {name: _events(panel, name, kind) for name, kind in kinds.items()}


def _events(panel: Panel, name: str, kind: Kind) -> Events:
    if kind.series is not None:
        return Events(kind=name, title=kind.title, day=_days_of(kind.series, panel), own=np.zeros(len(panel.contact), bool))
    found = _of_record(panel.contact, kind) if kind.contacts is not None else _of_region(panel, str(kind.occasions))
    visit = occasion_of(panel.contact)
    exact = found & panel.contact["date_precision"].isin(EXACT).to_numpy()
    day = np.sort(panel.contact.loc[exact, "date"].to_numpy().astype("datetime64[D]"))
    return Events(kind=name, title=kind.title, day=day, own=np.isin(visit, visit[found]))


def _of_record(contact: pd.DataFrame, kind: Kind) -> np.ndarray:
    found = np.ones(len(contact), bool)
    for key, given in (kind.contacts or {}).items():
        found &= contact[_COLUMN[key]].isin(given).to_numpy()
    return found


def _of_region(panel: Panel, kind: str) -> np.ndarray:
    region = region_of(panel.dyad)
    listed = set(region.occasions.loc[region.occasions["kind"] == kind, "occasion_id"]) if region else set()
    found: np.ndarray = panel.contact["occasion_id"].isin(listed).to_numpy()
    return found


def _days_of(rows: Rows, panel: Panel) -> np.ndarray:
    """Days of the rows of a series that tell the month, from the first day on which the partner could be met."""
    about: Series = load_sources(SERIES)[rows.name]
    table = load_series(rows.name, panel.as_of)
    for column, value in rows.where.items():
        table = table[table[column].astype(str) == value]
    precision = about.time.precision or f"{about.time.column}_precision"
    if precision in table:
        table = table[table[precision].isin(EXACT)]
    told = table[about.time.column].astype(str).str[:10]
    day = pd.to_datetime(told[told.str.len() > len("YYYY")], format="ISO8601").to_numpy().astype("datetime64[D]")
    found: np.ndarray = np.sort(day[day >= np.datetime64(panel.about[0].relations_start)])
    return found
