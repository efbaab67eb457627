"""Figures of states forecast from the registers: entries of past terms with a fan for every outcome, and a world of tiles."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from forecast.evaluation.countries import WHOLE, terms
from forecast.panel.registers import CHANNEL
from forecast.report import words
from forecast.report.countries import Countries
from forecast.report.layout import boxes, columns, lines
from forecast.report.style import BLACK, DOUBLE_MM, GREY, MM, SMALLEST, Mark, look, patches, scenario_marks
from forecast.report.words import day

MOST = 12
"""States of one figure."""
_EDGE, _TOP, _ROW, _LEFT, _GAP, _SMALL = 1.5, 13.0, 27.0, 11.0, 8.0, SMALLEST  # millimetres, and points
_TERM_OVER, _TERM_OPEN = "#8C8C8C", "#FFFFFF"
CLASSES = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Edges of the classes of expected entries in a term."""
SHADES = ("#FFFFFF", "#DCE6EE", "#AFC6DA", "#7AA0C2", "#3F6E9C", "#12365C")
"""From light to dark, so that grey prints tell them apart."""
_TILE = 6.0  # millimetres


def marks(found: Countries) -> dict[str, Mark]:
    """Looks of the outcomes, in their order."""
    return scenario_marks({name: name for name in found.outcomes},
                          {name: winner.type for name, winner in found.election.outcomes.items()})


# Entries of past terms, and the coming one.

def draw_history(found: Countries) -> Figure:
    """A row of panels per state, a column per register: bars for past terms, and a fan for every outcome."""
    states = found.state.index.tolist()[:MOST]
    with look():
        note = lines(_history_note(found, len(states)), DOUBLE_MM - 2 * _EDGE, _SMALL)
        bottom = 4 + 2.9 * len(note)
        height = _TOP + _ROW * len(states) + bottom
        figure = Figure(figsize=(DOUBLE_MM * MM, height * MM))
        FigureCanvasAgg(figure)
        width = (DOUBLE_MM - _LEFT - 2 - 2 * _GAP) / 3
        for row, country in enumerate(states):
            for column, channel in enumerate(CHANNEL.labels):
                left, low = _LEFT + column * (width + _GAP), height - _TOP - _ROW * (row + 1) + 6
                ax = figure.add_axes((left / DOUBLE_MM, low / height, width / DOUBLE_MM, (_ROW - 10) / height))
                _panel(ax, found, country, channel)
                name = found.state.loc[country, "name"]
                ax.set_title(f"{name}. {words.CHANNEL[channel]}" if column == 0 else words.CHANNEL[channel])
                if column == 0:
                    ax.set_ylabel("entries per term")
        _frame(figure, height, f"Leaders' travel and visits, and what is forecast for {_years(found)}", note, found)
        return figure


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
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _years(found: Countries) -> str:
    return f"{found.election.term_start.year} to {found.election.term_end.year}"


def _history_note(found: Countries, shown: int) -> str:
    rest = len(found.state) - shown
    more = f" Shown are the first {shown} of {len(found.state)} states." if rest else ""
    return ("Bars: entries of past terms, the white one of the term that is not over. Boxes: the coming term under each "
            "outcome, dark 50 %, light 90 %, mark at the median; a box without height is a count that is nearly sure. Entries of "
            "the registers of the Office of the Historian, which list no ministers, envoys or calls."
            f"{more} As of {day(found.as_of)}.")


def _frame(figure: Figure, height: float, title: str, note: Sequence[str], found: Countries) -> None:
    left = _EDGE / DOUBLE_MM
    figure.text(left, 1 - _EDGE / height, title, va="top", size=9, weight="bold", color=BLACK)
    figure.text(left, _EDGE / height, "\n".join(note), va="bottom", size=_SMALL, color=GREY, linespacing=1.25)
    key = {found.winner(one): mark for one, mark in marks(found).items()}
    figure.legend(handles=patches(key), loc="upper left", bbox_to_anchor=(left, 1 - 6 / height), ncols=len(key), borderpad=0,
                  borderaxespad=0, handlelength=1.8, columnspacing=1.6)


# The world as tiles of one size.

def draw_world(found: Countries, channel: str) -> Figure:
    """Expected entries of a register under the first two outcomes: a tile per state, cut by a diagonal."""
    whole = found.forecast[(found.forecast["window"] == WHOLE) & (found.forecast["channel"] == channel)]
    value = whole.pivot(index="country", columns="outcome", values="mean")
    state = found.state.loc[found.state.index.isin(value.index) & found.state["column"].notna()]
    with look():
        note = lines(_world_note(found), DOUBLE_MM - 2 * _EDGE, _SMALL)
        body = _TILE * (int(found.state["row"].max()) + 1)
        height = _TOP + body + 4 + 2.9 * len(note)
        figure = Figure(figsize=(DOUBLE_MM * MM, height * MM))
        FigureCanvasAgg(figure)
        ax = figure.add_axes((_EDGE / DOUBLE_MM, (3 + 2.9 * len(note)) / height, 1 - 2 * _EDGE / DOUBLE_MM, body / height))
        _tiles(ax, state, value, found.outcomes[:2])
        rows = body / _TILE
        ax.set(xlim=(0.5, 0.5 + (DOUBLE_MM - 2 * _EDGE) / _TILE), ylim=(rows + 0.3, 0.3))
        ax.axis("off")
        title = f"{words.CHANNEL[channel]}, {_years(found)}: entries expected in the term"
        figure.text(_EDGE / DOUBLE_MM, 1 - _EDGE / height, title, va="top", size=9, weight="bold", color=BLACK)
        figure.legend(handles=_classes(), loc="upper left", bbox_to_anchor=(_EDGE / DOUBLE_MM, 1 - 6 / height), ncols=6,
                      borderpad=0, borderaxespad=0, handlelength=1.4, columnspacing=1.4)
        figure.text(_EDGE / DOUBLE_MM, _EDGE / height, "\n".join(note), va="bottom", size=_SMALL, color=GREY, linespacing=1.25)
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
    for left, top, code, shade in zip(x, y, state["iso3"], np.maximum(first, second), strict=True):
        ax.text(left, top, code, ha="center", va="center", size=4.6, color="white" if shade >= 4 else BLACK)


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
            f"placed beside their neighbours here. As of {day(found.as_of)}.")


def pictures(found: Countries, *, world: bool) -> Mapping[str, tuple[str, Callable[[], Figure]]]:
    """Figures by file name, each with its heading: the history of a few states, and the world where all are asked for."""
    if world:
        return {f"world_{channel}": (words.CHANNEL[channel], partial(draw_world, found, channel)) for channel in CHANNEL.labels}
    return {"history": ("History and forecast", partial(draw_history, found))}

