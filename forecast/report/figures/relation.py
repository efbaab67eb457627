"""Figure: the relation index, its history and its fan to the end of the term."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.panel.calendar import decimal_year
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, tr
from forecast.report.layout import (
    FigureSheet,
    boxes,
    broken_lines,
    futures_note,
    is_narrow,
    key,
    key_height,
    ribbon,
    sheet,
    sheet_width,
    years_ahead,
)
from forecast.report.lookup import month_share, past_means, step_quantiles, summary_rows
from forecast.report.style import BLACK, GREY, figure_style, patches

SHOWN_BEFORE = 11
"""Years of the record before its last that are shown."""
_HEAD, _FOOT, _LEFT, _GAP = 4.5, 10.0, 14.0, 4.0  # millimetres
_TALL, _SMALL = {True: 40.0, False: 52.0}, 26.0  # of large panels, on a narrow sheet and on a wide one, and of small ones
_PAST = 62.0  # of the record beside the fans
READING = (
    later("The index adds up recorded contacts, weighted by rank and outcome; 100 is the monthly mean of {base}. Large panels: "
          "the dark steps are yearly means of the last years of the record, the thin grey line its quarters; the fans are "
          "quarters of the simulated futures, one panel per scenario on the same scale, and the grey line in them is the other "
          "scenario's median. Compare fans with the grey quarters, not with the yearly steps: a single quarter swings more "
          "than a year. Small panels: yearly means under other sensible weights, on one scale; if the pictures differ, the "
          "conclusion hangs on the weights. The index follows the record, so its rise may partly be better recording.")
)
"""{base} stands for the years whose mean is 100."""


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for name in content.scenarios:
        row = summary_rows(content, name, "relation_index", [content.relation.main], content.window).iloc[0]
        parts.append(
            tr("{name} {middle} (90 % {low} to {high})", name=words.plain(name), middle=words.number(row["q50"]),
               low=words.number(row["q05"]), high=words.number(row["q95"]))
        )
    told, first = "; ".join(parts), content.relation.history["month"].min()
    return tr("Relation index since {year} with quarterly fans. Median of the mean {span}: {told}.", year=first.year,
              span=content.span, told=told)


def draw(content: ReportContent) -> Figure:
    """History and one fan per scenario for the main weights; yearly boxes for every other set."""
    others = [weights for weights in content.relation.future if weights != content.relation.main]
    note = (
        tr("Index of recorded contacts weighted by rank and outcome, {span} mean = 100; n = {contacts} recorded contacts. "
           "Weights of the large panels: {main}. Record: yearly means (black), quarters (thin grey). Thin grey lines in the "
           "fans: medians of the other scenarios. {futures_note}", span=content.relation.base.span,
           contacts=len(content.panel.contact), main=words.plain(content.relation.main),
           futures_note=futures_note(content, tr("index per quarter (large panels) and per calendar year (small "
                                                     "panels)"), content.n_held))
    )
    with figure_style():
        title = tr("The relation between {home} and {partner} in one number", home=content.home, partner=content.partner)
        handles = patches({f"{words.plain(name)} {content.span}": mark for name, mark in content.marks.items()})
        top = key_height(handles)
        large = _large(content)
        head = 3.7 * max(len(name) for name in _titles(content, others).values()) + 1 if others else 0
        page = sheet(content, title=title, note=note, body=top + large + (head + _SMALL + _FOOT if others else 0))
        key(page, handles)
        _main(page, content, top)
        if others:
            _others(page, content, others, top + large + head)
        return page.figure


def _head(content: ReportContent) -> float:
    """Room above fans for their titles."""
    return 3.7 * max(len(broken_lines(words.plain(name), _fan_width(content), 7.5, "bold")) for name in content.scenarios) + 1


def _large(content: ReportContent) -> float:
    """Height of the record and the fans: beside one another, on a narrow sheet below."""
    tall = _head(content) + _TALL[is_narrow()] + _FOOT
    rows = -(-len(content.scenarios) // _across(content))
    return tall * rows + (_HEAD + _TALL[True] + _FOOT if is_narrow() else 0)


def _across(content: ReportContent) -> int:
    """Fans in a line."""
    return min(2, len(content.scenarios)) if is_narrow() else len(content.scenarios)


def _fan_width(content: ReportContent) -> float:
    count = _across(content)
    past = -_GAP if is_narrow() else _PAST
    return (sheet_width() - _LEFT - 2 - past - _GAP * count) / count


def _main(page: FigureSheet, content: ReportContent, top: float) -> None:
    tall, width, head = _TALL[is_narrow()], _fan_width(content), _head(content)
    past = page.panel(_LEFT, top + (_HEAD if is_narrow() else head), page.width - _LEFT - 2 if is_narrow() else _PAST, tall)
    _history(past, content, content.relation.main, quarters=True)
    past.set_title(tr("Record"))
    past.set_ylabel(tr("relation index ({span} = 100)", span=content.relation.base.span))
    past.set_xlabel(tr("year"))
    first, last = content.panel.as_of.year - SHOWN_BEFORE, decimal_year(content.panel.as_of)
    past.set_xlim(first, last)
    past.set_xticks(range(first, int(last) + 1, 4))
    futures = content.relation.future[content.relation.main]
    fans = {
        name: step_quantiles(futures[name], "quarter", month_share(content, name))
        for name in content.scenarios
    }
    start, begin = (top + _HEAD + tall + _FOOT, _LEFT) if is_narrow() else (top, _LEFT + _PAST + _GAP)
    axes: list[Axes] = []
    for place, name in enumerate(content.scenarios):
        row, at = divmod(place, _across(content))
        ax = page.panel(begin + at * (width + _GAP), start + head + row * (head + tall + _FOOT), width, tall, sharey=past)
        axes.append(ax)
        _fan(ax, fans, name, content)
        ax.set_title("\n".join(broken_lines(words.plain(name), width, 7.5, "bold")), color=content.marks[name].colour)
        ax.set_xlabel(tr("quarter") if width < 25 else tr("quarters of the year"))
        ax.tick_params(labelleft=is_narrow() and at == 0)
    if is_narrow():
        axes[0].set_ylabel(tr("relation index ({span} = 100)", span=content.relation.base.span))
    past.set_ylim(0, None)


def _fan(ax: Axes, fans: dict[str, tuple[np.ndarray, np.ndarray]], name: str, content: ReportContent) -> None:
    for other, (x, quantile) in fans.items():
        if other != name:
            ax.plot(x, quantile[:, 2], color=GREY, linewidth=0.8, zorder=3)
    ribbon(ax, *fans[name], content.marks[name])
    ax.axhline(100, color=BLACK, linewidth=0.5, linestyle=(0, (1, 2)))
    years_ahead(ax, sorted(set(content.months.year)))


def _history(ax: Axes, content: ReportContent, weights: str, *, quarters: bool) -> None:
    """Yearly means as steps and, if wanted, quarters as a thin line."""
    history = content.relation.history
    series = history[history["weights"] == weights].set_index("month")["value"]
    if quarters:
        quarter = past_means(series, "quarter")
        ax.plot(quarter.index, quarter, color="#8C8C8C", linewidth=0.5)
    yearly = past_means(series, "year")
    if len(yearly):  # a young record may have no year of which most months are there
        edges = np.append(yearly.index - 0.5, yearly.index[-1] + 0.5)
        ax.stairs(yearly, edges, color=BLACK, linewidth=1.3, baseline=None)
    ax.axhline(100, color=BLACK, linewidth=0.5, linestyle=(0, (1, 2)))


def _small_width(count: int) -> float:
    return (sheet_width() - _LEFT - 4 - _GAP * (count - 1)) / count


def _titles(content: ReportContent, others: list[str]) -> dict[str, list[str]]:
    """Titles of the small panels in lines."""
    before = "" if is_narrow() else tr("Other weights: ")
    return {name: broken_lines(f"{before}{words.plain(name)}", _small_width(len(others)), 7.5, "bold") for name in others}


def _others(page: FigureSheet, content: ReportContent, others: list[str], top: float) -> None:
    width, titles = _small_width(len(others)), _titles(content, others)
    first: Axes | None = None
    for place, weights in enumerate(others):
        ax = page.panel(_LEFT + place * (width + _GAP), top, width, _SMALL, **({"sharey": first} if first else {}))
        _alternative(ax, content, weights)
        ax.set_title("\n".join(titles[weights]))
        ax.tick_params(labelleft=place == 0)
        if first is None:
            ax.set_ylabel(tr("index, yearly mean,\nother weights") if is_narrow() else tr("index, yearly mean"))
        first = first or ax
    if first:
        first.set_ylim(0, None)


def _alternative(ax: Axes, content: ReportContent, weights: str) -> None:
    """One small panel: the last years of the record and yearly boxes under other weights."""
    _history(ax, content, weights, quarters=False)
    width = 0.92 / len(content.scenarios)
    for place, name in enumerate(content.scenarios):
        future = content.relation.future[weights][name]
        middle, quantile = step_quantiles(future, "year", month_share(content, name))
        left = middle - 0.46 + place * width
        boxes(ax, left, left + 0.92 * width, quantile, content.marks[name], 4.5 if is_narrow() else 7.6)
    last = content.months[-1].year + 1
    first = content.panel.as_of.year - SHOWN_BEFORE
    ax.set_xlim(first, last + 0.2)
    ax.set_xticks(range(first, last - 1, 8 if is_narrow() else 4))
    ax.set_xlabel(tr("year"))
