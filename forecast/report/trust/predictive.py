"""Figures: the record against records that the posterior produces, one figure per component."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.evaluation.predictive.check import Checked
from forecast.report.canvas import Sheet, lines, room, sheet
from forecast.report.interval import stripes
from forecast.report.style import BLUE, GREY, look
from forecast.report.trust.content import BEYOND, WITHIN, TrustContent, component_name, label

HEADING = "The record against replicated records"
READING = ("Blue: where a statistic falls in records that the posterior produces (thick 50 %, thin 95 %). Black: the record "
           "itself; a vermilion cross: outside the 95 %. Families of many statistics are drawn as expected against observed.")
_LISTED = 18  # statistics; beyond, a scatter
_ROW, _SCATTER, _GAP = 3.6, 46.0, 17.0  # millimetres
_TIE = "~"  # a space at which no line may break
_TAIL = (2.5, 25, 50, 75, 97.5)


def draw(content: TrustContent, name: str) -> Figure:
    """All families of one component in two columns."""
    found = sorted(content.trust[name].predictive, key=lambda one: len(one.p) > _LISTED)
    column: list[list[tuple[float, Checked]]] = [[], []]
    height = [0.0, 0.0]
    for one in found:
        shorter = int(height[1] < height[0])
        column[shorter].append((height[shorter], one))
        height[shorter] += _GAP + (_ROW * len(one.p) if len(one.p) <= _LISTED else _SCATTER)
    with look():
        page = sheet(content, title=f"{component_name(name)}: the record against replicated records", body=max(*height, 10) + 2,
                     note="Replicated records: simulated at 1,000 draws of the posterior for the covariates of the record; p of "
                          "a family: share of them that are at least as unusual. Such p are conservative: passing proves little.")
        for side, panels in enumerate(column):
            for top, one in panels:
                _panel(page, side, top, one)
        return page.figure


def _panel(page: Sheet, side: int, top: float, one: Checked) -> None:
    names = [label(text) for text in one.labels]
    half = page.width / 2
    listed = len(one.p) <= _LISTED
    left = side * half + (min(room(names), half - 35) + 5 if listed else 12)
    width = (side + 1) * half - left - 6
    ax = page.panel(left, top + 8, width, _ROW * len(one.p) if listed else _SCATTER)
    (_listed if listed else _scatter)(ax, one, names)
    heading = f"{one.family.title[:1].upper()}{one.family.title[1:]} ({probability(one.p_family)})"
    ax.set_title("\n".join(lines(heading, half - 10, 7.5, "bold")).replace(_TIE, " "), color=WITHIN if one.passed else BEYOND,
                 x=(side * half + 2 - left) / width, size=6.8)


def _listed(ax: Axes, one: Checked, names: list[str]) -> None:
    low, lower, middle, upper, high = np.percentile(one.replicated, _TAIL, axis=0)
    row = np.arange(len(names))
    ax.hlines(row, low, high, color=BLUE, linewidth=0.9)
    ax.hlines(row, lower, upper, color=BLUE, linewidth=2.4)
    ax.plot(middle, row, linestyle="none", marker="|", color="white", markersize=3.2, markeredgewidth=0.9)
    for chosen, colour, marker, size in ((~one.outside, WITHIN, "D", 2.8), (one.outside, BEYOND, "X", 4.6)):
        ax.plot(one.observed[chosen], row[chosen], linestyle="none", marker=marker, color=colour, markersize=size,
                markeredgecolor="white", markeredgewidth=0.3, zorder=4)
    stripes(ax, len(names))
    ax.set_yticks(row, names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)


def _scatter(ax: Axes, one: Checked, names: list[str]) -> None:
    low, high = np.percentile(one.replicated, (2.5, 97.5), axis=0)
    mean = one.replicated.mean(axis=0)
    ax.vlines(mean, low, high, color=BLUE, linewidth=0.35)
    for chosen, colour, marker, size in ((~one.outside, WITHIN, "o", 1.8), (one.outside, BEYOND, "X", 4)):
        ax.plot(mean[chosen], one.observed[chosen], linestyle="none", marker=marker, color=colour, markersize=size,
                markeredgewidth=0, zorder=4)
    ax.axline((0, 0), slope=1, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))
    ax.set(xlabel="expected (mean of replicated records)", ylabel="in the record")
    _name_worst(ax, one, mean, names)


def _name_worst(ax: Axes, one: Checked, mean: np.ndarray, names: list[str]) -> None:
    """Names of the furthest statistics where they do not run into one another."""
    taken: list[float] = []
    reach = np.ptp(ax.get_ylim())
    for at in np.flatnonzero(one.outside)[np.argsort(-np.abs(one.observed - mean)[one.outside])]:
        if all(abs(one.observed[at] - other) > 0.07 * reach for other in taken):
            taken.append(one.observed[at])
            ax.annotate(names[at], (mean[at], one.observed[at]), xytext=(3, 2), textcoords="offset points", size=5, color=BEYOND,
                        bbox={"facecolor": "white", "linewidth": 0, "pad": 0.3, "alpha": 0.8}, zorder=5)


def probability(value: float) -> str:
    """A p-value in words that are tied together."""
    return f"p{_TIE}<{_TIE}0.01" if value < 0.01 else f"p{_TIE}={_TIE}{value:.2f}"


def alt(content: TrustContent, name: str) -> str:
    """Words for those who cannot see it."""
    bad = [one.family.title for one in content.trust[name].predictive if not one.passed]
    return (f"{component_name(name)}: statistics of the record and of replicated records; families that do not fit: "
            + (", ".join(bad) or "none") + ".")
