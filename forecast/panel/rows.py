"""Contacts and pages of all dyads in one table each, and what is counted from their rows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.contacts.dyad import Dyad
from forecast.contacts.load import Contacts

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
    # the label of the partner's side is that of the first dyad, whoever the partner is
    partner, own = codes.SIDE
    return country.map({dyad.partner_iso2: partner, "US": own}).fillna(OTHER)


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
