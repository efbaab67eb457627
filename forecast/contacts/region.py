"""A region: dyads that are read together, and the occasions that made a row in several of them.

A meeting of one state with five others is one occasion and five rows, one in each dyad. ``occasions.csv`` tells which rows these
are; for kinds of occasions that have a table, it has one coding for each occasion as a whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd
from pydantic import Field

from forecast import shipped
from forecast.config import Strict, load_yaml
from forecast.contacts.cells import Check, anything, one_of, optional, parse_day, text
from forecast.contacts.dyad import Caveat, Dyad, Slug, load_dyad
from forecast.contacts.load import Contacts
from forecast.contacts.record import CONTACT, NO_NAMES, cell_faults, read_contacts, repeat_faults
from forecast.contacts.table import Table, form_fault, read_named, read_table, shown, some
from forecast.errors import Fault, InputError, nearest

FILE, OCCASIONS = "region.yaml", "occasions.csv"
OCCASION_ID = "occasion_id"
LISTED = (OCCASION_ID, "kind", "dyad", "contact_id", "own_part")
_OF_CONTACT = ("date", "date_precision", "place", "us_principal", "us_rank", "partner_rank", "agenda", "outcome", "sources")
SHARED: Mapping[str, Check] = {OCCASION_ID: text, **{name: CONTACT[name] for name in _OF_CONTACT}, "note": anything}
"""Columns of a table with one coding for each occasion; beside them stands one of presence for each dyad."""
YES_NO = ("0", "1")


class Kind(Strict):
    """What a region says of one kind of occasions."""

    title: str = Field(min_length=1)
    table: str | None = Field(default=None, pattern=r"^[\w.-]+\.csv$")


class RegionFile(Strict):
    """Content of ``region.yaml``."""

    id: Slug
    title: str = Field(min_length=1)
    version: str = Field(default="not versioned", min_length=1)
    dyads: tuple[Slug, ...] = Field(min_length=1)
    kinds: Mapping[Slug, Kind] = Field(default_factory=dict)
    estimates: Mapping[Slug, Caveat] = Field(default_factory=dict)
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Region:
    """Dyads that are read together, and their shared occasions.

    Parameters
    ----------
    id, title, version : str
        Name, name in words, version of the data.
    dyads : tuple of str
        Labels in order.
    folders : mapping of str to Path
        Dyad -> its folder.
    kinds : mapping of str to Kind
        Kind of occasions -> what the region says of it.
    estimates : mapping of str to str
        Section of the prior file whose components are estimated from all dyads together -> the reason.
    folder : Path
        Of the region's own files.
    caveats : tuple of str
        What a reader must know of the coding of occasions.
    occasions : DataFrame
        One row per contact that belongs to a shared occasion: occasion_id, kind, dyad, contact_id, own_part (bool: the row also
        holds a bilateral meeting of the same day, and its agenda and partner's rank are wider than those of the occasion).
    shared : DataFrame
        One row per occasion of a kind with a table, by date: occasion_id, kind, date (datetime64), date_precision, place,
        us_principal, us_rank, partner_rank (the usual one), agenda, outcome (int), note, sources, then one column of presence for
        each dyad (boolean, NA where no page says).
    """

    id: str
    title: str
    version: str
    dyads: tuple[str, ...]
    folders: Mapping[str, Path]
    kinds: Mapping[str, Kind]
    estimates: Mapping[str, str]
    folder: Path
    caveats: tuple[str, ...]
    occasions: pd.DataFrame
    shared: pd.DataFrame


def load_region(folder: Path, as_of: date | None = None) -> Region:
    """Read and check a region, with the ids of the contacts that it names.

    Parameters
    ----------
    folder : Path
        Holds region.yaml, occasions.csv and the tables that region.yaml names. The folders of its dyads lie beside the folder in
        which it lies, or are shipped ones.
    as_of : date, optional
        Last day admitted: occasions that begin later are left out.

    Raises
    ------
    InputError
        With every fault of all its files.
    """
    about = load_yaml(folder / FILE, RegionFile)
    folders, of_folder, faults = _members(folder, about)
    dyads = tuple(of_folder.values())
    occasions = read_table(folder / OCCASIONS, LISTED)
    # without all dyads it is not known which columns of presence a table should have
    tables = {} if faults else {kind: _shared_table(folder / one.table, dyads) for kind, one in about.kinds.items() if one.table}
    faults += [*_occasion_faults(occasions, about), *_contact_faults(occasions, folders, of_folder)]
    for kind, table in tables.items():
        faults += [*_shared_faults(table, dyads), *_unknown_occasions(occasions, kind, table)]
    if faults:
        raise InputError(faults)
    rows = pd.DataFrame(list(occasions.rows.values()), columns=list(LISTED), dtype=str)
    shared = _shared_frame(tables, dyads)
    if as_of is not None:
        rows = rows[pd.to_datetime(rows[OCCASION_ID].str[:10]) <= pd.Timestamp(as_of)].reset_index(drop=True)
        shared = shared[shared["date"] <= pd.Timestamp(as_of)].reset_index(drop=True)
    return Region(id=about.id, title=about.title, version=about.version, dyads=about.dyads, folders=folders, kinds=about.kinds,
                  estimates=about.estimates, folder=folder, caveats=about.caveats,
                  occasions=rows.assign(own_part=rows["own_part"] == "1"), shared=shared)


def members(folder: Path) -> dict[str, Path]:
    """Folders of the dyads of a region, in order, from ``region.yaml`` alone (raises InputError with every fault of it)."""
    folders, _, faults = _members(folder, load_yaml(folder / FILE, RegionFile))
    if faults:
        raise InputError(faults)
    return folders


def _members(folder: Path, about: RegionFile) -> tuple[dict[str, Path], dict[str, Dyad], list[Fault]]:
    """Folder and description of each dyad that can be read, and the faults of those that cannot."""
    folders: dict[str, Path] = {}
    dyads: dict[str, Dyad] = {}
    faults: list[Fault] = []
    for number, name in enumerate(about.dyads):
        beside = folder.resolve().parents[1] / name
        place = beside if beside.is_dir() else shipped.dyads().get(name)
        if place is None or name in folders:
            expected, found = ("each dyad once", f"{name} twice") if name in folders else ("the folder of a dyad", f"'{name}'")
            remedy = "Leave the second out." if name in folders else nearest(name, shipped.dyads())
            faults.append(form_fault(folder / FILE, f"key dyads.{number}", expected, found, remedy))
            continue
        folders[name] = place
        try:
            dyads[name] = load_dyad(place)
        except InputError as error:
            faults += error.faults
    faults += [form_fault(folders[name] / "dyad.yaml", "key id", f"{name}, the name of the folder", one.id, "Correct it.")
               for name, one in dyads.items() if one.id != name]
    return folders, dyads, faults


def _shared_table(path: Path, dyads: Sequence[Dyad]) -> Table:
    return read_named(path, (*SHARED, *map(_presence, dyads)), names=dyads[0].names if dyads else NO_NAMES)


def _presence(dyad: Dyad) -> str:
    """Column that tells whether the partner was there."""
    return f"{dyad.partner_iso2.lower()}_present"


def _shared_frame(tables: Mapping[str, Table], dyads: Sequence[Dyad]) -> pd.DataFrame:
    presence = {_presence(one): one.id for one in dyads}
    rows = [{"kind": kind, **row} for kind, table in tables.items() for row in table.rows.values()]
    columns = [OCCASION_ID, "kind", *(name for name in SHARED if name != OCCASION_ID), *presence]
    frame = pd.DataFrame(rows, columns=columns, dtype=str)
    known = {name: frame[name].map({"1": True, "0": False}).astype("boolean") for name in presence}
    typed = {"date": pd.to_datetime(frame["date"], format="%Y-%m-%d"), "outcome": frame["outcome"].astype("int64")}
    return frame.assign(**known, **typed).rename(columns=presence).sort_values(["date", OCCASION_ID], ignore_index=True)


# What is wrong with the files of a region.

def _occasion_faults(table: Table, about: RegionFile) -> Iterator[Fault]:
    yield from table.faults
    yield from cell_faults(table, {OCCASION_ID: text, "kind": one_of(about.kinds), "dyad": one_of(about.dyads),
                                   "contact_id": text, "own_part": one_of(YES_NO)})
    yield from repeat_faults(table, ("dyad", "contact_id"))
    yield from _undated(table)
    first: dict[str, str] = {}
    wrong = (number for number, row in table.rows.items() if {OCCASION_ID, "kind"} <= row.keys()
             and first.setdefault(row[OCCASION_ID], row["kind"]) != row["kind"])
    yield from some(table.path, wrong, lambda number: table.fault(
        number, "kind", f"{first[table.rows[number][OCCASION_ID]]}, as in other rows of this occasion",
        shown(table.rows[number]["kind"]), "Correct one of them."))


def _undated(table: Table) -> Iterator[Fault]:
    """Occasions whose id does not begin with a day."""
    wrong = (number for number, row in table.rows.items() if row.get(OCCASION_ID) and not parse_day(row[OCCASION_ID][:10]))
    return some(table.path, wrong, lambda number: table.fault(
        number, OCCASION_ID, "an id that begins with the first day, YYYY-MM-DD", shown(table.rows[number][OCCASION_ID]),
        "Begin it with the day."))


def _contact_faults(table: Table, folders: Mapping[str, Path], dyads: Mapping[str, Dyad]) -> Iterator[Fault]:
    """Rows that speak of a contact which the record of the dyad does not have."""
    known = {name: read_contacts(folders[name] / "contacts.csv", one.names).values("id") for name, one in dyads.items()}
    wrong = (number for number, row in table.rows.items() if row.get("contact_id")
             and (ids := known.get(row.get("dyad", ""))) is not None and row["contact_id"] not in ids)

    def fault(number: int) -> Fault:
        row = table.rows[number]
        near = [one for one in known[row["dyad"]] or () if one.startswith(row["contact_id"][:10])]
        remedy = nearest(row["contact_id"][:100], near) if near else "Add the contact, or correct the id."
        return table.fault(number, "contact_id", f"an id of {folders[row['dyad']] / 'contacts.csv'}", shown(row["contact_id"]),
                           remedy)

    return some(table.path, wrong, fault)


def _shared_faults(table: Table, dyads: Sequence[Dyad]) -> Iterator[Fault]:
    yield from table.faults
    yield from cell_faults(table, SHARED)
    yield from cell_faults(table, dict.fromkeys(map(_presence, dyads), optional(one_of(YES_NO))))
    yield from repeat_faults(table, (OCCASION_ID,))
    wrong = (number for number, row in table.rows.items() if {OCCASION_ID, "date"} <= row.keys() and parse_day(row["date"])
             and not row[OCCASION_ID].startswith(f"{row['date']}-"))
    yield from some(table.path, wrong, lambda number: table.fault(
        number, OCCASION_ID, f"an id that begins with the date, {table.rows[number]['date']}-",
        shown(table.rows[number][OCCASION_ID]), "Correct one of them."))


def _unknown_occasions(table: Table, kind: str, shared: Table) -> Iterator[Fault]:
    """Occasions of a kind that its table does not have."""
    known = shared.values(OCCASION_ID)
    if known is None:
        return iter(())
    first = {row[OCCASION_ID]: number for number, row in reversed(table.rows.items())
             if row.get("kind") == kind and row.get(OCCASION_ID) and row[OCCASION_ID] not in known}
    return some(table.path, sorted(first.values()), lambda number: table.fault(
        number, OCCASION_ID, f"an occasion of {shared.path.name}", shown(table.rows[number][OCCASION_ID]),
        f"Add its row to {shared.path.name}, or correct the id."))


# Which contacts of a panel are one occasion.

@cache
def shipped_regions() -> Mapping[str, Region]:
    """Regions that come with the program, by name, read once."""
    return MappingProxyType({name: load_region(folder) for name, folder in shipped.regions().items()})


def region_of(dyads: Iterable[str]) -> Region | None:
    """The shipped region to which all of some dyads belong, the first where there are several; None where there is none."""
    wanted = set(dyads)
    return next((one for one in shipped_regions().values() if wanted <= set(one.dyads)), None)


def estimated_with(state: str) -> tuple[str, ...]:
    """A partner state, as the registers name it, with those of the shipped dyads that are estimated together with its own."""
    for region in shipped_regions().values():
        states = [load_dyad(folder).register_country for folder in region.folders.values()]
        if region.estimates and state in states:
            return (state, *(one for one in states if one != state))
    return (state,)


def with_occasions(contact: pd.DataFrame, region: Region | None) -> pd.DataFrame:
    """Add the column ``occasion_id``: rows with the same id are one occasion.

    Parameters
    ----------
    contact : DataFrame
        Columns dyad and id, as in :class:`~forecast.panel.panel.Panel`.
    region : Region or None
        Without one no contact is a shared occasion.

    Returns
    -------
    DataFrame
        The same rows in the same order; the id is empty where a contact is no shared occasion.
    """
    occasion: object = ""
    if region is not None:
        known = region.occasions.set_index(["dyad", "contact_id"])[OCCASION_ID]
        occasion = known.reindex(pd.MultiIndex.from_frame(contact[["dyad", "id"]])).fillna("").to_numpy(dtype=object)
    return contact.assign(**{OCCASION_ID: pd.Series(occasion, index=contact.index, dtype="str")})  # text, also of no rows


# Where the rows of one occasion contradict each other, or its coding as a whole.

COMPARED = ("date", "us_rank", "mechanism", "agenda", "outcome")
"""Columns in which the rows of an occasion should agree. The partner's rank is not among them: each state sends whom it sends."""
OWN = frozenset({"agenda", "outcome"})
"""Columns in which a row that also holds a bilateral meeting says more than the occasion: it is not compared in them."""


def disagreements(region: Region, loaded: Sequence[Contacts]) -> tuple[Fault, ...]:
    """What the rows of shared occasions say differently in the dyads that are given, with a reason and a remedy.

    These are no faults: coders read different pages. A model that counts an occasion once must know of them.

    Parameters
    ----------
    region : Region
        Its occasions.
    loaded : sequence of Contacts
        Records of some of its dyads.

    Returns
    -------
    tuple of Fault
        One for each occasion and column, then contacts that the records lack, and states that were there without a row.
    """
    contact = pd.concat([one.contact.assign(dyad=one.dyad.id) for one in loaded], ignore_index=True)
    given = [one.dyad.id for one in loaded if one.dyad.id in region.dyads]
    listed = region.occasions[region.occasions["dyad"].isin(given)]
    rows = listed.merge(contact, how="left", left_on=["dyad", "contact_id"], right_on=["dyad", "id"])
    lost = rows[rows["id"].isna()]
    found = [one for occasion, part in rows.dropna(subset=["id"]).groupby(OCCASION_ID, sort=False) for column in COMPARED
             if (one := _difference(region, str(occasion), part, column))]
    found += [Fault(source=f"{row.dyad}/contacts.csv", where=f"occasion {row.occasion_id}",
                    expected=f"the contact {row.contact_id}", found="no such contact",
                    remedy=f"Add it, or take it out of {OCCASIONS} of the region {region.id}.")
              for row in lost.itertuples()]
    return (*found, *_absent(region, given, set(zip(listed[OCCASION_ID], listed["dyad"], strict=True))))


def _difference(region: Region, occasion: str, part: pd.DataFrame, column: str) -> Fault | None:
    """One occasion in one column: None where its rows agree, also with its coding as a whole."""
    compared = part[~part["own_part"]] if column in OWN else part
    said: dict[str, list[str]] = {}
    for name, value in zip(compared["dyad"], compared[column], strict=True):
        said.setdefault(_comparable(value), []).append(name)
    kind = part["kind"].iloc[0]
    whole = region.shared.loc[region.shared[OCCASION_ID] == occasion]
    table = region.kinds[kind].table
    if len(whole) and column in whole:
        said.setdefault(_comparable(whole[column].iloc[0]), []).append(str(table))
    if len(said) < 2:
        return None
    remedy = (f"Coders read different pages; {table} has the coding of the occasion as a whole, which counts once." if len(whole)
              else "Coders read different pages, and there is no coding of the occasion as a whole.")
    return Fault(source=f"region {region.id}", where=f"occasion {occasion}, column {column}", expected="the same in all rows",
                 found="; ".join(f"{value or 'nothing'} in {', '.join(dict.fromkeys(names))}" for value, names in said.items()),
                 remedy=f"{remedy} Read the pages of these rows again, or leave them and say so.")


def _comparable(value: object) -> str:
    """A cell as text; the order of topics does not count."""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return ";".join(sorted(str(value).split(";")))


def _absent(region: Region, given: Sequence[str], listed: set[tuple[str, str]]) -> Iterator[Fault]:
    """States that a coding as a whole has there without a row of the dyad, and rows of states that it has not there."""
    for row in region.shared.to_dict("records"):
        said = {name: bool(row[name]) for name in given if pd.notna(row[name])}
        missing = [name for name, there in said.items() if there and (row[OCCASION_ID], name) not in listed]
        extra = [name for name, there in said.items() if not there and (row[OCCASION_ID], name) in listed]
        table = region.kinds[row["kind"]].table
        for names, expected, found in ((missing, "a row of each state that was there", "none of"),
                                       (extra, "no row of a state that was not there", "one of")):
            if names:
                yield Fault(source=f"region {region.id}", where=f"occasion {row[OCCASION_ID]}, presence in {table}",
                            expected=expected, found=f"{found} {', '.join(names)}",
                            remedy=f"Code the contact and list it in {OCCASIONS}, or correct {table}.")
