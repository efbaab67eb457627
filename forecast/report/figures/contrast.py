"""Figures: the difference between two scenarios, in expectation and between single futures; all of its rows on one sheet."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.dims import RANK, TOPIC
from forecast.evaluation.contrast import PARTS, load_equivalence
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.layout import Sheet, bars, region, room, sheet, stripes
from forecast.report.lookup import compared_pair, contrast_rows, differ_in, pairings, percent_of_region, quantile_array
from forecast.report.style import BLACK, GREY, PAIRING_MARK, look, points

_BODY = 146.0  # millimetres
READING = (
    "Right of the zero line means more under the first scenario, left of it more under the second. "
    "Black circles: the difference of expected values, uncertain only because the model's parameters "
    "are. Green squares: single futures that share every other shock, so that only what the scenarios "
    "assume differs. Purple diamonds: two unrelated futures, which is the difference an observer of both "
    "worlds would have to expect. P is the probability that the first is larger, a tie counting half. "
    "An interval across zero means that the record does not tell which is larger. Medians are shown and no means: the mean of a "
    "difference in contacts has the skew of effects that are not known, and is positive where more and fewer are as probable."
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    pair = compared_pair(content)
    row = contrast_rows(content, pair, "contact", ["all"], "expected").iloc[0]
    ratio = contrast_rows(content, pair, "log_rate_ratio", ["all"], "expected").iloc[0]
    more, equal, fewer = (words.number(ratio[part], 2) for part in PARTS)
    return (
        f"Differences {_minus(pair)}, total, by rank and by topic. Expected total: median "
        f"{words.number(row['q50'])} contacts, 90 % {words.number(row['q05'])} to {words.number(row['q95'])}; log ratio of the "
        f"rates {words.number(ratio['q50'], 2)}, 90 % {words.number(ratio['q05'], 2)} to {words.number(ratio['q95'], 2)}; "
        f"probability of more {more}, of practically equal {equal}, of fewer {fewer}."
    )


def draw(content: ReportContent) -> Figure:
    """Total, ranks and topics; three pairings each, with P(first > second) printed."""
    pair = compared_pair(content)
    note = (
        "Difference of recorded contacts (left) and of shares among topic mentions (right), "
        f"{content.span}; median with "
        "50 % (thick) and 90 % (thin) interval. Expected values: over posterior draws; futures: over "
        f"{content.n_path:,} pairs of "
        f"paths. Grey numbers: P({words.plain(pair[0])} > {words.plain(pair[1])}), a tie counting half. "
        f"Rests on n = {len(content.panel.contact)} recorded contacts."
    )
    with look():
        page = sheet(content, title=f"{_question(content, pair)} {_minus(pair)}", note=note, body=_BODY)
        ranks, topics = content.labels(RANK), _sorted(content)
        left = room(content.named("contact", key) for key in ranks) + 8
        right = page.width / 2 + 1 + room(content.named("mention_share", key) for key in topics) + 8
        wide, narrow = page.width / 2 - left - 9, page.width - right - 9
        axes = (
            page.panel(left, 18, wide, 16),
            page.panel(left, 52, wide, _BODY - 62),
            page.panel(right, 18, narrow, _BODY - 28),
        )
        _panel(axes[0], content, "contact", ["all"])
        _panel(axes[1], content, "contact", ranks)
        _panel(axes[2], content, "mention_share", topics)
        _words(*axes, pair)
        return page.figure


def _sorted(content: ReportContent) -> list[str]:
    """Topics by their mean difference, the largest first."""
    pair = compared_pair(content)
    first = pairings(content, pair, "mention_share")[0]
    rows = contrast_rows(content, pair, "mention_share", content.labels(TOPIC), first)
    return list(rows["mean"].sort_values(ascending=False, kind="stable").index)


def heading(content: ReportContent) -> str:
    """Of the figure in a report."""
    apart = differ_in(content, compared_pair(content))
    return f"The difference that {apart} {'makes' if apart == 'the election' else 'make'}"


def _question(content: ReportContent, pair: tuple[str, str]) -> str:
    apart = differ_in(content, pair)
    return "Does the election matter?" if apart == "the election" else f"What do {apart} change?"


def _minus(pair: tuple[str, str]) -> str:
    return f"{words.plain(pair[0])} minus {words.plain(pair[1])}"


def _words(total: Axes, ranks: Axes, topics: Axes, pair: tuple[str, str]) -> None:
    for ax, title, label in (
        (total, "All contacts", ""),
        (ranks, "By rank (scale of its own)", "rank of the US principal"),
        (topics, "Topic mix", "topic"),
    ):
        ax.set_title(title, pad={total: 32, ranks: 4, topics: 14}[ax])
        ax.set_ylabel(label or "total")
        ax.set_xlabel(
            "difference in contacts" if ax is not topics else "difference in share (percentage points)"
        )
        ax.text(
            1.02,
            1.01,
            "P",
            transform=ax.transAxes,
            size=6.5,
            color=GREY,
            va="bottom",
            style="normal",
            weight="bold",
        )
    marks = {words.PAIRING[pairing]: mark for pairing, mark in PAIRING_MARK.items()}
    total.legend(handles=points(marks), loc="lower left", bbox_to_anchor=(0, 1), borderpad=0,
                 borderaxespad=0.3, labelspacing=0.2, handlelength=1.6)  # fmt: skip
    _sides(topics, pair)


def _sides(ax: Axes, pair: tuple[str, str]) -> None:
    """Say which side of zero is whose."""
    look: dict[str, Any] = {"transform": ax.transAxes, "va": "bottom", "size": 6.2, "color": GREY}
    ax.text(0, 1.008, f"more under {words.plain(pair[1])}", ha="left", **look)
    ax.text(0.985, 1.008, f"more under {words.plain(pair[0])}", ha="right", **look)


def _panel(ax: Axes, content: ReportContent, quantity: str, keys: Sequence[str]) -> None:
    """Rows of keys, one interval per pairing, and a column of probabilities on the right."""
    pair = compared_pair(content)
    factor = 100 if quantity == "mention_share" else 1
    place = np.arange(len(keys))
    known = pairings(content, pair, quantity)
    for offset, pairing in zip(np.linspace(-0.13, 0.13, len(known)) * (len(known) - 1), known, strict=True):
        rows = contrast_rows(content, pair, quantity, keys, pairing)
        bars(ax, place + offset, factor * quantile_array(rows), PAIRING_MARK[pairing], size=3.6)
        _probabilities(ax, place + offset, rows)
    ax.axvline(0, color=BLACK, linewidth=0.8, zorder=1)
    stripes(ax, len(keys))
    ax.set_yticks(place, [content.named(quantity, key) for key in keys])
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)
    ax.margins(x=0.04)


def _probabilities(ax: Axes, height: np.ndarray, rows: pd.DataFrame) -> None:
    look: dict[str, Any] = {"size": 5.8, "color": GREY, "va": "center", "transform": ax.get_yaxis_transform()}
    for y, chance in zip(height, rows["p_greater"], strict=True):
        ax.text(1.02, y, words.number(chance, 2), **look)


# All contrasts of a paper on one sheet.

OVERVIEW = (
    ("log_rate_ratio", "Contacts by rank", "ratio of expected contacts"),
    ("outcome_share", "What comes of contacts", "share of contacts (percentage points)"),
    ("travel_share", "Who travels", "share of contacts (percentage points)"),
    ("mention_share", "Topics", "share of mentions (percentage points)"),
    ("pages", "Pages per contact", "pages per recorded contact"),
    ("tone", "Tone of pages", "tone, −1 to 1"),
)
"""Quantity, title of its panel and words of its axis; the first three stand on the left."""
_LEFT = 3
_ROW, _GAP = 5.6, 21.0  # millimetres: of a line, and between panels
_FACTORS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
READING_OVERVIEW = (
    "Every row is one contrast between the scenarios. Ranks are shown as ratios of expected contacts (1: no difference; the grey "
    "band holds rates that count as equal), all others as differences. Black circles are expected values, uncertain only because "
    "the parameters are; green squares are single futures that share every other shock. P is the probability that the first is "
    "larger, a tie counting half. With so many rows some lie beyond zero by chance."
)


def draw_overview(content: ReportContent) -> Figure:
    """Rates by rank, outcomes, travel, topics and media: each contrast a row with its interval and P(first > second)."""
    pair = compared_pair(content)
    shown = {quantity: _keys(content, pair, quantity) for quantity, *_ in OVERVIEW}
    told = [one for one in OVERVIEW if shown[one[0]]]
    sides = [[one for one in told if (place < _LEFT) == (one in OVERVIEW[:_LEFT])] for place in (0, _LEFT)]
    body = max(sum(_ROW * len(shown[quantity]) + _GAP for quantity, *_ in side) for side in sides)
    with look():
        page = sheet(content, title=f"All contrasts, {_minus(pair)}", note=_overview_note(content, pair), body=body)
        for begin, side in zip((0.0, page.width / 2), sides, strict=True):
            _column(page, content, begin, side, shown)
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


def _column(page: Sheet, content: ReportContent, begin: float, side: Sequence[tuple[str, str, str]],
            shown: dict[str, list[str]]) -> None:
    """Panels of one half of the sheet, from the top."""
    names = [_row_name(content, quantity, key) for quantity, *_ in side for key in shown[quantity]]
    left = begin + room(names) + 4
    top = 8.0
    for quantity, title, label in side:
        ax = page.panel(left, top, begin + page.width / 2 - left - 9, _ROW * len(shown[quantity]))
        _contrasts(ax, content, quantity, shown[quantity])
        ax.set_title(title, pad=9)
        ax.set_xlabel(label)
        top += _ROW * len(shown[quantity]) + _GAP


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
        ax.text(1.02, y, words.number(chance, 2), size=6.5, color=GREY, va="center", transform=ax.get_yaxis_transform())
    ax.text(1.02, 1.0, "P", transform=ax.transAxes, size=6.5, color=GREY, va="bottom", weight="bold")
    ax.axvline(0, color=BLACK, linewidth=0.8, zorder=1)
    stripes(ax, len(keys))
    ax.set_yticks(place, [_row_name(content, quantity, key) for key in keys])
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)
    reach = 1.06 * np.abs(factor * quantile_array(rows)).max()
    ax.set_xlim(-reach, reach)  # zero in the middle of every panel
    if rate:
        ticks = [one for one in _FACTORS if abs(np.log(one)) <= reach]
        ax.set_xticks(np.log(ticks), [f"{one:g}" for one in ticks])
    sides: dict[str, Any] = {"transform": ax.transAxes, "va": "bottom", "size": 6.5, "color": GREY}
    ax.text(0, 1.0, f"← {words.plain(pair[1])}", ha="left", **sides)
    ax.text(1, 1.0, f"{words.plain(pair[0])} →", ha="right", **sides)


def _overview_note(content: ReportContent, pair: tuple[str, str]) -> str:
    return (
        f"{words.plain(pair[0])} against {words.plain(pair[1])}, {content.span}: contacts by rank as ratios of expected values, "
        "all else as differences; median with 50 % (thick) and 90 % (thin) interval. Black circles: expected values over "
        f"posterior draws; green squares: {content.n_path:,} pairs of single futures that share every other shock. "
        f"Grey numbers: P({words.plain(pair[0])} > {words.plain(pair[1])}), a tie counting half; grey band: rates within "
        f"{percent_of_region()} of one another. Rests on n = {len(content.panel.contact)} recorded contacts."
    )
