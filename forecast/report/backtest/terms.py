"""Figure: every past term, as it was forecast and as it was."""

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.report.style import BLACK, BLUE, DOUBLE_MM, GREY, MM, VERMILION, look


def draw(scores: pd.DataFrame, forecasters: tuple[str, ...], title: str, unit: str, note: str) -> Figure:
    """Median and 80 % interval of each forecaster by term, and what happened.

    Parameters
    ----------
    scores : DataFrame
        One cell per term: columns term, forecaster, q10, q50, q90, count.
    unit : str
        What is counted.
    note : str
        What was forecast, and on what it rests.
    """
    terms = list(dict.fromkeys(scores["term"]))
    with look():
        figure = Figure(figsize=(DOUBLE_MM * MM, 80 * MM), layout="constrained")
        FigureCanvasAgg(figure)
        ax = figure.subplots()
        for number, name in enumerate(forecasters):
            part = scores[scores["forecaster"] == name].set_index("term").loc[terms]
            place = np.arange(len(terms)) + 0.16 * (number - (len(forecasters) - 1) / 2)
            error = [part["q50"] - part["q10"], part["q90"] - part["q50"]]
            ax.errorbar(place, part["q50"], yerr=error, fmt="oDs"[number], color=(BLUE, VERMILION, GREY)[number], markersize=3.6,
                        elinewidth=1.1, label=f"{name}: median, 80 %")
        happened = scores.drop_duplicates("term").set_index("term").loc[terms, "count"]
        ax.plot(np.arange(len(terms)), happened, "_", color=BLACK, markersize=22, markeredgewidth=1.6, label="what happened")
        ax.set_xticks(range(len(terms)), terms)
        ax.set(ylabel=unit, ylim=(0, None))
        ax.legend(loc="upper left")
        figure.supxlabel(note, fontsize=6, x=0.01, ha="left")
        figure.suptitle(title, fontsize=8.5, x=0.01, ha="left", weight="bold")
    return figure
