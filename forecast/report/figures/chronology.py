"""Figure: every contact of the presidents compared, by day and rank; fill tells the main topic, shape the outcome.

Colours are told apart in grey, too: each topic has its own colour and its own way of being filled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.contacts import codes
from forecast.evaluation.visits import Governed
from forecast.panel.calendar import decimal_year
from forecast.report import words
from forecast.report.layout import FigureSheet, broken_lines, is_narrow, print_words, room, sheet_width
from forecast.report.style import BLACK, BLUE, GREY, MM, PALE, SKY, SMALLEST, VERMILION, YELLOW, caption, figure_style

READING = (
    "Each mark is one recorded contact, placed by its day and, in rows, by the rank of who acts for {home}; marks of the same "
    "weeks are stacked, so that a high stack is a busy time. Fill and colour tell the topic that the coded agenda names first, "
    "shape what came of the contact. Meetings in person of the two presidents are named. What is not on public pages is missing."
)
SHAPE = dict(zip(codes.OUTCOME.numbers, ("o", "s", "^", "*"), strict=True))
"""Marker of each outcome."""
FILL = ((BLUE, "full"), (YELLOW, "full"), (BLACK, "bottom"), (VERMILION, "left"), (SKY, "full"))
"""Colour and filling of the main topics, the most frequent first; all others are white."""
OTHER_TOPIC = "other"
_TITLE, _LINE, _SMALL, _LABEL = 3.9, 2.9, SMALLEST, SMALLEST
_EDGE, _HEADER, _AXIS, _BETWEEN = 1.5, 4.2, 4.6, 3.0  # millimetres
_APART = 2.25
"""Radii between the middles of neighbours."""
_GROWN = {"*": 1.35, "^": 1.1, "s": 0.92}
"""Size of a shape beside a circle, so that all look alike."""


@dataclass(frozen=True, kw_only=True)
class _Block:
    """One president: what is drawn, and how high its rows are (millimetres)."""

    side: Governed
    table: pd.DataFrame
    span: tuple[float, float]
    level: dict[str, np.ndarray]
    labels: list[tuple[float, float, int, str]]
    height: float


def main_topic(agenda: pd.Series) -> pd.Series:
    """The topic that an agenda names first; empty where none is reported."""
    return agenda.str.split(";").str[0].fillna("")


def shown_topics(table: pd.DataFrame) -> list[str]:
    """The topics that have a colour: the most frequent main topics, at most as many as there are fills."""
    counts = main_topic(table["agenda"]).replace("", np.nan).dropna().value_counts()
    order = sorted(counts.index, key=lambda topic: (-counts[topic], codes.TOPIC.index(topic)))
    return order[:len(FILL)]


def alt(table: pd.DataFrame, sides: Sequence[Governed]) -> str:
    """What a reader who cannot see the figure should know."""
    counts = ", ".join(f"{one.name} {one.n_contact}" for one in sides)
    return f"Marks of {len(table)} contacts by day and rank ({counts}). All of them stand in the chronology table."


def draw(table: pd.DataFrame, sides: Sequence[Governed], partner: str, as_of: str) -> Figure:
    """Rows by rank over time, one block per president.

    Parameters
    ----------
    table : DataFrame
        From :func:`forecast.evaluation.compare_administrations.chronology`.
    sides : sequence of Governed
        Who is shown, from the top.
    partner, as_of : str
        For the words.
    """
    width = sheet_width()
    with figure_style():
        radius = 0.95 if is_narrow() else 1.15
        ranks = [rank for rank in codes.RANK if rank in set(table["us_rank"])]
        left = 2.5 + room([words.RANK[rank] for rank in ranks] or [""], _SMALL)
        inner = width - left - 2 * _EDGE
        blocks = [_block(table, one, ranks, inner, radius) for one in sides]
        title, note = caption(f"Contacts with {partner}: {joined_names(sides)}", _note(table, as_of))
        above, small = broken_lines(title, width - 2 * _EDGE, 9, "bold"), broken_lines(note, width - 2 * _EDGE, _SMALL)
        key = _flow(_entries(table), width - 2 * _EDGE)
        head = _EDGE + _TITLE * len(above) + 1.2 + 3.4 * len(key) + 1.5
        body = sum(one.height + _HEADER + _AXIS + _BETWEEN for one in blocks)
        height = head + body + _LINE * len(small) + 2 * _EDGE
        figure = Figure(figsize=(width * MM, height * MM))
        FigureCanvasAgg(figure)
        page = FigureSheet(figure=figure, width=width, height=height, head=head)
        print_words(figure, above, small)
        _draw_key(page, key, _EDGE + _TITLE * len(above) + 1.2, radius)
        top, topics = 0.0, shown_topics(table)
        for one in blocks:
            ax = page.panel(left, top + _HEADER, inner, one.height)
            _fill(ax, one, ranks, topics, radius)
            figure.text(_EDGE / width, 1 - (head + top + 0.4) / height, _heading(one.side), va="top", size=7, weight="bold",
                        color=BLACK)
            top += one.height + _HEADER + _AXIS + _BETWEEN
        return figure


def _note(table: pd.DataFrame, as_of: str) -> str:
    months = int((table["date_precision"] == "month").sum())
    return (f"Recorded contacts, n = {len(table)}: what a coder finds on public pages, not all that took place. Topic: the first "
            f"that the coded agenda names. {months} known to the month stand on its 15th. Blocks have time scales of their own "
            f"where terms differ in length. As of {as_of}.")


def joined_names(sides: Sequence[Governed]) -> str:
    """The names in one phrase, joined by commas and a last ``and``."""
    *others, last = [one.name for one in sides]
    return f"{', '.join(others)} and {last}" if others else last


def _heading(side: Governed) -> str:
    begin = f"{side.name}, {side.first:%b %Y} to {side.last:%b %Y}"
    if not side.n_contact:
        return f"{begin}: no contact on record"
    contacts, visits = (f"{count} {thing}{'' if count == 1 else 's'}"
                        for count, thing in ((side.n_contact, "contact"), (side.n_visit, "visit")))
    return f"{begin}: {contacts} on {visits}"


# Where marks and names go: stacked within a row, names in as many lines as they need.

def _block(table: pd.DataFrame, side: Governed, ranks: Sequence[str], width: float, radius: float) -> _Block:
    own = table[table["president"] == side.name].reset_index(drop=True)
    span = float(side.first.year), decimal_year(side.last)
    scale = (width - 2 * radius) / (span[1] - span[0])
    at = np.array([decimal_year(day.date()) for day in own["date"]])
    level = {rank: mark_levels(at[(own["us_rank"] == rank).to_numpy()] * scale, _APART * radius) for rank in ranks}
    labels = _named(own, at, span, scale, width, radius)
    rows = 1 + max((row for _, _, row, _ in labels), default=-1)
    height = sum(_height(level[rank], radius) for rank in ranks) + rows * 2.6 + (1.0 if rows else 0)
    return _Block(side=side, table=own, span=(span[0] - radius / scale, span[1] + radius / scale), level=level, labels=labels,
                  height=max(height, 5.0))


def _height(level: np.ndarray, radius: float) -> float:
    return _APART * radius * (1 + max(level, default=0)) + 1.6


def mark_levels(place: np.ndarray, apart: float) -> np.ndarray:
    """Level of each mark, the lowest on which it touches no other: shape (mark,); places ascend."""
    last: list[float] = []
    levels = np.zeros(len(place), int)
    for number, here in enumerate(place):
        free = next((one for one, end in enumerate(last) if here - end >= apart), len(last))
        last[free:free + 1] = [here]
        levels[number] = free
    return levels


def _named(own: pd.DataFrame, at: np.ndarray, span: tuple[float, float], scale: float, width: float,
           radius: float) -> list[tuple[float, float, int, str]]:
    """Meetings in person of the two presidents: place of the mark and of the name (mm), line of the name, name."""
    meets = ((own["us_rank"] == codes.RANK[0]) & (own["partner_rank"] == codes.PARTNER_RANK[0])
             & (own["direction"] != "remote")).to_numpy()
    ends: list[float] = []
    found = []
    for number in np.flatnonzero(meets):
        row = own.iloc[number]
        text = ", ".join(part for part in (str(row["place"]).partition(",")[0], f"{row['date']:%b %Y}") if part)
        long, mark = room([text], _LABEL) + 1.2, radius + (at[number] - span[0]) * scale
        begin = min(max(mark - long / 2, 0.0), width - long)
        line = next((one for one, end in enumerate(ends) if begin >= end), len(ends))
        ends[line:line + 1] = [begin + long]
        found.append((mark, begin + long / 2, line, text))
    return found


# Marks, rows and names.

def _fill(ax: Axes, block: _Block, ranks: Sequence[str], topics: Sequence[str], radius: float) -> None:
    """Draw a block; the vertical axis is in millimetres from its lower end."""
    ax.set(xlim=block.span, ylim=(0, block.height))
    for spine in ("left", "top", "right"):
        ax.spines[spine].set_visible(False)
    top = block.height - _room_for_names(block)
    ticks, first_base = [], None
    for rank in ranks:
        high = _height(block.level[rank], radius)
        base = top - high
        rows = block.table[block.table["us_rank"] == rank]
        _marks(ax, rows, base + 0.8 + radius + _APART * radius * block.level[rank], topics, radius)
        ax.axhline(base, color=PALE, linewidth=0.5, zorder=0)
        first_base = base if first_base is None else first_base
        ticks.append(base + high / 2)
        top = base
    ax.set_yticks(ticks, [words.RANK[rank] for rank in ranks], size=_SMALL)
    ax.tick_params(axis="y", left=False, pad=1)
    years = range(int(np.ceil(block.span[0])), int(block.span[1]) + 1)
    ax.set_xticks(list(years), [str(year) for year in years], size=_SMALL)
    for year in years:
        ax.axvline(year, color=PALE, linewidth=0.5, zorder=0)
    _names(ax, block, ranks, radius)


def _room_for_names(block: _Block) -> float:
    rows = 1 + max((row for _, _, row, _ in block.labels), default=-1)
    return rows * 2.6 + (1.0 if rows else 0)


def _marks(ax: Axes, rows: pd.DataFrame, height: np.ndarray, topics: Sequence[str], radius: float) -> None:
    if rows.empty:
        return
    at = np.array([decimal_year(day.date()) for day in rows["date"]])
    topic = main_topic(rows["agenda"]).to_numpy()
    for outcome, shape in SHAPE.items():
        for name in (*topics, OTHER_TOPIC):
            own = (rows["outcome"] == outcome).to_numpy() & (topic == name if name in topics else ~np.isin(topic, topics))
            if own.any():
                ax.plot(at[own], height[own], label="_contacts", **_look(name, topics, shape, radius))


def _look(name: str, topics: Sequence[str], shape: str, radius: float) -> dict[str, Any]:
    colour, fill = FILL[list(topics).index(name)] if name in topics else ("white", "full")
    size = 2 * radius * MM * 72 * _GROWN.get(shape, 1.0)  # points
    return {"linestyle": "none", "marker": shape, "markersize": size * 0.92, "markerfacecolor": colour, "fillstyle": fill,
            "markerfacecoloralt": "white", "markeredgecolor": BLACK, "markeredgewidth": 0.45, "clip_on": False, "zorder": 3}


def _names(ax: Axes, block: _Block, ranks: Sequence[str], radius: float) -> None:
    """Names of presidents' meetings above their row, each with a line to its mark."""
    if not block.labels:
        return
    per_mm = (block.span[1] - block.span[0]) / (ax.get_position().width * cast("Figure", ax.figure).get_figwidth() / MM)
    floor = block.height - _room_for_names(block)
    for mark, middle, line, text in block.labels:
        height = floor + 0.6 + 2.6 * line
        where = block.span[0] + mark * per_mm
        ax.plot([where, where], [floor - _height(block.level[ranks[0]], radius) + 0.8 + 2 * radius, height + 0.1], color=GREY,
                linewidth=0.4, zorder=1)
        ax.text(block.span[0] + middle * per_mm, height, text, ha="center", va="bottom", size=_LABEL, color=BLACK,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.2}, zorder=2)


# A key that flows into as many lines as it needs.

type _Entry = tuple[str, str, str]
"""Topic (or other), shape, and what they mean; without a shape, the name of a group."""


def _entries(table: pd.DataFrame) -> list[list[_Entry]]:
    topics = shown_topics(table)
    others = [(OTHER_TOPIC, "o", "Another topic, or none reported")]
    shapes = [(OTHER_TOPIC, SHAPE[code], words.OUTCOME[str(code)]) for code in codes.OUTCOME.numbers]
    return [[("", "", "Topic"), *((topic, "o", words.TOPIC[topic]) for topic in topics), *others],
            [("", "", "Outcome"), *shapes]]


def _flow(groups: list[list[_Entry]], width: float) -> list[list[tuple[float, _Entry, list[str]]]]:
    """Entries in lines: place from the left (mm), the entry, and the topics of the key; groups begin a line of their own."""
    topics = [name for name, _, _ in groups[0] if name not in ("", OTHER_TOPIC)]
    flowed: list[list[tuple[float, _Entry, list[str]]]] = []
    for group in groups:
        flowed.append([])
        at = 0.0
        for entry in group:
            long = (3.2 if entry[1] else 0.0) + room([entry[2]], _SMALL, "normal" if entry[1] else "bold") + 2.6
            if at and at + long - 2.6 > width:
                flowed.append([])
                at = 0.0
            flowed[-1].append((at, entry, topics))
            at += long
    return flowed


def _draw_key(page: FigureSheet, key: list[list[tuple[float, _Entry, list[str]]]], top: float, radius: float) -> None:
    high = 3.4 * len(key)
    box = (_EDGE / page.width, 1 - (top + high) / page.height, 1 - 2 * _EDGE / page.width, high / page.height)
    ax = page.figure.add_axes(box)
    ax.set_axis_off()
    ax.set(xlim=(0, page.width - 2 * _EDGE), ylim=(high, 0))
    for line, entries in enumerate(key):
        for at, (topic, shape, text), topics in entries:
            if shape:
                ax.plot([at + 1.3], [3.4 * line + 1.7], **_look(topic, topics, shape, radius))
            ax.text(at + (3.2 if shape else 0), 3.4 * line + 1.7, text, va="center_baseline", size=_SMALL, color=BLACK,
                    weight="normal" if shape else "bold")
