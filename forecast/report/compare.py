"""Figure: the contrast of two scenarios under several prior sets."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.evaluation.equivalence import load_equivalence
from forecast.report import words
from forecast.report.interval import region
from forecast.report.style import BLACK, DOUBLE_MM, GREY, MM, PAIRING_MARK, look

PANEL = {("log_rate_ratio", "expected"): "rates: what the administrations change",
         ("contact", "independent"): "two unrelated futures: what is seen"}
_AXIS = {"log_rate_ratio": "log ratio of expected contacts", "contact": "difference in recorded contacts"}


def draw(contrast: pd.DataFrame, title: str) -> Figure:
    """One row per prior set; log rate ratio and difference of futures: median, 50 and 90 % interval, and probabilities.

    Parameters
    ----------
    contrast : DataFrame
        Rows of one pair of scenarios, of the total of contacts and of its log rate ratio, with columns priors, quantity, pairing,
        q05 to q95, p_greater, p_more, p_equal, p_fewer.
    title : str
        What is compared.
    """
    sets = list(dict.fromkeys(contrast["priors"]))
    rows = contrast.set_index(["quantity", "pairing", "priors"]).sort_index()
    with look():
        figure = Figure(figsize=(DOUBLE_MM * MM, (30 + 9 * len(sets)) * MM), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, len(PANEL), sharey=True)
        for axis, ((quantity, pairing), meaning) in zip(axes, PANEL.items(), strict=True):
            _panel(axis, rows.loc[(quantity, pairing)].loc[sets], pairing)
            axis.set_title(meaning)
            axis.set_xlabel(f"{_AXIS[quantity]}\nmedian with 50 % (thick) and 90 % (thin) interval")
        axes[0].set_yticks(range(len(sets)), [words.plain(name) for name in sets])
        axes[0].set_ylim(len(sets) - 0.4, -0.6)
        region(axes[0], load_equivalence().rate.bound)
        figure.suptitle(title, fontsize=8, x=0.01, ha="left", weight="bold")
        note = f"grey: rates within {100 * load_equivalence().rate.share:.0f} % of one another, practically equal"
        figure.supxlabel(note, fontsize=6.2, color=GREY, x=0.01, ha="left")
    return figure


def _panel(axis: Axes, rows: pd.DataFrame, pairing: str) -> None:
    mark, at = PAIRING_MARK[pairing], np.arange(len(rows))
    axis.hlines(at, rows["q05"], rows["q95"], color=mark.colour, linewidth=0.8)
    axis.hlines(at, rows["q25"], rows["q75"], color=mark.colour, linewidth=2.6)
    axis.plot(rows["q50"], at, linestyle="none", marker=mark.marker, color=mark.colour, markersize=4, markeredgecolor="white")
    axis.axvline(0, color=BLACK, linewidth=0.6, linestyle=(0, (2, 2)))
    for place, (_, row) in zip(at, rows.iterrows(), strict=True):
        axis.text(1.0, place - 0.12, _chances(row), transform=axis.get_yaxis_transform(), ha="right", va="bottom", color=GREY,
                  fontsize=5.8)
    axis.tick_params(axis="y", left=False)


def _chances(row: pd.Series) -> str:
    if np.isnan(row["p_more"]):
        return f"P {row['p_greater']:.2f}"
    return "P more {p_more:.2f}, equal {p_equal:.2f}, fewer {p_fewer:.2f}".format(**row)
