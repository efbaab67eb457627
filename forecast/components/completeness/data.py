"""The panel as the completeness component sees it."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from forecast.components.capture import HISTORY, LIST
from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.administrations import Administration

PRESIDENTS = 2
"""Presidents in a row whose terms make one era, counted from the latest."""

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

    Notes
    -----
    The web, its archives and the coding effort differ between eras. An era of a single administration would hand the effect of
    that administration on to whoever governs next as if it were one of recording. Eras therefore pool ``PRESIDENTS`` presidents
    in a row, counted back from the latest, so that the last era, as which the coming term is recorded, always pools two (only
    the first may have one, and a record of a single president has no other).
    """
    listed = np.zeros((len(panel.contact), len(LIST)), bool)
    page = panel.media
    listed[page["contact"].to_numpy(int), [LIST.index(side) for side in page["side"]]] = True
    of_term, eras = eras_of(panel.administration)
    era = of_term[panel.contact["term"].to_numpy(int)]
    rank = np.array([codes.RANK.index(label) for label in panel.contact["us_rank"]], int)
    count = np.zeros((len(codes.RANK), len(eras), len(HISTORY)), np.int64)
    np.add.at(count, (rank, era, listed @ (1 << np.arange(len(LIST)))), 1)
    coord = {"rank": codes.RANK.labels, "era": eras, "list": LIST, "history": HISTORY[1:]}
    return ComponentData(array={"history": count[..., 1:], "unlisted": count[..., 0]}, coord=coord)


def eras_of(terms: Sequence[Administration]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Era of every term, (term,), and the names of the eras by their first and last years; the last one is open."""
    follows = [*(term.president for term in terms[1:]), None]
    last = [number for number, term in enumerate(terms) if follows[number] != term.president]
    ends = np.array(last[::-PRESIDENTS][::-1])
    of_term = np.searchsorted(ends, np.arange(len(terms)))
    first = [terms[int(np.argmax(of_term == era))].start.year for era in range(len(ends))]
    closed = [f"{begin}-{after - 1}" for begin, after in pairwise(first)]
    return of_term, (*closed, f"{first[-1]}-")
