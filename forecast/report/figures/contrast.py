"""Figures: the difference between two scenarios, in expectation and between single futures; all of its rows on one sheet."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from forecast.dims import RANK, TOPIC
from forecast.evaluation.contrast import PARTS, load_equivalence
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, local, tr
from forecast.report.layout import (
    FigureSheet,
    bars,
    broken_lines,
    is_narrow,
    key,
    key_height,
    region,
    room,
    sheet,
    size_of,
    stripes,
)
from forecast.report.lookup import (
    ASSUMPTIONS,
    ELECTION,
    compared_pair,
    contrast_rows,
    differ_in,
    factor_of_region,
    pairings,
    quantile_array,
)
from forecast.report.style import BLACK, GREY, PAIRING_MARK, SMALLEST, figure_style, interval_marks

_LINE = {True: 2.4, False: 2.65}  # millimetres of an interval with its number, on a narrow sheet and on a wide one
_APART, _HEAD, _FOOT = 0.9, 8.5, 9.0  # millimetres: between rows, above a panel, below it
READING = (
    later("Right of the zero line means more under the first scenario, left of it more under the second. Black circles: the "
          "difference of expected values, uncertain only because the model's parameters are. Green squares: single futures "
          "that share every other shock, so that only what the scenarios assume differs. Purple diamonds: two unrelated "
          "futures, which is the difference an observer of both worlds would have to expect. P is the probability that the "
          "first is larger, a tie counting half. An interval across zero means that nothing tells which is larger. Medians are "
          "shown and no means: the mean of a difference in contacts has the skew of effects that are not known, and is "
          "positive where more and fewer are as probable.")
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    pair = compared_pair(content)
    row = contrast_rows(content, pair, "contact", ["all"], "expected").iloc[0]
    ratio = contrast_rows(content, pair, "log_rate_ratio", ["all"], "expected").iloc[0]
    more, equal, fewer = (words.number(ratio[part], 2) for part in PARTS)
    return (
        tr("Differences {minus}, total, by rank and by topic. Expected total: median {median} contacts, 90 % {low} to {high}; "
           "log ratio of the rates {ratio}, 90 % {ratio_low} to {ratio_high}; probability of more {more}, of practically equal "
           "{equal}, of fewer {fewer}.", minus=_minus(pair), median=words.number(row['q50']), low=words.number(row['q05']),
           high=words.number(row['q95']), ratio=words.number(ratio['q50'], 2),
           ratio_low=words.number(ratio['q05'], 2), ratio_high=words.number(ratio['q95'], 2), more=more, equal=equal, fewer=fewer)
    )


def draw(content: ReportContent) -> Figure:
    """Total, ranks and topics; three pairings each, with P(first > second) printed."""
    pair = compared_pair(content)
    note = (
        tr("Difference of recorded contacts and of shares among topic mentions, {span}; median with 50 % (thick) and 90 % "
           "(thin) interval. Expected values: over posterior draws; futures: over {futures} pairs of paths. First: {first}; "
           "second: {second}. Grey numbers: P(first > second), a tie counting half. Rests on n = {contacts} recorded contacts.",
           span=content.span, futures=words.number(content.n_path), first=words.plain(pair[0]), second=words.plain(pair[1]),
           contacts=len(content.panel.contact))
    )
    with figure_style():
        handles = interval_marks({words.PAIRING[pairing]: mark for pairing, mark in PAIRING_MARK.items()})
        blocks = [("contact", ["all"]), ("contact", list(content.labels(RANK))), ("mention_share", _sorted(content))]
        height = [_HEAD + _row(content, pair, quantity) * len(keys) + _FOOT for quantity, keys in blocks]
        top = key_height(handles)
        body = sum(height) if is_narrow() else max(height[0] + height[1], height[2])
        page = sheet(content, title=f"{_question(content, pair)} {_minus(pair)}", note=note, body=top + body)
        key(page, handles)
        half = page.width if is_narrow() else page.width / 2
        corners = [(0.0, top), (0.0, top + height[0]), (0.0, top + height[0] + height[1]) if is_narrow() else (half, top)]
        for (quantity, keys), (begin, start), tall, (title, label) in zip(blocks, corners, height, _TITLES, strict=True):
            left = begin + room(_names(content, blocks, quantity)) + 8
            ax = page.panel(left, start + _HEAD, begin + half - left - 9, tall - _HEAD - _FOOT)
            _panel(ax, content, quantity, keys)
            _words(ax, pair, broken_lines(tr(title), half - 14, 7.5, "bold"), tr(label).format(home=tr(content.panel.home[0])),
                   quantity)
        return page.figure


_TITLES = ((later("All contacts"), later("total")), (later("By rank (scale of its own)"), later("rank of the {home} principal")),
           (later("Topic mix"), later("topic")))


def _row(content: ReportContent, pair: tuple[str, str], quantity: str) -> float:
    """Millimetres of a row: a line for every pairing."""
    return _LINE[is_narrow()] * len(pairings(content, pair, quantity)) + _APART


def _names(content: ReportContent, blocks: Sequence[tuple[str, list[str]]], quantity: str) -> list[str]:
    """Names of the rows of all panels of a quantity, which begin at one place; on a narrow sheet of all panels."""
    return [content.named(one, key) for one, keys in blocks for key in keys if is_narrow() or one == quantity]


def _sorted(content: ReportContent) -> list[str]:
    """Topics by their mean difference, the largest first."""
    pair = compared_pair(content)
    first = pairings(content, pair, "mention_share")[0]
    rows = contrast_rows(content, pair, "mention_share", content.labels(TOPIC), first)
    return list(rows["mean"].sort_values(ascending=False, kind="stable").index)


_MAKES = {ELECTION: later("The difference that the election makes"),
          ASSUMPTIONS: later("The difference that the assumptions make")}
_BOTH_MAKE = later("The difference that the election and the assumptions make")
_CHANGES = {ELECTION: later("Does the election matter?"), ASSUMPTIONS: later("What do the assumptions change?")}
_BOTH_CHANGE = later("What do the election and the assumptions change?")


def heading(content: ReportContent) -> str:
    """Of the figure in a report."""
    return tr(_MAKES.get(differ_in(content, compared_pair(content)), _BOTH_MAKE))


def _question(content: ReportContent, pair: tuple[str, str]) -> str:
    return tr(_CHANGES.get(differ_in(content, pair), _BOTH_CHANGE))


def _minus(pair: tuple[str, str]) -> str:
    return tr("{first} minus {second}", first=words.plain(pair[0]), second=words.plain(pair[1]))


def _words(ax: Axes, pair: tuple[str, str], title: Sequence[str], label: str, quantity: str) -> None:
    ax.set_title("\n".join(title), pad=12)
    ax.set_ylabel(label)
    ax.set_xlabel(tr("difference in contacts") if quantity == "contact" else tr("difference in share (percentage points)"))
    sides(ax, pair)


def sides(ax: Axes, pair: tuple[str, str]) -> None:
    """Say above a panel which side of zero is whose, and that numbers beside it are probabilities."""
    look: dict[str, Any] = {"transform": ax.transAxes, "va": "bottom", "size": SMALLEST, "color": GREY}
    right, left = f"{words.plain(pair[0])} \N{RIGHTWARDS ARROW}", f"\N{LEFTWARDS ARROW} {words.plain(pair[1])}"
    if room([right]) + room([left]) + 2 > size_of(ax)[0]:
        right, left = tr("first \N{RIGHTWARDS ARROW}"), tr("\N{LEFTWARDS ARROW} second")  # the caption has the names
    if room([right]) + room([left]) > size_of(ax)[0]:
        right, left = "\N{RIGHTWARDS ARROW}", "\N{LEFTWARDS ARROW}"
    ax.text(0, 1.0, left, ha="left", **look)
    ax.text(1, 1.0, right, ha="right", **look)
    ax.text(1.03, 1.0, "P", weight="bold", ha="left", **look)


def _panel(ax: Axes, content: ReportContent, quantity: str, keys: Sequence[str]) -> None:
    """Rows of keys, one interval per pairing, and a column of probabilities on the right."""
    pair = compared_pair(content)
    factor = 100 if quantity == "mention_share" else 1
    place = np.arange(len(keys))
    known = pairings(content, pair, quantity)
    step = _LINE[is_narrow()] / _row(content, pair, quantity)
    for offset, pairing in zip(step * (np.arange(len(known)) - (len(known) - 1) / 2), known, strict=True):
        rows = contrast_rows(content, pair, quantity, keys, pairing)
        bars(ax, place + offset, factor * quantile_array(rows), PAIRING_MARK[pairing], size=3.6)
        _probabilities(ax, place + offset, rows)
    ax.axvline(0, color=BLACK, linewidth=0.8, zorder=1)
    stripes(ax, len(keys))
    ax.set_yticks(place, [content.named(quantity, key) for key in keys])
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)
    reach = 1.06 * max(abs(bound) for bound in ax.dataLim.intervalx)
    ax.set_xlim(-reach, reach)  # zero in the middle of every panel
    cast(MaxNLocator, ax.xaxis.get_major_locator()).set_params(nbins=5)


def _probabilities(ax: Axes, height: np.ndarray, rows: pd.DataFrame) -> None:
    look: dict[str, Any] = {"size": SMALLEST, "color": GREY, "va": "center", "transform": ax.get_yaxis_transform()}
    for y, chance in zip(height, rows["p_greater"], strict=True):
        ax.text(1.03, y, words.number(chance, 2), **look)


# All contrasts of a paper on one sheet.

OVERVIEW = (
    ("log_rate_ratio", later("Contacts by rank"), later("ratio of expected contacts")),
    ("outcome_share", later("What comes of contacts"), later("share of contacts (percentage points)")),
    ("travel_share", later("Who travels"), later("share of contacts (percentage points)")),
    ("mention_share", later("Topics"), later("share of mentions (percentage points)")),
    ("pages", later("Pages per contact"), later("pages per recorded contact")),
    ("tone", later("Tone of pages"), later("tone, \N{MINUS SIGN}1 to 1")),
)
"""Quantity, title of its panel and words of its axis; the first three stand on the left."""
_LEFT = 3
_ROW, _GAP = {True: 3.7, False: 5.6}, 19.0  # millimetres: of a line, on a narrow sheet and on a wide one; between panels
_FACTORS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
READING_OVERVIEW = (
    later("Every row is one contrast between the scenarios. Ranks are shown as ratios of expected contacts (1: no difference; "
          "the grey band holds rates that count as equal), all others as differences. Black circles are expected values, "
          "uncertain only because the parameters are; green squares are single futures that share every other shock. P is the "
          "probability that the first is larger, a tie counting half. With so many rows some lie beyond zero by chance.")
)


def draw_overview(content: ReportContent) -> Figure:
    """Rates by rank, outcomes, travel, topics and media: each contrast a row with its interval and P(first > second)."""
    pair = compared_pair(content)
    shown = {quantity: _keys(content, pair, quantity) for quantity, *_ in OVERVIEW}
    told = [one for one in OVERVIEW if shown[one[0]]]
    left = [one for one in told if one in OVERVIEW[:_LEFT]]
    halves = [told] if is_narrow() else [left, [one for one in told if one not in left]]
    body = max(sum(_ROW[is_narrow()] * len(shown[quantity]) + _GAP for quantity, *_ in half) for half in halves)
    drawn = {pairings(content, pair, quantity)[0] for quantity, *_ in told}
    with figure_style():
        handles = interval_marks({words.PAIRING[pairing]: mark for pairing, mark in PAIRING_MARK.items() if pairing in drawn})
        top = key_height(handles)
        page = sheet(content, title=tr("All contrasts, {minus}", minus=_minus(pair)), note=_overview_note(content, pair),
                     body=top + body)
        key(page, handles)
        for place, half in enumerate(halves):
            _column(page, content, (place * page.width / len(halves), top, page.width / len(halves)), half, shown)
        return page.figure


def _keys(content: ReportContent, pair: tuple[str, str], quantity: str) -> list[str]:
    """Rows of a quantity, in the order of the contrast; topics by their difference."""
    known = pairings(content, pair, quantity)
    if not known:
        return []
    if quantity == "mention_share":
        return _sorted(content)
    rows = content.contrast_by[(*pair, quantity, content.window, known[0])]
    return [key for key in rows.index if np.isfinite(rows.loc[key, "q50"])]


def _column(page: FigureSheet, content: ReportContent, place: tuple[float, float, float], side: Sequence[tuple[str, str, str]],
            shown: dict[str, list[str]]) -> None:
    """Panels of one part of the sheet; `place` is its left and upper edge and its width."""
    begin, top, wide = place
    names = [_row_name(content, quantity, key) for quantity, *_ in side for key in shown[quantity]]
    left, top = begin + room(names) + 4, top + 8.0
    for quantity, title, label in side:
        tall = _ROW[is_narrow()] * len(shown[quantity])
        ax = page.panel(left, top, begin + wide - left - 9, tall)
        _contrasts(ax, content, quantity, shown[quantity])
        ax.set_title(tr(title), pad=11)
        ax.set_xlabel(tr(label))
        top += tall + _GAP


def _row_name(content: ReportContent, quantity: str, key: str) -> str:
    return content.named("contact" if quantity == "log_rate_ratio" else quantity, key)


def _contrasts(ax: Axes, content: ReportContent, quantity: str, keys: Sequence[str]) -> None:
    pair, rate = compared_pair(content), quantity == "log_rate_ratio"
    pairing, place = pairings(content, pair, quantity)[0], np.arange(len(keys))
    rows = contrast_rows(content, pair, quantity, keys, pairing)
    factor = 100 if quantity.endswith("_share") else 1
    if rate:
        region(ax, load_equivalence().rate.bound)
    bars(ax, place, factor * quantile_array(rows), PAIRING_MARK[pairing], size=3.6)
    for y, chance in zip(place.astype(float), rows["p_greater"], strict=True):
        ax.text(1.03, y, words.number(chance, 2), size=SMALLEST, color=GREY, va="center", transform=ax.get_yaxis_transform())
    ax.axvline(0, color=BLACK, linewidth=0.8, zorder=1)
    stripes(ax, len(keys))
    ax.set_yticks(place, [_row_name(content, quantity, key) for key in keys])
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)
    reach = 1.06 * np.abs(factor * quantile_array(rows)).max()
    ax.set_xlim(-reach, reach)  # zero in the middle of every panel
    if rate:
        ticks = [one for one in _FACTORS if abs(np.log(one)) <= reach]
        ax.set_xticks(np.log(ticks), [local(f"{one:g}") for one in ticks])
    sides(ax, pair)


def _overview_note(content: ReportContent, pair: tuple[str, str]) -> str:
    return (
        tr("{first} against {second}, {span}: contacts by rank as ratios of expected values, all else as differences; median "
           "with 50 % (thick) and 90 % (thin) interval. Black circles: expected values over posterior draws; green squares: "
           "{futures} pairs of single futures that share every other shock. Grey numbers: P({first} > {second}), a tie "
           "counting half; grey band: rates within a factor of {region} of one another. Rests on n = {contacts} "
           "recorded contacts.", first=words.plain(pair[0]), second=words.plain(pair[1]), span=content.span,
           futures=words.number(content.n_path), region=factor_of_region(), contacts=len(content.panel.contact))
    )
