"""Counts and exposure on the grid dyad x rank x administration year."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from forecast.contacts import codes
from forecast.dims import DYAD, RANK, YEAR
from forecast.panel.calendar import DAYS_PER_YEAR, Span, days, overlap


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
