"""Figure: do counts fall where forecasts say, and is what is called likely frequent?"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.evaluation.scores.calibration import BINS, LEVEL
from forecast.report.style import BLACK, BLUE, DOUBLE_MM, GREY, MM, PALE, VERMILION, look

PIT = [f"pit_{place}" for place in range(BINS)]
COLOURS = (BLUE, VERMILION)
READING = ("PIT: even bars are right, rising ones say that more happened than was forecast; grey holds 95 % of even bars, by the "
           "spread between terms.\nCoverage: on the line is right, below it intervals were too narrow.")
RELIABLE = "Questions: on the line is right; areas of marks grow with the number of questions."


def draw(scores: pd.DataFrame, forecasters: tuple[str, str], title: str, note: str, events: pd.DataFrame | None = None,
         of_events: str = "") -> Figure:
    """PIT histogram of two forecasters, coverage against what is said, and where there are events a reliability diagram.

    Parameters
    ----------
    scores : DataFrame
        From :func:`forecast.evaluation.backtest.cells.scored`.
    note : str
        What was forecast, and on what it rests.
    events : DataFrame, optional
        Columns forecaster, forecast (probability), happened (0 or 1).
    of_events : str
        The baseline of events that is drawn beside the first forecaster.
    """
    with look():
        figure = Figure(figsize=(DOUBLE_MM * MM, 76 * MM), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, 3 if events is None else 4)
        for ax, name, colour in zip(axes[:2], forecasters, COLOURS, strict=True):
            _pit(ax, scores[scores["forecaster"] == name], name, colour)
            ax.set_ylim(0, 1.05 * max(scores[scores["forecaster"] == one][PIT].mean().max() for one in forecasters))
        _coverage(axes[2], scores, forecasters)
        if events is not None:
            _reliability(axes[3], events, (forecasters[0], of_events))
        reading = READING if events is None else f"{READING} {RELIABLE}"
        figure.supxlabel(f"{note}\n{reading}", fontsize=6, x=0.01, ha="left")
        figure.suptitle(title, fontsize=8.5, x=0.01, ha="left", weight="bold")
    return figure


def _pit(ax: Axes, part: pd.DataFrame, name: str, colour: str) -> None:
    """Mean share of the transform per bin; grey: where 95 % of even means lie, by the spread between terms."""
    share = part[PIT].mean().to_numpy()
    by_term = part.groupby("term")[PIT].mean()
    spread = 1.96 * by_term.std(ddof=1).mean() / np.sqrt(len(by_term)) if len(by_term) > 1 else np.nan
    ax.axhspan(max(0, 1 / BINS - spread), 1 / BINS + spread, color=PALE, linewidth=0)
    ax.bar((np.arange(BINS) + 0.5) / BINS, share, width=0.94 / BINS, color=colour)
    ax.axhline(1 / BINS, color=BLACK, linewidth=0.6)
    ax.set(xlabel="probability up to what happened", xlim=(0, 1), title=f"PIT of {name}\n{len(part):,} counts")
    if name == part["forecaster"].iloc[0]:
        ax.set_ylabel("share of counts")


def _coverage(ax: Axes, scores: pd.DataFrame, forecasters: tuple[str, str]) -> None:
    ax.plot([0.4, 1], [0.4, 1], color=GREY, linewidth=0.8)
    for name, colour, marker in zip(forecasters, COLOURS, "oD", strict=True):
        part = scores[scores["forecaster"] == name]
        ax.plot(LEVEL, [part[f"calibrated_{100 * level:.0f}"].mean() for level in LEVEL], marker=marker, color=colour, label=name,
                markersize=4)
    ax.set(xlabel="coverage that intervals say", ylabel="coverage found", title="Coverage of counts\n(calibrated)")
    ax.legend(loc="upper left", fontsize=5.6)


def _reliability(ax: Axes, events: pd.DataFrame, forecasters: tuple[str, str]) -> None:
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    for name, colour, marker in zip(forecasters, COLOURS, "oD", strict=True):
        part = events[events["forecaster"] == name]
        group = part.groupby(np.minimum((part["forecast"] * 5).astype(int), 4))
        ax.scatter(group["forecast"].mean(), group["happened"].mean(), s=4 + 1.2 * group.size(), color=colour, marker=marker,
                   label=name, alpha=0.9)
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="probability of yes", ylabel="share of yes",
           title=f"Dated questions\nof past terms ({len(part)})")
    ax.legend(loc="upper left", fontsize=5.6, markerscale=0.4, handletextpad=0.1, borderaxespad=0.1)
