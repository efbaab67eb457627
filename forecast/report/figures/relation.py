"""Figure: the relation index, its history and its fan to the end of the term."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.dims import MONTH
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.layout import Sheet, boxes, futures_note, lines, ribbon, sheet
from forecast.report.lookup import draw_quantiles, month_share, past_means, step_quantiles
from forecast.report.style import BLACK, GREY, look, patches

SHOWN_BEFORE = 11
"""Years of the record before its last that the small panels show."""
_HEAD, _TALL, _SMALL, _LEFT, _GAP = 8.0, 52.0, 26.0, 13.0, 4.0  # millimetres
READING = (
    "The index adds up recorded contacts, weighted by rank and outcome; 100 is the monthly mean of "
    "{base}. Large panels: the dark steps are yearly means of the record, the thin grey line "
    "its quarters; the fans are quarters of the simulated futures, one panel per scenario on the same "
    "scale, and the grey line in them is the other scenario's median. Compare fans with the grey "
    "quarters, not with the yearly steps: a single quarter swings more than a year. Small panels: "
    "yearly means under other sensible weights; if the pictures differ, the conclusion hangs on the "
    "weights. The index follows the record, so its rise may partly be better recording."
)
"""{base} stands for the years whose mean is 100."""


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for name, future in content.relation.future[content.relation.main].items():
        low, _, middle, _, high = draw_quantiles(future.mean(MONTH).to_numpy())
        parts.append(
            f"{words.plain(name)} {words.number(middle)} (90 % {words.number(low)} to {words.number(high)})"
        )
    told, first = "; ".join(parts), content.relation.history["month"].min()
    return f"Relation index since {first.year} with quarterly fans. Median of the mean {content.span}: {told}."


def draw(content: ReportContent) -> Figure:
    """History and one fan per scenario for the main weights; yearly boxes for every other set."""
    others = [weights for weights in content.relation.future if weights != content.relation.main]
    note = (
        f"Index of recorded contacts weighted by rank and outcome, {content.relation.base.span} mean = 100; n = "
        f"{len(content.panel.contact)} recorded contacts. Weights of the large panels: "
        f"{words.plain(content.relation.main)}. "
        "Record: yearly means (black), quarters (thin grey). Thin grey lines in the fans: medians of the "
        "other scenarios. "
        f"{futures_note(content, 'index per quarter (large panels) and per calendar year (small panels)', content.n_held)}"
    )
    with look():
        title = f"The relation between {content.home} and {content.partner} in one number"
        body = _HEAD + _TALL + 10 + (_SMALL + 22 if others else 0)
        page = sheet(content, title=title, note=note, body=body)
        _main(page, content)
        if others:
            _others(page, content, others)
        return page.figure


def _main(page: Sheet, content: ReportContent) -> None:
    count = len(content.scenarios)
    width = (page.width - _LEFT - 2 - _GAP * count) / (2 + count)
    past = page.panel(_LEFT, _HEAD, 2 * width, _TALL)
    _history(past, content, content.relation.main, quarters=True)
    past.set_title("Record")
    past.set_ylabel(f"relation index ({content.relation.base.span} = 100)")
    past.set_xlabel("year")
    futures = content.relation.future[content.relation.main]
    fans = {
        name: step_quantiles(futures[name], "quarter", month_share(content, name))
        for name in content.scenarios
    }
    for place, name in enumerate(content.scenarios):
        left = _LEFT + 2 * width + _GAP + place * (width + _GAP)
        ax = page.panel(left, _HEAD, width, _TALL, sharey=past)
        _fan(ax, fans, name, content)
        title = "\n".join(lines(words.plain(name), width, 7.5, "bold"))
        ax.set_title(title, color=content.marks[name].colour)
    past.set_ylim(0, None)


def _fan(ax: Axes, fans: dict[str, tuple[np.ndarray, np.ndarray]], name: str, content: ReportContent) -> None:
    for other, (x, quantile) in fans.items():
        if other != name:
            ax.plot(x, quantile[:, 2], color=GREY, linewidth=0.8, zorder=3)
    ribbon(ax, *fans[name], content.marks[name])
    ax.axhline(100, color=BLACK, linewidth=0.5, linestyle=(0, (1, 2)))
    years = sorted(set(content.months.year))
    ax.set_xlim(years[0], years[-1] + 1)
    ax.set_xticks(
        [year + 0.5 for year in years], [f"\N{RIGHT SINGLE QUOTATION MARK}{year % 100:02d}" for year in years]
    )
    ax.tick_params(axis="x", length=0)
    ax.tick_params(labelleft=False)
    ax.set_xlabel("quarters of the year")


def _history(ax: Axes, content: ReportContent, weights: str, *, quarters: bool) -> None:
    """Yearly means as steps and, if wanted, quarters as a thin line."""
    history = content.relation.history
    series = history[history["weights"] == weights].set_index("month")["value"]
    if quarters:
        quarter = past_means(series, "quarter")
        ax.plot(quarter.index, quarter, color="#8C8C8C", linewidth=0.5)
    yearly = past_means(series, "year")
    edges = np.append(yearly.index - 0.5, yearly.index[-1] + 0.5)
    ax.stairs(yearly, edges, color=BLACK, linewidth=1.3, baseline=None)
    ax.axhline(100, color=BLACK, linewidth=0.5, linestyle=(0, (1, 2)))


def _others(page: Sheet, content: ReportContent, others: list[str]) -> None:
    width = (page.width - _LEFT - 4 - 13 * (len(others) - 1)) / len(others)
    for place, weights in enumerate(others):
        ax = page.panel(_LEFT + place * (width + 13), _HEAD + _TALL + 22, width, _SMALL)
        _alternative(ax, content, weights)
        if place == 0:
            keys = {words.plain(name): mark for name, mark in content.marks.items()}
            ax.legend(handles=patches(keys), loc="lower left", bbox_to_anchor=(0, 1.17), ncols=4, borderpad=0,
                      borderaxespad=0.2, handlelength=1.6)  # fmt: skip


def _alternative(ax: Axes, content: ReportContent, weights: str) -> None:
    """One small panel: the last years of the record and yearly boxes under other weights."""
    _history(ax, content, weights, quarters=False)
    width = 0.92 / len(content.scenarios)
    for place, name in enumerate(content.scenarios):
        future = content.relation.future[weights][name]
        middle, quantile = step_quantiles(future, "year", month_share(content, name))
        left = middle - 0.46 + place * width
        boxes(ax, left, left + 0.92 * width, quantile, content.marks[name])
    ax.set_ylabel("index, yearly mean")
    ax.set_title(f"Other weights: {words.plain(weights)}")
    last = content.months[-1].year + 1
    first = content.panel.as_of.year - SHOWN_BEFORE
    ax.set_xlim(first, last + 0.2)
    ax.set_xticks(range(first, last + 1, 4))
    ax.set_ylim(0, None)
    ax.set_xlabel("year")
