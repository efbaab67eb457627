"""The panel as the media component sees it."""

import numpy as np
import pandas as pd

from forecast.components.covariates import AXES_OF_TERMS, by_term, coordinates, covariates
from forecast.components.media.recorded import known_before
from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel import Panel

AXES = AXES_OF_TERMS | {
    **dict.fromkeys(("pages", "known_before"), ("contact", "side")),
    **dict.fromkeys(("page_contact", "page_side", "page_tone"), ("page",)),
    **dict.fromkeys(("rank", "term", "decade", "effective", "elsewhere"), ("contact",))}
"""Axes of the arrays."""


def select(panel: Panel) -> ComponentData:
    """Pages per contact and side, who is known from elsewhere, and the tone of every page of either side (news and analysis).

    A contact is known from elsewhere where a government site or the press of another country reports it. One without any page in
    the table of pages rests on a source of another kind, and is known from elsewhere, too.
    """
    rows = covariates(panel)
    pages = np.asarray(panel.pages, np.int64)
    of_side = panel.media["side"].isin(codes.SIDE.labels) & (panel.media["kind"] != "official")
    elsewhere = np.bincount(panel.media["contact"][~of_side], minlength=len(pages)) > 0
    elsewhere = (elsewhere | (pages.sum(axis=1) == 0)).astype(np.int64)
    page = panel.media[of_side]
    position = pd.Series(np.arange(len(panel.contact)), index=panel.contact["id"])
    array = {
        "pages": pages, "elsewhere": elsewhere, "known_before": known_before(elsewhere, pages),
        "page_contact": position.loc[page["contact_id"]].to_numpy(np.int64),
        "page_side": np.array([codes.SIDE.index(side) for side in page["side"]], np.int64),
        "page_tone": page["tone"].to_numpy(np.int64) + 1,  # position on the tone axis
        **{name: rows[name] for name in ("rank", "term", "decade", "effective")},
        **by_term(panel),
    }
    coord = coordinates(panel) | {"side": codes.SIDE.labels, "tone": codes.TONE.labels}
    return ComponentData(array=array, coord=coord)
