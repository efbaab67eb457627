"""Figure: what scenarios assume, month by month, before anything is run."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import DateFormatter, YearLocator
from matplotlib.figure import Figure

from forecast.report.style import DOUBLE_MM, GREY, MM, Mark, look, scenario_marks
from forecast.report.words import plain
from forecast.simulation.assumed import Assumed
from forecast.simulation.language import Scenario

COLUMNS = 3
_LINE = 0.08  # of a panel's height, for the words of an event
LOG = ("rate",)
"""Targets drawn as factors; others on the scale of log odds or of standard deviations."""


def draw(assumed: Mapping[str, Assumed], scenarios: Mapping[str, Scenario]) -> Figure:
    """One panel per target that any scenario moves, and one for the chance that each event has happened.

    Parameters
    ----------
    assumed : mapping of str to Assumed
        Scenario -> shifts over time, from :func:`forecast.simulation.assumed.assume`.
    scenarios : mapping of str to Scenario
        By name.
    """
    marks = scenario_marks({name: ", ".join(one.chances) for name, one in scenarios.items()})
    targets = list(dict.fromkeys(target for one in assumed.values() for target in one.quantile))
    panels = len(targets) + any(one.happened for one in assumed.values())
    rows = max(1, -(-panels // COLUMNS))
    with look():
        figure = Figure(figsize=(DOUBLE_MM * MM, (22 + 40 * rows) * MM), layout="constrained")
        FigureCanvasAgg(figure)
        axes = list(figure.subplots(rows, COLUMNS, sharex=True, squeeze=False).ravel())
        for ax in axes[panels:]:
            ax.set_visible(False)
        for ax, target in zip(axes, targets, strict=False):
            _panel(ax, target, assumed, marks)
        if panels > len(targets):
            _events(axes[len(targets)], assumed, marks)
        for ax in axes[:panels]:
            ax.tick_params(axis="x", labelbottom=True)
            ax.xaxis.set_major_locator(YearLocator())
            ax.xaxis.set_major_formatter(DateFormatter("%Y"))
        handles = [ax.plot([], [], color=marks[name].colour, linestyle=marks[name].linestyle, label=plain(name))[0]
                   for ax, name in zip([axes[0]] * len(assumed), assumed, strict=True)]
        below_title = 1 - 5 / (22 + 40 * rows)
        figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.0, below_title), ncols=4, fontsize=6.5)
        figure.suptitle("What the scenarios assume, month by month\n", fontsize=8.5, x=0.01, ha="left", weight="bold")
        figure.supxlabel("Line: median over futures; band: 5 to 95 %, futures in which an event does not happen included. "
                         "Grey: no change.", fontsize=6.2, x=0.01, ha="left", color=GREY)
    return figure


def _panel(ax: Axes, target: str, assumed: Mapping[str, Assumed], marks: Mapping[str, Mark]) -> None:
    factor = target.startswith(LOG)
    for name, one in assumed.items():
        if target in one.quantile:
            low, middle, high = np.exp(one.quantile[target]) if factor else one.quantile[target]
            ax.fill_between(one.month, low, high, step="post", color=marks[name].colour, alpha=0.18, linewidth=0)
            ax.step(one.month, middle, where="post", color=marks[name].colour, linestyle=marks[name].linestyle, linewidth=1.1)
    ax.axhline(1.0 if factor else 0.0, color=GREY, linewidth=0.6)
    ax.set_title(target.replace("_", " "))
    ax.set_ylabel("factor" if factor else "standard deviations" if target == "state" else "log odds")


def _events(ax: Axes, assumed: Mapping[str, Assumed], marks: Mapping[str, Mark]) -> None:
    ends = []
    for name, one in assumed.items():
        look_of = {"color": marks[name].colour, "linestyle": marks[name].linestyle, "linewidth": 1.1}
        for event, chance in one.happened.items():
            ax.step(one.month, 100 * chance, where="post", **look_of)
            ends.append((100 * chance[-1], event.replace("_", " "), marks[name].colour))
    for place, (end, words, colour) in enumerate(sorted(ends, reverse=True)):
        ax.text(0.02, 0.97 - _LINE * place, f"{words}: {end:.0f} %", transform=ax.transAxes, va="top", fontsize=5.8, color=colour)
    ax.set_ylim(0, 105)
    ax.set_title("chance that it has happened")
    ax.set_ylabel("per cent of futures")
