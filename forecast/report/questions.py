"""Figure: the probability of every dated question under each scenario, beside how often it held in past terms."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.report import words
from forecast.report.canvas import lines, sheet
from forecast.report.content import ReportContent
from forecast.report.interval import stripes
from forecast.report.key import points
from forecast.report.style import BLACK, GREY, Mark, look

_LEFT, _RIGHT = 86.0, 12.0  # millimetres: words of a question, its past
_ROW, _BODY = 6.4, 200.0  # of one row, and of all at most
_ERRORS = 2.0
READING = (
    "Each row is a question with a date and a rule by which contacts coded later will answer it. A mark is the share of "
    "simulated futures in which the answer is yes; its bar spans two Monte Carlo errors to either side and says nothing of what "
    "the model does not know. On the right, in how many past terms the same condition held at the same distance from "
    "inauguration. Marks close together mean that the scenarios hardly differ in the question."
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    table = content.questions.pivot(index="id", columns="scenario", values="probability")
    apart = (table.max(axis=1) - table.min(axis=1)).sort_values()
    return (f"Probabilities of {len(table)} questions, from {words.share(table.min(axis=None))} to "
            f"{words.share(table.max(axis=None))}. Largest difference between scenarios: {words.share(apart.iloc[-1])}.")


def draw(content: ReportContent) -> Figure:
    """One row per question, the likeliest first; one mark per scenario."""
    table = content.questions
    order = table.groupby("id")["probability"].mean().sort_values(ascending=False, kind="stable").index
    note = (f"Share of {content.n_path:,} simulated futures of recorded contacts in which the answer is yes; bars: two Monte "
            "Carlo errors. Past: terms in which the same held, of all that were observed so far. Rests on "
            f"n = {len(content.panel.contact)} recorded contacts.")
    height = min(_ROW * len(order), _BODY)
    with look():
        page = sheet(content, title="Questions that contacts will answer", note=note, body=20 + height)
        width = page.width - _LEFT - _RIGHT - 4
        ax = page.panel(_LEFT, 11, width, height)
        names = list(dict.fromkeys(table["scenario"]))
        for offset, name in zip(np.linspace(-0.2, 0.2, len(names)) if len(names) > 1 else [0.0], names, strict=True):
            rows = table[table["scenario"] == name].set_index("id").reindex(order)
            _marks(ax, np.arange(len(order)) + offset, rows, content.marks[name])
        _words(ax, table.drop_duplicates("id").set_index("id").loc[order])
        ax.yaxis.set_label_coords(-(_LEFT - 2.5) / width, 0.5)
        marks = {words.plain(name): content.marks[name] for name in names}
        above = 1 + 3.2 / height
        ax.legend(handles=points(marks), loc="lower left", bbox_to_anchor=(0, above), ncols=len(names), borderpad=0,
                  borderaxespad=0.4)
        return page.figure


def _marks(ax: Axes, height: np.ndarray, rows: pd.DataFrame, mark: Mark) -> None:
    chance, error = 100 * rows["probability"].to_numpy(), 100 * _ERRORS * rows["mcse"].to_numpy()
    ax.hlines(height, np.maximum(chance - error, 0), np.minimum(chance + error, 100), color=mark.colour, linewidth=1.0)
    ax.plot(chance, height, linestyle="none", marker=mark.marker, color=mark.colour, markersize=4, markeredgecolor="white",
            markeredgewidth=0.5, clip_on=False)


def _words(ax: Axes, rows: pd.DataFrame) -> None:
    """Questions on the left, their past on the right."""
    place = np.arange(len(rows))
    stripes(ax, len(rows))
    ax.set_yticks(place, ["\n".join(lines(text, _LEFT - 8, 5.8)) for text in rows["text"]], fontsize=5.8, linespacing=1.0)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.set_xlabel("probability (%)")
    ax.set_ylabel("question")
    ax.tick_params(axis="y", left=False)
    style = {"transform": ax.get_yaxis_transform(), "size": 6.0, "color": GREY, "va": "center"}
    ax.text(1.02, -0.75, "past", **{**style, "color": BLACK, "weight": "bold"})
    for y, row in zip(place, rows.itertuples(), strict=True):
        ax.text(1.02, y, f"{row.past_yes} of {row.past_terms}" if row.past_terms else "none", **style)
