"""A strip that says who was president when, in the look of the administration's type."""

from collections.abc import Mapping
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend

from forecast.panel.calendar import decimal_year
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.interval import columns
from forecast.report.key import patches
from forecast.report.style import TYPE_MARK, Mark

_BOX = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}


def presidents(ax: Axes, content: ReportContent) -> None:
    """Fill an axis with the strip, and put the keys of types and of scenarios above it."""
    ax.set_axis_off()
    ax.set_ylim(0, 1)
    for name, kind, left, right in _spans(content):
        look = {"facecolor": TYPE_MARK[kind].colour, "hatch": TYPE_MARK[kind].hatch, "edgecolor": "white"}
        columns(ax, [left], [right], 0, [1], linewidth=0.5, **look)
        wide = right - left > 2  # a short stretch has its name to the left of it
        place, align = ((left + right) / 2, "center") if wide else (left - 0.2, "right")
        ax.text(place, 0.5, name, ha=align, va="center", size=6.3, bbox=_BOX)
    seen = set(content.panel.year["type"])
    _key(ax, {words.TYPE[kind]: mark for kind, mark in TYPE_MARK.items() if kind in seen}, 1.0)
    _key(ax, {f"{words.plain(name)} {content.span}": mark for name, mark in content.marks.items()}, 2.1)


def _key(ax: Axes, marks: Mapping[str, Mark], height: float) -> None:
    spacing = {"borderpad": 0, "borderaxespad": 0.4, "columnspacing": 1.4, "handlelength": 1.6}
    handles = patches(marks)
    key = Legend(ax, handles, [handle.get_label() for handle in handles], loc="lower left", frameon=False,
                 bbox_to_anchor=(0, height), bbox_transform=ax.transAxes, ncols=4, **spacing)  # fmt: skip
    ax.add_artist(key)


def _spans(content: ReportContent) -> list[tuple[str, str, float, float]]:
    """President, type, first and last observed day (decimal years) of each unbroken stretch."""
    start, end = observed(content)
    stretches = groupby(range(len(start)), key=lambda at: content.panel.year["president"].iloc[at])
    found = [(name, list(places)) for name, places in stretches]
    kinds = content.panel.year["type"]
    return [(name, kinds.iloc[at[0]], start[at[0]], end[at[-1]]) for name, at in found]


def observed(content: ReportContent) -> tuple[np.ndarray, np.ndarray]:
    """First and last observed day of each administration year as decimal years, each (year,)."""
    end = np.array([decimal_year(value.date()) for value in content.panel.year["end"]])
    last = np.minimum(end, decimal_year(content.panel.as_of))
    start = np.array([decimal_year(value.date()) for value in content.panel.year["start"]])
    return np.maximum(start, last - content.panel.exposure.isel(dyad=0).to_numpy()), last
