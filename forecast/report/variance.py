"""Figure: from which sources the uncertainty of the contrast comes."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from forecast.report import words
from forecast.report.canvas import room, sheet
from forecast.report.content import ReportContent
from forecast.report.rows import election_pair
from forecast.report.style import BLACK, BLUE, GREEN, GREY, ORANGE, PALE, PURPLE, SKY, VERMILION, Mark, look

_STEP = 7.5  # millimetres per row
HEADING = {"independent": "What an observer would see: two futures, separate shocks",
           "expected": "What administrations change: expected values"}
MARK = {
    "type": Mark(colour=VERMILION, linestyle="-", marker="o", hatch=""),
    "president": Mark(colour=ORANGE, linestyle="-", marker="o", hatch="////"),
    "term": Mark(colour=SKY, linestyle="-", marker="o", hatch=""),
    "formulation": Mark(colour=PURPLE, linestyle="-", marker="o", hatch="...."),
    "parameters": Mark(colour=BLUE, linestyle="-", marker="o", hatch="\\\\\\\\"),
    "state": Mark(colour=GREEN, linestyle="-", marker="o", hatch=""),
    "count": Mark(colour=PALE, linestyle="-", marker="o", hatch=""),
}
READING = (
    "Each bar is the variance of the difference between the two scenarios in contacts over the whole term, split by where it "
    "comes from; the parts add up to 100 %. Type and president are what administrations bring. The level of the coming term, the "
    "relation state and chance in counts would blur the difference even for somebody who knew every parameter. Upper panel: what "
    "an observer would see; lower panel: expected values, in which chance has no part. The number on the right is the "
    "standard deviation of the difference, in contacts."
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    parts = []
    for pairing in HEADING:
        rows = variance_rows(content, pairing, "all").sort_values("share", ascending=False)
        listed = ", ".join(f"{words.SOURCE[key].lower()} {words.share(row['share'])}" for key, row in rows.iterrows())
        parts.append(f"{words.PAIRING[pairing].lower()}: {listed}")
    return f"Variance of the difference in all contacts by source. {'; '.join(parts)}."


def variance_rows(content: ReportContent, pairing: str, key: str) -> pd.DataFrame:
    """Shares of one difference, indexed by source."""
    table, pair = content.administration.variance, election_pair(content)
    chosen = (table["first"] == pair[0]) & (table["second"] == pair[1])
    chosen &= (table["pairing"] == pairing) & (table["key"] == key)
    return table[chosen].set_index("source")


def draw(content: ReportContent) -> Figure:
    """Stacked bars, one per rank, for both pairings."""
    keys = list(dict.fromkeys(content.administration.variance["key"]))
    with look():
        height = _STEP * len(keys)
        page = sheet(content, title=f"Where the uncertainty of {_minus(content)} comes from", note=_note(content),
                     body=2 * height + 36)
        left = room(content.named("contact", key) for key in keys) + 8
        first = None
        for place, pairing in enumerate(HEADING):
            shared = {"sharex": first} if first else {}
            ax = page.panel(left, 14 + place * (height + 11), page.width - left - 17, height, **shared)
            first = first or ax
            _panel(ax, content, pairing, keys)
        ax.set_xlabel("share of variance (%)")
        first.tick_params(labelbottom=False)
        _key(first, content)
        return page.figure


def _minus(content: ReportContent) -> str:
    return " minus ".join(map(words.plain, election_pair(content)))


def _note(content: ReportContent) -> str:
    rows = content.administration.variance
    pairs = " and ".join(dict.fromkeys(of.rpartition(", ")[2] for of in rows["of"]))
    lowest = words.number(100 * rows["share"].min())
    negative = f" Negative shares (down to {lowest} %) are not drawn; see the table." if rows["share"].min() < -0.005 else ""
    return (f"Shapley shares of the variance of the difference in recorded contacts, {content.span}, over {pairs} of paths; "
            f"Monte Carlo error of a share of all contacts at most {words.number(100 * _error(rows), 1)} points. "
            f"Rests on n = {len(content.panel.contact)} recorded contacts.{negative}")


def _error(rows: pd.DataFrame) -> float:
    return float(rows.loc[rows["key"] == "all", "share_mcse"].max())


def _panel(ax: Axes, content: ReportContent, pairing: str, keys: list[str]) -> None:
    start = np.zeros(len(keys))
    found = {key: variance_rows(content, pairing, key) for key in keys}
    for source in found[keys[0]].index:
        share = 100 * np.nan_to_num([max(rows.loc[source, "share"], 0.0) for rows in found.values()])  # NaN: no variance
        mark = MARK[source]
        ax.barh(range(len(keys)), share, left=start, height=0.72, color=mark.colour, hatch=mark.hatch, edgecolor="white",
                linewidth=0.5)
        for y in np.flatnonzero(share >= 5):
            ax.text(start[y] + share[y] / 2, y, words.number(share[y]), ha="center", va="center", size=5.8, color=BLACK,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})
        start = start + share
    for y, rows in enumerate(found.values()):
        deviation = rows["sd"].iloc[0]
        ax.text(1.01, y, words.number(deviation, 1), transform=ax.get_yaxis_transform(), size=6, color=GREY, va="center")
    ax.text(1.01, 1.01, "sd", transform=ax.transAxes, size=6.5, color=GREY, va="bottom", weight="bold")
    ax.set_yticks(range(len(keys)), [content.named("contact", key) for key in keys])
    ax.set_ylim(len(keys) - 0.5, -0.5)
    ax.set_xlim(0, max(100.0, float(start.max())))
    ax.set_title(HEADING[pairing], pad=3)
    ax.set_ylabel("rank of the US principal")
    ax.tick_params(axis="y", left=False)


def _key(ax: Axes, content: ReportContent) -> None:
    sources = variance_rows(content, "independent", "all").index
    handles = [Patch(facecolor=MARK[source].colour, hatch=MARK[source].hatch, edgecolor="white", linewidth=0,
                     label=words.SOURCE[source]) for source in sources]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.07), ncols=4, borderpad=0, borderaxespad=0.3,
              labelspacing=0.3, columnspacing=1.4, handlelength=1.6)
