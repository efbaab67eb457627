"""The sheet that a figure is drawn on: title, small print, keys, panels placed by the millimetre, and marks that figures share.

Places are given, not searched for: matplotlib's layout engines draw every figure several times over.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any, Protocol, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.ticker import ScalarFormatter

from forecast.panel import Panel
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import ENGLISH, local, spoken, tr
from forecast.report.style import BLACK, GREY, MM, PALE, SMALLEST, VERMILION, Mark, caption, on_paper
from forecast.report.style import sheet_width as sheet_width
from forecast.report.words import day


def is_narrow() -> bool:
    """Whether a figure is for one column of two, where panels stand below one another."""
    return sheet_width() < NARROW


NARROW = 120.0
"""Millimetres below which a figure is laid out for a single column."""
_EDGE = 1.5  # millimetres between the words and the rim
_LINE = 3.0  # one line of small print
_TITLE, _TITLE_LINE = 9.0, 4.2  # points; millimetres of one of its lines


@dataclass(frozen=True, kw_only=True)
class FigureSheet:
    """A figure with its words in place; lengths in millimetres, `head` is what the title takes."""

    figure: Figure
    width: float
    height: float
    head: float

    def panel(self, left: float, top: float, width: float, height: float, **shared: Any) -> Axes:
        """Axes whose upper left corner is `left` from the rim and `top` below the title."""
        bottom = self.height - self.head - top - height
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        ax = self.figure.add_axes(box, **shared)
        if spoken() != ENGLISH:
            for axis in (axis for name, axis in (("sharex", ax.xaxis), ("sharey", ax.yaxis)) if name not in shared):
                axis.set_major_formatter(_LocalTicks())
        return ax


class _LocalTicks(ScalarFormatter):
    """Numbers along an axis with the signs of the language."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Text of a tick."""
        return local(super().__call__(x, pos))


def size_of(ax: Axes) -> tuple[float, float]:
    """Width and height of a panel in millimetres."""
    box, sheet_size = ax.get_position(), cast(Figure, ax.get_figure(root=True)).get_size_inches()
    return float(box.width * sheet_size[0] / MM), float(box.height * sheet_size[1] / MM)


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


def sheet(content: Dated, *, title: str, note: str, body: float, width: float | None = None) -> FigureSheet:
    """An empty figure with its words in place.

    Parameters
    ----------
    content : Dated
        For the as-of date and the warning of failed gates.
    title : str
        Plain words, broken into lines where they need more than one.
    note : str
        What the intervals are of, and how many contacts stand behind them.
    body : float
        Millimetres between title and small print.
    width : float, optional
        Full width in millimetres; that of :func:`forecast.report.style.drawn_at` where it is not given.

    Returns
    -------
    FigureSheet
        As tall as the words need. Within :func:`forecast.report.style.captions_apart` title and note are not drawn.
    """
    width = sheet_width() if width is None else width
    title, note = caption(title, tr("{note} As of {day}.", note=note, day=day(content.panel.as_of)))
    small = broken_lines(note, width - 2 * _EDGE, SMALLEST)
    above = broken_lines(title, width - 2 * _EDGE, _TITLE, "bold")
    failed = broken_lines(tr("NOT CONVERGED, used by request: {listed}. Do not cite.", listed=", ".join(content.failed)),
                          width - 2 * _EDGE, 7.0, "bold") if content.failed else []
    words_end = _TITLE_LINE * len(above) + (2.3 if above else 1.8)
    head = words_end + _LINE * len(failed)
    height = head + body + _LINE * len(small) + 2 * _EDGE
    figure = Figure(figsize=(width * MM, height * MM))
    FigureCanvasAgg(figure)
    print_words(figure, above, small)
    if failed:
        figure.text(_EDGE / width, 1 - (words_end - 0.3) / height, "\n".join(failed), va="top", size=7, weight="bold",
                    color=VERMILION)
    return FigureSheet(figure=figure, width=width, height=height, head=head)


def print_words(figure: Figure, above: Sequence[str], small: Sequence[str], size: float = _TITLE) -> None:
    """Lines of a title at the top of a figure and of small print at its foot, where there are any."""
    width, height = figure.get_size_inches() / MM
    if above:
        figure.text(_EDGE / width, 1 - _EDGE / height, "\n".join(above), va="top", size=size, weight="bold", color=BLACK)
    if small:
        figure.text(_EDGE / width, _EDGE / height, "\n".join(small), va="bottom", size=SMALLEST, color=GREY, linespacing=1.25)


def framed(body: float, title: str, note: str = "", *, size: float = 8.5, colour: str = BLACK, width: float | None = None,
           title_first: bool = False, along: str = "", up: str = "") -> Figure:
    """An empty figure whose panels matplotlib is to place, with a title above them and a note below.

    Parameters
    ----------
    body : float
        Millimetres in all; on a narrow sheet without these words, which take as many lines there as they need.
    title, note : str
        Within :func:`forecast.report.style.captions_apart` neither is drawn.
    size : float
        Points of the title.
    colour : str
        Of the note.
    width : float, optional
        Millimetres; that of :func:`forecast.report.style.sheet_width` where it is not given.
    title_first : bool
        Which of the two comes first in the file.
    along, up : str
        What the axes of all panels measure, the horizontal ones (of a figure without a note) and the vertical ones.
    """
    title, note = caption(title, note)
    width, loose = width or sheet_width(), bool(title or note) and on_paper()
    above = [line for part in title.split("\n") for line in broken_lines(part, width - 2 * _EDGE, size, "bold")]
    small = [line for part in note.split("\n") for line in broken_lines(part, width - 2 * _EDGE, SMALLEST)]
    head, foot = (_TITLE_LINE * len(above) + 1.5, _LINE * len(small) + 1.5) if loose else (0.0, 0.0)
    height = body + (head + foot if is_narrow() else 0.0)
    figure = Figure(figsize=(width * MM, height * MM), layout="constrained")
    FigureCanvasAgg(figure)
    for text, put in ((along, figure.supxlabel), (up, figure.supylabel)):
        if text:
            put(text, fontsize=6.8)
    if loose:  # keys outside of panels would stand over words that matplotlib places
        cast(ConstrainedLayoutEngine, figure.get_layout_engine()).set(rect=(0, foot / height, 1, 1 - (head + foot) / height))
        print_words(figure, above, small, size)
        return figure
    at: dict[str, Any] = {"x": 0.01, "ha": "left"}
    if title and title_first:
        figure.suptitle(title, fontsize=size, weight="bold", **at)
    if note:
        figure.supxlabel(note, fontsize=SMALLEST, color=colour, **at)
    if title and not title_first:
        figure.suptitle(title, fontsize=size, weight="bold", **at)
    return figure


def key_outside(figure: Figure, where: str, **entries: Any) -> None:
    """A key outside of the panels of :func:`framed`, and of its words: ``upper left``, ``lower left``."""
    engine = cast(ConstrainedLayoutEngine, figure.get_layout_engine())
    put = cast(Callable[..., Legend], figure.legend)
    left, bottom, width, height = free = engine.get()["rect"]
    if not on_paper():
        put(loc=f"outside {where}", **entries)
        return
    renderer = cast(FigureCanvasAgg, figure.canvas).get_renderer()
    found = put(loc=where, bbox_to_anchor=free, **entries)
    if found.get_window_extent(renderer).width > figure.bbox.width:
        found.remove()
        found = put(loc=where, bbox_to_anchor=free, **entries | {"ncols": 1})
    below = found.borderaxespad * SMALLEST / 72 * figure.dpi  # as much air as above it
    took = (found.get_window_extent(renderer).height + below) / figure.bbox.height
    engine.set(rect=(left, bottom + (took if where.startswith("lower") else 0), width, height - took))


def broken(text: str, room_left: float = 55.0) -> str:
    """A text as it is, on a narrow sheet in lines of at most so many millimetres."""
    return "\n".join(line for part in text.split("\n") for line in broken_lines(part, room_left, 6.8)) if is_narrow() else text


def broken_lines(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Words broken into lines no wider than `width` millimetres (unless a single word is)."""
    words_left, broken = text.split(), []
    while words_left:
        count = _fitting(words_left, width, size, weight)
        broken.append(" ".join(words_left[:count]))
        words_left = words_left[count:]
    return broken


def _fitting(line: Sequence[str], width: float, size: float, weight: str) -> int:
    """How many words fit into a line, at least one: guessed by their letters, since measuring takes as long as a line is."""
    def fits(count: int) -> bool:
        return room([" ".join(line[:count])], size, weight) <= width

    count = max(1, bisect_right(list(accumulate(len(word) + 1 for word in line)), width * MM * 72 / (_LETTER * size)))
    while count < len(line) and fits(count + 1):
        count += 1
    while count > 1 and not fits(count):
        count -= 1
    return count


_LETTER = 0.55  # of the size of a font, what a letter takes on average


def room(labels: Iterable[str], size: float = SMALLEST, weight: str = "normal") -> float:
    """Millimetres that the longest line of some labels takes at a size in points."""
    font = FontProperties(size=size, weight=weight)
    return max((_points(line, font) for label in labels for line in label.split("\n")), default=0.0) / 72 / MM


@lru_cache(maxsize=10_000)
def _points(line: str, font: FontProperties) -> float:
    """Points that a line takes; the same words stand in many figures."""
    return float(text_to_path.get_text_width_height_descent(line, font, False)[0])


# Keys: what looks how, at the top of a sheet and never within a panel.

_ENTRY, _HANDLE, _BETWEEN = 3.3, 6.2, 4.0  # millimetres: height of a line, room of a sign, between entries
Handle = Patch | Line2D


def key_height(handles: Sequence[Handle], width: float | None = None) -> float:
    """Millimetres that a key takes from the top of the body, with a little air below it."""
    return _ENTRY * len(_rows_of(handles, (width or sheet_width()) - 2 * _EDGE)) + 1.2 if handles else 0.0


def key(page: FigureSheet, handles: Sequence[Handle], top: float = 0.0) -> float:
    """Print a key line by line, as many entries in a line as there is room for; return its height."""
    for place, row in enumerate(_rows_of(handles, page.width - 2 * _EDGE)):
        left = _EDGE
        for handle in row:
            where = (left / page.width, 1 - (page.head + top + _ENTRY * place) / page.height)
            page.figure.add_artist(Legend(page.figure, [handle], [str(handle.get_label())], loc="upper left", frameon=False,
                                          bbox_to_anchor=where, bbox_transform=page.figure.transFigure, borderpad=0,
                                          borderaxespad=0, handlelength=2.0, handletextpad=0.6, fontsize=SMALLEST))
            left += _entry(handle)
    return key_height(handles, page.width)


def _entry(handle: Handle) -> float:
    return _HANDLE + room([str(handle.get_label())]) + _BETWEEN


def _rows_of(handles: Sequence[Handle], width: float) -> list[list[Handle]]:
    """Entries of a key in lines no wider than `width`."""
    rows: list[list[Handle]] = []
    left = width + 1
    for handle in handles:
        if left + _entry(handle) - _BETWEEN > width:
            rows.append([])
            left = 0.0
        rows[-1].append(handle)
        left += _entry(handle)
    return rows


def futures_note(content: ReportContent, thing: str, count: int | None = None) -> str:
    """The sentence that says what intervals of futures are of: all simulated ones, unless a count is given."""
    return (
        tr("{span}: {thing}, median with 50 % (thick or dark) and 90 % (thin or light) of {futures} simulated futures per "
           "scenario.", span=content.span, thing=thing, futures=words.number(count or content.n_path))
    )


# Panels in pairs: the record on the left, and on the right, on a wider scale of time, what is simulated.

_AHEAD = {True: 27.0, False: 40.0}  # millimetres of the right panel, of a narrow sheet and of a wide one
_BEFORE = {True: 13.5, False: 14.5}  # millimetres left of both
_APART, _TEXT = 2.5, 3.0  # millimetres between both; a line of text
Total = tuple[str, str]
"""Words, and their colour."""


def head_of_pair(titles: Sequence[str], totals: Sequence[str], count: int) -> tuple[float, float]:
    """Millimetres above a pair for its title and, on a narrow sheet, `count` lines of totals; and points below the title.

    A title stands beside the totals where there is room for the longest of both, and above them elsewhere.
    """
    if not is_narrow():
        return 4.5, 3.0
    wide = room(titles, 7.5, "bold") + room(totals, weight="bold") + 2.0 > sheet_width() - _BEFORE[True] - 2.0
    return max(4.5, _TEXT * count + (4.2 if wide else 1.0)), 3.0 + (_TEXT * count * 72 * MM if wide else 0.0)


def pair_of_panels(page: FigureSheet, top: float, height: float, beside: float,
                   first: tuple[Axes, Axes] | None) -> tuple[Axes, Axes]:
    """Two panels with one vertical scale; `beside` is left free to their right on a wide sheet, `first` is the pair above."""
    left, ahead = _BEFORE[is_narrow()], _AHEAD[is_narrow()]
    past = page.width - left - ahead - _APART - (2.0 if is_narrow() else beside + 2.0)
    one = page.panel(left, top, past, height, **({"sharex": first[0]} if first else {}))
    other = page.panel(left + past + _APART, top, ahead, height, sharey=one, **({"sharex": first[1]} if first else {}))
    other.tick_params(labelleft=False, left=False)
    other.spines["left"].set_color(GREY)
    other.spines["left"].set_linestyle((0, (2, 2)))
    return one, other


def print_totals(ax: Axes, heading: str, totals: Sequence[Total]) -> None:
    """The numbers of the whole horizon: right of a panel of futures, on a narrow sheet above it."""
    _, height = size_of(ax)
    if is_narrow():
        for place, (text, colour) in enumerate(reversed(totals)):
            ax.text(1, 1 + (0.7 + _TEXT * place) / height, text, size=SMALLEST, color=colour, weight="bold", ha="right",
                    va="bottom", transform=ax.transAxes)
        return
    told = [(heading, GREY, "normal"), *((text, colour, "bold") for text, colour in totals)]
    for place, (text, colour, weight) in enumerate(told):
        ax.text(1.03, 1 - (1.2 + (_TEXT + 0.2) * place) / height, text, size=SMALLEST, color=colour, weight=weight, va="center",
                transform=ax.transAxes)


def years_ahead(ax: Axes, years: Sequence[int]) -> None:
    """The horizontal axis of a panel of futures: one short label per calendar year."""
    ax.set_xlim(years[0], years[-1] + 1)
    ax.set_xticks([year + 0.5 for year in years], [f"\N{RIGHT SINGLE QUOTATION MARK}{year % 100:02d}" for year in years])
    ax.tick_params(axis="x", length=0)


# Intervals as marks: median, the middle 50 % and the middle 90 % of a distribution.

def bars(ax: Axes, height: np.ndarray, quantile: np.ndarray, mark: Mark, size: float = 4.0) -> None:
    """Horizontal intervals: thin line 90 %, thick line 50 %, hollow marker at the median.

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
    ax.hlines(height, lower, upper, color=mark.colour, linewidth=0.55 * size)
    ax.plot(middle, height, linestyle="none", marker=mark.marker, color=mark.colour, markersize=size, markerfacecolor="white",
            markeredgecolor=mark.colour, markeredgewidth=0.8, clip_on=False, zorder=3)
    ax.hlines(height, low, high, color=mark.colour, linewidth=0.9, zorder=3.5)  # an interval narrower than its mark is seen in it


def columns(
    ax: Axes, left: np.ndarray, right: np.ndarray, bottom: np.ndarray | float, top: np.ndarray, **look: object
) -> None:
    """Upright rectangles as one patch, ten times faster than ``Axes.bar``; arguments have shape (bar,)."""
    left, right, bottom, top = np.broadcast_arrays(left, right, bottom, top)
    corners = np.stack([left, bottom, right, bottom, right, top, left, top], axis=-1).astype(float)
    ax.add_patch(PathPatch(Path.make_compound_path_from_polys(corners.reshape(-1, 4, 2)), **look))
    ax.autoscale_view()


def boxes(ax: Axes, left: np.ndarray, right: np.ndarray, quantile: np.ndarray, mark: Mark, size: float = 7.6) -> None:
    """Upright fan, one box per window: light 90 %, dark 50 %, line and marker at the median.

    `left` and `right` have shape (window,), `quantile` (window, 5). Narrow boxes get small markers: `size` points per unit.
    """
    low, lower, middle, upper, high = np.asarray(quantile, float).T
    columns(ax, left, right, low, high, facecolor=_pale(mark.colour), edgecolor=mark.colour, linewidth=0.5,
            hatch=mark.hatch)  # fmt: skip
    columns(ax, left, right, lower, upper, facecolor=mark.colour, linewidth=0)
    ax.plot((left + right) / 2, middle, linestyle="none", marker=mark.marker, color="white",
            markersize=min(3.2, size * float(np.min(right - left))),
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
