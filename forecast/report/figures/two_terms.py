"""Figure, table and sentences of both terms at once: contacts year by year under every pair of winners."""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.evaluation.contrast import LOG_RATIO, PARTS
from forecast.evaluation.two_terms import ALL, BOTH, CONTACT, LEVELS, YEAR, TwoTerms, parts_shown
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.figures.history import recorded_years
from forecast.report.language import later, tr
from forecast.report.layout import (
    FigureSheet,
    boxes,
    broken_lines,
    columns,
    is_narrow,
    key,
    key_height,
    sheet,
    sheet_width,
    size_of,
)
from forecast.report.style import BLACK, GREY, PALE, SMALLEST, TALLEST, Mark, figure_style, patches, scenario_marks
from forecast.report.words import datum, digits_for, number, percent, with_error
from forecast.simulation.two_terms import SECOND, TURN

READING = (
    later("Each panel is a pair of winners: of the first election, and of the second. A box is a calendar year of the simulated "
          "futures, in the look of the winner of its term: eight in ten futures fall into the dark part, nineteen in twenty "
          "into the whole box, and the marker is the median. The broken line is the day on which the second winner takes office. "
          "Grey bars are the last administration years on record. All panels have one scale. A future with many contacts in one "
          "term has, more often than not, many in the other: both have the same parameters, and the second goes on from the "
          "level that the first has reached. A fresh shock to that level weakens the tie, and makes the second term, which is "
          "further away, less certain.")
)
_ROW = {True: 26.0, False: 34.0}  # millimetres of a panel, on a narrow sheet and on a wide one
_LEFT, _LINE, _FOOT, _APART = 14.5, 3.4, 9.0, 4.0
_WORDS = 40.0  # millimetres left for title and note where there are many panels
_SHOWN = 4
"""Years of the record that are shown."""


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    rows = _rows(content, BOTH)
    told = "; ".join(f"{_pair(pair)}: {_interval(row)}" for pair, row in rows.iterrows())
    return tr("Boxes of simulated contacts per calendar year over two terms, a panel for each pair of winners. Both terms "
              "together, median and 80 % interval: {told}.", told=told)


def draw(content: ReportContent) -> Figure:
    """One panel for each pair, all with one scale."""
    rows = _rows(content, BOTH)
    note = tr("Recorded contacts per calendar year, median with 80 % (dark) and 95 % (light) of {futures} simulated futures per "
              "pair of winners; printed: both terms together, median (80 %). Grey: the last years on record, of n = {contacts} "
              "contacts in all.", futures=number(_of(content).paths), contacts=len(content.panel.contact))
    with figure_style():
        handles = patches(_looks(content))
        place, across, down = _places(content)
        wide = (sheet_width() - _LEFT - 2 - _APART * (across - 1)) / across
        head = 2.0 + _LINE * max(_fitted(_pair(pair), wide).count("\n") + 1 for pair in place)
        top = key_height(handles)
        tall = min(_ROW[is_narrow()], (TALLEST - _WORDS - top - _FOOT) / down - head)
        step = head + tall
        page = sheet(content, title=tr("Contacts with {partner} over two terms, by who wins both elections",
                                       partner=content.partner), note=note, body=top + step * down + _FOOT)
        key(page, handles)
        first: Axes | None = None
        for pair in rows.index:
            row, column = place[pair]
            shared = {"sharex": first, "sharey": first} if first else {}
            ax = page.panel(_LEFT + (wide + _APART) * column, top + step * row + head, wide, tall, **shared)
            first = first or ax
            _panel(ax, content, cast("tuple[str, str]", pair))
            ax.tick_params(labelleft=column == 0, labelbottom=(row + 1, column) not in place.values())
        _axes(page, cast(Axes, first), content)
        return page.figure


def _places(content: ReportContent) -> tuple[dict[tuple[str, str], tuple[int, int]], int, int]:
    """Row and column of every pair, and how many there are: by first and second winner where there is room, else in turn."""
    pairs = list(_rows(content, BOTH).index)
    first, then = (list(dict.fromkeys(names)) for names in zip(*pairs, strict=True))
    if len(first) <= (2 if is_narrow() else 4):
        return {pair: (then.index(pair[1]), first.index(pair[0])) for pair in pairs}, len(first), len(then)
    return {pair: divmod(at, 2) for at, pair in enumerate(pairs)}, 2, -(-len(pairs) // 2)


def _panel(ax: Axes, content: ReportContent, pair: tuple[str, str]) -> None:
    years = _years(content, pair)
    start, _, _, count = recorded_years(content, ALL)
    last = np.flatnonzero(start < years.index.min())[-_SHOWN:]
    left = np.floor(start[last]) + 0.05
    columns(ax, left, left + 0.9, 0, count[last], facecolor=PALE, edgecolor=GREY, linewidth=0.4)
    turn = int(str(_rows(content, SECOND).loc[pair, "window"])[:4])
    looks = content.marks[pair[0]], _second(content)[pair[1]]
    size = 2.0 * size_of(ax)[0] / (len(years) + _SHOWN)
    for mark, rows in zip(looks, (years[years.index < turn], years[years.index >= turn]), strict=True):
        at = rows.index.to_numpy(float)
        boxes(ax, at + 0.05, at + 0.95, rows[list(LEVELS)].to_numpy(float), mark, size)
    ax.axvline(turn + 0.05, color=BLACK, linewidth=0.7, linestyle=(0, (2, 2)))
    ax.set_title(_fitted(_pair(pair), size_of(ax)[0]), loc="left", pad=2)
    interval = _interval(_rows(content, BOTH).loc[pair])
    told = interval if is_narrow() else tr("both terms: {interval}", interval=interval)
    ax.text(0.02, 0.98, told, transform=ax.transAxes, va="top", size=SMALLEST, weight="bold")


def _fitted(title: str, wide: float) -> str:
    """In several lines where one is too wide for a panel."""
    return "\n".join(broken_lines(title, wide, 7.5, "bold"))


def _axes(page: FigureSheet, ax: Axes, content: ReportContent) -> None:
    years = sorted({int(year) for year in _totals(content).query(f"part == '{YEAR}'")["window"]})
    room_of_year = size_of(ax)[0] / (len(years) + _SHOWN)  # millimetres
    shown = years[::1 if room_of_year > 4.0 else 2 if room_of_year > 2.3 else 4]
    ax.set_xlim(years[0] - _SHOWN, years[-1] + 1)
    ax.set_xticks([year + 0.5 for year in shown], [f"\N{RIGHT SINGLE QUOTATION MARK}{year % 100:02d}" for year in shown])
    ax.set_ylim(0, 1.15 * ax.get_ylim()[1])  # room for what is printed
    for one in page.figure.axes:
        if one.get_subplotspec() is None and one.get_xlim() == ax.get_xlim():
            one.set_ylabel(tr("contacts\nper year") if one.yaxis.get_tick_params()["labelleft"] else "")
            one.set_xlabel(tr("calendar year") if one.xaxis.get_tick_params()["labelbottom"] else "")


def _looks(content: ReportContent) -> dict[str, Mark]:
    """Key of who governs: scenarios of both terms."""
    alike: dict[Mark, list[str]] = {}
    for name, mark in (*content.marks.items(), *_second(content).items()):
        alike.setdefault(mark, []).append(words.plain(name))
    return {", ".join(names): mark for mark, names in alike.items()}


def _second(content: ReportContent) -> dict[str, Mark]:
    kinds = dict(_of(content).kinds)
    return scenario_marks(kinds, dict.fromkeys(kinds.values(), "") | {kind: kind for kind in kinds.values()})


# Sentences and table of the page.

def two_terms_text(content: ReportContent) -> dict[str, Any]:
    """Sentences and rows of the table; nothing where no second term was asked for."""
    if content.two_terms is None:
        return {}
    parts = {part: _rows(content, part) for part in parts_shown(_totals(content))}
    president = {part: _rows(content, part, content.labels("rank")[0]) for part in parts}
    return {
        "sentences": [*_sentences(content)],
        "compared": [*_compared(content)],
        "windows": [_heading(part, str(rows["window"].iloc[0])) for part, rows in parts.items()],
        "rows": [{"name": _pair(pair), "cells": [_cell(rows.loc[pair]) for rows in parts.values()],
                  "chance": [with_error(row["p_any"], row["p_any_mcse"], 100)
                             for row in (rows.loc[pair] for rows in president.values())]}
                 for pair in parts[BOTH].index],
    }


def _heading(part: str, window: str) -> str:
    return tr("rest of the first term, {window}", window=window) if part == TURN else window


def _sentences(content: ReportContent) -> Iterator[Markup]:
    both = _rows(content, BOTH)
    yield Markup(tr("Every future of the first term goes on into the second: with the same parameters, the level that it has "
                    "reached and the state of the relation on the day of the turn; a level of its own is drawn for the second. "
                    "Days between the first horizon and the turn count in both terms together."))
    ratio, error = both["width_ratio"].dropna(), both["width_ratio_mcse"].max()
    if len(ratio):
        shown = (datum(one, digits_for(error)) for one in (ratio.min(), ratio.max(), error))
        yield Markup(tr("Because of what terms share, the 80 % interval of both together is {} to {} times as wide as that of "
                        "terms that share nothing (Monte Carlo error up to {}).")).format(*shown)
    if len(both.index.unique(0)) > 1:
        yield Markup(tr("Who wins the first election reaches the second term only through a successor of the same party. "
                        "Elsewhere pairs that differ in the first winner are exactly equal in the second term by construction, "
                        "which is no finding."))
    yield Markup(tr("What a scenario assumes of the first term ends with its horizon and is gone when the terms turn. No pair of "
                    "past terms has tested a forecast of both together: there is no backtest of it."))


def _compared(content: ReportContent) -> Iterator[dict[str, Any]]:
    """Pairs that differ in one election: ratios of what is expected of both terms."""
    table = _of(content).contrast
    if table.empty:
        return
    chosen = (table["quantity"] == LOG_RATIO[CONTACT]) & (table["part"] == BOTH) & (table["key"] == ALL)
    for row in table[chosen].itertuples():
        pairs = [_pair((getattr(row, name), getattr(row, f"{name}_then"))) for name in ("first", "second")]
        ratio = Markup(tr("{} ({} to {})")).format(*(datum(getattr(row, name), 2) for name in ("q50", "q10", "q90")))
        yield {"pairs": pairs, "cells": [ratio, *(percent(getattr(row, name)) for name in PARTS)]}


def _cell(row: pd.Series) -> Markup:
    return Markup(tr("{} ({} to {})")).format(*(datum(row[name]) for name in ("q50", "q10", "q90")))


def _of(content: ReportContent) -> TwoTerms:
    return cast(TwoTerms, content.two_terms)


def _totals(content: ReportContent) -> pd.DataFrame:
    return _of(content).totals


def _rows(content: ReportContent, part: str, rank: str = ALL) -> pd.DataFrame:
    """Rows of a part, indexed by the scenarios of both terms."""
    table = _totals(content)
    return table[(table["part"] == part) & (table["key"] == rank)].set_index(["scenario", "then"])


def _years(content: ReportContent, pair: tuple[str, str]) -> pd.DataFrame:
    """Rows of the calendar years of a pair, indexed by year."""
    rows = _rows(content, YEAR).loc[[pair]]
    return rows.set_index(rows["window"].astype(int))


def _pair(pair: Any) -> str:
    first, then = map(words.plain, pair)
    return tr("{first}, then {then}", first=first, then=then)


def _interval(row: pd.Series) -> str:
    return f"{number(row['q50'])} ({number(row['q10'])}\N{EN DASH}{number(row['q90'])})"
