"""The panel as the completeness component sees it."""

import numpy as np

from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel import Panel

LIST = ("kz", "us", "other")
"""Who reports: pages of the partner state, American pages, all others (the sides of ``Panel.media``)."""

ERA = {"1989-2000": 1989, "2001-2008": 2001, "2009-2016": 2009, "2017-2020": 2017, "2021-": 2021}
"""Eras by the inauguration year that opens them: the web, its archives and the coding effort differ between them."""

HISTORY = tuple("".join(str(number >> place & 1) for place in range(len(LIST))) for number in range(2 ** len(LIST)))
"""Capture histories in the order of ``LIST``: ``100`` is reported by the partner's pages alone; ``000`` comes first."""

AXES = {"base": ("list",), "list_era": ("list", "era"), "rank_effect": ("rank",), "list_rank": ("list", "rank")}
"""Axes of the effects."""

ARRAY_AXES = {"history": ("rank", "era", "history"), "unlisted": ("rank", "era")}
"""Axes of the arrays."""


def select(panel: Panel) -> ComponentData:
    """Count contacts by rank, era (of those begun by the as-of date) and capture history.

    Returns
    -------
    ComponentData
        ``history`` (rank, era, history): contacts that at least one list reports; ``unlisted`` (rank, era): contacts
        that rest on pages of ``sources`` alone, which belong to no list and stay out of the likelihood.
    """
    listed = np.zeros((len(panel.contact), len(LIST)), bool)
    page = panel.media
    listed[page["contact"].to_numpy(int), [LIST.index(side) for side in page["side"]]] = True
    start = [panel.administration[term].start.year for term in panel.contact["term"]]
    era = np.searchsorted(list(ERA.values()), start, side="right") - 1
    rank = np.array([codes.RANK.index(label) for label in panel.contact["us_rank"]], int)
    begun = [label for label, first in ERA.items() if first <= panel.administration[-1].start.year]
    count = np.zeros((len(codes.RANK), len(begun), len(HISTORY)), np.int64)
    np.add.at(count, (rank, era, listed @ (1 << np.arange(len(LIST)))), 1)
    coord = {"rank": codes.RANK.labels, "era": tuple(begun), "list": LIST, "history": HISTORY[1:]}
    return ComponentData(array={"history": count[..., 1:], "unlisted": count[..., 0]}, coord=coord)
