"""Figure: the contrast of two scenarios under several prior sets."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.report import words
from forecast.report.style import BLACK, DOUBLE_MM, GREY, MM, PAIRING_MARK, look

PANEL = {"expected": "expected values: what the administrations change", "independent": "two unrelated futures: what is seen"}


def draw(contrast: pd.DataFrame, title: str) -> Figure:
    """One row per prior set, one panel per pairing: median, 50 and 90 % interval, and P(first > second).

    Parameters
    ----------
    contrast : DataFrame
        Rows of one pair of scenarios and of the total of contacts, with columns priors, pairing, q05 to q95, p_greater.
    title : str
        What the difference is of.
    """
    sets = list(dict.fromkeys(contrast["priors"]))
    with look():
        figure = Figure(figsize=(DOUBLE_MM * MM, (24 + 9 * len(sets)) * MM), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, len(PANEL), sharey=True, sharex=True)
        for axis, (pairing, meaning) in zip(axes, PANEL.items(), strict=True):
            _panel(axis, contrast[contrast["pairing"] == pairing].set_index("priors").loc[sets], pairing)
            axis.set_title(meaning)
        axes[0].set_yticks(range(len(sets)), [words.plain(name) for name in sets])
        axes[0].set_ylim(len(sets) - 0.5, -0.5)
        figure.supxlabel("difference in recorded contacts; median with 50 % (thick) and 90 % (thin) interval", fontsize=6.8)
        figure.suptitle(title, fontsize=8, x=0.01, ha="left", weight="bold")
    return figure


def _panel(axis: Axes, rows: pd.DataFrame, pairing: str) -> None:
    mark, at = PAIRING_MARK[pairing], np.arange(len(rows))
    axis.hlines(at, rows["q05"], rows["q95"], color=mark.colour, linewidth=0.8)
    axis.hlines(at, rows["q25"], rows["q75"], color=mark.colour, linewidth=2.6)
    axis.plot(rows["q50"], at, linestyle="none", marker=mark.marker, color=mark.colour, markersize=4, markeredgecolor="white")
    axis.axvline(0, color=BLACK, linewidth=0.6, linestyle=(0, (2, 2)))
    for place, value in zip(at, rows["p_greater"], strict=True):
        axis.text(1.0, place, f"P {value:.2f}", transform=axis.get_yaxis_transform(), ha="right", va="bottom", color=GREY,
                  fontsize=6.5)
    axis.tick_params(axis="y", left=False)
