"""Figure: what moves when the prior or the data count a little more."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forecast.posterior.trust.sensitivity import CONFLICT, STRONG, THRESHOLD
from forecast.report.canvas import Sheet, sheet
from forecast.report.style import BLACK, GREY, ORANGE, VERMILION, look
from forecast.report.trust.content import TrustContent, component_name

HEADING = "Prior or data: what decides?"
READING = ("Each dot is a quantity: an effect of a type or president, a top-level parameter, or a result for reading. Right of "
           "the dashed line it follows the prior; above, it follows the data. Lower right: the prior decides. Upper right: both "
           "pull, and possibly against each other.")
_SIDE, _GAP, _COLUMNS = 32.0, 9.0, 4
_LOOK = {CONFLICT: (VERMILION, "X", 3.6), STRONG: (ORANGE, "s", 2.8)}


def draw(content: TrustContent) -> Figure:
    """One panel per component, both axes logarithmic."""
    found = [(name, one.sensitivity) for name, one in content.trust.items() if len(one.sensitivity)]
    rows = -(-len(found) // _COLUMNS)
    with look():
        page = sheet(content, title="Do prior or data decide?", body=max(rows, 1) * (_SIDE + 15) + 6,
                     note="Sensitivity to power-scaling of the prior and of the likelihood, one dot per quantity; dashed: 0.05. "
                          "Orange squares: strong prior or weak likelihood; vermilion crosses: potential prior-data conflict.")
        for place, (name, table) in enumerate(found):
            _panel(page, place, name, table, last=place >= len(found) - _COLUMNS)
        return page.figure


def _panel(page: Sheet, place: int, name: str, table: pd.DataFrame, *, last: bool) -> None:
    width = (page.width - 18 - (_COLUMNS - 1) * _GAP) / _COLUMNS
    row, column = divmod(place, _COLUMNS)
    ax: Axes = page.panel(14 + column * (width + _GAP), 5 + row * (_SIDE + 15), width, _SIDE)
    for diagnosis, rows in table.groupby("diagnosis"):
        colour, marker, size = _LOOK.get(diagnosis, (BLACK, "o", 1.8))
        place = (np.maximum(rows[axis], 0.003) for axis in ("prior", "likelihood"))
        ax.plot(*place, linestyle="none", marker=marker, color=colour, markersize=size, markeredgewidth=0, zorder=3)
    ax.axvline(THRESHOLD, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)))
    ax.axhline(THRESHOLD, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)))
    ax.set(xscale="log", yscale="log", xlim=(0.003, 2), ylim=(0.003, 2))
    ax.set_xticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
    ax.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"] if column == 0 else [""] * 3)
    ax.minorticks_off()
    ax.set_title(component_name(name))
    if last:
        ax.set_xlabel("to the prior")
    if column == 0:
        ax.set_ylabel("to the likelihood")


def alt(content: TrustContent) -> str:
    """Words for those who cannot see it."""
    count = pd.concat([one.sensitivity for one in content.trust.values()])["diagnosis"].value_counts()
    listed = ", ".join(f"{number} {name}" for name, number in count.items())
    return f"Sensitivity of quantities to prior and likelihood: {listed}."
