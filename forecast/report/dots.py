"""Dots by type of administration: one row per topic, outcome or side, one marker per type."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from forecast.contacts import codes
from forecast.report.interval import stripes
from forecast.report.style import GREY, TYPE_MARK


def dots(ax: Axes, table: pd.DataFrame, pair: tuple[str, str], keys: Sequence[object], labels: Sequence[str]) -> None:
    """Draw one row per key; what cannot be computed is not drawn.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    table : DataFrame
        Tidy, with columns type, the key, and the value.
    pair : tuple of str
        Names of the columns of key and value; a ``share`` is drawn in per cent.
    keys, labels : sequence
        The rows from the top, and their words.
    """
    key, value = pair
    kinds = [kind for kind in codes.TYPE if kind in set(table["type"])]
    scale = 100 if value == "share" else 1
    for place, kind in enumerate(kinds):
        found = scale * table[table["type"] == kind].set_index(key)[value].reindex(list(keys)).to_numpy(float)
        height = np.arange(len(keys)) + 0.27 * (place - (len(kinds) - 1) / 2)
        mark = TYPE_MARK[kind]
        ax.plot(found, height, linestyle="none", marker=mark.marker, color=mark.colour, markersize=4, markeredgecolor="white",
                markeredgewidth=0.4, clip_on=False, zorder=4)
    stripes(ax, len(keys))
    ax.set_yticks(range(len(keys)), labels)
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)
    _scale(ax, value, table[value].max())


def _scale(ax: Axes, value: str, largest: float) -> None:
    """From zero for shares and pages, over the whole range for tone."""
    if value == "mean_tone":
        ax.set_xlim(-1, 1)
        ax.axvline(0, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
        return
    largest = 100 * largest if value == "share" else largest
    ax.set_xlim(0, 1.05 * largest if largest > 0 else 1)
