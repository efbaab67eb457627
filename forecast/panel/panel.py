"""The panel: everything that a component may see, up to the as-of date and no further."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from forecast import shipped
from forecast.contacts import codes
from forecast.contacts.dyad import Dyad
from forecast.contacts.load import Contacts, load_contacts
from forecast.contacts.region import region_of, with_occasions
from forecast.dims import DYAD, RANK, YEAR
from forecast.errors import Fault, InputError
from forecast.panel.calendar import (
    DAYS_PER_YEAR,
    Span,
    administration_years,
    covid_share,
    covid_window,
    days,
    midpoint,
    month_days,
    overlap,
    through,
    turn_of_terms,
    year_of_term,
)
from forecast.panel.elections import Administration, load_administrations, of_dyad, terms_within

DEFAULT_AS_OF = shipped.CASE.as_of
"""Eve of the election that the program forecasts where nothing else is said."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What is known on one day.

    Parameters
    ----------
    as_of : date
        Last day used, inclusive.
    dyad : tuple of str
        Labels of the axis ``dyad``.
    about : tuple of Dyad
        What the file of each dyad says.
    administration : tuple of Administration
        Terms that overlap the observed span, in order of time.
    contact : DataFrame
        One row per contact, by date then id: dyad, id, date and the other columns of the codebook, then
        administration, type, president, term (index into `administration`), year (index into `year`), occasion_id (rows with the
        same one are one occasion that several dyads share; empty where a contact is none).
    topic : ndarray of bool, shape (contact, topic)
        Whether the contact's agenda names the topic.
    reported : ndarray of bool, shape (contact,)
        Whether any page says what was discussed.
    media : DataFrame
        Pages admitted: dyad, contact_id, contact (index into `contact`), outlet, side (``partner``,
        ``home``, ``other``), kind, tone (-1, 0, 1), frame, date (NaT where unknown).
    count : DataArray, dims (dyad, rank, year)
        Contacts per administration year.
    exposure : DataArray, dims (dyad, year)
        Years observed.
    year : DataFrame
        Administration years, see :func:`forecast.panel.panel.year_table`.
    month_count : ndarray of int, shape (month=12,)
        Contacts by calendar month.
    month_exposure : ndarray, shape (month=12,)
        Years observed by calendar month, summed over dyads.
    pages : ndarray of int, shape (contact, side)
        Pages of news and analysis (not official sites), sides as in ``codes.SIDE``.
    shared : str
        Label of the unit of occasions that dyads share (:mod:`forecast.panel.region`); empty where there is none.
    attended : ndarray, shape (dyad, term, 2)
        Shared occasions of every term in which each dyad took part and did not, the unit left out.
    seen : DataArray, dims (dyad, rank, year)
        Contacts of each dyad as its record has them, shared occasions included, the unit left out; none where it is `count`.
    running : bool
        Whether the last term is the one that is forecast: it runs, and is no whole term before the one to come.
    """

    as_of: date
    dyad: tuple[str, ...]
    about: tuple[Dyad, ...]
    administration: tuple[Administration, ...]
    contact: pd.DataFrame
    topic: np.ndarray
    reported: np.ndarray
    media: pd.DataFrame
    count: xr.DataArray
    exposure: xr.DataArray
    year: pd.DataFrame
    month_count: np.ndarray
    month_exposure: np.ndarray
    pages: np.ndarray
    shared: str = ""
    attended: np.ndarray = field(default_factory=lambda: np.zeros((1, 1, 2), int))
    seen: xr.DataArray = field(default_factory=xr.DataArray)
    running: bool = False

    @property
    def partner(self) -> tuple[str, ...]:
        """Name of the partner state of each dyad."""
        return tuple(one.partner for one in self.about)

    @property
    def home(self) -> tuple[str, ...]:
        """Code of the state of each dyad whose elections decide."""
        return tuple(one.home_iso2 for one in self.about)

    @property
    def records(self) -> tuple[str, ...]:
        """Dyads with a record of their own: all but the unit of shared occasions."""
        return tuple(dyad for dyad in self.dyad if dyad != self.shared)


def load_panel(directory: Path | Sequence[Path] | None = None, *, as_of: date = DEFAULT_AS_OF) -> Panel:
    """Read, check and cut one dyad folder, or several, at a date.

    Parameters
    ----------
    directory : Path or sequence of Path, optional
        Dyad folders; the shipped dyad where none is given.
    as_of : date
        Last day that may be used.

    Returns
    -------
    Panel
        Holds no contact and no page dated later than `as_of`.

    Raises
    ------
    InputError
        With every fault of the folders, or where `as_of` lies outside what is coded.
    """
    folders = [directory] if isinstance(directory, Path) else list(directory or [shipped.DYAD])
    administrations = load_administrations(of_dyad(folders[0], "administrations.csv"))
    loaded = load_dyads(folders, as_of)
    check_coverage([item.dyad for item in loaded], administrations, as_of)
    return build_panel(loaded, administrations, as_of)


def build_panel(loaded: Sequence[Contacts], administrations: Sequence[Administration], as_of: date) -> Panel:
    """Assemble a panel from loaded dyads that were cut at `as_of`."""
    spans = {item.dyad.id: through(item.dyad.relations_start, as_of) for item in loaded}
    observed = min(span[0] for span in spans.values()), through(as_of, as_of)[1]
    terms = terms_within(administrations, observed)
    year = year_table(terms, observed, turn_of_terms(one.span for one in administrations))
    contact = with_occasions(contact_rows(loaded, year), region_of(spans))
    media = page_rows(loaded, contact)
    return Panel(
        as_of=as_of, dyad=tuple(spans), about=tuple(item.dyad for item in loaded),
        administration=terms, year=year, contact=contact, media=media,
        topic=topic_matrix(contact), reported=contact["agenda"].to_numpy() != "",
        count=contact_counts(contact, tuple(spans), len(year)), exposure=years_observed(spans, year),
        month_count=month_counts(contact), month_exposure=_month_exposure(spans.values()),
        pages=page_counts(media, len(contact)),
    )


def _month_exposure(spans: Iterable[Span]) -> np.ndarray:
    return np.sum([month_days(span) for span in spans], axis=0) / DAYS_PER_YEAR


# Several dyad folders, each loaded once; the faults of all of them come together.

def load_dyads(folders: Sequence[Path], as_of: date) -> list[Contacts]:
    """Read dyad folders in the order given (raises InputError with the faults of all of them)."""
    loaded: list[Contacts] = []
    faults: list[Fault] = []
    for folder in folders:
        try:
            loaded.append(load_contacts(folder, as_of))
        except InputError as error:
            faults += error.faults
    for id, times in Counter(item.dyad.id for item in loaded).items():
        if times > 1:
            faults.append(Fault(source="panel", where="dyad folders", expected="each dyad once",
                                found=f"{id} {times} times", remedy="Leave the others out."))
    if faults:
        raise InputError(faults)
    return loaded


# Whether a panel can reach to a date without taking missing work for missing contacts.

def check_coverage(dyads: Sequence[Dyad], administrations: Sequence[Administration], as_of: date) -> None:
    """Raise InputError where `as_of` lies outside the coded span of a dyad or the known administrations."""
    faults = []
    for dyad in dyads:
        if as_of < dyad.relations_start:
            faults.append(_fault(f"a day from {dyad.relations_start}, the start of {dyad.id}, on", as_of,
                                 "Give a later date (--as-of)."))
        if as_of > dyad.coded_until:
            faults.append(_fault(f"a day up to {dyad.coded_until}, to which {dyad.id} is coded", as_of,
                                 "Give an earlier date (--as-of), or code the later contacts and move coded_until."))
    first, end = administrations[0].start, administrations[-1].end
    start = min(dyad.relations_start for dyad in dyads)
    if start < first or as_of >= end:
        faults.append(_fault(f"a span within the known administrations, {first} to {end}", as_of,
                             "Add the missing terms to administrations.csv."))
    if faults:
        raise InputError(faults)


def _fault(expected: str, as_of: date, remedy: str) -> Fault:
    return Fault(source="panel", where="as-of date", expected=expected, found=str(as_of), remedy=remedy)


# Contacts and pages of all dyads in one table each, and what is counted from their rows.

OTHER = "other"
"""Side of pages from neither of the two states."""


def contact_rows(loaded: Sequence[Contacts], year: pd.DataFrame) -> pd.DataFrame:
    """Contacts of all dyads by date then id, each with its administration year."""
    tables = []
    for item in loaded:
        table = item.contact.copy()
        table.insert(0, "dyad", item.dyad.id)
        tables.append(table)
    contact = pd.concat(tables).sort_values(["date", "id", "dyad"], ignore_index=True)
    at = np.searchsorted(year["start"].to_numpy(), contact["date"].to_numpy(), side="right") - 1
    term = year.iloc[at].reset_index(drop=True)
    of_term = {key: term[key] for key in ("administration", "type", "president", "term")}
    return contact.assign(**of_term, year=at)


def page_rows(loaded: Sequence[Contacts], contact: pd.DataFrame) -> pd.DataFrame:
    """Pages of all dyads, each with its side and the position of its contact."""
    key = pd.MultiIndex.from_frame(contact[["dyad", "id"]])
    tables = []
    for item in loaded:
        page = item.media
        at = key.get_indexer(pd.MultiIndex.from_product([[item.dyad.id], page["contact_id"]]))
        side = _side(page["outlet_country"], item.dyad)
        table = page[["contact_id", "outlet", "kind", "tone", "frame", "date"]]
        tables.append(table.assign(dyad=item.dyad.id, contact=at, side=side))
    return pd.concat(tables, ignore_index=True)


def _side(country: pd.Series, dyad: Dyad) -> pd.Series:
    partner, home = codes.SIDE
    return country.map({dyad.partner_iso2: partner, dyad.home_iso2: home}).fillna(OTHER)


def topic_matrix(contact: pd.DataFrame) -> np.ndarray:
    """Which topics each agenda names, shape (contact, topic), bool."""
    named = [agenda.split(";") for agenda in contact["agenda"]]
    return np.array([[topic in agenda for topic in codes.TOPIC] for agenda in named],
                    dtype=bool).reshape(len(named), len(codes.TOPIC))


def month_counts(contact: pd.DataFrame) -> np.ndarray:
    """Contacts by calendar month, shape (month=12,)."""
    return np.bincount(contact["date"].dt.month.to_numpy() - 1, minlength=12)


def page_counts(media: pd.DataFrame, n_contacts: int) -> np.ndarray:
    """Pages of news and analysis per contact, shape (contact, side)."""
    pages = np.zeros((n_contacts, len(codes.SIDE)), dtype=np.int64)
    counted = media[(media["kind"] != "official") & (media["side"] != OTHER)]
    side = pd.Index(codes.SIDE.labels).get_indexer(counted["side"])
    np.add.at(pages, (counted["contact"].to_numpy(), side), 1)
    return pages


# Occasions: contacts that belong together because one visit, summit or delegation brought them about.

GAP_DAYS = 1
"""Contacts at most this many days apart are one occasion: a delegation stays for two or three days in a row."""


def occasion_of(contact: pd.DataFrame) -> np.ndarray:
    """Number of the occasion of every contact, shape (contact,), from 0 in order of date.

    An occasion is a run of contacts of one dyad and one direction, each known to the day and at most ``GAP_DAYS`` after
    the one before. A contact known only to the month or year stands alone.

    Parameters
    ----------
    contact : DataFrame
        As in :class:`~forecast.panel.panel.Panel`: dyad, date, date_precision, direction.
    """
    order = contact.sort_values(["dyad", "direction", "date"], kind="stable")
    near = order["date"].diff().dt.days.to_numpy() <= GAP_DAYS
    day = (order["date_precision"] == "day").to_numpy()
    same = near & day & np.roll(day, 1)
    for column in ("dyad", "direction"):
        same &= (order[column] == order[column].shift()).to_numpy()
    run = pd.Series(np.cumsum(~same), index=order.index).reindex(contact.index)
    found: np.ndarray = pd.factorize(run)[0]
    return found


# The administration years of a panel: its cells in time.

def year_table(administrations: Sequence[Administration], observed: Span, turn: date | None = None) -> pd.DataFrame:
    """Administration years of which at least a day was observed.

    Parameters
    ----------
    administrations : sequence of Administration
        Terms in order of time.
    observed : Span
        From the first day of the earliest dyad to the day after the as-of date.
    turn : date, optional
        The day from which years of terms are counted; where not given that of these terms.

    Returns
    -------
    DataFrame
        One row per year, in order: start, end (the whole administration year, half-open), administration,
        type, president, term (index into `administrations`), year_of_term (0..3), midpoint (decimal year
        of the observed part), covid (share of the observed days inside the covid window).
    """
    window = covid_window()
    turn = turn or turn_of_terms(one.span for one in administrations)
    rows = [_row(term, administration, cell, overlap(cell, observed), window, turn)
            for term, administration in enumerate(administrations)
            for cell in administration_years(administration.span, turn)
            if days(overlap(cell, observed))]
    table = pd.DataFrame(rows)
    return table.astype({"start": "datetime64[s]", "end": "datetime64[s]"})


def _row(term: int, administration: Administration, cell: Span, seen: Span,
         window: Span, turn: date) -> dict[str, object]:
    return {
        "start": cell[0], "end": cell[1],
        "administration": administration.name, "type": administration.type,
        "president": administration.president, "term": term,
        "year_of_term": year_of_term(cell[0], turn),
        "midpoint": midpoint(seen), "covid": covid_share(seen, window),
    }


# Counts and exposure on the grid dyad x rank x administration year.

def contact_counts(contact: pd.DataFrame, dyad: tuple[str, ...], n_years: int) -> xr.DataArray:
    """Number of contacts, dims (dyad, rank, year); zero where there was none."""
    count = np.zeros((len(dyad), len(codes.RANK), n_years), dtype=np.int64)
    cell = (pd.Index(dyad).get_indexer(contact["dyad"]),
            pd.Index(codes.RANK.labels).get_indexer(contact["us_rank"]), contact["year"].to_numpy())
    np.add.at(count, cell, 1)
    coords = {DYAD: list(dyad), RANK: list(codes.RANK), YEAR: np.arange(n_years)}
    return xr.DataArray(count, coords, (DYAD, RANK, YEAR), name="count")


def years_observed(spans: Mapping[str, Span], year: pd.DataFrame) -> xr.DataArray:
    """Years between each dyad's start and the as-of date, dims (dyad, year).

    Parameters
    ----------
    spans : mapping
        Dyad -> the span in which its contacts were observed.
    year : DataFrame
        Administration years with columns start and end.
    """
    cells = [(start.date(), end.date()) for start, end in zip(year["start"], year["end"], strict=True)]
    observed = [[days(overlap(cell, span)) / DAYS_PER_YEAR for cell in cells] for span in spans.values()]
    coords = {DYAD: list(spans), YEAR: np.arange(len(cells))}
    return xr.DataArray(np.array(observed), coords, (DYAD, YEAR), name="exposure", attrs={"unit": "year"})
