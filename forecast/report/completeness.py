"""Figure: estimated recorded share of contacts by rank and era."""

import numpy as np
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.report import words
from forecast.report.interval import bars, stripes
from forecast.report.rows import draw_quantiles
from forecast.report.style import BLACK, BLUE, DOUBLE_MM, GREY, MM, Mark, look

_LEFT, _TOP, _BOTTOM, _GAP, _HEIGHT = 33.0, 19.0, 26.0, 5.0, 92.0  # millimetres
_MARK = Mark(colour=BLUE, linestyle="-", marker="o", hatch="")


def draw(share: xr.DataArray, count: np.ndarray, partner: str, as_of: str) -> Figure:
    """One panel per era, one row per rank.

    Parameters
    ----------
    share : (draw, rank, era) DataArray
        Posterior of the recorded share.
    count : (rank, era) array of int
        Contacts that at least one list reports.
    partner, as_of : str
        For the words.
    """
    ranks, eras = share["rank"].to_numpy(), share["era"].to_numpy()
    with look():
        figure = Figure(figsize=(DOUBLE_MM * MM, _HEIGHT * MM))
        FigureCanvasAgg(figure)
        width = (DOUBLE_MM - _LEFT - 4 - _GAP * (len(eras) - 1)) / len(eras)
        for place, era in enumerate(eras):
            left = (_LEFT + place * (width + _GAP)) / DOUBLE_MM
            ax = figure.add_axes((left, _BOTTOM / _HEIGHT, width / DOUBLE_MM, 1 - (_BOTTOM + _TOP) / _HEIGHT))
            quantile = draw_quantiles(share.isel(era=place).to_numpy())
            height = np.arange(len(ranks))[::-1]
            bars(ax, height, 100 * quantile, _MARK)
            stripes(ax, len(ranks))
            for row, total in zip(height, count[:, place], strict=True):
                ax.text(1, row + 0.27, f"n = {total}", size=5.5, color=GREY)
            ax.set(xlim=(0, 100), ylim=(-0.5, len(ranks) - 0.5), xticks=(0, 50, 100), yticks=height)
            ax.set_title(str(era))
            ax.set_yticklabels([words.named("contact", rank) for rank in ranks] if place == 0 else [])
        _words(figure, partner, as_of)
        return figure


def _words(figure: Figure, partner: str, as_of: str) -> None:
    figure.text(1.5 / DOUBLE_MM, 1 - 1.5 / _HEIGHT, f"How much of the contacts with {partner} is on record", va="top",
                size=9, weight="bold", color=BLACK)
    figure.text(1.5 / DOUBLE_MM, 1 - 7 / _HEIGHT, "by US rank and era of the contact", va="top", size=7, color=GREY)
    figure.text(0.55, (_BOTTOM - 8.5) / _HEIGHT, "recorded share of all contacts (%)", ha="center", size=6.8, color=BLACK)
    note = "\n".join((
        "Capture\N{EN DASH}recapture from which pages report each contact (the partner's, American, others): posterior "
        "median, 50 % (thick) and 90 % (thin)",
        "interval; n = contacts on record that at least one of the three reports. Contacts that no page could ever report "
        "are not counted; how far the",
        f"visibility of contacts differs is assumed more than known, and wider assumptions give lower shares. As of {as_of}."))
    figure.text(1.5 / DOUBLE_MM, 1.5 / _HEIGHT, note, va="bottom", size=6.2, color=GREY, linespacing=1.25)
