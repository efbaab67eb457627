"""The panel: everything that a component may see, up to the as-of date and no further."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from forecast.contacts.load import Contacts
from forecast.panel import shipped
from forecast.panel.administrations import Administration, load_administrations, terms_within
from forecast.panel.calendar import DAYS_PER_YEAR, Span, month_days, through
from forecast.panel.cells import contact_counts, years_observed
from forecast.panel.coverage import check_coverage
from forecast.panel.dyads import load_dyads
from forecast.panel.rows import contact_rows, month_counts, page_counts, page_rows, topic_matrix
from forecast.panel.years import year_table

DEFAULT_AS_OF = date(2024, 11, 4)
"""Eve of the first election that the program forecasts (``us_2024``)."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What is known on one day.

    Parameters
    ----------
    as_of : date
        Last day used, inclusive.
    dyad : tuple of str
        Labels of the axis ``dyad``.
    partner : tuple of str
        Name of the partner state of each dyad.
    administration : tuple of Administration
        Terms that overlap the observed span, in order of time.
    contact : DataFrame
        One row per contact, by date then id: dyad, id, date and the other columns of the codebook, then
        administration, type, president, term (index into `administration`), year (index into `year`).
    topic : ndarray of bool, shape (contact, topic)
        Whether the contact's agenda names the topic.
    reported : ndarray of bool, shape (contact,)
        Whether any page says what was discussed.
    media : DataFrame
        Pages admitted: dyad, contact_id, contact (index into `contact`), outlet, side (``kz``: the
        partner's, ``us``, ``other``), kind, tone (-1, 0, 1), frame, date (NaT where unknown).
    count : DataArray, dims (dyad, rank, year)
        Contacts per administration year.
    exposure : DataArray, dims (dyad, year)
        Years observed.
    year : DataFrame
        Administration years, see :func:`forecast.panel.years.year_table`.
    month_count : ndarray of int, shape (month=12,)
        Contacts by calendar month.
    month_exposure : ndarray, shape (month=12,)
        Years observed by calendar month, summed over dyads.
    pages : ndarray of int, shape (contact, side)
        Pages of news and analysis (not official sites), sides as in ``codes.SIDE``.
    """

    as_of: date
    dyad: tuple[str, ...]
    partner: tuple[str, ...]
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
    administrations = load_administrations()
    loaded = load_dyads(folders, as_of)
    check_coverage([item.dyad for item in loaded], administrations, as_of)
    return build_panel(loaded, administrations, as_of)


def build_panel(loaded: Sequence[Contacts], administrations: Sequence[Administration], as_of: date) -> Panel:
    """Assemble a panel from loaded dyads that were cut at `as_of`."""
    spans = {item.dyad.id: through(item.dyad.relations_start, as_of) for item in loaded}
    observed = min(span[0] for span in spans.values()), through(as_of, as_of)[1]
    terms = terms_within(administrations, observed)
    year = year_table(terms, observed)
    contact = contact_rows(loaded, year)
    media = page_rows(loaded, contact)
    return Panel(
        as_of=as_of, dyad=tuple(spans), partner=tuple(item.dyad.partner for item in loaded),
        administration=terms, year=year, contact=contact, media=media,
        topic=topic_matrix(contact), reported=contact["agenda"].to_numpy() != "",
        count=contact_counts(contact, tuple(spans), len(year)), exposure=years_observed(spans, year),
        month_count=month_counts(contact), month_exposure=_month_exposure(spans.values()),
        pages=page_counts(media, len(contact)),
    )


def _month_exposure(spans: Iterable[Span]) -> np.ndarray:
    return sum(month_days(span) for span in spans) / DAYS_PER_YEAR
