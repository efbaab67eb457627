"""Intervals as marks: median, the middle 50 % and the middle 90 % of a distribution."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from forecast.report.style import GREY, PALE, Mark


def bars(ax: Axes, height: np.ndarray, quantile: np.ndarray, mark: Mark, size: float = 4.0) -> None:
    """Horizontal intervals: thin line 90 %, thick line 50 %, marker at the median.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    height : np.ndarray
        (row,) places on the vertical axis.
    quantile : np.ndarray
        (row, 5) quantiles 5, 25, 50, 75, 95 %.
    mark : Mark
        Colour and marker.
    size : float
        Marker size in points.
    """
    low, lower, middle, upper, high = np.asarray(quantile, float).T
    ax.hlines(height, low, high, color=mark.colour, linewidth=0.9)
    ax.hlines(height, lower, upper, color=mark.colour, linewidth=0.55 * size)
    ax.plot(middle, height, linestyle="none", marker=mark.marker, color=mark.colour, markersize=size,
            markeredgecolor="white", markeredgewidth=0.5, clip_on=False)  # fmt: skip


def columns(
    ax: Axes, left: np.ndarray, right: np.ndarray, bottom: np.ndarray | float, top: np.ndarray, **look: object
) -> None:
    """Upright rectangles as one patch, ten times faster than ``Axes.bar``; arguments have shape (bar,)."""
    left, right, bottom, top = np.broadcast_arrays(left, right, bottom, top)
    corners = np.stack([left, bottom, right, bottom, right, top, left, top], axis=-1).astype(float)
    ax.add_patch(PathPatch(Path.make_compound_path_from_polys(corners.reshape(-1, 4, 2)), **look))
    ax.autoscale_view()


def boxes(ax: Axes, left: np.ndarray, right: np.ndarray, quantile: np.ndarray, mark: Mark) -> None:
    """Upright fan, one box per window: light 90 %, dark 50 %, line and marker at the median.

    `left` and `right` have shape (window,), `quantile` (window, 5). Narrow boxes get small markers.
    """
    low, lower, middle, upper, high = np.asarray(quantile, float).T
    columns(ax, left, right, low, high, facecolor=_pale(mark.colour), edgecolor=mark.colour, linewidth=0.5,
            hatch=mark.hatch)  # fmt: skip
    columns(ax, left, right, lower, upper, facecolor=mark.colour, linewidth=0)
    size = min(3.2, 7.6 * float(np.min(right - left)))
    ax.plot((left + right) / 2, middle, linestyle="none", marker=mark.marker, color="white", markersize=size,
            markeredgecolor="black", markeredgewidth=0.6, clip_on=False, zorder=4)  # fmt: skip


def ribbon(ax: Axes, x: np.ndarray, quantile: np.ndarray, mark: Mark) -> None:
    """Fan over time: `x` has shape (time,), `quantile` (time, 5); light 90 %, dark 50 %, median line."""
    low, lower, middle, upper, high = np.asarray(quantile, float).T
    ax.fill_between(x, low, high, color=_pale(mark.colour), linewidth=0)
    ax.fill_between(x, lower, upper, color=_pale(mark.colour, 0.45), linewidth=0)
    ax.plot(x, middle, color=mark.colour, linestyle=mark.linestyle, linewidth=1.4)


def stripes(ax: Axes, count: int, step: float = 1.0) -> None:
    """Faint lines between rows so that the eye keeps its row."""
    for place in range(1, count):
        ax.axhline(place * step - 0.5, color=PALE, linewidth=0.5, zorder=0)


def region(ax: Axes, bound: float) -> None:
    """Shade values around zero that are practically equal to it; its edges stay in sight above filled curves."""
    ax.axvspan(-bound, bound, facecolor=PALE, edgecolor="none", zorder=0)
    for edge in (-bound, bound):
        ax.axvline(edge, color=GREY, linewidth=0.5, linestyle=(0, (1, 2)), zorder=1.8)


def _pale(colour: str, strength: float = 0.25) -> str:
    """The colour as opaque tint (transparency would bloat or break some PDF readers)."""
    channels = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - value) * strength):02X}" for value in channels)
