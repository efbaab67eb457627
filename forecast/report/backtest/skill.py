"""Figure: how much better or worse than the best baseline, measure by measure."""

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.report.style import BLUE, DOUBLE_MM, GREY, MM, VERMILION, look
from forecast.report.words import CHANNEL


def draw(table: pd.DataFrame, forecasters: dict[str, str], title: str, note: str) -> Figure:
    """Skill in per cent with 95 % intervals, one row per measure.

    Parameters
    ----------
    table : DataFrame
        From :func:`forecast.evaluation.backtest.table.skill_table`; a measure of several losses has a row for each.
    forecasters : dict of str to str
        Forecasters drawn, and their names in the legend.
    """
    chosen = table[table["loss_name"] != "log_score"]
    measures = list(dict.fromkeys(chosen["measure"]))
    with look():
        figure = Figure(figsize=(DOUBLE_MM * MM, (34 + 8 * len(measures)) * MM), layout="constrained")
        FigureCanvasAgg(figure)
        ax = figure.subplots()
        for number, (name, label) in enumerate(forecasters.items()):
            rows = chosen[chosen["forecaster"] == name].set_index("measure").reindex(measures)
            height = np.arange(len(measures)) + 0.24 * (number - (len(forecasters) - 1) / 2)
            error = 100 * np.abs(np.stack([rows["skill"] - rows["low"], rows["high"] - rows["skill"]]))
            ax.errorbar(100 * rows["skill"], height, xerr=error, fmt="oDs"[number], color=(BLUE, VERMILION, GREY)[number],
                        markersize=4, elinewidth=1, label=label)
        base = chosen.drop_duplicates("measure").set_index("measure")["baseline"]
        ax.set_yticks(range(len(measures)), [f"{CHANNEL.get(one, one)}\nagainst: {base[one]}" for one in measures])
        ax.set_ylim(len(measures) - 0.5, -0.5)
        ax.axvline(0, color=GREY, linewidth=0.8)
        ax.set_xlabel("skill in CRPS or another proper score, per cent: right of zero better than the best baseline")
        figure.supxlabel(note, fontsize=6, x=0.01, ha="left")
        figure.legend(loc="outside upper right", ncols=len(forecasters))
        figure.suptitle(title, fontsize=8.5, x=0.01, ha="left", weight="bold")
    return figure
