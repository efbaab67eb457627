"""Figures of states forecast from the registers: entries of past terms with a fan for every outcome, and a world of tiles."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from forecast.evaluation.countries import WHOLE, terms
from forecast.panel.registers import CHANNEL
from forecast.report import words
from forecast.report.countries import Countries
from forecast.report.layout import boxes, broken_lines, columns, is_narrow, print_words, sheet_width
from forecast.report.style import (
    BLACK,
    MM,
    SMALLEST,
    TALLEST,
    Mark,
    caption,
    figure_style,
    on_paper,
    patches,
    scenario_marks,
    write_figure,
)
from forecast.report.words import day

MOST = 12
"""States of one figure."""
_EDGE, _TOP, _ROW, _LEFT, _GAP, _SMALL = 1.5, 13.0, 27.0, 11.0, 8.0, SMALLEST  # millimetres, and points
_NAMES, _TITLE_LINE = 10.0, 4.2  # millimetres: registers above their columns on a narrow sheet; a line of a title
_TERM_OVER, _TERM_OPEN = "#8C8C8C", "#FFFFFF"
CLASSES = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Edges of the classes of expected entries in a term."""
SHADES = ("#FFFFFF", "#DCE6EE", "#AFC6DA", "#7AA0C2", "#3F6E9C", "#12365C")
"""From light to dark, so that grey prints tell them apart."""
_DARK = 4
"""Shades from this one on have white letters."""
_TILE = 6.0  # millimetres


def marks(found: Countries) -> dict[str, Mark]:
    """Looks of the outcomes, in their order."""
    return scenario_marks({name: name for name in found.outcomes},
                          {name: winner.type for name, winner in found.election.outcomes.items()})


# Entries of past terms, and the coming one.

def pages_of_history(found: Countries) -> list[Callable[[], Figure]]:
    """Figures of as many states each as a page has room for."""
    states = found.state.index.tolist()[:MOST]
    most = int((TALLEST - 40.0) // _ROW)
    return [partial(draw_history, found, states[start:start + most]) for start in range(0, len(states), most)]


def draw_history(found: Countries, states: Sequence[str] | None = None) -> Figure:
    """A row of panels per state, a column per register: bars for past terms, and a fan for every outcome."""
    states = found.state.index.tolist()[:MOST] if states is None else states
    whole, gap = sheet_width(), 5.0 if is_narrow() else _GAP
    with figure_style():
        words_of = _Words(f"Leaders' travel and visits, and what is forecast for {_years(found)}",
                          _history_note(found))
        top = words_of.top + (_NAMES if is_narrow() else 0)
        height = top + _ROW * len(states) + words_of.bottom
        figure = Figure(figsize=(whole * MM, height * MM))
        FigureCanvasAgg(figure)
        width = (whole - _LEFT - 2 - 2 * gap) / 3
        for row, country in enumerate(states):
            for column, channel in enumerate(CHANNEL.labels):
                left, low = _LEFT + column * (width + gap), height - top - _ROW * (row + 1) + 6
                ax = figure.add_axes((left / whole, low / height, width / whole, (_ROW - 10) / height))
                _panel(ax, found, country, channel)
                _name(ax, found.state.loc[country, "name"], channel, row, column)
                if column == 0:
                    ax.set_ylabel("entries per term")
        key = {found.winner(one): mark for one, mark in marks(found).items()}
        words_of.place(figure, patches(key), ncols=len(key), handlelength=1.8, columnspacing=1.6)
        return figure


def _name(ax: Axes, state: str, channel: str, row: int, column: int) -> None:
    """What a panel shows; on a narrow sheet the state stands above its row, and the register above its column alone."""
    if not is_narrow():
        ax.set_title(f"{state}. {words.CHANNEL[channel]}" if column == 0 else words.CHANNEL[channel])
        return
    if column == 0:
        ax.set_title(state)
    if row == 0:
        of = broken_lines(words.CHANNEL[channel], (sheet_width() - _LEFT - 12) / 3, SMALLEST)
        ax.text(0, 1 + 5.0 / (_ROW - 10), "\n".join(of), transform=ax.transAxes, va="bottom", size=SMALLEST)


class _Words:
    """Title, key and note of a sheet, and the millimetres that they take above and below."""

    def __init__(self, title: str, note: str, rows: int = 1) -> None:
        title, note = caption(title, note)
        self.above, self.small = (broken_lines(text, sheet_width() - 2 * _EDGE, size, weight)
                                  for text, size, weight in ((title, 9, "bold"), (note, _SMALL, "normal")))
        self.key = 6 + _TITLE_LINE * (len(self.above) - 1)
        self.top, self.bottom = _TOP - 6 + self.key + 3.3 * (rows - 1), 4 + 2.9 * len(self.small)

    def place(self, figure: Figure, handles: list[Patch], **of_key: Any) -> None:
        """Put all of it into a figure."""
        width, height = figure.get_size_inches() / MM
        print_words(figure, self.above, self.small)
        figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(_EDGE / width, 1 - self.key / height), borderpad=0,
                      borderaxespad=0, **of_key)


def _panel(ax: Axes, found: Countries, country: str, channel: str) -> None:
    own = found.history[(found.history["country"] == country) & (found.history["channel"] == channel)]
    past = terms(own)
    begins = past["term"].str[:4].astype(int).to_numpy()
    unfinished = past["term"].str[-4:].astype(int).to_numpy() > found.as_of.year
    for part, face in ((~unfinished, _TERM_OVER), (unfinished, _TERM_OPEN)):
        if part.any():
            columns(ax, begins[part] + 0.4, begins[part] + 3.6, 0.0, past["count"].to_numpy()[part], facecolor=face,
                    edgecolor="#595959", linewidth=0.6)
    start, highest = found.election.term_start.year, max(1.0, past["count"].max())
    rows = found.forecast[(found.forecast["country"] == country) & (found.forecast["channel"] == channel)
                          & (found.forecast["window"] == WHOLE)].set_index("outcome")
    for place, (outcome, mark) in enumerate(marks(found).items()):
        if outcome in rows.index:
            quantile = rows.loc[[outcome], ["q05", "q25", "median", "q75", "q95"]].to_numpy(float)
            step = 3.6 / len(found.outcomes)
            left = np.array([start + 0.2 + step * place])
            boxes(ax, left, left + 0.85 * step, quantile, mark)
            highest = max(highest, quantile.max())
    ax.set(xlim=(min(begins.min(), start - 16) - 0.5, start + 4.5), ylim=(-0.04 * highest, 1.08 * highest))
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.xaxis.set_major_locator(MaxNLocator(2 if is_narrow() else 5, integer=True))


def _years(found: Countries) -> str:
    return f"{found.election.term_start.year} to {found.election.term_end.year}"


def _history_note(found: Countries) -> str:
    more = f" Shown are the first {MOST} of {len(found.state)} states." if len(found.state) > MOST else ""
    return ("Bars: entries of past terms, the white one of the term that is not over. Boxes: the coming term under each "
            "outcome, dark 50 %, light 90 %, mark at the median; a box without height is a count that is nearly sure. Entries of "
            "the registers of the Office of the Historian, which list no ministers, envoys or calls."
            f"{more} As of {day(found.as_of)}.")


# The world as tiles of one size.

def draw_world(found: Countries, channel: str) -> Figure:
    """Expected entries of a register under the first two outcomes: a tile per state, cut by a diagonal."""
    whole = found.forecast[(found.forecast["window"] == WHOLE) & (found.forecast["channel"] == channel)]
    value = whole.pivot(index="country", columns="outcome", values="mean")
    state = found.state.loc[found.state.index.isin(value.index) & found.state["column"].notna()]
    tile = min(_TILE, (sheet_width() - 2 * _EDGE) / (int(state["column"].max()) + 0.5))
    with figure_style():
        title = f"{words.CHANNEL[channel]}, {_years(found)}: entries expected in the term"
        words_of, whole = _Words(title, _world_note(found), 2 if is_narrow() else 1), sheet_width()
        body = tile * (int(state["row"].max()) + 1)
        height = words_of.top + body + words_of.bottom
        figure = Figure(figsize=(whole * MM, height * MM))
        FigureCanvasAgg(figure)
        ax = figure.add_axes((_EDGE / whole, (3 + 2.9 * len(words_of.small)) / height, 1 - 2 * _EDGE / whole, body / height))
        _tiles(ax, state, value, found.outcomes[:2])
        rows = body / tile
        ax.set(xlim=(0.5, 0.5 + (whole - 2 * _EDGE) / tile), ylim=(rows + 0.3, 0.3))
        ax.axis("off")
        words_of.place(figure, _classes(), ncols=3 if is_narrow() else 6, handlelength=1.4, columnspacing=1.4)
        return figure


def _tiles(ax: Axes, state: pd.DataFrame, value: pd.DataFrame, outcomes: Sequence[str]) -> None:
    x, y = (state[axis].to_numpy(float) for axis in ("column", "row"))
    first, second = (np.searchsorted(CLASSES, value.loc[state.index, one].to_numpy(), side="right") for one in outcomes)
    for half, classes in zip(((-1, -1, 1, -1, -1, 1), (1, 1, 1, -1, -1, 1)), (first, second), strict=True):
        corner = np.array(half, float).reshape(3, 2) * 0.48
        shape = np.stack([x, y], axis=1)[:, None] + corner[None]
        faces = [SHADES[one] for one in classes]
        ax.add_collection(PolyCollection(list(shape), facecolors=faces, edgecolors="none"))
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float) * 0.48
    frames = np.stack([x, y], axis=1)[:, None] + square[None]
    ax.add_collection(PolyCollection(list(frames), facecolors="none", edgecolors="#8C8C8C", linewidths=0.4))
    if is_narrow():  # tiles of one column have no room for three letters
        return
    for left, top, code, *shades in zip(x, y, state["iso3"], first, second, strict=True):
        dark = np.array(shades) >= _DARK
        shown = ax.text(left, top, code, ha="center", va="center", size=SMALLEST if on_paper() else 4.6,
                        color="white" if (dark.all() if on_paper() else dark.any()) else BLACK)
        if on_paper() and dark.any() and not dark.all():  # black letters over a dark half and a light one
            shown.set_path_effects([withStroke(linewidth=1.4, foreground="white")])


def _classes() -> list[Patch]:
    edges = [f"below {CLASSES[0]:g}", *(f"{low:g} to {high:g}" for low, high in zip(CLASSES[:-1], CLASSES[1:], strict=True)),
             f"{CLASSES[-1]:g} or more"]
    return [Patch(facecolor=shade, edgecolor="#8C8C8C", linewidth=0.4, label=edge)
            for shade, edge in zip(SHADES, edges, strict=True)]


def _world_note(found: Countries) -> str:
    first, second, *_ = map(found.winner, found.outcomes)
    return (f"One tile per state, in about its place; the upper left half is the term under {first}, the lower right one under "
            f"{second}: where both have one shade, the pool tells no difference of a class. Expected entries are means and not "
            "whole numbers. Layout of tiles: J. Schwabish and M. Lambrechts (worldtilegrid, MIT); five states are "
            "placed beside their neighbours here."
            f"{' Codes of states stand in the figure for two columns.' if is_narrow() else ''} As of {day(found.as_of)}.")


def write_pictures(found: Countries, folder: Path, *, world: bool) -> dict[str, Path]:
    """Write the history of a few states, or the world where all are asked for.

    Parameters
    ----------
    folder : Path
        An existing folder.

    Returns
    -------
    dict of str to Path
        Heading of every figure, and its file for the page.
    """
    if world:
        written = {words.CHANNEL[channel]: write_figure(partial(draw_world, found, channel), folder, f"world_{channel}")
                   for channel in CHANNEL.labels}
    else:
        written = {"History and forecast": write_figure(partial(draw_history, found), folder, "history",
                                                        partial(pages_of_history, found))}
    return {heading: next(path for path in paths if path.suffix == ".svg") for heading, paths in written.items()}

