"""Figure: R-hat and effective sample sizes of every parameter, by component."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from forecast.posterior.gates import MAX_RHAT, MIN_ESS
from forecast.report.canvas import room, sheet
from forecast.report.interval import stripes
from forecast.report.style import GREY, look
from forecast.report.trust.content import BEYOND, WITHIN, TrustContent, component_name

HEADING = "Convergence"
READING = ("Each dot is one parameter. Left of the dashed line in the first panel and right of it in the others is where all "
           "should be; vermilion dots are not. A small tail ESS means that the ends of intervals are uncertain.")
_ROW = 7.0  # millimetres
_COLUMN = (("rhat", "R-hat", MAX_RHAT, False), ("ess_bulk", "bulk ESS", MIN_ESS, True), ("ess_tail", "tail ESS", MIN_ESS, True))


def draw(content: TrustContent) -> Figure:
    """One row per component, one panel per diagnostic."""
    names = list(content.trust)
    height = _ROW * len(names)
    with look():
        page = sheet(content, title="Have the chains converged?", body=height + 14,
                     note="One dot per parameter; dashed: the gate (R-hat 1.01, effective sample size 400). Tail ESS is that of "
                          "the 5 % and 95 % quantiles.")
        left = room([component_name(name) for name in names]) + 5
        width = (page.width - left - 4 - 2 * 6) / 3
        for place, (column, title, gate, more) in enumerate(_COLUMN):
            ax = page.panel(left + place * (width + 6), 5, width, height)
            for row, name in enumerate(names):
                _dots(ax, row, content.trust[name].convergence[column].to_numpy(), gate, more)
            _dress(ax, [component_name(name) for name in names] if place == 0 else [""] * len(names), title, gate, more)
        return page.figure


def _dots(ax: Axes, row: int, values: np.ndarray, gate: float, more: bool) -> None:
    bad = values < gate if more else values > gate
    jitter = row + np.random.default_rng(row).uniform(-0.28, 0.28, len(values))
    for chosen, colour, marker, size in ((~bad, WITHIN, "o", 1.4), (bad, BEYOND, "X", 4)):
        ax.plot(values[chosen], jitter[chosen], linestyle="none", marker=marker, color=colour, markersize=size,
                markeredgewidth=0)


def _dress(ax: Axes, names: list[str], title: str, gate: float, more: bool) -> None:
    ax.axvline(gate, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)))
    stripes(ax, len(names))
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", left=False)
    ax.set_title(title)
    if more:
        ax.set_xscale("log")
        ax.set_xlim(min(100, ax.get_xlim()[0]), None)
        ax.set_xticks([100, 400, 2000, 10000], ["100", "400", "2,000", "10,000"])
        ax.minorticks_off()
    else:
        ax.set_xlim(0.999, max(1.012, ax.get_xlim()[1]))
        ax.xaxis.set_major_locator(MaxNLocator(4, steps=(1, 5, 10)))


def alt(content: TrustContent) -> str:
    """Words for those who cannot see it."""
    worst = max((one.convergence["rhat"].max(), name) for name, one in content.trust.items())
    return (f"R-hat, bulk and tail effective sample size of every parameter of {len(content.trust)} components; "
            f"the largest R-hat is {worst[0]:.3f} in {component_name(worst[1])}.")
