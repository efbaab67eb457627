"""Figure: the record of one dyad by rank, topic, outcome and side of the media."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.ticker import MaxNLocator

from forecast.contacts import codes
from forecast.panel.calendar import decimal_year
from forecast.panel.summary import ALL, SIDES, Summary
from forecast.report import words
from forecast.report.layout import FigureSheet, bars, broken_lines, columns, is_narrow, print_words, room, sheet_width, stripes
from forecast.report.lookup import draw_quantiles
from forecast.report.style import BLACK, BLUE, GREY, MM, SMALLEST, TYPE_MARK, Mark, caption, figure_style, interval_marks, patches

_NOTE = 2.9  # millimetres: a line of small print
_RANK_STEP, _RANK_HEIGHT = 25.0, 18.0
_TOPIC_ROW, _BETWEEN = 4.6, 14.0
_BESIDE = len(codes.OUTCOME.numbers), len(SIDES), len(SIDES)
"""Rows of the panels that stand beside that of topics, on a narrow sheet below it."""
_TONE = "mean tone (\N{MINUS SIGN}1 to 1)"


def draw(summary: Summary, partner: str, as_of: str) -> Figure:
    """Contacts per administration year by rank; below, shares and pages by type of administration.

    Parameters
    ----------
    summary : Summary
        Tables of a dyad with at least one contact.
    partner, as_of : str
        For the words.
    """
    with figure_style():
        title, note = caption(f"The record of contacts with {partner}", _note(summary, as_of))
        above, small = broken_lines(title, sheet_width() - 3, 9, "bold"), broken_lines(note, sheet_width() - 3, SMALLEST)
        title_ends = 2.0 + 4.5 * len(above)
        head = title_ends + 6.0 + (3.4 * (len(_types(summary)) - 1) if is_narrow() else 0)
        height = head + _below() + _TOPIC_ROW * len(codes.TOPIC) + 12 + _NOTE * len(small) + 3
        height += sum(_TOPIC_ROW * rows + _BETWEEN for rows in _BESIDE[:2]) if is_narrow() else 0
        figure = Figure(figsize=(sheet_width() * MM, height * MM))
        FigureCanvasAgg(figure)
        page = FigureSheet(figure=figure, width=sheet_width(), height=height, head=head)
        print_words(figure, above, small)
        _key(page, summary, title_ends)
        _ranks(page, summary)
        _shares(page, summary, partner)
        return figure


def _across() -> int:
    """Panels of ranks side by side."""
    return 2 if is_narrow() else 3


def _below() -> float:
    """Millimetres that panels of ranks take."""
    return _RANK_STEP * -(-len(codes.RANK) // _across()) + 10.0


def _note(summary: Summary, as_of: str) -> str:
    media, topic = (table[table["type"] == ALL].iloc[0] for table in (summary.media, summary.topic))
    pages = int(summary.media.loc[summary.media["type"] == ALL, "pages"].sum())
    return (
        f"Recorded contacts, n = {int(media['recorded_contacts'])}: what a coder finds on public pages, not all that took place. "
        "Bars: one administration year (20 January to 20 January) each, as wide as the part observed; scales differ by rank. "
        f"Topics: share of the {int(topic['reported_agendas'])} agendas that pages report; one may name several. "
        f"Pages: {pages} of news and analysis, official sites left out; types without pages of a side have no mean tone there. "
        f"As of {as_of}.")


def _types(summary: Summary) -> list[str]:
    return [kind for kind in codes.TYPE if kind in set(summary.year["type"])]


def _ranks(page: FigureSheet, summary: Summary) -> None:
    left, gap = 13.0, 10.0
    across = _across()
    width = (page.width - left - 3 - (across - 1) * gap) / across
    shared = None
    for place, rank in enumerate(codes.RANK):
        row, column = divmod(place, across)
        ax = page.panel(left + column * (width + gap), 3 + row * _RANK_STEP, width, _RANK_HEIGHT,
                        **({"sharex": shared} if shared else {}))
        shared = shared or ax
        years = summary.year[summary.year["rank"] == rank]
        _bars(ax, years)
        title = f"{words.RANK[rank]}, n = {int(years['recorded_contacts'].sum())}"
        size = SMALLEST if is_narrow() else 7.5
        ax.set_title("\n".join(broken_lines(title, width + 2, size, "bold")) if is_narrow() else title, pad=2, size=size)
        ax.tick_params(labelbottom=place + across >= len(codes.RANK))
        if column == 0:
            ax.set_ylabel("recorded contacts\nper year")


def _bars(ax: Axes, years: pd.DataFrame) -> None:
    edge = [[decimal_year(day.date()) for day in years[name]] for name in ("observed_from", "observed_until")]
    left, right = map(np.array, edge)
    count = years["recorded_contacts"].to_numpy()
    for kind in pd.unique(years["type"]):
        own = (years["type"] == kind).to_numpy()
        mark = TYPE_MARK[kind]
        columns(ax, left[own], right[own], 0, count[own], facecolor=mark.colour, hatch=mark.hatch, edgecolor="white",
                linewidth=0.4)
    if not count.any():
        ax.text(0.5, 0.5, "none on record", transform=ax.transAxes, ha="center", va="center", size=6.5, color=GREY)
    ax.set(xlim=(left.min() - 0.4, right.max() + 0.4), ylim=(0, max(1.0, 1.08 * count.max())))
    for axis, bins in ((ax.yaxis, 4), (ax.xaxis, 4 if is_narrow() else 6)):
        cast(MaxNLocator, axis.get_major_locator()).set_params(integer=True, nbins=bins)


def _key(page: FigureSheet, summary: Summary, top: float) -> None:
    total = summary.outcome.groupby("type")["recorded_contacts"].first()
    marks = {f"{words.TYPE[kind]}, n = {total[kind]}": TYPE_MARK[kind] for kind in _types(summary)}
    markers = interval_marks(marks)
    for marker in markers:
        marker.set_linestyle("none")
    both: Any = list(zip(patches(marks), markers, strict=True))  # a tuple of handles is one entry
    page.figure.legend(both, list(marks), loc="upper left", ncols=1 if is_narrow() else 3,
                       bbox_to_anchor=(1.5 / page.width, 1 - top / page.height), handler_map={tuple: HandlerTuple(ndivide=None)},
                       borderpad=0, borderaxespad=0, handlelength=3.2, columnspacing=1.8)


def _shares(page: FigureSheet, summary: Summary, partner: str) -> None:
    """Dots by type: topics on the left; outcomes, pages and tone below one another on the right."""
    topics = [words.TOPIC[topic] for topic in codes.TOPIC]
    outcomes = [words.OUTCOME[code] for code in codes.OUTCOME]
    sides = [words.named("pages", side, partner).removesuffix(" pages") for side in codes.SIDE] + ["Others"]
    below = _below()
    left, middle = room(topics + (outcomes if is_narrow() else [])) + 4, page.width - 3 if is_narrow() else page.width / 2 - 6
    ax = page.panel(left, below, middle - left, _TOPIC_ROW * len(topics))
    _dots(ax, summary.topic, ("topic", "share"), codes.TOPIC, topics)
    ax.set(title="Topics that agendas name", xlabel="share of reported agendas (%)")
    shown = (
        (summary.outcome, ("outcome", "share"), codes.OUTCOME.numbers, outcomes, "Outcomes", "share of recorded contacts (%)"),
        (summary.media, ("side", "pages_per_contact"), SIDES, sides, "How many pages", "pages per recorded contact"),
        (summary.media, ("side", "mean_tone"), SIDES, sides, "How favourable", _TONE),
    )
    places = _places(page.width, left, middle + room(outcomes + sides) + 4, room(sides) + 4, below)
    for (start, top, width), (table, pair, keys, labels, title, unit) in zip(places, shown, strict=True):
        ax = page.panel(start, top, width, _TOPIC_ROW * len(keys))
        _dots(ax, table, pair, keys, [""] * len(keys) if is_narrow() and unit == _TONE else labels)
        ax.set(title=title, xlabel=unit)


def _places(whole: float, left: float, right: float, sides: float, below: float) -> Iterator[tuple[float, float, float]]:
    """Left, top and width of the panels of outcomes, pages and tone: a column, on a narrow sheet two rows below the topics."""
    outcomes, pages, _ = _BESIDE
    if is_narrow():
        top = below + _TOPIC_ROW * len(codes.TOPIC) + _BETWEEN
        half = (whole - sides - 6 - 3) / 2
        yield left, top, whole - left - 3
        yield from ((sides + (half + 6) * place, top + _TOPIC_ROW * outcomes + _BETWEEN, half) for place in range(2))
        return
    yield right, below, whole - right - 3
    yield right, below + _TOPIC_ROW * outcomes + _BETWEEN, whole - right - 3
    yield right, below + _TOPIC_ROW * outcomes + _BETWEEN + _TOPIC_ROW * pages + _BETWEEN, whole - right - 3


def _dots(ax: Axes, table: pd.DataFrame, pair: tuple[str, str], keys: Sequence[object], labels: Sequence[str]) -> None:
    """Draw one row per key; what cannot be computed is not drawn.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    table : DataFrame
        Tidy, with columns type, the key, and the value.
    pair : tuple of str
        Names of the columns of key and value; a ``share`` is drawn in per cent.
    keys, labels : sequence
        The rows from the top, and their words.
    """
    key, value = pair
    kinds = [kind for kind in codes.TYPE if kind in set(table["type"])]
    scale = 100 if value == "share" else 1
    for place, kind in enumerate(kinds):
        found = scale * table[table["type"] == kind].set_index(key)[value].reindex(list(keys)).to_numpy(float)
        height = np.arange(len(keys)) + 0.27 * (place - (len(kinds) - 1) / 2)
        mark = TYPE_MARK[kind]
        ax.plot(found, height, linestyle="none", marker=mark.marker, color=mark.colour, markersize=4, markeredgecolor="white",
                markeredgewidth=0.4, clip_on=False, zorder=4)
    stripes(ax, len(keys))
    ax.set_yticks(range(len(keys)), labels)
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)
    _scale(ax, value, table[value].max())


def _scale(ax: Axes, value: str, largest: float) -> None:
    """From zero for shares and pages, over the whole range for tone."""
    if value == "mean_tone":
        ax.set_xlim(-1, 1)
        ax.axvline(0, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
        return
    largest = 100 * largest if value == "share" else largest
    ax.set_xlim(0, 1.05 * largest if largest > 0 else 1)


# Figure: estimated recorded share of contacts by rank and era.

_LEFT, _TOP, _BOTTOM, _GAP, _HEIGHT = 33.0, 19.0, 26.0, 5.0, 92.0  # millimetres
_MARK = Mark(colour=BLUE, linestyle="-", marker="o", hatch="")


def draw_completeness(share: xr.DataArray, count: np.ndarray, partner: str, home: str, as_of: str) -> Figure:
    """One panel per era, one row per rank.

    Parameters
    ----------
    share : (draw, rank, era) DataArray
        Posterior of the recorded share.
    count : (rank, era) array of int
        Contacts that at least one list reports.
    partner, home, as_of : str
        For the words.
    """
    ranks, eras = share["rank"].to_numpy(), share["era"].to_numpy()
    title, note = caption(f"How much of the contacts with {partner} is on record",
                          _of_recapture(partner, home, as_of, any_listed=bool(np.any(count))))
    above, small = broken_lines(title, sheet_width() - 3, 9, "bold"), broken_lines(note, sheet_width() - 3, SMALLEST)
    whole, left = sheet_width(), 3.5 + room(words.named("contact", rank) for rank in ranks) if is_narrow() else _LEFT
    top, bottom = (_TOP, _BOTTOM) if above and not is_narrow() else (12 + 4.5 * len(above) if above else 7,
                                                                     11 + _NOTE * len(small))
    height = _HEIGHT - _TOP - _BOTTOM + top + bottom
    with figure_style():
        figure = Figure(figsize=(whole * MM, height * MM))
        FigureCanvasAgg(figure)
        width = (whole - left - 4 - _GAP * (len(eras) - 1)) / len(eras)
        for place, era in enumerate(eras):
            start = (left + place * (width + _GAP)) / whole
            ax = figure.add_axes((start, bottom / height, width / whole, 1 - (bottom + top) / height))
            quantile = draw_quantiles(share.isel(era=place).to_numpy())
            row = np.arange(len(ranks))[::-1]
            bars(ax, row, 100 * quantile, _MARK)
            stripes(ax, len(ranks))
            for at, total in zip(row, count[:, place], strict=True):
                ax.text(1, at + 0.27, f"n = {total}", size=SMALLEST, color=GREY)
            ax.set(xlim=(0, 100), ylim=(-0.5, len(ranks) - 0.5), xticks=(0, 50, 100), yticks=row)
            ax.set_title(words.period(str(era)))
            ax.set_yticklabels([words.named("contact", rank) for rank in ranks] if place == 0 else [])
        print_words(figure, above, ())
        if above:
            figure.text(1.5 / whole, 1 - (2.5 + 4.5 * len(above)) / height, "by rank and era of the contact", va="top", size=7,
                        color=GREY)
        figure.text(0.55, (bottom - 8.5) / height, "recorded share of all contacts (%)", ha="center", size=6.8, color=BLACK)
        print_words(figure, (), small)
        return figure


def _of_recapture(partner: str, home: str, as_of: str, *, any_listed: bool) -> str:
    lists = f"of {partner}, of {words.within(home)}, of others"
    return (
        f"Capture\N{EN DASH}recapture from which pages report each contact ({lists}): "
        f"{'posterior' if any_listed else 'no page is on record, so that this is the prior alone,'} "
        "median, 50 % (thick) and 90 % (thin) interval; n = contacts on record that at least one of the three reports. Contacts "
        "that no page could ever report are not counted; how far the visibility of contacts differs is assumed more than known, "
        f"and wider assumptions give lower shares. As of {as_of}.")
