"""Figures of contacts over time: of each rank, recorded and to come; with the drift of the record going on and stopped."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from forecast.dims import RANK
from forecast.evaluation.drift import GOES_ON, STOPPED, WEIGHED
from forecast.panel.calendar import decimal_year
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.layout import bars, boxes, columns, futures_note, observed, presidents, room, sheet, stripes
from forecast.report.lookup import quantile_array, summary_rows
from forecast.report.style import BLACK, DOUBLE_MM, GREY, MM, TYPE_MARK, look
from forecast.report.words import datum, percent

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
        f"{' Boxes: years that lie wholly ahead.' if content.update else ''}"
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


def draw_rank(content: ReportContent, rank: str, ax: Axes | None = None) -> Figure:
    """One rank alone, into given axes or a figure of its own."""
    with look():
        if ax is None:
            figure = Figure(figsize=(DOUBLE_MM * MM, 60 * MM), layout="constrained")
            FigureCanvasAgg(figure)
            ax = figure.subplots()
        _rank(ax, content, rank, beside=False)
        ax.set_xlabel("year")
        ax.set_xlim(observed(content)[0][0] - 0.4, content.months[-1].year + 1.2)
    return cast("Figure", ax.get_figure(root=True))


def _rank(ax: Axes, content: ReportContent, rank: str, *, beside: bool = True) -> None:
    _record(ax, content, rank)
    count = len(content.scenarios)
    for place, name in enumerate(content.scenarios):
        left, right, quantile = _futures(content, name, rank, place, count)
        boxes(ax, left, right, quantile, content.marks[name])
    if beside:
        _beside(ax, content, rank)
    ax.set_title(content.named("contact", rank), pad=2)
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
    years = _boxed(content)
    rows = [summary_rows(content, name, "contact", [rank], str(year)) for year in years]
    slot = 0.92 / count
    left = np.array(years) + 0.06 + place * slot
    return left, left + 0.92 * slot, quantile_array(pd.concat(rows))


def _boxed(content: ReportContent) -> list[int]:
    """Calendar years that have a box: all of the horizon; of a term that runs those that lie ahead as a whole, if any does."""
    years = sorted(set(content.months.year))
    if content.update is None:
        return years
    months = pd.Series(content.months.year).value_counts()
    return [year for year in years if year > content.panel.as_of.year and months[year] > 1] or years[-1:]


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


# Contacts of the coming term with the drift of the record going on and with it stopped.

DRIFT_NAME: Mapping[str, str] = {WEIGHED: "forecast: as the pool weighs it", GOES_ON: "drift goes on in full",
                           STOPPED: "drift stops with the record"}
READING_DRIFT = (
    "Three answers to one question that the record cannot answer: whether the growth that it shows goes on. First line of each "
    "group: the forecast, in which every formulation of the model does with the drift what it does, at its weight in the "
    "pool. Second: all formulations with a drift let it go on through the term. Third: all stop it where the record ends. "
    "The same draws and the same chance in all three. How far they lie apart is how much of the total rests on the drift, part "
    "of which is growth of what the web keeps and not of contacts."
)
_DRIFT_STEP = 7.0  # millimetres per line


def drift_rows(content: ReportContent, key: str = "all") -> pd.DataFrame:
    """Rows of one key, indexed by scenario and drift."""
    table = content.administration.drift
    return table[table["key"] == key].set_index(["scenario", "drift"])


def alt_drift(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    rows = drift_rows(content)
    told = [f"{words.plain(name)}: "
            f"{', '.join(f'{text} {_interval(rows.loc[(name, drift)])}' for drift, text in DRIFT_NAME.items())}"
            for name in _scenarios(rows)]
    return f"Recorded contacts {content.span}, median and 90 % interval. {'; '.join(told)}."


def draw_drift(content: ReportContent) -> Figure:
    """One group of three intervals per scenario."""
    rows = drift_rows(content)
    names = _scenarios(rows)
    note = (f"Recorded contacts in {content.span}, all ranks; median with 50 % (thick) and 90 % (thin) interval over "
            f"{content.n_held:,} simulated totals. Formulations with a drift have {words.share(rows['drifting'].iloc[0])} of the "
            f"pool; the others are the same in all three lines. Rests on n = {len(content.panel.contact)} recorded contacts.")
    with look():
        body = _DRIFT_STEP * len(DRIFT_NAME) * len(names)
        page = sheet(content, title=f"Contacts with {content.partner}: if the drift of the record goes on, and if not", note=note,
                     body=body + 21)
        left = room(DRIFT_NAME.values()) + 9
        ax = page.panel(left, 11, page.width - left - 34, body)
        _groups(ax, content, rows, names)
        ax.set_xlabel("recorded contacts of the term")
        ax.set_ylabel("total")
        return page.figure


def drift_sentence(content: ReportContent) -> Iterator[Markup]:
    """Totals with the drift going on and stopped, side by side; nothing where no scenario says who wins."""
    rows = drift_rows(content)
    if rows.empty:
        return

    def of(drift: str) -> Markup:
        return Markup(", ").join(Markup("{} under {}").format(datum(rows.loc[(name, drift), "q50"]), words.plain(name))
                                 for name in _scenarios(rows))

    yield Markup(
        "How much rests on the <strong>drift</strong>: if the growth of the record went on in full, {}; if it stopped where the "
        "record ends, {}; as the pool weighs it, {} (medians of recorded contacts in {}). Formulations with a drift have {} of "
        "the pool, and no record coded at one time can say how much of a drift is growth of recording."
    ).format(of(GOES_ON), of(STOPPED), of(WEIGHED), content.span, percent(rows["drifting"].iloc[0]))


def _scenarios(rows: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(rows.index.get_level_values(0)))


def _groups(ax: Axes, content: ReportContent, rows: pd.DataFrame, names: list[str]) -> None:
    for group, name in enumerate(names):
        part = rows.loc[[(name, drift) for drift in DRIFT_NAME]]
        height: np.ndarray = group * len(DRIFT_NAME) + np.arange(len(DRIFT_NAME))
        bars(ax, height, quantile_array(part), content.marks[name])
        for y, (_, row) in zip(height, part.iterrows(), strict=True):
            ax.text(1.02, y, _interval(row), transform=ax.get_yaxis_transform(), va="center", size=6.2, color=GREY)
    lines = len(DRIFT_NAME) * len(names)
    for edge in range(len(DRIFT_NAME), lines, len(DRIFT_NAME)):
        ax.axhline(edge - 0.5, color=BLACK, linewidth=0.5)
    stripes(ax, lines)
    ax.set_yticks(range(lines), [*DRIFT_NAME.values()] * len(names))
    ax.set_ylim(lines - 0.5, -0.5)
    ax.set_xlim(0, None)
    ax.tick_params(axis="y", left=False)
    marks = [Line2D([], [], color=content.marks[name].colour, marker=content.marks[name].marker, markersize=4,
                    label=words.plain(name)) for name in names]
    ax.legend(handles=marks, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names), borderpad=0, borderaxespad=0.3)


def _interval(row: pd.Series) -> str:
    return f"{words.number(row['q50'])} ({words.number(row['q05'])}\N{EN DASH}{words.number(row['q95'])})"
