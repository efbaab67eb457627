"""Figures of the registers: past terms of states with a fan for every outcome, a world of tiles, and effects of types."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from forecast.contacts import codes
from forecast.evaluation.countries import WHOLE, terms
from forecast.panel.registers import CHANNEL, FIRST_DAY
from forecast.report import words
from forecast.report.countries import Countries
from forecast.report.layout import bars, boxes, broken_lines, columns, is_narrow, print_words, room, sheet_width, stripes
from forecast.report.lookup import draw_quantiles
from forecast.report.style import (
    BLACK,
    GREY,
    MM,
    SMALLEST,
    TALLEST,
    TYPE_MARK,
    Mark,
    caption,
    figure_style,
    interval_marks,
    on_paper,
    patches,
    scenario_marks,
    write_figure,
)
from forecast.report.words import day
from forecast.shipped import CASE

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


# What administration types do to travel and visits, region by region, and what one term cannot tell.

REGION: Mapping[str, str] = codes.REGION.words
REFERENCE, NEW = CASE.types["reference"], CASE.types["new"]
CONTRAST = (NEW, *(kind for kind in codes.TYPE if kind not in (REFERENCE, NEW)))
"""Types set against the reference."""

_TYPE_LEFT, _TYPE_TOP, _TYPE_GAP, _TYPE_STEP = 33.0, 17.0, 5.0, 6.0  # millimetres
_LEVEL = Mark(colour=BLACK, linestyle="-", marker="o", hatch="")
_TICK = {-60: "\N{MINUS SIGN}60 %", -30: "\N{MINUS SIGN}30 %", 0: "0", 50: "+50 %"}
_TYPE_SHOWN = np.log([0.33, 1.75])


def draw_types(effect: xr.DataArray, level: np.ndarray, region: str, as_of: str, behind: str, terms: int) -> Figure:
    """One panel per channel; a row for the level of the terms of the new type, then one for every region.

    Parameters
    ----------
    effect : (draw_types, type, region, channel) DataArray
        Log effects of types.
    level : (draw_types, 2, channel) array
        Log ratio of the level of the terms of the new type to that of the reference: all countries, and the region.
    region : str
        The region in the second row, and the first of the regions.
    as_of, behind : str
        Date, and how many entries and states stand behind the figure, for the words.
    terms : int
        Terms of the new type by then.
    """
    regions = [region, *(one for one in effect["region"].to_numpy() if one != region)]
    labels = [("Level, all countries", f"Level, {REGION[region]}"), [REGION[one] for one in regions]]
    title, note = caption(f"Who governs, and how often leaders meet: all countries since {FIRST_DAY.year}",
                          _note_of_types(effect, level, as_of, behind, terms))
    whole = sheet_width()
    left, gap = (3.5 + room([*labels[0], *labels[1]]), 3.0) if is_narrow() else (_TYPE_LEFT, _TYPE_GAP)
    with figure_style():
        above, small = broken_lines(title, whole - 2 * _EDGE, 9, "bold"), broken_lines(note, whole - 2 * _EDGE, SMALLEST)
        names = [broken_lines(words.CHANNEL[one], 15.0, 7.5, "bold")
                 for one in effect["channel"].to_numpy()] if is_narrow() else []
        bottom, key = 12 + 2.9 * len(small), 2.8 + 4.2 * len(above)
        top = _TYPE_TOP + 4.2 * (len(above) - 1) + (3.4 * len(CONTRAST) + 2.8 * (max(map(len, names)) - 1) if is_narrow() else 0)
        height = top + _TYPE_STEP * (len(regions) + 2.6) + bottom
        figure = Figure(figsize=(whole * MM, height * MM))
        FigureCanvasAgg(figure)
        width = (whole - left - 3 - 2 * gap) / 3
        for place, channel in enumerate(effect["channel"].to_numpy()):
            box = ((left + place * (width + gap)) / whole, bottom / height, width / whole, 1 - (top + bottom) / height)
            ax = figure.add_axes(box)
            _panel_of_types(ax, effect.sel(channel=channel, region=regions), level[:, :, place])
            ax.set_title("\n".join(names[place]) if is_narrow() else words.CHANNEL[channel])
            ax.set_yticklabels([*labels[0], *labels[1]] if place == 0 else [])
        print_words(figure, above, ())
        _key_of_types(figure, key)
        unit = f"difference in entries per year ({'%, ' if is_narrow() else ''}log scale)"
        figure.text(0.58, (bottom - 8) / height, unit, ha="center", size=6.8, color=BLACK)
        print_words(figure, (), small)
        return figure


def _panel_of_types(ax: Axes, effect: xr.DataArray, level: np.ndarray) -> None:
    """Intervals of one channel; regions outside the shown range are cut at its edge."""
    rows = np.arange(effect.sizes["region"]) + 2.6
    ax.set(xlim=_TYPE_SHOWN, ylim=(rows[-1] + 0.6, -0.6), yticks=[0, 1, *rows])
    ticks = [told.removesuffix(" %") if is_narrow() else told for told in _TICK.values()]
    ax.set_xticks(np.log1p(np.array(list(_TICK)) / 100), ticks)
    bars(ax, np.arange(2.0), draw_quantiles(level), _LEVEL, size=4.2)
    for offset, kind in zip(np.linspace(-0.17, 0.17, len(CONTRAST)), CONTRAST, strict=True):
        contrast = effect.sel(type=kind) - effect.sel(type=REFERENCE)
        bars(ax, rows + offset, draw_quantiles(contrast.to_numpy()), TYPE_MARK[kind], size=4)
    ax.axvline(0, color=GREY, linewidth=0.7, zorder=0)
    ax.axhline(1.8, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
    stripes(ax, 2)
    for row in rows[1:]:
        ax.axhline(row - 0.5, color="#D9D9D9", linewidth=0.5, zorder=0)
    ax.tick_params(axis="y", left=False)


def _key_of_types(figure: Figure, top: float) -> None:
    width, height = figure.get_size_inches() / MM
    short = words.SHORT_TYPE
    marks = {f"Level of {short[NEW]} against {short[REFERENCE]} terms": _LEVEL} | {
        f"{'Effect of type: ' if kind == NEW else ''}{short[kind]} minus {short[REFERENCE]}": TYPE_MARK[kind]
        for kind in CONTRAST}
    figure.legend(handles=interval_marks(marks), loc="upper left", bbox_to_anchor=(_EDGE / width, 1 - top / height),
                  ncols=1 if is_narrow() else 3, borderpad=0, borderaxespad=0, handlelength=1.6, columnspacing=1.6)


def _note_of_types(effect: xr.DataArray, level: np.ndarray, as_of: str, behind: str, terms: int) -> str:
    low, _, middle, _, high = np.expm1(draw_quantiles(level[:, 0, -1]))
    visits = effect.sel(channel="visit_to_us")
    of_type = visits.sel(type=NEW) - visits.sel(type=REFERENCE)
    typical = float(np.expm1(of_type.mean("region").median()))
    new, reference = words.SHORT_TYPE[NEW], words.SHORT_TYPE[REFERENCE]
    return (
        f"Posterior median, 50 % (thick) and 90 % (thin) interval. Black: fitted level of the {new} terms (n = {terms}) against "
        f"the mean of the {reference} terms that the region's states cover, the COVID-19 window taken out; type, president and "
        "term are in it together. Coloured: what the model gives to the type alone. What so few terms cannot tell: visits to the "
        f"US were {words.share(middle)} ({words.share(low)} to {words.share(high)}) in all countries together. Of this the model "
        f"gives {words.share(typical)} (median) to the type{_across(of_type)}; the rest may be the person, the secretaries "
        "or the years. Only further terms could tell these apart. Regions are pulled towards each "
        f"other: differences between them are small, not shown to be zero. {behind} As of {as_of}.")


def _across(of_type: xr.DataArray) -> str:
    """Whether the 90 % interval of the mean over regions holds zero."""
    low, high = np.quantile(of_type.mean("region").to_numpy(), (0.05, 0.95))
    return ", with an interval across zero" if low < 0 < high else ""


def table_of_types(effect: xr.DataArray, level: np.ndarray, region: str) -> Sequence[Mapping[str, object]]:
    """Rows of the numbers in the figure: contrast, region, channel and five quantiles of the log ratio."""
    names = ("q05", "q25", "q50", "q75", "q95")
    rows = [{"contrast": f"level_{NEW}_terms_minus_{REFERENCE}_terms", "region": place, "channel": str(channel),
             **dict(zip(names, draw_quantiles(level[:, at, k]), strict=True))}
            for at, place in enumerate(("all", region)) for k, channel in enumerate(effect["channel"].to_numpy())]
    for kind in CONTRAST:
        contrast = effect.sel(type=kind) - effect.sel(type=REFERENCE)
        rows += [{"contrast": f"type_{kind}_minus_{REFERENCE}", "region": str(place), "channel": str(channel),
                  **dict(zip(names, draw_quantiles(contrast.sel(region=place, channel=channel).to_numpy()), strict=True))}
                 for place in effect["region"].to_numpy() for channel in effect["channel"].to_numpy()]
    return rows
