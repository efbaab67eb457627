"""Figure: contacts of each rank, year by year, and the yearly contacts of each simulated future."""

import math
from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from forecast.dims import RANK
from forecast.panel.calendar import decimal_year
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.layout import boxes, columns, futures_note, observed, presidents, room, sheet
from forecast.report.lookup import quantile_array, summary_rows
from forecast.report.style import BLACK, GREY, TYPE_MARK, look

READING = (
    "Each bar is the number of recorded contacts of one administration year (20 January to 20 January); "
    "its colour and hatching tell the type of administration. The last bar ends where the record was "
    "cut. To its right stand the simulated futures, one box per calendar year and scenario: half of the "
    "futures fall into the dark part, nine in ten into the whole box, and the marker is the median. "
    "Ranks have scales of their own. Figures on the right are totals over all four years."
)
_STEP, _LEFT = 25.0, 15.0  # millimetres


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    return (
        "Bars of recorded contacts per administration year since "
        f"{content.panel.year['start'].iloc[0].year}, one "
        f"panel per rank, followed by boxes of simulated yearly contacts {content.span} under "
        f"{' and '.join(map(words.plain, content.scenarios))}. The totals are in the table below."
    )


def draw(content: ReportContent) -> Figure:
    """Small multiples by rank: recorded years and yearly futures, free vertical scales."""
    ranks = content.labels(RANK)
    note = (
        f"Bars: recorded contacts per administration year, n = {len(content.panel.contact)} in all; the "
        "dotted line is the "
        f"as-of date, where the last, unfinished year ends. "
        f"{futures_note(content, 'recorded contacts per calendar year')}"
    )
    with look():
        title = f"US contacts with {content.partner} by rank: the record, and what may follow"
        page = sheet(content, title=title, note=note, body=21 + _STEP * len(ranks))
        width = page.width - _LEFT - 3 - max(room(_totals(content, rank), 6.5, "bold") for rank in ranks)
        top = page.panel(_LEFT, 10, width, 3.6)
        presidents(top, content)
        for place, rank in enumerate(ranks):
            ax = page.panel(_LEFT, 19 + _STEP * place, width, _STEP - 7, sharex=top)
            _rank(ax, content, rank)
            ax.tick_params(labelbottom=place == len(ranks) - 1)
        ax.set_xlabel("year")
        first = observed(content)[0][0]
        ax.set_xticks(range(4 * math.ceil(first / 4), content.months[-1].year + 1, 4))
        ax.set_xlim(first - 0.4, content.months[-1].year + 1.2)
        return page.figure


def _rank(ax: Axes, content: ReportContent, rank: str) -> None:
    _record(ax, content, rank)
    count = len(content.scenarios)
    for place, name in enumerate(content.scenarios):
        left, right, quantile = _futures(content, name, rank, place, count)
        boxes(ax, left, right, quantile, content.marks[name])
    _beside(ax, content, rank)
    ax.set_title(words.RANK.get(rank, words.plain(rank)), pad=2)
    ax.set_ylabel("contacts\nper year")
    ax.set_ylim(0, None)
    cast(MaxNLocator, ax.yaxis.get_major_locator()).set_params(integer=True, nbins=4)
    ax.axvline(decimal_year(content.panel.as_of), color=BLACK, linewidth=0.6, linestyle=(0, (2, 2)))


def _record(ax: Axes, content: ReportContent, rank: str) -> None:
    """Bars from the first to the last observed day of each administration year."""
    year = content.panel.year
    start, end = observed(content)
    count = content.panel.count.isel(dyad=0).sel(rank=rank).to_numpy()
    for kind in pd.unique(year["type"]):
        chosen = (year["type"] == kind).to_numpy()
        mark = TYPE_MARK[kind]
        columns(ax, start[chosen], end[chosen], 0, count[chosen], facecolor=mark.colour, hatch=mark.hatch,
                edgecolor="white", linewidth=0.4)  # fmt: skip


def _futures(
    content: ReportContent, name: str, rank: str, place: int, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left and right edges, each (window,), and quantiles (window, 5) of the boxes of one scenario."""
    years = sorted(set(content.months.year))
    rows = [summary_rows(content, name, "contact", [rank], str(year)) for year in years]
    slot = 0.92 / count
    left = np.array(years) + 0.06 + place * slot
    return left, left + 0.92 * slot, quantile_array(pd.concat(rows))


def _totals(content: ReportContent, rank: str) -> list[str]:
    """The numbers of the whole horizon in words: a heading, then one line per scenario."""
    lines = [f"in {content.span}, median (90 %)"]
    for name in content.scenarios:
        row = summary_rows(content, name, "contact", [rank], content.window).iloc[0]
        interval = f"{words.number(row['q05'])}\N{EN DASH}{words.number(row['q95'])}"
        lines.append(f"{words.plain(name)}: {words.number(row['q50'])} ({interval})")
    return lines


def _beside(ax: Axes, content: ReportContent, rank: str) -> None:
    """Put the totals to the right of a panel, each in the colour of its scenario."""
    heading, *lines = _totals(content, rank)
    where: dict[str, Any] = {"transform": ax.transAxes, "va": "center"}
    ax.text(1.005, 0.95, heading, size=5.8, color=GREY, **where)
    for place, (text, mark) in enumerate(zip(lines, content.marks.values(), strict=True)):
        ax.text(1.005, 0.74 - 0.21 * place, text, size=6.5, color=mark.colour, weight="bold", **where)
