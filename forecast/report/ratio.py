"""Figure: what was believed of the ratio of two rates before the data, and what the record makes of it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from forecast.evaluation.cell import PARTS
from forecast.evaluation.equivalence import load_equivalence
from forecast.report import words
from forecast.report.canvas import room, sheet
from forecast.report.content import ReportContent
from forecast.report.interval import bars, region
from forecast.report.ratio_rows import density_rows, line_name, lines_of, percent_of_region, ratio_rows
from forecast.report.rows import election_pair, quantile_array
from forecast.report.style import BLACK, BLUE, GREY, PALE, Mark, look

_STEP = 15.0  # millimetres per line
_CURVE = 0.60  # height of the highest curve, in lines
_TINT = "#BFDBEB"  # blue, opaque
MARK = {"prior": Mark(colour=GREY, linestyle="--", marker="s", hatch=""),
        "posterior": Mark(colour=BLUE, linestyle="-", marker="o", hatch="")}
_BELOW = {"prior": 0.10, "posterior": 0.24}  # of the base line, in lines
RATIO = (0.1, 0.2, 0.33, 0.5, 0.75, 1, 1.33, 2, 3, 5, 10)
READING = (
    "One line per formulation of the model, then all of them together. Dashed grey: what the prior set says of the ratio of "
    "expected contacts before any contact is seen; filled blue: what is left after the record. Where both have the same width "
    "the record has told nothing. Below the curves the medians with 50 % and 90 % intervals. The grey band holds rates so near "
    "each other that they count as equal; it was fixed beforehand. Numbers on the right: probability of more, of practically "
    "equal, and of fewer contacts under the first, after the data and, in grey, before. In the last line each outcome draws its "
    "own level of the coming term, where the lines above let both share it."
)


def alt(content: ReportContent) -> str:
    """What a reader who cannot see the figure should know."""
    rows = ratio_rows(content)
    name, levels = lines_of(rows)[-2]
    of = {where: rows.loc[(name, levels, where)] for where in MARK}
    told = [f"{where} {_interval(row)}, {_chances(row)}" for where, row in of.items()]
    return (f"Log ratio of expected contacts, {_over(content)}, before and after the data, by formulation and for all together. "
            f"All together: {'; '.join(told)}.")


def _interval(row: pd.Series) -> str:
    return f"{words.number(row['q50'], 2)} (90 % {words.number(row['q05'], 2)} to {words.number(row['q95'], 2)})"


def _chances(row: pd.Series) -> str:
    more, equal, fewer = (words.number(row[part], 2) for part in PARTS)
    return f"probability of more {more}, of practically equal {equal}, of fewer {fewer}"


def _over(content: ReportContent) -> str:
    return " / ".join(map(words.plain, election_pair(content)))


def draw(content: ReportContent) -> Figure:
    """Densities and intervals of prior and posterior, one line per formulation, with the region of practical equivalence."""
    rows, curves = ratio_rows(content), density_rows(content)
    lines = lines_of(rows)
    labels = [line_name(name, levels, rows.loc[(name, levels, "posterior"), "weight"]) for name, levels in lines]
    with look():
        height = _STEP * len(lines)
        page = sheet(content, title=f"What the record adds: rate of contacts, {_over(content)}", note=_note(content, rows),
                     body=height + 27)
        left = max(room((name for name, _ in labels), weight="bold"), room((small for _, small in labels), 5.8)) + 9
        ax = page.panel(left, 17, page.width - left - 33, height)
        region(ax, load_equivalence().rate.bound)
        ax.axvline(0, color=BLACK, linewidth=0.7, zorder=1)
        _lines(ax, lines, rows, curves)
        _names(ax, labels)
        _scale(ax, rows, content)
        _key(ax)
        return page.figure


def _note(content: ReportContent, rows: pd.DataFrame) -> str:
    pairs = dict.fromkeys(of.rpartition(", ")[2] for of in rows["of"])
    errors = rows[[f"{part}_mcse" for part in PARTS]].max().max()
    return (f"Log ratio of expected recorded contacts, {content.span}, given the parameters and the shocks of the term; median "
            f"with 50 % (thick) and 90 % (thin) interval over {' and '.join(pairs)} of paths; Monte Carlo error of a probability "
            f"at most {words.number(errors, 3)}. Grey band: rates within {percent_of_region()} of one another. Rests on n = "
            f"{len(content.panel.contact)} recorded contacts.")


def _lines(ax: Axes, lines: list[tuple[str, str]], rows: pd.DataFrame, curves: pd.DataFrame) -> None:
    highest = np.nanmax(curves["density"].to_numpy(float), initial=1e-9, where=np.isfinite(curves["density"].to_numpy(float)))
    for place, (name, levels) in enumerate(lines):
        for where, mark in MARK.items():
            curve, row = curves.loc[[(name, levels, where)]], rows.loc[[(name, levels, where)]]
            top = place - _CURVE * curve["density"].to_numpy(float) / highest
            if where == "posterior":
                ax.fill_between(curve["log_ratio"], place, top, color=_TINT, linewidth=0, zorder=1.5)
            ax.plot(curve["log_ratio"], top, color=mark.colour, linestyle=mark.linestyle, linewidth=1.0, zorder=2)
            bars(ax, np.array([place + _BELOW[where]]), quantile_array(row), mark, size=3.2)
            _probabilities(ax, place, where, row.iloc[0])
        ax.axhline(place, color=GREY, linewidth=0.4, zorder=1)


def _probabilities(ax: Axes, place: int, where: str, row: pd.Series) -> None:
    after = where == "posterior"
    for column, part in enumerate(PARTS):
        ax.text(1.03 + 0.08 * column, place + (-0.2 if after else 0.12), words.number(row[part], 2), size=6.2 if after else 5.8,
                color=BLACK if after else GREY, va="center", transform=ax.get_yaxis_transform())


def _names(ax: Axes, labels: list[tuple[str, str]]) -> None:
    beside = {"ha": "right", "va": "center", "transform": ax.get_yaxis_transform()}
    for place, (name, small) in enumerate(labels):
        ax.text(-0.015, place - 0.22, name, size=6.5, weight="bold", color=BLACK, **beside)
        ax.text(-0.015, place + 0.06, small, size=5.8, color=GREY, **beside)
    for column, part in enumerate(("more", "equal", "fewer")):
        ax.text(1.03 + 0.08 * column, 1.01, part, size=6, color=GREY, weight="bold", va="bottom", transform=ax.transAxes)
    ax.set_yticks([])
    ax.set_ylim(len(labels) - 0.55, -0.75)
    ax.set_ylabel("formulation, with its share", labelpad=_pad(labels))


def _pad(labels: list[tuple[str, str]]) -> float:
    """Points between the panel and the label of its vertical axis."""
    widest = max(room((name for name, _ in labels), weight="bold"), room((small for _, small in labels), 5.8))
    return 2.83 * (widest + 3.0)


def _scale(ax: Axes, rows: pd.DataFrame, content: ReportContent) -> None:
    """Logs below, the ratios themselves above."""
    reach = 1.25 * max(rows["q95"].max(), -rows["q05"].min(), 2 * load_equivalence().rate.bound)
    ax.set_xlim(-reach, reach)
    ax.set_xlabel(f"log ratio of expected contacts, {_over(content)} (total of the term; right of zero: more under "
                  f"{words.plain(election_pair(content)[0])})")
    above = ax.secondary_xaxis("top")
    inside = [ratio for ratio in RATIO if abs(np.log(ratio)) < 0.97 * reach]
    above.set_xticks(np.log(inside), [f"\N{MULTIPLICATION SIGN}{ratio:g}" for ratio in inside])
    above.tick_params(labelsize=5.8, colors=GREY, length=2)
    above.spines["top"].set_visible(False)


def _key(ax: Axes) -> None:
    handles = [
        Line2D([], [], color=mark.colour, linestyle=mark.linestyle, linewidth=1.2, marker=mark.marker, markersize=4,
               markeredgecolor="white", markeredgewidth=0.5, label=f"{name} ({when})")
        for (name, mark), when in zip(MARK.items(), ("before the data", "after the data"), strict=True)]
    handles.append(Patch(facecolor=PALE, edgecolor="none", label=f"practically equal (within {percent_of_region()})"))
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0 + 6.5 / (_STEP * 5)), ncols=3, borderpad=0,
              borderaxespad=0, columnspacing=1.4, handlelength=2.4)
