"""Figure: how far the posterior leans on single observations."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.posterior.trust.loo import Loo
from forecast.report.canvas import room, sheet
from forecast.report.interval import stripes
from forecast.report.style import GREY, look
from forecast.report.trust.content import BEYOND, WITHIN, TrustContent, component_name, label

HEADING = "Leaving one observation out"
READING = ("Each dot is one observation. Beyond the dashed line the posterior without it cannot be had from the posterior with "
           "it: it is either badly predicted or carries parameters of its own. Observations that depend on no parameter have no "
           "dot: without them nothing changes.")
_ROW = 6.0
LARGEST = 3.0  # where a shape without an end is drawn


def draw(content: TrustContent) -> Figure:
    """One row per component and observed quantity."""
    found = [(name, quantity, loo) for name, one in content.trust.items() for quantity, loo in one.loo.items()]
    names = [f"{component_name(name)}: {label(quantity)}" for name, quantity, _ in found]
    with look():
        page = sheet(content, title="Does the posterior lean on single observations?", body=_ROW * max(len(found), 1) + 15,
                     note="Shape of the Pareto tail of the weights that leave an observation out, one dot each; dashed: the "
                          "largest shape that can be relied on with that many draws (at most 0.7).")
        left = room(names or [""]) + 5
        ax = page.panel(left, 3, page.width - left - 5, _ROW * max(len(found), 1))
        for row, (_, _, loo) in enumerate(found):
            _dots(ax, row, loo)
        stripes(ax, len(found))
        ax.set_yticks(range(len(found)), names)
        ax.set_ylim(len(found) - 0.5, -0.5)
        ax.set_xlabel("Pareto shape k")
        ax.tick_params(axis="y", left=False)
        return page.figure


def _dots(ax: Axes, row: int, loo: Loo) -> None:
    jitter = row + np.random.default_rng(row).uniform(-0.25, 0.25, len(loo.pareto_k))
    shape = np.minimum(loo.pareto_k, LARGEST)
    for chosen, colour, marker, size in ((~loo.weak & np.isfinite(loo.pareto_k), WITHIN, "o", 1.4), (loo.weak, BEYOND, "X", 4)):
        ax.plot(shape[chosen], jitter[chosen], linestyle="none", marker=marker, color=colour, markersize=size,
                markeredgewidth=0)
    ax.vlines(loo.good_k, row - 0.5, row + 0.5, color=GREY, linewidth=0.8, linestyle=(0, (3, 2)))


def alt(content: TrustContent) -> str:
    """Words for those who cannot see it."""
    weak = sum(int(loo.weak.sum()) for one in content.trust.values() for loo in one.loo.values())
    total = sum(len(loo.pareto_k) for one in content.trust.values() for loo in one.loo.values())
    return f"Pareto shape of {total:,} observations by component and quantity; {weak} lie beyond what can be relied on."
