"""The panel as the frequency component sees it."""

import numpy as np

from forecast.components.covariates import AXES_OF_TERMS, by_term, coordinates, decade
from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.occasions import occasion_of

BELOW_CABINET = ("deputy", "assistant", "congress")
MONTHS = tuple(f"{month:02d}" for month in range(1, 13))
AXES = AXES_OF_TERMS | {
    "count": ("dyad", "rank", "year"), "exposure": ("dyad", "year"), "lower": ("rank",), "term_used": ("term",),
    **dict.fromkeys(("term", "year_of_term", "covid", "decade"), ("year",)),
    **dict.fromkeys(("month_count", "month_exposure"), ("month_of_year",)),
    **dict.fromkeys(("occasion_dyad", "occasion_year", "lead"), ("occasion",)), "companion": ("occasion", "rank"),
    "history": ("rank", "term", "history"), "coding_age": ("term",)}
"""Axes of the arrays, those of occasions and of recording included."""


def select(panel: Panel) -> ComponentData:
    """Counts and covariates per dyad, rank and administration year, and counts per calendar month.

    ``term_used`` (term,) is 1 for every term; holding one out sets it to 0.
    """
    year = panel.year
    array = {
        "count": panel.count.transpose("dyad", "rank", "year").to_numpy().astype(np.int64),
        "exposure": panel.exposure.transpose("dyad", "year").to_numpy().astype(float),
        "term": year["term"].to_numpy(np.int64),
        "year_of_term": year["year_of_term"].to_numpy(np.int64),
        "covid": year["covid"].to_numpy(float),
        "decade": decade(year["midpoint"].to_numpy()),
        "lower": np.isin(codes.RANK.labels, BELOW_CABINET).astype(float),
        "month_count": np.asarray(panel.month_count, np.int64),
        "month_exposure": np.asarray(panel.month_exposure, float),
        "term_used": np.ones(len(panel.administration), np.int64),
        **by_term(panel),
    }
    coord = coordinates(panel) | {"year_of_term": ("1", "2", "3", "4"), "month_of_year": MONTHS}
    return ComponentData(array=array, coord=coord)


def select_occasions(panel: Panel) -> ComponentData:
    """As :func:`select`, and per occasion its dyad, year, lead and companions.

    The lead is the contact of the highest rank, in the order of the codebook; all others are companions.

    Returns
    -------
    ComponentData
        With ``occasion_dyad``, ``occasion_year``, ``lead`` (occasion,) and ``companion`` (occasion, rank).
    """
    data, contact = select(panel), panel.contact
    number = occasion_of(contact)
    rank = np.array([codes.RANK.index(label) for label in contact["us_rank"]], np.int64)
    first = np.unique(number, return_index=True)[1]
    present = np.zeros((len(first), len(codes.RANK)), np.int64)
    np.add.at(present, (number, rank), 1)
    lead = (present > 0).argmax(axis=1)
    present[np.arange(len(first)), lead] -= 1
    found = {
        "occasion_dyad": np.array([panel.dyad.index(dyad) for dyad in contact["dyad"].iloc[first]], np.int64),
        "occasion_year": contact["year"].to_numpy(np.int64)[first], "lead": lead.astype(np.int64), "companion": present,
    }
    coord = data.coord | {"lead": codes.RANK.labels}
    return ComponentData(array={**data.array, **found}, coord=coord)


def occasion_counts(data: ComponentData) -> np.ndarray:
    """Occasions by rank of the lead, shape (dyad, rank, year)."""
    array = data.array
    count = np.zeros_like(array["count"])
    np.add.at(count, (array["occasion_dyad"], array["lead"], array["occasion_year"]), 1)
    return count
