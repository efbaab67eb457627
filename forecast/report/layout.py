"""The sheet that a figure is drawn on: title, small print, and panels placed by the millimetre.

Places are given, not searched for: matplotlib's layout engines draw every figure several times over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.calendar import decimal_year
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.style import BLACK, DOUBLE_MM, GREY, MM, PALE, TYPE_MARK, VERMILION, Mark, patches
from forecast.report.words import day

_CAPTIONS: ContextVar[list[tuple[str, str]] | None] = ContextVar("captions", default=None)


@contextmanager
def captions_apart() -> Iterator[list[tuple[str, str]]]:
    """Draw figures without title and small print, as journals print them; both are collected, a pair for each figure."""
    found: list[tuple[str, str]] = []
    token = _CAPTIONS.set(found)
    try:
        yield found
    finally:
        _CAPTIONS.reset(token)


_EDGE = 1.5  # millimetres between the words and the rim
_LINE = 2.9  # one line of small print
_SMALL = 6.2  # points


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A figure with its words in place; lengths in millimetres, `head` is what the title takes."""

    figure: Figure
    width: float
    height: float
    head: float

    def panel(self, left: float, top: float, width: float, height: float, **shared: Any) -> Axes:
        """Axes whose upper left corner is `left` from the rim and `top` below the title."""
        bottom = self.height - self.head - top - height
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box, **shared)


class Dated(Protocol):
    """What a figure is drawn from, as far as its frame is concerned."""

    @property
    def panel(self) -> Panel:
        """The record, for the as-of date."""
        ...

    @property
    def failed(self) -> Sequence[str]:
        """Components that failed their gates, for the warning."""
        ...


def sheet(content: Dated, *, title: str, note: str, body: float, width: float = DOUBLE_MM) -> Sheet:
    """An empty figure with its words in place.

    Parameters
    ----------
    content : Dated
        For the as-of date and the warning of failed gates.
    title : str
        One line in plain words.
    note : str
        What the intervals are of, and how many contacts stand behind them.
    body, width : float
        Millimetres: height between title and small print, and full width.

    Returns
    -------
    Sheet
        As tall as the words need. Within :func:`captions_apart` title and note are not drawn.
    """
    captions, below = _CAPTIONS.get(), f"{note} As of {day(content.panel.as_of)}."
    if captions is not None:
        captions.append((title, below))
    small = lines(below, width - 2 * _EDGE, _SMALL) if captions is None else []
    above = 6.5 if captions is None else 1.8
    head = above + (_LINE + 0.8 if content.failed else 0)
    height = head + body + _LINE * len(small) + 2 * _EDGE
    figure = Figure(figsize=(width * MM, height * MM))
    FigureCanvasAgg(figure)
    left = _EDGE / width
    if captions is None:
        figure.text(left, 1 - _EDGE / height, title, va="top", size=9, weight="bold", color=BLACK)
        figure.text(left, _EDGE / height, "\n".join(small), va="bottom", size=_SMALL, color=GREY, linespacing=1.25)
    if content.failed:
        text = f"NOT CONVERGED, used by request: {', '.join(content.failed)}. Do not cite."
        figure.text(left, 1 - (above - 0.3) / height, text, va="top", size=7, weight="bold", color=VERMILION)
    return Sheet(figure=figure, width=width, height=height, head=head)


def lines(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Words broken into lines no wider than `width` millimetres (unless a single word is)."""
    first, *others = text.split()
    broken = [first]
    for word in others:
        longer = f"{broken[-1]} {word}"
        if room([longer], size, weight) <= width:
            broken[-1] = longer
        else:
            broken.append(word)
    return broken


def room(labels: Iterable[str], size: float = 6.5, weight: str = "normal") -> float:
    """Millimetres that the longest of some labels takes at a size in points."""
    font = FontProperties(size=size, weight=weight)
    widths = [text_to_path.get_text_width_height_descent(label, font, False)[0] for label in labels]
    return max(widths) / 72 / MM


def futures_note(content: ReportContent, thing: str, count: int | None = None) -> str:
    """The sentence that says what intervals of futures are of: all simulated ones, unless a count is given."""
    return (
        f"{content.span}: {thing}, median with 50 % (thick or dark) and 90 % (thin or light) of "
        f"{count or content.n_path:,} simulated futures per scenario."
    )


# Panels side by side whose rows are the types of administration and, below them, the futures.

_STEP, _GAP, _LADDER_LINE = 6.0, 4.0, 3.5  # millimetres: a row, between panels, a line of their titles


def body(content: ReportContent, types: Sequence[str], titled: int = 2) -> float:
    """Height in millimetres that panels with titles of so many lines need between title and small print."""
    return _LADDER_LINE * titled + _STEP * (len(types) + len(content.scenarios)) + 9


def ladder(page: Sheet, content: ReportContent, types: Sequence[str], count: int, titled: int = 2) -> list[Axes]:
    """Empty panels that share their rows, with the rows' names on the left of the first."""
    labels = _labels(content, types)
    left = room(labels) + 8
    width = (page.width - left - 2 - _GAP * (count - 1)) / count
    height = _STEP * len(labels)
    head = _LADDER_LINE * titled
    first = page.panel(left, head, width, height)
    others = [
        page.panel(left + place * (width + _GAP), head, width, height, sharey=first)
        for place in range(1, count)
    ]
    for ax in others:
        ax.tick_params(labelleft=False)
    first.set_yticks(range(len(labels)), labels)
    first.set_ylim(len(labels) - 0.5, -0.5)
    first.set_ylabel("administration, scenario")
    return [first, *others]


def _labels(content: ReportContent, types: Sequence[str]) -> list[str]:
    """Names of the rows: each type with its number of recorded contacts, then each scenario."""
    found = content.panel.contact["type"].value_counts()
    past = [f"{words.TYPE[kind]}, n = {found.get(kind, 0)}" for kind in types]
    return past + [f"{words.plain(name)}, {content.span}" for name in content.scenarios]


def fill(ax: Axes, content: ReportContent, types: Sequence[str], quantile: np.ndarray) -> None:
    """Draw one interval per row.

    Parameters
    ----------
    ax : Axes
        The panel.
    content : ReportContent
        For the marks of scenarios.
    types : sequence of str
        Types of administration.
    quantile : np.ndarray
        (type then scenario, 5) quantiles.
    """
    marks = [*(TYPE_MARK[kind] for kind in types), *content.marks.values()]
    for place, mark in enumerate(marks):
        bars(ax, np.array([place]), quantile[place : place + 1], mark, size=5)
    ax.hlines(
        range(len(marks)), 0, 1, color=PALE, linewidth=0.5, zorder=0, transform=ax.get_yaxis_transform()
    )
    ax.axhline(len(types) - 0.5, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
    ax.tick_params(axis="y", left=False)
    cast(MaxNLocator, ax.xaxis.get_major_locator()).set_params(nbins=4)


# A strip that says who was president when, in the look of the administration's type.

_BOX = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}


def presidents(ax: Axes, content: ReportContent) -> None:
    """Fill an axis with the strip, and put the keys of types and of scenarios above it."""
    ax.set_axis_off()
    ax.set_ylim(0, 1)
    spans = _spans(content)
    for number, (name, kind, left, right) in enumerate(spans):
        look = {"facecolor": TYPE_MARK[kind].colour, "hatch": TYPE_MARK[kind].hatch, "edgecolor": "white"}
        columns(ax, np.array([left]), np.array([right]), 0, np.ones(1), linewidth=0.5, **look)
        place, align = (left + right) / 2, "center"
        if right - left <= 2:  # a short stretch has its name beside it: the first to the left, any other to the right
            place, align = (left - 0.2, "right") if number == 0 else (right + 0.2, "left")
        ax.text(place, 0.5, name, ha=align, va="center", size=6.3, bbox=_BOX)
    seen = set(content.panel.year["type"])
    _key(ax, {words.TYPE[kind]: mark for kind, mark in TYPE_MARK.items() if kind in seen}, 1.0)
    _key(ax, {f"{words.plain(name)} {content.span}": mark for name, mark in content.marks.items()}, 2.1)


def _key(ax: Axes, marks: Mapping[str, Mark], height: float) -> None:
    spacing: dict[str, Any] = {"borderpad": 0, "borderaxespad": 0.4, "columnspacing": 1.4, "handlelength": 1.6}
    handles = patches(marks)
    key = Legend(ax, handles, [str(handle.get_label()) for handle in handles], loc="lower left", frameon=False,
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


# Intervals as marks: median, the middle 50 % and the middle 90 % of a distribution.

def bars(ax: Axes, height: np.ndarray, quantile: np.ndarray, mark: Mark, size: float = 4.0) -> None:
    """Horizontal intervals: thin line 90 %, thick line 50 %, marker at the median.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    height : np.ndarray
        (row,) places on the vertical axis.
    quantile : np.ndarray
        (row, 5) quantiles 5, 25, 50, 75, 95 %.
    mark : Mark
        Colour and marker.
    size : float
        Marker size in points.
    """
    low, lower, middle, upper, high = np.asarray(quantile, float).T
    ax.hlines(height, low, high, color=mark.colour, linewidth=0.9)
    ax.hlines(height, lower, upper, color=mark.colour, linewidth=0.55 * size)
    ax.plot(middle, height, linestyle="none", marker=mark.marker, color=mark.colour, markersize=size,
            markeredgecolor="white", markeredgewidth=0.5, clip_on=False)  # fmt: skip


def columns(
    ax: Axes, left: np.ndarray, right: np.ndarray, bottom: np.ndarray | float, top: np.ndarray, **look: object
) -> None:
    """Upright rectangles as one patch, ten times faster than ``Axes.bar``; arguments have shape (bar,)."""
    left, right, bottom, top = np.broadcast_arrays(left, right, bottom, top)
    corners = np.stack([left, bottom, right, bottom, right, top, left, top], axis=-1).astype(float)
    ax.add_patch(PathPatch(Path.make_compound_path_from_polys(corners.reshape(-1, 4, 2)), **look))
    ax.autoscale_view()


def boxes(ax: Axes, left: np.ndarray, right: np.ndarray, quantile: np.ndarray, mark: Mark) -> None:
    """Upright fan, one box per window: light 90 %, dark 50 %, line and marker at the median.

    `left` and `right` have shape (window,), `quantile` (window, 5). Narrow boxes get small markers.
    """
    low, lower, middle, upper, high = np.asarray(quantile, float).T
    columns(ax, left, right, low, high, facecolor=_pale(mark.colour), edgecolor=mark.colour, linewidth=0.5,
            hatch=mark.hatch)  # fmt: skip
    columns(ax, left, right, lower, upper, facecolor=mark.colour, linewidth=0)
    size = min(3.2, 7.6 * float(np.min(right - left)))
    ax.plot((left + right) / 2, middle, linestyle="none", marker=mark.marker, color="white", markersize=size,
            markeredgecolor="black", markeredgewidth=0.6, clip_on=False, zorder=4)  # fmt: skip


def ribbon(ax: Axes, x: np.ndarray, quantile: np.ndarray, mark: Mark) -> None:
    """Fan over time: `x` has shape (time,), `quantile` (time, 5); light 90 %, dark 50 %, median line."""
    low, lower, middle, upper, high = np.asarray(quantile, float).T
    ax.fill_between(x, low, high, color=_pale(mark.colour), linewidth=0)
    ax.fill_between(x, lower, upper, color=_pale(mark.colour, 0.45), linewidth=0)
    ax.plot(x, middle, color=mark.colour, linestyle=mark.linestyle, linewidth=1.4)


def stripes(ax: Axes, count: int, step: float = 1.0) -> None:
    """Faint lines between rows so that the eye keeps its row."""
    for place in range(1, count):
        ax.axhline(place * step - 0.5, color=PALE, linewidth=0.5, zorder=0)


def region(ax: Axes, bound: float) -> None:
    """Shade values around zero that are practically equal to it; its edges stay in sight above filled curves."""
    ax.axvspan(-bound, bound, facecolor=PALE, edgecolor="none", zorder=0)
    for edge in (-bound, bound):
        ax.axvline(edge, color=GREY, linewidth=0.5, linestyle=(0, (1, 2)), zorder=1.8)


def _pale(colour: str, strength: float = 0.25) -> str:
    """The colour as opaque tint (transparency would bloat or break some PDF readers)."""
    channels = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - value) * strength):02X}" for value in channels)


# Dots by type of administration: one row per topic, outcome or side, one marker per type.

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
