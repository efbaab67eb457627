"""Rank figures of simulation-based calibration: one panel per component."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.evaluation.uniformity import LEVEL, band, difference
from forecast.report.style import BLACK, DOUBLE_MM, GREY, MM, PALE, SKY, VERMILION, look

COLUMNS = 4
LIKELIHOOD = "log likelihood"
FORECAST = ("next term: ", "contrast: ")
TITLE = {None: "Calibrated where the lines stay inside the band",
         "coarse": "Control, deliberately wrong: lines must leave the band",
         "subtle": "Small faults on purpose: lines leave the band where they are seen"}


def draw(rank: Mapping[str, pd.DataFrame], table: pd.DataFrame, ranks: int, *, control: str | None = None) -> Figure:
    """Empirical distribution of the ranks of every quantity less the uniform one, with simultaneous 95 % bands.

    Parameters
    ----------
    rank : mapping of str to DataFrame
        Study (component and control) -> ranks, one column per quantity.
    table : DataFrame
        Tests, with columns study, quantity and p_ecdf_joint.
    control : str, optional
        ``coarse`` or ``subtle``.
    """
    rows = -(-len(rank) // COLUMNS)
    with look():
        figure = Figure(figsize=(DOUBLE_MM * MM, (18 + 46 * rows) * MM), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
        for axis in axes[len(rank):]:
            axis.set_visible(False)
        for axis, (name, values) in zip(axes, rank.items(), strict=False):
            _panel(axis, values, table[table["study"] == name].set_index("quantity"), ranks)
            axis.set_title(name.replace("_", " ").replace(", ", "\n"), pad=11)
            axis.text(0, 1.03, f"{len(values)} replications, {values.shape[1]} quantities", transform=axis.transAxes, fontsize=6)
            axis.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        figure.supxlabel("rank of the true value among posterior draws, as a share; black: log likelihood, blue: next term "
                         "and contrast, grey: parameters, red: rejected", fontsize=6.8)
        figure.supylabel("share of ranks at or below, less that of uniform ranks", fontsize=6.8)
        figure.suptitle(f"Simulation-based calibration. {TITLE[control]}", fontsize=8, x=0.01, ha="left", weight="bold")
    return figure


def _panel(axis: Axes, values: pd.DataFrame, test: pd.DataFrame, ranks: int) -> None:
    share = np.arange(1, ranks + 1) / ranks
    axis.fill_between(share, *band(len(values), ranks), color=PALE, linewidth=0)
    for name, one in values.items():
        flagged = test.loc[name, "p_ecdf_joint"] < LEVEL
        colour, width = (VERMILION, 0.9) if flagged else _look(str(name))
        axis.plot(share, difference(one.to_numpy(), ranks), color=colour, linewidth=width, zorder=3 if flagged else 2)
    axis.axhline(0, color=GREY, linewidth=0.5)
    worst = test["p_ecdf_joint"].min()
    axis.text(0.03, 0.03, f"joint p = {worst:.2f}" if worst >= 0.01 else "joint p < 0.01", transform=axis.transAxes, fontsize=6.5)


def _look(quantity: str) -> tuple[str, float]:
    """Colour and width of the line of a quantity that is not rejected."""
    return (BLACK, 1.1) if quantity == LIKELIHOOD else (SKY, 0.6) if quantity.startswith(FORECAST) else (GREY, 0.35)
