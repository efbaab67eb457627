"""The panel as the frequency component sees it."""

import numpy as np

from forecast.components.covariates import by_term, coordinates, decade
from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel import Panel

BELOW_CABINET = ("deputy", "assistant", "congress")
MONTHS = tuple(f"{month:02d}" for month in range(1, 13))


def select(panel: Panel) -> ComponentData:
    """Counts and covariates per dyad, rank and administration year, and counts per calendar month."""
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
        **by_term(panel),
    }
    coord = coordinates(panel) | {"year_of_term": ("1", "2", "3", "4"), "month_of_year": MONTHS}
    return ComponentData(array=array, coord=coord)
