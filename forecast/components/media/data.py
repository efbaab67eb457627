"""The panel as the media component sees it."""

import numpy as np
import pandas as pd

from forecast.components.covariates import AXES_OF_TERMS, by_term, coordinates, covariates
from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel import Panel

AXES = AXES_OF_TERMS | {
    "pages": ("contact", "side"), **dict.fromkeys(("page_contact", "page_side", "page_tone"), ("page",)),
    **dict.fromkeys(("rank", "term", "decade", "effective"), ("contact",))}
"""Axes of the arrays."""


def select(panel: Panel) -> ComponentData:
    """Pages per contact and side, and the tone of every page of either side (news and analysis)."""
    rows = covariates(panel)
    page = panel.media[panel.media["side"].isin(codes.SIDE.labels) & (panel.media["kind"] != "official")]
    position = pd.Series(np.arange(len(panel.contact)), index=panel.contact["id"])
    array = {
        "pages": np.asarray(panel.pages, np.int64),
        "page_contact": position.loc[page["contact_id"]].to_numpy(np.int64),
        "page_side": np.array([codes.SIDE.index(side) for side in page["side"]], np.int64),
        "page_tone": page["tone"].to_numpy(np.int64) + 1,  # position on the tone axis
        **{name: rows[name] for name in ("rank", "term", "decade", "effective")},
        **by_term(panel),
    }
    coord = coordinates(panel) | {"side": codes.SIDE.labels, "tone": codes.TONE.labels}
    return ComponentData(array=array, coord=coord)
