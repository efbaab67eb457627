"""Figure of a sweep: how much each assumption matters for the main quantities."""

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.report.style import BLUE, DOUBLE_MM, GREY, MM, VERMILION, look

COLUMNS, MOST = 3, 6
MAIN = ("contacts", "relation index")


def shown(indices: pd.DataFrame) -> list[str]:
    """The quantities that are drawn: contacts and the relation index of every scenario and of their difference."""
    names = list(dict.fromkeys(indices["quantity"]))
    return [name for main in MAIN for name in names if name.endswith(f": {main}")][:MOST]


def draw(indices: pd.DataFrame, title: str) -> Figure:
    """One panel per quantity, one row per assumption: first-order and total Sobol index with 95 % intervals.

    Parameters
    ----------
    indices : DataFrame
        From :func:`forecast.evaluation.sweep.sensitivity.sensitivity`.
    title : str
        Of the sweep.
    """
    names, paths = shown(indices), list(dict.fromkeys(indices["path"]))
    rows = max(1, -(-len(names) // COLUMNS))
    with look():
        figure = Figure(figsize=(DOUBLE_MM * MM, (24 + rows * (20 + 6 * len(paths))) * MM), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
        for ax in axes[len(names):]:
            ax.set_visible(False)
        for ax, name in zip(axes, names, strict=False):
            part = indices[indices["quantity"] == name].set_index("path").reindex(paths)
            for offset, kind, colour, marker in ((-0.14, "first", BLUE, "o"), (0.14, "total", VERMILION, "D")):
                height = np.arange(len(paths)) + offset
                ax.errorbar(part[kind], height, xerr=part[f"{kind}_error"], fmt=marker, color=colour, markersize=3.6,
                            elinewidth=0.9, label={"first": "alone", "total": "with interactions"}[kind])
            ax.set_yticks(range(len(paths)), [path.rpartition("effects.")[2] for path in paths])
            ax.set_ylim(len(paths) - 0.5, -0.5)
            ax.axvline(0, color=GREY, linewidth=0.6)
            ax.set_title(name.replace(": ", "\n").replace(" - ", "\nless "), fontsize=6.2)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=2)
        figure.supxlabel("share of the variance over the design, with 95 % intervals of the design", fontsize=6.8)
        figure.suptitle(f"Which assumptions matter. {title}", fontsize=8.5, x=0.01, ha="left", weight="bold")
    return figure
