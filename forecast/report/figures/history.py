"""Figures of contacts over time: of each rank, recorded and to come; with the drift of the record going on and stopped."""

import math
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import cast

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from forecast.dims import RANK
from forecast.evaluation.administration import GOES_ON, STOPPED, WEIGHED
from forecast.panel import Panel
from forecast.panel.calendar import decimal_year
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import Spoken, later, tr
from forecast.report.layout import (
    FigureSheet,
    Handle,
    bars,
    boxes,
    broken_lines,
    columns,
    futures_note,
    head_of_pair,
    is_narrow,
    key,
    key_height,
    pair_of_panels,
    print_totals,
    room,
    sheet,
    size_of,
    stripes,
    years_ahead,
)
from forecast.report.lookup import ALL, quantile_array, summary_rows
from forecast.report.style import BLACK, DOUBLE_MM, GREY, MM, SMALLEST, TYPE_MARK, figure_style, interval_marks, patches
from forecast.report.words import datum, percent

READING = (
    later("Each bar is the number of recorded contacts of one administration year (20 January to 20 January); its colour and "
          "hatching tell the type of administration. The last bar ends where the record was cut; days before the first such "
          "year are counted with it. The right panels, on a wider scale of time, are the simulated futures, one box per "
          "calendar year and scenario in the look of the type of who wins: half of the futures fall into the dark part, nine "
          "in ten into the whole box, and the marker is the median. Ranks have scales of their own. Figures beside the futures "
          "are totals over all their years.")
)
_ROW = {True: 13.0, False: 17.0}  # millimetres of a panel, on a narrow sheet and on a wide one
_GAP, _FOOT = 2.5, 8.5  # millimetres below a panel, and below all of them
SHORTEST = 0.25
"""Years on record of a first administration year that has a bar of its own."""


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    return (
        tr("Bars of recorded contacts per administration year since {year}, one panel per rank, followed by boxes of simulated "
           "yearly contacts {span} under {listed}. The totals are in the table below.",
           year=content.panel.year["start"].iloc[0].year, span=content.span,
           listed=tr(" and ").join(map(words.plain, content.scenarios)))
    )


def draw(content: ReportContent) -> Figure:
    """Small multiples, all ranks first: recorded years, and yearly futures beside them; free vertical scales."""
    ranks = (ALL, *content.labels(RANK))
    note = (
        tr("Bars: recorded contacts per administration year, n = {contacts} in all; the last, unfinished year ends with the "
           "as-of date. {futures_note} Beside: totals of {span}, median (90 %).{more}", contacts=len(content.panel.contact),
           futures_note=futures_note(content, tr("recorded contacts per calendar year")), span=content.span,
           more=tr(" Boxes: years that lie wholly ahead.") if content.update else
           tr(" A narrower box is of a part of its year.") if set(content.parts.values()) != {12} else "")
    )
    with figure_style():
        title = tr("{home} contacts with {partner} by rank: the record, and what may follow", home=tr(content.panel.home[0]),
                   partner=content.partner)
        handles, tall = _key_of_record(content), _ROW[is_narrow()] - (0.5 * (len(content.scenarios) - 1) if is_narrow() else 0.0)
        head, pad = head_of_pair([content.named("contact", rank) for rank in ranks],
                                 [text for rank in ranks for text in _totals(content, rank)], len(content.scenarios))
        top, step = key_height(handles) + _STRIP, head + tall + _GAP
        page = sheet(content, title=title, note=note, body=top + step * len(ranks) + _FOOT)
        key(page, handles)
        beside = max(room([_heading(content)]), *(room(_totals(content, rank), weight="bold") for rank in ranks)) + 3
        first: tuple[Axes, Axes] | None = None
        for place, rank in enumerate(ranks):
            pair = pair_of_panels(page, top + step * place + head, tall, beside, first)
            _rank(*pair, content, rank)
            pair[0].set_title(content.named("contact", rank), pad=pad)
            for ax in pair:
                ax.tick_params(labelbottom=place == len(ranks) - 1)
            first = first or pair
        _years(page, content, pair, top)
        return page.figure


def _years(page: FigureSheet, content: ReportContent, pair: tuple[Axes, Axes], top: float) -> None:
    """The horizontal axes, and the strip of presidents above the panels of the record."""
    past, ahead = pair
    low, high = observed_span(content)[0][0], decimal_year(content.panel.as_of)
    every = 8 if is_narrow() else 4
    past.set_xticks(range(every * math.ceil(low / every), math.floor(high) + 1, every))
    past.set_xlim(low - 0.4, high)
    past.set_xlabel(tr("year"))
    years_ahead(ahead, _boxed(content))
    ahead.set_xlabel(tr("calendar year"))
    box = past.get_position()
    strip = page.panel(box.x0 * page.width, top - 3.6, box.width * page.width, 3.4)
    strip.set_xlim(past.get_xlim())
    _presidents(strip, content)


def draw_rank(content: ReportContent, rank: str, ax: Axes | None = None) -> Figure:
    """One rank alone, into given axes or a figure of its own."""
    with figure_style():
        if ax is None:
            figure = Figure(figsize=(DOUBLE_MM * MM, 60 * MM), layout="constrained")
            FigureCanvasAgg(figure)
            ax = figure.subplots()
        _rank(ax, None, content, rank)
        ax.axvline(decimal_year(content.panel.as_of), color=BLACK, linewidth=0.6, linestyle=(0, (2, 2)))
        ax.set_xlabel(tr("year"))
        ax.set_xlim(observed_span(content)[0][0] - 0.4, content.months[-1].year + 1.2)
    return cast("Figure", ax.get_figure(root=True))


def _rank(ax: Axes, ahead: Axes | None, content: ReportContent, rank: str) -> None:
    """Bars, and boxes in a panel of their own where there is one."""
    _record(ax, content, rank)
    count = len(content.scenarios)
    for place, name in enumerate(content.scenarios):
        left, right, quantile = _futures(content, name, rank, place, count)
        size = 7.6 if ahead is None else 2.4 * _width_of_year(ahead, content)
        boxes(ahead or ax, left, right, quantile, content.marks[name], size)
    if ahead is not None:
        colours = [mark.colour for mark in content.marks.values()]
        print_totals(ahead, _heading(content), list(zip(_totals(content, rank), colours, strict=True)))
    ax.set_title(content.named("contact", rank), pad=3)
    ax.set_ylabel(tr("contacts\nper year"))
    ax.set_ylim(0, None)
    cast(MaxNLocator, ax.yaxis.get_major_locator()).set_params(integer=True, nbins=4)


def _width_of_year(ax: Axes, content: ReportContent) -> float:
    """Millimetres of a year in a panel of futures."""
    return float(size_of(ax)[0] / len(_boxed(content)))


def _record(ax: Axes, content: ReportContent, rank: str) -> None:
    """Bars from the first to the last observed day of each administration year."""
    start, end, kinds, count = recorded_years(content, rank)
    for kind in pd.unique(kinds):
        chosen = kinds == kind
        mark = TYPE_MARK[kind]
        columns(ax, start[chosen], end[chosen], 0, count[chosen], facecolor=mark.colour, hatch=mark.hatch,
                edgecolor="white", linewidth=0.4)  # fmt: skip


def recorded_years(content: ReportContent, rank: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """First and last day, type and contacts of every bar; some days before a first whole year are counted with that year."""
    counts = content.panel.count.isel(dyad=0)
    return with_short_first(content.panel.year, *observed_span(content),
                            (counts.sum(RANK) if rank == ALL else counts.sel({RANK: rank})).to_numpy())


def with_short_first(year: pd.DataFrame, start: np.ndarray, end: np.ndarray,
                     count: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """First and last day, type and contacts of bars of administration years; a short first one is counted with the second."""
    kinds = year["type"].to_numpy()
    if len(start) > 1 and end[0] - start[0] < SHORTEST and year["president"].iloc[0] == year["president"].iloc[1]:
        count = np.concatenate([[count[0] + count[1]], count[2:]])
        start, end, kinds = np.delete(start, 1), end[1:], kinds[1:]
    return start, end, kinds, count


def _futures(
    content: ReportContent, name: str, rank: str, place: int, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left and right edges, each (window,), and quantiles (window, 5) of the boxes of one scenario."""
    years = _boxed(content)
    rows = [summary_rows(content, name, "contact", [rank], str(year)) for year in years]
    first, wide = (np.array([one[year] for year in years]) for one in _shown_part(content))
    slot = 0.92 * wide / count
    left = np.array(years) + first + 0.06 * wide + place * slot
    return left, left + 0.92 * slot, quantile_array(pd.concat(rows))


def _shown_part(content: ReportContent) -> tuple[dict[int, float], dict[int, float]]:
    """Calendar year -> where its forecast begins and how wide it is, in years: a box of few months is no box of a year."""
    wide = {year: months / 12 for year, months in content.parts.items()}
    return {year: (content.months[content.months.year == year][0].month - 1) / 12 for year in wide}, wide


def _boxed(content: ReportContent) -> list[int]:
    """Calendar years that have a box: all of the horizon; of a term that runs those that lie ahead as a whole, if any does."""
    years = sorted(set(content.months.year))
    if content.update is None:
        return years
    months = pd.Series(content.months.year).value_counts()
    return [year for year in years if year > content.panel.as_of.year and months[year] > 1] or years[-1:]


def _heading(content: ReportContent) -> str:
    return tr("in {span}, median (90 %)", span=content.span)


def _totals(content: ReportContent, rank: str) -> list[str]:
    """The numbers of the whole horizon in words, one line per scenario."""
    lines = []
    for name in content.scenarios:
        row = summary_rows(content, name, "contact", [rank], content.window).iloc[0]
        lines.append(f"{words.plain(name)}: {_interval(row)}")
    return lines


# Contacts of the coming term with the drift of the record going on and with it stopped.

DRIFT_NAME: Mapping[str, str] = Spoken({
    WEIGHED: later("forecast: as the pool weighs it"), GOES_ON: later("drift goes on in full"),
    STOPPED: later("drift stops with the record")})
READING_DRIFT = (
    later("Three answers to one question that the record cannot answer: whether the trend that it shows goes on. First line "
          "of each group: the forecast, in which every formulation of the model does with the drift what it does, at its "
          "weight in the pool. Second: all formulations with a drift let it go on through the term. Third: all stop it where "
          "the record ends. The same draws and the same chance in all three. How far they lie apart is how much of the total "
          "rests on the drift, part of which is of what the web keeps and not of contacts.")
)
_DRIFT_STEP = 7.0  # millimetres per line


def drift_rows(content: ReportContent) -> pd.DataFrame:
    """Rows of all ranks together, indexed by scenario and drift."""
    table = content.administration.drift
    return table[table["key"] == "all"].set_index(["scenario", "drift"])


def alt_drift(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    rows = drift_rows(content)
    told = [f"{words.plain(name)}: "
            f"{', '.join(f'{text} {_interval(rows.loc[(name, drift)])}' for drift, text in DRIFT_NAME.items())}"
            for name in _scenarios(rows)]
    return tr("Recorded contacts {span}, median and 90 % interval. {listed}.", span=content.span, listed="; ".join(told))


def draw_drift(content: ReportContent) -> Figure:
    """One group of three intervals per scenario."""
    rows = drift_rows(content)
    names = _scenarios(rows)
    note = (tr("Recorded contacts in {span}, all ranks; median with 50 % (thick) and 90 % (thin) interval over {futures} "
               "simulated totals. Formulations with a drift have {share} of the pool; the others are the same in all three "
               "lines. Rests on n = {contacts} recorded contacts.", span=content.span, futures=words.number(content.n_held),
               share=words.share(rows["drifting"].iloc[0]), contacts=len(content.panel.contact)))
    with figure_style():
        body = _DRIFT_STEP * len(DRIFT_NAME) * len(names)
        handles = interval_marks({words.plain(name): content.marks[name] for name in names})
        top = key_height(handles) + 1.5
        page = sheet(content, title=tr("Contacts with {partner}: if the drift of the record goes on, and if not",
                                       partner=content.partner), note=note,
                     body=top + body + 10)
        key(page, handles)
        labels = ["\n".join(broken_lines(text, 22, SMALLEST)) if is_narrow() else text for text in DRIFT_NAME.values()]
        left, right = room(labels) + 9, room(_interval(row) for _, row in rows.iterrows()) + 4
        ax = page.panel(left, top, page.width - left - right, body)
        _groups(ax, content, rows, names)
        ax.set_yticks(range(len(labels) * len(names)), labels * len(names))
        ax.set_xlabel(tr("recorded contacts in {span}", span=content.span))
        ax.set_ylabel(tr("total"))
        return page.figure


def drift_sentence(content: ReportContent) -> Iterator[Markup]:
    """Totals with the drift going on and stopped, side by side; nothing where no scenario says who wins."""
    rows = drift_rows(content)
    if rows.empty:
        return

    def of(drift: str) -> Markup:
        return Markup(", ").join(Markup(tr("{} under {}")).format(datum(rows.loc[(name, drift), "q50"]), words.plain(name))
                                 for name in _scenarios(rows))

    yield Markup(
        tr("How much rests on the <strong>drift</strong>: if the trend of the record went on in full, {}; if it stopped where "
           "the record ends, {}; as the pool weighs it, {} (medians of recorded contacts in {}). Formulations with a drift "
           "have {} of the pool, and no record coded at one time can say how much of a drift is one of recording.")
    ).format(of(GOES_ON), of(STOPPED), of(WEIGHED), content.span, percent(rows["drifting"].iloc[0]))


def _scenarios(rows: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(rows.index.get_level_values(0)))


def _groups(ax: Axes, content: ReportContent, rows: pd.DataFrame, names: list[str]) -> None:
    for group, name in enumerate(names):
        part = rows.loc[[(name, drift) for drift in DRIFT_NAME]]
        height: np.ndarray = group * len(DRIFT_NAME) + np.arange(len(DRIFT_NAME))
        bars(ax, height, quantile_array(part), content.marks[name])
        for y, (_, row) in zip(height, part.iterrows(), strict=True):
            ax.text(1.02, y, _interval(row), transform=ax.get_yaxis_transform(), va="center", size=SMALLEST, color=GREY)
    count = len(DRIFT_NAME) * len(names)
    for edge in range(len(DRIFT_NAME), count, len(DRIFT_NAME)):
        ax.axhline(edge - 0.5, color=BLACK, linewidth=0.5)
    stripes(ax, count)
    ax.set_ylim(count - 0.5, -0.5)
    ax.set_xlim(0, None)
    ax.tick_params(axis="y", left=False)


def _interval(row: pd.Series) -> str:
    return f"{words.number(row['q50'])} ({words.number(row['q05'])}\N{EN DASH}{words.number(row['q95'])})"


# A strip that says who was president when, in the look of the administration's type.

_STRIP = 9.8
"""Millimetres that the strip takes with the names above it."""


def _presidents(ax: Axes, content: ReportContent) -> None:
    """Fill an axis, whose horizontal limits are set, with the strip; names stand above it in two lines in turn."""
    ax.set_axis_off()
    ax.set_ylim(0, 1)
    low, high = ax.get_xlim()
    wide, height = size_of(ax)
    scale = wide / (high - low)  # millimetres of a year
    for number, (name, kind, left, right) in enumerate(_spans(content)):
        look = {"facecolor": TYPE_MARK[kind].colour, "hatch": TYPE_MARK[kind].hatch, "edgecolor": "white"}
        columns(ax, np.array([left]), np.array([right]), 0, np.ones(1), linewidth=0.5, **look)
        half = room([name]) / 2 / scale
        place = min(max((left + right) / 2, low + half), high - half)
        ax.text(place, 1 + (0.4 + 2.9 * (number % 2)) / height, name, ha="center", va="bottom", size=SMALLEST)


def _key_of_record(content: ReportContent) -> list[Handle]:
    """Entries of a key for bars of the record and boxes of futures."""
    seen = set(content.panel.year["type"])
    kinds = {words.TYPE[kind]: mark for kind, mark in TYPE_MARK.items() if kind in seen}
    return [*patches(kinds), *patches({f"{words.plain(name)} {content.span}": mark for name, mark in content.marks.items()})]


def _spans(content: ReportContent) -> list[tuple[str, str, float, float]]:
    """President, type, first and last observed day (decimal years) of each unbroken stretch."""
    start, end = observed_span(content)
    stretches = groupby(range(len(start)), key=lambda at: content.panel.year["president"].iloc[at])
    found = [(tr(name), list(places)) for name, places in stretches]
    kinds = content.panel.year["type"]
    return [(name, kinds.iloc[at[0]], start[at[0]], end[at[-1]]) for name, at in found]


def observed_span(content: ReportContent) -> tuple[np.ndarray, np.ndarray]:
    """First and last observed day of each administration year as decimal years, each (year,)."""
    return observed_of(content.panel, content.panel.exposure.isel(dyad=0).to_numpy())


def observed_of(panel: Panel, exposure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same from the years that a dyad is seen in each administration year, (year,)."""
    end = np.array([decimal_year(value.date()) for value in panel.year["end"]])
    last = np.minimum(end, decimal_year(panel.as_of))
    start = np.array([decimal_year(value.date()) for value in panel.year["start"]])
    return np.maximum(start, last - exposure), last
