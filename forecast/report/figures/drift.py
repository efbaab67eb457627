"""Figure and sentence: contacts of the coming term with the drift of the record going on and with it stopped."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from forecast.evaluation.drift import GOES_ON, STOPPED, WEIGHED
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.layout import bars, room, sheet, stripes
from forecast.report.lookup import quantile_array
from forecast.report.style import BLACK, GREY, look
from forecast.report.words import datum, percent

NAME: Mapping[str, str] = {WEIGHED: "forecast: as the pool weighs it", GOES_ON: "drift goes on in full",
                           STOPPED: "drift stops with the record"}
READING = (
    "Three answers to one question that the record cannot answer: whether the growth that it shows goes on. First line of each "
    "group: the forecast, in which every formulation of the model does with the drift what it does, at its weight in the "
    "pool. Second: all formulations with a drift let it go on through the term. Third: all stop it where the record ends. "
    "The same draws and the same chance in all three. How far they lie apart is how much of the total rests on the drift, part "
    "of which is growth of what the web keeps and not of contacts."
)
_STEP = 7.0  # millimetres per line


def drift_rows(content: ReportContent, key: str = "all") -> pd.DataFrame:
    """Rows of one key, indexed by scenario and drift."""
    table = content.administration.drift
    return table[table["key"] == key].set_index(["scenario", "drift"])


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    rows = drift_rows(content)
    told = [f"{words.plain(name)}: {', '.join(f'{NAME[drift]} {_interval(rows.loc[(name, drift)])}' for drift in NAME)}"
            for name in _scenarios(rows)]
    return f"Recorded contacts {content.span}, median and 90 % interval. {'; '.join(told)}."


def draw(content: ReportContent) -> Figure:
    """One group of three intervals per scenario."""
    rows = drift_rows(content)
    names = _scenarios(rows)
    note = (f"Recorded contacts in {content.span}, all ranks; median with 50 % (thick) and 90 % (thin) interval over "
            f"{content.n_held:,} simulated totals. Formulations with a drift have {words.share(rows['drifting'].iloc[0])} of the "
            f"pool; the others are the same in all three lines. Rests on n = {len(content.panel.contact)} recorded contacts.")
    with look():
        body = _STEP * len(NAME) * len(names)
        page = sheet(content, title=f"Contacts with {content.partner}: if the drift of the record goes on, and if not", note=note,
                     body=body + 21)
        left = room(NAME.values()) + 9
        ax = page.panel(left, 11, page.width - left - 34, body)
        _groups(ax, content, rows, names)
        ax.set_xlabel("recorded contacts of the term")
        ax.set_ylabel("total")
        return page.figure


def sentence(content: ReportContent) -> Iterator[Markup]:
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
        part = rows.loc[[(name, drift) for drift in NAME]]
        height = group * len(NAME) + np.arange(len(NAME))
        bars(ax, height, quantile_array(part), content.marks[name])
        for y, (_, row) in zip(height.tolist(), part.iterrows(), strict=True):
            ax.text(1.02, y, _interval(row), transform=ax.get_yaxis_transform(), va="center", size=6.2, color=GREY)
    lines = len(NAME) * len(names)
    for edge in range(len(NAME), lines, len(NAME)):
        ax.axhline(edge - 0.5, color=BLACK, linewidth=0.5)
    stripes(ax, lines)
    ax.set_yticks(range(lines), [*NAME.values()] * len(names))
    ax.set_ylim(lines - 0.5, -0.5)
    ax.set_xlim(0, None)
    ax.tick_params(axis="y", left=False)
    marks = [Line2D([], [], color=content.marks[name].colour, marker=content.marks[name].marker, markersize=4,
                    label=words.plain(name)) for name in names]
    ax.legend(handles=marks, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names), borderpad=0, borderaxespad=0.3)


def _interval(row: pd.Series) -> str:
    return f"{words.number(row['q50'])} ({words.number(row['q05'])}\N{EN DASH}{words.number(row['q95'])})"
